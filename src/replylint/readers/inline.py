"""Markdown within a paragraph: what of it is words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from replylint.readers.elements import BLOCKS, NAMES
from replylint.readers.emphasis import Run, emphasis_marks, run_of
from replylint.readers.entities import reference
from replylint.readers.ignores import Directive, directive
from replylint.readers.origins import Edit, with_its_line
from replylint.text import Text

OBJECT = "\ufffc"
"""What Unicode has for "something that is no text stands here"."""

_MARKS = re.compile(
    r"""
    (?P<escape> \\[!-/:-@\[-`{-~] | \\(?=[\r\n]) )
  | (?P<keep> \{\{[^{}\r\n]{0,80}\}\} | (?:https?://|\bwww\.)[^\s<>\[\]()*`]+(?<!_) )
  | (?P<code> `+ )
  | (?P<comment> <!-- )
  | (?P<link> <(?:[a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]{0,2000}|[\w.+-]{1,64}@[\w.-]{1,255})> )
  | (?P<tag> </?[a-zA-Z][a-zA-Z0-9]{0,30}(?:[\s/][^<>]{0,2000})?> )
  | (?P<entity> & )
  | (?P<open> !?\[ )
  | (?P<close> \] )
  | (?P<run> \*+ | _+ | ~~+ )
    """,
    re.VERBOSE,
)
_TARGET = re.compile(
    r"""
    \( \s{0,20} (?: <[^<>\r\n]{0,2000}> | [^\s()]{0,2000}(?:\([^\s()]{0,500}\)[^\s()]{0,500}){0,9} )
    (?: \s{1,20} (?: "[^"]{0,500}" | '[^']{0,500}' | \([^()]{0,500}\) ) )? \s{0,20} \)
    """,
    re.VERBOSE,
)
_LABEL = re.compile(r"\[([^\[\]\r\n]{0,200})\]")
_TICKS = re.compile("`+")
_PART_OF_LINE = re.compile(r"[^\r\n]+")


@dataclass
class Inline:
    """Reads paragraphs of one text; `labels` are those of the links that are defined anywhere in it."""

    text: Text
    labels: frozenset[str]
    _no_comment_from: int | None = None

    def read(self, start: int, end: int, quoted: bool) -> tuple[list[Edit], list[Directive]]:
        """The edits that leave the words of a paragraph, and the comments in it that speak to us.

        Comments in a quoted paragraph are a matter of whoever is quoted.
        """
        paragraph = _Paragraph(self, start, end, quoted)
        paragraph.read()
        return paragraph.edits + emphasis_marks(paragraph.runs), paragraph.directives

    def comment_end(self, start: int) -> int:
        """Where the comment that opens at `start` ends, or `start` when nothing closes it and it is just characters."""
        if self._no_comment_from is not None and start >= self._no_comment_from:
            return start
        end = self.text.value.find("-->", start + 4)
        if end < 0:
            self._no_comment_from = start
            return start
        return end + 3


@dataclass
class _Paragraph:
    inline: Inline
    start: int
    end: int
    quoted: bool
    edits: list[Edit] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    brackets: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.value = self.inline.text.value
        self.ticks: dict[int, list[int]] = {}
        for found in _TICKS.finditer(self.value, self.start, self.end):
            self.ticks.setdefault(len(found[0]), []).append(found.start())

    def read(self) -> None:
        at = self.start
        while found := _MARKS.search(self.value, at, self.end):
            at = found.end()
            at = _READERS[found.lastgroup or "keep"](self, found) or at

    def _escape(self, found: re.Match[str]) -> None:
        self.edits.append((found.start(), found.start() + 1, ""))

    def _keep(self, found: re.Match[str]) -> None:
        """Links and blanks stay as they are."""

    def _code(self, found: re.Match[str]) -> int | None:
        """Code up to as many backticks as opened it; without those the backticks are just characters."""
        size = len(found[0])
        places = self.ticks.get(size, [])
        number = bisect_left(places, found.end())
        if number == len(places):
            return None
        end = places[number] + size
        self.edits += _without(self.value, found.start(), end, OBJECT)
        return end

    def _comment(self, found: re.Match[str]) -> int | None:
        end = self.inline.comment_end(found.start())
        if end == found.start() or end > self.end:
            return None
        place = self.inline.text.span(found.start(), end)
        request = directive(self.value[found.end() : end - 3], *place)
        if request and not self.quoted:
            self.directives.append(request)
        self.edits.append((*with_its_line(self.value, found.start(), end), ""))
        return end

    def _link(self, found: re.Match[str]) -> None:
        self.edits += [(found.start(), found.start() + 1, ""), (found.end() - 1, found.end(), "")]

    def _tag(self, found: re.Match[str]) -> None:
        name = found["tag"].strip("</>").split(maxsplit=1)[0].rstrip("/").lower()
        if name in NAMES:
            self.edits.append((*found.span(), "\n" if name == "br" or name in BLOCKS else ""))

    def _entity(self, found: re.Match[str]) -> int | None:
        meant = reference(self.value, found.start())
        if not meant or self.value[meant[1] - 1] != ";":
            return None
        self.edits.append((found.start(), meant[1], meant[0].replace("\xa0", " ")))
        return meant[1]

    def _run(self, found: re.Match[str]) -> None:
        self.runs.append(run_of(self.value, *found.span(), self.start, self.end))

    def _open(self, found: re.Match[str]) -> None:
        self.brackets.append(found.span())

    def _close(self, found: re.Match[str]) -> int | None:
        """A link if a target follows or its label is defined; square brackets otherwise stay."""
        if not self.brackets:
            return None
        start, inside = self.brackets.pop()
        end = self._target_end(inside, found.start(), found.end())
        if end is None:
            return None
        if self.value[start] == "!":
            self.edits += _without(self.value, start, end, "")
        else:
            self.edits += [(start, inside, ""), (found.start(), end, "")]
        return end

    def _target_end(self, inside: int, close: int, end: int) -> int | None:
        target = _TARGET.match(self.value, end, self.end)
        if target:
            return target.end()
        other = _LABEL.match(self.value, end, self.end)
        name = other[1] if other and other[1] else self.value[inside : min(close, inside + 201)]
        if label(name) not in self.inline.labels:
            return None
        return other.end() if other else end


_READERS: dict[str, Callable[[_Paragraph, re.Match[str]], int | None]] = {
    "escape": _Paragraph._escape,
    "keep": _Paragraph._keep,
    "code": _Paragraph._code,
    "comment": _Paragraph._comment,
    "link": _Paragraph._link,
    "tag": _Paragraph._tag,
    "entity": _Paragraph._entity,
    "open": _Paragraph._open,
    "close": _Paragraph._close,
    "run": _Paragraph._run,
}


def label(name: str) -> str:
    """A link's label as it is compared with others."""
    return " ".join(name.casefold().split())


def _without(value: str, start: int, end: int, sign: str) -> Iterator[Edit]:
    """Edits that drop a range but keep its line breaks, and put a sign in its place."""
    for part in _PART_OF_LINE.finditer(value, start, end):
        yield *part.span(), sign
        sign = ""
