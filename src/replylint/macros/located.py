"""Strings of an export that remember where they stand in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from replylint.text import Text, joined

Piece = tuple[str, int, int]
"""Characters, and the range of the source that they stand for."""


class Origin(NamedTuple):
    """Where a string was read: its range in the source, and how the pieces of it are told apart there."""

    start: int
    end: int
    spelling: Callable[[str, int, int, str], Iterable[Piece]]


class Located(str):
    """A string that is used as any other, and knows its place in the file it was read from.

    Expressions and filters that only hand strings on keep the place; whatever makes a new string loses it.
    """

    origin: Origin

    @classmethod
    def at(cls, value: str, start: int, end: int, spelling: Callable[[str, int, int, str], Iterable[Piece]]) -> Located:
        """`value` with its range in the source."""
        located = cls(value)
        located.origin = Origin(start, end, spelling)
        return located


def text_of(value: str, source: str) -> Text:
    """A string read from `source` as a text whose spans point into it."""
    if not isinstance(value, Located):
        raise TypeError("the string was not read from a source")
    start, end, spelling = value.origin
    return joined(spelling(source, start, end, value))


def as_it_stands(source: str, start: int, end: int, value: str) -> Iterable[Piece]:
    """The spelling of a string that stands in the source as it is."""
    return ((value, start, end),)
