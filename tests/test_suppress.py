"""Ignores: what they hide, and what is said of wrong ones."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replylint.finding import Finding, Report, Skipped
from replylint.reply import Ignore, Reply
from replylint.suppress import EVERY, UNKNOWN, UNUSED, MetaRule, apply, covers
from replylint.text import Text

SOURCE = "Hi,\n  you failed  \n\nyou failed"
KNOWN = ("blame", "shout", "thanks")
META = {
    UNUSED: MetaRule("stale", "warning", "The ignore of {rules} hides nothing.", "Remove {rules}.", "S9: tidy"),
    UNKNOWN: MetaRule("stale", "error", "There is no rule {rules}.", "Correct it.", "S9: tidy"),
}


def at(rule: str, line: int) -> Finding:
    """A finding on a line."""
    start = sum(len(text) + 1 for text in SOURCE.split("\n")[: line - 1])
    return Finding(rule, "error", "m", "a", start, start + 2, line, 1, SOURCE[start : start + 2], "f" * 16, "s")


def whole(rule: str) -> Finding:
    """A finding about the whole draft."""
    return Finding(rule, "error", "m", "a", None, None, 1, 1, "", "f" * 16, "s")


def ignore(line: int, *rules: str, whole_file: bool = False) -> Ignore:
    """An ignore with a reason."""
    return Ignore(rules, "because", line, whole_file)


def applied(ignores: list[Ignore], *findings: Finding, skipped: tuple[str, ...] = (), **options: Any) -> Report:
    """The report after suppression."""
    reply = Reply(Text(SOURCE), SOURCE, ignores=tuple(ignores))
    report = Report(None, "en", findings, tuple(Skipped(rule, "unknown") for rule in skipped))
    return apply(reply, report, KNOWN, **{"meta": META, **options})


@pytest.mark.parametrize(
    ("given_ignore", "finding", "hidden"),
    [
        (ignore(2), at("blame", 2), True),
        (ignore(2, "blame"), at("blame", 2), True),
        (ignore(2, "shout", "blame"), at("blame", 2), True),
        (ignore(2, "shout"), at("blame", 2), False),
        (ignore(2), at("blame", 1), False),
        (ignore(1), whole("thanks"), False),
        (ignore(1, "thanks"), whole("thanks"), False),
        (ignore(3, whole_file=True), at("blame", 2), True),
        (ignore(3, "thanks", whole_file=True), whole("thanks"), True),
        (ignore(3, whole_file=True), whole("thanks"), True),
        (ignore(3, "shout", whole_file=True), whole("thanks"), False),
    ],
)
def test_covers(given_ignore: Ignore, finding: Finding, hidden: bool) -> None:
    assert covers(given_ignore, finding) is hidden
    assert (finding in applied([given_ignore], finding, meta={}).findings) is not hidden


def test_a_report_without_ignores_is_handed_back() -> None:
    report = Report(None, "en", (at("blame", 2),))
    assert apply(Reply.of(SOURCE), report, KNOWN, META) is report


def test_an_ignore_that_hides_nothing() -> None:
    (finding,) = applied([ignore(2, "blame", "shout")]).findings
    assert re.fullmatch("[0-9a-f]{16}", finding.fingerprint)
    assert finding == Finding(
        "stale",
        "warning",
        "The ignore of blame, shout hides nothing.",
        "Remove blame, shout.",
        6,
        16,
        2,
        3,
        "you failed",
        finding.fingerprint,
        "S9: tidy",
    )


def test_an_ignore_of_all_rules_that_hides_nothing() -> None:
    (finding,) = applied([ignore(4)], at("blame", 2)).findings[1:]
    assert finding.message == f"The ignore of {EVERY} hides nothing."


def test_an_unknown_rule_is_told_once_even_when_another_hides() -> None:
    (finding,) = applied([ignore(2, "blame", "blamme", "shuot")], at("blame", 2)).findings
    assert (finding.message, finding.severity) == ("There is no rule blamme, shuot.", "error")


def test_what_has_no_entry_is_not_said() -> None:
    assert applied([ignore(2, "blame"), ignore(2, "blamme")], meta={}).findings == ()
    (finding,) = applied([ignore(2, "blamme")], meta={UNUSED: META[UNUSED]}).findings
    assert finding.message == "The ignore of blamme hides nothing."


def test_rules_that_had_no_chance_are_not_called_unused() -> None:
    assert applied([ignore(2, "blame")], skipped=("blame",)).findings == ()
    assert applied([ignore(2, "blame")], active_rules={"shout"}).findings == ()
    assert applied([ignore(2)], active_rules={"shout"}).findings == ()
    assert len(applied([ignore(2, "shout")], active_rules={"shout"}).findings) == 1
    assert len(applied([ignore(2)], skipped=("blame",), active_rules=KNOWN).findings) == 1


def test_order_of_place_with_the_whole_draft_last() -> None:
    findings = at("blame", 1), at("blame", 4), whole("thanks")
    kept = applied([ignore(2), ignore(3), ignore(99, "shout")], *findings).findings
    assert [(each.rule, each.line, each.start is None) for each in kept] == [
        ("blame", 1, False),
        ("stale", 2, False),
        ("blame", 4, False),
        ("thanks", 1, True),
        ("stale", 1, True),
        ("stale", 1, True),
    ]


def test_equal_lines_have_different_fingerprints() -> None:
    first, second = applied([ignore(2), ignore(4)]).findings
    assert first.excerpt == second.excerpt
    assert first.fingerprint != second.fingerprint


def test_a_wrong_ignore_can_be_ignored_by_name_only() -> None:
    assert applied([ignore(2, "blame"), ignore(1, "stale", whole_file=True)]).findings == ()
    assert applied([ignore(2, "blame"), ignore(2, "stale")]).findings == ()
    assert applied([ignore(2, "stale")]).findings == ()
    assert len(applied([ignore(2, "blame"), ignore(1, whole_file=True)], at("blame", 1)).findings) == 1


RULES = st.lists(st.sampled_from([*KNOWN, "stale", "unheard"]), max_size=3).map(tuple)
IGNORES = st.lists(st.builds(Ignore, RULES, st.just(""), st.integers(0, 7), st.booleans()), max_size=4)
FINDINGS = st.lists(
    st.one_of(st.builds(at, st.sampled_from(KNOWN), st.integers(1, 4)), st.builds(whole, st.just("thanks")))
)


@given(ignores=IGNORES, findings=FINDINGS)
def test_only_covered_findings_go_and_each_ignore_is_told_once(ignores: list[Ignore], findings: list[Finding]) -> None:
    kept = applied(ignores, *findings).findings
    left = [finding for finding in findings if not any(covers(each, finding) for each in ignores)]
    assert sorted(map(repr, left)) == sorted(repr(finding) for finding in kept if finding.rule != "stale")
    assert sum(finding.rule == "stale" for finding in kept) <= len(ignores)
    assert all(SOURCE[each.start : each.end] == each.excerpt for each in kept if each.start is not None)
    assert len({each.fingerprint for each in kept if each.rule == "stale"}) == sum(
        each.rule == "stale" for each in kept
    )
