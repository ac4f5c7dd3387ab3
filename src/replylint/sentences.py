"""Where sentences, list items and lines begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replylint.lexicon import LanguageFile
from replylint.tokens import Stop, Tokens

LONG_LINE = 50
"""A line of this many characters may have been wrapped by a mail client, so that its end ends no sentence."""


@dataclass(slots=True)
class Sentence:
    """Words ``start`` to ``end`` (exclusive) that belong together.

    close: the mark that ends it, "" at the end of a line. line: the number of the line it begins on, from 0.
    opens_line: nothing stands before it on its line. item: it is a member of a list.
    part: greeting, body, closing, signature or history.
    """

    start: int
    end: int
    close: str
    line: int
    opens_line: bool
    item: bool = False
    part: str = "body"

    @property
    def question(self) -> bool:
        return "?" in self.close


def sentences(tokens: Tokens, text: str, language: LanguageFile) -> list[Sentence]:
    """The sentences of `text`, in order; every word is in exactly one."""
    abbreviations = frozenset(language.folded(word) for word in language.abbreviations)
    found: list[Sentence] = []
    start, line, opens_line = 0, 0, True
    for stop, close, broken in _ends(tokens, text, abbreviations):
        if stop.before > start:
            found.append(Sentence(start, stop.before, close, line, opens_line, _is_item(text, tokens.starts[start])))
            start, opens_line = stop.before, False
        elif close and found and not broken:
            found[-1].close += close
        if stop.kind == "newline":
            line += stop.value.count("\n") or 1
            opens_line = opens_line or broken
    if start < len(tokens.words):
        item = _is_item(text, tokens.starts[start])
        found.append(Sentence(start, len(tokens.words), "", line, opens_line, item))
    return found


def _ends(tokens: Tokens, text: str, abbreviations: frozenset[str]) -> Iterator[tuple[Stop, str, bool]]:
    """The stops that end a sentence, with the mark that ends it and whether it ends a line too."""
    line_start = 0
    for stop in tokens.stops:
        if stop.kind == "newline":
            wrapped = _is_wrapped(tokens, text, stop, line_start)
            line_start = stop.end
            if not wrapped:
                yield stop, "", True
        elif not _is_inside(tokens, text, stop, abbreviations):
            yield stop, stop.value, False


def _is_inside(tokens: Tokens, text: str, stop: Stop, abbreviations: frozenset[str]) -> bool:
    """Whether a full stop belongs to an abbreviation, an initial, a list number or the middle of something."""
    after = text[stop.end : stop.end + 1]
    if after and not after.isspace() and after not in "\"'”’»)]>*_":
        return not (stop.value[0] in "!?" or len(stop.value) > 1) and not after.isupper()
    if stop.value != "." or stop.before == 0:
        return False
    word = tokens.words[stop.before - 1]
    if word in abbreviations:
        return True
    if len(word) == 1 and "cap" in tokens.tags[stop.before - 1]:
        return word != "i"
    before = text[max(0, tokens.starts[stop.before - 1] - 1) : tokens.starts[stop.before - 1]]
    return word.isdigit() and len(word) < 3 and before in ("", "\n")


def _is_wrapped(tokens: Tokens, text: str, stop: Stop, line_start: int) -> bool:
    """Whether the line goes on behind its end: it is long, ends in no mark, and no new thought begins behind it."""
    if stop.value.count("\n") > 1:
        return False
    before, after = text[line_start : stop.start].rstrip(), text[stop.end : stop.end + 1]
    if not before or before[-1] in ".!?:;" or not after or after in "-*•>" or _is_item(text, stop.end):
        return False
    if before[-1] == ",":
        return len(before) >= LONG_LINE
    return len(before) >= LONG_LINE or (after.islower() and len(before) > 12)


def _is_item(text: str, start: int) -> bool:
    """Whether a list marker stands before `start` on its line, or begins there."""
    line = text[text.rfind("\n", 0, start) + 1 : start].strip()
    if line in ("-", "*", "•", "–", "—", "+", "o", "▪", "●", "[ ]", "[x]"):
        return True
    if line.rstrip(".)").isdigit() and len(line) <= 3:
        return True
    head = text[start : start + 4]
    number = head.lstrip("(")
    digits = len(number) - len(number.lstrip("0123456789"))
    return not line and 0 < digits < 3 and number[digits : digits + 1] in (".", ")")
