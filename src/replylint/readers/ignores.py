"""Comments in a draft that ask not to be told of something."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from replylint.readers.faults import DraftError
from replylint.reply import Ignore
from replylint.text import Text

_COMMENT = re.compile(r"\s*replylint\s*:(.*)", re.DOTALL)
_REQUEST = re.compile(r"(ignore(?:-file)?)(?:\s*\[([^\[\]]*)\])?(?:\s*(?:--|–|—)(.*))?", re.DOTALL)
_REASON = re.compile(r"(.*?)(?:--|–|—)(.*)", re.DOTALL)
_INK = re.compile(r"\S")
_WITH_REASON = "write ignore[rule] -- reason"


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment that speaks to us: its place in the source, and its words behind ``replylint:``."""

    start: int
    end: int
    words: str


def directive(comment: str, start: int, end: int) -> Directive | None:
    """The directive in a comment that stands at a place of the source, or None when it is for somebody else."""
    found = _COMMENT.fullmatch(comment)
    return Directive(start, end, found[1].strip()) if found else None


def placed(directives: Iterable[Directive], text: Text, source: str) -> tuple[tuple[Ignore, ...], list[DraftError]]:
    """The ignores that hold, with the lines they hold for, and what is wrong with the others."""
    ignores: list[Ignore] = []
    faults: list[DraftError] = []
    lines = _Lines(text, source)
    for each in directives:
        try:
            ignores.append(_ignore(each, lines))
        except DraftError as fault:
            faults.append(fault)
    return tuple(ignores), faults


def for_file(entry: str, offset: int, line: int) -> Ignore:
    """The ignore of an entry "rule -- reason" in front matter; raises DraftError without a rule or a reason."""
    found = _REASON.fullmatch(entry)
    rules = _names(found[1]) if found else ()
    if not found or not rules or not found[2].strip():
        raise DraftError("the ignore gives no rule or no reason and does not hold; write “rule -- reason”", offset)
    return Ignore(rules, _one_line(found[2]), line, whole_file=True)


def _ignore(each: Directive, lines: _Lines) -> Ignore:
    found = _REQUEST.fullmatch(each.words)
    if not found:
        raise DraftError(f"the comment “replylint:” asks for nothing that is known; {_WITH_REASON}", each.start)
    kind, names, reason = found.groups()
    rules = _names(names or "")
    if names is not None and not rules:
        raise DraftError(f"the {kind} names no rule between its brackets; {_WITH_REASON}", each.start)
    if not (reason or "").strip():
        raise DraftError(f"the {kind} gives no reason and does not hold; {_WITH_REASON}", each.start)
    whole = kind == "ignore-file"
    place = each.start if whole else lines.meant(each)
    return Ignore(rules, _one_line(reason), lines.number(place), whole)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def _one_line(reason: str) -> str:
    return " ".join(reason.split())


@dataclass
class _Lines:
    """The lines of a source and which of them hold text, asked for one place after another."""

    text: Text
    source: str
    _answered: int = -1
    _next: int = -1

    @cached_property
    def _begins(self) -> array[int]:
        return array("q", (0, *(found.end() for found in re.finditer("\n", self.source))))

    def number(self, place: int) -> int:
        """The number of a place's line, from 1."""
        return bisect_right(self._begins, place)

    def meant(self, each: Directive) -> int:
        """A place on the line that is meant: the comment's own if it holds text, or the next that does, or its own."""
        starts = self.text.starts if self.text.starts is not None else range(len(self.text.value))
        begin = self._begins[self.number(each.start) - 1]
        before = self._ink(bisect_left(starts, begin))
        if before < len(starts) and starts[before] < each.start:
            return each.start
        after = self._ink(bisect_left(starts, each.end))
        return starts[after] if after < len(starts) else each.start

    def _ink(self, at: int) -> int:
        """The place of the first character of the text from `at` on that is no white space, or the text's end."""
        if not self._answered <= at <= self._next:
            found = _INK.search(self.text.value, at)
            self._answered, self._next = at, found.start() if found else len(self.text.value)
        return self._next
