"""Checkstyle XML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from replylint.errors import InputError
from replylint.finding import Finding

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]


def test_errors(run: Run, entry: Entry, find: Find) -> None:
    source = 'Hi <b>&"\nyou failed'
    written = run(
        "checkstyle",
        entry(
            source, find(source, "failed", message='“<b>&"” blames.'), find(source, None, severity="warning", advice="")
        ),
        entry("Hi", find("Hi", "Hi", severity="suggestion"), path="d.jsonl", id=2),
        InputError("not JSON", "d.jsonl", 3),
    )
    root = ElementTree.fromstring(written.encode())
    assert (root.tag, root.get("version")) == ("checkstyle", "4.3")
    found = [(file.get("name"), [dict(error.attrib) for error in file]) for file in root]
    place = {"line": "2", "column": "5", "source": "replylint.some-rule"}
    assert found[0] == (
        "a.txt",
        [
            {**place, "severity": "error", "message": '“<b>&"” blames.; Say what is missing.'},
            {**place, "line": "1", "column": "1", "severity": "warning", "message": "This blames the customer."},
        ],
    )
    assert [error["line"] for error in found[1][1]] == ["4", "3"]
    assert [error["severity"] for error in found[1][1]] == ["info", "error"]
    assert found[1][0] == "d.jsonl"


def test_nothing(run: Run, entry: Entry) -> None:
    assert list(ElementTree.fromstring(run("checkstyle", entry("Hi")).encode())) == []
