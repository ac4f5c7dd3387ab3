"""A language is data: languages made of files alone are told apart, linted in, and share a draft that is in both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replylint.linter import Linter
from tests.books import SOURCE, WORDS, entry, write

WORDS_OF_BOTH = ["la", "kaj", "ni", "vi", "estas", "por", "ne", "en", "al", "de", "pri", "via"]
RULE: dict[str, Any] = {"severity": "error", "since": "1.0.0", "source": SOURCE}
GREEK = dict(zip("αελμνορστβκπυιγδ", "aelmnorstvkpuigd", strict=True))
MESSAGE = "“{words}” estas via kulpo; {ka} `ka` ka@x.example Kulpo KULPO"
WEST = {"code": "ew", "name": "West", "function_words": [*WORDS_OF_BOTH, "bon"], "telling": ["karega", "dank*"]}
EAST = {"code": "ee", "name": "East", "function_words": WORDS_OF_BOTH, "telling": ["kara"], "script": GREEK}


def wording(**more: Any) -> str:
    return json.dumps({**WORDS, **more})


@pytest.fixture(autouse=True)
def _languages(builtin_rules: Callable[..., Path]) -> None:
    """English, and two small languages that are neighbours, with a rule that forbids and one that requires."""
    folder = builtin_rules(entry("english", {"phrases": ["you forgot"]}))
    write(
        folder,
        {
            "languages/ew.yaml": json.dumps(WEST),
            "languages/ee.yaml": json.dumps(EAST),
            "neighbours.yaml": json.dumps({"en": ["the"], "xx": ["ostas", "nostra"]}),
            "tone/blames/rule.yaml": json.dumps({"id": "blames", "kind": "forbid", **RULE}),
            "tone/blames/ew.yaml": wording(phrases=["vi forges*"]),
            "tone/blames/ee.yaml": wording(
                phrases=["via kulpo"], message="“{words}” estas via kulpo; {ka} `ka` ka@x.example Kulpo KULPO"
            ),
            "tone/sorry/rule.yaml": json.dumps({"id": "sorry", "kind": "require", "of": ["apology"], **RULE}),
            "tone/sorry/ew.yaml": wording(),
            "tone/sorry/ee.yaml": wording(),
            "elements/apology/ew.yaml": json.dumps({"about": "An apology.", "phrases": ["pardonon"]}),
            "elements/apology/ee.yaml": json.dumps({"about": "An apology.", "phrases": ["bedauras"]}),
        },
    )


def linted(draft: str, **known: Any) -> tuple[str | None, list[str]]:
    """The language of a draft and what is found in it; the rule for what is missing."""
    report = Linter().lint({"reply": draft, **known})
    return report.lang, [finding.excerpt or finding.rule for finding in report.findings]


def test_a_language_of_files_alone() -> None:
    assert linted("Karega, la mono estas por vi, kaj vi forgesis la dosieron pri ni.") == (
        "ew",
        ["vi forgesis", "sorry"],
    )


def test_telling_words_tell_neighbours_apart() -> None:
    assert linted("Kara, la mono estas por vi, kaj vi forgesis: via kulpo.") == ("ee", ["via kulpo", "sorry"])
    assert linted("Dankon, la mono estas por vi, kaj vi forgesis: via kulpo.") == ("ew", ["vi forgesis", "sorry"])


def test_the_second_script_is_read_as_the_first() -> None:
    assert linted("κara, la mono estas por vi: via κulpo.") == ("ee", ["via κulpo", "sorry"])


def test_messages_are_in_the_script_of_the_draft() -> None:
    latin, greek = (
        Linter().lint(draft).findings[0]
        for draft in ("Kara, la mono estas por vi: via kulpo.", "Καρα, λα μονο εστας πορ βι: βια κυλπο.")
    )
    assert latin.message == "“via kulpo” estas via kulpo; {ka} `ka` ka@x.example Kulpo KULPO"
    assert greek.message == "“βια κυλπο” εστασ βια κυλπο; {ka} `ka` ka@x.example Κυλπο ΚΥΛΠΟ"


def test_where_nothing_tells_both_languages_are_asked() -> None:
    assert linted("La mono estas por vi, kaj vi forgesis la dosieron: via kulpo.") == (
        "ee",
        ["vi forgesis", "via kulpo", "sorry"],
    )
    assert linted("La mono estas por vi, kaj ni pardonon por via kulpo.") == ("ee", ["via kulpo"])


def test_the_customer_tells_where_the_draft_does_not() -> None:
    draft = "La mono estas por vi, kaj vi forgesis la dosieron: via kulpo."
    assert linted(draft, customer_message="Karega, kaj la mono estas por ni.") == ("ew", ["vi forgesis", "sorry"])
    assert linted("Mono, 4 € XY.", customer_message="Karega, kaj la mono estas por ni.") == ("ew", ["sorry"])


def test_a_neighbour_without_rules_is_left_alone() -> None:
    assert linted("Nostra, ostas la mono estas por vi, kaj vi forgesis.")[1] == []


def test_a_paragraph_in_another_language_is_judged_by_its_own_words() -> None:
    west = "Karega, la mono estas por vi, kaj la dosieron vi forgesis."
    english = "It is that you forgot to do the form, and we will not do it for you."
    assert linted(f"{west} La dosieron estas por ni.\n\n{english}") == ("ew", ["vi forgesis", "you forgot", "sorry"])
    assert linted(f"{west} La dosieron estas por ni.\n\n> {english}") == ("ew", ["vi forgesis", "sorry"])
    assert linted(f"{west}\n\n{english}", lang="ew") == ("ew", ["vi forgesis", "sorry"])
