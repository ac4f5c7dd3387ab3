"""A draft in the second script of its language, or without diacritics, has the same findings at the same words."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from replylint.examples import unmarked
from replylint.lexicon import LanguageFile
from replylint.linter import Linter
from replylint.rulebook import builtin
from replylint.rules import Draft
from tests.books import ROOT

LANG = "sr"
_LINTER = Linter(today=datetime.date(2026, 3, 2))


@cache
def language() -> LanguageFile:
    return builtin().languages[LANG]


@cache
def sentences() -> list[str]:
    """What rules of the language find, and lines of drafts in its first script."""
    found: list[str] = []
    for entry in builtin().entries.values():
        for example in entry.wordings[LANG].flags if LANG in entry.wordings else ():
            found.append(unmarked(example.draft if isinstance(example, Draft) else example)[0])
    path = ROOT / "tests" / "drafts" / f"dev-{LANG}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        found.extend(json.loads(line)["reply"].splitlines())
    return [text for text in found if text.strip() and not language().uses_second_script(text)]


def turned(text: str) -> str:
    """`text` in the second script, but for words with figures, addresses and marks of variables."""
    pieces = re.split(r"(\s+)", text)
    return "".join(p if re.search(r"[\d@/_{}<>`\[\]%]", p) else language().in_second_script(p) for p in pieces)


def bare(text: str) -> str:
    """`text` without diacritics, as people type on a foreign keyboard."""
    text = text.replace("đ", "dj").replace("Đ", "Dj")
    letters = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def findings(draft: str) -> list[tuple[str, str]]:
    return [(f.rule, f.excerpt) for f in _LINTER.lint({"reply": draft, "lang": LANG}).findings]


drafts = st.lists(st.sampled_from(sentences()), min_size=1, max_size=4).map("\n\n".join)


@settings(deadline=None)
@given(drafts)
def test_the_second_script(draft: str) -> None:
    assert findings(turned(draft)) == [(rule, turned(words)) for rule, words in findings(draft)]


@settings(deadline=None)
@given(drafts)
def test_without_diacritics(draft: str) -> None:
    assert findings(bare(draft)) == [(rule, bare(words)) for rule, words in findings(draft)]
