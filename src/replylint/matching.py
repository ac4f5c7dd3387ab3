"""Finds all phrases of a language in a text at once.

Every pattern is filed under its rarest place: the words, beginnings or shapes of that place lead to it. So a text pays
only for the patterns that share a rare word with it. Patterns without gaps are verified here, word by word; those with
gaps, once all their words are known to be in the sentence, are left to spaCy's Matcher (see `nlp`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from replylint.notation import Atom, Flat
from replylint.tokens import Tokens

Role = Literal["hit", "except", "unless"]
_PREFIX = 3
_COMMON_SHAPES = {"cap": 4000, "name": 800, "number": 800, "caps": 400}


class Hit(NamedTuple):
    """Words ``start`` to ``end`` (exclusive) of sentence `sentence` that phrase number `phrase` found."""

    start: int
    end: int
    sentence: int
    phrase: int


class Bounds(NamedTuple):
    """The words of one sentence, as a half-open range."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """One flat pattern: whose it is, which of its phrases, and whether it finds or excepts."""

    atoms: Flat
    owner: str
    phrase: int
    role: Role
    level: int
    gapped: bool


@dataclass(slots=True)
class Index:
    """Patterns by level, each filed under the words, beginnings and shapes of its rarest place."""

    patterns: list[Pattern] = field(default_factory=list)
    words: list[dict[str, list[tuple[int, int]]]] = field(default_factory=list)
    prefixes: list[dict[str, list[tuple[str, int, int]]]] = field(default_factory=list)
    tags: list[dict[str, list[tuple[int, int]]]] = field(default_factory=list)
    slots: list[dict[str, list[tuple[int, int]]]] = field(default_factory=list)
    anchors: list[int] = field(default_factory=list)
    matchers: dict[int, Any] = field(default_factory=dict)
    """spaCy's matcher of each pattern with gaps that was needed so far."""

    @property
    def levels(self) -> int:
        return len(self.words)


def build(patterns: Sequence[Pattern]) -> Index:
    """The index of `patterns`."""
    levels = 1 + max((pattern.level for pattern in patterns), default=0)
    index = Index(list(patterns))
    for table in (index.words, index.prefixes, index.tags, index.slots):
        table.extend({} for _ in range(levels))
    weights = _weights(patterns)
    for number, pattern in enumerate(patterns):
        place = min(_places(pattern.atoms), key=lambda at: _weight(pattern.atoms[at], weights))
        index.anchors.append(place)
        _file(index, number, place)
    return index


def _places(atoms: Flat) -> list[int]:
    """The places that must be there: words if there are any, else slots."""
    words = [at for at, atom in enumerate(atoms) if atom.kind == "word" and not atom.optional]
    return words or [at for at, atom in enumerate(atoms) if atom.kind == "slot" and not atom.optional]


def _weights(patterns: Sequence[Pattern]) -> Counter[str]:
    """How many patterns each word, beginning or shape stands in: a measure of how common it is in replies."""
    counts: Counter[str] = Counter()
    for pattern in patterns:
        for atom in pattern.atoms:
            counts.update(atom.words)
            counts.update(atom.prefixes)
            counts.update(atom.tags)
    return counts


def _weight(atom: Atom, weights: Counter[str]) -> int:
    keys = (*atom.words, *atom.prefixes, *atom.tags)
    return max((weights[key] + _COMMON_SHAPES.get(key, 0) for key in keys), default=0) + len(keys)


def _file(index: Index, number: int, place: int) -> None:
    pattern = index.patterns[number]
    atom, level = pattern.atoms[place], pattern.level
    for word in atom.words:
        index.words[level].setdefault(word, []).append((number, place))
    for prefix in atom.prefixes:
        index.prefixes[level].setdefault(prefix[:_PREFIX], []).append((prefix, number, place))
    for tag in atom.tags:
        index.tags[level].setdefault(tag, []).append((number, place))
    if atom.kind == "slot":
        index.slots[level].setdefault(atom.name, []).append((number, place))


Slots = Mapping[str, Sequence[Hit]]


@dataclass(slots=True)
class _Scan:
    """One text under search."""

    index: Index
    tokens: Tokens
    bounds: Sequence[Bounds]
    sentence_of: Sequence[int]
    by_start: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    by_end: dict[str, dict[int, list[int]]] = field(default_factory=dict)

    def learn(self, name: str, hits: Sequence[Hit]) -> None:
        """Makes the hits of an element known to slots."""
        starts, ends = self.by_start.setdefault(name, {}), self.by_end.setdefault(name, {})
        for hit in hits:
            starts.setdefault(hit.start, []).append(hit.end)
            ends.setdefault(hit.end, []).append(hit.start)

    def forward(self, atoms: Flat, at: int, place: int, bounds: Bounds) -> int:
        """Where the match ends when atom `at` has to begin at word `place`, or -1."""
        if at == len(atoms):
            return place
        atom = atoms[at]
        if atom.kind == "word":
            if place < bounds.end and atom.fits(self.tokens.words[place], self.tokens.tags[place]):
                end = self.forward(atoms, at + 1, place + 1, bounds)
                if end >= 0:
                    return end
        elif atom.kind == "slot":
            for stop in self.by_start.get(atom.name, {}).get(place, ()):
                end = self.forward(atoms, at + 1, stop, bounds)
                if end >= 0:
                    return end
        elif atom.kind == "end":
            return place if place == bounds.end else -1
        return self.forward(atoms, at + 1, place, bounds) if atom.optional else -1

    def backward(self, atoms: Flat, at: int, place: int, bounds: Bounds) -> int:
        """Where the match starts when atom `at` has to end before word `place`, or -1."""
        if at < 0:
            return place
        atom = atoms[at]
        if atom.kind == "word":
            if place > bounds.start and atom.fits(self.tokens.words[place - 1], self.tokens.tags[place - 1]):
                start = self.backward(atoms, at - 1, place - 1, bounds)
                if start >= 0:
                    return start
        elif atom.kind == "slot":
            for begin in self.by_end.get(atom.name, {}).get(place, ()):
                start = self.backward(atoms, at - 1, begin, bounds)
                if start >= 0:
                    return start
        elif atom.kind == "start":
            return place if place == bounds.start else -1
        return self.backward(atoms, at - 1, place, bounds) if atom.optional else -1

    def plain(self, pattern: Pattern, anchor: int, place: int, after: int, bounds: Bounds) -> tuple[int, int] | None:
        """The words of a match whose anchor stands at `place` to `after`, or None."""
        start = self.backward(pattern.atoms, anchor - 1, place, bounds)
        if start < 0:
            return None
        end = self.forward(pattern.atoms, anchor + 1, after, bounds)
        return (start, end) if end >= 0 else None

    def complete(self, pattern: Pattern, words: set[str], tags: set[str], sentence: int) -> bool:
        """Whether everything that the pattern needs stands in the sentence, wherever it stands."""
        for atom in pattern.atoms:
            if atom.optional or atom.kind not in ("word", "slot"):
                continue
            if atom.kind == "slot":
                if not any(self.sentence_of[place] == sentence for place in self.by_start.get(atom.name, ())):
                    return False
            elif atom.words.isdisjoint(words) and atom.tags.isdisjoint(tags):
                if not (atom.prefixes and any(word.startswith(atom.prefixes) for word in words)):
                    return False
        return True

    def anchors(self, level: int) -> Iterator[tuple[int, int, int, int]]:
        """Pattern, anchor place in it, and the words it stands at, for every candidate of a level."""
        index = self.index
        words, tags = self.tokens.words, self.tokens.tags
        table, prefixes, shapes = index.words[level], index.prefixes[level], index.tags[level]
        for place, word in enumerate(words):
            for number, anchor in table.get(word, ()):
                yield number, anchor, place, place + 1
            for prefix, number, anchor in prefixes.get(word[:_PREFIX], ()):
                if word.startswith(prefix):
                    yield number, anchor, place, place + 1
            for tag in tags[place]:
                for number, anchor in shapes.get(tag, ()):
                    yield number, anchor, place, place + 1
        for name, filed in index.slots[level].items():
            for start, ends in self.by_start.get(name, {}).items():
                for end in ends:
                    for number, anchor in filed:
                        yield number, anchor, start, end


def scan(index: Index, tokens: Tokens, bounds: Sequence[Bounds], sentence_of: Sequence[int]) -> dict[str, list[Hit]]:
    """All hits by owner, in order of place, exceptions taken off, none overlapping another of its owner.

    `bounds` are the sentences, `sentence_of` gives each word's sentence or -1 for a word outside any.
    """
    search = _Scan(index, tokens, bounds, sentence_of)
    found: dict[str, list[Hit]] = {}
    for level in range(index.levels):
        raw: dict[tuple[str, Role], list[Hit]] = {}
        gapped: dict[tuple[int, int], int] = {}
        for number, anchor, place, after in search.anchors(level):
            sentence = sentence_of[place]
            if sentence < 0:
                continue
            pattern = index.patterns[number]
            if pattern.gapped:
                gapped.setdefault((sentence, number), place)
                continue
            match = search.plain(pattern, anchor, place, after, bounds[sentence])
            if match:
                raw.setdefault((pattern.owner, pattern.role), []).append(Hit(*match, sentence, pattern.phrase))
        _gapped(search, gapped, raw)
        for owner in {owner for owner, role in raw if role == "hit"}:
            hits = _kept(raw[owner, "hit"], raw.get((owner, "except"), ()), raw.get((owner, "unless"), ()))
            if hits:
                found[owner] = hits
                search.learn(owner, hits)
    return found


def _gapped(search: _Scan, wanted: Mapping[tuple[int, int], int], raw: dict[tuple[str, Role], list[Hit]]) -> None:
    """Asks spaCy for the patterns with gaps whose words are all there."""
    contents: dict[int, tuple[set[str], set[str]]] = {}
    ready: dict[int, list[tuple[int, int]]] = {}
    for (sentence, number), place in wanted.items():
        if sentence not in contents:
            start, end = search.bounds[sentence]
            tags = search.tokens.tags[start:end]
            contents[sentence] = set(search.tokens.words[start:end]), set().union(*tags)
        if search.complete(search.index.patterns[number], *contents[sentence], sentence):
            ready.setdefault(sentence, []).append((number, place))
    if not ready:
        return
    from replylint import nlp

    for sentence, candidates in ready.items():
        for number, start, end in nlp.matches(search.index, search.tokens, search.bounds[sentence], candidates,
                                              search.by_start):  # fmt: skip
            pattern = search.index.patterns[number]
            raw.setdefault((pattern.owner, pattern.role), []).append(Hit(start, end, sentence, pattern.phrase))


def _kept(hits: Sequence[Hit], excepted: Sequence[Hit], unless: Sequence[Hit]) -> list[Hit]:
    """Hits that no exception covers; of overlapping ones the first, of those the longest.

    An exception of phrase -1 holds for all phrases of its owner, any other for its phrase alone.
    """
    spoiled = {(hit.sentence, hit.phrase) for hit in unless}
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if kept and hit.start < kept[-1].end:
            continue
        if spoiled and ((hit.sentence, -1) in spoiled or (hit.sentence, hit.phrase) in spoiled):
            continue
        if any(_covers(exception, hit) for exception in excepted):
            continue
        kept.append(hit)
    return kept


def _covers(exception: Hit, hit: Hit) -> bool:
    return exception.phrase in (-1, hit.phrase) and exception.start < hit.end and hit.start < exception.end
