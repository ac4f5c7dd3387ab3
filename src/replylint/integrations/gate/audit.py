"""The log of overrides: when, which rule, why, who; a fingerprint of the words, never the words."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, create_engine, func, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from replylint import ConfigError

_TABLE = Table(
    "overrides",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("rule", String(100), nullable=False, index=True),
    Column("fingerprint", String(32), nullable=False),
    Column("lang", String(20)),
    Column("team", String(200)),
    Column("agent", String(200), nullable=False),
    Column("reason", String(500), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding that was overridden."""

    rule: str
    fingerprint: str
    lang: str | None
    team: str | None
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overridden:
    """How often a rule was overridden, by how many agents, and when last."""

    rule: str
    count: int
    agents: int
    last: datetime.datetime


class Audit:
    """The log at a SQLAlchemy URL; raises ConfigError when it cannot be opened."""

    def __init__(self, url: str) -> None:
        try:
            place = make_url(url)
            if place.drivername.startswith("sqlite") and place.database and place.database != ":memory:":
                Path(place.database).parent.mkdir(parents=True, exist_ok=True)
            # Statements hold reasons, so that errors must not show them.
            self._engine = create_engine(place, hide_parameters=True)
            _TABLE.metadata.create_all(self._engine)
        except (SQLAlchemyError, OSError, ImportError) as error:
            raise ConfigError(f"the log of overrides cannot be opened ({type(error).__name__}); check audit") from error

    def add(self, entries: Sequence[Entry]) -> None:
        """Puts down overrides that were just made."""
        now = datetime.datetime.now(datetime.UTC)
        rows = [
            {"time": now, "rule": e.rule, "fingerprint": e.fingerprint, "lang": e.lang, "team": e.team,
             "agent": e.agent, "reason": e.reason}
            for e in entries
        ]  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(insert(_TABLE), rows)

    def by_rule(self, since: datetime.datetime | None = None) -> list[Overridden]:
        """The rules by how often they were overridden, most first."""
        columns = _TABLE.c
        count = func.count().label("count")
        asked = select(columns.rule, count, func.count(columns.agent.distinct()), func.max(columns.time))
        if since is not None:
            asked = asked.where(columns.time >= since)
        asked = asked.group_by(columns.rule).order_by(count.desc(), columns.rule)
        with self._engine.connect() as connection:
            return [Overridden(*row) for row in connection.execute(asked)]

    def reasons(self, rule: str, most: int = 3) -> list[tuple[str, int]]:
        """The reasons given most often for a rule, with how often."""
        columns = _TABLE.c
        count = func.count().label("count")
        asked = select(columns.reason, count).where(columns.rule == rule)
        asked = asked.group_by(columns.reason).order_by(count.desc(), columns.reason).limit(most)
        with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(asked)]

    def close(self) -> None:
        self._engine.dispose()


def table(audit: Audit, since: datetime.date | None = None) -> str:
    """The rules that were overridden most, a line each, with the reasons given most often."""
    start = datetime.datetime.combine(since, datetime.time.min, datetime.UTC) if since else None
    rows = audit.by_rule(start)
    if not rows:
        return "nothing was overridden"
    width = max(len(row.rule) for row in rows)
    lines = [f"{'rule'.ljust(width)}  times  agents  last"]
    for row in rows:
        lines.append(f"{row.rule.ljust(width)}  {row.count:5}  {row.agents:6}  {row.last:%Y-%m-%d}")
        lines += [f"  {count} x {reason}" for reason, count in audit.reasons(row.rule)]
    return "\n".join(lines)
