"""One JSON object a line: a reply with its findings, or an input that could not be read."""

from __future__ import annotations

from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Report
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.wire import encode, fault_line, record


class JsonlReporter:
    """Writes each reply as soon as it is known, in order; there is no head and no summary."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out

    def reply(self, reply: Reply, report: Report) -> None:
        """One line."""
        self._out.write(encode(record(report, reply.macro)) + "\n")

    def fault(self, error: ReplylintError) -> None:
        """One line, with `line` and `error` only."""
        self._out.write(encode(fault_line(error)) + "\n")

    def close(self, summary: Summary) -> None:
        """Nothing: every line stands for itself."""
