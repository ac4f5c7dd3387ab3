"""Reports on macros, kept until the macro, the rules or the configuration changes.

A small database beside the library, which several runs may use at once. It holds findings, for whose words the macros
themselves are asked. One that cannot be read or written is done without.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from replylint.finding import Finding, Fix, Report, Skipped

FOLDER = ".replylint_cache"
_NAME = "reports-2.sqlite"
"""Another number for another layout."""
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55\n"
"""By this line of the file CACHEDIR.TAG backup tools know a folder to pass over."""
_SECONDS = 5.0
"""How long one run waits for another one to finish writing."""
_AT_ONCE = 500
_MOST = 200_000
"""Reports that are kept; the oldest go when there are more."""


class ReportCache:
    """The cache in a folder, which is made when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, keys: Sequence[bytes]) -> dict[bytes, Report]:
        """The reports that are kept under these keys."""
        found: dict[bytes, Report] = {}
        if not (self._folder / _NAME).is_file():
            return found
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError, KeyError), self._open() as base:
            for at in range(0, len(keys), _AT_ONCE):
                some = keys[at : at + _AT_ONCE]
                marks = ",".join("?" * len(some))
                for key, text in base.execute(f"SELECT key, report FROM reports WHERE key IN ({marks})", some):
                    found[key] = _report(json.loads(text))
        return found

    def save(self, reports: Iterable[tuple[bytes, Report]]) -> None:
        """Keeps reports, all or none."""
        rows = [(key, json.dumps(asdict(report), ensure_ascii=False)) for key, report in reports]
        if not rows:
            return
        with contextlib.suppress(sqlite3.Error, OSError, UnicodeEncodeError):
            self._made()
            with self._open() as base:
                base.execute("CREATE TABLE IF NOT EXISTS reports (key BLOB PRIMARY KEY, report TEXT)")
                base.executemany("INSERT OR REPLACE INTO reports VALUES (?, ?)", rows)
                base.execute("DELETE FROM reports WHERE rowid <= (SELECT max(rowid) FROM reports) - ?", (_MOST,))

    def _made(self) -> None:
        """Makes the folder, and tells backups and version control to leave it alone."""
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True)
            (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
            (self._folder / "CACHEDIR.TAG").write_text(_SIGNATURE, encoding="utf-8")

    @contextlib.contextmanager
    def _open(self) -> Any:
        base = sqlite3.connect(self._folder / _NAME, timeout=_SECONDS)
        try:
            with base:
                yield base
        finally:
            base.close()


def _report(data: Mapping[str, Any]) -> Report:
    findings = tuple(_finding(finding) for finding in data["findings"])
    return Report(data["id"], data["lang"], findings, tuple(Skipped(**skipped) for skipped in data["skipped"]))


def _finding(data: Mapping[str, Any]) -> Finding:
    fix = data["fix"]
    return Finding(**{**data, "fix": fix and Fix(**fix)})
