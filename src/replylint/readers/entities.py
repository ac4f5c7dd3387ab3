"""Character references of HTML, with the exact range that each takes."""

from __future__ import annotations

import html
import re
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]{1,31};?)")
_LONGEST_NUMBER = 12
_REPLACEMENT = "\ufffd"


def reference(value: str, at: int) -> tuple[str, int] | None:
    """What the reference at `at` stands for and where it ends, or None when the ampersand there is just one."""
    found = _REFERENCE.match(value, at)
    if not found:
        return None
    if value[at + 1] != "#":
        return _named(value, at, found.end())
    # A number with thousands of digits is not worth working out, and Python refuses to.
    known = found.end() - at <= _LONGEST_NUMBER
    return html.unescape(found[0]) if known else _REPLACEMENT, found.end()


def _named(value: str, at: int, end: int) -> tuple[str, int] | None:
    """The longest name that is known: some names need no semicolon, and then letters may follow."""
    for stop in range(end, at + 2, -1):
        character = html5.get(value[at + 1 : stop])
        if character is not None:
            return character, stop
    return None
