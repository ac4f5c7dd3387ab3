"""One reply as the rules of one language see it: parts, sentences, and what every phrase finds, found once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from replylint.index import Index
from replylint.laying import Bounds
from replylint.matching import Hit, scan
from replylint.phrasebook import language_owner, rule_owner
from replylint.reply import Reply
from replylint.rulebook import LanguageBook
from replylint.sentences import Sentence, line_before, sentences
from replylint.text import Span, Text
from replylint.tokens import BREAK, Tokens

_LONGEST_GREETING = 9
_LONGEST_CLOSING = 12
_NAME_WORDS = 3
_SHORT_LINE = 8
_FEW_WORDS = 5
_SHARE = 5
"""A message is taken for one of this language when one word in so many is an everyday word of it."""
_NOBODY = frozenset({"title", "addressee", "placeholder", "emoji"})
_OF_A_GREETING = _NOBODY | {"cap", "name"}
_OF_A_QUOTE_LINE = frozenset({"number", "date", "clock", "email", "weekday", "month"})


@dataclass
class Reading:
    """A text of one language: its words, sentences and everything that phrases find in it."""

    text: Text
    book: LanguageBook

    @cached_property
    def tokens(self) -> Tokens:
        tokens = self.book.tokenizer(self.text.value)
        _mark_loud(tokens, self.book)
        return tokens

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences, an inline greeting apart from what follows it, with the first word of list items marked."""
        found = sentences(self.tokens, self.text.value, self.book.language)
        if found and (end := self._greeting_comma(found[0]) or self._name_comma(found[0])):
            first = found[0]
            rest = replace(first, start=end, opens_line=False, item=False)
            found[:1] = [replace(first, end=end, close=""), rest]
        for sentence in found:
            if sentence.item:
                self.tokens.tags[sentence.start] = self.tokens.tags[sentence.start] | _ITEM
        return found

    def _greeting_comma(self, first: Sentence) -> int | None:
        """The word behind the comma that ends a greeting with a name, when the sentence goes on behind it."""
        start, end = self.inner(first)
        commas = [at for at in self.tokens.commas if start < at < end]
        if not commas or self.tokens.words[start] not in self.book.language.opener_words:
            return None
        at = min(commas)
        further = min((comma for comma in commas if comma > at), default=end)
        named = {"cap", "title", "addressee", "placeholder"}
        if further - at <= _NAME_WORDS and all(self.tokens.tags[place] & named for place in range(at, further)):
            at = further
        return at if 1 < at - start <= _LONGEST_GREETING and at < end else None

    def _name_comma(self, first: Sentence) -> int | None:
        """The word behind the comma after a name with which a greeting begins: "Ann, hello!"."""
        start, end = self.inner(first)
        at = min((comma for comma in self.tokens.commas if start < comma < end), default=end)
        tags = self.tokens.tags[start:at]
        named = at - start <= _NAME_WORDS and all(tag & {"cap", "title"} and "caps" not in tag for tag in tags)
        language = self.book.language
        greets = at < end and named and self.tokens.words[at] in language.opener_words
        return at if greets and self.tokens.words[start] not in language.common_words else None

    @cached_property
    def sentence_of(self) -> list[int]:
        """For each word the number of its sentence."""
        return [number for number, s in enumerate(self.sentences) for _ in range(s.end - s.start)]

    @property
    def index(self) -> Index:
        return self.book.index

    @cached_property
    def found(self) -> dict[str, list[Hit]]:
        bounds = [Bounds(*self.inner(s)) for s in self.sentences]
        return scan(self.index, self.tokens, bounds, self.sentence_of, overlapping=self.book.limited)

    def inner(self, sentence: Sentence) -> tuple[int, int]:
        """First word and end of a sentence without the marks around it: a bullet before, a colon behind."""
        start, end = sentence.start, sentence.end
        while start < end - 1 and self.tokens.words[start] == BREAK:
            start += 1
        while end > start + 1 and self.tokens.words[end - 1] == BREAK:
            end -= 1
        return start, end

    def has_word(self, start: int, end: int) -> bool:
        return any(word != BREAK for word in self.tokens.words[start:end])

    def raw(self, start: int, end: int) -> str:
        """The characters of words `start` to `end` (exclusive)."""
        if start >= end:
            return ""
        return self.text.value[self.tokens.starts[start] : self.tokens.ends[end - 1]]

    def span(self, start: int, end: int) -> Span:
        """The place in the source of words `start` to `end` (exclusive)."""
        return self.text.span(self.tokens.starts[start], self.tokens.ends[end - 1])

    def is_conditional(self, hit: Hit) -> bool:
        """Whether a word that opens a condition stands before the hit, with no comma or break in between."""
        return self._marked("conditions", hit, reach=40)

    def is_negated(self, hit: Hit) -> bool:
        """Whether a denying word stands within three words before the hit."""
        return self._marked("negations", hit, reach=3)

    def _marked(self, name: str, hit: Hit, reach: int) -> bool:
        for mark in self.found.get(language_owner(name), ()):
            if mark.sentence == hit.sentence and mark.start <= hit.start and hit.start - mark.end < reach:
                between = range(mark.end, hit.start)
                if not any(place in self.tokens.commas or self.tokens.words[place] == BREAK for place in between) and (
                    hit.start not in self.tokens.commas or mark.end > hit.start
                ):
                    return True
        return False

    @cached_property
    def quotes(self) -> list[tuple[int, int]]:
        """Code-point ranges between quotation marks on one line."""
        return list(_quoted(self.text.value))

    def is_quoted(self, hit: Hit) -> bool:
        start, end = self.tokens.starts[hit.start], self.tokens.ends[hit.end - 1]
        return any(begin <= start and end <= stop for begin, stop in self.quotes)


_LOUD, _ITEM = frozenset({"loud"}), frozenset({"item"})


def _mark_loud(tokens: Tokens, book: LanguageBook) -> None:
    """Tags words in capitals that are shouted: emphatic words, and runs of capitals that hold an everyday word."""
    run: list[int] = []
    if not any("caps" in tags for tags in tokens.tags):
        return
    for at in range(len(tokens.words) + 1):
        if at < len(tokens.words) and "caps" in tokens.tags[at]:
            run.append(at)
            continue
        if at < len(tokens.words) and run and len(tokens.words[at]) == 1 and "cap" in tokens.tags[at]:
            run.append(at)
            continue
        words = [tokens.words[place] for place in run if "caps" in tokens.tags[place]]
        if any(word in book.language.emphatic_words for word in words) or (
            len(run) > 1 and not book.language.common_words.isdisjoint(words)
        ):
            for place in run:
                tokens.tags[place] = tokens.tags[place] | _LOUD
        run = []


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    pairs = {"“": "”", "„": '“”"', "«": "»", '"': '"', "‘": "’"}
    at = 0
    for place, letter in enumerate(text):
        if place < at or letter not in pairs:
            continue
        if letter == "‘" and text[place - 1 : place].isalnum():
            continue
        line_end = text.find("\n", place, place + 300)
        limit = min(place + 300, len(text)) if line_end < 0 else line_end
        ends = [end for mark in pairs[letter] if (end := text.find(mark, place + 1, limit)) > 0]
        if ends:
            at = min(ends) + 1
            yield place, at


class Message(Reading):
    """A customer's message, in which less is looked for than in a draft."""

    @property
    def index(self) -> Index:
        return self.book.customer_index


@dataclass
class View(Reading):
    """A draft, with its parts and what is known beside it."""

    reply: Reply = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self._set_parts()

    # Parts

    def _set_parts(self) -> None:
        self._set_history()
        own = [s for s in self.sentences if s.part == "body"]
        self.greeting = self._find_greeting(own)
        self._set_closing(own)

    def _set_history(self) -> None:
        """Quoted lines, and what follows the line with which a mail client opens the quoted mail."""
        text, tokens = self.text.value, self.tokens
        rest = False
        openers = {hit.sentence for hit in self.found.get(language_owner("quote_lines"), ())}
        forwards = {hit.sentence for hit in self.found.get(language_owner("forward_lines"), ())}
        headers = self._header_block()
        self.frame: set[int] = openers | forwards | headers
        for number, sentence in enumerate(self.sentences):
            if number in forwards or number in headers or (number in openers and self._opens_rest(sentence)):
                rest = rest or number > 0
            before_quote = number in openers and self._before_quote(number)
            if rest or before_quote or self._has_mark(sentence) or self._is_rule(sentence):
                sentence.part = "history"
            elif sentence.opens_line and text.startswith("--", tokens.starts[sentence.start]):
                sentence.part = "signature"
        self._set_signature()

    def _has_mark(self, sentence: Sentence) -> bool:
        """Whether the sentence stands on a line that begins with the mark of quoted mail."""
        start = self.tokens.starts[sentence.start]
        before = line_before(self.text.value, start)
        return (before + self.text.value[start : start + 3])[:3].lstrip().startswith(">")

    def _is_rule(self, sentence: Sentence) -> bool:
        """Whether the sentence is nothing but a drawn line."""
        return sentence.opens_line and not self.raw(sentence.start, sentence.end).strip("_")

    def _before_quote(self, number: int) -> bool:
        """Whether quoted lines begin soon after this sentence."""
        return any(self._has_mark(s) for s in self.sentences[number + 1 : number + 3])

    def _opens_rest(self, sentence: Sentence) -> bool:
        """Whether a line that opens a quote names a time or an address and ends in a colon; no quote marks are used."""
        if re.search(r"^ ?>", self.text.value, re.MULTILINE) or self.raw(sentence.end - 1, sentence.end) != ":":
            return False
        tags = frozenset().union(*self.tokens.tags[sentence.start : sentence.end])
        return not tags.isdisjoint(_OF_A_QUOTE_LINE)

    def _header_block(self) -> set[int]:
        """The sentences of the first block of mail header lines: four lines, or two with an address."""
        names = {self.book.language.folded(word) for word in self.book.language.mail_headers}
        block: list[int] = []
        for number, sentence in enumerate(self.sentences):
            if self._is_header(sentence, names):
                if block and sentence.line - self.sentences[block[-1]].line > 2:
                    block = []
                block.append(number)
            elif block and self._is_mail_head(block):
                break
            elif block and sentence.line - self.sentences[block[-1]].line > 1:
                block = []
        return set(block) if self._is_mail_head(block) and block[0] > 0 else set()

    def _is_header(self, sentence: Sentence, names: set[str]) -> bool:
        start, _ = self.inner(sentence)
        words = self.tokens.words[start : start + 2]
        return sentence.opens_line and len(words) == 2 and words[0] in names and words[1] == BREAK

    def _is_mail_head(self, block: Sequence[int]) -> bool:
        if len(block) < 2:
            return False
        start, end = self.sentences[block[0]].start, self.sentences[block[-1]].end
        return len(block) >= 4 or any("email" in tags for tags in self.tokens.tags[start:end])

    def _set_signature(self) -> None:
        """Everything after a line that begins with two hyphens."""
        text = self.text.value
        place = 0 if text.startswith("-- ") else text.find("\n-- ") + 1 or text.find("\n--\n") + 1
        if not place and not text.startswith("-- "):
            return
        for sentence in self.sentences:
            if self.tokens.starts[sentence.start] >= place and sentence.part == "body":
                sentence.part = "signature"

    def _find_greeting(self, own: Sequence[Sentence]) -> tuple[int, int] | None:
        """The words with which the draft greets, or None."""
        headers = {self.book.language.folded(word) for word in self.book.language.mail_headers}
        own = [s for s in own if self.has_word(s.start, s.end)]
        while own and self._is_header(own[0], headers):
            own = own[1:]
        if not own:
            return None
        first = own[0]
        start, stop = self.inner(first)
        openers = self.found.get(language_owner("openers"), ())
        opener = next((h for h in openers if h.start == start), None)
        behind = self._greeting_behind(own, openers)
        if behind:
            first.part = "greeting"
            self._mark_names(start, stop)
            first, opener = behind
            stop = self.inner(first)[1]
        if opener:
            end = self._greeting_end(opener.end, stop)
        elif self._is_name_line(first):
            end = stop
        elif self._opens_with_name(start, stop):
            end = start + 1
        elif self._ends_with_name(start, stop):
            self._mark_names(stop - 1, stop)
            return stop - 1, stop
        else:
            return None
        if end == stop:
            first.part = "greeting"
        self._mark_names(opener.end if opener else start, end)
        return start, end

    def _greeting_behind(self, own: Sequence[Sentence], openers: Sequence[Hit]) -> tuple[Sentence, Hit] | None:
        """The greeting word behind a name that stands before it, and its sentence: "Ann, hello!"."""
        if (
            len(own) < 2
            or own[1].opens_line
            or own[0].close
            or self._name_comma(replace(own[0], end=own[1].end)) is None
        ):
            return None
        opener = next((hit for hit in openers if hit.start == own[1].start), None)
        return (own[1], opener) if opener else None

    def _opens_with_name(self, start: int, stop: int) -> bool:
        """Whether the customer's name stands in front, before a comma or a dash: "Ann, it is here"."""
        parted = start + 1 in self.tokens.commas or (start + 1 < stop and self.tokens.words[start + 1] == BREAK)
        return self.tokens.words[start] in self.known_names and parted

    def _ends_with_name(self, start: int, stop: int) -> bool:
        """Whether the first sentence ends in the customer's name, behind a comma: "Good to hear, Ann."."""
        last = stop - 1
        return last > start and last in self.tokens.commas and self.tokens.words[last] in self.known_names

    @cached_property
    def known_names(self) -> frozenset[str]:
        """The words of the customer's name, where it is known."""
        return frozenset(self.book.tokenizer.words(self.reply.customer_name or ""))

    def _mark_names(self, start: int, end: int) -> None:
        """Tags the words of the greeting that stand for nobody but this customer."""
        common = self.book.language.common_words
        lower = not any("cap" in self.tokens.tags[at] for at in range(start, end))
        for at in range(start, end):
            word, tags = self.tokens.words[at], self.tokens.tags[at]
            named = "cap" in tags or (lower and word not in common) or word in self.known_names
            brand = at + 1 < end and "addressee" in self.tokens.tags[at + 1] and word not in self.known_names
            if named and not brand and not tags & _NOBODY and word != BREAK:
                self.tokens.tags[at] = tags | {"name"}

    def _is_name_line(self, sentence: Sentence) -> bool:
        """A short first line of capitalised words, closed by a comma, a dash, a colon or an exclamation mark."""
        start, stop = self.inner(sentence)
        tags = self.tokens.tags[start:stop]
        mark, *below = self.text.value[self.tokens.ends[stop - 1] :].split("\n", 1)
        named = all(tag & {"cap", "title", "addressee", "placeholder"} for tag in tags) and len(tags) <= 4
        return named and bool(below) and "caps" not in tags[0] and mark.strip() in ("", ",", "!", ":", "-", "–", "—")

    def _greeting_end(self, start: int, end: int) -> int:
        """Where the greeting ends: at a comma behind a name or addressee, at a mark, or at the first other word."""
        at = start
        while at < min(end, start + _LONGEST_GREETING):
            if at in self.tokens.commas and at > start:
                break
            if self.tokens.words[at] == BREAK:
                if not self._joins_names(at, end):
                    break
            elif not self._may_be_name(at, start, end):
                break
            at += 1
        return at

    def _joins_names(self, at: int, end: int) -> bool:
        """Whether a mark stands between two names, or before a handle."""
        mark = self.raw(at, at + 1)
        return mark == "@" or (mark in "/&(" and at + 1 < end and bool(self.tokens.tags[at + 1] & _OF_A_GREETING))

    def _may_be_name(self, at: int, start: int, end: int) -> bool:
        """Whether a word of the greeting line belongs to the greeting."""
        word, tags = self.tokens.words[at], self.tokens.tags[at]
        if word in self.known_names:
            return True
        closed = at + 1 >= end or at + 1 in self.tokens.commas or self.tokens.words[at + 1] == BREAK
        if at == start and word in self.book.language.common_words and not tags & _NOBODY and not closed:
            return "cap" in tags and len(word) > 1
        if tags & _OF_A_GREETING or self._closes_soon(at, end):
            return True
        casual = "cap" not in self.tokens.tags[start - 1] and not self.known_names
        return at == start and casual and word not in self.book.language.common_words

    def _closes_soon(self, at: int, end: int) -> bool:
        """Whether a comma or the sentence's end comes within three words: then a lower-case word is still a name."""
        return end - at <= 3 or any(place in self.tokens.commas for place in range(at + 1, min(at + 4, end)))

    def _set_closing(self, own: Sequence[Sentence]) -> None:
        """The closing words of a letter and the name below them, seen from the end."""
        bodies = [s for s in own if s.part == "body"]
        closings = {hit.sentence for hit in self.found.get(language_owner("closings"), ())}
        closing = {id(self.sentences[number]) for number in closings}
        first = len(bodies)
        for back in range(1, min(_LONGEST_CLOSING, len(bodies)) + 1):
            sentence = bodies[-back]
            if id(sentence) in closing and sentence.end - sentence.start <= 9:
                first = len(bodies) - back
                break
            if not self._is_short_line(sentence):
                break
            first = len(bodies) - back
        for sentence in bodies[max(first, 1) :]:
            sentence.part = "closing"

    def _is_short_line(self, sentence: Sentence) -> bool:
        """A line of a few words that ends in no mark and begins as names, job titles, addresses and numbers do."""
        start, end = self.inner(sentence)
        size = sum(word != BREAK for word in self.tokens.words[start:end])
        return (
            size <= _SHORT_LINE
            and sentence.opens_line
            and not self._is_listed(sentence)
            and sentence.close in ("", ".")
            and not (sentence.close == "." and size > 2)
            and bool(self.tokens.tags[start] & {"cap", "number", "code", "email", "url"})
        )

    def _is_listed(self, sentence: Sentence) -> bool:
        """Whether the sentence is a member of a list of two or more; a lone dash may stand before a name."""
        return sentence.item and sum(s.item for s in self.sentences) > 1

    # What rules ask for

    def hits(self, name: str, *, signature: bool = True) -> list[Hit]:
        """What an element (or "rule:<id>") finds outside quoted history."""
        return [
            hit
            for hit in self.found.get(name, ())
            if (part := self.sentences[hit.sentence].part) != "history" and (signature or part != "signature")
        ]

    def rule_hits(self, rule: str) -> list[Hit]:
        return self.hits(rule_owner(rule))

    def has(self, name: str) -> bool:
        return bool(self.hits(name))

    def in_sentence(self, name: str, sentence: int) -> bool:
        return sentence in self.once(View._sentences_with, name)

    def _sentences_with(self, name: str) -> frozenset[int]:
        return frozenset(hit.sentence for hit in self.found.get(name, ()))

    def part_range(self, part: str) -> tuple[int, int] | None:
        """The words of a part, first to last (exclusive)."""
        if part == "greeting":
            return self.greeting
        inside = [s for s in self.sentences if s.part == part]
        return (inside[0].start, inside[-1].end) if inside else None

    @cached_property
    def words(self) -> int:
        """How many words the draft has outside quoted history and signature."""
        own = (s for s in self.sentences if s.part not in ("history", "signature"))
        return sum(word != BREAK for s in own for word in self.tokens.words[s.start : s.end])

    @cached_property
    def history(self) -> str:
        """The quoted mail, without its marks and heads, or nothing."""
        lines: list[str] = []
        for number, s in enumerate(self.sentences):
            if s.part == "history" and number not in self.frame and self.has_word(s.start, s.end):
                piece = self.raw(*self.inner(s)) + s.close
                if s.opens_line or not lines:
                    lines.append(piece)
                else:
                    lines[-1] += " " + piece
        return "\n".join(line for line in lines if line.strip("_ "))

    @cached_property
    def customer(self) -> Reading | None:
        """The customer's message, given or quoted, or None when it is not known."""
        message = self.reply.customer_message or self.history
        return Message(Text(message), self.book) if message and message.strip() else None

    def in_customer(self, name: str) -> list[Hit]:
        return self.customer.found.get(name, []) if self.customer else []

    def once(self, ask: Callable[..., Any], *more: Any) -> Any:
        """What `ask` says of this reply, asked once however many rules want to know."""
        key = ask, *more
        if key not in self._answers:
            self._answers[key] = ask(self, *more)
        return self._answers[key]

    @cached_property
    def _answers(self) -> dict[tuple[Any, ...], Any]:
        return {}

    def situation(self, name: str) -> bool | None:
        """Whether the customer wrote in this situation; None when nothing tells."""
        return cast("bool | None", self.once(View._situation, name))

    def _situation(self, name: str) -> bool | None:
        elements = self.book.situations.get(name, {})
        if self.customer:
            found = any(self.in_customer(element) for element in elements.get("customer", ()))
            return found or self._is_left_over(elements.get("otherwise_without", ()))
        # A canned reply goes to many customers; what one of them wrote about cannot be told from it.
        if self.reply.macro is None and any(self.has(element) for element in elements.get("draft", ())):
            return True
        return None

    def _is_left_over(self, elements: Sequence[str]) -> bool:
        """Whether the customer asks nothing in some words of this language, in which no element is found."""
        if not elements or not self.customer or "?" in self.customer.text.value:
            return False
        words = [word for word in self.customer.tokens.words if word != BREAK]
        known = sum(word in self.book.language.common_words for word in words)
        told = len(words) >= _FEW_WORDS and known * _SHARE >= len(words)
        return told and not any(self.in_customer(element) for element in elements)

    @cached_property
    def known_situation(self) -> bool:
        """Whether anything tells what the customer wrote about."""
        return self.customer is not None or any(self.situation(name) for name in self.book.situations)
