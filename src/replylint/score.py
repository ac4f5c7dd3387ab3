"""How well findings agree with drafts that people have labelled.

A rule counts once a draft: it fires or it does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from replylint.finding import SEVERITIES, Finding

Outcome = Literal["tp", "fp", "fn"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Right findings, wrong ones and missed ones. A figure for which there is nothing to count is not a number."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        """The share of the findings that are right."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """The share of the labels that were found."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)


@dataclass(frozen=True, slots=True)
class Scores:
    """Counts for every rule in every language, and all that follows from them.

    cells: counts by rule and language.
    severities: the severity of each rule.
    drafts: how many were labelled; silent: how many of those have no entry among what was found.
    spans_hit, spans_missed: findings with words, of rules that the draft is labelled with, whose words overlap a
    labelled text of that rule, or do not.
    """

    cells: Mapping[tuple[str, str], Counts]
    severities: Mapping[str, str]
    drafts: int
    silent: int
    spans_hit: int
    spans_missed: int

    @property
    def rules(self) -> dict[str, Counts]:
        """The counts of each rule."""
        return _sums((rule, counts) for (rule, _), counts in self.cells.items())

    @property
    def langs(self) -> dict[str, Counts]:
        """The counts of each language."""
        return _sums((lang, counts) for (_, lang), counts in self.cells.items())

    @property
    def groups(self) -> dict[str, Counts]:
        """The counts of each severity."""
        return _sums((self.severities[rule], counts) for (rule, _), counts in self.cells.items())

    @property
    def micro(self) -> Counts:
        """All counts together, so that frequent rules weigh more."""
        return sum(self.cells.values(), Counts())

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the rules, so that every rule weighs the same."""
        values = [counts.f1 for counts in self.rules.values()]
        return _share(sum(values), len(values))

    @property
    def span_overlap(self) -> float:
        """The share of found words that overlap a labelled text."""
        return _share(self.spans_hit, self.spans_hit + self.spans_missed)


def score(
    gold: Iterable[Mapping[str, Any]],
    found: Mapping[Any, Iterable[Finding | Mapping[str, Any]]],
    *,
    unlabelled: Collection[str] = (),
    severities: Mapping[str, str] | None = None,
    wanted: Collection[str] = SEVERITIES,
    unseen: bool = False,
) -> Scores:
    """Compare what was found with labelled drafts, each with `id`, `lang`, `reply` and `labels` of `rule` and `text`.

    found: for each draft's id its findings, whose places are offsets into `reply`.
    unlabelled: rules that the annotators did not look for; never counted.
    severities: the severity of each rule; any other is a warning.
    wanted: only rules of these severities are counted (overlap of words is counted for all).
    unseen: whether rules count that no draft is labelled with, each finding of theirs being wrong.
    """
    drafts = {item["id"]: item for item in gold}
    labelled = {label["rule"] for item in drafts.values() for label in item["labels"]}
    severity = _Severities(severities or {})
    outcomes: Counter[tuple[str, str, Outcome]] = Counter()
    spans: Counter[bool] = Counter()
    for key, item in drafts.items():
        pair = _pair(item, found.get(key, ()), unlabelled)
        spans.update(_overlaps(pair))
        for rule, outcome in _outcomes(pair):
            if severity[rule] in wanted and (unseen or rule in labelled):
                outcomes[rule, item["lang"], outcome] += 1
    silent = len(drafts.keys() - found.keys())
    return Scores(_cells(outcomes), severity, len(drafts), silent, spans[True], spans[False])


def table(scores: Scores) -> str:
    """The figures as text: a line a rule, a line a language, the sums and the overlap of words."""
    head = f"{'rule':26} {'severity':10} {'tp':>4} {'fp':>4} {'fn':>4} {'P':>6} {'R':>6} {'F1':>6}"
    ordered = sorted(scores.rules.items(), key=lambda pair: (scores.severities[pair[0]], pair[0]))
    rules = [_row(rule, scores.severities[rule], counts) for rule, counts in ordered]
    langs = [f"{lang}: {_figures(counts)}" for lang, counts in sorted(scores.langs.items())]
    total = f"micro: {_figures(scores.micro)}   macro F1 {scores.macro_f1:.3f}   drafts {scores.drafts}"
    hit, all_spans = scores.spans_hit, scores.spans_hit + scores.spans_missed
    tail = [f"{total}   without an answer {scores.silent}", f"spans that overlap a label: {hit} of {all_spans}"]
    return "\n".join([head, *rules, *langs, *tail])


class _Severities(dict[str, str]):
    """Severities by rule, where a rule without one is a warning."""

    def __missing__(self, rule: str) -> str:
        return "warning"


class _Found(NamedTuple):
    rule: str
    start: int | None
    end: int | None


class _Pair(NamedTuple):
    """One draft: its text, the labelled texts of each wanted rule, and what was found."""

    reply: str
    want: Mapping[str, list[str]]
    have: list[_Found]


def _pair(item: Mapping[str, Any], found: Iterable[Finding | Mapping[str, Any]], unlabelled: Collection[str]) -> _Pair:
    want: dict[str, list[str]] = {}
    for label in item["labels"]:
        if label["rule"] not in unlabelled:
            want.setdefault(label["rule"], []).extend(filter(None, [label.get("text")]))
    return _Pair(item["reply"], want, [each for each in map(_found, found) if each.rule not in unlabelled])


def _found(finding: Finding | Mapping[str, Any]) -> _Found:
    if isinstance(finding, Finding):
        return _Found(finding.rule, finding.start, finding.end)
    return _Found(finding["rule"], finding.get("start"), finding.get("end"))


def _outcomes(pair: _Pair) -> Iterator[tuple[str, Outcome]]:
    have = {each.rule for each in pair.have}
    for rule in pair.want.keys() | have:
        yield rule, "fp" if rule not in pair.want else "tp" if rule in have else "fn"


def _overlaps(pair: _Pair) -> Iterator[bool]:
    """For each finding with words, of a rule with labelled texts, whether it overlaps one of them."""
    for rule, start, end in pair.have:
        texts = pair.want.get(rule)
        if texts and start is not None and end is not None:
            yield any(_meets(pair.reply.find(text), len(text), start, end) for text in texts)


def _meets(at: int, length: int, start: int, end: int) -> bool:
    """Whether the words from `start` to `end` meet a text found `at` a place, or nowhere."""
    return at >= 0 and at < end and start < at + length


def _cells(outcomes: Mapping[tuple[str, str, Outcome], int]) -> dict[tuple[str, str], Counts]:
    cells: dict[tuple[str, str], Counts] = {}
    for (rule, lang, outcome), count in outcomes.items():
        cells[rule, lang] = cells.get((rule, lang), Counts()) + Counts(**{outcome: count})
    return cells


def _sums(counts: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    sums: dict[str, Counts] = {}
    for key, each in counts:
        sums[key] = sums.get(key, Counts()) + each
    return sums


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _figures(counts: Counts) -> str:
    return f"P {counts.precision:.3f} R {counts.recall:.3f} F1 {counts.f1:.3f}"


def _row(rule: str, severity: str, counts: Counts) -> str:
    numbers = f"{counts.tp:4} {counts.fp:4} {counts.fn:4} {counts.precision:6.2f} {counts.recall:6.2f} {counts.f1:6.2f}"
    return f"{rule:26} {severity:10} {numbers}"
