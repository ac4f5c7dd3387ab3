"""Words, shapes and marks, with their places."""

from __future__ import annotations

import pytest

from replylint.tokens import BREAK, Tokens
from tests.books import LANGUAGE, tokenizer

CUT = tokenizer()


def tags(text: str, word: int = 0) -> set[str]:
    """The tags of one word."""
    return set(CUT(text).tags[word])


def places(tokens: Tokens, text: str) -> list[str]:
    """The characters that each word stands for."""
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You did not", ["you", "did", "not"]),
        ("You didn't", ["you", "did", "not"]),
        ("You didn’t", ["you", "did", "not"]),
        ("you didnt", ["you", "did", "not"]),
        ("can't won't", ["can", "not", "will", "not"]),
        ("I'd it's", ["i", "'d", "it", "'s"]),
        ("gonna", ["going", "to"]),
        ("We apologize", ["we", "apologise"]),
        ("RECIEVE", ["receive"]),
        ("e-mail up-to-date", ["e", "mail", "up", "to", "date"]),
        ("the customers' money", ["the", "customers", "money"]),
        ("'quoted' word", ["quoted", "word"]),
        ("one, two", ["one", "two"]),
        ("a; b: c", ["a", BREAK, "b", BREAK, "c"]),
        ("a (b) c", ["a", BREAK, "b", BREAK, "c"]),
        ("a – b", ["a", BREAK, "b"]),
        ("a - b", ["a", BREAK, "b"]),
        ("**so** _so_ ~so~", ["so", "so", "so"]),
        ("“so”", [BREAK, "so", BREAK]),
        ("čekali ste", ["cekali", "ste"]),
        ("Привет", ["привет"]),
        ("100,000.50", ["100,000.50"]),
        ("3-5 days", ["3-5", "days"]),
        ("24h", ["24h"]),
        ("24hours", ["24", "hours"]),
        ("1st", ["1"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert CUT(text).words == words


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("7", "number"), ("three", "number"), ("3-5", "number"), ("2nd", "ordinal"), ("£ 5", "money"),
        ("£5.20", "money"), ("20 €", "money"), ("15 %", "percent"), ("15%", "percent"), ("2026-03-02", "date"),
        ("12-05-2027", "date"),
        ("2/3/2026", "date"), ("2.3.", "date"), ("14:30", "clock"), ("2pm", "clock"), ("2 p.m.", "clock"),
        ("KX-600", "code"), ("123456", "code"), ("AB12", "code"), ("https://a.example/x?y=1", "url"),
        ("www.a.example", "url"), ("shop.com/help", "url"), ("a.b@c.example", "email"), ("{{name}}", "placeholder"),
        ("{first_name}", "placeholder"), ("${name}", "placeholder"), ("[NAME]", "placeholder"),
        ("[insert date here]", "placeholder"), ("%NAME%", "placeholder"), ("XXX", "placeholder"),
        ("____", "placeholder"), ("<your name>", "placeholder"), ("🙂", "emoji"), (":)", "emoji"), ("❤", "emoji"),
        ("monday", "weekday"), ("May", "month"), ("hours", "unit"), ("tomorrow", "day"), ("pm", "half"),
        ("working", "workday"), ("Dr", "title"), ("customer", "addressee"), ("Word", "cap"), ("WORD", "caps"),
        ("!!", "bang"),
    ],
)  # fmt: skip
def test_shapes(text: str, tag: str) -> None:
    tokens = CUT(text)
    assert len(tokens.words) == 1
    assert tag in tokens.tags[0]
    assert places(tokens, text) == [text]


@pytest.mark.parametrize("text", ["word", "one two", "I", "[see the list]"])
def test_no_caps_and_no_placeholder(text: str) -> None:
    assert not any({"caps", "placeholder"} & found for found in CUT(text).tags)


def test_a_bracketed_remark_keeps_its_places() -> None:
    text = "so [see the list] now"
    tokens = CUT(text)
    assert tokens.words == ["so", "see", "the", "list", "now"]
    assert places(tokens, text) == tokens.words


def test_a_link_is_no_placeholder() -> None:
    assert "placeholder" not in set().union(*CUT("[MY FORM](https://a.example)").tags)


def test_places_of_contractions() -> None:
    text = "You didn’t, can't"
    assert places(CUT(text), text) == ["You", "did", "n’t", "ca", "n't"]


def test_emoji_with_modifiers_are_one() -> None:
    text = "👍🏽 ❤️ 👩‍👧"
    tokens = CUT(text)
    assert ["emoji" in found for found in tokens.tags] == [True, True, True, True]
    assert places(tokens, text)[:2] == ["👍🏽", "❤️"]


def test_commas_and_stops() -> None:
    tokens = CUT("Well, no. Yes!\nSo?")
    assert tokens.commas == {1}
    assert [(stop.kind, stop.value, stop.before) for stop in tokens.stops] == [
        ("stop", ".", 2), ("stop", "!", 3), ("newline", "\n", 3), ("stop", "?", 4),
    ]  # fmt: skip


def test_a_full_stop_in_a_number_or_link_is_no_stop() -> None:
    assert not CUT("3.5 and a.b@c.example and www.a.example").stops


def test_words_of_a_pattern_hold_no_breaks() -> None:
    assert CUT.words("up: to (date)") == ["up", "to", "date"]


def test_a_full_memory_is_emptied() -> None:
    small = tokenizer()
    object.__setattr__(small, "limit", 3)
    text = "alpha beta gamma delta alpha"
    assert small(text).words == text.split()
    assert small(text).words == text.split()


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "\x00",
        "'" * 50,
        "{{" * 5000,
        "[" * 5000,
        "%" * 5000,
        "a-" * 5000,
        "1" * 20000,
        "<a " * 3000,
        "." * 9999,
    ],
)
def test_odd_text_is_cut(text: str) -> None:
    tokens = CUT(text)
    assert len(tokens.words) == len(tokens.tags) == len(tokens.starts) == len(tokens.ends)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("write `{{ name }}` there", ["write", "there"]),
        ("Dear «Surname»", ["dear", "«surname»"]),
        ("she said «so be it»", ["she", "said", "so", "be", "it"]),
        ("it costs £XX today", ["it", "costs", "£xx", "today"]),
        ("Hi %name%, 50% off", ["hi", "%name%", "50%", "off"]),
    ],
)
def test_blanks_and_code(text: str, words: list[str]) -> None:
    seen = tokenizer(placeholder_words=["surname"])(text)
    assert [word for word, tags in zip(seen.words, seen.tags, strict=True) if "code" not in tags] == words
    blanks = [word for word, tags in zip(seen.words, seen.tags, strict=True) if "placeholder" in tags]
    assert blanks == [word for word in words if word in ("«surname»", "£xx", "%name%")]


def test_short_dates() -> None:
    dated = tokenizer(calendar={**LANGUAGE["calendar"], "short_dates": True})
    assert ["date" in tags for tags in dated("24.10 32.10 10.13 4.5 by 24.10.").tags] == [
        True, False, False, False, False, True,
    ]  # fmt: skip
    assert not any("date" in tags for tags in CUT("on 24.10 again").tags)


def test_a_comma_that_is_spelling_is_no_pause() -> None:
    assert tokenizer(comma_words=["that"])("he said, that is, no").commas == {4}


def test_signs_of_numbers_and_money() -> None:
    seen = CUT("№ 5 costs 500 ₽, ХХХ")
    assert seen.words == ["5", "costs", "500 ₽", "ххх"]
    assert ["money" in tags for tags in seen.tags] == [False, False, True, False]
    assert "placeholder" in seen.tags[-1]
