"""What the command line does, without its options: collects inputs, lints them, tells the reporter, answers a code.

Exit codes: 0 nothing at or above the failing severity; 1 something; 2 usage, configuration, unreadable or missing
input, or nothing that could be checked.
"""

from __future__ import annotations

import gc
import glob
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from replylint.config import Config
from replylint.errors import InputError
from replylint.finding import Finding, Report, Severity, at_least
from replylint.linter import Linter
from replylint.readers import LINE_SUFFIXES, SUFFIXES, Defaults, read, read_lines
from replylint.reply import Reply
from replylint.reporters import FORMATS, Options, Reporter, RuleInfo, Summary
from replylint.rulebook import Rulebook
from replylint.version import VERSION

OK, FOUND, BROKEN = 0, 1, 2
STDIN = "-"


@dataclass(slots=True)
class Tally:
    """What a run has come to so far."""

    replies: int = 0
    checked: int = 0
    unreadable: int = 0
    failed: bool = False
    findings: Counter[Severity] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    langs: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    skipped_for: dict[str, set[str]] = field(default_factory=dict)
    left_alone: Counter[str] = field(default_factory=Counter)
    known: int = 0
    gone: int = 0

    def add(self, report: Report, shown: Iterable[Finding], checked: bool) -> None:
        """Counts one report in: its language, the findings that are shown and the rules that were skipped."""
        self.replies += 1
        self.checked += checked
        self.langs[report.lang or "unknown"] += 1
        for finding in shown:
            self.findings[finding.severity] += 1
            self.rules[finding.rule] += 1
        for skipped in report.skipped:
            self.skipped[skipped.rule] += 1
            self.reasons[skipped.reason] += 1
            self.skipped_for.setdefault(skipped.reason, set()).add(skipped.rule)

    def summary(self, seconds: float | None) -> Summary:
        """The run in figures, for the reporter to close with."""
        return Summary(
            self.replies,
            dict(self.findings),
            self.unreadable,
            dict(self.skipped),
            dict(self.langs),
            seconds,
            {reason: sorted(rules) for reason, rules in self.skipped_for.items()},
            dict(self.left_alone),
            self.known,
            self.gone,
        )

    @property
    def code(self) -> int:
        """The exit code: a fault of input outweighs findings, because not everything was checked."""
        if self.unreadable or not self.checked:
            return BROKEN
        return FOUND if self.failed else OK


@dataclass(frozen=True, slots=True)
class Wish:
    """What is shown and what fails."""

    shown: Severity = "suggestion"
    fails: Severity | None = "error"


@dataclass(frozen=True, slots=True)
class Given:
    """An input whose bytes somebody else has read."""

    name: str
    data: bytes


def wish_of(config: Config, min_severity: str | None, fail_on: str | None) -> Wish:
    """What is shown and what fails by the configuration, with the command line's choices over it."""
    fails = fail_on or config.fail_on or "error"
    return Wish(
        shown=min_severity or config.min_severity or "suggestion",  # type: ignore[arg-type]
        fails=None if fails == "never" else fails,  # type: ignore[arg-type]
    )


def paths(
    arguments: Iterable[str], suffixes: Collection[str] = frozenset(SUFFIXES), what: str = "drafts"
) -> Iterator[Path | str | InputError]:
    """The files that arguments name: files, folders (searched for `suffixes`), globs, and - for standard input."""
    for argument in arguments:
        path = Path(argument)
        if argument == STDIN:
            yield STDIN
        elif os.path.isdir(argument):
            yield from _in_folder(path, suffixes, what)
        elif os.path.lexists(argument) or _is_hidden_away(path):
            yield path
        else:
            matches = sorted(glob.glob(argument, recursive=True)) if glob.has_magic(argument) else []
            if not matches:
                yield InputError("there is no such file or folder; check the name", argument)
            yield from (Path(match) for match in matches if Path(match).is_file())


def _is_hidden_away(path: Path) -> bool:
    """Whether a folder on the way to the file must not be entered, so that only opening it tells what is wrong."""
    return any(os.path.isdir(folder) and not os.access(folder, os.X_OK) for folder in path.parents)


def _in_folder(folder: Path, suffixes: Collection[str], what: str) -> Iterator[Path | InputError]:
    """The files of a folder that may be read, hidden ones left out, in order of name."""
    faults: list[InputError] = []
    empty = True
    for root, folders, files in os.walk(folder, onerror=lambda error: faults.append(_denied(error))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                empty = False
                yield Path(root) / name
    yield from faults
    if empty and not faults:
        yield InputError(f"the folder holds no {what}; they end in {', '.join(sorted(suffixes))}", folder)


def _denied(error: OSError) -> InputError:
    return InputError(f"the folder cannot be read: {error.strerror}", error.filename)


def replies(source: Path | str | Given, defaults: Defaults) -> Iterator[Reply | InputError]:
    """The drafts of one file, of standard input, or of what was read already."""
    if isinstance(source, Given):
        yield from read(source.data, source.name, defaults)
        return
    name = str(source)
    try:
        if name == STDIN:
            yield from read(sys.stdin.buffer.read(), name, defaults)
        elif Path(name).suffix.lower() in LINE_SUFFIXES:
            with open(name, "rb") as lines:
                yield from read_lines(_lines(lines), name, defaults)
        else:
            yield from read(Path(name).read_bytes(), name, defaults)
    except OSError as error:
        yield InputError(f"cannot be read: {error.strerror}", name)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    yield from stream


def run(
    linter: Linter,
    sources: Iterable[Path | str | Given | InputError],
    defaults: Defaults,
    reporter: Reporter,
    wish: Wish,
    tally: Tally,
) -> None:
    """Lints everything and tells the reporter; the tally has the exit code."""
    for source in sources:
        items = [source] if isinstance(source, InputError) else replies(source, defaults)
        for item in items:
            _one(linter, item, reporter, wish, tally)
            collect_from_now_on()


def collect_from_now_on() -> None:
    """Turns the garbage collector on again, past the rules, which stay for good and would be looked through in vain."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _one(linter: Linter, item: Reply | InputError, reporter: Reporter, wish: Wish, tally: Tally) -> None:
    """Lints one reply; a fault of it is told and the run goes on."""
    if not isinstance(item, InputError):
        try:
            report = linter.lint(item)
        except InputError as error:
            item = error
        else:
            tell(item, report, report.lang in linter.book.languages, reporter, wish, tally)
            return
    tell_fault(item, reporter, tally)


def tell(reply: Reply, report: Report, checked: bool, reporter: Reporter, wish: Wish, tally: Tally) -> None:
    """Tells the reporter what was found in one reply, as far as it is to be shown, and counts it."""
    shown = tuple(f for f in report.findings if at_least(f.severity, wish.shown))
    tally.add(report, shown, checked)
    fails = wish.fails
    if fails is not None:
        tally.failed = tally.failed or any(at_least(f.severity, fails) for f in report.findings)
    reporter.reply(reply, replace(report, findings=shown))


def tell_fault(error: InputError, reporter: Reporter, tally: Tally) -> None:
    """Tells of an input that could not be read, and counts it."""
    tally.unreadable += 1
    reporter.fault(error)


def ending(tally: Tally, stats: bool, nothing: str) -> tuple[list[str], int]:
    """The lines for standard error that a run ends with, and its exit code. nothing: said when there was no input."""
    lines = [f"{count:7} {rule}" for rule, count in tally.rules.most_common()] if stats else []
    if stats:
        lines += [f"{count:7} rules skipped: {reason}" for reason, count in tally.reasons.most_common()]
    if tally.left_alone["unchanged"] and not tally.unreadable:
        return lines, FOUND if tally.failed else OK
    if not tally.checked and not tally.unreadable:
        left = ", ".join(f"{count} {reason}" for reason, count in tally.left_alone.items())
        reasons = "; ".join(reason for reason, _ in tally.reasons.most_common(3)) or left or nothing
        lines.append(f"replylint: nothing could be checked: {reasons}")
    return lines, tally.code


def reporter_of(format: str, out: TextIO, linter: Linter, fails: Severity | None, color: bool, width: int) -> Reporter:
    """The reporter of a format that writes to `out`. width: cells of the terminal."""
    infos = rule_infos(linter.book, linter.config.messages or "en")
    return FORMATS[format](out, Options(color=color, width=width, rules=infos, fail_on=fails, version=VERSION))


def rule_infos(book: Rulebook, lang: str) -> dict[str, RuleInfo]:
    """What reports say of each rule, in a language, or in whatever language the rule has."""
    infos = {}
    for name, entry in book.entries.items():
        wording = entry.wordings.get(lang) or next(iter(entry.wordings.values()), None)
        if wording:
            infos[name] = RuleInfo(name, wording.title, wording.why.strip(), wording.advice, entry.rule.severity)
    return infos
