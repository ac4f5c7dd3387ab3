"""The tokens of HTML, as browsers cut them, broken markup included; linear in its length.

The parser of the standard library is not used: it tells lines and not offsets, and gives words without the references
in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from replylint.readers.elements import RAW
from replylint.readers.entities import reference

Kind = Literal["text", "reference", "open", "close", "comment", "nothing"]


class Token(NamedTuple):
    """A range of the markup. value: the character of a reference, the lower-case name of a tag, a comment's inside."""

    kind: Kind
    start: int
    end: int
    value: str = ""


_TEXT = re.compile(r"[^<&]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_TAG_END = re.compile(r"[\s/]*>")
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*)))?"""
)
_COMMENT_END = re.compile(r"--!?>")


def tokens(markup: str) -> Iterator[Token]:
    """All of `markup`, without gaps."""
    at = 0
    while at < len(markup):
        token = _at(markup, at)
        yield token
        at = token.end
        if token.kind == "open" and token.value in RAW:
            end = _raw_end(markup, at, token.value)
            yield Token("nothing", at, end)
            at = end


def attributes(markup: str, token: Token) -> dict[str, str]:
    """The attributes of a tag, names in lower case; the first of two with one name counts."""
    found: dict[str, str] = {}
    tag = _TAG.match(markup, token.start)
    at = tag.end() if tag else token.end
    while not _TAG_END.match(markup, at) and (each := _ATTRIBUTE.match(markup, at, token.end)):
        found.setdefault(each["name"].lower(), each["double"] or each["single"] or each["bare"] or "")
        at = each.end()
    return found


def _at(markup: str, at: int) -> Token:
    text = _TEXT.match(markup, at)
    if text:
        return Token("text", at, text.end())
    if markup[at] == "&":
        meant = reference(markup, at)
        return Token("reference", at, meant[1], meant[0]) if meant else Token("text", at, at + 1)
    return _markup(markup, at)


def _markup(markup: str, at: int) -> Token:
    tag = _TAG.match(markup, at)
    if tag:
        kind: Kind = "close" if tag[1] else "open"
        return Token(kind, at, _tag_end(markup, tag.end()), tag[2].lower())
    if markup.startswith("<!--", at):
        return _comment(markup, at)
    if markup.startswith(("<!", "<?", "</"), at) and at + 2 < len(markup):
        return Token("nothing", at, _after(markup, ">", at))
    return Token("text", at, at + 1)


def _tag_end(markup: str, at: int) -> int:
    """Where a tag ends. An unclosed quotation mark is a part of a name, lest it swallow the rest."""
    while True:
        end = _TAG_END.match(markup, at)
        if end:
            return end.end()
        attribute = _ATTRIBUTE.match(markup, at)
        if not attribute:
            return len(markup)
        at = attribute.end()


def _comment(markup: str, at: int) -> Token:
    for empty in ("<!-->", "<!--->"):
        if markup.startswith(empty, at):
            return Token("comment", at, at + len(empty))
    end = _COMMENT_END.search(markup, at + 4)
    stop = end.start() if end else len(markup)
    return Token("comment", at, end.end() if end else stop, markup[at + 4 : stop])


def _after(markup: str, sign: str, at: int) -> int:
    end = markup.find(sign, at)
    return len(markup) if end < 0 else end + 1


def _raw_end(markup: str, at: int, name: str) -> int:
    found = _closing(name).search(markup, at)
    return found.start() if found else len(markup)


@cache
def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
