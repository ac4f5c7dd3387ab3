"""Time expressions of a draft, resolved to dates and durations."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from replylint.lexicon import Calendar
from replylint.view import View

_NUMERIC = re.compile(r"(\d{1,4})[./-]\s?(\d{1,2})[./-]?\s?(\d{2,4})?")
WORKDAY_HOURS = 24.0
"""A working day counts as one day: a floor for how long a service takes, whatever the weekend."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in the draft, as words ``start`` to ``end`` (exclusive) of sentence `sentence`.

    latest: hours from now until it at the latest, None when unknown. is_range: "3-5 days".
    fault: why it cannot be, as one of the keys no-such-day, past, weekday; empty when it can.
    """

    start: int
    end: int
    sentence: int
    latest: float | None = None
    is_range: bool = False
    fault: str = ""


def moments(view: View, today: datetime.date) -> list[Moment]:
    """All dates and durations of the draft's own words, in order."""
    return sorted([*_dates(view, today), *_durations(view)], key=lambda moment: moment.start)


def _durations(view: View) -> Iterator[Moment]:
    """A number, perhaps working, and a unit."""
    calendar = view.book.language.calendar
    tokens = view.tokens
    for at, tags in enumerate(tokens.tags):
        if "unit" not in tags:
            continue
        place = at - 1
        while place >= 0 and "workday" in tokens.tags[place]:
            place -= 1
        if place < 0 or "number" not in tokens.tags[place]:
            continue
        low, high = amounts(tokens.words[place], calendar)
        size = calendar.units[tokens.words[at]]
        yield Moment(place, at + 1, view.sentence_of[place], high * size, low != high)


def amounts(word: str, calendar: Calendar) -> tuple[float, float]:
    """The least and most that a number or range such as 3-5 or three stands for."""
    if word in calendar.numbers:
        return calendar.numbers[word], calendar.numbers[word]
    parts = [float(part) for part in re.findall(r"\d+", word)]
    return (min(parts[0], parts[-1]), max(parts[0], parts[-1])) if parts else (0.0, 0.0)


def _dates(view: View, today: datetime.date) -> Iterator[Moment]:
    """Numeric dates, days with a month, weekdays and words such as today."""
    calendar = view.book.language.calendar
    tokens = view.tokens
    for at, tags in enumerate(tokens.tags):
        word, sentence = tokens.words[at], view.sentence_of[at]
        if "month" in tags:
            yield from _with_month(view, at, today, calendar)
        elif "date" in tags:
            match = _NUMERIC.fullmatch(word.rstrip("."))
            if match:
                yield _moment(view, at, at + 1, sentence, _numeric(match), today)
        elif "day" in tags:
            yield Moment(at, at + 1, sentence, 24.0 * (calendar.days[word] + 1))


def _numeric(match: re.Match[str]) -> tuple[int | None, int, int]:
    """Year, month and day of a date in figures; day first, unless it begins with the year."""
    first, second, third = match.groups()
    if len(first) == 4:
        return int(first), int(second), int(third or 1)
    year = int(third) if third else None
    return (year + 2000 if year is not None and year < 100 else year), int(second), int(first)


def _with_month(view: View, at: int, today: datetime.date, calendar: Calendar) -> Iterator[Moment]:
    """A month with its day on either side, and perhaps a year behind."""
    tokens = view.tokens
    month, sentence = calendar.months[tokens.words[at]], view.sentence_of[at]
    fillers = set(calendar.fillers)
    before = at - 1
    while before >= 0 and tokens.words[before] in fillers:
        before -= 1
    day_at = next((p for p in (before, at + 1) if 0 <= p < len(tokens.words) and _is_day(view, p)), None)
    if day_at is None or view.sentence_of[day_at] != sentence:
        return
    end = max(at, day_at) + 1
    year = None
    if end < len(tokens.words) and re.fullmatch(r"(19|20)\d\d", tokens.words[end]):
        year, end = int(tokens.words[end]), end + 1
    yield _moment(view, min(at, day_at), end, sentence, (year, month, int(tokens.words[day_at])), today)


def _is_day(view: View, at: int) -> bool:
    word = view.tokens.words[at]
    return word.isdigit() and 1 <= int(word) <= 31 and len(word) <= 2


def _moment(
    view: View, start: int, end: int, sentence: int, parts: tuple[int | None, int, int], today: datetime.date
) -> Moment:
    """The moment of a date, with what is wrong with it as a promise."""
    year, month, day = parts
    weekday_at = _weekday_before(view, start)
    first = start if weekday_at is None else weekday_at
    date = _date(year or today.year, month, day)
    if date is None and year is None and (month, day) == (2, 29):
        date = _date(today.year + 1, month, day)
    if date is None:
        return Moment(first, end, sentence, None, fault="no-such-day")
    if year is None and (today - date).days > 183:
        date = _date(today.year + 1, month, day) or date
    latest = 24.0 * ((date - today).days + 1)
    if weekday_at is not None:
        named = view.book.language.calendar.weekdays[view.tokens.words[weekday_at]]
        if named != date.weekday():
            return Moment(first, end, sentence, latest, fault="weekday")
    return Moment(first, end, sentence, latest, fault="past" if date < today else "")


def _weekday_before(view: View, start: int) -> int | None:
    """The place of a weekday that belongs to the date, fillers between allowed."""
    fillers = set(view.book.language.calendar.fillers)
    at = start - 1
    while at >= 0 and view.tokens.words[at] in fillers:
        at -= 1
    return at if at >= 0 and "weekday" in view.tokens.tags[at] else None


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
