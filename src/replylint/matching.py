"""Finds all phrases of a language in a text at once.

Patterns without gaps are found by walking the trees of the index that the text's words lead to; those with gaps, once
all their words are known to stand in the sentence in order, are laid over it (see `laying`), and when the gaps are wide
or the order is free, spaCy's Matcher decides (see `nlp`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from replylint.index import ALWAYS, AT_START, RIGHT_SLOT, Index, Level, Node, Role, Root, Sense
from replylint.laying import Bounds, lays, shortest
from replylint.tokens import Tokens

REACH = 60
"""Words on either side of its anchor that a pattern with gaps is looked for in; more than any pattern can reach."""


class Hit(NamedTuple):
    """Words ``start`` to ``end`` (exclusive) of sentence `sentence` that phrase number `phrase` found."""

    start: int
    end: int
    sentence: int
    phrase: int


Raw = dict[tuple[str, Role], list[Hit]]
Anchor = tuple[Root, int, int]
"""What starts at words of a text, with their first and end."""


@dataclass(slots=True)
class _Scan:
    """One text under search."""

    index: Index
    tokens: Tokens
    bounds: Sequence[Bounds]
    sentence_of: Sequence[int]
    senses: list[Sense] = field(default_factory=list)
    fitting: list[frozenset[int]] = field(default_factory=list)
    present: list[set[int]] = field(default_factory=list)
    """For each sentence the watched atoms that its words and the hits in it fit."""
    rooted: list[list[Anchor]] = field(default_factory=list)
    """For each level what starts at the words of a text."""
    by_start: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    by_end: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    edges: set[int] = field(default_factory=set)
    """The first words and the ends of all hits of elements."""

    def __post_init__(self) -> None:
        self.senses = list(map(self.index.sense, self.tokens.words, self.tokens.tags))
        self.fitting = [sense.atoms for sense in self.senses]
        marks = [sense.marks for sense in self.senses]
        self.present = [{ALWAYS}.union(*marks[start:end]) for start, end in self.bounds]
        self.rooted = [[] for _ in range(self.index.levels)]
        for place, sense in enumerate(self.senses):
            for level, root in sense.roots:
                self.rooted[level].append((root, place, place + 1))

    def learn(self, name: str, hits: Sequence[Hit]) -> None:
        """Makes the hits of an element known to slots."""
        atoms = self.index.slots.get(name)
        if not atoms:
            return
        starts, ends = self.by_start.setdefault(name, {}), self.by_end.setdefault(name, {})
        for start, end, sentence, _ in hits:
            starts.setdefault(start, []).append(end)
            ends.setdefault(end, []).append(start)
            self.edges.update((start, end))
            self.present[sentence].update(atoms)

    def anchors(self, number: int) -> list[Anchor]:
        """What starts at the words and at the elements' hits of a text on a level."""
        found = self.rooted[number]
        level = self.index.levels_[number]
        for name in level.slots.keys() & self.by_start.keys():
            root = self.index.root(level, level.slots[name])
            if root is not None:
                found.extend((root, start, end) for start, ends in self.by_start[name].items() for end in ends)
        return found

    def exceptions(self, level: Level, sentence: int) -> Iterator[Anchor]:
        """What starts at the words and at the elements' hits of a sentence among the exceptions of a phrase."""
        start, end = self.bounds[sentence]
        for anchor in level.anchors & self.present[sentence]:
            root = self.index.root(level, (anchor,))
            atom = self.index.atom(anchor)
            if root is None:
                continue
            if atom.kind == "slot":
                firsts = self.by_start.get(atom.name, {})
                yield from ((root, at, after) for at in firsts if start <= at < end for after in firsts[at])
            else:
                yield from ((root, at, at + 1) for at in range(start, end) if anchor in self.fitting[at])

    def collect(self, anchors: Iterable[Anchor], raw: Raw) -> None:
        """Adds what patterns find that start at `anchors`: those without gaps first, then those with."""
        needed = self.index.needed
        gapped: dict[tuple[int, int], list[int]] = {}
        for root, place, after in anchors:
            sentence = self.sentence_of[place]
            if root.node is not None:
                self.walk(root.node, place, after, sentence, raw)
            if root.seconds:
                present = self.present[sentence]
                for second in root.seconds & present:
                    for number in root.gapped[second]:
                        if needed(number) <= present:
                            gapped.setdefault((sentence, number), []).append(place)
        if gapped:
            self.lay(gapped, raw)

    def walk(self, node: Node, left: int, right: int, sentence: int, raw: Raw) -> None:
        """Adds what the patterns of a tree find whose anchor stands at `left` to `right`.

        The innermost loop of all: names are looked up once, and nothing is called that need not be.
        """
        first, last = self.bounds[sentence]
        words, senses, index = self.tokens.words, self.senses, self.index
        waiting: list[tuple[Node, int, int]] = []
        while True:
            if node.trees:
                node.open(index)
            if node.done:
                self.add(node.done, left, right, sentence, raw)
            if right < last:
                word = words[right]
                if word in node.right:
                    behind = node.right[word]
                    known = behind if isinstance(behind, Node) else node.over(node.right, word, behind)
                    waiting.append((known, left, right + 1))
                if node.right_shapes and node.right_shapes & senses[right].shapes:
                    fits = senses[right].atoms
                    waiting.extend((rest, left, right + 1) for atom, rest in node.right_atoms if atom in fits)
            if left > first:
                word = words[left - 1]
                if word in node.left:
                    behind = node.left[word]
                    known = behind if isinstance(behind, Node) else node.over(node.left, word, behind)
                    waiting.append((known, left - 1, right))
                if node.left_shapes and node.left_shapes & senses[left - 1].shapes:
                    fits = senses[left - 1].atoms
                    waiting.extend((rest, left - 1, right) for atom, rest in node.left_atoms if atom in fits)
            if node.ends:
                for how, rest in node.ends:
                    if (left == first) if how == AT_START else (right == last):
                        waiting.append((rest, left, right))
            if node.slots and (right in self.edges or left in self.edges):
                waiting.extend(self.over_slots(node, left, right, sentence))
            if not waiting:
                return
            node, left, right = waiting.pop()

    def over_slots(self, node: Node, left: int, right: int, sentence: int) -> Iterator[tuple[Node, int, int]]:
        """The ways on over what an element has found."""
        bounds = self.bounds[sentence]
        for how, name, rest in node.slots:
            if how == RIGHT_SLOT:
                if right < bounds.end and name in self.by_start:
                    yield from ((rest, left, end) for end in self.by_start[name].get(right, ()))
            elif left > bounds.start and name in self.by_end:
                yield from ((rest, start, right) for start in self.by_end[name].get(left, ()))

    def add(self, numbers: Iterable[int], start: int, end: int, sentence: int, raw: Raw) -> None:
        """Files that patterns found words `start` to `end` under their owners."""
        for number in numbers:
            _, owner, phrase, role, _ = self.index.rows[number]
            raw.setdefault((owner, role), []).append(Hit(start, end, sentence, phrase))

    def lay(self, wanted: Mapping[tuple[int, int], Sequence[int]], raw: Raw) -> None:
        """Adds what patterns with gaps, by sentence and number, are laid over; spaCy has the last word on wide gaps."""
        wide: dict[int, dict[int, Sequence[tuple[int, int]]]] = {}
        for (sentence, number), places in wanted.items():
            laid = self.laid(number, sentence, places)
            if laid and self.index.is_wide(number):
                wide.setdefault(sentence, {})[number] = laid
            else:
                for start, end in laid:
                    self.add((number,), start, end, sentence, raw)
        if not wide:
            return
        from replylint import nlp

        for sentence, candidates in wide.items():
            for number, start, end in nlp.confirmed(self.index, self.tokens, candidates, self.by_start):
                self.add((number,), start, end, sentence, raw)

    def laid(self, number: int, sentence: int, places: Sequence[int]) -> list[tuple[int, int]]:
        """The words of a sentence, as first and end, over which a pattern with gaps can be laid."""
        start, end = self.bounds[sentence]
        if not self.in_order(number, max(start, places[0] - REACH), min(end, places[-1] + REACH)):
            return []
        row = [(at, self.index.atom(at)) for at in self.index.rows[number][0]]
        return shortest(lays(row, self.fitting, self.tokens, self.bounds[sentence], self.by_start))

    def in_order(self, number: int, place: int, last: int) -> bool:
        """Whether all that a pattern needs stands between the words `place` and `last`, in its order."""
        fitting = self.fitting
        for at, name in self.index.steps(number):
            if name:
                # Either is looked through, the fewer, so that a long text with many hits costs no more for each.
                starts = self.by_start.get(name, {})
                few: Iterable[int] = starts if len(starts) < last - place else range(place, last)
                place = min((at for at in few if place <= at < last and at in starts), default=last)
            else:
                while place < last and at not in fitting[place]:
                    place += 1
            if place >= last:
                return False
            place += 1
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
    `bounds` are the sentences, `sentence_of` gives each word's sentence.
    """
    search = _Scan(index, tokens, bounds, sentence_of)
    found: dict[str, list[Hit]] = {}
    for level in range(index.levels):
        raw: Raw = {}
        search.collect(search.anchors(level), raw)
        owners = [owner for owner, _ in raw]
        for owner in owners:
            hits = _without_exceptions(search, owner, raw[owner, "hit"])
            if len(hits) > 1:
                hits.sort(key=_place)
                hits = parted(hits) if apart and owner not in overlapping else hits
            if hits:
                found[owner] = hits
        for owner in owners:
            search.learn(owner, found.get(owner, ()))
    return found


def _place(hit: Hit) -> tuple[int, int, int]:
    return hit.start, -hit.end, hit.phrase


def _without_exceptions(search: _Scan, owner: str, hits: list[Hit]) -> list[Hit]:
    """The hits of an owner that no exception covers, of those in the sentences where it has hits.

    An exception of phrase -1 holds for all phrases of its owner, any other for its phrase alone.
    """
    levels = search.index.exceptions.get(owner)
    if levels is None:
        return hits
    raw: Raw = {}
    for phrase, sentence in {(phrase, hit.sentence) for hit in hits for phrase in (-1, hit.phrase)}:
        if phrase in levels:
            search.collect(search.exceptions(levels[phrase], sentence), raw)
    if not raw:
        return hits
    excepted = raw.get((owner, "except"), ())
    spoiled = {(hit.sentence, hit.phrase) for hit in raw.get((owner, "unless"), ())}
    return [
        hit
        for hit in hits
        if (hit.sentence, -1) not in spoiled
        and (hit.sentence, hit.phrase) not in spoiled
        and not any(_covers(exception, hit) for exception in excepted)
    ]


def parted(hits: Sequence[Hit]) -> list[Hit]:
    """`hits`, in order, without those that share a word with an earlier one."""
    kept: list[Hit] = []
    for hit in hits:
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def _covers(exception: Hit, hit: Hit) -> bool:
    return exception.phrase in (-1, hit.phrase) and exception.start < hit.end and hit.start < exception.end
