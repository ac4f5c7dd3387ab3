"""GitLab's Code Quality report, a list of issues in the form of Code Climate."""

from __future__ import annotations

import hashlib
from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report, Severity
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.place import ends_at, file_of, is_field, name_of, one_line, title_of
from replylint.reporters.wire import encode

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "minor", "suggestion": "info"}


class GitlabReporter:
    """Writes an issue a finding. An input that could not be read is an issue too, since there is no other place."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out
        self._first = True
        out.write("[")

    def reply(self, reply: Reply, report: Report) -> None:
        """An issue for each finding."""
        name = title_of(reply) or (name_of(reply) if is_field(reply) else "")
        for finding in report.findings:
            described = f"{name}: {finding.message}" if name else finding.message
            place = _place(reply, finding)
            print_ = _fingerprint(file_of(reply), str(reply.id), name, finding.fingerprint)
            self._issue(finding.rule, described, _SEVERITIES[finding.severity], file_of(reply), place, print_)

    def fault(self, error: ReplylintError) -> None:
        """A blocker, at its line where that is known."""
        path = error.path or "-"
        print_ = _fingerprint(path, str(error.line), error.message)
        self._issue("unreadable", error.message, "blocker", path, {"begin": error.line or 1}, print_)

    def close(self, summary: Summary) -> None:
        """The end of the list."""
        self._out.write("\n]\n")

    def _issue(self, rule: str, text: str, severity: str, path: str, lines: dict[str, int], fingerprint: str) -> None:
        issue = {
            "description": one_line(text),
            "check_name": rule,
            "fingerprint": fingerprint,
            "severity": severity,
            "location": {"path": path, "lines": lines},
        }
        self._out.write(("\n" if self._first else ",\n") + encode(issue))
        self._first = False


def _place(reply: Reply, finding: Finding) -> dict[str, int]:
    if reply.row is not None:
        return {"begin": reply.row}
    return {"begin": finding.line, "end": ends_at(finding)[0]}


def _fingerprint(*parts: str) -> str:
    """One fingerprint a finding in the whole project: GitLab tells new issues from old ones by it."""
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
