"""From the phrases of one language to its index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from replylint.errors import RulebookError
from replylint.index import Index, Pattern, Role, build
from replylint.lexicon import LanguageFile
from replylint.notation import Atom, Notation, united
from replylint.rules import Context, Phrase, Phrases
from replylint.tokens import Tokenizer

Terms = Mapping[tuple[str, int], tuple[tuple[Context, ...], str | None]]
"""For phrases (owner, number) the contexts in which they count although their rule leaves those out, and the only
situation in which they count."""
Files = Mapping[str, tuple[str, Sequence[Phrases]]]
"""For each owner of phrases where they stand, for messages, and the files that hold them."""
_SLOT = re.compile(r"<([a-z][a-z0-9-]*)>")


@dataclass(frozen=True, slots=True)
class _Set:
    """Phrases of one owner, as they go into the index."""

    owner: str
    path: str
    phrases: Sequence[str | Phrase]
    excepted: Sequence[str] = ()
    unless: Sequence[str] = ()

    def texts(self) -> Iterator[tuple[str, int, Role]]:
        """Every written phrase with the number of the phrase it belongs to (-1: all) and what it does."""
        for number, phrase in enumerate(self.phrases):
            if isinstance(phrase, str):
                yield phrase, number, "hit"
            else:
                yield phrase.phrase, number, "hit"
                yield from ((text, number, "except") for text in phrase.except_)
                yield from ((text, number, "unless") for text in phrase.unless)
        yield from ((text, -1, "except") for text in self.excepted)
        yield from ((text, -1, "unless") for text in self.unless)

    def needs(self) -> set[str]:
        return {name for text, _, _ in self.texts() for name in _SLOT.findall(text)}


def rule_owner(rule: str) -> str:
    """The name under which a rule's own phrases are found; no element can have it."""
    return f"rule:{rule}"


def language_owner(field_name: str) -> str:
    """The name under which phrases of a language file are found."""
    return f"language:{field_name}"


_HEAD = 16
"""So many characters of a phrase tell its place in its file."""
_LANGUAGE_PHRASES = ("conditions", "negations", "quote_lines", "forward_lines", "closings")
LANGUAGE_OWNERS = tuple(language_owner(name) for name in (*_LANGUAGE_PHRASES, "openers"))
"""The owners that every draft's parts and contexts need."""


def _sets(language: LanguageFile, files: Files) -> dict[str, _Set]:
    """Everything that goes into the index of one language, by owner."""
    sets = {
        language_owner(name): _Set(language_owner(name), name, getattr(language, name)) for name in _LANGUAGE_PHRASES
    }
    openers = language_owner("openers")
    sets[openers] = _Set(openers, "openers", language.greeting.openers)
    return sets | {owner: _wording_set(owner, path, parts) for owner, (path, parts) in files.items()}


def _wording_set(owner: str, path: str, files: Sequence[Phrases]) -> _Set:
    return _Set(
        owner,
        path,
        [phrase for file in files for phrase in file.phrases],
        [text for file in files for text in file.except_],
        [text for file in files for text in file.unless],
    )


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Every pattern of a language, by owner, with what each owner's patterns need to be found first."""

    patterns: Mapping[str, Sequence[Pattern]]
    needs: Mapping[str, frozenset[str]]
    terms: Terms
    common: frozenset[str] = frozenset()

    def index(self, owners: Iterable[str] | None = None) -> Index:
        """The index of what some owners find (None: all) and of the elements that stand in their phrases as slots."""
        wanted = list(self.patterns if owners is None else owners)
        chosen: dict[str, Sequence[Pattern]] = {}
        while wanted:
            owner = wanted.pop()
            if owner in self.patterns and owner not in chosen:
                chosen[owner] = self.patterns[owner]
                wanted.extend(self.needs[owner])
        rows = [pattern for owner in self.patterns if owner in chosen for pattern in chosen[owner]]
        return build(rows, self.common)


def compiled(language: LanguageFile, files: Files, elements: Sequence[str]) -> Phrasebook:
    """All phrases of a language as patterns.

    elements: every name that a slot may have. Raises RulebookError naming the file and the phrase that is wrong.
    """
    tokenizer = Tokenizer(language)
    sets = _sets(language, files)
    patterns: dict[str, list[Pattern]] = {}
    classes: dict[str, Atom] = {}
    for item in _in_order(sets):
        notation = Notation(tokenizer, elements, classes)
        slots = item.needs() - classes.keys()
        level = 1 + max((own[0].level for name in slots if (own := patterns.get(name))), default=-1)
        own = patterns[item.owner] = list(_patterns(item, notation, level))
        if item.owner in elements and own and all(_is_single(pattern) for pattern in own):
            classes[item.owner] = united([pattern.atoms[0] for pattern in own])
    needs = {item.owner: frozenset(item.needs() - classes.keys()) for item in sets.values()}
    return Phrasebook(patterns, needs, _terms(sets.values()), language.common_words)


def _terms(sets: Iterable[_Set]) -> Terms:
    return {
        (item.owner, number): (phrase.within, phrase.situation)
        for item in sets
        for number, phrase in enumerate(item.phrases)
        if isinstance(phrase, Phrase) and (phrase.within or phrase.situation)
    }


def _is_single(pattern: Pattern) -> bool:
    return len(pattern.atoms) == 1 and pattern.atoms[0].kind == "word" and pattern.role == "hit"


def _patterns(item: _Set, notation: Notation, level: int) -> Iterator[Pattern]:
    for text, number, role in item.texts():
        try:
            flats = notation.patterns(text)
        except RulebookError as error:
            raise RulebookError(error.message, item.path, _line_of(item.path, text)) from error
        for atoms in flats:
            gapped = any(atom.kind == "gap" for atom in atoms)
            yield Pattern(atoms, item.owner, number, role, level, gapped)


def _line_of(path: str, phrase: str) -> int | None:
    """The line of a file, from 1, on which a phrase begins; None when it cannot be told."""
    head = phrase[:_HEAD]
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((number for number, line in enumerate(lines, 1) if head in line), None)


def _in_order(sets: Mapping[str, _Set]) -> Iterator[_Set]:
    """The sets, each after those whose elements it names; raises RulebookError on a circle."""
    done: set[str] = set()
    trail: list[str] = []

    def visit(name: str) -> Iterator[_Set]:
        if name in done or name not in sets:
            return
        if name in trail:
            raise RulebookError(f"elements name each other in a circle: {' → '.join([*trail, name])}", sets[name].path)
        trail.append(name)
        for needed in sorted(sets[name].needs()):
            yield from visit(needed)
        trail.pop()
        done.add(name)
        yield sets[name]

    for name in sets:
        yield from visit(name)
