"""Times that belong to something else: to the past, or to another matter."""

from __future__ import annotations

import datetime

from replylint.surroundings import Surroundings
from tests.books import entry, report

ELEMENTS = {"when": ["monday", "friday"], "past": ["sent", "came on monday"], "promise": ["will"]}


def missing(draft: str) -> bool:
    """Whether a rule that asks for a time, apart from the past, fires."""
    rule = entry("rule", kind="require", of=["when"], apart_from=["past"])
    return bool(report(draft, rule, elements=ELEMENTS).findings)


def test_a_word_of_the_past_speaks_of_its_clause() -> None:
    assert missing("We sent it to you on Friday.")
    assert not missing("We sent it, and the rest is there on Friday.")
    assert not missing("We sent it: the rest is there on Friday.")
    assert not missing("We sent it. Friday is the day.")


def test_a_phrase_that_holds_a_time_speaks_of_that_time_alone() -> None:
    assert missing("It came on Monday.")
    assert not missing("It came on Monday and the rest is there on Friday.")


def test_a_date_of_the_past_is_no_promise() -> None:
    rule = entry("rule", kind="time", what="possible", promises=["promise"], past=["past"])
    around = Surroundings(datetime.date(2026, 5, 20))

    def found(draft: str) -> list[str]:
        return [finding.excerpt for finding in report(draft, rule, elements=ELEMENTS, around=around).findings]

    assert found("You will have it on 3 May.") == ["3 May"]
    assert found("What we sent on 3 May will do.") == []
    assert found("You have it on 3 May.") == []
