"""Each kind of check, by small rules."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from replylint.checks.similar import Library, shingles, words_of
from replylint.engine import lint
from replylint.reply import Reply
from replylint.surroundings import Surroundings
from tests.books import book, entry, excerpts, report, tokenizer

TODAY = datetime.date(2026, 3, 2)
FORGOT: dict[str, Any] = {"phrases": ["you forgot"]}
ELEMENTS: dict[str, Any] = {
    "blame": ["you forgot"],
    "sorry": ["sorry"],
    "thanks": ["thank you"],
    "time": ["tomorrow", "soon"],
    "formal": ["yours truly", "sincerely"],
    "informal": ["cheers", "ta"],
    "and": ["and"],
    "ask": ["send us"],
    "broken": ["broken"],
}


def forbid(
    draft: str, wording: dict[str, Any] | None = None, *, known: dict[str, Any] | None = None, **rule: Any
) -> list[str]:
    """What a rule of the kind forbid finds."""
    return excerpts(draft, entry("rule", wording or FORGOT, **rule), elements=ELEMENTS, **(known or {}))


def whole(draft: str, kind: str, *, known: dict[str, Any] | None = None, **rule: Any) -> list[str]:
    """What a rule of another kind without own phrases finds."""
    wording = rule.pop("wording", {})
    return excerpts(draft, entry("rule", wording, kind=kind, **rule), elements=ELEMENTS, **(known or {}))


# forbid


def test_forbid() -> None:
    assert forbid("You forgot. Well, you forgot!") == ["You forgot", "you forgot"]
    assert forbid("Nothing of the kind.") == []


def test_forbid_elements_and_own_phrases_together() -> None:
    draft = "You forgot. So sorry, thank you."
    assert forbid(draft, of=["sorry", "thanks"]) == ["You forgot", "sorry", "thank you"]
    assert forbid("you forgot", of=["blame"]) == ["you forgot"]


def test_once() -> None:
    assert forbid("You forgot. You forgot.", once=True) == ["You forgot"]


@pytest.mark.parametrize(("part", "words"), [("greeting", ["Hi"]), ("body", ["hi"]), ("closing", [])])
def test_part(part: str, words: list[str]) -> None:
    assert forbid("Hi Sam,\n\nSay hi to all of them there.\n\nRegards\nSam", {"phrases": ["hi"]}, part=part) == words


def test_last_third() -> None:
    words = "one two three four five six"
    assert forbid(f"{words} you forgot", last_third=True) == ["you forgot"]
    assert forbid(f"you forgot {words}", last_third=True) == []
    assert forbid(f"you forgot {words}. {words} you forgot", last_third=True) == []


@pytest.mark.parametrize(
    ("context", "draft"),
    [
        ("condition", "If you forgot it, tell us."),
        ("condition", "Tell us if you forgot it."),
        ("question", "Is it so that you forgot it?"),
        ("quote", "It says “you forgot” on it."),
        ("quote", 'It says "you forgot" on it.'),
        ("negation", "It is not that you forgot it."),
        ("negation", "never you forgot"),
        ("signature", "So be it.\n\n-- \nyou forgot inc"),
    ],
)
def test_contexts(context: str, draft: str) -> None:
    assert forbid(draft, outside=[context]) == []
    assert forbid(draft, outside=[]) == ["you forgot"]


@pytest.mark.parametrize(
    ("context", "draft"),
    [
        ("condition", "If not, you forgot it."),
        ("condition", "You forgot it if we see it well."),
        ("question", "You forgot it. Did you?"),
        ("negation", "It is not the case here that you forgot."),
        ("negation", "No. You forgot."),
        ("negation", "You forgot it, not us."),
        ("quote", "“So” you forgot “it”"),
        ("quote", "“Well you forgot"),
    ],
)
def test_outside_its_context(context: str, draft: str) -> None:
    assert [words.lower() for words in forbid(draft, outside=[context])] == ["you forgot"]


def test_quoted_words_do_not_count_unless_asked_for() -> None:
    assert forbid("It says “you forgot” on it.") == []


def test_a_phrase_within_a_context() -> None:
    wording = {"phrases": [{"phrase": "why did you", "within": ["question"]}, "did you not"]}
    assert forbid("Why did you? Did you not?", wording, outside=["question"]) == ["Why did you"]


def test_history_is_nobody_s_fault() -> None:
    assert forbid("So be it.\n\n> you forgot\n> you forgot") == []


# conditions


def test_when_in_draft() -> None:
    assert forbid("You forgot, sorry.", when=[{"in": "draft", "has": "sorry"}]) == ["You forgot"]
    assert forbid("You forgot.", when=[{"in": "draft", "has": "sorry"}]) == []
    assert forbid("You forgot.", when=[{"in": "draft", "lacks": "sorry"}]) == ["You forgot"]
    assert forbid("You forgot, sorry.", when=[{"in": "draft", "lacks": "sorry"}]) == []


def test_all_conditions_must_hold() -> None:
    both = [{"in": "draft", "has": "sorry"}, {"in": "draft", "lacks": "thanks"}]
    assert forbid("You forgot, sorry.", when=both) == ["You forgot"]
    assert forbid("You forgot, sorry, thank you.", when=both) == []


def test_when_in_sentence() -> None:
    when = [{"in": "sentence", "has": "sorry"}]
    assert forbid("Sorry, you forgot. You forgot.", when=when) == ["you forgot"]
    assert forbid("Sorry, you forgot. You forgot.", when=[{"in": "sentence", "lacks": "sorry"}]) == ["You forgot"]


def test_when_nearby() -> None:
    draft = "You forgot. Sorry. You forgot. So. You forgot."
    assert len(forbid(draft, when=[{"in": "nearby", "has": "sorry"}])) == 1
    assert len(forbid(draft, when=[{"in": "nearby", "lacks": "sorry"}])) == 2


def test_when_earlier() -> None:
    draft = "you forgot. Sorry. You forgot."
    assert forbid(draft, when=[{"in": "earlier", "has": "sorry"}]) == ["You forgot"]
    assert forbid(draft, when=[{"in": "earlier", "lacks": "sorry"}]) == ["you forgot"]


def test_when_in_greeting() -> None:
    when = [{"in": "greeting", "has": "sorry"}]
    assert forbid("Hi sorry,\n\nyou forgot it.", when=when) == ["you forgot"]
    assert forbid("Hi Sam,\n\nsorry, you forgot it.", when=when) == []


def test_when_in_customer() -> None:
    when = [{"in": "customer", "has": "broken"}]
    assert forbid("You forgot.", when=when, known={"customer_message": "It is broken."}) == ["You forgot"]
    assert forbid("You forgot.", when=when, known={"customer_message": "It is fine."}) == []
    found = report("You forgot.", entry("rule", FORGOT, when=when), elements=ELEMENTS)
    assert found.findings == ()
    assert [(skip.rule, skip.reason) for skip in found.skipped] == [("rule", "customer message not known")]


@pytest.mark.parametrize(
    ("what", "known", "reason"),
    [
        ("customer", {"customer_message": "Hello?"}, "customer not known"),
        ("name", {"customer_name": "Sam"}, "name not known"),
    ],
)
def test_when_known(what: str, known: dict[str, Any], reason: str) -> None:
    rule = entry("rule", FORGOT, when=[{"known": what}])
    assert excerpts("You forgot.", rule, **known) == ["You forgot"]
    assert [skip.reason for skip in report("You forgot.", rule).skipped] == [reason]


def test_when_surroundings_are_known() -> None:
    macros = entry("rule", FORGOT, when=[{"known": "macros"}])
    times = entry("other", FORGOT, when=[{"known": "service_times"}])
    assert [skip.reason for skip in report("You forgot.", macros, times).skipped] == [
        "macros not known",
        "service times not known",
    ]
    around = Surroundings(TODAY, Library({}), {"refund": (1.0, 2.0)})
    assert report("You forgot.", macros, times, around=around).skipped == ()


SITUATIONS = {"problem": {"customer": ("broken",), "draft": ("sorry",)}}


@pytest.mark.parametrize(
    ("draft", "message", "inside", "outside"),
    [
        ("You forgot.", "It is broken.", 1, 0),
        ("You forgot.", "It is fine.", 0, 1),
        ("You forgot, sorry.", "It is fine.", 0, 1),
        ("You forgot, sorry.", None, 1, 0),
    ],
)
def test_situations(draft: str, message: str | None, inside: int, outside: int) -> None:
    for key, number in (("situation", inside), ("no_situation", outside)):
        rule = entry("rule", FORGOT, when=[{key: "problem"}])
        found = report(draft, rule, elements=ELEMENTS, situations=SITUATIONS, customer_message=message)
        assert len(found.findings) == number
        assert found.skipped == ()


def test_an_unknown_situation_is_a_reason_to_skip_where_it_is_asked_for() -> None:
    rule = entry("rule", FORGOT, when=[{"situation": "problem"}])
    found = report("You forgot.", rule, elements=ELEMENTS, situations=SITUATIONS)
    assert [skip.reason for skip in found.skipped] == ["what the customer wrote about is not known"]
    rule = entry("rule", FORGOT, when=[{"no_situation": "problem"}])
    found = report("You forgot.", rule, elements=ELEMENTS, situations=SITUATIONS)
    assert (len(found.findings), found.skipped) == (1, ())


def test_min_and_max_words() -> None:
    assert forbid("you forgot it", min_words=4) == []
    assert forbid("you forgot it now", min_words=4) == ["you forgot"]
    assert forbid("you forgot it now", max_words=3) == []
    assert forbid("you forgot it", max_words=3) == ["you forgot"]


def test_channels() -> None:
    assert forbid("you forgot", channels=["chat"]) == []
    assert forbid("you forgot", channels=["chat", "social"], known={"channel": "social"}) == ["you forgot"]


def test_after() -> None:
    first = entry("first", {"phrases": ["you forgot it"]})
    second = entry("second", FORGOT, after=["first"])
    found = report("you forgot it. you forgot them", first, second).findings
    assert [(finding.rule, finding.excerpt) for finding in found] == [
        ("first", "you forgot it"),
        ("second", "you forgot"),
    ]


def test_after_whatever_the_order_of_rules() -> None:
    first = entry("zz", {"phrases": ["you forgot it"]})
    second = entry("aa", FORGOT, after=["zz"])
    assert [finding.rule for finding in report("you forgot it", second, first).findings] == ["zz"]


# require


def test_require() -> None:
    assert whole("So be it.", "require", of=["sorry", "thanks"]) == [""]
    assert whole("So sorry.", "require", of=["sorry", "thanks"]) == []
    assert whole("Thank you.", "require", of=["sorry", "thanks"]) == []


def test_require_own_phrases() -> None:
    wording = {"phrases": ["be it"]}
    assert whole("So be it.", "require", wording=wording) == []
    assert whole("So.", "require", wording=wording) == [""]


def test_require_outside_a_context() -> None:
    assert whole("If sorry.", "require", of=["sorry"], outside=["condition"]) == [""]
    assert whole("Sorry if so.", "require", of=["sorry"], outside=["condition"]) == []


def test_require_beside() -> None:
    assert whole("Send us it. Tomorrow.", "require", of=["time"], beside=["ask"]) == [""]
    assert whole("Send us it tomorrow.", "require", of=["time"], beside=["ask"]) == []


def test_require_apart_from() -> None:
    assert whole("Send us it tomorrow.", "require", of=["time"], apart_from=["ask"]) == [""]
    assert whole("Send us it. Tomorrow.", "require", of=["time"], apart_from=["ask"]) == []


def test_require_parts() -> None:
    assert whole("So be it.", "require", parts=["greeting"]) == [""]
    assert whole("Hi Sam,\n\nSo be it.", "require", parts=["greeting"]) == []
    assert whole("Hi Sam,\n\nSo be it.", "require", parts=["greeting", "closing"]) == [""]


def test_require_in_a_part() -> None:
    rule: dict[str, Any] = {"part": "greeting", "shapes": ["name"]}
    assert whole("Hi customer,\n\nSo be it.", "require", **rule) == ["Hi customer"]
    assert whole("Hi Sam,\n\nSo be it.", "require", **rule) == []
    assert whole("So be it.", "require", **rule) == []
    assert whole("Hi customer,\n\nSorry.", "require", part="greeting", of=["sorry"]) == ["Hi customer"]


# count


def test_count() -> None:
    assert whole("Sorry, sorry.", "count", of=["sorry"], max=2) == []
    assert whole("Sorry, sorry. So sorry.", "count", of=["sorry"], max=2) == ["sorry"]
    assert whole("Sorry.", "count", of=["sorry"], max=0) == ["Sorry"]
    assert whole("So be it.", "count", of=["sorry"], max=0) == []


def test_count_tells_the_numbers() -> None:
    rule = entry("rule", {"message": "{number} of {limit}"}, kind="count", of=["sorry", "thanks"], max=1)
    found = report("Sorry. Thank you. So sorry!", rule, elements=ELEMENTS).findings
    assert [(finding.message, finding.excerpt) for finding in found] == [("3 of 1", "Thank you")]


def test_count_own_phrases_are_each_too_many() -> None:
    assert whole("ever so sorry. Ever so sorry", "count", of=["sorry"], max=9, wording={"phrases": ["ever so"]}) == [
        "ever so", "Ever so",
    ]  # fmt: skip


def test_count_strict() -> None:
    strict = {"max": 0, "when": [{"in": "draft", "has": "blame"}]}
    assert whole("Sorry.", "count", of=["sorry"], max=1, strict=strict) == []
    assert whole("Sorry, you forgot.", "count", of=["sorry"], max=1, strict=strict) == ["Sorry"]


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ("Send us one, two, three.", ["one, two, three"]),
        ("Send us one, two and three.", ["one, two and three"]),
        ("Send us one, two, and three.", ["one, two, and three"]),
        ("Send us one and two.", []),
        ("Send us one, two.", []),
        ("Send us", []),
        ("Send us:\n- one\n- two\n- three\n\nSo be it.", ["one\n- two\n- three"]),
        ("Send us:\n- one\n- two", []),
    ],
)
def test_count_items(draft: str, words: list[str]) -> None:
    assert [w.lstrip("- ") for w in whole(draft, "count", of=["ask"], max=2, unit="items", joined_by=["and"])] == words


# mixed


def test_mixed() -> None:
    assert whole("Sincerely, yours truly, cheers", "mixed", of=["formal", "informal"]) == ["cheers"]
    assert whole("Cheers, ta, sincerely", "mixed", of=["formal", "informal"]) == ["sincerely"]
    assert whole("Cheers, ta", "mixed", of=["formal", "informal"]) == []
    assert whole("So be it", "mixed", of=["formal", "informal"]) == []


def test_mixed_by_setting() -> None:
    rule = entry("rule", kind="mixed", of=["formal", "informal"], setting="address")
    around = Surroundings(TODAY, settings={"address": "informal"})
    assert excerpts("Sincerely, yours truly, ta", rule, elements=ELEMENTS, around=around) == [
        "Sincerely",
        "yours truly",
    ]
    assert excerpts("Sincerely", rule, elements=ELEMENTS, around=around) == ["Sincerely"]
    assert excerpts("Ta", rule, elements=ELEMENTS, around=around) == []


# similar

MACRO = "your refund of 20 € is on its way to the account that was used for the order"


def like(draft: str, **thresholds: float) -> list[str]:
    """The messages of a rule that compares a draft with one macro."""
    rule = entry(
        "copy", {"message": "{macro}: {likeness}"}, kind="similar", library="macros", threshold=0.9, min_size=5
    )
    library = Library(
        {"refund": words_of(tokenizer()(MACRO)), "other": words_of(tokenizer()("so be it then and so on"))}
    )
    around = Surroundings(TODAY, library, thresholds=thresholds)
    return [finding.message for finding in report(draft, rule, around=around).findings]


def test_similar() -> None:
    assert like(f"Hi Sam,\n\n{MACRO}.\n\nRegards\nKim") == ["refund: 100 %"]
    assert like(MACRO.replace("20 €", "350 €").upper()) == ["refund: 100 %"]
    assert like("nothing of the kind was ever in a macro of ours") == []


def test_similar_in_part() -> None:
    half = f"{MACRO}. It went out at noon and we are very glad that it did so after all of this"
    assert like(half) == []
    assert len(like(half, copy=0.3)) == 1


def test_similar_leaves_small_drafts_alone() -> None:
    assert like("your refund is on") == []
    assert len(like("your refund of is on its way")) == 1


def test_similar_without_macros_is_silent() -> None:
    rule = entry("copy", kind="similar", library="macros", threshold=0.5)
    assert report(MACRO, rule).findings == ()


def test_the_nearest_of_an_empty_library() -> None:
    assert Library({}).nearest(["a", "b", "c", "d"]) == ("", 0.0)
    assert Library({"x": ["a", "b", "c", "d"]}).nearest(["a"]) == ("", 0.0)


def test_shingles_are_the_same_in_every_process() -> None:
    assert shingles(["a", "b", "c", "d"]) == {6446309175294745130}
    assert shingles(["a", "b", "c"]) == set()
    assert len(shingles(["a", "b", "c", "d", "e"])) == 2


def test_what_is_missing_names_the_words_that_ask_for_it() -> None:
    rule = entry(
        "rule",
        {"message": "No time for “{words}”.", "phrases": []},
        kind="require",
        of=["time"],
        when=[{"in": "draft", "has": "promise"}],
    )
    ready = book(rule, elements={"time": ["today"], "promise": ["we will look"]})
    (finding,) = lint(Reply.of("Hi Ann, we  will look."), ready).findings
    assert (finding.message, finding.start, finding.excerpt) == ("No time for “we will look”.", None, "")
    assert lint(Reply.of("Hi Ann, we will look today."), ready).findings == ()


def test_a_phrase_that_does_not_count_hides_no_other() -> None:
    phrases = [{"phrase": "you dropped it down", "situation": "problem"}, "dropped it"]
    ready = book(
        entry("rule", {"phrases": phrases}),
        elements={"problem": ["broken"]},
        situations={"problem": {"customer": ("problem",)}},
    )

    def words(customer: str) -> list[str]:
        reply = Reply.of("Hi Ann, you dropped it down there.", customer_message=customer)
        return [finding.excerpt for finding in lint(reply, ready).findings]

    assert words("It is broken.") == ["you dropped it down"]
    assert words("It is fine.") == ["dropped it"]
