"""JUnit XML, which every CI server shows: a test case a reply."""

from __future__ import annotations

import re
from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report, at_least
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.place import UNNAMED, file_of, name_of, one_line, title_of
from replylint.reporters.spool import Spool
from replylint.reporters.totals import sentence, unjudged

_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, and the controls that it could but that it advises against."""

_ESCAPES = {ord(char): f"&#{ord(char)};" for char in "&<>\"'\r"}


class JunitReporter:
    """Keeps the test cases aside, since the suite's head counts them."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out
        self._fail_on = options.fail_on
        self._cases = Spool()
        self._tests = self._failures = self._errors = 0

    def reply(self, reply: Reply, report: Report) -> None:
        """A test case, which fails by its findings at or above the threshold; milder ones are its output."""
        failing = [finding for finding in report.findings if self._fails(finding)]
        milder = [finding for finding in report.findings if not self._fails(finding)]
        output = _element("system-out", {}, "\n\n".join(map(_told, milder))) if milder else ""
        self._tests += 1
        self._failures += bool(failing)
        self._case(file_of(reply), title_of(reply) or name_of(reply), "".join(map(_failure, failing)) + output)

    def fault(self, error: ReplylintError) -> None:
        """A test case that could not run."""
        path = error.path or UNNAMED
        attributes = {"message": one_line(error.message), "type": "unreadable"}
        self._tests += 1
        self._errors += 1
        name = f"line {error.line}" if error.line else path
        self._case(path, name, _element("error", attributes, str(error)))

    def close(self, summary: Summary) -> None:
        """The whole document."""
        counts = {"tests": self._tests, "failures": self._failures, "errors": self._errors}
        shared = {name: str(count) for name, count in counts.items()}
        if summary.seconds is not None:
            shared["time"] = f"{summary.seconds:.3f}"
        head = f"<testsuites{_attributes(shared)}>\n<testsuite{_attributes({'name': 'replylint', **shared})}>\n"
        self._out.write('<?xml version="1.0" encoding="UTF-8"?>\n' + head)
        self._cases.pour(self._out)
        told = "\n".join(filter(None, (sentence(summary), unjudged(summary))))
        self._out.write(f"{_element('system-out', {}, told)}</testsuite>\n</testsuites>\n")

    def _fails(self, finding: Finding) -> bool:
        return self._fail_on is not None and at_least(finding.severity, self._fail_on)

    def _case(self, path: str, name: str, inside: str) -> None:
        start = f"<testcase{_attributes({'classname': path, 'name': name})}>"
        self._cases.write(f"{start}\n{inside}</testcase>\n" if inside else f"{start}</testcase>\n")


def _failure(finding: Finding) -> str:
    return _element("failure", {"message": one_line(finding.message), "type": finding.rule}, _told(finding))


def _told(finding: Finding) -> str:
    """A finding as text: JUnit has no place for anything but text."""
    lines = [f"{finding.line}:{finding.column}: {finding.severity}[{finding.rule}] {one_line(finding.message)}"]
    parts = (("words", finding.excerpt), ("instead", finding.advice), ("from", finding.source))
    return "\n".join(lines + [f"{label}: {one_line(text)}" for label, text in parts if text])


def _element(name: str, attributes: dict[str, str], text: str) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(text)}</{name}>\n"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(one_line(value))}"' for name, value in attributes.items())


def escape(text: str) -> str:
    """`text` as XML, with the replacement character for whatever it should not hold."""
    return _ILLEGAL.sub("\ufffd", text).translate(_ESCAPES)
