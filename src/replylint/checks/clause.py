"""Whether words belong to something else that is said in their sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from replylint.tokens import BREAK
from replylint.view import View


class Place(Protocol):
    """Words ``start`` to ``end`` (exclusive) of a sentence."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def sentence(self) -> int: ...


def claimed(place: Place, others: Iterable[str], rivals: Iterable[Place], view: View) -> bool:
    """Whether one of the elements `others` takes `place` for itself.

    It takes what it stands over. When it stands over none of `rivals`, it speaks of its whole clause: of everything up
    to the next comma or mark.
    """
    rivals = list(rivals)
    return any(
        overlap(place, other) or (one_clause(place, other, view) and not any(overlap(other, r) for r in rivals))
        for name in others
        for other in view.hits(name)
    )


def overlap(one: Place, other: Place) -> bool:
    """Whether the two share a word."""
    return one.start < other.end and other.start < one.end


def one_clause(one: Place, other: Place, view: View) -> bool:
    """Whether the two stand in one sentence with no comma and no mark in between."""
    if one.sentence != other.sentence:
        return False
    start, end = min(one.end, other.end), max(one.start, other.start)
    between = range(start, end)
    return not any(at in view.tokens.commas or view.tokens.words[at] == BREAK for at in (*between, end))
