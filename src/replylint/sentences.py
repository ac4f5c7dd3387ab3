"""Where sentences, list items and lines begin and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replylint.lexicon import LanguageFile
from replylint.tokens import Stop, Tokens

_NEAR = 60
"""A list marker or the mark of quoted mail stands within so many characters of its line."""
LONG_LINE = 50
"""A line of this many characters may have been wrapped by a mail client, so that its end ends no sentence."""


_MARKERS = frozenset({"-", "*", "•", "–", "—", "+", "o", "▪", "●", "◦", "‣", "[ ]", "[x]"})


@dataclass(frozen=True, slots=True)
class _Short:
    """Words behind which a full stop may end no sentence, and the everyday words that begin one all the same."""

    abbreviations: frozenset[str]
    titles: frozenset[str]
    common: frozenset[str]
    ordinals: bool
    """Whether a number with a full stop is an ordinal."""


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
    short = _Short(
        language.abbreviation_words,
        language.title_words,
        language.common_words,
        language.dotted_ordinals,
    )
    found: list[Sentence] = []
    start, line, opens_line = 0, 0, True
    for stop, close, broken in _ends(tokens, text, short):
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


def _ends(tokens: Tokens, text: str, short: _Short) -> Iterator[tuple[Stop, str, bool]]:
    """The stops that end a sentence, with the mark that ends it and whether it ends a line too."""
    line_start = 0
    for stop in tokens.stops:
        if stop.kind == "newline":
            wrapped = _is_wrapped(tokens, text, stop, line_start)
            line_start = stop.end
            if not wrapped:
                yield stop, "", True
        elif not _is_inside(tokens, text, stop, short):
            yield stop, stop.value, False


def _is_inside(tokens: Tokens, text: str, stop: Stop, short: _Short) -> bool:
    """Whether a full stop belongs to an abbreviation, an initial, a list number or the middle of something."""
    after = text[stop.end : stop.end + 1]
    if after and not after.isspace() and after not in "\"'”’»)]>*_":
        return not (stop.value[0] in "!?" or len(stop.value) > 1) and not after.isupper()
    if stop.value != "." or stop.before == 0:
        return False
    word = tokens.words[stop.before - 1]
    before = text[max(0, tokens.starts[stop.before - 1] - 1) : tokens.starts[stop.before - 1]]
    letter = len(word) == 1 and word != "i" and ("cap" in tokens.tags[stop.before - 1] or before == ".")
    if letter or word in short.abbreviations:
        return word in short.titles or not _begins_anew(tokens, text, stop, short)
    if short.ordinals and word.isdigit() and text[stop.end : stop.end + 2].lstrip()[:1].islower():
        return True
    return word.isdigit() and len(word) < 3 and before in ("", "\n")


def _begins_anew(tokens: Tokens, text: str, stop: Stop, short: _Short) -> bool:
    """Whether an everyday word in a capital comes next: behind an abbreviation it begins a sentence."""
    if stop.before >= len(tokens.words) or not text[stop.end : stop.end + 1].isspace():
        return False
    return "cap" in tokens.tags[stop.before] and tokens.words[stop.before] in short.common


def _is_wrapped(tokens: Tokens, text: str, stop: Stop, line_start: int) -> bool:
    """Whether the line goes on behind its end: it is long, ends in no mark, and no new thought begins behind it."""
    if stop.value.count("\n") > 1:
        return False
    before, after = text[line_start : stop.start].rstrip(), text[stop.end : stop.end + 1]
    if line_start == 0 and len(before) < LONG_LINE:
        return False
    if not before or before[-1] in ".!?:;" or not after or after in "-*•>" or _is_item(text, stop.end):
        return False
    if before[-1] == ",":
        return len(before) >= LONG_LINE
    return len(before) >= LONG_LINE or (after.islower() and len(before) > 12)


def _is_item(text: str, start: int) -> bool:
    """Whether a list marker stands before `start` on its line, or begins there."""
    line = line_before(text, start).strip(" \t>")
    if line in _MARKERS or (not line and text[start : start + 1] in _MARKERS and text[start + 1 : start + 2].isspace()):
        return True
    if line.rstrip(".)").isdigit() and len(line) <= 3:
        return True
    head = text[start : start + 4]
    number = head.lstrip("(")
    digits = len(number) - len(number.lstrip("0123456789"))
    return not line and 0 < digits < 3 and number[digits : digits + 1] in (".", ")")


def line_before(text: str, place: int) -> str:
    """What stands before `place` on its line, the nearest characters of it when it is long."""
    near = max(0, place - _NEAR)
    return text[max(near, text.rfind("\n", near, place) + 1) : place]
