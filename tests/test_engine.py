"""Reports: order, places, fingerprints, skipped rules."""

from __future__ import annotations

import datetime
import re

import pytest

from replylint.engine import lint
from replylint.reply import Reply
from replylint.rules import WordingFile
from replylint.surroundings import Surroundings
from replylint.text import joined
from tests.books import WORDS, book, entry, report

FORGOT = entry("forgot", {"phrases": ["you forgot"]})
FAILED = entry("failed", {"phrases": ["you failed"]}, severity="error")
THANKS = entry("thanks", {"phrases": ["thank you"], "message": "No thanks."}, kind="require", severity="suggestion")
ALL = (THANKS, FORGOT, FAILED)


def test_findings_stand_in_order_of_place_and_whole_drafts_last() -> None:
    found = report("You failed. You forgot. You failed.", *ALL)
    assert [finding.rule for finding in found.findings] == ["failed", "forgot", "failed", "thanks"]
    assert found.worst == "error"


def test_findings_at_one_place_stand_in_order_of_name() -> None:
    rules = [entry(name, {"phrases": ["you forgot"]}) for name in ("b", "c", "a")]
    assert [finding.rule for finding in report("you forgot", *rules).findings] == ["a", "b", "c"]


def test_a_finding_holds_all_that_is_known() -> None:
    (finding,) = report("Hi,\n  so it is plain that you\nforgot it", FORGOT).findings
    assert (finding.rule, finding.severity, finding.source) == ("forgot", "warning", "S9: so it is written")
    assert (finding.start, finding.end, finding.line, finding.column) == (26, 36, 2, 23)
    assert finding.excerpt == "you\nforgot"
    assert finding.message == "“you\nforgot” is wrong."
    assert finding.advice == "Leave it out."


def test_a_whole_draft_has_no_place() -> None:
    (finding,) = report("So be it.", THANKS).findings
    assert (finding.start, finding.end, finding.line, finding.column, finding.excerpt) == (None, None, 1, 1, "")
    assert finding.message == "No thanks."


@pytest.mark.parametrize("before", ["", "So be it.\n\n", "🙂 Ёлка čekali\r\n\n", "\ufeff"])
def test_places_are_code_points(before: str) -> None:
    draft = f"{before}You forgot."
    (finding,) = report(draft, FORGOT).findings
    assert finding.start == len(before)
    assert draft[finding.start : finding.end] == finding.excerpt == "You forgot"
    assert finding.line == before.count("\n") + 1


def test_fingerprints_know_words_and_not_places() -> None:
    (one,) = report("You forgot.", FORGOT).findings
    (two,) = report("Well, so it is: YOU FORGOT!", FORGOT).findings
    (three,) = report("You failed.", FAILED).findings
    (four,) = report("You forgot.", entry("other", {"phrases": ["you forgot"]})).findings
    assert one.fingerprint == two.fingerprint
    assert len({one.fingerprint, three.fingerprint, four.fingerprint}) == 3
    assert re.fullmatch("[0-9a-f]{16}", one.fingerprint)


def test_equal_words_are_numbered() -> None:
    found = report("You forgot. You forgot. You forgot.", FORGOT).findings
    more = report("You forgot. You forgot.", FORGOT).findings
    assert len({finding.fingerprint for finding in found}) == 3
    assert [finding.fingerprint for finding in more] == [finding.fingerprint for finding in found[:2]]


def test_fingerprints_are_the_same_for_ever() -> None:
    (finding,) = report("You forgot.", FORGOT).findings
    assert finding.fingerprint == "394a93e92e6e5923"


def test_skipped_rules_have_reasons() -> None:
    rule = entry("echoes", {"phrases": ["you forgot"]}, when=[{"known": "name"}])
    found = report("You forgot.", rule, FORGOT)
    assert [(skip.rule, skip.reason) for skip in found.skipped] == [("echoes", "name not known")]
    assert [finding.rule for finding in found.findings] == ["forgot"]


def test_a_rule_that_does_not_apply_is_not_skipped() -> None:
    rule = entry("chatty", {"phrases": ["you forgot"]}, channels=["chat"])
    found = report("You forgot.", rule)
    assert (found.findings, found.skipped) == ((), ())


@pytest.mark.parametrize("kind", [{"kind": "library"}, {"kind": "suppression", "what": "unused"}])
def test_rules_about_other_things_are_not_asked(kind: dict[str, str]) -> None:
    found = report("You forgot.", entry("other", {"phrases": ["you forgot"]}, **kind))
    assert (found.findings, found.skipped) == ((), ())


def test_spans_lead_through_origins() -> None:
    source = "<p>You&nbsp;<b>forgot</b> it &amp; more</p>"
    pieces = [("You", 3, 6), (" ", 6, 12), ("forgot", 15, 21), (" it ", 25, 29), ("&", 29, 34), (" more", 34, 39)]
    reply = Reply(joined(pieces), source)
    (finding,) = lint(reply, book(FORGOT)).findings
    assert (finding.start, finding.end) == (3, 21)
    assert finding.excerpt == "You&nbsp;<b>forgot"
    assert finding.column == 4


def test_the_same_every_time() -> None:
    draft = "Hi Sam,\n\nYou forgot, you failed. You ... forgot!\n\nRegards\nKim"
    assert report(draft, *ALL) == report(draft, *reversed(ALL)) == report(draft, *ALL)


def test_braces_that_are_no_details_stay() -> None:
    rule = entry("forgot", {"phrases": ["you forgot"], "message": "{words} {other} {", "advice": "{words}"})
    (finding,) = report("you forgot", rule).findings
    assert (finding.message, finding.advice) == ("you forgot {other} {", "you forgot")


def test_words_that_look_like_a_detail_stay() -> None:
    rule = entry("forgot", {"phrases": ["you @placeholder"], "message": "“{words}”"})
    (finding,) = report("you {words}", rule).findings
    assert finding.message == "“you {words}”"


def test_names_of_the_vocabulary_are_no_faults() -> None:
    around = Surroundings(datetime.date(2026, 3, 2), vocabulary=(("you", "forgot", "it"), ("forgot",)))
    found = report("You Forgot It is ours. You forgot.", FORGOT, around=around).findings
    assert [finding.start for finding in found] == [23]


def test_another_voice() -> None:
    voice = {"forgot": WordingFile.model_validate({**WORDS, "message": "Vergessen: {words}", "advice": "Anders"})}
    found = lint(Reply.of("You forgot. You failed."), book(FORGOT, FAILED), voice=voice).findings
    assert [finding.message for finding in found] == ["Vergessen: You forgot", "“You failed” is wrong."]


@pytest.mark.parametrize("draft", ["", " ", "\n\n", "...", "🙂", "\ud800", "\x00", ">", "-- \n", "12345"])
def test_next_to_nothing(draft: str) -> None:
    found = report(draft, *ALL)
    assert [finding.rule for finding in found.findings] == ["thanks"]


def test_a_reply_s_id_is_handed_back() -> None:
    assert report("So.", FORGOT, id=7).id == 7
    assert report("So.", FORGOT).lang == "en"
