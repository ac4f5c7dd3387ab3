"""What a reply and the places in it are called."""

from __future__ import annotations

from replylint.finding import Finding
from replylint.reply import Reply

UNNAMED = "stdin"
"""The name of an input that has no path."""


def file_of(reply: Reply) -> str:
    """The file that a reply was read from."""
    return UNNAMED if reply.path is None else reply.path


def is_field(reply: Reply) -> bool:
    """Whether the reply is one of several in its file, so that its lines are not the file's lines."""
    return reply.row is not None


def name_of(reply: Reply) -> str:
    """The shortest name that tells a reply from the others."""
    if not is_field(reply):
        return file_of(reply)
    return f"line {reply.row}" if reply.id is None else str(reply.id)


def title_of(reply: Reply) -> str:
    """What a macro is called, with its id where it has one; nothing for a draft."""
    if reply.macro is None:
        return ""
    return reply.macro.title if reply.id is None else f"{reply.macro.title} ({reply.id})"


def ends_at(finding: Finding) -> tuple[int, int]:
    """The line and the column just behind the finding's words, counted from 1."""
    breaks = finding.excerpt.count("\n")
    if not breaks:
        return finding.line, finding.column + len(finding.excerpt)
    return finding.line + breaks, len(finding.excerpt) - finding.excerpt.rfind("\n")


def one_line(text: str) -> str:
    """`text` with every run of white space as one space."""
    return " ".join(text.split())
