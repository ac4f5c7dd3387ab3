"""Which macros of a library say nearly the same."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from replylint.checks.similar import shingles


class Pair(NamedTuple):
    """The number of an earlier text, and how alike the two are: shared shingles by those of the longer one, 0 to 1."""

    earlier: int
    likeness: float


def pairs(texts: Sequence[Sequence[str]], least: float) -> list[Pair | None]:
    """For each text the earlier one that is most like it, at least so much, or None.

    Texts are compared by their runs of four words. Two that are alike enough share one of their few rarest runs, so
    that only texts that do are compared, and boilerplate that all of them hold costs nothing.
    """
    sets = [shingles(words) for words in texts]
    counts = Counter(shingle for found in sets for shingle in found)
    index: dict[int, list[int]] = {}
    nearest: list[Pair | None] = []
    for number, own in enumerate(sets):
        rare = list(_rarest(own, counts, least))
        candidates = {other for shingle in rare for other in index.get(shingle, ())}
        nearest.append(max(_alike(own, candidates, sets, least), key=_closeness, default=None))
        for shingle in rare:
            index.setdefault(shingle, []).append(number)
    return nearest


def _rarest(own: set[int], counts: Counter[int], least: float) -> list[int]:
    """So many of the rarest shingles that no text without any of them can be alike enough."""
    needed = len(own) - math.ceil(least * len(own)) + 1
    return sorted(own, key=lambda shingle: (counts[shingle], shingle))[:needed] if own else []


def _alike(own: set[int], candidates: set[int], sets: Sequence[set[int]], least: float) -> Iterator[Pair]:
    for other in candidates:
        likeness = len(own & sets[other]) / max(len(own), len(sets[other]))
        if likeness >= least:
            yield Pair(other, likeness)


def _closeness(pair: Pair) -> tuple[float, int]:
    return pair.likeness, -pair.earlier
