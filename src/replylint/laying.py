"""Whether a pattern with gaps can be laid over the words of a sentence, all ways of doing so followed at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from replylint.notation import Atom
from replylint.tokens import BREAK, Tokens


class Bounds(NamedTuple):
    """The words of one sentence, as a half-open range."""

    start: int
    end: int


Ends = Mapping[str, Mapping[int, Sequence[int]]]
"""For each element and each first word of a hit of it, where the hits end."""


def lays(
    row: Sequence[tuple[int, Atom]], fitting: Sequence[AbstractSet[int]], tokens: Tokens, bounds: Bounds, slots: Ends
) -> set[tuple[int, int]]:
    """First word and end of every way to lay a pattern over words within `bounds`, all ways followed at once.

    row: the pattern's atoms with their numbers. fitting: for each word the numbers of the atoms that it fits.
    """
    reached = {(place, place) for place in range(bounds.start, bounds.end)}
    for number, atom in row:
        if atom.kind == "word":
            further = {
                (start, at + 1) for start, at in reached if at < bounds.end and number in fitting[at]
            }  # The innermost loop: a call for each place would cost more than the rest.
            reached = further | reached if atom.optional else further
        else:
            reached = {(start, end) for start, at in reached for end in _steps(atom, tokens, at, bounds, slots)}
        if not reached:
            break
    return reached


def _steps(atom: Atom, tokens: Tokens, place: int, bounds: Bounds, slots: Ends) -> Iterator[int]:
    """Where an atom that is no word and begins at word `place` may end."""
    if atom.optional:
        yield place
    if atom.kind == "slot":
        yield from slots.get(atom.name, {}).get(place, ())
    elif atom.kind == "gap":
        yield from _over(atom, tokens, place, bounds)
    elif place == (bounds.start if atom.kind == "start" else bounds.end):
        yield place


def _over(gap: Atom, tokens: Tokens, place: int, bounds: Bounds) -> Iterator[int]:
    """The places that a gap may lead to."""
    for end in range(place, min(place + gap.most, bounds.end - (not gap.least)) + 1):
        if not gap.commas and ((end in tokens.commas and not gap.least) or _is_break(tokens, place, end)):
            return
        if end - place >= gap.least:
            yield end


def _is_break(tokens: Tokens, place: int, end: int) -> bool:
    return end > place and tokens.words[end - 1] == BREAK


def shortest(found: AbstractSet[tuple[int, int]]) -> list[tuple[int, int]]:
    """The shortest of ways that share a word."""
    kept: list[tuple[int, int]] = []
    taken: set[int] = set()
    for first, last in sorted(found, key=lambda pair: (pair[1] - pair[0], pair[0])):
        if taken.isdisjoint(range(first, last)):
            kept.append((first, last))
            taken.update(range(first, last))
    return kept
