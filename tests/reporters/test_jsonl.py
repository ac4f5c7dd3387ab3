"""The lines that other tools depend on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from replylint.errors import InputError
from replylint.finding import Finding

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]


def test_a_line_a_reply(run: Run, entry: Entry, find: Find) -> None:
    source = "Hi,\nyou did čekali."
    entries = [entry(source, find(source, "čekali"), find(source, None), id="r-1"), entry("Hi", id=2), entry("Hi")]
    lines = run("jsonl", *entries).splitlines()
    assert lines[0] == (
        '{"id": "r-1", "lang": "en", "findings": [{"rule": "some-rule", "severity": "error", '
        '"message": "This blames the customer.", "advice": "Say what is missing.", "start": 12, "end": 18, "line": 2, '
        '"column": 9, "excerpt": "čekali", "fingerprint": "0123456789abcdef", "source": "S3: nikada"}, '
        '{"rule": "some-rule", "severity": "error", "message": "This blames the customer.", '
        '"advice": "Say what is missing.", "start": null, "end": null, "line": 1, "column": 1, "excerpt": "", '
        '"fingerprint": "0123456789abcdef", "source": "S3: nikada"}], '
        '"skipped": [{"rule": "wants-more", "reason": "No customer message is known."}]}'
    )
    assert [json.loads(line)["id"] for line in lines] == ["r-1", 2, None]


def test_faults_stand_in_order(run: Run, entry: Entry) -> None:
    lines = run(
        "jsonl", entry("a", id=1), InputError("not JSON", None, 2), InputError("gone", "b.txt"), entry("c", id=3)
    )
    assert [json.loads(line) for line in lines.splitlines()][1:3] == [
        {"line": 2, "error": "not JSON"},
        {"line": None, "error": "b.txt: gone"},
    ]


def test_a_reply_is_one_line_to_every_reader(run: Run, entry: Entry, find: Find, hostile: str) -> None:
    (line,) = run("jsonl", entry(hostile, find(hostile, hostile), id=hostile)).splitlines()
    told = json.loads(line.encode())
    assert told["id"] == told["findings"][0]["excerpt"] == hostile
    assert "\\ud83d" in line
    assert "\\u2028" in line
