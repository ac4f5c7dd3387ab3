"""The only door to spaCy, opened when the first pattern with a gap asks for it.

spaCy's Matcher runs over the folded words of one sentence. Its vocabulary would grow with every new word of a stream of
replies, so documents are made inside a memory zone and nothing of them leaves it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from replylint.matching import Bounds, Index
from replylint.notation import Atom, Flat
from replylint.tokens import BREAK, Tokens

WINDOW = 60
"""Words on either side of the anchor that a pattern with gaps is looked for in; more than any pattern can reach."""


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
        places = [_options(atom) for atom in _inner(index.patterns[number].atoms)]
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
    index: Index,
    tokens: Tokens,
    bounds: Bounds,
    candidates: Sequence[tuple[int, int]],
    slots: Mapping[str, Mapping[int, Sequence[int]]],
) -> Iterator[tuple[int, int, int]]:
    """Pattern number, first word and end of each match of `candidates` (pattern, anchor's place) in one sentence.

    Of several matches of a pattern that share a word, the shortest is given.
    """
    vocab, _, doc_class = _spacy()
    for number, _ in candidates:
        _matcher(index, number)
    found: list[tuple[int, int, int]] = []
    with vocab.memory_zone():
        documents: dict[tuple[int, tuple[str, ...]], Any] = {}
        for number, place in candidates:
            atoms = index.patterns[number].atoms
            start, end = max(bounds.start, place - WINDOW), min(bounds.end, place + WINDOW)
            names = tuple(sorted({atom.name for atom in atoms if atom.kind == "slot"}))
            if (start, names) not in documents:
                documents[start, names] = doc_class(
                    vocab,
                    words=tokens.words[start:end],
                    tags=["+".join(sorted(tags)) for tags in tokens.tags[start:end]],
                    ents=_entities(names, slots, start, end) if names else None,
                )
            for first, last in _shortest(atoms, _matcher(index, number)(documents[start, names], with_alignments=True), tokens, start, bounds):
                found.append((number, first, last))
    yield from found


def _entities(
    names: Sequence[str], slots: Mapping[str, Mapping[int, Sequence[int]]], start: int, end: int
) -> list[str]:
    """The words that each element found, in spaCy's entity marks."""
    marks = ["O"] * (end - start)
    for name in names:
        for first, lasts in slots.get(name, {}).items():
            for place in range(max(first, start), min(max(lasts), end)):
                marks[place - start] = ("B-" if place == first else "I-") + name
    return marks


def _shortest(
    atoms: Flat, found: Sequence[Any], tokens: Tokens, offset: int, bounds: Bounds
) -> list[tuple[int, int]]:
    """Matches that keep the gaps' limits, shortest first, none sharing a word with a shorter one."""
    good = [
        (offset + first, offset + last)
        for _, first, last, places in found
        if _holds(atoms, places, tokens, offset + first, offset + last, bounds)
    ]
    kept: list[tuple[int, int]] = []
    for first, last in sorted(good, key=lambda pair: (pair[1] - pair[0], pair[0])):
        if all(last <= other[0] or other[1] <= first for other in kept):
            kept.append((first, last))
    return kept


def _holds(atoms: Flat, places: Sequence[int], tokens: Tokens, first: int, last: int, bounds: Bounds) -> bool:
    """Whether a match keeps to its sentence's ends and to each gap's length and commas."""
    if atoms[0].kind == "start" and first != bounds.start:
        return False
    if atoms[-1].kind == "end" and last != bounds.end:
        return False
    inner = _inner(atoms)
    for at, atom in enumerate(inner):
        if atom.kind != "gap":
            continue
        inside = [first + number for number, place in enumerate(places) if place == at]
        if len(inside) > atom.most:
            return False
        if not atom.commas:
            after = next(first + number for number, place in enumerate(places) if place > at)
            if any(place in tokens.commas for place in (*inside, after)):
                return False
    return True
