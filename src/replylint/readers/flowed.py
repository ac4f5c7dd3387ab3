"""Plain text of mail whose lines were wrapped by its sender's program (RFC 3676), with its paragraphs joined again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from replylint.readers.origins import Edit, edited, lines
from replylint.text import Text

_LINE = re.compile(r"(>*)( ?)(.*)", re.DOTALL)
_SIGNATURE = "-- "


def unwrapped(text: Text, *, delete_space: bool) -> Text:
    """`text` without soft line breaks and without the spaces that were put before some lines.

    delete_space: the space that marks a soft break belongs to it, as in languages that write none between words.
    """
    return edited(text, _edits(text.value, delete_space))


def _edits(value: str, delete_space: bool) -> Iterator[Edit]:
    soft: tuple[int, int, int] | None = None
    for found in lines(value):
        line = _LINE.fullmatch(found[1])
        assert line is not None  # The pattern matches anything.
        depth, begin = len(line[1]), found.start()
        words = begin + line.start(3)
        if soft and soft[2] == depth and line[3] not in ("", _SIGNATURE):
            yield soft[0], words, ""
        elif not depth and line[2]:
            yield begin, words, ""
        flowing = line[3].endswith(" ") and line[3] != _SIGNATURE
        soft = (found.end(1) - delete_space, found.end(), depth) if flowing else None
