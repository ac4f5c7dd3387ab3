"""Finds all phrases of a language in a text at once.

Every pattern is filed under its rarest place. The places of all patterns that share the rarest one form a tree, so that
what they have in common is looked at once; a text pays only for the trees that its words lead to. Patterns without gaps
are found by walking those trees; those with gaps, once all their words are known to stand in the sentence in order, are
laid over it (see `laying`), and when the gaps are wide or the order is free, spaCy's Matcher decides (see `nlp`).
"""

from __future__ import annotations

import contextlib
import gc
import marshal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from replylint.laying import Bounds, lays, shortest
from replylint.notation import Atom, Flat
from replylint.tokens import Tokens

Role = Literal["hit", "except", "unless"]
_PREFIX = 3
_COMMON_SHAPES = {"cap": 4000, "name": 800, "number": 800, "caps": 400}
_COMMON_WORD = 3000
_MOST_SENSES = 20_000
"""So many words, each with its shapes, are kept in mind."""

RIGHT, LEFT, RIGHT_OPTIONAL, LEFT_OPTIONAL, RIGHT_SLOT, LEFT_SLOT, AT_START, AT_END = range(8)
"""How a tree goes on: with a word on one side, one that may be missing, what an element finds, or a sentence's end."""

_NEEDED = {RIGHT_OPTIONAL: RIGHT, LEFT_OPTIONAL: LEFT}

Tree = tuple[tuple[int, ...], tuple[tuple[int, int, Any], ...]]
"""The patterns that are complete here, and the ways on: how, by which atom, to which tree."""


class Node:
    """A tree made ready for walking: ways over plain words are looked up, only the others are tried one by one.

    A way over a word that may be missing is a way over that word, and all the ways that go on behind it as well.
    """

    __slots__ = (
        "children", "done", "ends", "left", "left_atoms", "left_bits", "right", "right_atoms", "right_bits", "slots",
        "trees",
    )  # fmt: skip

    def __init__(self, *trees: Tree) -> None:
        self.trees: Sequence[Tree] = trees
        self.done: list[int] = []
        self.right: dict[str, Node | list[Tree]] = {}
        """For each next word the trees that go on with it, as one node once that word was met."""
        self.left: dict[str, Node | list[Tree]] = {}
        self.children: dict[tuple[int, ...], Node] = {}
        self.right_atoms: list[tuple[int, Node]] = []
        """The ways over words that are told by their beginning or shape, and their atoms as bits."""
        self.right_bits = 0
        self.left_atoms: list[tuple[int, Node]] = []
        self.left_bits = 0
        self.slots: list[tuple[int, str, Node]] = []
        self.ends: list[tuple[int, Node]] = []

    def open(self, index: Index) -> Node:
        """Takes the tree apart; most trees are never reached, so that this waits until one is."""
        waiting: list[tuple[int, int, Any]] = []
        for done, ways in self.trees:
            self.done.extend(done)
            waiting.extend(ways)
        self.trees = ()
        while waiting:
            how, number, rest = waiting.pop()
            atom = index.atom(number)
            if atom.optional:
                self.done.extend(rest[0])
                waiting.extend(rest[1])
            self._add(_NEEDED.get(how, how), number, atom, rest)
        return self

    def _add(self, how: int, number: int, atom: Atom, rest: Tree) -> None:
        if how in (AT_START, AT_END):
            self.ends.append((how, Node(rest)))
        elif how in (RIGHT_SLOT, LEFT_SLOT):
            self.slots.append((how, atom.name, Node(rest)))
        else:
            side: dict[str, Any] = self.right if how == RIGHT else self.left
            for word in atom.words:
                side.setdefault(word, []).append(rest)
            if not (atom.prefixes or atom.tags):
                return
            if how == RIGHT:
                self.right_atoms.append((number, Node(rest)))
                self.right_bits |= 1 << number
            else:
                self.left_atoms.append((number, Node(rest)))
                self.left_bits |= 1 << number

    def over(self, side: dict[str, Node | list[Tree]], word: str) -> Node | None:
        """The node behind a word on one side; words that lead to the same trees share it."""
        found = side.get(word)
        if isinstance(found, list):
            key = tuple(map(id, found))
            if key not in self.children:
                self.children[key] = Node(*found)
            found = side[word] = self.children[key]
        return found

    def leads_on(self, before: str, left: int, after: str, right: int) -> bool:
        """Whether there is any way on from an anchor between two words with their bits: most trees end here."""
        return bool(
            self.done
            or after in self.right
            or before in self.left
            or self.slots
            or self.ends
            or self.right_bits & right
            or self.left_bits & left
        )


class Root(NamedTuple):
    """All that starts at one anchor or at several that one word is: the tree of the patterns without gaps, and the
    numbers of those with gaps by another atom that each of them needs, as its bit (0: none)."""

    node: Node | None
    gapped: tuple[tuple[int, Sequence[int]], ...]


class Sense(NamedTuple):
    """What a word with its shapes means to an index: the atoms that it fits, of those that are asked for one by one,
    and what starts at it on each level."""

    atoms: frozenset[int]
    bits: int
    """The same as a set of bits: many of them are put together for each sentence, which numbers do fastest."""
    roots: tuple[Root | None, ...]


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


@dataclass
class Level:
    """The patterns of one level: which anchors an element leads to, by atom number, and for each anchor the tree of its
    patterns without gaps, and the numbers of those with by the next rarest atom they need."""

    slots: dict[str, list[int]] = field(default_factory=dict)
    trees: dict[int, Tree] = field(default_factory=dict)
    gapped: dict[int, list[tuple[int, list[int]]]] = field(default_factory=dict)
    roots: dict[tuple[int, ...], Root | None] = field(default_factory=dict)
    """By the atoms that one word is, what starts at it, for the words seen so far."""

    @cached_property
    def anchors(self) -> frozenset[int]:
        """The atoms under which its patterns are filed."""
        return frozenset(self.trees) | frozenset(self.gapped)

    @cached_property
    def bits(self) -> int:
        """The same as bits."""
        return _bits(self.anchors)


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
    words: dict[str, list[int]]
    """For each word the atoms that it fits."""
    prefixes: dict[str, list[tuple[str, int]]]
    """The same for beginnings of words, by their first letters, with the whole beginning."""
    tags: dict[str, list[int]]
    slots: dict[str, list[int]]
    """For each element the atoms that stand for it."""
    asked: frozenset[int]
    """The atoms of patterns with gaps, the anchors of exceptions, and those that fit more than plain words."""
    exceptions: dict[tuple[str, int], Level]
    """For each owner and phrase (-1: all of its phrases) its exceptions, which are looked for where it has a hit."""
    atoms: list[Atom | None] = field(default_factory=list)
    needs: dict[int, int] = field(default_factory=dict)
    senses: dict[tuple[str, frozenset[str]], Sense] = field(default_factory=dict)
    """What the words seen so far mean; forgotten when they are too many."""
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

    def needed(self, number: int) -> int:
        """The atoms of a pattern that cannot be missing, as bits."""
        found = self.needs.get(number)
        if found is None:
            found = self.needs[number] = _bits(at for at in self.rows[number][0] if self.must_be(at))
        return found

    def must_be(self, atom: int) -> bool:
        """Whether an atom is a word or a slot that cannot be missing."""
        made = self.atom(atom)
        return made.kind in ("word", "slot") and not made.optional

    def is_wide(self, number: int) -> bool:
        """Whether a pattern has a gap that reaches over commas, as one with words in any order has."""
        return any(self.atom(at).kind == "gap" and self.atom(at).commas for at in self.rows[number][0])

    def sense(self, word: str, tags: frozenset[str]) -> Sense:
        """What a word with its shapes means."""
        key = word, tags
        found = self.senses.get(key)
        if found is None:
            atoms = set(self.words.get(word, ()))
            atoms.update(at for prefix, at in self.prefixes.get(word[:_PREFIX], ()) if word.startswith(prefix))
            for tag in tags:
                atoms.update(self.tags.get(tag, ()))
            ordered = sorted(atoms)
            asked = self.asked & atoms
            found = Sense(asked, _bits(asked), tuple(self.root(level, ordered) for level in self.levels_))
            if len(self.senses) > _MOST_SENSES:
                self.senses.clear()
            self.senses[key] = found
        return found

    def root(self, level: Level, atoms: Iterable[int]) -> Root | None:
        """What starts at a word that fits `atoms`, or at a hit of an element; None when nothing does."""
        anchors = tuple(at for at in atoms if at in level.trees or at in level.gapped)
        if anchors not in level.roots:
            trees = [level.trees[at] for at in anchors if at in level.trees]
            pairs = (pair for at in anchors for pair in level.gapped.get(at, ()))
            gapped = tuple((0 if second < 0 else 1 << second, numbers) for second, numbers in pairs)
            node = Node(*trees).open(self) if trees else None
            level.roots[anchors] = Root(node, gapped) if anchors else None
        return level.roots[anchors]

    def to_bytes(self) -> bytes:
        """The index without what can be made again."""
        levels = [(level.slots, level.trees, level.gapped) for level in self.levels_]
        exceptions = [(key, level.slots, level.trees, level.gapped) for key, level in self.exceptions.items()]
        known = (self.rows, self.plain, self.words, self.prefixes, self.tags, self.slots, self.asked)
        return marshal.dumps((levels, exceptions, *known))

    @classmethod
    def from_bytes(cls, data: bytes) -> Index:
        """The index that `to_bytes` wrote; raises ValueError, EOFError or TypeError when it did not."""
        with _no_collection():
            levels, exceptions, rows, plain, words, prefixes, tags, slots, asked = marshal.loads(data)
        theirs = {key: Level(*level) for key, *level in exceptions}
        return cls([Level(*level) for level in levels], rows, plain, words, prefixes, tags, slots, asked, theirs)


def _bits(atoms: Iterable[int]) -> int:
    """A set of atoms as the bits of a number."""
    found = 0
    for atom in atoms:
        found |= 1 << atom
    return found


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
    hits: dict[int, list[int]] = {number: [] for number in range(1 + max((p.level for p in patterns), default=0))}
    excepted: dict[tuple[str, int], list[int]] = {}
    for at, pattern in enumerate(patterns):
        if pattern.role == "hit":
            hits[pattern.level].append(at)
        else:
            excepted.setdefault((pattern.owner, pattern.phrase), []).append(at)
    levels = [_level(patterns, rows, anchors, members) for members in hits.values()]
    exceptions = {key: _level(patterns, rows, anchors, members) for key, members in excepted.items()}
    gapped = (at for pattern, row in zip(patterns, rows, strict=True) if pattern.gapped for at in row[0])
    shaped = (number for atom, number in numbers.items() if atom.prefixes or atom.tags)
    theirs = (anchor for level in exceptions.values() for anchor in level.anchors)
    asked = frozenset(gapped) | frozenset(shaped) | frozenset(theirs)
    index = Index(levels, rows, plain, {}, {}, {}, {}, asked, exceptions)
    for atom, number in numbers.items():
        _file(index, atom, number)
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


def _level(patterns: Sequence[Pattern], rows: Sequence[Any], anchors: Sequence[list[int]], members: Any) -> Level:
    """The patterns of the numbers `members`; `anchors` are the rarest places of each pattern, one or two."""
    growing: dict[int, Any] = {}
    gapped: dict[int, dict[int, list[int]]] = {}
    for at in members:
        place, row = anchors[at][0], rows[at][0]
        if patterns[at].gapped:
            second = row[anchors[at][1]] if len(anchors[at]) > 1 else -1
            gapped.setdefault(row[place], {}).setdefault(second, []).append(at)
        else:
            _grow(growing.setdefault(row[place], ([], {})), _way(patterns[at].atoms, row, place), at)
    trees = {anchor: _grown(tree) for anchor, tree in growing.items()}
    return Level({}, trees, {anchor: list(seconds.items()) for anchor, seconds in gapped.items()})


def _file(index: Index, atom: Atom, number: int) -> None:
    """Files an atom under what it fits, and an element that is an anchor under the levels where it is one."""
    for word in atom.words:
        index.words.setdefault(word, []).append(number)
    for prefix in atom.prefixes:
        index.prefixes.setdefault(prefix[:_PREFIX], []).append((prefix, number))
    for tag in atom.tags:
        index.tags.setdefault(tag, []).append(number)
    if atom.kind == "slot":
        index.slots.setdefault(atom.name, []).append(number)
        for level in index.levels_:
            if number in level.trees or number in level.gapped:
                level.slots.setdefault(atom.name, []).append(number)


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
    senses: list[Sense] = field(default_factory=list)
    by_start: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    by_end: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    fitting: list[frozenset[int]] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    """For each sentence the atoms that its words and the hits in it fit, as bits."""

    def __post_init__(self) -> None:
        self.senses = list(map(self.index.sense, self.tokens.words, self.tokens.tags))
        self.fitting = [sense.atoms for sense in self.senses]
        for start, end in self.bounds:
            bits = 0
            for sense in self.senses[start:end]:
                bits |= sense.bits
            self.present.append(bits)

    def learn(self, name: str, hits: Sequence[Hit]) -> None:
        """Makes the hits of an element known to slots."""
        atoms = self.index.slots.get(name)
        if not atoms:
            return
        bits = _bits(atoms)
        starts, ends = self.by_start.setdefault(name, {}), self.by_end.setdefault(name, {})
        for hit in hits:
            starts.setdefault(hit.start, []).append(hit.end)
            ends.setdefault(hit.end, []).append(hit.start)
            self.present[hit.sentence] |= bits

    def walk(self, node: Node, left: int, right: int, bounds: Bounds) -> Iterator[tuple[int, int, int]]:
        """Number, first word and end of every pattern of a tree whose anchor stands at `left` to `right`."""
        first, last = bounds
        words = self.tokens.words
        waiting = [(node, left, right)]
        while waiting:
            node, left, right = waiting.pop()
            if node.trees:
                node.open(self.index)
            for number in node.done:
                yield number, left, right
            if right < last:
                if words[right] in node.right and (rest := node.over(node.right, words[right])):
                    waiting.append((rest, left, right + 1))
                if node.right_bits & self.senses[right].bits:
                    fitting = self.fitting[right]
                    waiting.extend((rest, left, right + 1) for atom, rest in node.right_atoms if atom in fitting)
            if left > first:
                if words[left - 1] in node.left and (rest := node.over(node.left, words[left - 1])):
                    waiting.append((rest, left - 1, right))
                if node.left_bits & self.senses[left - 1].bits:
                    fitting = self.fitting[left - 1]
                    waiting.extend((rest, left - 1, right) for atom, rest in node.left_atoms if atom in fitting)
            for how, rest in node.ends:
                if (left == first) if how == AT_START else (right == last):
                    waiting.append((rest, left, right))
            if node.slots:
                waiting.extend(self._over_slots(node, left, right, bounds))

    def _over_slots(self, node: Node, left: int, right: int, bounds: Bounds) -> Iterator[tuple[Node, int, int]]:
        """The ways on over what an element has found."""
        for how, name, rest in node.slots:
            if how == RIGHT_SLOT:
                if right < bounds.end and name in self.by_start:
                    yield from ((rest, left, end) for end in self.by_start[name].get(right, ()))
            elif left > bounds.start and name in self.by_end:
                yield from ((rest, start, right) for start in self.by_end[name].get(left, ()))

    def anchors(self, number: int) -> Iterator[tuple[Root, int, int]]:
        """What starts at the words and at the elements' hits of a text on a level, with the words' places."""
        for place, sense in enumerate(self.senses):
            root = sense.roots[number]
            if root is not None and self.sentence_of[place] >= 0:
                yield root, place, place + 1
        level = self.index.levels_[number]
        for name, atoms in level.slots.items():
            if name in self.by_start and (root := self.index.root(level, atoms)):
                for start, ends in self.by_start[name].items():
                    for end in ends:
                        yield root, start, end

    def exceptions(self, level: Level, sentence: int) -> Iterator[tuple[Root, int, int]]:
        """What starts at the words and at the elements' hits of a sentence among the exceptions of a phrase."""
        start, end = self.bounds[sentence]
        there = level.bits & self.present[sentence]
        for anchor in level.anchors if there else ():
            if not there & (1 << anchor):
                continue
            root = self.index.root(level, (anchor,))
            atom = self.index.atom(anchor)
            if root is None:
                continue
            if atom.kind == "slot":
                firsts = self.by_start.get(atom.name, {})
                yield from ((root, at, after) for at in firsts if start <= at < end for after in firsts[at])
            else:
                yield from ((root, at, at + 1) for at in range(start, end) if anchor in self.fitting[at])

    def laid(self, number: int, sentence: int, places: Sequence[int]) -> list[tuple[int, int]]:
        """The words of a sentence, as first and end, over which a pattern with gaps can be laid."""
        start, end = self.bounds[sentence]
        if not self.in_order(number, Bounds(max(start, places[0] - REACH), min(end, places[-1] + REACH))):
            return []
        row = [(at, self.index.atom(at)) for at in self.index.rows[number][0]]
        return shortest(lays(row, self.fitting, self.tokens, self.bounds[sentence], self.by_start))

    def in_order(self, number: int, bounds: Bounds) -> bool:
        """Whether all that a pattern needs stands within `bounds`, in its order."""
        place, last = bounds
        fitting = self.fitting
        for at in self.index.rows[number][0]:
            if not self.index.must_be(at):
                continue
            atom = self.index.atom(at)
            if atom.kind == "word":
                while place < last and at not in fitting[place]:
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
    overlapping: AbstractSet[str] = frozenset(),
) -> dict[str, list[Hit]]:
    """All hits by owner, in order of place, exceptions taken off, none overlapping another of its owner if `apart`.

    `overlapping` are owners whose hits may overlap all the same, because not all of them will count.
    `bounds` are the sentences, `sentence_of` gives each word's sentence or -1 for a word outside any.
    """
    search = _Scan(index, tokens, bounds, sentence_of)
    found: dict[str, list[Hit]] = {}
    for level in range(index.levels):
        raw: dict[tuple[str, Role], list[Hit]] = {}
        _collect(search, search.anchors(level), raw)
        owners = [owner for owner, _ in raw]
        for owner in owners:
            _except(search, owner, raw)
            hits = _kept(
                raw[owner, "hit"],
                raw.get((owner, "except"), ()),
                raw.get((owner, "unless"), ()),
                apart and owner not in overlapping,
            )
            if hits:
                found[owner] = hits
        for owner in owners:
            search.learn(owner, found.get(owner, ()))
    return found


def _except(search: _Scan, owner: str, raw: dict[tuple[str, Role], list[Hit]]) -> None:
    """Adds what the exceptions of an owner find in the sentences where it has hits."""
    exceptions = search.index.exceptions
    wanted = {(phrase, hit.sentence) for hit in raw[owner, "hit"] for phrase in (-1, hit.phrase)}
    for phrase, sentence in wanted:
        level = exceptions.get((owner, phrase))
        if level is not None:
            _collect(search, search.exceptions(level, sentence), raw)


def _collect(search: _Scan, anchors: Iterable[tuple[Root, int, int]], raw: dict[tuple[str, Role], list[Hit]]) -> None:
    """Adds what patterns find that start at `anchors`: those without gaps first, then those with."""
    index, words, senses = search.index, search.tokens.words, search.senses
    needed = index.needed
    gapped: dict[tuple[int, int], list[int]] = {}
    for root, place, after in anchors:
        sentence = search.sentence_of[place]
        present = search.present[sentence]
        for second, numbers in root.gapped:
            if not second or present & second:
                for number in numbers:
                    need = needed(number)
                    if need & present == need:
                        gapped.setdefault((sentence, number), []).append(place)
        node = root.node
        if node is None:
            continue
        before, left_bits = (words[place - 1], senses[place - 1].bits) if place else ("", 0)
        following, right_bits = (words[after], senses[after].bits) if after < len(words) else ("", 0)
        if node.leads_on(before, left_bits, following, right_bits):
            _add(index, raw, sentence, search.walk(node, place, after, search.bounds[sentence]))
    if gapped:
        _lay(search, gapped, raw)


def _lay(
    search: _Scan, wanted: Mapping[tuple[int, int], Sequence[int]], raw: dict[tuple[str, Role], list[Hit]]
) -> None:
    """Adds what patterns with gaps, by sentence and number, are laid over; spaCy has the last word on wide gaps."""
    wide: dict[int, dict[int, Sequence[tuple[int, int]]]] = {}
    for (sentence, number), places in wanted.items():
        laid = search.laid(number, sentence, places)
        if laid and search.index.is_wide(number):
            wide.setdefault(sentence, {})[number] = laid
        else:
            _add(search.index, raw, sentence, ((number, start, end) for start, end in laid))
    if not wide:
        return
    from replylint import nlp

    for sentence, candidates in wide.items():
        confirmed = nlp.confirmed(search.index, search.tokens, candidates, search.by_start)
        _add(search.index, raw, sentence, confirmed)


def _add(
    index: Index, raw: dict[tuple[str, Role], list[Hit]], sentence: int, found: Iterable[tuple[int, int, int]]
) -> None:
    """Files what patterns found, as number, first word and end, under their owners."""
    for number, start, end in found:
        _, owner, phrase, role, _ = index.rows[number]
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
