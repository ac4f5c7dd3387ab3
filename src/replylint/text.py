"""Text that remembers where each of its characters came from."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of code points, ``start <= end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string whose characters each stand for a range of a source string.

    `starts` and `ends` hold, for each character of `value`, the code points of the source that it stands for. Both are
    None when the text is the source itself, so that plain text costs nothing.
    """

    value: str
    starts: array[int] | None = None
    ends: array[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The source range of ``value[start:end]``; an empty range answers the place before `start`."""
        if self.starts is None or self.ends is None:
            return Span(start, end)
        if start < end:
            return Span(self.starts[start], self.ends[end - 1])
        if start < len(self.starts):
            return Span(self.starts[start], self.starts[start])
        place = self.ends[-1] if self.ends else 0
        return Span(place, place)

    def cut(self, start: int, end: int) -> Text:
        """The part ``value[start:end]``, still pointing into the same source."""
        if self.starts is None or self.ends is None:
            return Text(self.value[start:end], array("i", range(start, end)), array("i", range(start + 1, end + 1)))
        return Text(self.value[start:end], self.starts[start:end], self.ends[start:end])


@lru_cache(maxsize=1)
def line_starts(source: str) -> Sequence[int]:
    """The place at which each line of a source begins. The last answer is kept, since an export is asked often."""
    starts = [0]
    at = source.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find("\n", at + 1)
    return starts


def line_of(source: str, offset: int) -> int:
    """The number, from 1, of the line that holds a place."""
    return bisect_right(line_starts(source), offset)


def joined(pieces: Iterable[tuple[str, int, int]]) -> Text:
    """A text of pieces ``(characters, source start, source end)``.

    A piece as long as its source range maps character by character; any other (an entity, a dropped tag's space) maps
    each of its characters to the whole range.
    """
    values: list[str] = []
    starts, ends = array("i"), array("i")
    for value, start, end in pieces:
        values.append(value)
        if len(value) == end - start:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(value))
            ends.extend([end] * len(value))
    return Text("".join(values), starts, ends)
