"""The kind similar: nearly the same as a text of a library."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from replylint import slots
from replylint.checks.hit import Fault
from replylint.rules import Similar
from replylint.surroundings import Surroundings
from replylint.tokens import BREAK, Tokens
from replylint.view import View

SHINGLE = 4
"""Words in a shingle."""
_VARIABLE = frozenset({"number", "money", "date", "clock", "code", "email", "url", "placeholder", "percent"})


@dataclass(frozen=True)
class Library:
    """Texts by title, indexed by their shingles of four words; what varies from customer to customer is left out."""

    texts: Mapping[str, Sequence[str]]
    """For each title the words of its text, see `words_of`."""

    @cached_property
    def index(self) -> Mapping[int, tuple[str, ...]]:
        found: dict[int, list[str]] = {}
        for title, words in self.texts.items():
            for shingle in shingles(words):
                found.setdefault(shingle, []).append(title)
        return {shingle: tuple(titles) for shingle, titles in found.items()}

    def nearest(self, words: Sequence[str]) -> tuple[str, float]:
        """The title of the text that holds most of these words' shingles, and the share of them, 0 to 1."""
        own = shingles(words)
        votes: Counter[str] = Counter(title for shingle in own for title in self.index.get(shingle, ()))
        if not votes or not own:
            return "", 0.0
        title, shared = votes.most_common(1)[0]
        return title, shared / len(own)


def shingles(words: Sequence[str]) -> set[int]:
    """Hashes of every run of four words; they are the same in every process."""
    runs = (" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))
    return {int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big") for run in runs}


def words_of(tokens: Tokens, start: int = 0, end: int | None = None) -> list[str]:
    """The words that a text shares with others made from the same template."""
    places = range(start, len(tokens.words) if end is None else end)
    words = ((tokens.words[at], tokens.tags[at]) for at in places)
    return [word for word, tags in words if word != BREAK and not tags & _VARIABLE and word not in slots.TAGS]


def _repeated(rule: Similar, view: View, around: Surroundings) -> Iterator[Fault]:
    """A fault when the macro is nearly the same as an earlier one of its library."""
    twin = view.reply.macro.twin if view.reply.macro else None
    if twin and view.words >= rule.min_size and twin.likeness >= around.thresholds.get(rule.id, rule.threshold):
        likeness = f"{round(100 * twin.likeness)} %"
        yield Fault(details=(("macro", twin.title), ("place", twin.place), ("likeness", likeness)))


def similar(rule: Similar, view: View, around: Surroundings) -> Iterator[Fault]:
    """A fault when nearly the whole draft, greeting and closing aside, is one text of the library."""
    if rule.library == "own":
        yield from _repeated(rule, view, around)
        return
    library = around.macros
    if library is None or rule.library != "macros":
        return
    after = view.greeting[1] if view.greeting else 0
    words: list[str] = []
    for sentence in view.sentences:
        if sentence.part == "body":
            words += words_of(view.tokens, max(sentence.start, after), sentence.end)
    if len(words) < rule.min_size:
        return
    title, share = library.nearest(words)
    if share >= around.thresholds.get(rule.id, rule.threshold):
        yield Fault(details=(("macro", title), ("likeness", f"{round(100 * share)} %")))
