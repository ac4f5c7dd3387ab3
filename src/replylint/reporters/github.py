"""Workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report, Severity
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.display import visible
from replylint.reporters.place import ends_at, is_field, name_of, one_line, title_of
from replylint.reporters.totals import sentence

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "suggestion": "notice"}


class GithubReporter:
    """Writes one command a finding."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out

    def reply(self, reply: Reply, report: Report) -> None:
        """A command for each finding."""
        for finding in report.findings:
            properties = {**_place(reply, finding), "title": finding.rule}
            self._command(_COMMANDS[finding.severity], properties, _message(reply, finding))

    def fault(self, error: ReplylintError) -> None:
        """An error, at its line where that is known."""
        place = {"file": error.path, "line": error.line, "title": "unreadable input"}
        self._command("error", {name: str(value) for name, value in place.items() if value}, error.message)

    def close(self, summary: Summary) -> None:
        """The totals, as a plain line of the log."""
        self._out.write(visible(f"replylint: {sentence(summary)}") + "\n")

    def _command(self, name: str, properties: dict[str, str], message: str) -> None:
        stated = ",".join(f"{key}={escape_property(value)}" for key, value in properties.items())
        self._out.write(visible(f"::{name} {stated}::{escape_data(message)}") + "\n")


def escape_data(text: str) -> str:
    """`text` as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """`text` as the value of a workflow command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _place(reply: Reply, finding: Finding) -> dict[str, str]:
    """Where GitHub shows a finding. A line of a field is no line of its file, so it goes to the line that holds it."""
    place = {} if reply.path is None else {"file": reply.path}
    if is_field(reply):
        return {**place, "line": str(reply.row)}
    if finding.start is None:
        return {**place, "line": str(finding.line)}
    line, column = ends_at(finding)
    start = {"line": str(finding.line), "col": str(finding.column)}
    return {**place, **start, "endLine": str(line), "endColumn": str(column)}


def _message(reply: Reply, finding: Finding) -> str:
    where = f"{name_of(reply)}:{finding.line}:{finding.column}: " if is_field(reply) else ""
    where = f"{title_of(reply)}: " if reply.macro else where
    lines = [f"{where}{finding.message}", f"instead: {finding.advice}" if finding.advice else ""]
    return "\n".join(one_line(line) for line in lines if line)
