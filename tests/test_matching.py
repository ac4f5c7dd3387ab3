"""Phrases in drafts: what they find, and what exceptions take away."""

from __future__ import annotations

from typing import Any

import pytest

from replylint.errors import RulebookError
from tests.books import book, found, view

MANY = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("draft", "phrase", "words"),
    [
        ("You forgot.", "you forgot", ["You forgot"]),
        ("YOU FORGOT", "you forgot", ["YOU FORGOT"]),
        ("You, forgot.", "you forgot", ["You, forgot"]),
        ("You didn’t read", "you did not read", ["You didn’t read"]),
        ("you did not read", "you didn't read", ["you did not read"]),
        ("You'd go", "you would go", ["You'd go"]),
        ("You'd go", "you had go", ["You'd go"]),
        ("You would go", "you'd go", []),
        ("We apologise", "apologize", ["apologise"]),
        ("Apologies, an apology", "apolog*", ["Apologies", "apology"]),
        ("Très désolé", "tres desole", ["Très désolé"]),
        ("Waiting rings, wait", "*ing", ["Waiting"]),
        ("Too late to go, too to go, too, late to", "too _ to", ["Too late to", "too, late to"]),
        ("too – to", "too _ to", []),
        ("it is too late", "too _", ["too late"]),
        ("it is too", "too _", []),
        ("so too late to go", "_ too .. go", ["so too late to go"]),
        ("you rested and read, red rid", "r*ed", ["rested"]),
        ("We will call you", "we {you call will}", ["We will call you"]),
        ("We will now call you", "we {you call will}", []),
        ("We will you call", "we {you will} call", ["We will you call"]),
        ("You forgot. You forgot!", "you forgot", ["You forgot", "You forgot"]),
        ("so so so so", "so so", ["so so", "so so"]),
        ("You. Forgot", "you forgot", []),
        ("You: forgot", "you forgot", []),
        ("You; forgot", "you forgot", []),
        ("You – forgot", "you forgot", []),
        ("You (forgot)", "you forgot", []),
        ("You “forgot”", "you forgot", []),
        ("You\n\nforgot", "you forgot", []),
        ("you-forgot", "you forgot", ["you-forgot"]),
        ("**you** forgot", "you forgot", ["you** forgot"]),
        ("youforgot", "you forgot", []),
        ("I am so sorry", "[so|very] sorry", ["so sorry"]),
        ("I am sorry", "[so|very] sorry", ["sorry"]),
        ("so very very sorry", "[so very] sorry", ["sorry"]),
        ("read it or look at it", "(read|look at)", ["read", "look at"]),
        ("in 3 days", "in @number @unit", ["in 3 days"]),
        ("in three days", "in @number @unit", ["in three days"]),
        ("we do. No", "^ no", ["No"]),
        ("we do no", "^ no", []),
        ("No", "^ no $", ["No"]),
        ("Oh no. Yes", "no $", ["no"]),
        ("no way. Yes", "no $", []),
        ("- Not now", "^ not now $", ["Not now"]),
    ],
)
def test_plain(draft: str, phrase: str, words: list[str]) -> None:
    assert found(draft, [phrase]) == words


def test_of_overlapping_hits_the_first_and_longest_stays() -> None:
    assert found("we are very sorry indeed", ["very sorry", "sorry indeed", "very sorry indeed"]) == [
        "very sorry indeed"
    ]
    assert found("a b c d", ["b c d", "a b"]) == ["a b"]


def test_an_optional_word_at_the_end_is_taken() -> None:
    assert found("you failed badly", ["you failed [badly]"]) == ["you failed badly"]
    assert found("really badly failed you", ["[really] [badly] failed"]) == ["really badly failed"]


@pytest.mark.parametrize(
    ("draft", "phrase", "words"),
    [
        ("you forgot", "you .. forgot", ["you forgot"]),
        ("you one two three four forgot", "you .. forgot", ["you one two three four forgot"]),
        ("you one two three four five forgot", "you .. forgot", []),
        ("you, again, forgot", "you .. forgot", []),
        ("you forgot", "you forgot .. it", []),
        ("you again, forgot", "you .. forgot", []),
        ("you again – forgot", "you .. forgot", []),
        ("you again. We forgot", "you .. forgot", []),
        ("you again, really, forgot", "you ... forgot", ["you again, really, forgot"]),
        ("you again – forgot", "you ... forgot", ["you again – forgot"]),
        ("you. forgot", "you ... forgot", []),
        (f"you {' '.join(MANY[:8])} forgot", "you ... forgot", [f"you {' '.join(MANY[:8])} forgot"]),
        (f"you {' '.join(MANY)} forgot", "you ... forgot", []),
        ("you said you forgot", "you .. forgot", ["you forgot"]),
        ("you forgot and forgot", "you .. forgot", ["you forgot"]),
        ("you once forgot, you twice forgot", "you .. forgot", ["you once forgot", "you twice forgot"]),
        ("apologies and more refunds", "apolog* .. @cap", []),
        ("apologies for Sam", "apolog* .. @cap", ["apologies for Sam"]),
        ("so very sorry for it", "so .. [sorry] for", ["so very sorry for"]),
        ("No you do forget", "^ no .. forget $", ["No you do forget"]),
        ("Oh no you do forget", "^ no .. forget", []),
        ("no you do forget it", "no .. forget $", []),
        ("your answer is wrong", "wrong & your", ["your answer is wrong"]),
        ("wrong is, well, your answer", "wrong & your", ["wrong is, well, your"]),
        ("it is wrong. Your answer", "wrong & your", []),
        ("c b a", "a & b & c", ["c b a"]),
        ("b (see c) a", "a & b & c", ["b (see c) a"]),
    ],
)
def test_gapped(draft: str, phrase: str, words: list[str]) -> None:
    assert found(draft, [phrase]) == words


def test_gaps_far_into_a_long_sentence() -> None:
    padding = " ".join(["word"] * 300)
    assert found(f"{padding} you then forgot {padding}", ["you .. forgot"]) == ["you then forgot"]


def test_a_gapped_match_far_from_the_first_anchor_is_found() -> None:
    padding = " ".join(["word"] * 300)
    for word in ("you", "forgot"):
        assert found(f"{word} {padding} you then forgot {padding}", ["you .. forgot"]) == ["you then forgot"]


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("we guarantee it", ["guarantee"]),
        ("our money back guarantee", []),
        ("our money back guarantee, and we guarantee it", ["guarantee"]),
        ("legally we guarantee it", []),
        ("Legally, yes. We guarantee it", ["guarantee"]),
    ],
)
def test_exceptions(draft: str, words: list[str]) -> None:
    wording = {"phrases": ["guarantee*"], "except": ["money back guarantee"], "unless": ["legally"]}
    assert found(draft, wording) == words


def test_exceptions_of_one_phrase_leave_the_others() -> None:
    own: dict[str, Any] = {"phrase": "you had (got|mail)", "except": ["had mail"], "unless": ["by now"]}
    phrases = [own, "never fear"]
    assert found("by now you had got it, never fear", phrases) == ["never fear"]
    assert found("you had mail", phrases) == []
    assert found("you had got it, never fear", phrases) == ["you had got", "never fear"]


def test_an_exception_leaves_room_for_the_hit_behind_it() -> None:
    wording = {"phrases": [{"phrase": "a b", "except": ["x a b"]}, "b c"]}
    assert found("x a b c", wording) == ["b c"]


def test_gapped_exceptions() -> None:
    wording = {"phrases": ["you failed"], "except": ["you failed .. nothing"], "unless": ["not .. really"]}
    assert found("you failed at nothing", wording) == []
    assert found("not so really, you failed", wording) == []
    assert found("you failed", wording) == ["you failed"]


SLOTS: dict[str, Any] = {
    "span": ["@number @unit", "[a] short while"],
    "inner": ["within <span>"],
    "kind": ["good", "nice"],
}


@pytest.mark.parametrize(
    ("draft", "phrase", "words"),
    [
        ("done within 3 days", "within <span>", ["within 3 days"]),
        ("done within a short while now", "within <span> now", ["within a short while now"]),
        ("within days", "within <span>", []),
        ("3 days later", "<span> later", ["3 days later"]),
        ("done within 3 days", "done <inner>", ["done within 3 days"]),
        ("3 days", "<span>", ["3 days"]),
        ("3 days, 2 weeks", "<span> <span>", ["3 days, 2 weeks"]),
        ("it takes at most 3 days", "takes .. <span>", ["takes at most 3 days"]),
        ("3 days is what it takes", "<span> ... takes", ["3 days is what it takes"]),
        ("it takes 3 days", "[about] <span>", ["3 days"]),
        ("about 3 days", "[about] <span>", ["about 3 days"]),
        ("a nice day", "<kind> day", ["nice day"]),
        ("a nice long day", "<kind> .. day", ["nice long day"]),
        ("within. 3 days", "within <span>", []),
    ],
)
def test_slots(draft: str, phrase: str, words: list[str]) -> None:
    assert found(draft, [phrase], **SLOTS) == words


def test_a_slot_takes_only_what_exceptions_leave() -> None:
    span = {"phrases": ["@number @unit"], "except": ["7 days"]}
    assert found("within 7 days, within 3 days", ["within <span>"], span=span) == ["within 3 days"]


def test_elements_of_single_words_cost_no_level() -> None:
    flat = book(elements={"kind": ["good", "nic*", "@bang"], "sought": ["<kind> day"]})
    deep = book(elements={"kind": ["good", "very good"], "sought": ["<kind> day"]})
    assert (flat.index.levels, deep.index.levels) == (1, 2)


def test_elements_with_exceptions_are_no_classes() -> None:
    kind = {"phrases": ["good"], "except": ["no good"]}
    assert found("no good day, good day", ["<kind> day"], kind=kind) == ["good day"]


def test_a_circle_is_refused() -> None:
    with pytest.raises(RulebookError, match="circle: one → two → one"):
        book(elements={"one": ["a <two>"], "two": ["b <one>"]})


def test_elements_of_an_empty_class_find_nothing() -> None:
    assert found("a b", ["a <none>"], none=[]) == []


def test_a_phrase_in_two_elements_is_found_for_both() -> None:
    seen = view(book(elements={"one": ["you forgot"], "two": ["you forgot"]}), "you forgot")
    assert set(seen.found) == {"one", "two"}
    assert seen.found["one"] == seen.found["two"]


def test_any_way_to_lay_a_pattern_over_the_words_will_do() -> None:
    draft = "a b x x x x x b x x c"
    assert found(draft, ["a .. b ... c"]) == [draft]
    assert found("a b b c c d", ["a .. b .. c .. d"]) == ["a b b c c d"]
    assert found("a b, b c", ["a ... b .. c"]) == ["a b, b c"]


def test_a_slot_in_a_piece_of_a_long_sentence() -> None:
    padding = " ".join(["word"] * 75)
    draft = f"{padding} takes at most 3 days {padding} 2 weeks {padding}"
    assert found(draft, ["takes .. <span>"], **SLOTS) == ["takes at most 3 days"]


def test_a_slot_behind_a_sentence_is_another_sentence() -> None:
    assert found("It takes. 3 days later. It takes", ["<span> later", "takes <span>"], **SLOTS) == ["3 days later"]
    assert found("3 days. Later", ["<span> later"], **SLOTS) == []


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("our tool", ["our tool"]),
        ("our, well, tool", ["our, well, tool"]),
        ("our long standing tool", ["our long standing tool"]),
        ("our, well, big tool", ["our, well, big tool"]),
        ("our", []),
    ],
)
def test_an_element_may_be_missing_behind_a_wide_gap(draft: str, words: list[str]) -> None:
    assert found(draft, ["our ... [<long>] tool"], long=["long standing", "big"]) == words
