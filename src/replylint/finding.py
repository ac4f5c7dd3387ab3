"""What the linter says: findings, skipped rules and the report that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "suggestion"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "suggestion")
"""From the gravest to the mildest."""


def at_least(severity: Severity, threshold: Severity) -> bool:
    """Whether `severity` is as grave as `threshold` or graver."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(threshold)


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement that is always right: the source from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, with its words and their place.

    start, end: code-point offsets into the reply's source; None for a finding about the whole draft.
    line, column: counted from 1, in the source; 1, 1 for a finding about the whole draft.
    excerpt: the exact words of the source, empty for the whole draft.
    fingerprint: 16 hexadecimal digits from rule and words, not from the place; equal words in one reply are numbered.
    source: the document and clause that the rule comes from, as "S3: …".
    fix: what may be put in its place without anybody's looking, or None.
    """

    rule: str
    severity: Severity
    message: str
    advice: str
    start: int | None
    end: int | None
    line: int
    column: int
    excerpt: str
    fingerprint: str
    source: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that could not be judged, and the reason in one sentence."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found in one reply, in order of place, whole-draft findings last."""

    id: str | int | None
    lang: str | None
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def worst(self) -> Severity | None:
        """The gravest severity found, or None when nothing was."""
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in SEVERITIES if severity in found), None)
