"""What a check may know besides the reply itself."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replylint.checks.similar import Library


@dataclass(frozen=True)
class Surroundings:
    """Today's date, the texts to compare with, and the team's settings.

    service_times: for each kind of promise (refund, delivery ...) the fastest and slowest time, in hours.
    settings: values by name, such as address = formal-address. thresholds: by rule, in place of its own limit.
    vocabulary: folded words of names in which nothing is a fault.
    """

    today: datetime.date
    macros: Library | None = None
    service_times: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    vocabulary: tuple[tuple[str, ...], ...] = ()
