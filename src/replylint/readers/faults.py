"""What is wrong with an input, before its file and line are known."""

from __future__ import annotations

from replylint.errors import InputError


class DraftError(Exception):
    """One sentence for the user, and the place in the source, or None when it is about the whole input.

    The line is given instead of the place when there is no source.

    Raised when a draft cannot be read; kept as a value when it can be read all the same.
    """

    def __init__(self, message: str, offset: int | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.line = line


def told(fault: DraftError, path: str, source: str = "") -> InputError:
    """The fault with its file and line, for whoever reads drafts."""
    return InputError(fault.message, path, fault.line if fault.offset is None else line_at(source, fault.offset))


def line_at(source: str, offset: int) -> int:
    """The number, from 1, of the line that holds `offset`, as findings count lines."""
    return source.count("\n", 0, offset) + 1
