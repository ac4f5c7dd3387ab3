"""Time expressions of a draft, resolved to dates and durations."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from replylint.lexicon import Calendar
from replylint.tokens import BREAK
from replylint.view import View

_NUMERIC = re.compile(r"(\d{1,4})[./-]\s?(\d{1,2})[./-]?\s?(\d{2,4})?")
_YEAR = re.compile(r"(19|20)\d\d")
_DAYS = re.compile(r"(?:\d{1,2}[–-])?(\d{1,2})")
_HALF_A_YEAR = 183
_FAR = 2
"""A date in figures this many years away with its year in two digits is more likely the number of a version."""

Parts = tuple[int | None, int, int]
"""Year where it is written, month and day."""


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
    calendar = view.book.language.times
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
    """Numeric dates, days with or without a month, weekdays and words such as today."""
    calendar = view.book.language.times
    taken: set[int] = set()
    for moment in (*_with_months(view, today), *_numerics(view, today), *_ordinals(view, today)):
        taken.update(range(moment.start, moment.end))
        yield moment
    for at, tags in enumerate(view.tokens.tags):
        word, sentence = view.tokens.words[at], view.sentence_of[at]
        if "day" in tags:
            yield Moment(at, at + 1, sentence, 24.0 * (calendar.days[word] + 1))
        elif "weekday" in tags and at not in taken:
            ahead = (calendar.weekdays[word] - today.weekday() - 1) % 7 + 1
            yield Moment(at, at + 1, sentence, 24.0 * (ahead + 1))


def _numerics(view: View, today: datetime.date) -> Iterator[Moment]:
    """Dates in figures."""
    for at, tags in enumerate(view.tokens.tags):
        match = _NUMERIC.fullmatch(view.tokens.words[at].rstrip(".")) if "date" in tags else None
        if match:
            parts = _numeric(match)
            if not (match[3] and len(match[3]) == 2 and abs((parts[0] or 0) - today.year) >= _FAR):
                yield _moment(view, at, at + 1, parts, today)


def _numeric(match: re.Match[str]) -> Parts:
    """Year, month and day of a date in figures; day first, unless it begins with the year or that cannot be."""
    first, second, third = match.groups()
    if len(first) == 4:
        return int(first), int(second), int(third or 1)
    year = int(third) if third else None
    day, month = int(first), int(second)
    if day <= 12 < month:
        day, month = month, day
    return (year + 2000 if year is not None and year < 100 else year), month, day


def _with_months(view: View, today: datetime.date) -> Iterator[Moment]:
    """Months with their day on either side, and perhaps a year behind."""
    words, tags = view.tokens.words, view.tokens.tags
    for at, of_month in enumerate(tags):
        if "month" not in of_month or (words[at] in view.book.language.common_words and "cap" not in of_month):
            continue
        before = _past_fillers(view, at)
        day_at = next((p for p in (before, at + 1) if 0 <= p < len(words) and _day(view, p)), None)
        if day_at is None or view.sentence_of[day_at] != view.sentence_of[at]:
            continue
        start, end, year = min(at, day_at), max(at, day_at) + 1, None
        if end < len(words) and _YEAR.fullmatch(words[end]):
            year, end = int(words[end]), end + 1
        month = view.book.language.times.months[words[at]]
        yield _moment(view, start, end, (year, month, _day(view, day_at)), today, days="-" in _dashed(words[day_at]))


def _ordinals(view: View, today: datetime.date) -> Iterator[Moment]:
    """A weekday with the number of its day and no month: it must fit this month or the next."""
    calendar, words = view.book.language.times, view.tokens.words
    for at, tags in enumerate(view.tokens.tags):
        weekday_at = _weekday_before(view, at) if "ordinal" in tags else None
        if weekday_at is None or not _day(view, at) or _has_month(view, at + 1):
            continue
        named, day = calendar.weekdays[words[weekday_at]], _day(view, at)
        after_this = (today.year + today.month // 12, today.month % 12 + 1)
        near = [_date(year, month, day) for year, month in ((today.year, today.month), after_this)]
        fits = [date for date in near if date and date >= today and date.weekday() == named]
        latest = 24.0 * ((fits[0] - today).days + 1) if fits else None
        yield Moment(weekday_at, at + 1, view.sentence_of[at], latest, fault="" if fits else "weekday")


def _has_month(view: View, at: int) -> bool:
    """Whether a month stands at `at`, or behind words there that mean nothing in a date."""
    while at < len(view.tokens.words) and view.tokens.words[at] in view.book.language.times.fillers:
        at += 1
    return at < len(view.tokens.words) and "month" in view.tokens.tags[at]


def _day(view: View, at: int) -> int:
    """The day of a month that a number names, the last one of a range, or 0."""
    match = _DAYS.fullmatch(view.tokens.words[at])
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else 0


def _dashed(word: str) -> str:
    return word.replace("–", "-")


def _moment(view: View, start: int, end: int, parts: Parts, today: datetime.date, *, days: bool = False) -> Moment:
    """The moment of a date, with what is wrong with it as a promise; with `days` it is the last of several."""
    weekday_at = None if days else _weekday_before(view, start)
    first, sentence = start if weekday_at is None else weekday_at, view.sentence_of[start]
    if weekday_at is None and not days:
        weekday_at = _weekday_behind(view, end)
        end = end if weekday_at is None else weekday_at + 1
    date = _resolved(parts, today)
    if date is None:
        return Moment(first, end, sentence, None, fault="no-such-day")
    latest = 24.0 * ((date - today).days + 1)
    if weekday_at is not None:
        named = view.book.language.times.weekdays[view.tokens.words[weekday_at]]
        if named != date.weekday():
            return Moment(first, end, sentence, latest, fault="weekday")
    return Moment(first, end, sentence, latest, fault="past" if date < today else "")


def _resolved(parts: Parts, today: datetime.date) -> datetime.date | None:
    """The date that is meant; without a year the one of this year, or of the next when it is long over."""
    year, month, day = parts
    date = _date(year or today.year, month, day)
    if year is not None:
        return date
    if date is None and (month, day) == (2, 29):
        return _date(today.year + 1, month, day)
    if date is not None and (today - date).days > _HALF_A_YEAR:
        return _date(today.year + 1, month, day) or date
    return date


def _past_fillers(view: View, at: int) -> int:
    """The place before `at`, words that mean nothing in a date left out."""
    fillers = view.book.language.times.fillers
    at -= 1
    while at >= 0 and view.tokens.words[at] in fillers:
        at -= 1
    return at


def _weekday_before(view: View, start: int) -> int | None:
    """The place of a weekday that belongs to the date, fillers between allowed."""
    at = _past_fillers(view, start)
    return at if at >= 0 and "weekday" in view.tokens.tags[at] else None


def _weekday_behind(view: View, end: int) -> int | None:
    """The place of a weekday right behind the date, perhaps in brackets."""
    at = end + 1 if end < len(view.tokens.words) and view.tokens.words[end] == BREAK else end
    there = at < len(view.tokens.words) and view.sentence_of[at] == view.sentence_of[end - 1]
    return at if there and "weekday" in view.tokens.tags[at] and _has_no_date(view, at + 1) else None


def _has_no_date(view: View, at: int) -> bool:
    """Whether no number follows, which would make the weekday another date's."""
    return at >= len(view.tokens.words) or view.tokens.tags[at].isdisjoint({"number", "month", "date"})


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
