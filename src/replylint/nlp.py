"""The only door to spaCy, opened when the first pattern with a wide gap or words in any order asks for it.

spaCy's Matcher is slow on many patterns and long sentences, so that it only has the last word: it sees the few words
over which a pattern can be laid. Its vocabulary would grow with every new word of a stream of replies, so documents are
made inside a memory zone and nothing of them leaves it.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from replylint.laying import Ends
from replylint.notation import Atom, Flat
from replylint.tokens import BREAK, Tokens

if TYPE_CHECKING:
    from replylint.index import Index


_alone = False


def be_alone() -> None:
    """Says that nobody else in this process uses spaCy, so that its command line need not be imported."""
    global _alone
    _alone = True


def be_ready() -> None:
    """Opens spaCy, so that no reply has to wait for it."""
    _spacy()


@cache
def _spacy() -> tuple[Any, Any, Any]:
    """The shared vocabulary, and the classes Matcher and Doc."""
    with _without_command_line() if _alone else contextlib.nullcontext():
        from spacy.matcher import Matcher
        from spacy.tokens import Doc
        from spacy.vocab import Vocab

    return Vocab(), Matcher, Doc


@contextlib.contextmanager
def _without_command_line() -> Iterator[None]:
    """Keeps `import spacy` from importing its downloader and project tools, a quarter of its time."""
    names = ("spacy.cli", "spacy.cli.info")
    if "spacy" in sys.modules:
        yield
        return
    for name in names:
        module = types.ModuleType(name)
        module.__dict__["info"] = None
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)


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
        if atom.least:
            return [{"ORTH": {"NOT_IN": [BREAK]}}]
        return [{"OP": "*"} if atom.commas else {"ORTH": {"NOT_IN": [BREAK]}, "OP": "*"}]
    if atom.kind == "slot":
        return [{"ENT_TYPE": atom.name, "OP": "*" if atom.optional else "+"}]
    options: list[dict[str, Any]] = []
    if atom.words:
        options.append({"ORTH": {"IN": sorted(atom.words)}})
    if atom.prefixes:
        options.append({"ORTH": {"REGEX": f"^(?:{'|'.join(map(re.escape, atom.prefixes))})"}})
    if atom.endings:
        pairs = (f"{re.escape(beginning)}.+{re.escape(ending)}" for beginning, ending in atom.endings)
        options.append({"ORTH": {"REGEX": f"^(?:{'|'.join(pairs)})$"}})
    if atom.tags:
        options.append({"TAG": {"REGEX": f"\\b(?:{'|'.join(sorted(atom.tags))})\\b"}})
    if atom.optional:
        for option in options:
            option["OP"] = "?"
    return options


def confirmed(
    index: Index, tokens: Tokens, candidates: Mapping[int, Sequence[tuple[int, int]]], slots: Ends
) -> Iterator[tuple[int, int, int]]:
    """Pattern number, first word and end of each candidate (words by pattern) that the pattern's Matcher confirms."""
    matchers = {number: _matcher(index, number) for number in candidates}
    found: list[tuple[int, int, int]] = []
    _remember(index, tokens, candidates)
    with _spacy()[0].memory_zone():
        for number, places in candidates.items():
            names = tuple(sorted({atom.name for atom in index.flat(number) if atom.kind == "slot"}))
            for start, end in places:
                document = _document(tokens, start, end, names, slots)
                if any((first, last) == (0, end - start) for _, first, last in matchers[number](document)):
                    found.append((number, start, end))
    yield from found


_remembered: set[str] = set()


def _remember(index: Index, tokens: Tokens, candidates: Mapping[int, Sequence[tuple[int, int]]]) -> None:
    """Gives words of the rules a place in the vocabulary for good; those of a reply go with its memory zone."""
    words = {word for places in candidates.values() for start, end in places for word in tokens.words[start:end]}
    for word in words - _remembered:
        if word in index.words:
            _ = _spacy()[0][word]
            _remembered.add(word)


def _document(tokens: Tokens, start: int, end: int, names: Sequence[str], slots: Ends) -> Any:
    """A range of words as spaCy takes it, with the hits of some elements."""
    vocab, _, doc_class = _spacy()
    return doc_class(
        vocab,
        words=tokens.words[start:end],
        tags=["+".join(sorted(tags)) for tags in tokens.tags[start:end]],
        ents=_entities(names, slots, start, end) if names else None,
    )


def _entities(names: Sequence[str], slots: Ends, start: int, end: int) -> list[str]:
    """The words that each element found, in spaCy's entity marks."""
    marks = ["O"] * (end - start)
    for name in names:
        hits = slots.get(name, {})
        for first in range(start, end):
            for place in range(first, min(max(hits.get(first, (0,))), end)):
                marks[place - start] = ("B-" if place == first else "I-") + name
    return marks
