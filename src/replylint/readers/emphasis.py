"""Which asterisks, underscores and tildes of a paragraph are marks of emphasis: those that find a partner."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from replylint.readers.origins import Edit


@dataclass(slots=True)
class Run:
    """Equal marks next to each other that have found no partner yet; partners are taken from the inner side."""

    mark: str
    start: int
    end: int
    opens: bool
    closes: bool


def run_of(value: str, start: int, end: int, first: int, last: int) -> Run:
    """The run at a range of a paragraph (`first` to `last`), with the part it may play, by CommonMark's rules."""
    before = value[start - 1] if start > first else " "
    after = value[end] if end < last else " "
    left = not after.isspace() and (not _is_sign(after) or before.isspace() or _is_sign(before))
    right = not before.isspace() and (not _is_sign(before) or after.isspace() or _is_sign(after))
    mark = value[start]
    if mark == "_":
        return Run(mark, start, end, left and (not right or _is_sign(before)), right and (not left or _is_sign(after)))
    return Run(mark, start, end, left, right)


def _is_sign(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def emphasis_marks(runs: Iterable[Run]) -> list[Edit]:
    """Edits that drop the marks with a partner, in time linear in their number."""
    edits: list[Edit] = []
    open_runs: list[Run] = []
    waiting: Counter[str] = Counter()
    for run in runs:
        while run.closes and run.start < run.end and waiting[run.mark]:
            opener = open_runs.pop()
            waiting[opener.mark] -= 1
            if opener.mark == run.mark:
                edits += _paired(opener, run)
                if opener.start < opener.end:
                    open_runs.append(opener)
                    waiting[opener.mark] += 1
        if run.opens and run.start < run.end:
            open_runs.append(run)
            waiting[run.mark] += 1
    return edits


def _paired(opener: Run, closer: Run) -> tuple[Edit, Edit]:
    """Takes as many marks of both as there are partners for."""
    size = min(opener.end - opener.start, closer.end - closer.start)
    opener.end -= size
    closer.start += size
    return (opener.end, opener.end + size, ""), (closer.start - size, closer.start, "")
