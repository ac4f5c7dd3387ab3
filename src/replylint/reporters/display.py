"""What text looks like in a terminal: what each character shows as, and how many cells that takes."""

from __future__ import annotations

from unicodedata import category, east_asian_width

TAB = "    "
_JOINER = "\u200d"
_WIDENER = "\ufe0f"
_SKINS = range(0x1F3FB, 0x1F400)
_VOWELS = range(0x1160, 0x1200)
"""Hangul vowels and finals, which are drawn into the syllable before them."""

_SHOWN: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    **dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], "\ufffd"),
    # A change of direction would let a draft show words in an order in which they do not stand.
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd"),
    0x09: TAB,
    0x7F: "\u2421",
    0xAD: "-",
    0x2028: "\u2424",
    0x2029: "\u2424",
}


def visible(text: str) -> str:
    """`text` with a symbol in place of whatever a terminal would obey instead of showing, and of what has no bytes."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)


def cells(text: str) -> list[int]:
    """How many cells each character of `text` takes once it is `visible`.

    A character that is drawn into the one before takes none. Terminals differ about emoji made of several characters;
    this counts them as the newer ones draw them, as one emoji of two cells.
    """
    if text.isascii() and text.isprintable():
        return [1] * len(text)
    widths: list[int] = []
    for place, char in enumerate(text):
        before = text[place - 1] if place else ""
        widths.append(_width(char, before, widths[-1] if place else 0))
    return widths


def width(text: str) -> int:
    """How many cells `text` takes once it is `visible`."""
    return sum(cells(text))


def _width(char: str, before: str, width_before: int) -> int:
    code = ord(char)
    if code in _SHOWN:
        return len(_SHOWN[code])
    if code < 0x300:
        return 1
    if char == _WIDENER:
        return int(width_before == 1)
    if code in _VOWELS or category(char) in {"Mn", "Me", "Cf"} or _is_part(char, before):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _is_part(char: str, before: str) -> bool:
    """Whether `char` is drawn as a part of the emoji before it."""
    if before == _JOINER:
        return category(char) in {"So", "Sm"}
    return ord(char) in _SKINS and bool(before) and (category(before) == "So" or before == _WIDENER)
