"""The only door to spaCy, opened when the first pattern with a gap asks for it.

spaCy's Matcher runs over the folded words of one sentence. Its vocabulary would grow with every new word of a stream of
replies, so documents are made inside a memory zone and nothing of them leaves it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from replylint.laying import Bounds, Ends, lies
from replylint.notation import Atom, Flat
from replylint.tokens import BREAK, Tokens

if TYPE_CHECKING:
    from replylint.matching import Index

SHORT = 60
"""Sentences of so many words are looked through as a whole, longer ones in pieces."""
SLOT = 12
"""Words that an element's words are thought to take up at most when the size of a piece is reckoned."""


@cache
def _spacy() -> tuple[Any, Any, Any]:
    """The shared vocabulary, and the classes Matcher and Doc."""
    from spacy.matcher import Matcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    return Vocab(), Matcher, Doc


def _matcher(index: Index, number: int) -> Any:
    """The Matcher of one pattern, made once."""
    if number not in index.matchers:
        vocab, matcher_class, _ = _spacy()
        matcher = matcher_class(vocab, validate=False)
        places = [_options(atom) for atom in _inner(index.flat(number))]
        matcher.add("pattern", [list(choice) for choice in itertools.product(*places)])
        index.matchers[number] = matcher
    return index.matchers[number]


def _inner(atoms: Flat) -> Flat:
    return tuple(atom for atom in atoms if atom.kind not in ("start", "end"))


def _options(atom: Atom) -> list[dict[str, Any]]:
    """The token patterns that an atom stands for: one for its words, one for its beginnings, one for its shapes."""
    if atom.kind == "gap":
        return [{"OP": "*"} if atom.commas else {"ORTH": {"NOT_IN": [BREAK]}, "OP": "*"}]
    if atom.kind == "slot":
        return [{"ENT_TYPE": atom.name, "OP": "+"}]
    options: list[dict[str, Any]] = []
    if atom.words:
        options.append({"ORTH": {"IN": sorted(atom.words)}})
    if atom.prefixes:
        options.append({"ORTH": {"REGEX": f"^(?:{'|'.join(atom.prefixes)})"}})
    if atom.tags:
        options.append({"TAG": {"REGEX": f"\\b(?:{'|'.join(sorted(atom.tags))})\\b"}})
    if atom.optional:
        for option in options:
            option["OP"] = "?"
    return options


def matches(
    index: Index, tokens: Tokens, bounds: Bounds, candidates: Mapping[int, Sequence[int]], slots: Ends
) -> Iterator[tuple[int, int, int]]:
    """Pattern number, first word and end of each match of `candidates` (anchors' places by pattern) in one sentence.

    Of several matches of a pattern that share a word, the shortest is given.
    """
    matchers = {number: _matcher(index, number) for number in candidates}
    found: list[tuple[int, int, int]] = []
    with _spacy()[0].memory_zone():
        documents: dict[tuple[int, int, tuple[str, ...]], Any] = {}
        for number, places in candidates.items():
            atoms = index.flat(number)
            names = tuple(sorted({atom.name for atom in atoms if atom.kind == "slot"}))
            good: set[tuple[int, int]] = set()
            for start, end in _pieces(atoms, places, bounds):
                if (start, end, names) not in documents:
                    documents[start, end, names] = _document(tokens, start, end, names, slots)
                for _, first, last in matchers[number](documents[start, end, names]):
                    if lies(atoms, tokens, start + first, start + last, bounds, slots):
                        good.add((start + first, start + last))
            found.extend((number, *pair) for pair in _shortest(good))
    yield from found


def _document(tokens: Tokens, start: int, end: int, names: Sequence[str], slots: Ends) -> Any:
    """A range of words as spaCy takes it, with the hits of some elements."""
    vocab, _, doc_class = _spacy()
    return doc_class(
        vocab,
        words=tokens.words[start:end],
        tags=["+".join(sorted(tags)) for tags in tokens.tags[start:end]],
        ents=_entities(names, slots, start, end) if names else None,
    )


def _pieces(atoms: Flat, places: Sequence[int], bounds: Bounds) -> list[tuple[int, int]]:
    """Ranges of words in which every match stands whole: a long sentence is cut into pieces that overlap by half."""
    if bounds.end - bounds.start <= SHORT:
        return [(bounds.start, bounds.end)]
    reach = sum(atom.most or (SLOT if atom.kind == "slot" else 1) for atom in atoms)
    halves = {(place - bounds.start) // reach for place in places}
    firsts = sorted(halves | {half - 1 for half in halves if half})
    return [(bounds.start + at * reach, min(bounds.end, bounds.start + (at + 2) * reach)) for at in firsts]


def _entities(names: Sequence[str], slots: Ends, start: int, end: int) -> list[str]:
    """The words that each element found, in spaCy's entity marks."""
    marks = ["O"] * (end - start)
    for name in names:
        hits = slots.get(name, {})
        for first in range(start, end):
            for place in range(first, min(max(hits.get(first, (0,))), end)):
                marks[place - start] = ("B-" if place == first else "I-") + name
    return marks


def _shortest(good: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """The shortest of matches that share a word."""
    kept: list[tuple[int, int]] = []
    taken: set[int] = set()
    for first, last in sorted(good, key=lambda pair: (pair[1] - pair[0], pair[0])):
        if taken.isdisjoint(range(first, last)):
            kept.append((first, last))
            taken.update(range(first, last))
    return kept
