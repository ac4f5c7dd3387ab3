"""Which language a text is in: frequent words first, langdetect only for what they leave open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from replylint.fold import fold
from replylint.rulebook import Rulebook

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SAMPLE = 100
"""Words that are looked at; more do not change the answer."""
SHORT_LINE = 3
"""A line of so few words is a greeting, a name or a number, and says little of the language."""
SURE, LEAD, FEWEST = 0.3, 1.5, 2
"""A language is taken when this share of the words are its frequent words, this much more than of the next language's,
and at least so many different ones. In 15 words of English about 7 are frequent, in 15 of Dutch or German about 2."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The language of a text: its code, or None when it cannot be told; and its English name."""

    code: str | None
    name: str = ""


def identify(text: str, book: Rulebook) -> Guess:
    """The language of `text`; the same answer every time, in time that does not grow with the text."""
    text = _thoughts(text)
    words = [fold(match.group()) for match, _ in zip(_WORD.finditer(text), range(SAMPLE), strict=False)]
    if not words:
        return Guess(None)
    code = _by_frequent_words(words, book)
    if code is None:
        code = _by_langdetect(text.lower(), tuple(sorted(book.profiles)))
    if code is None:
        return Guess(None)
    known = book.languages.get(code)
    return Guess(code, known.name if known else book.profiles.get(code, code))


def _thoughts(text: str) -> str:
    """The lines that say something, greetings and names aside, as far as they are looked at."""
    lines = text[: SAMPLE * 40].splitlines()
    long = [line for line in lines if len(line.split()) > SHORT_LINE]
    return "\n".join(long or lines)


def _by_frequent_words(words: list[str], book: Rulebook) -> str | None:
    """The language whose frequent words stand out, or None."""
    votes = []
    for code, language in book.languages.items():
        own = language.common_words
        hits = [word for word in words if word in own or word.partition("'")[0] in own]
        votes.append((len(hits) / len(words), len(set(hits)), code, language))
    votes.sort(key=lambda vote: -vote[0])
    if not votes:
        return None
    share, kinds, code, _ = votes[0]
    rest = votes[1][0] if len(votes) > 1 else 0.0
    return code if share >= SURE and share >= LEAD * rest and kinds >= FEWEST else None


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


def _by_langdetect(text: str, codes: tuple[str, ...]) -> str | None:
    """langdetect's answer when it is sure of it, else None."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory(codes).create()
    detector.append(text)
    try:
        best = detector.get_probabilities()
    except LangDetectException:
        return None
    return best[0].lang if best and best[0].prob > 0.8 else None
