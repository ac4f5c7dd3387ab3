"""Whether a pattern with gaps can be laid over the words of a sentence, all ways of doing so followed at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from replylint.notation import Atom, Flat
from replylint.tokens import BREAK, Tokens


class Bounds(NamedTuple):
    """The words of one sentence, as a half-open range."""

    start: int
    end: int


Ends = Mapping[str, Mapping[int, Sequence[int]]]
"""For each element and each first word of a hit of it, where the hits end."""


def fits_in(atoms: Flat, tokens: Tokens, bounds: Bounds, slots: Ends) -> bool:
    """Whether a pattern can be laid anywhere within `bounds`: a sentence, or far enough around the words."""
    reached = set(range(bounds.start, bounds.end))
    for atom in atoms:
        reached = {end for place in reached for end in _steps(atom, tokens, place, bounds, slots)}
        if not reached:
            return False
    return True


def lies(atoms: Flat, tokens: Tokens, first: int, last: int, bounds: Bounds, slots: Ends) -> bool:
    """Whether words `first` to `last` keep to the sentence's ends, the gaps' lengths and commas, and whole elements.

    spaCy names only one way to lay a pattern over words; this follows all of them at once.
    """
    reached = {first}
    for atom in atoms:
        reached = {end for place in reached for end in _steps(atom, tokens, place, bounds, slots) if end <= last}
    return last in reached


def _steps(atom: Atom, tokens: Tokens, place: int, bounds: Bounds, slots: Ends) -> Iterator[int]:
    """Where an atom that begins at word `place` may end."""
    if atom.optional:
        yield place
    if atom.kind == "word":
        if place < bounds.end and atom.fits(tokens.words[place], tokens.tags[place]):
            yield place + 1
    elif atom.kind == "slot":
        yield from slots.get(atom.name, {}).get(place, ())
    elif atom.kind == "gap":
        yield from _over(atom, tokens, place, bounds)
    elif place == (bounds.start if atom.kind == "start" else bounds.end):
        yield place


def _over(gap: Atom, tokens: Tokens, place: int, bounds: Bounds) -> Iterator[int]:
    """The places that a gap may lead to."""
    for end in range(place, min(place + gap.most, bounds.end - 1) + 1):
        if not gap.commas and (end in tokens.commas or (end > place and tokens.words[end - 1] == BREAK)):
            return
        yield end
