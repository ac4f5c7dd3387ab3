"""Words, numbers, links and marks of a text, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from replylint import slots
from replylint.lexicon import LanguageFile

BREAK = "|"
"""The word that stands for a mark over which no phrase reaches."""

_SHAPES = r"""
    (?P<plain> (?![Xx]{3}|[Хх]{3}) [^\W\d_]++ (?=[ \n] | [,.?!:] [ \n] | [.?!]?\Z) )
  | (?P<slot> [SLOTS] )
  | (?P<literal> `[^`\n]{1,200}` )
  | (?P<placeholder>
        \{\{[^{}\n]{0,80}\}\} | \{%[^{}\n]{0,80}%\} | \$\{[^{}\n]{1,60}\} | \{[A-Za-z_][\w .]{0,40}\}
      | %[A-Za-z]+(?:_[A-Za-z]+)+% | %[A-Z]{3,}% | %%[\w .-]{1,40}%% | \[%[^\[\]\n]{1,40}%\] | \$[A-Z]+(?:_[A-Z]+)+\b
      | <[A-Za-z][\w-]*(?:[ _][\w'’-]+){1,6}> | <<[^<>\n]{1,60}>> | <[A-Z][A-Z_]{2,}>
      | \[\[[^\[\]\n]{1,60}\]\] | \[[A-Z][A-Z0-9 _'’/.-]{2,60}\](?!\()
      | [£€$][ ]?[Xx]{2,}\b | (?<![\w%])%[a-z]{3,20}%(?!\w)
      | (?<![\w-])(?:[Xx]{3,}|[Хх]{3,})(?![\w-]|-?\d) | _{4,}
      | \#{1,2}[A-Z][A-Z_]{2,}\#{1,2} | (?<![\w*])\*{2,3}[A-Z][A-Z_ ]{2,30}\*{2,3} | @@\w{2,30}@@ | \$[A-Z]{4,}\b
    )
  | (?P<bracket> \[[^\W\d_][^\[\]\n]{2,60}\](?!\() | «[^\W\d_][^«»\n]{2,40}» )
  | (?P<url> \b(?:https?://|www\.)[^\s<>"“”]{0,2000}[\w/=&#-] | \b[a-z0-9-]+\.
        (?:com|org|net|io|eu|co\.uk|nl|hr|rs|ru|de|app|gov)(?:/[^\s<>"“”,;]*[\w/=&#-]|(?![\w@.-])) )
  | (?P<email> [\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5} )
  | (?P<emoticon> (?<!\w)[:;=]['-]?[()DPp\]/](?!\w) | <3(?!\d) | \^\^ )
  | (?P<date> \b\d{4}-\d{2}-\d{2}\b | (?<![\d-])(?:[12]?\d|0\d|3[01])-(?:0?[1-9]|1[0-2])-(?:19|20)\d{2}(?![\d-])
      | \b\d{1,2}[./]\s?\d{1,2}[./](?:\s?\d{4}|\d{2})?(?!\d)(?<![\s]) )
  | (?P<clock> \b(?:[01]?\d|2[0-3]):[0-5]\d\b | \b(?:1[0-2]|0?[1-9])(?:[.:][0-5]\d)?\ ?[ap]\.?m\b\.? )
  | (?P<money> [£$€₽₴₺¥₹]\ ?\d[\d.,]*(?<![.,]) | \b\d[\d.,]*(?<![.,])\ ?[£€$₽₴₺¥₹] )
  | (?P<percent> \b\d[\d.,]*\ ?% )
  | (?P<code> \b(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b
      | (?<=\#)\d+ | \b\d{5,}\b | \b\d+(?:-\d+){2,}\b )
  | (?P<number> \d+(?:[.,:/–-]\d+)* )
  | (?P<word> HYPHENATED [^\W\d_]+(?:['’][^\W\d_]+)*['’]? )
  | (?P<stop> (?:[.!?…]+(?:\s?[!?]+)?) )
  | (?P<comma> , )
  | (?P<newline> [^\S\n]*\n\s* | \r\s* | [\u2028\u2029] )
  | (?P<bullet> [•▪●◦‣] )
  | (?P<mark> [;:()\[\]{}<>«»„“”"|/\\–—=*_~^\#+&№-] | '|’|‘ )
  | (?P<symbol> [^\s\w] )
    """
"""The shapes of words and marks, tried in this order; most words are plain ones between spaces, told at once."""
_SHAPES = _SHAPES.replace("SLOTS", f"{slots.FIRST}-{slots.LAST}")
_HYPHENATED = "HYPHENATED"
_WORDLIKE = frozenset({"word", "number", "date", "clock", "money", "percent", "code", "url", "email", "placeholder"})
_ORDINAL = re.compile(r"\d+")
_SHORT_DATE = re.compile(r"(\d{1,2})\.(\d{2})")
_NO_TAGS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Stop:
    """A mark that may end a sentence: what it is, and before which word it stands."""

    kind: str
    value: str
    before: int
    start: int
    end: int


@dataclass(slots=True)
class Tokens:
    """The words of a text in parallel lists, and the marks between them.

    words: folded, contractions taken apart; `BREAK` where a mark stands over which no phrase reaches.
    tags: what a word is besides (number, name, weekday ...). starts, ends: code points of the text.
    commas: numbers of the words right after a comma. stops: ends of sentences and of lines, in order.
    """

    words: list[str] = field(default_factory=list)
    tags: list[frozenset[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    commas: set[int] = field(default_factory=set)
    stops: list[Stop] = field(default_factory=list)

    def add(self, word: str, tags: frozenset[str], start: int, end: int) -> None:
        self.words.append(word)
        self.tags.append(tags)
        self.starts.append(start)
        self.ends.append(end)


@dataclass(frozen=True)
class Tokenizer:
    """Cuts texts of one language; remembers the words it has seen, up to a limit."""

    language: LanguageFile
    limit: int = 50_000

    @cached_property
    def _memory(self) -> dict[str, tuple[tuple[str, int, int, frozenset[str]], ...]]:
        return {}

    @cached_property
    def _shapes(self) -> re.Pattern[str]:
        """The shapes, with the language's hyphenated words that are spelled as one word in its phrases."""
        hyphenated = [word for word in self.language.spellings if "-" in word]
        words = "|".join(re.escape(word) for word in sorted(hyphenated, key=len, reverse=True))
        return re.compile(_SHAPES.replace(_HYPHENATED, f"(?i:{words})(?!\\w)|" if words else ""), re.VERBOSE)

    @cached_property
    def _ordinals(self) -> frozenset[str]:
        return frozenset(self.language.calendar.ordinals)

    def __call__(self, text: str) -> Tokens:
        """The tokens of `text`, in time linear in its length."""
        found = Tokens()
        memory = self._memory
        # The loop runs for every word of every text, so that it calls nothing that need not be called.
        words, all_tags, starts, ends = found.words.append, found.tags.append, found.starts.append, found.ends.append
        for match in self._shapes.finditer(text):
            kind = match.lastgroup
            start = match.start()
            if kind == "plain" or kind == "word":
                raw = match.group()
                for word, begin, stop, tags in memory.get(raw) or self._remember(raw):
                    words(word)
                    all_tags(tags)
                    starts(start + begin)
                    ends(start + stop)
            else:
                self._other(found, text, kind or "symbol", match.group(), start, match.end())
        if self.language.comma_words:
            found.commas = {at for at in found.commas if at >= len(found.words) or found.words[at] not in self._light}
        return found

    @cached_property
    def _light(self) -> frozenset[str]:
        return frozenset(self.language.folded(word) for word in self.language.comma_words)

    def words(self, text: str) -> list[str]:
        """The folded words of a short text, as they stand in patterns."""
        return [word for word in self(text).words if word != BREAK]

    def _other(self, found: Tokens, text: str, kind: str, value: str, start: int, end: int) -> None:
        if kind == "comma":
            found.commas.add(len(found.words))
        elif kind in ("stop", "newline"):
            found.stops.append(Stop(kind, value, len(found.words), start, end))
            if kind == "stop" and value.count("!") > 1:
                found.add(value, frozenset({"bang"}), start, end)
        elif kind in ("placeholder", "bracket"):
            self._placeholder(found, kind, value, start, end)
        elif kind == "slot":
            found.add(value, slots.TAGS[value], start, end)
        elif kind == "literal":
            found.add(value.lower(), frozenset({"code"}), start, end)
        elif kind in _WORDLIKE:
            self._shape(found, kind, value, start, end)
        elif kind in ("emoticon", "symbol"):
            self._symbol(found, kind, value, start, end)
        elif kind != "mark" or value not in "'’‘*_~-№" or (value == "-" and self._dash(text, start, end)):
            found.add(BREAK, frozenset({kind}), start, end)

    @staticmethod
    def _dash(text: str, start: int, end: int) -> bool:
        """Whether a hyphen stands alone between spaces, as a dash does."""
        return text[start - 1 : start].isspace() and text[end : end + 1].isspace()

    def _shape(self, found: Tokens, kind: str, value: str, start: int, end: int) -> None:
        """A number, link or the like; a number with an ordinal ending is an ordinal, not a code."""
        digits = _ORDINAL.match(value)
        if kind == "code" and digits and value[digits.end() :].lower() in self._ordinals:
            found.add(digits.group(), frozenset({"number", "digits", "ordinal"}), start, end)
        elif kind == "code" and digits and value[digits.end() :].lower() in self.language.word_tags:
            middle = start + digits.end()
            word = value[digits.end() :].lower()
            found.add(digits.group(), frozenset({"number", "digits"}), start, middle)
            found.add(word, self.language.word_tags[word], middle, end)
        else:
            found.add(value.lower(), self._tags(kind, value), start, end)

    def _tags(self, kind: str, value: str) -> frozenset[str]:
        """The tags of a number, link or the like; 24.10 is a date too where days are written so."""
        if kind != "number":
            return frozenset({kind})
        day = _SHORT_DATE.fullmatch(value) if self.language.calendar.short_dates else None
        dated = day is not None and 1 <= int(day[1]) <= 31 and 1 <= int(day[2]) <= 12
        return frozenset({"number", "digits", "date"} if dated else {"number", "digits"})

    def _placeholder(self, found: Tokens, kind: str, value: str, start: int, end: int) -> None:
        """Words in square brackets are a blank only when one of them says so."""
        if kind == "bracket" and value[1:-1] != value[1:-1].upper():
            inner = self(value[1:-1])
            if self.language.blanks.isdisjoint(inner.words):
                for word, tags, begin, stop in zip(inner.words, inner.tags, inner.starts, inner.ends, strict=True):
                    found.add(word, tags, start + 1 + begin, start + 1 + stop)
                return
        found.add(value.lower(), frozenset({"placeholder"}), start, end)

    def _symbol(self, found: Tokens, kind: str, value: str, start: int, end: int) -> None:
        """Emoji next to each other are one token each, except joiners and modifiers, which join the one before."""
        if kind == "emoticon":
            found.add(value, frozenset({"emoji"}), start, end)
        elif value in "\ufe0f\u200d\u20e3" or "\U0001f3fb" <= value <= "\U0001f3ff":
            if found.ends and found.ends[-1] == start and "emoji" in found.tags[-1]:
                found.ends[-1] = end
        elif value >= "\u2190" and _is_emoji(value):
            found.add(value, frozenset({"emoji"}), start, end)
        else:
            found.add(BREAK, frozenset({"symbol"}), start, end)

    def _remember(self, raw: str) -> tuple[tuple[str, int, int, frozenset[str]], ...]:
        parts = tuple(self._taken_apart(raw))
        if len(self._memory) >= self.limit:
            self._memory.clear()
        self._memory[raw] = parts
        return parts

    def _taken_apart(self, raw: str) -> Iterator[tuple[str, int, int, frozenset[str]]]:
        language = self.language
        word = language.folded(raw)
        word = language.spelling_map.get(word, word)
        length = len(raw)
        shape = _case(raw)
        forms = language.contraction_words.get(word)
        if forms:
            middle = max(1, length // len(forms))
            for number, form in enumerate(forms):
                last = number == len(forms) - 1
                yield form, number * middle, length if last else (number + 1) * middle, shape
            return
        for ending, forms in language.contraction_endings:
            if word.endswith(ending) and len(word) > len(ending):
                middle = length - len(ending)
                stem = word[: -len(ending)]
                yield stem, 0, middle, shape | language.word_tags.get(stem, _NO_TAGS)
                for form in forms:
                    yield form, middle, length, _NO_TAGS
                return
        word = word.strip("'")
        yield word, 0, length, shape | language.word_tags.get(word, _NO_TAGS)


def _case(raw: str) -> frozenset[str]:
    if not raw[0].isupper():
        return _NO_TAGS
    letters = raw.replace("'", "").replace("’", "")
    return frozenset({"cap", "caps"}) if len(letters) > 1 and letters.isupper() else frozenset({"cap"})


def _is_emoji(value: str) -> bool:
    """Asks the emoji library, which is imported only for texts that hold a candidate."""
    import emoji

    return emoji.is_emoji(value) or emoji.is_emoji(value + "\ufe0f")
