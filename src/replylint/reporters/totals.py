"""A run in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from replylint.finding import SEVERITIES
from replylint.reporters import Summary

_NAMED = 3
"""Up to so many rules are named, more are counted."""


def sentence(summary: Summary) -> str:
    """How much was read, what was found in it, and what could not be read."""
    langs = f" ({_pairs(summary.langs, '{} {}')})" if summary.langs else ""
    parts = [f"{_counted(summary.replies, 'reply', 'replies')}{langs}: {_found(summary)}"]
    if summary.unreadable:
        parts.append(f"{_counted(summary.unreadable, 'input', 'inputs')} could not be read")
    if summary.left_alone:
        parts.append(f"left alone: {_pairs(summary.left_alone, '{1} {0}')}")
    if summary.known:
        parts.append(f"{_counted(summary.known, 'finding', 'findings')} in the baseline")
    if summary.gone:
        parts.append(f"{summary.gone} in the baseline no longer there (--update-baseline removes them)")
    if summary.seconds is not None:
        parts.append(f"{summary.seconds:.2f} s")
    return "; ".join(parts)


def unjudged(summary: Summary) -> str:
    """Which rules could not be judged, by reason; empty when there were none."""
    parts = (f"{_listed(rules)} ({reason})" for reason, rules in summary.reasons.items())
    return f"not judged: {'; '.join(parts)}" if summary.reasons else ""


def _listed(rules: Sequence[str]) -> str:
    return ", ".join(sorted(rules)) if len(rules) <= _NAMED else f"{len(rules)} rules"


def _found(summary: Summary) -> str:
    counts = [(name, summary.findings.get(name, 0)) for name in SEVERITIES]
    return ", ".join(_counted(count, name, f"{name}s") for name, count in counts if count) or "no findings"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _pairs(counts: Mapping[str, int], form: str) -> str:
    """The names with their counts, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(form.format(name, count) for name, count in ordered)
