"""All phrases of a language, filed so that a text pays only for those that its words lead to.

Every pattern is filed under its rarest place. The places of all patterns without gaps that share the rarest one form a
tree, so that what they have in common is looked at once; those with gaps are filed by the next rarest place as well.
How they are looked for in a text is told in `matching`.
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

from replylint.notation import MIN_ENDING, Atom, Flat, lies

Role = Literal["hit", "except", "unless"]
_PREFIX = 3
_COMMON_SHAPES = {"cap": 4000, "name": 800, "number": 800, "caps": 400}
_COMMON_WORD = 3000
_COMMON_ENDING = 1500
_MOST_SENSES = 20_000
"""So many words, each with its shapes, are kept in mind."""

RIGHT, LEFT, RIGHT_OPTIONAL, LEFT_OPTIONAL, RIGHT_SLOT, LEFT_SLOT, AT_START, AT_END = range(8)
"""How a tree goes on: with a word on one side, one that may be missing, what an element finds, or a sentence's end."""

ALWAYS = -1
"""Stands for an atom that is everywhere."""

_NEEDED = {RIGHT_OPTIONAL: RIGHT, LEFT_OPTIONAL: LEFT}

_KEPT = "rows", "plain", "words", "prefixes", "endings", "tags", "slots", "asked", "watched", "shaped"
"""What of an index is written as it is."""

Tree = tuple[tuple[int, ...], tuple[tuple[int, int, Any], ...]]
"""The patterns that are complete here, and the ways on: how, by which atom, to which tree."""


class Node:
    """A tree made ready for walking: ways over plain words are looked up, only the others are tried one by one.

    A way over a word that may be missing is a way over that word, and all the ways that go on behind it as well.
    """

    __slots__ = (
        "children", "done", "ends", "left", "left_atoms", "left_shapes", "right", "right_atoms", "right_shapes",
        "slots", "trees",
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
        self.right_shapes = 0
        self.left_atoms: list[tuple[int, Node]] = []
        self.left_shapes = 0
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
            if not _is_shaped(atom):
                return
            if how == RIGHT:
                self.right_atoms.append((number, Node(rest)))
                self.right_shapes |= 1 << number
            else:
                self.left_atoms.append((number, Node(rest)))
                self.left_shapes |= 1 << number

    def over(self, side: dict[str, Node | list[Tree]], word: str, trees: list[Tree]) -> Node:
        """Makes the node behind a word on one side out of its trees; words that lead to the same trees share it."""
        key = tuple(map(id, trees))
        if key not in self.children:
            self.children[key] = Node(*trees)
        made = side[word] = self.children[key]
        return made


class Root(NamedTuple):
    """All that starts at one anchor or at several that one word is: the tree of the patterns without gaps, and the
    numbers of those with gaps by another atom that each of them needs (`ALWAYS`: by none)."""

    node: Node | None
    seconds: frozenset[int]
    gapped: Mapping[int, Sequence[int]]


class Sense(NamedTuple):
    """What a word with its shapes means to an index: the atoms that it fits, of those that are asked for one by one,
    and what starts at it, with the level."""

    atoms: frozenset[int]
    marks: frozenset[int]
    """Those of them that are watched."""
    shapes: int
    """Those of them that fit more than plain words, as bits."""
    roots: tuple[tuple[int, Root], ...]


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
    roots: dict[tuple[int, ...], Root] = field(default_factory=dict)
    """By the atoms that one word is, what starts at it, for the words seen so far."""

    @cached_property
    def anchors(self) -> frozenset[int]:
        """The atoms under which its patterns are filed."""
        return frozenset(self.trees) | frozenset(self.gapped)


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
    endings: dict[str, list[tuple[str, str, int]]]
    """The same for ends of words, by their last letters, with the beginning and the whole end."""
    tags: dict[str, list[int]]
    slots: dict[str, list[int]]
    """For each element the atoms that stand for it."""
    asked: frozenset[int]
    """The atoms of patterns with gaps, the anchors of exceptions, and those that fit more than plain words."""
    watched: frozenset[int]
    """The rarest ones that patterns with gaps need beside their anchors, and the anchors of exceptions."""
    shaped: int
    """So many atoms, which come first, fit more than plain words."""
    exceptions: dict[str, dict[int, Level]]
    """For each owner and phrase (-1: all of its phrases) its exceptions, which are looked for where it has a hit."""
    atoms: list[Atom | None] = field(default_factory=list)
    steps_: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    needs: dict[int, frozenset[int]] = field(default_factory=dict)
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

    def steps(self, number: int) -> tuple[tuple[int, str], ...]:
        """The atoms of a pattern that cannot be missing, in order, each with the element it stands for, if any."""
        found = self.steps_.get(number)
        if found is None:
            atoms = ((at, self.atom(at)) for at in self.rows[number][0])
            needed = ((at, atom) for at, atom in atoms if atom.kind in ("word", "slot") and not atom.optional)
            found = self.steps_[number] = tuple((at, atom.name) for at, atom in needed)
        return found

    def needed(self, number: int) -> frozenset[int]:
        """The watched atoms of a pattern that cannot be missing."""
        found = self.needs.get(number)
        if found is None:
            found = self.needs[number] = self.watched.intersection(at for at, _ in self.steps(number))
        return found

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
            ends = self.endings.get(word[-MIN_ENDING:], ())
            atoms.update(at for beginning, ending, at in ends if lies(word, beginning, ending))
            for tag in tags:
                atoms.update(self.tags.get(tag, ()))
            ordered = sorted(atoms)
            asked = self.asked & atoms
            roots = ((number, self.root(level, ordered)) for number, level in enumerate(self.levels_))
            started = tuple((number, root) for number, root in roots if root is not None)
            found = Sense(asked, self.watched & asked, sum(1 << at for at in asked if at < self.shaped), started)
            if len(self.senses) > _MOST_SENSES:
                self.senses.clear()
            self.senses[key] = found
        return found

    def root(self, level: Level, atoms: Iterable[int]) -> Root | None:
        """What starts at a word that fits `atoms`, or at a hit of an element; None when nothing does."""
        anchors = tuple(at for at in atoms if at in level.trees or at in level.gapped)
        if not anchors:
            return None
        if anchors not in level.roots:
            trees = [level.trees[at] for at in anchors if at in level.trees]
            gapped: dict[int, list[int]] = {}
            for second, numbers in (pair for at in anchors for pair in level.gapped.get(at, ())):
                gapped.setdefault(second, []).extend(numbers)
            node = Node(*trees).open(self) if trees else None
            level.roots[anchors] = Root(node, frozenset(gapped), gapped)
        return level.roots[anchors]

    def to_bytes(self) -> bytes:
        """The index without what can be made again."""
        levels = [(level.slots, level.trees, level.gapped) for level in self.levels_]
        exceptions = [
            (owner, phrase, level.slots, level.trees, level.gapped)
            for owner, levels in self.exceptions.items()
            for phrase, level in levels.items()
        ]
        known = {name: getattr(self, name) for name in _KEPT}
        return marshal.dumps((levels, exceptions, known))

    @classmethod
    def from_bytes(cls, data: bytes) -> Index:
        """The index that `to_bytes` wrote; raises ValueError, EOFError or TypeError when it did not."""
        with _no_collection():
            levels, exceptions, known = marshal.loads(data)
        theirs: dict[str, dict[int, Level]] = {}
        for owner, phrase, *level in exceptions:
            theirs.setdefault(owner, {})[phrase] = Level(*level)
        return cls([Level(*level) for level in levels], **known, exceptions=theirs)


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
    unique = dict.fromkeys(atom for pattern in patterns for atom in pattern.atoms)
    shaped = sum(map(_is_shaped, unique))
    numbers = {atom: number for number, atom in enumerate(sorted(unique, key=_is_shaped, reverse=True))}
    rows = []
    anchors: list[list[int]] = []
    for pattern in patterns:
        atoms = pattern.atoms
        row = tuple(map(numbers.__getitem__, atoms))
        rows.append((row, pattern.owner, pattern.phrase, pattern.role, pattern.level))
        anchors.append(sorted(_places(atoms), key=lambda at: _weight(atoms[at], weights))[:3])
    plain = [tuple(getattr(atom, name) for name in Atom.__slots__) for atom in numbers]
    hits: dict[int, list[int]] = {number: [] for number in range(1 + max((p.level for p in patterns), default=0))}
    excepted: dict[str, dict[int, list[int]]] = {}
    for at, pattern in enumerate(patterns):
        if pattern.role == "hit":
            hits[pattern.level].append(at)
        else:
            excepted.setdefault(pattern.owner, {}).setdefault(pattern.phrase, []).append(at)
    levels = [_level(patterns, rows, anchors, members) for members in hits.values()]
    exceptions = {
        owner: {phrase: _level(patterns, rows, anchors, members) for phrase, members in phrases.items()}
        for owner, phrases in excepted.items()
    }
    gapped = (at for pattern, row in zip(patterns, rows, strict=True) if pattern.gapped for at in row[0])
    theirs = [level for phrases in exceptions.values() for level in phrases.values()]
    beside = (rows[at][0][place] for at, pattern in enumerate(patterns) if pattern.gapped for place in anchors[at][1:])
    watched = frozenset(beside).union(*(level.anchors for level in theirs))
    asked = watched.union(gapped, range(shaped))
    index = Index(levels, rows, plain, {}, {}, {}, {}, {}, asked, watched, shaped, exceptions)
    for atom, number in numbers.items():
        _file(index, atom, number)
    return index


def _is_shaped(atom: Atom) -> bool:
    """Whether an atom fits more than plain words."""
    return bool(atom.prefixes or atom.endings or atom.tags)


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
            counts.update(map("*".join, atom.endings))
            counts.update(atom.tags)
    return counts


def _weight(atom: Atom, weights: Counter[str]) -> int:
    keys = (*atom.words, *atom.prefixes, *map("*".join, atom.endings), *atom.tags)
    common = _COMMON_ENDING * any(not beginning for beginning, _ in atom.endings)
    return max((weights[key] + _COMMON_SHAPES.get(key, 0) for key in keys), default=0) + len(keys) + common


def _level(patterns: Sequence[Pattern], rows: Sequence[Any], anchors: Sequence[list[int]], members: Any) -> Level:
    """The patterns of the numbers `members`; `anchors` are the rarest places of each pattern, one or two."""
    growing: dict[int, Any] = {}
    gapped: dict[int, dict[int, list[int]]] = {}
    for at in members:
        place, row = anchors[at][0], rows[at][0]
        if patterns[at].gapped:
            second = row[anchors[at][1]] if len(anchors[at]) > 1 else ALWAYS
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
    for beginning, ending in atom.endings:
        index.endings.setdefault(ending[-MIN_ENDING:], []).append((beginning, ending, number))
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
