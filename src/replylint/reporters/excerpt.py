"""The lines of a source that a finding is about, cut to a width, with the cells to underline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replylint.reporters.display import cells, visible

CUT = "…"
_MOST_ROWS = 6
_LEAST_ROOM = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line as it is shown; `mark` cells are underlined after `before` cells. `skipped` lines above are left out."""

    number: int
    text: str
    before: int
    mark: int
    skipped: int = 0


def rows(source: str, start: int, end: int, number: int, width: int) -> list[Row]:
    """The lines that hold ``source[start:end]``, the first being line `number`, each of at most `width` cells.

    Of many lines the first ones and the last are shown. A place outside of the source is moved to its nearest end.
    """
    start = min(max(start, 0), len(source))
    end = min(max(end, start), len(source))
    lines = list(_lines(source, start, end))
    kept = range(len(lines)) if len(lines) <= _MOST_ROWS else [*range(_MOST_ROWS - 2), len(lines) - 1]
    found: list[Row] = []
    for index in kept:
        left_out = index - (found[-1].number - number + 1) if found else 0
        found.append(_row(source, lines[index], (start, end), number + index, width, left_out))
    return found


def _lines(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The bounds of each line that ``source[start:end]`` touches, without the line break."""
    begin = source.rfind("\n", 0, start) + 1
    while True:
        stop = source.find("\n", begin)
        stop = len(source) if stop < 0 else stop
        yield begin, stop - source.endswith("\r", begin, stop)
        if end <= stop + 1:
            return
        begin = stop + 1


def _row(source: str, line: tuple[int, int], span: tuple[int, int], number: int, width: int, skipped: int) -> Row:
    begin, stop = line
    start, end = _words(source, line, span)
    text, before, mark = _fit(source[begin:stop], start - begin, end - begin, max(width, _LEAST_ROOM))
    # A caret also marks a place without words, but not an empty line that words run across.
    return Row(number, text, before, mark or int(span[0] >= begin), skipped)


def _words(source: str, line: tuple[int, int], span: tuple[int, int]) -> tuple[int, int]:
    """The part of the span that is on the line, without white space where it runs across the line's ends."""
    begin, stop = line
    start, end = min(max(span[0], begin), stop), min(span[1], stop)
    if span[1] > stop:
        end = start + len(source[start:end].rstrip())
    if span[0] < begin:
        start = end - len(source[start:end].lstrip())
    return start, max(start, end)


def _fit(line: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """The line as shown within `room` cells, the cells before the words, and those of the words that are shown."""
    # Only the neighbourhood is measured, since a line can be a whole file; 2 allows for characters that take no cell.
    low, high = max(0, start - 2 * room), min(end, start + 2 * room) + 2 * room
    piece, start, end = line[low:high], start - low, min(end, high) - low
    widths = cells(piece)
    if low == 0 and high >= len(line) and sum(widths) <= room:
        return visible(piece), sum(widths[:start]), sum(widths[start:end])
    left, right = _window(widths, start, end, room - 2 * len(CUT))
    head, tail = CUT * (low + left > 0), CUT * (low + right < len(line))
    before = len(head) + sum(widths[left:start])
    return head + visible(piece[left:right]) + tail, before, sum(widths[start : min(end, right)])


def _window(widths: list[int], start: int, end: int, room: int) -> tuple[int, int]:
    """The bounds of what fits into `room` cells: the words first, then as much on either side of them."""
    right = _reach(widths, start, end, room)
    spare = room - sum(widths[start:right])
    left = start - _reach(widths[:start][::-1], 0, start, spare // 2)
    right = _reach(widths, right, len(widths), room - sum(widths[left:right]))
    left -= _reach(widths[:left][::-1], 0, left, room - sum(widths[left:right]))
    while left < start and widths[left] == 0:
        left += 1
    return left, right


def _reach(widths: list[int], at: int, stop: int, room: int) -> int:
    """How far from `at` characters fit into `room` cells."""
    while at < stop and widths[at] <= room:
        room -= widths[at]
        at += 1
    return at
