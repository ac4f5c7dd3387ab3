"""A library of macros as a whole: reading it, finding macros that repeat each other, and linting it on all cores."""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from replylint import cache
from replylint.checks.similar import words_of
from replylint.config import Config
from replylint.errors import ConfigError, InputError
from replylint.finding import Report
from replylint.linter import Linter
from replylint.macros.helpdesks import Export, builtin
from replylint.macros.reading import FILE_TYPES, MACRO_SUFFIXES, Library
from replylint.macros.twins import pairs
from replylint.notation import did_you_mean
from replylint.reply import Macro, Reply, Twin
from replylint.reportcache import ReportCache
from replylint.rules import Similar
from replylint.text import Text, line_of, line_starts

_CHUNK = 50
"""Macros that a process lints before it asks for more."""
_WORTH_A_PROCESS = 400
"""So many macros must be left to lint for further processes to be started, since each loads the rules anew."""
_DATED = frozenset({"date", "weekday", "month", "ordinal"})


def library_of(config: Config) -> Library:
    """How the team's macros are read."""

    own = config.library
    desks = builtin()
    if own.helpdesk and own.helpdesk not in desks.desks:
        raise ConfigError(f"there is no helpdesk “{own.helpdesk}”{did_you_mean(own.helpdesk, desks.desks)}")
    layout = None
    if own.body:
        stated = own.model_dump(exclude={"helpdesk", "fields"}, exclude_none=True)
        try:
            layout = Export(name="the layout under [library]", type="any", has=(), when=own.body, **stated)
        except ValidationError as error:
            raise ConfigError(f"[library]: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
    return Library(desks, own.helpdesk, own.fields, layout)


def macros_of(config: Config, place: Path | None = None) -> dict[str, str] | None:
    """The macros that drafts are compared with, by title: those at `place`, else those that the configuration names.

    None when neither says where they are; raises ConfigError when there is nothing there.
    """
    if place is None and config.macros:
        place = Path(config.folder or ".") / config.macros
    if place is None:
        return None
    if not place.exists():
        raise ConfigError("there is no such folder or export of macros", place)
    return macros_in(place, library_of(config))


def macros_in(place: Path, library: Library) -> dict[str, str]:
    """The texts of a library of macros by title, for comparing drafts with; raises ConfigError when there is none."""
    found: dict[str, str] = {}
    folder = place if place.is_dir() else place.parent
    paths = sorted(p for p in place.rglob("*") if p.suffix.lower() in MACRO_SUFFIXES) if place.is_dir() else [place]
    for path in paths:
        for item in library.read(path.read_bytes(), str(path)) if path.is_file() else ():
            if isinstance(item, Reply) and item.macro:
                title = path.relative_to(folder).as_posix()
                exported = path.suffix.lower() in FILE_TYPES
                found[f"{title}: {item.macro.title}" if exported else title] = item.text.value
    return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """A macro ready to be linted: with its twin, and whether what is found in it depends on the day."""

    reply: Reply
    dated: bool


def prepared(replies: Sequence[Reply], linter: Linter) -> list[Prepared]:
    """The macros of a library with the earlier ones that they repeat, in the same language and script."""
    replies = _told_apart([linter.completed(reply) for reply in replies], linter)
    similar = (e.rule for e in linter.book.entries.values() if isinstance(e.rule, Similar))
    rule = next((rule for rule in similar if rule.library == "own"), None)
    languages: dict[tuple[str, bool], list[int]] = {}
    words: list[list[str]] = []
    dated: list[bool] = []
    for number, reply in enumerate(replies):
        code = linter.language_of(reply).code or ""
        book = linter.book.in_language(code) if code in linter.book.languages else None
        tokens = book.tokenizer(reply.text.value) if book else None
        words.append(words_of(tokens) if tokens else [])
        dated.append(tokens is not None and any(not tags.isdisjoint(_DATED) for tags in tokens.tags))
        script = code in linter.book.languages and linter.book.languages[code].uses_second_script(reply.text.value)
        languages.setdefault((code, script), []).append(number)
    found = list(replies)
    for numbers in languages.values() if rule else ():
        assert rule is not None
        least = linter.config.thresholds.get(rule.id, rule.threshold)
        for number, pair in zip(numbers, pairs([words[n] for n in numbers], least), strict=True):
            if pair:
                found[number] = _with_twin(replies[number], replies[numbers[pair.earlier]], pair.likeness)
    return [Prepared(reply, day) for reply, day in zip(found, dated, strict=True)]


def _told_apart(replies: Sequence[Reply], linter: Linter) -> list[Reply]:
    """The macros; those that may be in several languages are taken to be in the one that most others are in."""
    guesses = [linter.language_of(reply) for reply in replies]
    certain = Counter(guess.code for guess in guesses if not guess.also)
    found: list[Reply] = []
    for reply, guess in zip(replies, guesses, strict=True):
        first, *others = sorted((guess.code, *guess.also), key=lambda code: -certain[code])
        decided = others and certain[first] > certain[others[0]]
        found.append(replace(reply, lang=first) if decided else reply)
    return found


def _with_twin(reply: Reply, other: Reply, likeness: float) -> Reply:
    assert reply.macro is not None and other.macro is not None
    twin = Twin(other.macro.title, f"{other.path}:{other.macro.line}", likeness)
    return replace(reply, macro=replace(reply.macro, twin=twin))


def reports(
    linter: Linter, macros: Sequence[Prepared], *, jobs: int = 0, store: ReportCache | None = None
) -> Iterator[Report | InputError]:
    """The report on each macro, in order, from the cache where nothing has changed.

    jobs: processes at most, 0 for one a core.
    """
    salt = _salt(linter)
    keys = [_key(salt, macro, linter) for macro in macros] if store else []
    known = store.load(keys) if store else {}
    todo = [number for number in range(len(macros)) if not keys or keys[number] not in known]
    made = dict(zip(todo, _linted(linter, [_cut(macros[number].reply) for number in todo], jobs), strict=True))
    if store:
        store.save((keys[n], r) for n, r in made.items() if isinstance(r, Report))
    for number, macro in enumerate(macros):
        report = made[number] if number in made else known[keys[number]]
        yield _placed(report, macro.reply) if isinstance(report, Report) else report


def _linted(linter: Linter, replies: Sequence[Reply], jobs: int) -> Iterable[Report | InputError]:
    workers = min(jobs or os.cpu_count() or 1, len(replies) // _CHUNK)
    if workers < 2 or len(replies) < _WORTH_A_PROCESS:
        return [_one(linter, reply) for reply in replies]
    chunks = [replies[at : at + _CHUNK] for at in range(0, len(replies), _CHUNK)]
    with ProcessPoolExecutor(workers, initializer=_begin, initargs=(linter.config, linter.today)) as pool:
        return [report for found in pool.map(_work, chunks) for report in found]


_linters: list[Linter] = []
"""The linter of this process, when it is one of several."""


def _begin(config: Config, today: object) -> None:
    _linters[:] = [Linter(config, today=today)]  # type: ignore[arg-type]


def _work(replies: Sequence[Reply]) -> list[Report | InputError]:
    return [_one(_linters[0], reply) for reply in replies]


def _one(linter: Linter, reply: Reply) -> Report | InputError:
    try:
        return linter.lint(reply)
    except InputError as error:
        return error


def _cut(reply: Reply) -> Reply:
    """The macro with its own part of the export as its source, so that it is the same wherever it stands."""
    macro = reply.macro
    assert macro is not None
    before = line_of(reply.source, macro.start) - 1
    return replace(
        reply,
        text=_moved(reply.text, -macro.start),
        source=reply.source[macro.start : macro.end],
        ignores=tuple(replace(each, line=max(1, each.line - before)) for each in reply.ignores),
        macro=_moved_macro(macro),
    )


def _moved_macro(macro: Macro) -> Macro:
    by = -macro.start
    variables = tuple(replace(each, start=each.start + by, end=each.end + by) for each in macro.variables)
    arms = tuple(_moved(arm, by) for arm in macro.arms)
    return replace(macro, line=1, start=0, end=macro.end + by, variables=variables, arms=arms)


def _moved(text: Text, by: int) -> Text:
    """A text whose places in the source are moved."""
    if text.starts is None or text.ends is None:
        return text if not by else _moved(text.cut(0, len(text.value)), by)
    if not by:
        return text
    starts, ends = (array("i", (at + by for at in places)) for places in (text.starts, text.ends))
    return Text(text.value, starts, ends)


def _placed(report: Report, reply: Reply) -> Report:
    """The report on a part of an export with places in the export."""
    macro = reply.macro
    assert macro is not None
    lines = line_starts(reply.source)
    findings = []
    for finding in report.findings:
        if finding.start is None or finding.end is None:
            findings.append(replace(finding, line=macro.line))
            continue
        start, end = finding.start + macro.start, finding.end + macro.start
        line = line_of(reply.source, start)
        fix = finding.fix and replace(finding.fix, start=start, end=end)
        column = start - lines[line - 1] + 1
        findings.append(replace(finding, start=start, end=end, line=line, column=column, fix=fix))
    return replace(report, id=reply.id, findings=tuple(findings))


def _salt(linter: Linter) -> bytes:
    """What all reports depend on: the rules, the configuration and the version."""
    stamp = cache.stamp(linter.rule_folders)
    return f"{stamp}\0{linter.config.model_dump_json()}".encode()


def _key(salt: bytes, macro: Prepared, linter: Linter) -> bytes:
    """What a report depends on, wherever the macro stands; the day only where the macro names one."""
    reply, known = macro.reply, macro.reply.macro
    assert known is not None
    start = known.start
    settings = [each.model_dump_json() for each in linter.config.for_path(reply.path)]
    parts = (
        reply.source[start : known.end], reply.text.value, [arm.value for arm in known.arms], reply.lang, reply.channel,
        known.helpdesk, [(v.start - start, v.end - start, v.name, v.fault, v.meant) for v in known.variables],
        [(each.rules, each.line - known.line, each.whole_file) for each in reply.ignores],
        known.twin and (known.twin.title, known.twin.place, known.twin.likeness),
        settings, str(linter.today) if macro.dated else "",
    )  # fmt: skip
    digest = hashlib.blake2b(salt, digest_size=16)
    digest.update(json.dumps(parts).encode())
    return digest.digest()
