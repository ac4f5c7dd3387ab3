"""Findings that a team has decided to live with for now: they do not fail a run, new ones do.

A finding is known by its file, its macro, its rule and its words, not by its line, so that it stays known when it
moves. The file holds no words of a macro, only the fingerprints of findings.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from replylint.errors import ConfigError
from replylint.finding import Finding, Report
from replylint.reply import Reply

VERSION = 1


class Entry(NamedTuple):
    """A known finding. path: its file from the baseline's folder. macro: the id, or the title where there is none."""

    path: str
    macro: str
    rule: str
    fingerprint: str


@dataclass
class Baseline:
    """The known findings, and those that were met in this run."""

    path: Path
    entries: frozenset[Entry] = frozenset()
    met: set[Entry] = field(default_factory=set)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def without_known(self, reply: Reply, report: Report) -> Report:
        """The report without the known findings, which are noted as met."""
        self.seen.add((self._file(reply), name_of(reply)))
        kept = []
        for finding in report.findings:
            entry = self.entry(reply, finding)
            self.met.add(entry)
            if entry not in self.entries:
                kept.append(finding)
        return replace(report, findings=tuple(kept))

    def entry(self, reply: Reply, finding: Finding) -> Entry:
        """How a finding is known."""
        return Entry(self._file(reply), name_of(reply), finding.rule, finding.fingerprint)

    def gone(self) -> list[Entry]:
        """The known findings that no longer occur in what was checked, in order."""
        missed = self.entries - self.met
        return sorted(entry for entry in missed if (entry.path, entry.macro) in self.seen)

    def updated(self) -> frozenset[Entry]:
        """What the baseline is to hold: what was met, and what is known of macros that were not checked."""
        unchecked = (entry for entry in self.entries if (entry.path, entry.macro) not in self.seen)
        return frozenset((*self.met, *unchecked))

    def _file(self, reply: Reply) -> str:
        if reply.path is None:
            return "-"
        try:
            return Path(reply.path).resolve().relative_to(self.path.parent.resolve()).as_posix()
        except (ValueError, OSError):
            return Path(reply.path).as_posix()


def name_of(reply: Reply) -> str:
    """The name by which a reply is known in its file: the id, else a macro's title, else nothing."""
    if reply.id is not None:
        return str(reply.id)
    return reply.macro.title if reply.macro else ""


def read(path: Path, missing_ok: bool = False) -> Baseline:
    """The baseline in a file; raises ConfigError when it is none."""
    try:
        return Baseline(path, entries_of(path.read_bytes(), path))
    except FileNotFoundError as error:
        if missing_ok:
            return Baseline(path)
        raise ConfigError("there is no such baseline; write it with --update-baseline", path) from error
    except OSError as error:
        raise ConfigError(f"the baseline cannot be read: {error.strerror}", path) from error


def entries_of(data: bytes, path: Path) -> frozenset[Entry]:
    """The entries in a baseline's bytes; raises ConfigError when they are none."""
    try:
        document = json.loads(data)
        if document["version"] != VERSION:
            raise ConfigError(f"the baseline has version {document['version']}; write it anew", path)
        return frozenset(Entry(*(str(each[key]) for key in Entry._fields)) for each in document["findings"])
    except json.JSONDecodeError as error:
        raise ConfigError(f"the baseline is no valid JSON: {error.msg}; write it anew", path, error.lineno) from error
    except (UnicodeDecodeError, KeyError, TypeError) as error:
        raise ConfigError("the file is no baseline; write it with --update-baseline", path) from error


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Writes a baseline, one finding a line in a steady order, whole or not at all; raises ConfigError."""
    lines = ",\n".join("  " + json.dumps(entry._asdict(), ensure_ascii=False) for entry in sorted(entries))
    text = f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n'
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        os.replace(name, path)
    except OSError as error:
        raise ConfigError(f"the baseline cannot be written: {error.strerror}", path) from error


def grown(entries: Iterable[Entry], before: Iterable[Entry]) -> dict[str, int]:
    """How many entries of each rule there are that were not there before."""
    return dict(sorted(Counter(entry.rule for entry in set(entries) - set(before)).items()))
