"""One reply as the rules of one language see it: parts, sentences, and what every phrase finds, found once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from replylint.matching import Bounds, Hit, scan
from replylint.reply import Reply
from replylint.rulebook import LanguageBook, language_owner, rule_owner
from replylint.sentences import Sentence, sentences
from replylint.text import Span, Text
from replylint.tokens import BREAK, Tokens

_LONGEST_GREETING = 9
_SHORT_LINE = 6


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
        return sentences(self.tokens, self.text.value, self.book.language)

    @cached_property
    def sentence_of(self) -> list[int]:
        """For each word the number of its sentence."""
        return [number for number, s in enumerate(self.sentences) for _ in range(s.end - s.start)]

    @cached_property
    def found(self) -> dict[str, list[Hit]]:
        bounds = [Bounds(s.start, s.end) for s in self.sentences]
        return scan(self.book.index, self.tokens, bounds, self.sentence_of)

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


_LOUD = frozenset({"loud"})


def _mark_loud(tokens: Tokens, book: LanguageBook) -> None:
    """Tags words in capitals that are shouted: emphatic words, and runs of capitals that hold an everyday word."""
    run: list[int] = []
    for at in range(len(tokens.words) + 1):
        if at < len(tokens.words) and "caps" in tokens.tags[at]:
            run.append(at)
            continue
        if at < len(tokens.words) and run and tokens.words[at] == "i":
            run.append(at)
            continue
        words = [tokens.words[place] for place in run]
        if any(word in book.emphatic for word in words) or (len(run) > 1 and not book.function_words.isdisjoint(words)):
            for place in run:
                tokens.tags[place] = tokens.tags[place] | _LOUD
        run = []


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    pairs = {"“": "”", "„": "“”\"", "«": "»", '"': '"', "‘": "’"}
    at = 0
    for place, letter in enumerate(text):
        if place < at or letter not in pairs:
            continue
        if letter == "‘" and text[place - 1 : place].isalnum():
            continue
        line_end = text.find("\n", place)
        limit = min(place + 300, line_end if line_end >= 0 else len(text))
        ends = [end for mark in pairs[letter] if (end := text.find(mark, place + 1, limit)) > 0]
        if ends:
            at = min(ends) + 1
            yield place, at


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
        quoted_lines = "\n>" in text or text.startswith(">")
        for number, sentence in enumerate(self.sentences):
            line = text[text.rfind("\n", 0, tokens.starts[sentence.start]) + 1 :][:3].lstrip()
            if number in forwards or number == headers or (number in openers and not quoted_lines):
                rest = number > 0
            if rest or line.startswith(">"):
                sentence.part = "history"
            elif number in openers and self._before_quote(number):
                sentence.part = "history"
            elif sentence.opens_line and text.startswith("--", tokens.starts[sentence.start]):
                sentence.part = "signature"
        self._set_signature()

    def _before_quote(self, number: int) -> bool:
        """Whether quoted lines begin soon after this sentence."""
        after = self.sentences[number + 1 : number + 3]
        text = self.text.value
        return any(
            text[text.rfind("\n", 0, self.tokens.starts[s.start]) + 1 :][:3].lstrip().startswith(">") for s in after
        )

    def _header_block(self) -> int:
        """The sentence that begins a block of two or more mail header lines, or -1."""
        names = {self.book.language.folded(word) for word in self.book.language.mail_headers}
        run, last_line = -1, -2
        for number, sentence in enumerate(self.sentences):
            words = self.tokens.words[sentence.start : sentence.start + 2]
            if sentence.opens_line and len(words) == 2 and words[0] in names and words[1] == BREAK:
                if run >= 0 and sentence.line - last_line == 1:
                    return run
                run, last_line = number, sentence.line
        return -1

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
        if not own:
            return None
        first = own[0]
        opener = next((h for h in self.found.get(language_owner("openers"), ()) if h.start == first.start), None)
        if opener:
            end = self._greeting_end(opener.end, first.end)
        elif self._is_name_line(first):
            end = first.end
        else:
            return None
        if end == first.end:
            first.part = "greeting"
        self._mark_names(opener.end if opener else first.start, end)
        return first.start, end

    def _mark_names(self, start: int, end: int) -> None:
        """Tags the words of the greeting that stand for nobody but this customer."""
        lower = not any("cap" in self.tokens.tags[at] for at in range(start, end))
        for at in range(start, end):
            tags = self.tokens.tags[at]
            if ("cap" in tags or lower) and not tags & {"addressee", "title"} and self.tokens.words[at] != BREAK:
                self.tokens.tags[at] = tags | {"name"}

    def _is_name_line(self, sentence: Sentence) -> bool:
        """A short first line of capitalised words, closed by a comma or an exclamation mark."""
        tags = self.tokens.tags[sentence.start : sentence.end]
        after = self.text.value[self.tokens.ends[sentence.end - 1] :][:2]
        named = all(tag & {"cap", "title", "addressee", "placeholder"} for tag in tags) and len(tags) <= 4
        return named and "caps" not in tags[0] and (after.startswith((",\n", ",\r", "!\n")) or "\n" in after) \
            and sentence.close in ("", "!")  # fmt: skip

    def _greeting_end(self, start: int, end: int) -> int:
        """Where the greeting ends: at a comma behind a name or addressee, at a mark, or at the first other word."""
        tokens = self.tokens
        at = start
        while at < min(end, start + _LONGEST_GREETING):
            if at in tokens.commas and at > start:
                break
            if not tokens.tags[at] & {"cap", "title", "addressee", "placeholder", "name", "emoji"}:
                if tokens.words[at] == BREAK or not self._closes_soon(at, end):
                    break
            at += 1
        return at

    def _closes_soon(self, at: int, end: int) -> bool:
        """Whether a comma or the sentence's end comes within three words: then a lower-case word is still a name."""
        return end - at <= 3 or any(place in self.tokens.commas for place in range(at + 1, min(at + 4, end)))

    def _set_closing(self, own: Sequence[Sentence]) -> None:
        """The closing words of a letter and the name below them, seen from the end."""
        bodies = [s for s in own if s.part == "body"]
        closings = {hit.sentence for hit in self.found.get(language_owner("closings"), ())}
        numbers = {id(s): number for number, s in enumerate(self.sentences)}
        first = len(bodies)
        for back in range(1, min(7, len(bodies)) + 1):
            sentence = bodies[-back]
            if numbers[id(sentence)] in closings and sentence.opens_line and sentence.end - sentence.start <= 9:
                first = len(bodies) - back
                break
            if not self._is_short_line(sentence):
                break
            first = len(bodies) - back
        for sentence in bodies[max(first, 1) :]:
            sentence.part = "closing"

    def _is_short_line(self, sentence: Sentence) -> bool:
        """A line of a few words that ends in no mark and begins with a capital, as names and job titles do."""
        size = sentence.end - sentence.start
        return (
            size <= _SHORT_LINE
            and sentence.opens_line
            and not sentence.item
            and sentence.close in ("", ".")
            and not (sentence.close == "." and size > 2)
            and "cap" in self.tokens.tags[sentence.start]
        )

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
        return any(hit.sentence == sentence for hit in self.found.get(name, ()))

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
        """The quoted history, without its marks, or nothing."""
        lines = [s for s in self.sentences if s.part == "history"]
        if not lines:
            return ""
        start, end = self.tokens.starts[lines[0].start], self.tokens.ends[lines[-1].end - 1]
        text = self.text.value
        tail = text[end : text.find("\n", end)] if "\n" in text[end:] else text[end:]
        return "\n".join(line.lstrip("> ") for line in (text[start:end] + tail).splitlines())

    @cached_property
    def customer(self) -> Reading | None:
        """The customer's message, given or quoted, or None when it is not known."""
        message = self.reply.customer_message or self.history
        return Reading(Text(message), self.book) if message and message.strip() else None

    def in_customer(self, name: str) -> list[Hit]:
        return self.customer.found.get(name, []) if self.customer else []

    def situation(self, name: str) -> bool | None:
        """Whether the customer wrote in this situation; None when nothing tells."""
        elements = self.book.situations.get(name, {})
        if self.customer:
            return any(self.in_customer(element) for element in elements.get("customer", ()))
        if any(self.has(element) for element in elements.get("draft", ())):
            return True
        return None

    @cached_property
    def known_situation(self) -> bool:
        """Whether anything tells what the customer wrote about."""
        return self.customer is not None or any(self.situation(name) for name in self.book.situations)
