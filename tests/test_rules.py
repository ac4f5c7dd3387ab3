"""The built-in rules: their examples, their sources, and that no wording stands twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from replylint import examples
from replylint.rulebook import Rulebook, builtin, builtin_folder
from replylint.rules import Phrase, Phrases
from tests.books import ROOT

SEEDS = ROOT.parent / "shared" / "seeds"
PLACEHOLDERS = {"words", "name", "macro", "likeness", "number", "limit", "problem", "service", "rules", "place"}
RULES = sorted(path.parent.name for path in builtin_folder().rglob("rule.yaml"))
ELEMENTS = sorted(path.name for path in (builtin_folder() / "elements").iterdir())
SOURCES: dict[str, Any] = yaml.safe_load((builtin_folder() / "SOURCES.yaml").read_text(encoding="utf-8"))
NORMS: list[dict[str, Any]] = SOURCES["norms"]
needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the documents that the rules rest on are not there")


@cache
def results() -> dict[str, list[examples.Result]]:
    """The outcomes of all examples by rule or element."""
    found: dict[str, list[examples.Result]] = {}
    for result in examples.run(builtin()):
        found.setdefault(result.place.removeprefix("elements/").partition("/")[0], []).append(result)
    return found


@pytest.mark.parametrize("owner", sorted({*RULES, *ELEMENTS}))
def test_examples(owner: str) -> None:
    outcomes = [result for result in results().get(owner, []) if result.kind != "todo"]
    assert [f"{result.place}: {result.fault}: {result.text}" for result in outcomes if result.fault] == []


def test_known_misses_are_still_missed() -> None:
    todo = [result for found in results().values() for result in found if result.kind == "todo"]
    assert [f"{result.place}: {result.fault}" for result in todo if result.fault] == []


def test_every_phrase_has_an_example() -> None:
    assert list(examples.uncovered(builtin())) == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_speaks_english(rule: str) -> None:
    for wording in [builtin().entries[rule].wordings["en"], *builtin().entries[rule].wordings.values()]:
        assert all(text.strip() for text in (wording.title, wording.why, wording.message, wording.advice))
        named = set(re.findall(r"\{(\w+)\}", wording.message + wording.advice))
        assert named <= PLACEHOLDERS


def squeezed(text: str) -> str:
    """Text with every run of white space made one space."""
    return " ".join(text.split())


@cache
def document(code: str) -> str:
    """One of the five documents."""
    return squeezed((SEEDS / SOURCES["documents"][code]["file"]).read_text(encoding="utf-8"))


@needs_seeds
@pytest.mark.parametrize("rule", RULES)
def test_sources_are_quoted_word_for_word(rule: str) -> None:
    for source in builtin().entries[rule].rule.source:
        if source.document in SOURCES["documents"]:
            assert squeezed(source.quote) in document(source.document)


@needs_seeds
@pytest.mark.parametrize("code", sorted(SOURCES["documents"]))
def test_norms_are_quoted_word_for_word(code: str) -> None:
    quotes = [norm["quote"] for norm in NORMS if norm["document"] == code]
    assert quotes
    assert [quote for quote in quotes if squeezed(quote) not in document(code)] == []


def test_every_norm_is_checked_or_there_is_a_reason() -> None:
    for norm in NORMS:
        assert ("rules" in norm) != ("unchecked" in norm), norm
        assert norm.get("rules") or norm.get("unchecked"), norm
        assert norm["norm"].strip(), norm
        assert norm["document"] in SOURCES["documents"], norm
    assert len(NORMS) >= 80


def test_norms_and_rules_name_each_other() -> None:
    named = {rule for norm in NORMS for rule in norm.get("rules", ())}
    from_documents = {
        name for name, entry in builtin().entries.items()
        if entry.rule.kind != "suppression" and any(s.document in SOURCES["documents"] for s in entry.rule.source)
    }  # fmt: skip
    assert named - set(builtin().entries) == set()
    assert from_documents - named == set()


def files(book: Rulebook) -> Iterator[tuple[str, str, Phrases]]:
    """Every wording with its owner and language."""
    for name, entry in book.entries.items():
        yield from ((name, lang, wording) for lang, wording in entry.wordings.items())
    for name, found in book.elements.items():
        yield from ((f"elements/{name}", lang, file) for lang, file in found.items())


def test_no_phrase_stands_in_two_rules() -> None:
    places: dict[tuple[str, str], set[str]] = {}
    for owner, lang, file in files(builtin()):
        for phrase in file.phrases:
            text = phrase.phrase if isinstance(phrase, Phrase) else phrase
            if " " in text and not owner.startswith("elements/"):
                places.setdefault((lang, squeezed(text)), set()).add(owner)
    assert {text: found for text, found in places.items() if len(found) > 1} == {}


def test_no_phrase_stands_twice_in_one_file() -> None:
    twice: dict[str, int] = {}
    for owner, lang, file in files(builtin()):
        texts = Counter(squeezed(p.phrase if isinstance(p, Phrase) else p) for p in file.phrases)
        twice |= {f"{owner}/{lang}: {text}": number for text, number in texts.items() if number > 1}
    assert twice == {}
