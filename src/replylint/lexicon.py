"""What is known of one language besides its rules: `rules/languages/<code>.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from replylint.fold import fold

_SAMPLE = 400
"""So many characters tell the script of a text."""
_UNTOUCHED = re.compile(r"(\{[^{}]*\}|`[^`]*`|<[^<>]*>|https?://\S+|\S+@\S+)")


class Greeting(BaseModel):
    """How a reply opens: the words that greet, the words that only stand for a name, and titles before a name."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    openers: tuple[str, ...] = Field((), description="Greeting words in the notation, matched at the draft's start")
    addressees: tuple[str, ...] = Field((), description="Words for any customer: customer, sir, team, there")
    titles: tuple[str, ...] = Field((), description="Words that stand before a surname: mr, dr")
    short_names: tuple[tuple[str, ...], ...] = Field((), description="Rows of forms of one first name")
    name_endings: tuple[tuple[str, ...], ...] = Field(
        (), description="Rows of endings that forms of one name have: ar, re for Petar, Petre; an empty one is allowed"
    )


class Calendar(BaseModel):
    """Words of time and what they are worth."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    weekdays: dict[str, int] = Field(default_factory=dict, description="Monday is 0")
    months: dict[str, int] = Field(default_factory=dict, description="January is 1")
    units: dict[str, float] = Field(default_factory=dict, description="Units of time, in hours")
    workdays: tuple[str, ...] = Field((), description="Words before a unit that make it count working days only")
    numbers: dict[str, float] = Field(default_factory=dict, description="Number words")
    days: dict[str, int] = Field(default_factory=dict, description="Words for a day, as days from today")
    ordinals: tuple[str, ...] = Field((), description="Endings of a written ordinal: st, nd, rd, th")
    halves: tuple[str, ...] = Field((), description="Marks of a half of the day behind a clock time: am, pm")
    short_dates: bool = Field(False, description="Whether 24.10 is a date")
    fillers: tuple[str, ...] = Field((), description="Words inside a date that mean nothing: the, of")


class LanguageFile(BaseModel):
    """A language: how its words are written, its time words, and the marks of conditions, negation and quoting."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    code: str
    name: str
    script: dict[str, str] = Field(default_factory=dict, description="Letters of the second script, as the first")
    latin: dict[str, str] = Field(
        default_factory=dict, description="Letters in Latin script, to compare a name with how others write it"
    )
    letters: dict[str, str] = Field(
        default_factory=dict, description="Letters that are often written for others, after folding, and those: dj, d"
    )
    function_words: tuple[str, ...] = Field((), description="Frequent words, for telling languages apart")
    telling: tuple[str, ...] = Field((), description="Words and beginnings (ab*) that its neighbours do not have")
    contractions: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="A word, or an ending written -n't, and the words that it stands for"
    )
    ambiguous: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="A contracted word and all the words that it may stand for"
    )
    spellings: dict[str, str] = Field(default_factory=dict, description="Variant or misspelling, and the form used")
    dotted_ordinals: bool = Field(False, description="Whether a number with a full stop is an ordinal: 3. maja")
    abbreviations: tuple[str, ...] = Field((), description="Words with a full stop that ends no sentence, without it")
    comma_words: tuple[str, ...] = Field(
        (), description="Words before which a comma is spelling and no pause, so that `..` reaches over it"
    )
    conditions: tuple[str, ...] = Field((), description="Words that open a condition")
    negations: tuple[str, ...] = Field((), description="Words that deny what follows")
    emphatic: tuple[str, ...] = Field((), description="Words that are shouted when a single one is in capitals")
    placeholder_words: tuple[str, ...] = Field((), description="Words inside brackets that mark a blank to be filled")
    quote_lines: tuple[str, ...] = Field((), description="Notation of the line that opens quoted history")
    forward_lines: tuple[str, ...] = Field((), description="Notation of a line after which all is history")
    mail_headers: tuple[str, ...] = Field((), description="Words before a colon in a forwarded mail's head")
    closings: tuple[str, ...] = Field((), description="Notation of the line that closes a letter")
    greeting: Greeting = Greeting()
    calendar: Calendar = Calendar()

    @cached_property
    def script_map(self) -> Mapping[int, str]:
        return {ord(letter): latin for letter, latin in self.script.items()}

    @cached_property
    def times(self) -> Calendar:
        """The calendar with its words as drafts are read."""
        folded = {
            name: {self.folded(word): value for word, value in words.items()}
            for name, words in self.calendar.model_dump().items()
            if isinstance(words, dict)
        }
        fillers = tuple(map(self.folded, self.calendar.fillers))
        return self.calendar.model_copy(update={**folded, "fillers": fillers})

    def uses_second_script(self, text: str) -> bool:
        """Whether most letters of a text are those of the language's second script."""
        if not self.script:
            return False
        letters = [letter for letter in text[:_SAMPLE].casefold() if letter.isalpha()]
        return 2 * sum(letter in self.script for letter in letters) > len(letters)

    def in_second_script(self, text: str) -> str:
        """A text of the rule files in the second script, but for what stands in braces, backticks and addresses."""
        pieces = _UNTOUCHED.split(text)
        return "".join(piece if at % 2 else self._turned(piece) for at, piece in enumerate(pieces))

    def _turned(self, text: str) -> str:
        for letter, first in sorted(self.script.items(), key=lambda pair: -len(pair[1])):
            for form, turned in (
                (first, letter),
                (first.capitalize(), letter.upper()),
                (first.upper(), letter.upper()),
            ):
                text = text.replace(form, turned)
        return text

    @cached_property
    def latin_map(self) -> Mapping[int, str]:
        return {ord(letter): latin for letter, latin in self.latin.items()}

    @cached_property
    def name_rows(self) -> tuple[frozenset[str], ...]:
        """The rows of forms of one first name, folded."""
        return tuple(frozenset(map(self.folded, row)) for row in self.greeting.short_names)

    @cached_property
    def ending_rows(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(map(self.folded, row)) for row in self.greeting.name_endings)

    @cached_property
    def spelling_map(self) -> Mapping[str, str]:
        return {self.folded(word): self.folded(form) for word, form in self.spellings.items()}

    @cached_property
    def contraction_words(self) -> Mapping[str, tuple[str, ...]]:
        return {self.folded(word): forms for word, forms in self.contractions.items() if not word.startswith("-")}

    @cached_property
    def contraction_endings(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        pairs = [(self.folded(word[1:]), forms) for word, forms in self.contractions.items() if word.startswith("-")]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    @cached_property
    def ambiguous_of(self) -> Mapping[str, tuple[str, ...]]:
        """For each word, the contracted forms that may stand for it."""
        found: dict[str, list[str]] = {}
        for form, words in self.ambiguous.items():
            for word in words:
                found.setdefault(word, []).append(form)
        return {word: tuple(forms) for word, forms in found.items()}

    @cached_property
    def abbreviation_words(self) -> frozenset[str]:
        return frozenset(self.folded(word) for word in self.abbreviations)

    @cached_property
    def title_words(self) -> frozenset[str]:
        return frozenset(self.folded(word) for word in self.greeting.titles)

    @cached_property
    def common_words(self) -> frozenset[str]:
        return frozenset(self.folded(word) for word in self.function_words)

    @cached_property
    def opener_words(self) -> frozenset[str]:
        """The words that a greeting may begin with."""
        firsts = (re.match(r"\^\s*(?:\[[^]]*\]\s*)*(?:\(([^)]*)\)|(\S+))", phrase) for phrase in self.greeting.openers)
        words = (word for first in firsts if first for word in (first[1] or first[2]).split("|"))
        return frozenset(self.folded(word.strip()) for word in words)

    @cached_property
    def emphatic_words(self) -> frozenset[str]:
        return frozenset(self.folded(word) for word in self.emphatic)

    @cached_property
    def blanks(self) -> frozenset[str]:
        """Words inside brackets that mark a blank to be filled."""
        return frozenset(self.folded(word) for word in self.placeholder_words)

    @cached_property
    def word_tags(self) -> Mapping[str, frozenset[str]]:
        """For each word of time or number, its tags."""
        calendar = self.calendar
        groups: dict[str, Iterable[str]] = {
            "weekday": calendar.weekdays, "month": calendar.months, "unit": calendar.units,
            "number": calendar.numbers, "day": calendar.days, "half": calendar.halves,
            "workday": calendar.workdays, "title": self.greeting.titles, "addressee": self.greeting.addressees,
        }  # fmt: skip
        tags: dict[str, set[str]] = {}
        for tag, words in groups.items():
            for word in words:
                tags.setdefault(self.folded(word), set()).add(tag)
        return {word: frozenset(names) for word, names in tags.items()}

    def folded(self, word: str) -> str:
        """`word` without what no rule cares about."""
        word = fold(word, self.script_map)
        for letters, meant in self.letters.items():
            word = word.replace(letters, meant)
        return word
