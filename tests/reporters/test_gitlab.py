"""GitLab's Code Quality report, judged by the fields that GitLab documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema

from replylint.errors import InputError
from replylint.finding import Finding

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}


def test_issues(run: Run, entry: Entry, find: Find) -> None:
    source = "Hi,\nyou failed\nto fill in"
    first = entry(source, find(source, "failed\nto"), find(source, None, severity="suggestion"))
    document = json.loads(
        run("gitlab", first, entry("Hi", find("Hi", "Hi"), path="d.jsonl", id=2), InputError("no", "x", 3))
    )
    jsonschema.validate(document, SCHEMA)
    assert [(i["severity"], i["location"]) for i in document] == [
        ("critical", {"path": "a.txt", "lines": {"begin": 2, "end": 3}}),
        ("info", {"path": "a.txt", "lines": {"begin": 1, "end": 1}}),
        ("critical", {"path": "d.jsonl", "lines": {"begin": 4}}),
        ("blocker", {"path": "x", "lines": {"begin": 3}}),
    ]
    assert document[2]["description"] == "2: This blames the customer."


def test_fingerprints_differ(run: Run, entry: Entry, find: Find) -> None:
    rows = [entry("Hi", find("Hi", "Hi"), path=path, id=id) for path in ("a", "b") for id in (1, 2)]
    assert len({issue["fingerprint"] for issue in json.loads(run("gitlab", *rows))}) == 4


def test_nothing(run: Run, entry: Entry) -> None:
    assert json.loads(run("gitlab", entry("Hi"))) == []
