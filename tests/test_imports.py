"""What is imported, and when: nothing heavy before it is needed."""

from __future__ import annotations

import pytest

from tests.books import python

TINY = """
import sys
from tests.books import book, entry
from replylint.engine import lint
from replylint.reply import Reply
ready = book(entry("rule", {"phrases": ["you forgot", "you .. failed", "you ... lost", "apolog* @emoji"]}))
found = lint(Reply.of(DRAFT), ready).findings
print(len(found), *sorted({"spacy", "langdetect", "emoji"} & set(sys.modules)))
"""


def test_the_package_is_light() -> None:
    heavy = {"spacy", "langdetect", "pydantic", "yaml", "emoji", "typer", "markdown_it", "rich", "replylint.linter"}
    loaded = set(python("import sys, replylint; print(*sys.modules)").split())
    assert loaded.isdisjoint(heavy)


@pytest.mark.parametrize(
    ("draft", "answer"),
    [
        ("Hello, you forgot it. You do.", "1"),
        ("You there. They failed.", "0"),
        ("You then failed", "1"),
        ("You then lost", "1 spacy"),
        ("They then lost", "0"),
        ("so it is 🙂", "0 emoji"),
        ("“so” — 5 × 4 → “it” ✓", None),
    ],
)
def test_linting_loads_what_the_draft_asks_for(draft: str, answer: str | None) -> None:
    printed = python(TINY.replace("DRAFT", repr(draft))).strip()
    if answer is None:
        assert "spacy" not in printed
    else:
        assert printed == answer


def test_only_the_command_leaves_a_part_of_spacy_out() -> None:
    script = (
        "import sys; from replylint import nlp; {}nlp._spacy(); print('spacy.cli' in sys.modules); import spacy.cli"
    )
    assert python(script.format("")).strip() == "True"
    assert python(script.format("nlp.be_alone(); ")).strip() == "False"


@pytest.mark.parametrize("name", ["rulebook", "linter", "language", "engine", "examples", "config"])
def test_modules_leave_the_heavy_ones_alone(name: str) -> None:
    loaded = set(python(f"import sys, replylint.{name}; print(*sys.modules)").split())
    assert loaded.isdisjoint({"spacy", "langdetect", "emoji", "typer", "numpy", "markdown_it"})
