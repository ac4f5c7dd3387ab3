"""Findings and runs made in one line, for every format's tests."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report, Skipped
from replylint.reply import Reply
from replylint.reporters import FORMATS, Options, RuleInfo, Summary
from replylint.text import Text

Entry = tuple[Reply, Report] | ReplylintError
RULES = {
    "some-rule": RuleInfo("some-rule", "A title", "A reason.", "# Help\n\nAt length.", "error"),
    "other-rule": RuleInfo("other-rule", "Another title", "Another reason.", ""),
}


def _find(source: str, words: str | None, /, **changes: Any) -> Finding:
    """A finding on the first place of `words`, or on the whole draft."""
    start = None if words is None else source.index(words)
    known: dict[str, Any] = {
        "rule": "some-rule",
        "severity": "error",
        "message": "This blames the customer.",
        "advice": "Say what is missing.",
        "start": start,
        "end": None if start is None else start + len(words or ""),
        "line": 1 if start is None else source.count("\n", 0, start) + 1,
        "column": 1 if start is None else start - source.rfind("\n", 0, start),
        "excerpt": words or "",
        "fingerprint": "0123456789abcdef",
        "source": "S3: nikada",
    }
    return Finding(**{**known, **changes})


def _entry(source: str, *findings: Finding, path: str | None = "a.txt", id: str | int | None = None) -> Entry:
    row = None if id is None else 4
    reply = Reply(Text(source), source, path=path, id=id, row=row)
    return reply, Report(id, "en", findings, (Skipped("wants-more", "No customer message is known."),))


def _summary(*entries: Entry) -> Summary:
    reports = [entry[1] for entry in entries if isinstance(entry, tuple)]
    findings = [finding.severity for report in reports for finding in report.findings]
    counts = {severity: findings.count(severity) for severity in findings}
    return Summary(
        len(reports),
        counts,
        len(entries) - len(reports),
        {"wants-more": len(reports)},
        {"en": len(reports)},
        reasons={"No customer message is known.": ["wants-more"]},
    )


def _run(name: str, *entries: Entry, summary: Summary | None = None, **options: Any) -> str:
    """All that the format `name` writes about `entries`."""
    out = StringIO()
    reporter = FORMATS[name](out, Options(**{"rules": RULES, **options}))
    for entry in entries:
        if isinstance(entry, tuple):
            reporter.reply(*entry)
        else:
            reporter.fault(entry)
    reporter.close(summary or _summary(*entries))
    return out.getvalue()


@pytest.fixture(scope="session")
def find() -> Callable[..., Finding]:
    """Makes a finding on words of a source."""
    return _find


@pytest.fixture(scope="session")
def entry() -> Callable[..., Entry]:
    """Makes a reply with its report."""
    return _entry


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Writes a report in a format."""
    return _run


HOSTILE = "Hi \x1b[2J\x07\r\u202e\x9b31m \ud83d \udc00\u2028\x00 <b>&\"' ]]> %0A ::error:: you\ufffe"


@pytest.fixture(scope="session")
def hostile() -> str:
    """A draft that harms terminals, parsers and encoders."""
    return HOSTILE
