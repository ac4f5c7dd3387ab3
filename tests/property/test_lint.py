"""Whatever the draft: linting answers, the same each time, with places inside the source."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replylint.engine import lint
from replylint.errors import RulebookError
from replylint.finding import Report
from replylint.notation import MAX_PATTERNS, Notation
from replylint.reply import Reply
from replylint.text import joined
from tests.books import book, entry, tokenizer

ELEMENTS = {"span": ["@number @unit", "a while"], "sorry": ["sorry", "apolog*"], "blame": ["you .. forgot"]}
BOOK = book(
    entry("plain", {"phrases": ["you forgot", "did not", "[so] sorry", "apolog*"]}),
    entry("gapped", {"phrases": ["you .. forgot", "sorry & you", "within .. <span>"], "except": ["you .. never"]}),
    entry(
        "around",
        {"phrases": ["never"]},
        when=[{"in": "nearby", "has": "sorry"}],
        outside=["condition", "question", "negation"],
    ),
    entry("missing", kind="require", of=["sorry"]),
    entry("many", kind="count", of=["blame", "sorry"], max=1),
    elements=ELEMENTS,
)
FORBID = book(
    entry("plain", {"phrases": ["you forgot", "did not", "[so] sorry"]}),
    entry("gapped", {"phrases": ["you .. forgot", "sorry & you"]}),
    entry("after", {"phrases": ["forgot"]}, after=["plain"]),
    elements=ELEMENTS,
)
WORDS = [
    "you", "forgot", "You", "FORGOT", "sorry", "so", "didn't", "never", "if", "within", "3", "days", "a", "while",
    "apologies", "Sam", "Hi", "not",
]  # fmt: skip
MARKS = [
    " ",
    " ",
    " ",
    ", ",
    ". ",
    "! ",
    "? ",
    "\n",
    "\n\n",
    ": ",
    " - ",
    "“",
    "”",
    "\n> ",
    "\n- ",
    "\n-- \n",
    "🙂 ",
    " (",
    ") ",
]
DRAFT = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(MARKS)), max_size=30).map(
    lambda pairs: "".join(word + mark for word, mark in pairs)
)
ANY = st.text(st.characters(exclude_categories=()), max_size=150)


def checked(draft: str, message: str | None = None) -> Report:
    """The report on a draft, whose places are as they should be."""
    report = lint(Reply.of(draft, customer_message=message), BOOK)
    for finding in report.findings:
        if finding.start is None or finding.end is None:
            assert finding.excerpt == ""
            continue
        assert 0 <= finding.start < finding.end <= len(draft)
        assert draft[finding.start : finding.end] == finding.excerpt
        assert draft.count("\n", 0, finding.start) == finding.line - 1
    return report


@settings(max_examples=150, deadline=None)
@given(st.one_of(ANY, DRAFT), st.one_of(st.none(), ANY, DRAFT))
def test_linting_never_fails_and_is_the_same_each_time(draft: str, message: str | None) -> None:
    assert checked(draft, message) == checked(draft, message)


@settings(max_examples=150, deadline=None)
@given(DRAFT)
def test_the_words_found_are_words_of_the_phrases(draft: str) -> None:
    cut = tokenizer()
    for finding in lint(Reply.of(draft), FORBID).findings:
        words = set(cut.words(finding.excerpt))
        assert words & {"forgot", "not", "sorry"}
        assert finding.rule != "plain" or words <= {"you", "forgot", "did", "not", "so", "sorry"}


def places(draft: str) -> list[tuple[str, int | None, int | None, str]]:
    """Rules, places and fingerprints of a draft."""
    return [(f.rule, f.start, f.end, f.fingerprint) for f in lint(Reply.of(draft), FORBID).findings]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*WORDS[:6], ", ", ". ", "! "]), max_size=20).map(" ".join))
def test_another_paragraph_changes_nothing(draft: str) -> None:
    body = f"Hello there. {draft}."
    assert places(body) == places(f"{body}\n\nThe order is on its way and will be with all of them by then.")


@settings(max_examples=100, deadline=None)
@given(DRAFT, st.integers(0, 5))
def test_places_lead_through_any_origin(draft: str, skipped: int) -> None:
    gap = "#" * skipped
    source = "".join(letter + gap for letter in draft)
    step = 1 + skipped
    text = joined((letter, at * step, at * step + 1) for at, letter in enumerate(draft))
    there = lint(Reply(text, source), BOOK).findings
    plain = lint(Reply.of(draft), BOOK).findings
    assert [(f.rule, f.fingerprint) for f in there] == [(f.rule, f.fingerprint) for f in plain]
    for one, other in zip(there, plain, strict=True):
        if one.start is not None and one.end is not None and other.start is not None:
            assert one.start == other.start * step
            assert one.excerpt == source[one.start : one.end]


@pytest.mark.parametrize(
    "unit", ["word ", "you ", "forgot ", "you forgot ", "within 3 days ", "sorry, ", "(", "“", "- ", "[", "a", "🙂"]
)
def test_one_sentence_of_200_000_characters(unit: str) -> None:
    draft = unit * (200_000 // len(unit))
    report = lint(Reply.of(draft), BOOK)
    assert report.lang == "en"


PHRASE = st.lists(
    st.sampled_from(
        ["you", "forgot", "(", ")", "[", "]", "|", "&", "..", "...", "<span>", "@number", "^", "$", "apolog*", "*"]
    ),
    max_size=14,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(st.one_of(PHRASE, ANY))
def test_a_phrase_is_read_or_refused(phrase: str) -> None:
    try:
        patterns = Notation(tokenizer(), ["span"]).patterns(phrase)
    except RulebookError:
        return
    assert 0 < len(patterns) <= MAX_PATTERNS


@settings(max_examples=60, deadline=None)
@given(PHRASE, DRAFT)
def test_whatever_phrase_is_read_can_be_looked_for(phrase: str, draft: str) -> None:
    try:
        ready = book(entry("rule", {"phrases": [phrase]}), elements=ELEMENTS)
    except RulebookError:
        return
    for finding in lint(Reply.of(draft), ready).findings:
        assert finding.excerpt
