"""What `replylint macros`, `stats` and `fix` do, without their options."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from replylint import baseline, fixing, revisions
from replylint.baseline import Baseline
from replylint.commands import STDIN, Tally, Wish, collect_from_now_on, tell, tell_fault
from replylint.errors import InputError
from replylint.finding import Fix, Report
from replylint.library import Prepared, prepared, reports
from replylint.linter import Linter
from replylint.macros.reading import Item, Library, Unread
from replylint.readers import Defaults
from replylint.reply import Reply
from replylint.reportcache import ReportCache
from replylint.reporters import Reporter

UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Job:
    """How a library is checked.

    baseline: findings that do not fail. update: the baseline becomes what is found. revision: only macros that have
    changed since are checked. jobs: processes at most, 0 for one a core. store: where reports are kept.
    """

    defaults: Defaults = field(default_factory=Defaults)
    baseline: Baseline | None = None
    update: bool = False
    revision: str | None = None
    jobs: int = 0
    store: ReportCache | None = None


def check(
    linter: Linter,
    library: Library,
    sources: Iterable[Path | str | InputError],
    reporter: Reporter,
    wish: Wish,
    tally: Tally,
    job: Job,
) -> None:
    """Lints every macro and tells the reporter; the tally has the exit code.

    The whole library is read before the first macro is linted, since a macro may repeat any other.
    """
    items = [item for source in sources for item in read(library, source, job.defaults)]
    macros = prepared([item for item in items if isinstance(item, Reply)], linter)
    changed = _changed(macros, library, job)
    found = reports(linter, changed, jobs=job.jobs, store=job.store)
    todo = {id(macro.reply) for macro in changed}
    waiting = iter(macros)
    for item in items:
        if isinstance(item, Unread):
            tally.left_alone[item.reason] += 1
        elif isinstance(item, InputError):
            tell_fault(item, reporter, tally)
        elif id(macro := next(waiting).reply) in todo:
            _told(macro, next(found), linter, reporter, wish, tally, job)
        else:
            tally.left_alone[UNCHANGED] += 1
        collect_from_now_on()
    _close_baseline(tally, job)


def _told(
    macro: Reply, report: Report | InputError, linter: Linter, reporter: Reporter, wish: Wish, tally: Tally, job: Job
) -> None:
    """Tells of one macro what does not stand in the baseline."""
    if isinstance(report, InputError):
        tell_fault(report, reporter, tally)
        return
    checked = report.lang in linter.book.languages
    if job.baseline:
        new = job.baseline.without_known(macro, report)
        new = replace(new, findings=()) if job.update else new
        tally.known += len(report.findings) - len(new.findings)
        report = new
    tell(macro, report, checked, reporter, wish, tally)


def _close_baseline(tally: Tally, job: Job) -> None:
    """Writes the baseline when that is asked for; otherwise counts what stands in it in vain."""
    if job.baseline is None:
        return
    if job.update:
        baseline.write(job.baseline.path, job.baseline.updated())
        tally.failed = False
    else:
        tally.gone = len(job.baseline.gone())


def read(library: Library, source: Path | str | InputError, defaults: Defaults) -> Iterator[Item]:
    """The macros of one file, or of standard input."""
    if isinstance(source, InputError):
        yield source
        return
    try:
        data = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
    except OSError as error:
        yield InputError(f"cannot be read: {error.strerror}", source)
        return
    yield from library.read(data, str(source), defaults)


def _changed(macros: list[Prepared], library: Library, job: Job) -> list[Prepared]:
    """The macros that are to be linted: all, or those that are not the same at the revision."""
    if job.revision is None:
        return macros
    before: dict[str, set[tuple[str, str]]] = {}
    for path in dict.fromkeys(macro.reply.path for macro in macros if macro.reply.path):
        data = revisions.at(job.revision, Path(path))
        old = library.read(data, path, job.defaults) if data else ()
        before[path] = {_identity(item) for item in old if isinstance(item, Reply)}
    return [macro for macro in macros if _identity(macro.reply) not in before.get(macro.reply.path or "", ())]


def _identity(reply: Reply) -> tuple[str, str]:
    """A macro's name and its body as it stands, whatever stands around it."""
    macro = reply.macro
    assert macro is not None
    return baseline.name_of(reply), reply.source[macro.start : macro.end]


def fixed(
    linter: Linter, library: Library, sources: Iterable[Path | str | InputError], job: Job
) -> Iterator[fixing.Mended | InputError]:
    """Each file of macros with everything in it mended that a rule declares safe, and what could not be read."""
    items = [item for source in sources for item in read(library, source, job.defaults)]
    yield from (item for item in items if isinstance(item, InputError))
    macros = prepared([item for item in items if isinstance(item, Reply)], linter)
    found: dict[str, list[tuple[Reply, Fix]]] = {}
    for macro, report in zip(macros, reports(linter, macros, jobs=job.jobs, store=job.store), strict=True):
        if isinstance(report, InputError):
            yield report
            continue
        fixes = [(macro.reply, finding.fix) for finding in report.findings if finding.fix]
        found.setdefault(macro.reply.path or STDIN, []).extend(fixes)
    for path, fixes in found.items():
        try:
            yield fixing.mended(library, path, fixes, job.defaults)
        except InputError as error:
            yield error
