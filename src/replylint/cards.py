"""What there is to know of a rule, for people and programs that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from replylint.errors import UsageError
from replylint.finding import Severity
from replylint.notation import did_you_mean
from replylint.rulebook import Entry, Rulebook, read_entry
from replylint.rules import Draft, WordingFile


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a document that a rule comes from, word for word; translated where it is not in English."""

    document: str
    quote: str
    translation: str | None = None


@dataclass(frozen=True, slots=True)
class RuleCard:
    """A rule in the words of one language.

    languages: codes of the languages it has words for. found, not_found: examples of what it reports and what it does
    not; empty in a list of all rules.
    """

    id: str
    family: str
    severity: Severity
    kind: str
    title: str
    why: str
    advice: str
    languages: tuple[str, ...]
    sources: tuple[Quote, ...]
    found: tuple[str, ...] = ()
    not_found: tuple[str, ...] = ()


def cards(book: Rulebook, lang: str) -> list[RuleCard]:
    """All rules in order of their ids, without examples."""
    return [_card(entry, wording_of(entry, lang)) for _, entry in sorted(book.entries.items())]


def card(book: Rulebook, rule: str, lang: str) -> RuleCard:
    """One rule with its examples; raises UsageError when there is none of that name."""
    if rule not in book.entries:
        raise UsageError(f"there is no rule “{rule}”{did_you_mean(rule, book.entries)}")
    entry = book.entries[rule]
    wording = wording_of(read_entry(entry.folder), lang)
    return _card(entry, wording, tuple(_shown(wording.flags)), tuple(_shown(wording.passes)))


def wording_of(entry: Entry, lang: str) -> WordingFile:
    """The rule in a language, else in English, else in whatever it has."""
    return entry.wordings.get(lang) or entry.wordings.get("en") or next(iter(entry.wordings.values()))


def _card(entry: Entry, wording: WordingFile, found: tuple[str, ...] = (), not_found: tuple[str, ...] = ()) -> RuleCard:
    rule = entry.rule
    quotes = tuple(Quote(source.document, source.quote, source.translation) for source in rule.source)
    why, advice = " ".join(wording.why.split()), " ".join(wording.advice.split())
    return RuleCard(
        rule.id, entry.family, rule.severity, rule.kind, wording.title, why, advice, tuple(sorted(entry.wordings)),
        quotes, found, not_found,
    )  # fmt: skip


def _shown(examples: Iterable[str | Draft]) -> Iterable[str]:
    for example in examples:
        if isinstance(example, str):
            yield example
        else:
            yield f"(customer: {example.customer}) {example.draft}" if example.customer else example.draft
