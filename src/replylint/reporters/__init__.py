"""How a run is told: one module a format, all fed reply by reply.

A reporter is made for one run and one stream. It gets each reply with its report, and each input that could not be
read, in the order in which they came, and is closed once with the summary. It keeps nothing of a reply that it has
written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, TextIO

from replylint.errors import ReplylintError
from replylint.finding import Report, Severity
from replylint.reply import Reply

__all__ = ["FORMATS", "Options", "Reporter", "RuleInfo", "Summary"]


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a report says of a rule, apart from its findings; `severity` is the rule's default, when it is known."""

    id: str
    title: str
    why: str
    help: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chooses about a report.

    color: whether terminal colours are written.
    width: the cells of a terminal's line; source lines longer than that are cut around the words.
    rules: every rule that took part, by id.
    fail_on: the mildest severity that fails a reply, or None when nothing does.
    version: replylint's version, for the formats that state it.
    """

    color: bool = False
    width: int = 100
    rules: Mapping[str, RuleInfo] = field(default_factory=dict)
    fail_on: Severity | None = "warning"
    version: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run in figures.

    findings: how many of each severity.
    unreadable: inputs that could not be read.
    skipped: for each rule that could not be judged, in how many replies.
    langs: for each language, how many replies.
    reasons: why rules could not be judged, each with those rules.
    seconds: how long the run took, or None where that must not be told.
    left_alone: macros that were not checked, by reason.
    known: findings that stand in the baseline. gone: entries of the baseline that no longer occur.
    """

    replies: int
    findings: Mapping[Severity, int]
    unreadable: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    langs: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left_alone: Mapping[str, int] = field(default_factory=dict)
    known: int = 0
    gone: int = 0


class Reporter(Protocol):
    """One format, being written to one stream."""

    def reply(self, reply: Reply, report: Report) -> None:
        """Tell what was found in one reply."""

    def fault(self, error: ReplylintError) -> None:
        """Tell of an input that could not be read."""

    def close(self, summary: Summary) -> None:
        """End the report; the stream stays open."""


def _lazy(module: str, name: str) -> Callable[[TextIO, Options], Reporter]:
    """A reporter whose module is imported when it is first made, so that nobody waits for a format they do not use."""

    def make(out: TextIO, options: Options) -> Reporter:
        factory: Callable[[TextIO, Options], Reporter] = getattr(import_module(f"{__name__}.{module}"), name)
        return factory(out, options)

    return make


FORMATS: dict[str, Callable[[TextIO, Options], Reporter]] = {
    "human": _lazy("human", "HumanReporter"),
    "json": _lazy("document", "JsonReporter"),
    "jsonl": _lazy("jsonl", "JsonlReporter"),
    "github": _lazy("github", "GithubReporter"),
    "sarif": _lazy("sarif", "SarifReporter"),
    "junit": _lazy("junit", "JunitReporter"),
    "gitlab": _lazy("gitlab", "GitlabReporter"),
    "checkstyle": _lazy("checkstyle", "CheckstyleReporter"),
}
"""Each format's name, and what makes its reporter."""
