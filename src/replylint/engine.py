"""From a reply and a rule book to a report. No files, no configuration, no formats."""

from __future__ import annotations

import datetime
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from replylint.checks import faults
from replylint.checks.conditions import holds, unknown
from replylint.checks.hit import Fault
from replylint.finding import Finding, Fix, Report, Skipped
from replylint.reply import Reply
from replylint.rulebook import LanguageBook
from replylint.rules import Rule, RuleBase, Similar, WordingFile
from replylint.surroundings import Surroundings
from replylint.text import line_starts
from replylint.view import View

Found = tuple[RuleBase, WordingFile, Fault]
_OTHERS = frozenset({"library", "suppression"})
"""Kinds of rule that are not asked of a single draft."""


def lint(
    reply: Reply,
    book: LanguageBook,
    around: Surroundings | None = None,
    voice: Mapping[str, WordingFile] | None = None,
) -> Report:
    """The findings of all rules of `book` in one reply, in order of place, whole-draft findings last.

    voice: wordings, by rule, that speak in place of the draft's language.
    """
    rules = [(rule, wording) for rule, wording in book.rules if _is_asked(rule, reply)]
    if not rules:
        return Report(reply.id, book.language.code, ())
    around = around or Surroundings(datetime.date.today())
    view = View(reply.text, book, reply)
    given = _given(view, around)
    found: list[Found] = []
    skipped: list[Skipped] = []
    for rule, wording in rules:
        missing = next((why for c in rule.when if (why := unknown(c, view, given))), None)
        if missing:
            skipped.append(Skipped(rule.id, missing))
        elif _applies(rule, view):
            speaking = voice.get(rule.id, wording) if voice else wording
            found.extend((rule, speaking, fault) for fault in faults(rule, wording, view, around))
    if around.vocabulary:
        found = [item for item in found if not _is_name(item[2], view, around.vocabulary)]
    return Report(reply.id, book.language.code, tuple(_findings(_resolved(found), view)), tuple(skipped))


def _is_asked(rule: Rule, reply: Reply) -> bool:
    """Whether a rule may say something of a reply; a macro that repeats no other one need not be read to know."""
    if rule.kind in _OTHERS or rule.texts == ("drafts" if reply.macro else "macros"):
        return False
    return not isinstance(rule, Similar) or rule.library != "own" or bool(reply.macro and reply.macro.twin)


def _is_name(fault: Fault, view: View, vocabulary: Sequence[tuple[str, ...]]) -> bool:
    """Whether the words of a fault are part of a name of the team's vocabulary."""
    if fault.start is None or fault.end is None:
        return False
    words = view.tokens.words
    for term in vocabulary:
        for start in range(max(0, fault.end - len(term)), fault.start + 1):
            if tuple(words[start : start + len(term)]) == term:
                return True
    return False


def _given(view: View, around: Surroundings) -> frozenset[str]:
    known = {
        "customer": view.customer is not None,
        "name": bool(view.reply.customer_name),
        "macros": around.macros is not None,
        "service_times": bool(around.service_times),
    }
    return frozenset(name for name, there in known.items() if there)


def _applies(rule: RuleBase, view: View) -> bool:
    if rule.channels and (view.reply.channel or "email") not in rule.channels:
        return False
    if view.words < rule.min_words or (rule.max_words and view.words > rule.max_words):
        return False
    return all(holds(condition, view) for condition in rule.when)


def _resolved(found: Sequence[Found]) -> Iterable[Found]:
    """Where two rules report the same words, the one that the other yields to reports them."""
    places: dict[str, list[Fault]] = {}
    for rule, _, fault in found:
        places.setdefault(rule.id, []).append(fault)
    for rule, wording, fault in found:
        others = [other for name in rule.after for other in places.get(name, ())]
        if not any(_overlap(fault, other) for other in others):
            yield rule, wording, fault


def _overlap(one: Fault, other: Fault) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end and other.start < one.end


def _findings(found: Iterable[Found], view: View) -> list[Finding]:
    source = view.reply.source
    lines = line_starts(source)
    order = sorted(found, key=lambda item: (item[2].start is None, item[2].start or 0, item[0].id))
    seen: dict[tuple[str, str], int] = {}
    findings = [_finding(rule, wording, fault, view, lines, seen) for rule, wording, fault in order]
    return sorted(findings, key=lambda f: (f.start is None, f.start or 0, f.rule))


def _finding(
    rule: RuleBase,
    wording: WordingFile,
    fault: Fault,
    view: View,
    lines: Sequence[int],
    seen: dict[tuple[str, str], int],
) -> Finding:
    start = end = None
    line = view.reply.macro.line if view.reply.macro else 1
    column = 1
    excerpt = words = shown = ""
    if fault.place:
        start, end = fault.place
        line, column = _place(lines, start)
        excerpt = words = shown = view.reply.source[start:end]
    elif fault.start is not None and fault.end is not None:
        start, end = view.span(fault.start, fault.end)
        line, column = _place(lines, start)
        excerpt = view.reply.source[start:end]
        words = " ".join(view.tokens.words[fault.start : fault.end])
        # A message quotes what is read, without tags; a macro's variables are only readable as they are written.
        shown = excerpt if view.reply.macro else view.raw(fault.start, fault.end)
    nth = seen[rule.id, words] = seen.get((rule.id, words), -1) + 1
    details = {"words": shown, **dict(fault.details)}
    message = wording.cases.get(fault.case, wording.message)
    return Finding(
        rule.id, rule.severity, _filled(message, details), _filled(wording.advice, details),
        start, end, line, column, excerpt, _fingerprint(rule.id, view.book.language.code, words, nth), _source(rule),
        _fix(fault, wording, view, start, end),
    )  # fmt: skip


def _fix(fault: Fault, wording: WordingFile, view: View, start: int | None, end: int | None) -> Fix | None:
    """What the rule declares right in place of the words, when it declares anything for exactly these."""
    if start is None or end is None:
        return None
    if fault.fix is not None:
        return Fix(start, end, fault.fix)
    if not wording.fixes:
        return None
    written = view.reply.source[start:end]
    fold = view.book.language.folded
    new = next((new for old, new in wording.fixes.items() if fold(old) == fold(written)), None)
    customer = view.reply.macro.customer if view.reply.macro else ""
    if new is None or ("{customer}" in new and not customer):
        return None
    new = new.replace("{words}", written).replace("{customer}", customer)
    return Fix(start, end, new[:1].upper() + new[1:] if written[:1].isupper() else new)


def _filled(text: str, details: dict[str, str]) -> str:
    """`text` with `{name}` replaced by the detail of that name; other braces stay."""
    for name, value in details.items():
        text = text.replace("{" + name + "}", value)
    return text


def _fingerprint(rule: str, lang: str, words: str, nth: int) -> str:
    key = "\0".join((rule, lang, words, str(nth)))
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _source(rule: RuleBase) -> str:
    first = rule.source[0]
    return f"{first.document}: {first.quote}"


def _place(lines: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    line = bisect_right(lines, offset)
    return line, offset - lines[line - 1] + 1
