"""The notation of phrases, and the patterns it stands for.

    you did not read        words next to each other; case, diacritics, contractions and commas do not matter
    (read|look at)          one of these
    [really]  [so|very]     may be there
    apolog*  *ing  re*ed    any word that begins, ends, or begins and ends like this
    {will now surely}       these parts next to each other in any order
    _                       any one word
    ..                      up to 4 words in between, over no comma
    ...                     up to 8 words in between, commas allowed
    a & b                   a and b in any order, up to 8 words apart
    <time>                  something that the element `time` finds
    @number                 a word of a shape: number, name, weekday ... (see SHAPES)
    ^  $                    the sentence begins or ends here

A phrase stands for a handful of flat patterns. What would make checking slow is refused here: too many patterns,
parts or gaps, or nothing to look a phrase up by.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from replylint.errors import RulebookError
from replylint.tokens import BREAK, Tokenizer

SHAPES = frozenset({
    "addressee", "bang", "cap", "caps", "clock", "code", "date", "day", "digits", "email", "emoji", "half", "item",
    "loud", "money", "month", "name", "number", "ordinal", "percent", "placeholder", "title", "unit", "url", "weekday",
    "workday",
})  # fmt: skip
MAX_PATTERNS, MAX_PARTS, MAX_GAPS, MAX_DEPTH, MAX_MOVING, MIN_PREFIX, MIN_ENDING = 400, 24, 3, 9, 4, 3, 2
NEAR, FAR = 4, 8

_LEXER = re.compile(
    r"\s+|(?P<dots>\.{2,3})|(?P<slot><[a-z][a-z0-9-]*>)|(?P<shape>@[a-z]+)|(?P<mark>[()\[\]{}|&^$])"
    r"|(?P<word>[^\s()\[\]{}|&^$<>@]+)|(?P<bad>.)"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """One place in a pattern.

    word: a word of `words`, with one of `prefixes`, with one of `endings` (each with the beginning that goes with it,
    which may be empty), or tagged with one of `tags`. slot: what element `name` finds. gap: `least` to `most` words.
    start, end: of the sentence.
    """

    kind: Literal["word", "slot", "gap", "start", "end"]
    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    endings: tuple[tuple[str, str], ...] = ()
    tags: frozenset[str] = frozenset()
    name: str = ""
    least: int = 0
    most: int = 0
    commas: bool = False
    optional: bool = False


Flat = tuple[Atom, ...]


def lies(word: str, beginning: str, ending: str) -> bool:
    """Whether a word begins and ends like this, with at least one letter in between."""
    return word.endswith(ending) and word.startswith(beginning) and len(word) > len(beginning) + len(ending)


class Notation:
    """Reads phrases of one language.

    `classes` are elements of single words, by name: their slots are words like any other. Other names in `elements`
    become slots.
    """

    def __init__(self, tokenizer: Tokenizer, elements: Sequence[str] = (), classes: Mapping[str, Atom] | None = None):
        self._tokenizer = tokenizer
        self._elements = frozenset(elements)
        self._classes = classes or {}
        self._words: dict[str, tuple[Atom, ...]] = {}

    def patterns(self, phrase: str) -> tuple[Flat, ...]:
        """The flat patterns of `phrase`; raises RulebookError with what is wrong and how to mend it."""
        parts = _Parser(phrase, self).whole()
        flats = tuple(dict.fromkeys(_tidied(flat, phrase) for flat in _orders(parts, phrase)))
        if len(flats) > MAX_PATTERNS:
            raise RulebookError(f"“{phrase}” stands for more than {MAX_PATTERNS} patterns: split it into several")
        return flats

    def word(self, raw: str, phrase: str) -> tuple[Atom, ...]:
        """The atoms of one written word; several when it is a contraction."""
        if raw in self._words:
            return self._words[raw]
        if "*" in raw:
            atoms: tuple[Atom, ...] = (self._part_of_word(raw, phrase),)
        elif raw in self._tokenizer.language.ambiguous:
            atoms = (Atom("word", words=frozenset({raw})),)
        else:
            ambiguous = self._tokenizer.language.ambiguous_of
            atoms = tuple(
                Atom("word", words=frozenset({word, *ambiguous.get(word, ())}))
                for word in self._tokenizer(raw).words
                if word != BREAK
            )
            if not atoms and raw.strip(",;:'’"):
                raise RulebookError(f"“{raw}” in “{phrase}” is no word: leave it out, marks do not matter")
        self._words[raw] = atoms
        return atoms

    def _part_of_word(self, raw: str, phrase: str) -> Atom:
        """The atom of a word written with a star."""
        beginning, _, ending = (self._tokenizer.language.folded(part) for part in raw.partition("*"))
        if "*" in ending or (len(ending) < MIN_ENDING if ending else len(beginning) < MIN_PREFIX):
            raise RulebookError(
                f"“{raw}” in “{phrase}”: write one *, behind at least {MIN_PREFIX} letters or before {MIN_ENDING}"
            )
        if ending:
            return Atom("word", endings=((beginning, ending),))
        return Atom("word", prefixes=(beginning,))

    def slot(self, name: str, phrase: str) -> Atom:
        if name in self._classes:
            return self._classes[name]
        if name in self._elements:
            return Atom("slot", name=name)
        near = did_you_mean(name, self._elements)
        raise RulebookError(f"“<{name}>” in “{phrase}”: there is no element of this name{near}")


def did_you_mean(word: str, known: Sequence[str] | frozenset[str] | Mapping[str, object]) -> str:
    """The end of a sentence that proposes the nearest of `known`, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


class _Parser:
    """Recursive descent; each method answers the sequences that what it read stands for."""

    def __init__(self, phrase: str, notation: Notation) -> None:
        self.phrase = phrase
        self.notation = notation
        self.tokens = [(m.lastgroup, m.group()) for m in _LEXER.finditer(phrase) if m.lastgroup]
        self.at = 0
        self.depth = 0

    def whole(self) -> list[list[Flat]]:
        """The parts joined by `&`, each with its sequences."""
        parts = [self.sequence()]
        while self.peek() == "&":
            self.at += 1
            parts.append(self.sequence())
        if self.at < len(self.tokens):
            raise self.error(f"unexpected “{self.tokens[self.at][1]}”")
        if not all(any(part) for part in parts):
            raise self.error("it is empty")
        return parts

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def error(self, what: str) -> RulebookError:
        return RulebookError(f"the phrase “{self.phrase}” cannot be read: {what}")

    def sequence(self) -> list[Flat]:
        sequences: list[Flat] = [()]
        while self.peek() not in ("", "&", "|", ")", "]", "}"):
            item = self.item()
            sequences = [(*left, *right) for left in sequences for right in item]
            if len(sequences) > MAX_PATTERNS:
                raise self.error(f"it stands for more than {MAX_PATTERNS} patterns; split it")
        return sequences

    def item(self) -> list[Flat]:
        kind, value = self.tokens[self.at]
        self.at += 1
        if value == "(":
            return self.group(")")
        if value == "[":
            return self.optional()
        if value == "{":
            return self.moving()
        if kind == "dots":
            return [(Atom("gap", most=NEAR if value == ".." else FAR, commas=value == "..."),)]
        if kind == "slot":
            return [(self.notation.slot(value[1:-1], self.phrase),)]
        if kind == "shape":
            return [(self.shape(value[1:]),)]
        if value in "^$":
            return [(Atom("start" if value == "^" else "end"),)]
        if value == "_":
            return [(Atom("gap", least=1, most=1),)]
        if kind == "word":
            return [self.notation.word(value, self.phrase)]
        raise self.error(f"unexpected “{value}”")

    def optional(self) -> list[Flat]:
        """A single word may be skipped in place; anything longer is a pattern with it and one without."""
        options = self.group("]")
        if len(options) == 1 and len(options[0]) == 1:
            return [(replace(options[0][0], optional=True),)]
        return [*options, ()]

    def moving(self) -> list[Flat]:
        """Parts that stand next to each other in any order."""
        parts: list[list[Flat]] = []
        while self.peek() not in ("", "&", "|", ")", "]", "}"):
            parts.append(self.item())
        if self.peek() != "}":
            raise self.error("a “}” is missing")
        self.at += 1
        orders = math.factorial(len(parts)) * math.prod(map(len, parts))
        if len(parts) > MAX_MOVING or orders > MAX_PATTERNS:
            raise self.error(f"more than {MAX_MOVING} parts, or more than {MAX_PATTERNS} patterns, between {{ and }}")
        chosen = (choice for order in itertools.permutations(parts) for choice in itertools.product(*order))
        return [tuple(itertools.chain.from_iterable(choice)) for choice in chosen]

    def shape(self, name: str) -> Atom:
        if name not in SHAPES:
            raise self.error(f"there is no shape @{name}{did_you_mean(name, SHAPES)}")
        return Atom("word", tags=frozenset({name}))

    def group(self, close: str) -> list[Flat]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"it has more than {MAX_DEPTH} brackets inside each other")
        alternatives = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            alternatives.append(self.sequence())
        if len(alternatives) > 1 and [()] in alternatives:
            raise self.error("one of the alternatives is empty; [ ] says that something may be missing")
        options = [flat for alternative in alternatives for flat in alternative]
        if self.peek() != close:
            raise self.error(f"a “{close}” is missing")
        self.at += 1
        self.depth -= 1
        return _merged(options)


def _merged(options: list[Flat]) -> list[Flat]:
    """Alternatives of one word each are one atom."""
    singles = [flat[0] for flat in options if len(flat) == 1 and flat[0].kind == "word" and not flat[0].optional]
    others = [flat for flat in options if not (len(flat) == 1 and flat[0].kind == "word" and not flat[0].optional)]
    return ([(united(singles),)] if singles else []) + others


def united(atoms: Sequence[Atom]) -> Atom:
    """One word atom that fits whatever one of `atoms` fits."""
    return Atom(
        "word",
        words=frozenset().union(*(atom.words for atom in atoms)),
        prefixes=tuple(sorted({prefix for atom in atoms for prefix in atom.prefixes})),
        endings=tuple(sorted({pair for atom in atoms for pair in atom.endings})),
        tags=frozenset().union(*(atom.tags for atom in atoms)),
    )


def _orders(parts: list[list[Flat]], phrase: str) -> Iterator[Flat]:
    """Every order of the parts, a gap between them."""
    if len(parts) > 3:
        raise RulebookError(f"“{phrase}” joins more than three parts with &: write two phrases")
    if math.factorial(len(parts)) * math.prod(len(part) for part in parts) > 2 * MAX_PATTERNS:
        raise RulebookError(f"“{phrase}” stands for more than {MAX_PATTERNS} patterns: split it into several")
    between = Atom("gap", most=FAR, commas=True)
    for order in itertools.permutations(parts):
        for choice in itertools.product(*order):
            flat: Flat = choice[0]
            for part in choice[1:]:
                flat = (*flat, between, *part)
            yield flat


def _tidied(flat: Flat, phrase: str) -> Flat:
    """`flat` without gaps at its ends, checked against the limits."""
    while flat and flat[0].kind == "gap" and not flat[0].least:
        flat = flat[1:]
    while flat and flat[-1].kind == "gap" and not flat[-1].least:
        flat = flat[:-1]
    gaps = sum(atom.kind == "gap" and not atom.least for atom in flat)
    if gaps > MAX_GAPS or len(flat) > MAX_PARTS:
        raise RulebookError(f"“{phrase}” has more than {MAX_GAPS} gaps or {MAX_PARTS} words: make it shorter")
    if not any(atom.kind in ("word", "slot") and not atom.optional for atom in flat):
        raise RulebookError(f"“{phrase}” holds nothing that must be there: add a word that is not in [brackets]")
    return flat
