"""Checkstyle XML, which most review tools and CI servers read."""

from __future__ import annotations

from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Report, Severity
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.junit import escape
from replylint.reporters.place import UNNAMED, file_of, is_field, name_of, one_line, title_of

_SEVERITIES: dict[Severity, str] = {"error": "error", "warning": "warning", "suggestion": "info"}


class CheckstyleReporter:
    """Writes an error a finding, those of one file that come after each other together."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out
        self._file: str | None = None
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="4.3">\n')

    def reply(self, reply: Reply, report: Report) -> None:
        """An error for each finding."""
        name = title_of(reply) or (name_of(reply) if is_field(reply) else "")
        for finding in report.findings:
            line, column = (reply.row, 1) if reply.row is not None else (finding.line, finding.column)
            message = "; ".join(filter(None, (finding.message, finding.advice)))
            message = f"{name}: {message}" if name else message
            self._error(file_of(reply), line, column, _SEVERITIES[finding.severity], message, finding.rule)

    def fault(self, error: ReplylintError) -> None:
        """An error of its own."""
        self._error(error.path or UNNAMED, error.line or 1, 1, "error", error.message, "unreadable")

    def close(self, summary: Summary) -> None:
        """The end of the document."""
        self._out.write(("</file>\n" if self._file is not None else "") + "</checkstyle>\n")

    def _error(self, path: str, line: int, column: int, severity: str, message: str, rule: str) -> None:
        if path != self._file:
            self._out.write(("</file>\n" if self._file is not None else "") + f'<file name="{escape(path)}">\n')
            self._file = path
        told = escape(one_line(message))
        place = f'line="{line}" column="{column}"'
        self._out.write(f'<error {place} severity="{severity}" message="{told}" source="replylint.{rule}"/>\n')
