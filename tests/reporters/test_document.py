"""The one JSON document of a run."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any, TextIO, cast

from replylint.errors import InputError
from replylint.finding import Finding
from replylint.reporters import FORMATS, Options, Summary

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]


def test_document(run: Run, entry: Entry, find: Find, hostile: str) -> None:
    first, second = entry("Hi", find("Hi", "Hi")), entry(hostile, path=None, id=7)
    counts = Summary(2, {"error": 1}, 2, {"wants-more": 2}, {"en": 2}, 0.25)
    errors = [InputError("not JSON", "d.jsonl", 3), InputError("gone")]
    document = json.loads(run("json", first, errors[0], second, errors[1], summary=counts))
    lines = [json.loads(line) for line in run("jsonl", first, second).splitlines()]
    assert document == {
        "version": 1,
        "replies": [{"path": "a.txt", **lines[0]}, {"path": None, **lines[1]}],
        "errors": [
            {"path": "d.jsonl", "line": 3, "error": "not JSON"},
            {"path": None, "line": None, "error": "gone"},
        ],
        "summary": {
            "replies": 2,
            "findings": {"error": 1},
            "unreadable": 2,
            "skipped": {"wants-more": 2},
            "langs": {"en": 2},
            "seconds": 0.25,
        },
    }
    assert list(document) == ["version", "replies", "errors", "summary"]


def test_empty_run(run: Run) -> None:
    document = json.loads(run("json", summary=Summary(0, {})))
    assert (document["replies"], document["errors"]) == ([], [])
    assert "seconds" not in document["summary"]


class Nowhere:
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        """Forget `text`."""
        return len(text)


def test_memory_is_flat(entry: Entry) -> None:
    reply, report = entry("word " * 1000)
    for name in ("json", "sarif", "junit"):
        reporter = FORMATS[name](cast(TextIO, Nowhere()), Options())
        tracemalloc.start()
        for number in range(20_000):
            reporter.reply(reply, report)
            reporter.fault(InputError("bad " * 50, "d.jsonl", number))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        reporter.close(Summary(20_000, {}))
        assert peak < 6_000_000, name
