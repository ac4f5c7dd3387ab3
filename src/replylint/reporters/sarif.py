"""SARIF 2.1.0, for code scanning and for editors."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TextIO
from urllib.parse import quote

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report, Severity
from replylint.reply import Reply
from replylint.reporters import Options, RuleInfo, Summary
from replylint.reporters.place import ends_at, file_of, is_field, name_of, title_of
from replylint.reporters.spool import Spool
from replylint.reporters.wire import encode, summary_record

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "replylint/v1"
"""The name of our fingerprint; another way of making it needs another name."""

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "suggestion": "note"}

_NO_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""The surrogates that stand for no byte; the others are how Python hands over file names that are not UTF-8."""


class SarifReporter:
    """Writes the results as they come; inputs that could not be read are kept aside until their turn."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out
        self._indices = {rule: index for index, rule in enumerate(options.rules)}
        self._faults = Spool()
        self._first = True
        head = f'{{"$schema": {encode(SCHEMA)}, "version": "2.1.0", "runs": [{{"tool": {encode(_tool(options))},'
        out.write(f'{head}\n"columnKind": "unicodeCodePoints", "results": [')

    def reply(self, reply: Reply, report: Report) -> None:
        """A result for each finding."""
        for finding in report.findings:
            self._out.write("\n" if self._first else ",\n")
            self._out.write(encode(self._result(reply, finding)))
            self._first = False

    def fault(self, error: ReplylintError) -> None:
        """A notification of the invocation."""
        self._faults.write((",\n" if self._faults else "\n") + encode(_notification(error)))

    def close(self, summary: Summary) -> None:
        """The invocation, and the figures as properties of the run."""
        successful = encode(not self._faults)
        self._out.write(f'\n], "invocations": [{{"executionSuccessful": {successful}, "toolExecutionNotifications": [')
        self._faults.pour(self._out)
        self._out.write(f'\n]}}], "properties": {encode(summary_record(summary))}}}]}}\n')

    def _result(self, reply: Reply, finding: Finding) -> dict[str, object]:
        index = self._indices.get(finding.rule)
        return {
            "ruleId": finding.rule,
            **({} if index is None else {"ruleIndex": index}),
            "level": _LEVELS[finding.severity],
            "message": {"text": "\n".join(filter(None, (finding.message, finding.advice))) or finding.rule},
            "locations": [_location(reply, finding)],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
            "properties": {"advice": finding.advice, "source": finding.source, **_field(reply, finding)},
        }


def _tool(options: Options) -> dict[str, object]:
    version = {"version": options.version} if options.version else {}
    return {"driver": {"name": "replylint", **version, "rules": [_rule(rule) for rule in options.rules.values()]}}


def _rule(rule: RuleInfo) -> dict[str, object]:
    texts = {"shortDescription": rule.title, "fullDescription": rule.why, "help": rule.help}
    described: dict[str, object] = {name: {"text": text} for name, text in texts.items() if text}
    if rule.severity is not None:
        described["defaultConfiguration"] = {"level": _LEVELS[rule.severity]}
    return {"id": rule.id, **described}


def _location(reply: Reply, finding: Finding) -> dict[str, object]:
    """Where a finding is. A line of a field is no line of its file, so it stands at the line that holds the field."""
    artifact = {"uri": uri(file_of(reply))}
    if not is_field(reply):
        named = {"logicalLocations": [{"name": title_of(reply), "kind": "resource"}]} if reply.macro else {}
        return {"physicalLocation": {"artifactLocation": artifact, "region": _region(finding)}, **named}
    return {
        "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": reply.row}},
        "logicalLocations": [{"name": name_of(reply), "kind": "value"}],
    }


def _region(finding: Finding) -> dict[str, object]:
    if finding.start is None or finding.end is None:
        return {"startLine": finding.line}
    line, column = ends_at(finding)
    return {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": line,
        "endColumn": column,
        "charOffset": finding.start,
        "charLength": finding.end - finding.start,
        "snippet": {"text": finding.excerpt},
    }


def _field(reply: Reply, finding: Finding) -> dict[str, object]:
    """The place within a field, which the location cannot state."""
    return {"reply": reply.id, "region": _region(finding)} if is_field(reply) else {}


def _notification(error: ReplylintError) -> dict[str, object]:
    notification: dict[str, object] = {"level": "error", "message": {"text": error.message}}
    if error.path is not None:
        region = {"region": {"startLine": error.line}} if error.line else {}
        place = {"physicalLocation": {"artifactLocation": {"uri": uri(error.path)}, **region}}
        notification["locations"] = [place]
    return notification


def uri(path: str) -> str:
    """A path as a reference that keeps to the grammar of URIs."""
    pure = PurePath(_NO_BYTES.sub("\ufffd", path))
    quoted = quote(pure.as_posix().encode("utf-8", "surrogateescape"))
    return f"file:///{quoted.lstrip('/')}" if pure.is_absolute() else quoted
