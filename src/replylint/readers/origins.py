"""Changing a text without losing where its characters came from."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator

from replylint.text import Text, joined

Piece = tuple[str, int, int]
"""Characters, and the range they stand for in the text that is changed."""

Edit = tuple[int, int, str]
"""A range of a text, and what stands there instead."""

LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
"""One line: its characters, and its break. At the end of a text it matches once more, empty."""

_OUTER = re.compile(r"[ \t]*")


def over(text: Text, pieces: Iterable[Piece]) -> Text:
    """The text of `pieces`, whose ranges are places in `text`, pointing into the source of `text`."""
    outer = joined(pieces)
    if text.starts is None or text.ends is None or outer.starts is None or outer.ends is None:
        return outer
    begins, stops, span = text.starts, text.ends, text.span
    pairs = list(zip(outer.starts, outer.ends, strict=True))
    # An empty range has no first character to ask for its place.
    starts = array("i", [begins[start] if start < end else span(start, end).start for start, end in pairs])
    ends = array("i", [stops[end - 1] if start < end else span(start, end).end for start, end in pairs])
    return Text(outer.value, starts, ends)


def edited(text: Text, edits: Iterable[Edit]) -> Text:
    """`text` with some ranges replaced; an edit that begins inside the one before it is covered by it and left out."""
    ordered = sorted(edits, key=lambda edit: (edit[0], -edit[1]))
    return over(text, _pieces(text.value, ordered)) if ordered else text


def _pieces(value: str, edits: Iterable[Edit]) -> Iterator[Piece]:
    at = 0
    for start, end, new in edits:
        if start < at:
            continue
        yield value[at:start], at, start
        yield new, start, end
        at = end
    yield value[at:], at, len(value)


def rest(text: Text, begin: int) -> Text:
    """`text` from `begin` on."""
    return text.cut(begin, len(text.value)) if begin else text


def concatenated(texts: Iterable[Text]) -> Text:
    """Texts of one source, in its order, with a line break between one and the next."""
    values: list[str] = []
    starts, ends = array("i"), array("i")
    for text in texts:
        begun = bool(values)
        values.append("\n" * begun + text.value)
        place = text.span(0, 0).start
        starts.extend([place] * begun)
        ends.extend([place] * begun)
        starts.extend(range(len(text.value)) if text.starts is None else text.starts)
        ends.extend(range(1, len(text.value) + 1) if text.ends is None else text.ends)
    return Text("".join(values), starts, ends)


def lines(value: str) -> Iterator[re.Match[str]]:
    """The lines of `value`; group 1 is the line without its break."""
    for match in LINE.finditer(value):
        if match.start() < len(value):
            yield match


def with_its_line(value: str, start: int, end: int) -> tuple[int, int]:
    """A range that goes, with the line it leaves empty, or else with the spaces before it at a line's end."""
    begin, stop = start, _OUTER.match(value, end).end()  # type: ignore[union-attr]  # The pattern matches anywhere.
    while begin and value[begin - 1] in " \t":
        begin -= 1
    if stop < len(value) and value[stop] not in "\r\n":
        return start, end
    if begin and value[begin - 1] not in "\r\n":
        return begin, end
    return begin, stop + len("\r\n" if value.startswith("\r\n", stop) else value[stop : stop + 1])


def is_quoted(line: str) -> bool:
    """Whether a line begins with the mark of quoted mail."""
    return line[:3].lstrip().startswith(">")
