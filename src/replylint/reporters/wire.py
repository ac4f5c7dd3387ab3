"""The objects that other programs read, and their JSON.

The keys of `record` and `fault_line` are a contract: other tools depend on every one of them.
"""

from __future__ import annotations

import json
import re

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report
from replylint.reply import Macro
from replylint.reporters import Summary

_encode = json.JSONEncoder(ensure_ascii=False).encode

_RISKY = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What JSON allows in a string and harms its readers: line breaks to some, terminal controls, half characters."""


def encode(value: object) -> str:
    """`value` as JSON on one line, readable by people, and safe to encode, to split into lines and to print."""
    return _RISKY.sub(lambda match: f"\\u{ord(match[0]):04x}", _encode(value))


def record(report: Report, macro: Macro | None = None) -> dict[str, object]:
    """One reply's findings, as every JSON format states them; of a macro also what it is called and where it is."""
    known = {"macro": {"title": macro.title, "line": macro.line, "helpdesk": macro.helpdesk}} if macro else {}
    return {
        "id": report.id,
        **known,
        "lang": report.lang,
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": [{"rule": skipped.rule, "reason": skipped.reason} for skipped in report.skipped],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "advice": finding.advice,
        "start": finding.start,
        "end": finding.end,
        "line": finding.line,
        "column": finding.column,
        "excerpt": finding.excerpt,
        "fingerprint": finding.fingerprint,
        "source": finding.source,
    }


def fault_line(error: ReplylintError) -> dict[str, object]:
    """An input that could not be read; the sentence names the file, since this object has no other place for it."""
    return {"line": error.line, "error": str(error)}


def fault_record(error: ReplylintError) -> dict[str, object]:
    """An input that could not be read, with its path."""
    return {"path": error.path, "line": error.line, "error": error.message}


def summary_record(summary: Summary) -> dict[str, object]:
    """A run in figures; the time only when it is known."""
    figures: dict[str, object] = {
        "replies": summary.replies,
        "findings": dict(summary.findings),
        "unreadable": summary.unreadable,
        "skipped": dict(summary.skipped),
        "langs": dict(summary.langs),
    }
    more = {"left_alone": dict(summary.left_alone), "known": summary.known, "gone": summary.gone}
    figures.update((name, value) for name, value in more.items() if value)
    return figures if summary.seconds is None else {**figures, "seconds": summary.seconds}
