"""Dates and durations of a draft: what they mean, and what is wrong with them."""

from __future__ import annotations

import datetime

import pytest

from replylint.dates import Moment, amounts, moments
from tests.books import book, view

MONDAY = datetime.date(2026, 3, 2)
MONTHS = {"february": 2, "march": 3, "may": 5, "june": 6, "october": 10, "december": 12}
WEEKDAYS = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4}


def seen(draft: str, today: datetime.date = MONDAY) -> list[tuple[str, Moment]]:
    """The times of a draft, each with its words."""
    calendar = dict(book().language.calendar.model_dump(), months=MONTHS, weekdays=WEEKDAYS)
    words = (*book().language.function_words, "may", "you")
    there = view(book(calendar=calendar, function_words=words), draft)
    return [(there.raw(m.start, m.end), m) for m in moments(there, today)]


def faults(draft: str, today: datetime.date = MONDAY) -> list[tuple[str, str]]:
    """The words and the fault of each time that has one."""
    return [(words, moment.fault) for words, moment in seen(draft, today) if moment.fault]


def hours(draft: str, today: datetime.date = MONDAY) -> list[float | None]:
    """How many hours away the times of a draft are at the latest."""
    return [moment.latest for _, moment in seen(draft, today)]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("By 31 June.", ("31 June", "no-such-day")),
        ("By June 31.", ("June 31", "no-such-day")),
        ("On the 31st of June.", ("31st of June", "no-such-day")),
        ("On 30 February 2026.", ("30 February 2026", "no-such-day")),
        ("By 32.5.2026.", ("32.5.2026", "no-such-day")),
        ("On Friday 4 March.", ("Friday 4 March", "weekday")),
        ("On Friday, the 4th of March.", ("Friday, the 4th of March", "weekday")),
        ("On 4 March (Friday).", ("4 March (Friday", "weekday")),
        ("On 4 March, Friday, at noon.", ("4 March, Friday", "weekday")),
        ("On Monday 10.3.2026.", ("Monday 10.3.2026", "weekday")),
        ("On Friday the 12th.", ("Friday the 12th", "weekday")),
        ("By 1 March.", ("1 March", "past")),
        ("By 5 December 2025.", ("5 December 2025", "past")),
        ("By 2026-03-01.", ("2026-03-01", "past")),
        ("By 1.3.26.", ("1.3.26", "past")),
    ],
)
def test_a_date_that_cannot_be(draft: str, expected: tuple[str, str]) -> None:
    assert faults(draft) == [expected]


@pytest.mark.parametrize(
    "draft",
    [
        "By 2 March.",
        "By Friday 6 March.",
        "On 6 March, Friday, at noon.",
        "On 4 March, or Friday 6 March.",
        "On 4 March. Friday suits as well.",
        "On Friday the 6th, or on Friday the 3rd of April.",
        "By 3-5 March.",
        "By 10 March 2027.",
        "By 03/28/2026.",
        "By 28/03/2026.",
        "Room 1 may be ready.",
        "Version 1.3.14 cures it.",
        "In March 2026.",
        "By 5 June.",
    ],
)
def test_a_date_that_can_be(draft: str) -> None:
    assert faults(draft) == []


def test_a_date_without_a_year_is_the_next_when_it_is_long_over() -> None:
    autumn = datetime.date(2026, 11, 24)
    assert faults("By 1 March.", autumn) == []
    assert hours("By 1 March.", autumn) == [24.0 * 98]
    assert faults("By 1 October.", autumn) == [("1 October", "past")]


def test_29_february_is_in_a_leap_year() -> None:
    assert faults("By 29 February.", datetime.date(2027, 3, 2)) == []
    assert faults("By 29 February 2027.", datetime.date(2027, 1, 2)) == [("29 February 2027", "no-such-day")]


def test_a_range_of_days_is_its_last_and_has_no_weekday() -> None:
    assert hours("On Friday 3-5 March.") == [24.0 * 5, 24.0 * 4]


def test_hours_until_a_day() -> None:
    assert hours("Today.") == [24.0]
    assert hours("Tomorrow.") == [48.0]
    assert hours("By 4 March.") == [72.0]
    assert hours("By Wednesday.") == [72.0]
    assert hours("By Monday.") == [24.0 * 8]
    assert hours("On Friday the 6th.") == [24.0 * 5]


def test_hours_of_a_duration() -> None:
    assert hours("Within 2 working days.") == [48.0]
    assert hours("Within two weeks.") == [336.0]
    assert hours("Within days.") == []
    assert [m.is_range for _, m in seen("In 3-5 days, or 4 days.")] == [True, False]


def test_amounts() -> None:
    calendar = book().language.calendar
    assert amounts("three", calendar) == (3, 3)
    assert amounts("3–5", calendar) == (3, 5)
    assert amounts("several", calendar) == (0, 0)
