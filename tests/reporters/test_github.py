"""Workflow commands and their escaping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from replylint.errors import InputError
from replylint.finding import Finding
from replylint.reporters.github import escape_data, escape_property

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]


def test_commands(run: Run, entry: Entry, find: Find) -> None:
    source = "Hi,\nyou failed\nto fill in"
    findings = [
        find(source, "failed"),
        find(source, "failed\nto", severity="warning", advice=""),
        find(source, None, severity="suggestion", message="50% is\nnot: much, it is", advice="More."),
    ]
    assert run("github", entry(source, *findings)).splitlines() == [
        "::error file=a.txt,line=2,col=5,endLine=2,endColumn=11,title=some-rule::"
        "This blames the customer.%0Ainstead: Say what is missing.",
        "::warning file=a.txt,line=2,col=5,endLine=3,endColumn=3,title=some-rule::This blames the customer.",
        "::notice file=a.txt,line=1,title=some-rule::50%25 is not: much, it is%0Ainstead: More.",
        "replylint: 1 reply (en 1): 1 error, 1 warning, 1 suggestion",
    ]


def test_a_place_in_a_field_is_no_place_in_its_file(run: Run, entry: Entry, find: Find) -> None:
    source = "Hi,\nyou failed"
    written = run("github", entry(source, find(source, "failed", advice=""), path="d.jsonl", id="r-1"))
    assert written.startswith("::error file=d.jsonl,line=4,title=some-rule::r-1:2:5: This blames the customer.\n")


def test_without_a_file(run: Run, entry: Entry, find: Find) -> None:
    written = run("github", entry("Hi", find("Hi", "Hi", advice=""), path=None))
    assert written.startswith("::error line=1,col=1,endLine=1,endColumn=3,title=some-rule::This blames")


def test_faults(run: Run) -> None:
    written = run("github", InputError("not\nJSON", "a,b:c.jsonl", 3), InputError("gone"))
    assert written.splitlines()[:2] == [
        "::error file=a%2Cb%3Ac.jsonl,line=3,title=unreadable input::not%0AJSON",
        "::error title=unreadable input::gone",
    ]


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("50%", "50%25", "50%25"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("%0A", "%250A", "%250A"),
        ("a:b,c", "a:b,c", "a%3Ab%2Cc"),
        ("::stop-commands::", "::stop-commands::", "%3A%3Astop-commands%3A%3A"),
    ],
)
def test_escaping(text: str, data: str, value: str) -> None:
    assert (escape_data(text), escape_property(text)) == (data, value)


def test_a_hostile_draft_adds_no_command(run: Run, entry: Entry, find: Find, hostile: str) -> None:
    hostile = f"{hostile}\n::error::no\r::error::no"
    entries = entry(hostile, find(hostile, hostile, message=hostile, rule=hostile), id=hostile), InputError(hostile)
    lines = run("github", *entries).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "replylint:"]
