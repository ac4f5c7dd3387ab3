"""The kind time: promised times are possible, agree with each other, and are not faster than the service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from replylint.checks.clause import claimed
from replylint.checks.hit import Fault
from replylint.dates import Moment, moments
from replylint.rules import Time
from replylint.surroundings import Surroundings
from replylint.view import View


def time(rule: Time, view: View, around: Surroundings) -> Iterator[Fault]:
    """The faults of a time rule."""
    there = view.once(moments, around.today)
    found = [moment for moment in there if _promised(rule, view, moment, there)]
    if rule.what == "possible":
        for moment in found:
            if moment.fault:
                yield Fault(moment.start, moment.end, (("problem", moment.fault),))
    else:
        yield from _too_fast(rule, view, around, found)


def _promised(rule: Time, view: View, moment: Moment, there: Sequence[Moment]) -> bool:
    """Whether the time stands in a sentence that promises, and not with words that speak of the past."""
    promised = any(view.in_sentence(name, moment.sentence) for name in rule.promises)
    return promised and not claimed(moment, rule.past, there, view)


def _too_fast(rule: Time, view: View, around: Surroundings, found: list[Moment]) -> Iterator[Fault]:
    """Times shorter than the configured service time of their kind, and two times for one kind that disagree."""
    for service in rule.services:
        own = [moment for moment in found if view.in_sentence(service.element, moment.sentence)]
        least, _ = around.service_times.get(service.kind, (0.0, 0.0))
        for moment in own:
            if moment.latest is not None and least and moment.latest < least:
                yield Fault(moment.start, moment.end, (("service", service.kind),))
        timed = [moment for moment in own if moment.latest is not None and not moment.is_range]
        for one, other in pairwise(timed):
            if one.latest != other.latest and one.sentence != other.sentence and one.latest and other.latest:
                if max(one.latest, other.latest) >= 2 * min(one.latest, other.latest):
                    yield Fault(other.start, other.end, (("service", service.kind),))
