"""Finds all phrases of a language in a text at once.

Every pattern is filed under its rarest place. The places of all patterns that share the rarest one form a tree, so that
what they have in common is looked at once; a text pays only for the trees that its words lead to. Patterns without gaps
are found by walking those trees; those with gaps, once all their words are known to stand in the sentence in order, are
left to spaCy's Matcher (see `nlp`).
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import marshal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from replylint.laying import Bounds, fits_in
from replylint.notation import Atom, Flat
from replylint.tokens import Tokens

Role = Literal["hit", "except", "unless"]
_PREFIX = 3
_COMMON_SHAPES = {"cap": 4000, "name": 800, "number": 800, "caps": 400}
_COMMON_WORD = 3000

RIGHT, LEFT, RIGHT_OPTIONAL, LEFT_OPTIONAL, RIGHT_SLOT, LEFT_SLOT, AT_START, AT_END = range(8)
"""How a tree goes on: with a word on one side, one that may be missing, what an element finds, or a sentence's end."""

_NEEDED = {RIGHT_OPTIONAL: RIGHT, LEFT_OPTIONAL: LEFT}

Tree = tuple[tuple[int, ...], tuple[tuple[int, int, Any], ...]]
"""The patterns that are complete here, and the ways on: how, by which atom, to which tree."""


class Node:
    """A tree made ready for walking: ways over plain words are looked up, only the others are tried one by one.

    A way over a word that may be missing is a way over that word, and all the ways that go on behind it as well.
    """

    __slots__ = ("done", "left", "others", "right", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree: Tree | None = tree
        self.done: list[int] = []
        self.right: dict[str, list[Node]] = {}
        self.left: dict[str, list[Node]] = {}
        self.others: list[tuple[int, int, Node]] = []

    def open(self, index: Index) -> None:
        """Takes the tree apart; most trees are never reached, so that this waits until one is."""
        if self.tree is None:
            return
        done, ways = self.tree
        self.tree = None
        self.done.extend(done)
        waiting = list(ways)
        while waiting:
            how, number, rest = waiting.pop()
            atom = index.atom(number)
            if atom.optional:
                self.done.extend(rest[0])
                waiting.extend(rest[1])
            self._add(_NEEDED.get(how, how), number, atom, Node(rest))

    def _add(self, how: int, number: int, atom: Atom, node: Node) -> None:
        if how in (RIGHT, LEFT):
            side = self.right if how == RIGHT else self.left
            for word in atom.words:
                side.setdefault(word, []).append(node)
        if how not in (RIGHT, LEFT) or atom.prefixes or atom.tags:
            self.others.append((how, number, node))


class Hit(NamedTuple):
    """Words ``start`` to ``end`` (exclusive) of sentence `sentence` that phrase number `phrase` found."""

    start: int
    end: int
    sentence: int
    phrase: int


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
    """The patterns of one level: which anchors an element leads to, by atom number, and for each anchor the tree of its
    patterns without gaps, and the numbers of those with by the next rarest atom they need."""

    slots: dict[str, list[int]] = field(default_factory=dict)
    trees: dict[int, Tree] = field(default_factory=dict)
    gapped: dict[int, list[tuple[int, list[int]]]] = field(default_factory=dict)
    nodes: dict[int, Node] = field(default_factory=dict)
    """The trees that were walked so far."""


@dataclass(slots=True)
class Index:
    """All patterns by level.

    Most patterns of a rule book are never a candidate in the life of a process, so that patterns and atoms are kept
    in a plain form and made when they are first asked for.
    """

    levels_: list[Level]
    rows: list[tuple[tuple[int, ...], str, int, Role, int]]
    """For each pattern the numbers of its atoms, its owner, phrase, role and level."""
    plain: list[tuple[Any, ...]]
    """The fields of each atom."""
    words: dict[str, list[tuple[int, int]]]
    """For each word the levels and atom numbers of the anchors that it is."""
    prefixes: dict[str, list[tuple[str, int, int]]]
    """The same for beginnings of words, by their first letters, with the whole beginning."""
    tags: dict[str, list[tuple[int, int]]]
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

    def node(self, level: Level, anchor: int) -> Node | None:
        """The tree of an anchor, ready for walking; None when it has none."""
        node = level.nodes.get(anchor)
        if node is None:
            tree = level.trees.get(anchor)
            if tree is None:
                return None
            node = level.nodes[anchor] = Node(tree)
            node.open(self)
        return node

    def to_bytes(self) -> bytes:
        """The index without what can be made again."""
        levels = [(level.slots, level.trees, level.gapped) for level in self.levels_]
        return marshal.dumps((levels, self.rows, self.plain, self.words, self.prefixes, self.tags))

    @classmethod
    def from_bytes(cls, data: bytes) -> Index:
        """The index that `to_bytes` wrote; raises ValueError, EOFError or TypeError when it did not."""
        with _no_collection():
            levels, *rest = marshal.loads(data)
        return cls([Level(*level) for level in levels], *rest)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector, which would look through a million new tuples again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


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
    levels = [
        _level(patterns, rows, anchors, number) for number in range(1 + max((p.level for p in patterns), default=0))
    ]
    index = Index(levels, rows, plain, {}, {}, {})
    for level, atom, number in dict.fromkeys(
        (p.level, p.atoms[places[0]], row[0][places[0]]) for p, row, places in zip(patterns, rows, anchors, strict=True)
    ):
        _file(index, level, atom, number)
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


def _level(patterns: Sequence[Pattern], rows: Sequence[Any], anchors: Sequence[list[int]], number: int) -> Level:
    """One level of the index; `anchors` are the rarest places of each pattern, one or two."""
    growing: dict[int, Any] = {}
    gapped: dict[int, dict[int, list[int]]] = {}
    for at, pattern in enumerate(patterns):
        if pattern.level != number:
            continue
        place, row = anchors[at][0], rows[at][0]
        if pattern.gapped:
            second = row[anchors[at][1]] if len(anchors[at]) > 1 else -1
            gapped.setdefault(row[place], {}).setdefault(second, []).append(at)
        else:
            _grow(growing.setdefault(row[place], ([], {})), _way(pattern.atoms, row, place), at)
    trees = {anchor: _grown(tree) for anchor, tree in growing.items()}
    return Level({}, trees, {anchor: list(seconds.items()) for anchor, seconds in gapped.items()})


def _file(index: Index, level: int, atom: Atom, number: int) -> None:
    """Files an anchor under what leads to it."""
    for word in atom.words:
        index.words.setdefault(word, []).append((level, number))
    for prefix in atom.prefixes:
        index.prefixes.setdefault(prefix[:_PREFIX], []).append((prefix, level, number))
    for tag in atom.tags:
        index.tags.setdefault(tag, []).append((level, number))
    if atom.kind == "slot":
        index.levels_[level].slots.setdefault(atom.name, []).append(number)


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

    def walk(self, node: Node, left: int, right: int, bounds: Bounds) -> Iterator[tuple[int, int, int]]:
        """Number, first word and end of every pattern of a tree whose anchor stands at `left` to `right`."""
        first, last = bounds
        words = self.tokens.words
        waiting = [(node, left, right)]
        while waiting:
            node, left, right = waiting.pop()
            if node.tree is not None:
                node.open(self.index)
            for number in node.done:
                yield number, left, right
            if node.right and right < last:
                for rest in node.right.get(words[right], ()):
                    waiting.append((rest, left, right + 1))
            if node.left and left > first:
                for rest in node.left.get(words[left - 1], ()):
                    waiting.append((rest, left - 1, right))
            for how, atom, rest in node.others:
                waiting.extend(self._other(how, atom, rest, left, right, bounds))

    def _other(
        self, how: int, number: int, rest: Node, left: int, right: int, bounds: Bounds
    ) -> Iterator[tuple[Node, int, int]]:
        """The ways on over a word told by its beginning or shape, over an end of the sentence, or over an element."""
        first, last = bounds
        if how == RIGHT:
            if right < last and self.fits(number, right):
                yield rest, left, right + 1
        elif how == LEFT:
            if left > first and self.fits(number, left - 1):
                yield rest, left - 1, right
        elif how in (AT_START, AT_END):
            if (left == first) if how == AT_START else (right == last):
                yield rest, left, right
        elif how == RIGHT_SLOT and right < last:
            for end in self.by_start.get(self.index.atom(number).name, {}).get(right, ()):
                yield rest, left, end
        elif how == LEFT_SLOT and left > first:
            for start in self.by_end.get(self.index.atom(number).name, {}).get(left, ()):
                yield rest, start, right

    def anchors(self) -> list[list[tuple[int, int, int]]]:
        """For each level the atom number and words of every anchor that is a word of the text."""
        words, prefixes, shapes = self.index.words, self.index.prefixes, self.index.tags
        found: list[list[tuple[int, int, int]]] = [[] for _ in self.index.levels_]
        all_tags = self.tokens.tags
        for place, word in enumerate(self.tokens.words):
            if self.sentence_of[place] < 0:
                continue
            for level, atom in words.get(word, ()):
                found[level].append((atom, place, place + 1))
            for prefix, level, atom in prefixes.get(word[:_PREFIX], ()):
                if word.startswith(prefix):
                    found[level].append((atom, place, place + 1))
            for tag in all_tags[place]:
                for level, atom in shapes.get(tag, ()):
                    found[level].append((atom, place, place + 1))
        return found

    def slot_anchors(self, level: Level) -> Iterator[tuple[int, int, int]]:
        """Atom number and words of every anchor of a level that an element has found."""
        for name, filed in level.slots.items():
            for start, ends in self.by_start.get(name, {}).items():
                for end in ends:
                    for atom in filed:
                        yield atom, start, end

    def possible(self, number: int, bounds: Bounds, places: Sequence[int]) -> bool:
        """Whether a pattern stands in a sentence, as far as it can be told without spaCy."""
        return self.in_order(
            number, Bounds(max(bounds.start, places[0] - REACH), min(bounds.end, places[-1] + REACH))
        ) and (fits_in(self.index.flat(number), self.tokens, bounds, self.by_start))

    def in_order(self, number: int, bounds: Bounds) -> bool:
        """Whether all that a pattern needs stands within `bounds`, in its order."""
        row = self.index.rows[number][0]
        place, last = bounds
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
    anchors = search.anchors()
    for level, words in zip(index.levels_, anchors, strict=True):
        raw: dict[tuple[str, Role], list[Hit]] = {}
        gapped: dict[tuple[int, int], list[int]] = {}
        for atom, place, after in itertools.chain(words, search.slot_anchors(level)):
            sentence = sentence_of[place]
            for second, numbers in level.gapped.get(atom, ()):
                if second < 0 or search.holds(second, sentence):
                    for number in numbers:
                        gapped.setdefault((sentence, number), []).append(place)
            node = index.node(level, atom)
            if node is None or not (node.others or node.done or _leads_on(node, tokens.words, place, after)):
                continue
            for number, start, end in search.walk(node, place, after, bounds[sentence]):
                _, owner, phrase, role, _ = index.rows[number]
                raw.setdefault((owner, role), []).append(Hit(start, end, sentence, phrase))
        _gapped(search, gapped, raw)
        for owner in {owner for owner, role in raw if role == "hit"}:
            hits = _kept(raw[owner, "hit"], raw.get((owner, "except"), ()), raw.get((owner, "unless"), ()), apart)
            if hits:
                found[owner] = hits
                search.learn(owner, hits)
    return found


def _leads_on(node: Node, words: Sequence[str], place: int, after: int) -> bool:
    """Whether a word next to the anchor is one that a tree can go on with: most trees end here."""
    return (after < len(words) and words[after] in node.right) or (place > 0 and words[place - 1] in node.left)


def _gapped(
    search: _Scan, wanted: Mapping[tuple[int, int], Sequence[int]], raw: dict[tuple[str, Role], list[Hit]]
) -> None:
    """Asks spaCy for the patterns with gaps whose words are all there, in order."""
    ready: dict[int, dict[int, Sequence[int]]] = {}
    for (sentence, number), places in wanted.items():
        if search.possible(number, search.bounds[sentence], places):
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
