"""What all readers share: the values a caller may give, the bytes of a file as text, and characters nobody sees."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

from replylint.errors import InputError
from replylint.reply import Channel
from replylint.text import Text

MAX_BYTES = 64 * 1024 * 1024
"""A larger draft is refused: no reply is that long, and a wrong file would be read for minutes."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
"""Soft hyphens, zero-width marks and directions; not the joiner, which holds emoji together."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the command line or the configuration says of every input; None where it says nothing.

    A value given here wins over the same value in a front matter or a mail, and gives way to one in a JSON line, which
    speaks of a single reply.
    """

    customer_message: str | None = None
    customer_name: str | None = None
    channel: Channel | None = None
    lang: str | None = None


def decoded(data: bytes, path: str) -> str:
    """The text of a file, without its byte order mark; raises InputError when it is empty, too large or not text."""
    if len(data) > MAX_BYTES:
        size = len(data) // 1_000_000
        raise InputError(f"has {size} MB, more than the {MAX_BYTES // 1_000_000} MB that are read; is it a draft?", path)
    text = _as_text(data, path)
    if not text.strip():
        raise InputError("is empty", path)
    seen = _CONTROLS.findall(text[:20_000])
    if "\x00" in text or len(seen) > 8 + len(text[:20_000]) // 50:
        raise InputError("is not text but binary data; give the draft as text, HTML or a mail", path)
    return text


def _as_text(data: bytes, path: str) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            data = data[len(mark) :]
            break
    else:
        encoding = _guessed(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"is not {encoding.upper()} (byte {error.start}); save it as UTF-8", path, line) from error


def _guessed(data: bytes) -> str:
    """UTF-16 without a mark shows in every second byte being zero."""
    head = data[:400]
    if len(head) >= 4 and len(head) % 2 == 0 and b"\x00" in head:
        if head[1::2].count(0) > 0.8 * len(head[1::2]) and not head[0::2].count(0):
            return "utf-16-le"
        if head[0::2].count(0) > 0.8 * len(head[0::2]) and not head[1::2].count(0):
            return "utf-16-be"
    return "utf-8"


def seen(text: Text) -> Text:
    """`text` without the characters that nobody sees."""
    if text.value.isascii() or not _UNSEEN.search(text.value):
        return text
    kept = [
        place
        for start, end in _gaps([match.span() for match in _UNSEEN.finditer(text.value)], len(text.value))
        for place in range(start, end)
    ]
    return picked(text, kept)


def picked(text: Text, places: list[int]) -> Text:
    """The characters of `text` at `places`, each with its own origin."""
    starts, ends = array("q"), array("q")
    for place in places:
        start, end = text.span(place, place + 1)
        starts.append(start)
        ends.append(end)
    return Text("".join(text.value[place] for place in places), starts, ends)


def without(text: Text, ranges: list[tuple[int, int]]) -> Text:
    """`text` without the characters in `ranges`."""
    if not ranges:
        return text
    return picked(text, [p for start, end in _gaps(sorted(ranges), len(text.value)) for p in range(start, end)])


def _gaps(ranges: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """What is left of 0 to `length` between the ranges."""
    left, at = [], 0
    for start, end in ranges:
        if start > at:
            left.append((at, start))
        at = max(at, end)
    return [*left, (at, length)] if at < length else left


def line_of(text: str, place: int) -> int:
    """The line, from 1, of a place."""
    return text.count("\n", 0, place) + 1
