"""What the user asked not to hear of, and the requests for it that have become pointless."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from replylint.finding import Finding, Report, Severity
from replylint.reply import Ignore, Reply

UNUSED = "unused"
UNKNOWN = "unknown"
EVERY = "*"


@dataclass(frozen=True, slots=True)
class MetaRule:
    """A rule about ignores. ``{rules}`` in its message and advice stands for the rules in question, `EVERY` for all."""

    rule: str
    severity: Severity
    message: str
    advice: str
    source: str


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is known of the rules when ignores are judged."""

    known: Collection[str]
    active: Collection[str] | None
    meta: Mapping[str, MetaRule]


def apply(
    reply: Reply,
    report: Report,
    known_rules: Collection[str],
    meta: Mapping[str, MetaRule],
    active_rules: Collection[str] | None = None,
) -> Report:
    """The report without what the reply's ignores cover, and with one finding for each ignore that is wrong.

    meta: under `UNKNOWN` what is said of an ignore that names a rule outside `known_rules`, under `UNUSED` of one that
    hides nothing; what has no entry is not said.
    active_rules: the rules that were looked for, None for all of them. An ignore is not called unused when it may well
    hide a finding of a rule that was switched off or skipped this time.

    A finding about an ignore can only be hidden by an ignore that names its rule, and such an ignore is never unused.
    """
    if not reply.ignores:
        return report
    kept = [finding for finding in report.findings if not any(covers(ignore, finding) for ignore in reply.ignores)]
    complaints = _complaints(reply, report, _Rules(known_rules, active_rules, meta))
    return replace(report, findings=tuple(sorted([*kept, *complaints], key=_place)))


def covers(ignore: Ignore, finding: Finding) -> bool:
    """Whether the ignore hides the finding. One for a line never hides what is said of the whole draft."""
    if ignore.rules and finding.rule not in ignore.rules:
        return False
    return ignore.whole_file or (finding.start is not None and finding.line == ignore.line)


def _complaints(reply: Reply, report: Report, rules: _Rules) -> Iterator[Finding]:
    seen: Counter[tuple[str, str]] = Counter()
    for ignore in reply.ignores:
        complaint = _complaint(reply.source, ignore, report, rules)
        if complaint is None or any(complaint.rule in each.rules and covers(each, complaint) for each in reply.ignores):
            continue
        key = complaint.rule, complaint.excerpt
        yield replace(complaint, fingerprint=_fingerprint(*key, seen[key]))
        seen[key] += 1


def _complaint(source: str, ignore: Ignore, report: Report, rules: _Rules) -> Finding | None:
    """What is wrong with the ignore, unknown names first, still without a fingerprint."""
    own = {meta.rule for meta in rules.meta.values()}
    unknown = [name for name in ignore.rules if name not in rules.known and name not in own]
    if unknown and UNKNOWN in rules.meta:
        return _finding(source, ignore.line, rules.meta[UNKNOWN], ", ".join(unknown))
    used = any(covers(ignore, finding) for finding in report.findings) or not own.isdisjoint(ignore.rules)
    if used or UNUSED not in rules.meta or _may_hide(ignore, report, rules):
        return None
    return _finding(source, ignore.line, rules.meta[UNUSED], ", ".join(ignore.rules) or EVERY)


def _may_hide(ignore: Ignore, report: Report, rules: _Rules) -> bool:
    """Whether the ignore is for a rule that had no chance this time. Some rule is skipped in nearly every run, so that
    an ignore of all rules is excused by rules that were switched off only."""
    if ignore.rules and any(skipped.rule in ignore.rules for skipped in report.skipped):
        return True
    return rules.active is not None and any(name not in rules.active for name in ignore.rules or rules.known)


def _finding(source: str, line: int, meta: MetaRule, names: str) -> Finding:
    message, advice = (text.replace("{rules}", names) for text in (meta.message, meta.advice))
    begin, stop = _bounds(source, line)
    if begin == stop:
        return Finding(meta.rule, meta.severity, message, advice, None, None, 1, 1, "", "", meta.source)
    column = begin - source.rfind("\n", 0, begin)
    words = source[begin:stop]
    return Finding(meta.rule, meta.severity, message, advice, begin, stop, line, column, words, "", meta.source)


def _bounds(source: str, line: int) -> tuple[int, int]:
    """Where the text of a line is, without the white space around it; nothing when the line is empty or not there."""
    begin = 0
    for _ in range(line - 1):
        begin = source.find("\n", begin) + 1
        if not begin:
            return 0, 0
    stop = source.find("\n", begin)
    text = source[begin : len(source) if stop < 0 else stop]
    begin += len(text) - len(text.lstrip())
    return begin, begin + len(text.strip())


def _fingerprint(rule: str, words: str, nth: int) -> str:
    return sha256(f"{rule}\0{words}\0{nth}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _place(finding: Finding) -> tuple[bool, int]:
    return finding.start is None, finding.start or 0
