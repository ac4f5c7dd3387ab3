"""What goes over the wire besides mail: replies, and the arguments of commands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^">])*)>')
_ROUTE = re.compile(r"^@[^:]*:")
END = b".\r\n"
"""What a message ends with, after a line end."""
LONGEST = 500
"""The characters of a reply line after its code; with code and line end it must not have more than 512."""


class UpstreamError(Exception):
    """The relay does not answer, or not as SMTP has it; the text says what happened and holds no mail."""


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """A server's answer: its code and its lines without the code."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def is_yes(self) -> bool:
        return 200 <= self.code < 300

    def wire(self) -> bytes:
        """The answer as it is sent, without the last line end."""
        last = len(self.lines) - 1
        return b"\r\n".join(
            b"%d%s%s" % (self.code, b" " if at == last else b"-", line) for at, line in enumerate(self.lines)
        )


def parsed(data: bytes) -> SmtpReply | None:
    """The answer in what was received, None when it is not complete; raises UpstreamError when it is none."""
    lines: list[bytes] = []
    for line in data.split(b"\n")[:-1]:
        line = line.rstrip(b"\r")
        if not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
            raise UpstreamError("does not answer as a mail server does")
        lines.append(line[4:])
        if line[3:4] != b"-":
            return SmtpReply(int(line[:3]), tuple(lines))
    return None


def reply(code: int, status: str, *sentences: str) -> SmtpReply:
    """An answer of ours in ASCII: the enhanced status code stands before each line, and long ones are broken."""
    room = LONGEST - len(status) - 1
    lines = (line for sentence in sentences for line in _broken(sentence, room))
    return SmtpReply(code, tuple(f"{status} {line}".encode("ascii", "replace") for line in lines))


def _broken(sentence: str, room: int) -> Iterable[str]:
    """The lines of a sentence, broken at blanks where there are any."""
    rest = " ".join(sentence.split())
    while len(rest) > room:
        at = rest.rfind(" ", 0, room + 1)
        at = at if at > 0 else room
        yield rest[:at]
        rest = rest[at:].lstrip()
    yield rest


def path_of(argument: str) -> str | None:
    """The address in the argument of MAIL or RCPT, None when there is none: `FROM:<ann@acme.example> SIZE=5`."""
    found = _PATH.search(argument)
    return _ROUTE.sub("", found[1].strip()) if found else None
