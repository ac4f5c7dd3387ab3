"""Between code points, which replylint counts, and UTF-16 units, which JavaScript and LanguageTool's clients count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

_LAST = "\uffff"
"""The last character that is one unit of UTF-16."""


def utf16(text: str) -> Callable[[int], int]:
    """From a code point of `text` to its place in UTF-16 units."""
    wide = [at for at, letter in enumerate(text) if letter > _LAST]
    return lambda place: place + bisect_left(wide, place)
