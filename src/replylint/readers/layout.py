"""Lines of text as a browser lays them out: single spaces, a line for a block, marks before quotes and list items."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from replylint.readers.origins import Piece

_PIECES = re.compile(r"(?P<space>[ \t\n\r\f]+)|(?P<hard>\xa0+)|[^ \t\n\r\f\xa0]+")
_LINES = re.compile(r"\r\n|\r|\n|[^\r\n]+")


@dataclass
class Layout:
    """Takes text and breaks in order, each with its range; `pieces` is the result.

    quoted: whether what comes now is quoted. item: whether what comes now begins a list item.
    """

    pieces: list[Piece] = field(default_factory=list)
    quoted: bool = False
    item: bool = False
    _breaks: int = 0
    _break_at: tuple[int, int] = (0, 0)
    _space: tuple[int, int] | None = None
    _in_line: bool = False
    _filled: bool = False

    def flow(self, value: str, start: int, end: int) -> None:
        """Text in which a run of white space is one space."""
        for piece in _PIECES.finditer(value, start, end):
            if piece.lastgroup == "space":
                self.space(*piece.span())
            elif piece.lastgroup == "hard":
                self.hard(len(piece[0]), *piece.span())
            else:
                self.word(piece[0], *piece.span())

    def kept(self, value: str, start: int, end: int) -> None:
        """Text in which white space stays as it is."""
        for piece in _LINES.finditer(value, start, end):
            if piece[0][0] in "\r\n":
                self.line_end(*piece.span())
            else:
                self.word(piece[0].replace("\xa0", " "), *piece.span())

    def word(self, value: str, start: int, end: int) -> None:
        """Characters that are shown as they are."""
        self._lead(start)
        self.pieces.append((value, start, end))

    def space(self, start: int, end: int) -> None:
        """White space that collapses with what is next to it."""
        self._space = self._space or (start, end)

    def hard(self, size: int, start: int, end: int) -> None:
        """Spaces that do not collapse; alone on a line they keep it from being empty, and are nothing to read."""
        self._filled = True
        if self._in_line:
            self._lead(start)
            self.pieces.append((" " * size, start, end))

    def line_end(self, start: int, end: int) -> None:
        """A line break, as <br> makes it."""
        self._break(1, start, end)

    def edge(self, start: int, end: int, *, paragraph: bool = False) -> None:
        """Where a block begins or ends: the line ends there if anything is on it."""
        self._break(int(self._filled), start, end)
        if paragraph:
            self._breaks = max(self._breaks, 2)

    def _break(self, number: int, start: int, end: int) -> None:
        if not self._breaks:
            self._break_at = (start, end)
        self._breaks += number
        self._space = None
        self._in_line = self._filled = False

    def _lead(self, at: int) -> None:
        """What comes before characters at `at`: a space in a line; breaks and marks where one begins.

        The marks stand for nothing in the source, so that they have the empty range at the line's start.
        """
        if self._in_line:
            if self._space:
                self.pieces.append((" ", *self._space))
        else:
            if self.pieces:
                self.pieces.append(("\n" * min(self._breaks, 2), *self._break_at))
            self.pieces.append(("> " * self.quoted + "- " * self.item, at, at))
        self._space, self._breaks, self.item = None, 0, False
        self._in_line = self._filled = True
