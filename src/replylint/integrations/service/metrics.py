"""Figures for Prometheus: counts, times and rules, never text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
_PATHS = frozenset({
    "/v1/check", "/v1/lint", "/v1/override", "/v1/rules", "/v2/check", "/v2/languages", "/metrics", "/healthz",
    "/readyz", "/",
})  # fmt: skip


class Metrics:
    """The figures of one service."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._checks = Counter(
            "replylint_checks", "Drafts by what came of them", ["verdict", "lang"], registry=registry
        )
        self._findings = Counter("replylint_findings", "Findings by rule", ["rule", "severity"], registry=registry)
        self._unchecked = Counter("replylint_not_checked", "Drafts that were not checked", registry=registry)
        self._overrides = Counter("replylint_overrides", "Overridden findings", ["rule"], registry=registry)
        self._requests = Counter("replylint_requests", "Requests", ["path", "status"], registry=registry)
        self._seconds = Histogram(
            "replylint_request_seconds", "Time of a request", ["path"], buckets=_BUCKETS, registry=registry
        )
        self._restarts = Counter("replylint_worker_restarts", "Checking processes made anew", registry=registry)
        self._reloads = Counter("replylint_reloads", "Rules read anew", ["result"], registry=registry)
        self._ready = Gauge("replylint_ready", "Whether drafts can be checked", registry=registry)

    def checked(self, answer: Mapping[str, Any]) -> None:
        """Counts an answer."""
        self._checks.labels(answer["verdict"], answer["lang"] or "").inc()
        if not answer["checked"]:
            self._unchecked.inc()
        for found in answer["findings"]:
            self._findings.labels(found["rule"], found["severity"]).inc()

    def request(self, path: str, status: int, seconds: float) -> None:
        """Counts a request; paths that are not ours are one, so that nobody can make figures without end."""
        known = path if path in _PATHS else "other"
        self._requests.labels(known, str(status)).inc()
        self._seconds.labels(known).observe(seconds)

    def overridden(self, rule: str) -> None:
        self._overrides.labels(rule).inc()

    def restarted(self) -> None:
        self._restarts.inc()

    def reloaded(self, result: str) -> None:
        self._reloads.labels(result).inc()

    def text(self, ready: bool) -> bytes:
        """All figures in Prometheus' text format."""
        self._ready.set(ready)
        return generate_latest(self.registry)
