"""Which language a text is in: frequent and telling words first, langdetect only for what they leave open.

langdetect knows no Serbian, takes its Cyrillic for Macedonian, and changes its mind from run to run; words decide most
drafts in microseconds and the same way every time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from replylint.fold import fold
from replylint.lexicon import LanguageFile
from replylint.rulebook import Rulebook

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SAMPLE = 60
"""Words that are looked at; more do not change the answer."""
SHORT_LINE = 3
"""A line of so few words is a greeting, a name or a number, and says little of the language."""
SURE, LEAD, FEWEST = 0.3, 1.5, 2
"""A language is taken when this share of the words are its frequent words, this much more than of the next language's,
and at least so many different ones. In 15 words of English about 7 are frequent, in 15 of Dutch or German about 2."""
HINTED = 0.15
"""With this share of frequent words a language is taken when its telling words stand out."""
KIN = 0.5
"""Two languages that share so much of their frequent words may both be the language of a text."""
FOREIGN = 2
"""So many different words that only a language without rules has, and more than telling ones, make it that language."""
_LATIN = "\u024f"
"""The last letter of the Latin script as European languages use it."""
FEW = 6
"""A draft of fewer words that tell nothing is taken to be in the language of what it answers."""
_MOST_WORDS = 50_000
"""So many words are remembered with what they speak for."""
_MOST_TEXTS = 10_000
"""So many texts are remembered with their language."""
_PARAGRAPH = re.compile(r"[^\n](?:[^\n]|\n(?![^\S\n]*\n))*")
PARAGRAPH = 8
"""A paragraph of so many words is judged by its own language; shorter ones are names, titles and addresses."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The language of a text: its code, or None when it cannot be told; its English name; and the languages that it may
    be in as well, because nothing in it tells them apart."""

    code: str | None
    name: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Vote:
    """What speaks for one language: the share of frequent words, how many different ones, and how many telling ones."""

    code: str
    share: float
    kinds: int
    telling: int


class _Known(NamedTuple):
    """What one word says: its folded form, the form in which it may be frequent, the languages in which it is, those
    with and without rules that it speaks for, and whether it has letters that are not Latin ones."""

    folded: str
    stem: str
    frequent: tuple[str, ...]
    telling: tuple[str, ...]
    foreign: tuple[str, ...]
    strange: bool


@dataclass(slots=True)
class _Signs:
    """Words that speak for languages, as the language files and the neighbours' list write them.

    A word is looked for as it is, a beginning (ab*), an ending (*ab) or a part (*ab*) in every word; a part of one
    letter in the word before its marks are taken off.
    """

    words: dict[str, set[str]] = field(default_factory=dict)
    beginnings: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By their first letter, each with its language."""
    endings: list[tuple[str, str]] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)
    letters: dict[str, set[str]] = field(default_factory=dict)

    def add(self, code: str, sign: str, forms: Iterable[str]) -> None:
        """Adds one sign of a language, whose letters may be written in several `forms`."""
        bare = sign.strip("*")
        if len(bare) == 1 and sign != bare:
            self.letters.setdefault(bare, set()).add(code)
            return
        for form in forms:
            if sign == bare:
                self.words.setdefault(form, set()).add(code)
            elif not sign.startswith("*"):
                self.beginnings.setdefault(form[:1], []).append((form, code))
            elif sign.endswith("*"):
                self.parts.append((form, code))
            else:
                self.endings.append((form, code))

    def of(self, word: str) -> tuple[str, ...]:
        """The languages that a word, in small letters, speaks for."""
        folded = fold(word)
        found = set(self.words.get(folded, ())).union(*(self.letters.get(letter, ()) for letter in word))
        found.update(code for form, code in self.beginnings.get(folded[:1], ()) if folded.startswith(form))
        found.update(code for form, code in self.endings if folded.endswith(form))
        found.update(code for form, code in self.parts if form in folded)
        return tuple(sorted(found))


@dataclass(slots=True)
class Identifier:
    """Tells the languages of one rule book from each other and from those without rules; make it once."""

    book: Rulebook
    frequent: dict[str, set[str]] = field(default_factory=dict)
    """For each word, as everybody's folding leaves it, the languages in which it is frequent."""
    telling: _Signs = field(default_factory=_Signs)
    foreign: _Signs = field(default_factory=_Signs)
    """The signs of languages without rules."""
    seen: dict[str, _Known] = field(default_factory=dict)
    """What the words seen so far say; forgotten when they are too many."""
    guesses: dict[tuple[str, str | None], Guess] = field(default_factory=dict)
    """The languages of the last texts, since a library asks once to compare its macros and once to lint them."""

    def __post_init__(self) -> None:
        for code, language in self.book.languages.items():
            for word in language.function_words:
                for form in _forms(word, language):
                    self.frequent.setdefault(form, set()).add(code)
        for code, language in self.book.languages.items():
            for sign in language.telling:
                if self.frequent.get(fold(sign), {code}) <= {code}:
                    self.telling.add(code, sign, _forms(sign.strip("*"), language))
        for code, signs in self.book.neighbours.items():
            for sign in signs if code not in self.book.languages else ():
                if fold(sign) not in self.frequent:
                    self.foreign.add(code, sign, {fold(sign.strip("*"))})

    def __call__(self, text: str, beside: str | None = None) -> Guess:
        """The language of `text`; the same answer every time, in time that does not grow with the text.

        beside: what the text answers; its language is taken where the text's own words leave it open.
        """
        key = text, beside
        found = self.guesses.get(key)
        if found is None:
            if len(self.guesses) > _MOST_TEXTS:
                self.guesses.clear()
            found = self.guesses[key] = self._guess(text, beside)
        return found

    def _guess(self, text: str, beside: str | None) -> Guess:
        thoughts = _thoughts(text)
        words = _words(thoughts)
        guess = self._by_words(words)
        if beside and (guess is None or guess.also):
            other = self._by_words(_words(_thoughts(beside)))
            fits = len(words) < FEW if guess is None else other and other.code in (guess.code, *guess.also)
            if other and not other.also and fits:
                return other
        if guess is None and words:
            guess = self._by_langdetect(thoughts.lower(), words)
        return guess or Guess(None)

    def others(self, text: str, main: Guess) -> list[tuple[int, int, str]]:
        """Start, end and language of the paragraphs whose words are those of another language with rules."""
        found: list[tuple[int, int, str]] = []
        for match in _PARAGRAPH.finditer(text):
            words = _words(match.group())
            guess = self._by_words(words) if len(words) >= PARAGRAPH else None
            if guess and guess.code in self.book.languages and guess.code not in (main.code, *main.also):
                if main.code not in guess.also:
                    found.append((match.start(), match.end(), str(guess.code)))
        return found

    def _votes(self, words: list[str]) -> list[_Vote]:
        """What speaks for each language, most frequent words first."""
        hits: Counter[str] = Counter()
        kinds: dict[str, set[str]] = {code: set() for code in self.book.languages}
        told: dict[str, set[str]] = {code: set() for code in self.book.languages}
        strange: set[str] = set()
        for word in words:
            known = self._known(word)
            for code in known.frequent:
                hits[code] += 1
                kinds[code].add(known.stem)
            for code in known.telling:
                told[code].add(known.folded)
            if known.strange:
                strange.add(word)
        possible = [code for code in kinds if len(strange) < FOREIGN or self._may_be(strange, code)]
        votes = [_Vote(code, hits[code] / max(1, len(words)), len(kinds[code]), len(told[code])) for code in possible]
        return sorted(votes, key=lambda vote: (-vote.share, vote.code))

    def _known(self, word: str) -> _Known:
        """What a word, in small letters, says."""
        found = self.seen.get(word)
        if found is None:
            folded = fold(word)
            stem = folded if folded in self.frequent else folded.partition("'")[0]
            frequent = tuple(sorted(self.frequent.get(stem, ())))
            found = _Known(folded, stem, frequent, self.telling.of(word), self.foreign.of(word), max(word) > _LATIN)
            if len(self.seen) > _MOST_WORDS:
                self.seen.clear()
            self.seen[word] = found
        return found

    def _may_be(self, strange: set[str], code: str) -> bool:
        """Whether a text has no letters of another script than a language is known to have.

        strange: its words with letters that are not Latin ones.
        """
        letters = self.book.languages[code].script or self.book.languages[code].latin
        if not letters:
            return True
        others = (word for word in strange if any(letter > _LATIN and letter not in letters for letter in word))
        return sum(not set(fold(word)) <= letters.keys() for word in others) < FOREIGN

    def _by_words(self, words: list[str]) -> Guess | None:
        """The language whose frequent words stand out, or of several that do the one with telling words, or None."""
        votes = self._votes(words)
        best = max((vote.share for vote in votes), default=0.0)
        foreign = self._foreign(words)
        near = [vote for vote in votes if vote.kinds >= FEWEST and vote.share >= HINTED and vote.share * LEAD > best]
        near = near if best >= SURE else []
        told = max((vote.telling for vote in near), default=0)
        if foreign and max(foreign.values()) >= max(FOREIGN, told + 1):
            return self._named(min(foreign, key=lambda code: (-foreign[code], code)))
        if not near:
            near = [vote for vote in votes if vote.telling and vote.share >= HINTED]
            told = max((vote.telling for vote in near), default=0)
        first = [vote.code for vote in near if vote.telling == told]
        return self._named(first[0], tuple(c for c in first[1:] if self._are_kin(first[0], c))) if first else None

    def _are_kin(self, one: str, other: str) -> bool:
        """Whether two languages have most of their frequent words in common, so that a text may be in either."""
        sets = [codes for codes in self.frequent.values() if one in codes or other in codes]
        both = sum({one, other} <= codes for codes in sets)
        return both >= KIN * min(sum(one in codes for codes in sets), sum(other in codes for codes in sets))

    def _foreign(self, words: list[str]) -> Counter[str]:
        """How many different words speak for each language without rules."""
        return Counter(code for word in set(words) for code in self._known(word).foreign)

    def _by_langdetect(self, text: str, words: list[str]) -> Guess:
        """langdetect's answer when it is sure, with the languages that it does not know and whose words are as many."""
        votes = self._votes(words)
        code = _detected(text, tuple(sorted(self.book.profiles)))
        if code is None:
            return Guess(None)
        unknown = {vote.code for vote in votes} - self.book.profiles.keys()
        if code in self.book.neighbours and not self._foreign(words)[code] and votes and votes[0].kinds:
            # A neighbour of which not a word is there: langdetect goes by letters, and takes Serbian for Macedonian.
            code, unknown = votes[0].code, {vote.code for vote in votes}
        if code not in self.book.languages:
            return self._named(code)
        shares = {vote.code: vote.share for vote in votes}
        near = (other for other in shares if other in unknown and other != code)
        return self._named(code, tuple(other for other in near if shares[other] * LEAD >= shares[code]))

    def _named(self, code: str, also: tuple[str, ...] = ()) -> Guess:
        known = self.book.languages.get(code)
        return Guess(code, known.name if known else self.book.profiles.get(code, code), also)


def _forms(word: str, language: LanguageFile) -> Iterable[str]:
    """How a word of a language may look when nobody knows yet whose it is: in both scripts, with and without marks."""
    other = word
    for letter, latin in sorted(language.script.items(), key=lambda pair: -len(pair[1])):
        other = other.replace(latin, letter)
    forms = {fold(word), fold(other)}
    # Only a word with marks is also written without them; elsewhere the letters are the neighbour's word.
    return forms if fold(word) == word else {*forms, language.folded(word)}


def _words(text: str) -> list[str]:
    """The first words of a text, in small letters."""
    return [match.group().lower() for match, _ in zip(_WORD.finditer(text), range(SAMPLE), strict=False)]


def _thoughts(text: str) -> str:
    """The lines that say something, greetings and names aside, as far as they are looked at."""
    lines = text[: SAMPLE * 40].splitlines()
    long = [line for line in lines if len(line.split()) > SHORT_LINE]
    return "\n".join(long or lines)


@cache
def _factory(codes: tuple[str, ...]) -> Any:
    """A langdetect factory of our own: the shared one loads 55 profiles and its seed is everyone's."""
    import langdetect
    from langdetect.detector_factory import DetectorFactory

    profiles = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    factory.load_json_profile([(profiles / code).read_text(encoding="utf-8") for code in codes])
    factory.set_seed(0)
    return factory


def _detected(text: str, codes: tuple[str, ...]) -> str | None:
    """langdetect's answer when it is sure of it, else None."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory(codes).create()
    detector.append(text)
    try:
        best = detector.get_probabilities()
    except LangDetectException:
        return None
    return best[0].lang if best and best[0].prob > 0.8 else None
