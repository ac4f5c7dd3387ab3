"""Markdown: the words that a reader of the page sees, each with its place in the file.

This is a pass of our own because a finding needs the place of every word, and Markdown parsers tell the lines of a
block and no more; working the columns out afterwards would mean searching for words a second time, which is where spans
go wrong. It follows CommonMark as far as letters go: code, emphasis, headings, links, references, escapes, entities,
autolinks, tags and comments. Marks of lists and quotes stay, since they tell parts of a draft. Code is no language, so
that its lines go, and inside a sentence one sign stands in for it, lest the words around it seem to touch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from replylint.readers.draft import Draft
from replylint.readers.ignores import Directive
from replylint.readers.inline import Inline, label
from replylint.readers.origins import Edit, edited, lines
from replylint.text import Text

_PREFIX = re.compile(r"(?P<quote>[ \t]*(?:>[ \t]?)*)(?P<indent>[ \t]*)(?P<item>(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|\Z))?")
_FENCE = re.compile(r"(`{3,}(?=[^`]*\Z)|~{3,})")
_HEADING = re.compile(r"#{1,6}(?:[ \t]+|\Z)")
_HEADING_END = re.compile(r"[ \t]+#+[ \t]*\Z")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={2,}[ \t]*)\Z")
_DEFINITION = re.compile(
    r"^[ ]{0,3}\[([^\[\]\r\n]{1,200})\]:[ \t]*\S+[ \t]*(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|\([^()\r\n]*\))?[ \t]*\r?$",
    re.MULTILINE,
)


def markdown(text: Text) -> Draft:
    """The draft in a Markdown text."""
    blocks = _Blocks(text)
    for found in lines(text.value):
        blocks.line(found[1], found.start(1))
    blocks.flush()
    return Draft(edited(text, blocks.edits), tuple(blocks.directives))


@dataclass(frozen=True, slots=True)
class _Fence:
    """The marks that opened a block of code, and whether they stand in a quote."""

    marks: str
    quoted: bool


@dataclass
class _Blocks:
    """Goes through the lines, collects edits, and hands each run of ordinary lines to the inline pass at once."""

    text: Text
    edits: list[Edit] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    fence: _Fence | None = None
    chunk: tuple[int, int] | None = None
    quoted: bool = False
    after_blank: bool = True
    in_list: bool = False
    comment_end: int = 0

    def __post_init__(self) -> None:
        self.inline = Inline(self.text, frozenset(label(found[1]) for found in _DEFINITION.finditer(self.text.value)))

    def line(self, line: str, start: int) -> None:
        """One line and its place."""
        if start < self.comment_end:
            self._extend(start, start + len(line))
            self._look_for_comment(line, start)
            return
        prefix = _PREFIX.match(line)
        assert prefix is not None  # The pattern matches anything.
        body = start + prefix.end("indent")
        if self.fence:
            self._code(line, body - start, start, ">" in prefix["quote"])
        elif not line[prefix.end("indent") :].strip():
            self.flush()
            self.after_blank = True
        elif not self._own_block(line, prefix, start):
            self._words(line, prefix, start)
            self.after_blank = False

    def flush(self) -> None:
        """Ends the paragraph."""
        if self.chunk:
            edits, directives = self.inline.read(*self.chunk, self.quoted)
            self.edits += edits
            self.directives += directives
            self.chunk = None

    def _code(self, line: str, at: int, start: int, quoted: bool) -> None:
        """A line within code; a quote that ends takes its code with it."""
        fence = self.fence
        assert fence is not None
        if fence.quoted and not quoted:
            self.fence = None
            self.line(line, start)
            return
        at = at if fence.quoted else 0
        self._drop(start + at, start + len(line))
        inside = line[at:].strip()
        if inside.startswith(fence.marks) and not inside.strip(fence.marks[0]):
            self.fence = None

    def _own_block(self, line: str, prefix: re.Match[str], start: int) -> bool:
        """Whether the line is no words: it opens code, is code, draws a line, or defines a link."""
        at = prefix.end("indent")
        if self._is_code(prefix):
            self.flush()
            self._drop(start, start + len(line))
            return True
        opening = _FENCE.match(line, prefix.end())
        if opening:
            self.fence = _Fence(opening[1], ">" in prefix["quote"])
            at = prefix.end()
        elif not _RULE.match(line, at) and not _DEFINITION.match(line):
            return False
        self.flush()
        self._drop(start + at, start + len(line))
        self.after_blank = False
        return True

    def _is_code(self, prefix: re.Match[str]) -> bool:
        """Whether the line is code by its indentation, which it is only behind an empty line and outside of lists."""
        space = prefix["quote"] + prefix["indent"]
        deep = ">" not in space and len(space.expandtabs(4)) >= 4
        if not deep and self.after_blank:
            self.in_list = False
        return deep and self.after_blank and not self.in_list

    def _words(self, line: str, prefix: re.Match[str], start: int) -> None:
        """A line of words; what is marked begins a paragraph of its own."""
        self.in_list = self.in_list or prefix["item"] is not None
        begin, stop = prefix.end(), len(line)
        heading = _HEADING.match(line, begin)
        quoted = ">" in prefix["quote"]
        if prefix["item"] is not None or heading or quoted or self.quoted:
            self.flush()
        self.quoted = quoted
        if heading:
            self._drop(start + begin, start + heading.end())
            begin = heading.end()
            closing = _HEADING_END.search(line, begin)
            stop = closing.start() if closing else stop
            self._drop(start + stop, start + len(line))
        self._extend(start + begin, start + stop)
        self._look_for_comment(line, start)
        if heading:
            self.flush()

    def _look_for_comment(self, line: str, start: int) -> None:
        """Sets where the paragraph may end at the earliest: a comment goes on over empty lines."""
        opening = line.rfind("<!--")
        if opening >= 0 and line.find("-->", opening) < 0:
            self.comment_end = max(self.comment_end, self.inline.comment_end(start + opening))

    def _extend(self, start: int, end: int) -> None:
        self.chunk = (self.chunk[0] if self.chunk else start, end)

    def _drop(self, start: int, end: int) -> None:
        if start < end:
            self.edits.append((start, end, ""))
