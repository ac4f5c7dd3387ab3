"""The parts of a mail and where each stands in its file.

The standard library reads the headers. Where a part begins and ends it does not tell, so that the boundaries are looked
for here, the outer before the inner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import HeaderParser
from typing import TypeVar

from replylint.readers.faults import DraftError

T = TypeVar("T")

_BLOCK = re.compile(
    r"(?:From [^\n]*\n)?((?:[!-9;-~]+[ \t]*:[^\n]*(?:\n|\Z)(?:[ \t]+[^\s][^\n]*(?:\n|\Z))*)*)(?:\r?\n)?"
)
_FIELD = re.compile(r"^[!-9;-~]+[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_WANTED = ("content-type", "content-transfer-encoding", "content-disposition", "to", "message-id", "subject")
_MOST_PARTS = 1000
_LONGEST_FIELD = 8192
"""The most characters of a header field that are read: its parser takes its time, and nobody has a longer name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A mail, or a part of one: its headers, and the range of its body in the source."""

    headers: EmailMessage
    start: int
    end: int

    @property
    def kind(self) -> str:
        """The content type, as "text/plain"."""
        return asked(self.headers.get_content_type, "text/plain").lower()

    @property
    def encoding(self) -> str:
        """The transfer encoding, "7bit" when none is stated."""
        return asked(lambda: str(self.headers["content-transfer-encoding"] or "7bit"), "7bit").strip().lower()

    @property
    def charset(self) -> str | None:
        return asked(lambda: self.headers.get_content_charset(), None)

    @property
    def attached(self) -> bool:
        """Whether the part is a file and not something to read."""
        return asked(self.headers.is_attachment, False) or asked(lambda: self.headers.get_filename() is not None, False)

    def parameter(self, name: str) -> str:
        """A parameter of the content type in lower case, empty when it is not stated."""
        return asked(lambda: str(self.headers.get_param(name) or ""), "").lower()

    @property
    def boundary(self) -> str | None:
        return asked(self.headers.get_boundary, None)


def asked(question: Callable[[], T], otherwise: T) -> T:
    """The answer, or `otherwise` when there is none.

    The header parser of the standard library fails on some malformed headers, with errors of many kinds.
    """
    try:
        return question()
    except Exception:
        return otherwise


def part_of(source: str, start: int, end: int) -> Part:
    """The part that stands at a range of the source."""
    block = _BLOCK.match(source, start, end)
    assert block is not None  # The pattern matches anything.
    return Part(_headers(block[1]), block.end(), end)


def has_headers(source: str) -> bool:
    """Whether the source begins as a mail does."""
    block = _BLOCK.match(source)
    return bool(block and block[1])


def _headers(block: str) -> EmailMessage:
    fields = (field[0] for field in _FIELD.finditer(block))
    wanted = (field[:_LONGEST_FIELD] for field in fields if field.split(":", 1)[0].strip().lower() in _WANTED)
    parser = HeaderParser(policy=policy.default)
    text = "\n".join(field.replace("\r\n", "\n").replace("\r", "") for field in wanted)
    return asked(lambda: parser.parsestr(text + "\n\n"), EmailMessage())


def parts_of(source: str, part: Part) -> Iterator[Part]:
    """The parts within a multipart; raises DraftError when nothing tells them apart."""
    if not part.boundary:
        raise DraftError("the mail has a multipart without a boundary; export it again", part.start)
    line = re.compile(rf"^--{re.escape(part.boundary)}(--)?[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
    begin = -1
    for number, found in enumerate(line.finditer(source, part.start, part.end)):
        if number > _MOST_PARTS:
            raise DraftError(f"the mail has more than {_MOST_PARTS} parts; export it again", found.start())
        if begin >= 0:
            yield part_of(source, begin, max(begin, _before_break(source, found.start())))
        begin = -1 if found[1] else found.end()
        if found[1]:
            return
    if begin >= 0:
        yield part_of(source, begin, part.end)


def _before_break(source: str, at: int) -> int:
    """The place before the line break that ends at `at`, which belongs to the boundary."""
    at -= source.endswith("\n", 0, at)
    return at - source.endswith("\r", 0, at)
