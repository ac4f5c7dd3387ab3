"""JUnit XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from replylint.errors import InputError
from replylint.finding import SEVERITIES, Finding
from replylint.reporters import Summary

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]


def suite(text: str) -> ElementTree.Element:
    """The one suite of a document."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    (found,) = root
    return found


def test_cases(run: Run, entry: Entry, find: Find) -> None:
    source = "Hi,\nyou failed"
    mixed = entry(source, find(source, "failed"), find(source, None, severity="suggestion", source=""))
    written = run("junit", mixed, entry("Hi", path="d.jsonl", id=2), InputError("not JSON", "d.jsonl", 3))
    assert written == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites tests="3" failures="1" errors="1">\n'
        '<testsuite name="replylint" tests="3" failures="1" errors="1">\n'
        '<testcase classname="a.txt" name="a.txt">\n'
        '<failure message="This blames the customer." type="some-rule">'
        "2:5: error[some-rule] This blames the customer.\n"
        "words: failed\ninstead: Say what is missing.\nfrom: S3: nikada</failure>\n"
        "<system-out>1:1: suggestion[some-rule] This blames the customer.\ninstead: Say what is missing.</system-out>\n"
        "</testcase>\n"
        '<testcase classname="d.jsonl" name="2"></testcase>\n'
        '<testcase classname="d.jsonl" name="line 3">\n'
        '<error message="not JSON" type="unreadable">d.jsonl:3: not JSON</error>\n'
        "</testcase>\n"
        "<system-out>2 replies (en 2): 1 error, 1 suggestion; 1 input could not be read\n"
        "not judged: wants-more (No customer message is known.)</system-out>\n"
        "</testsuite>\n</testsuites>\n"
    )
    assert suite(written).attrib == {"name": "replylint", "tests": "3", "failures": "1", "errors": "1"}


@pytest.mark.parametrize(("threshold", "failing"), [("error", 1), ("warning", 2), ("suggestion", 3), (None, 0)])
def test_threshold(run: Run, entry: Entry, find: Find, threshold: str | None, failing: int) -> None:
    reply = entry("Hi", *(find("Hi", "Hi", severity=severity) for severity in SEVERITIES))
    found = suite(run("junit", reply, fail_on=threshold))
    assert len(found.findall("testcase/failure")) == failing
    assert len(found.findall("testcase/system-out")) == (failing < 3)
    assert found.attrib["failures"] == str(int(failing > 0))


def test_time_and_empty_run(run: Run) -> None:
    found = suite(run("junit", summary=Summary(0, {}, seconds=1.5)))
    assert found.attrib == {"name": "replylint", "tests": "0", "failures": "0", "errors": "0", "time": "1.500"}


def test_hostile_text(run: Run, entry: Entry, find: Find, hostile: str) -> None:
    finding = find(hostile, hostile, message=hostile, rule=hostile)
    found = suite(run("junit", entry(hostile, finding, path=hostile, id=hostile), InputError(hostile, hostile, 1)))
    text = found.findtext("testcase/failure")
    assert text is not None
    assert "<b>&\"' ]]> %0A" in text
    assert "\ufffd[2J" in text
