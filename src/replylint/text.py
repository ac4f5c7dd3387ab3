"""Text that remembers where each of its characters came from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
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
            return Text(self.value[start:end], array("q", range(start, end)), array("q", range(start + 1, end + 1)))
        return Text(self.value[start:end], self.starts[start:end], self.ends[start:end])


def joined(pieces: Iterable[tuple[str, int, int]]) -> Text:
    """A text of pieces ``(characters, source start, source end)``.

    A piece as long as its source range maps character by character; any other (an entity, a dropped tag's space) maps
    each of its characters to the whole range.
    """
    values: list[str] = []
    starts, ends = array("q"), array("q")
    for value, start, end in pieces:
        values.append(value)
        if len(value) == end - start:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(value))
            ends.extend([end] * len(value))
    return Text("".join(values), starts, ends)
