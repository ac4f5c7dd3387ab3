"""Finds all phrases of a language in a text at once.

Every pattern is filed under its rarest place. The places of all patterns that share the rarest one form a tree, so that
what they have in common is looked at once; a text pays only for the trees that its words lead to. Patterns without gaps
are found by walking those trees; those with gaps, once all their words are known to stand in the sentence in order, are
left to spaCy's Matcher (see `nlp`).
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from replylint.notation import Atom, Flat
from replylint.tokens import Tokens

Role = Literal["hit", "except", "unless"]
_PREFIX = 3
_COMMON_SHAPES = {"cap": 4000, "name": 800, "number": 800, "caps": 400}
_COMMON_WORD = 3000

RIGHT, LEFT, RIGHT_OPTIONAL, LEFT_OPTIONAL, RIGHT_SLOT, LEFT_SLOT, AT_START, AT_END = range(8)
"""How a tree goes on: with a word on one side, one that may be missing, what an element finds, or a sentence's end."""

Tree = tuple[tuple[int, ...], tuple[tuple[int, int, Any], ...]]
"""The patterns that are complete here, and the ways on: how, by which atom, to which tree."""


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
class Level:
    """The patterns of one level: which anchors a word, a beginning, a shape or an element leads to, by atom number, and for
    each anchor the tree of its patterns without gaps, and the numbers of those with by the next rarest atom they need."""

    words: dict[str, list[int]] = field(default_factory=dict)
    prefixes: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    tags: dict[str, list[int]] = field(default_factory=dict)
    slots: dict[str, list[int]] = field(default_factory=dict)
    trees: dict[int, Tree] = field(default_factory=dict)
    gapped: dict[int, list[tuple[int, list[int]]]] = field(default_factory=dict)


@dataclass(slots=True)
class Index:
    """All patterns by level.

    Most patterns of a rule book are never a candidate in the life of a process, so that patterns and atoms are kept in a
    plain form and made when they are first asked for.
    """

    levels_: list[Level]
    rows: list[tuple[tuple[int, ...], str, int, Role, int]]
    """For each pattern the numbers of its atoms, its owner, phrase, role and level."""
    plain: list[tuple[Any, ...]]
    """The fields of each atom."""
    atoms: list[Atom | None] = field(default_factory=list)
    matchers: dict[int, Any] = field(default_factory=dict)
    """spaCy's matcher of each pattern with gaps that was needed so far."""

    def __post_init__(self) -> None:
        self.atoms = [None] * len(self.plain)

    @property
    def levels(self) -> int:
        return len(self.levels_)

    def atom(self, number: int) -> Atom:
        """The atom of this number."""
        atom = self.atoms[number]
        if atom is None:
            atom = self.atoms[number] = Atom(*self.plain[number])
        return atom

    def flat(self, number: int) -> Flat:
        """The atoms of the pattern of this number."""
        return tuple(self.atom(at) for at in self.rows[number][0])

    def to_bytes(self) -> bytes:
        """The index without what can be made again."""
        levels = [(lv.words, lv.prefixes, lv.tags, lv.slots, lv.trees, lv.gapped) for lv in self.levels_]
        return marshal.dumps((levels, self.rows, self.plain))

    @classmethod
    def from_bytes(cls, data: bytes) -> Index:
        """The index that `to_bytes` wrote; raises ValueError, EOFError or TypeError when it did not."""
        levels, rows, plain = marshal.loads(data)
        return cls([Level(*level) for level in levels], rows, plain)


def build(patterns: Sequence[Pattern], common: AbstractSet[str] = frozenset()) -> Index:
    """The index of `patterns`. `common` are words that stand in most texts, which no pattern is filed under in vain."""
    weights = _weights(patterns)
    weights.update(dict.fromkeys(common, _COMMON_WORD))
    numbers: dict[Atom, int] = {}
    rows = []
    anchors: list[list[int]] = []
    for pattern in patterns:
        row = tuple(numbers.setdefault(atom, len(numbers)) for atom in pattern.atoms)
        rows.append((row, pattern.owner, pattern.phrase, pattern.role, pattern.level))
        atoms = pattern.atoms
        anchors.append(sorted(_places(atoms), key=lambda at: _weight(atoms[at], weights))[:2])
    plain = [tuple(getattr(atom, name) for name in Atom.__slots__) for atom in numbers]
    levels = [_level(patterns, rows, anchors, number) for number in range(1 + max((p.level for p in patterns), default=0))]
    return Index(levels, rows, plain)


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


def _level(patterns: Sequence[Pattern], rows: Sequence[Any], anchors: Sequence[list[int]], number: int) -> Level:
    """One level of the index; `anchors` are the rarest places of each pattern, one or two."""
    level = Level()
    filed: set[int] = set()
    growing: dict[int, Any] = {}
    gapped: dict[int, dict[int, list[int]]] = {}
    for at, pattern in enumerate(patterns):
        if pattern.level != number:
            continue
        place = anchors[at][0]
        anchor = rows[at][0][place]
        if anchor not in filed:
            filed.add(anchor)
            _file(level, pattern.atoms[place], anchor)
        if pattern.gapped:
            second = rows[at][0][anchors[at][1]] if len(anchors[at]) > 1 else -1
            gapped.setdefault(anchor, {}).setdefault(second, []).append(at)
        else:
            _grow(growing.setdefault(anchor, ([], {})), _way(pattern.atoms, rows[at][0], place), at)
    level.trees = {anchor: _grown(tree) for anchor, tree in growing.items()}
    level.gapped = {anchor: list(seconds.items()) for anchor, seconds in gapped.items()}
    return level


def _file(level: Level, atom: Atom, anchor: int) -> None:
    for word in atom.words:
        level.words.setdefault(word, []).append(anchor)
    for prefix in atom.prefixes:
        level.prefixes.setdefault(prefix[:_PREFIX], []).append((prefix, anchor))
    for tag in atom.tags:
        level.tags.setdefault(tag, []).append(anchor)
    if atom.kind == "slot":
        level.slots.setdefault(atom.name, []).append(anchor)


def _way(atoms: Flat, row: Sequence[int], place: int) -> list[tuple[int, int]]:
    """The steps from the anchor to the pattern's end, then from the anchor to its start."""
    right = [(_step(atoms[at], RIGHT), row[at]) for at in range(place + 1, len(atoms))]
    left = [(_step(atoms[at], LEFT), row[at]) for at in range(place - 1, -1, -1)]
    return right + left


def _step(atom: Atom, side: int) -> int:
    if atom.kind == "start":
        return AT_START
    if atom.kind == "end":
        return AT_END
    if atom.kind == "slot":
        return RIGHT_SLOT if side == RIGHT else LEFT_SLOT
    if atom.optional:
        return RIGHT_OPTIONAL if side == RIGHT else LEFT_OPTIONAL
    return side


def _grow(tree: tuple[list[int], dict[tuple[int, int], Any]], way: Sequence[tuple[int, int]], number: int) -> None:
    for step in way:
        tree = tree[1].setdefault(step, ([], {}))
    tree[0].append(number)


def _grown(tree: tuple[list[int], dict[tuple[int, int], Any]]) -> Tree:
    return tuple(tree[0]), tuple((how, atom, _grown(child)) for (how, atom), child in tree[1].items())


@dataclass(slots=True)
class _Scan:
    """One text under search."""

    index: Index
    tokens: Tokens
    bounds: Sequence[Bounds]
    sentence_of: Sequence[int]
    by_start: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    by_end: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    contents: dict[int, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def learn(self, name: str, hits: Sequence[Hit]) -> None:
        """Makes the hits of an element known to slots."""
        starts, ends = self.by_start.setdefault(name, {}), self.by_end.setdefault(name, {})
        for hit in hits:
            starts.setdefault(hit.start, []).append(hit.end)
            ends.setdefault(hit.end, []).append(hit.start)

    def fits(self, number: int, place: int) -> bool:
        """Whether the word at `place` is one that atom `number` means."""
        atom = self.index.atoms[number] or self.index.atom(number)
        word = self.tokens.words[place]
        if word in atom.words:
            return True
        if atom.prefixes and word.startswith(atom.prefixes):
            return True
        return bool(atom.tags) and not atom.tags.isdisjoint(self.tokens.tags[place])

    def holds(self, number: int, sentence: int) -> bool:
        """Whether a word that atom `number` means stands anywhere in a sentence."""
        key = number, sentence
        answer = self.known.get(key)
        if answer is None:
            answer = self.known[key] = self._holds(self.index.atom(number), sentence)
        return answer

    def _holds(self, atom: Atom, sentence: int) -> bool:
        if atom.kind == "slot":
            return True
        if sentence not in self.contents:
            start, end = self.bounds[sentence]
            tags = frozenset().union(*self.tokens.tags[start:end])
            self.contents[sentence] = frozenset(self.tokens.words[start:end]), tags
        words, tags = self.contents[sentence]
        if not (atom.words.isdisjoint(words) and atom.tags.isdisjoint(tags)):
            return True
        return bool(atom.prefixes) and any(word.startswith(atom.prefixes) for word in words)

    def walk(self, tree: Tree, left: int, right: int, bounds: Bounds) -> Iterator[tuple[int, int, int]]:
        """Number, first word and end of every pattern of a tree whose anchor stands at `left` to `right`."""
        first, last = bounds
        waiting = [(tree, left, right)]
        while waiting:
            (done, ways), left, right = waiting.pop()
            for number in done:
                yield number, left, right
            for how, atom, rest in ways:
                if how == RIGHT or how == RIGHT_OPTIONAL:
                    if right < last and self.fits(atom, right):
                        waiting.append((rest, left, right + 1))
                    if how == RIGHT_OPTIONAL:
                        waiting.append((rest, left, right))
                elif how == LEFT or how == LEFT_OPTIONAL:
                    if left > first and self.fits(atom, left - 1):
                        waiting.append((rest, left - 1, right))
                    if how == LEFT_OPTIONAL:
                        waiting.append((rest, left, right))
                elif how == AT_START:
                    if left == first:
                        waiting.append((rest, left, right))
                elif how == AT_END:
                    if right == last:
                        waiting.append((rest, left, right))
                else:
                    waiting.extend(self._over_slot(how, atom, rest, left, right, bounds))

    def _over_slot(
        self, how: int, number: int, rest: Tree, left: int, right: int, bounds: Bounds
    ) -> Iterator[tuple[Tree, int, int]]:
        """The ways on over what an element found next to the match so far, in the same sentence."""
        atom = self.index.atom(number)
        if how == RIGHT_SLOT and right < bounds.end:
            for end in self.by_start.get(atom.name, {}).get(right, ()):
                yield rest, left, end
        if how == LEFT_SLOT and left > bounds.start:
            for start in self.by_end.get(atom.name, {}).get(left, ()):
                yield rest, start, right
        if atom.optional:
            yield rest, left, right

    def anchors(self, level: Level) -> Iterator[tuple[int, int, int]]:
        """Atom number and words of every anchor that stands in the text."""
        words, prefixes, shapes = level.words, level.prefixes, level.tags
        all_tags = self.tokens.tags
        for place, word in enumerate(self.tokens.words):
            for atom in words.get(word, ()):
                yield atom, place, place + 1
            for prefix, atom in prefixes.get(word[:_PREFIX], ()):
                if word.startswith(prefix):
                    yield atom, place, place + 1
            for tag in all_tags[place]:
                for atom in shapes.get(tag, ()):
                    yield atom, place, place + 1
        for name, filed in level.slots.items():
            for start, ends in self.by_start.get(name, {}).items():
                for end in ends:
                    for atom in filed:
                        yield atom, start, end

    def in_order(self, number: int, bounds: Bounds, around: Sequence[int], reach: int) -> bool:
        """Whether all that a pattern needs stands near one of its anchors, in its order."""
        row = self.index.rows[number][0]
        first = max(bounds.start, around[0] - reach)
        last = min(bounds.end, around[-1] + reach)
        place = first
        for at in row:
            atom = self.index.atoms[at] or self.index.atom(at)
            if atom.optional or atom.kind not in ("word", "slot"):
                continue
            if atom.kind == "word":
                while place < last and not self.fits(at, place):
                    place += 1
                if place >= last:
                    return False
                place += 1
            else:
                starts = [start for start in self.by_start.get(atom.name, ()) if place <= start < last]
                if not starts:
                    return False
                place = min(starts) + 1
        return True


def scan(
    index: Index,
    tokens: Tokens,
    bounds: Sequence[Bounds],
    sentence_of: Sequence[int],
    *,
    apart: bool = True,
) -> dict[str, list[Hit]]:
    """All hits by owner, in order of place, exceptions taken off, none overlapping another of its owner if `apart`.

    `bounds` are the sentences, `sentence_of` gives each word's sentence or -1 for a word outside any.
    """
    search = _Scan(index, tokens, bounds, sentence_of)
    found: dict[str, list[Hit]] = {}
    for level in index.levels_:
        raw: dict[tuple[str, Role], list[Hit]] = {}
        gapped: dict[tuple[int, int], list[int]] = {}
        for atom, place, after in search.anchors(level):
            sentence = sentence_of[place]
            if sentence < 0:
                continue
            for second, numbers in level.gapped.get(atom, ()):
                if second < 0 or search.holds(second, sentence):
                    for number in numbers:
                        gapped.setdefault((sentence, number), []).append(place)
            tree = level.trees.get(atom)
            if tree:
                for number, start, end in search.walk(tree, place, after, bounds[sentence]):
                    _, owner, phrase, role, _ = index.rows[number]
                    raw.setdefault((owner, role), []).append(Hit(start, end, sentence, phrase))
        _gapped(search, gapped, raw)
        for owner in {owner for owner, role in raw if role == "hit"}:
            hits = _kept(raw[owner, "hit"], raw.get((owner, "except"), ()), raw.get((owner, "unless"), ()), apart)
            if hits:
                found[owner] = hits
                search.learn(owner, hits)
    return found


def _gapped(
    search: _Scan, wanted: Mapping[tuple[int, int], Sequence[int]], raw: dict[tuple[str, Role], list[Hit]]
) -> None:
    """Asks spaCy for the patterns with gaps whose words are all there, in order."""
    ready: dict[int, dict[int, Sequence[int]]] = {}
    for (sentence, number), places in wanted.items():
        if search.in_order(number, search.bounds[sentence], places, REACH):
            ready.setdefault(sentence, {})[number] = places
    if not ready:
        return
    from replylint import nlp

    for sentence, candidates in ready.items():
        for number, start, end in nlp.matches(search.index, search.tokens, search.bounds[sentence], candidates,
                                              search.by_start):  # fmt: skip
            _, owner, phrase, role, _ = search.index.rows[number]
            raw.setdefault((owner, role), []).append(Hit(start, end, sentence, phrase))


REACH = 60
"""Words on either side of its anchor that a pattern with gaps is looked for in; more than any pattern can reach."""


def _kept(hits: Sequence[Hit], excepted: Sequence[Hit], unless: Sequence[Hit], apart: bool) -> list[Hit]:
    """Hits that no exception covers; of overlapping ones the first, of those the longest.

    An exception of phrase -1 holds for all phrases of its owner, any other for its phrase alone.
    """
    spoiled = {(hit.sentence, hit.phrase) for hit in unless}
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if apart and kept and hit.start < kept[-1].end:
            continue
        if spoiled and ((hit.sentence, -1) in spoiled or (hit.sentence, hit.phrase) in spoiled):
            continue
        if any(_covers(exception, hit) for exception in excepted):
            continue
        kept.append(hit)
    return kept


def _covers(exception: Hit, hit: Hit) -> bool:
    return exception.phrase in (-1, hit.phrase) and exception.start < hit.end and hit.start < exception.end
