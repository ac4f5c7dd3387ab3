"""HTML: what a browser shows of it, each character with its place in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from replylint.readers.draft import Draft
from replylint.readers.elements import BLOCKS, OF_HEAD, PARAGRAPHS, VOID
from replylint.readers.htmltokens import Token, attributes, tokens
from replylint.readers.ignores import Directive, directive
from replylint.readers.layout import Layout
from replylint.readers.origins import over
from replylint.text import Text

_QUOTE_CLASSES = frozenset({"gmail_quote", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote"})
_REST_IDS = frozenset({"divRplyFwdMsg", "appendonsend"})
"""Outlook puts the quoted mail behind this element and not into it."""

_MAY_QUOTE = re.compile("gmail_quote|moz-cite-prefix|yahoo_quoted|protonmail_quote|divRplyFwdMsg|appendonsend")
_REQUOTED = re.compile("^(?:x_)+")


def html(text: Text) -> Draft:
    """The draft in HTML. Quoted mail gets the marks of quoted mail; comments for us in it are somebody else's."""
    page = _Page(text)
    for token in tokens(text.value):
        page.read(token)
    return Draft(over(text, page.layout.pieces), tuple(page.directives))


@dataclass
class _Page:
    """Goes through the tokens. Of open elements it keeps only those that change what is made of the text in them."""

    text: Text
    layout: Layout = field(default_factory=Layout)
    directives: list[Directive] = field(default_factory=list)
    quotes: list[list[str]] = field(default_factory=list)
    templates: int = 0
    preformatted: int = 0
    in_head: bool = False
    all_quoted: bool = False

    def read(self, token: Token) -> None:
        if token.kind == "open":
            self._open(token)
        elif token.kind == "close":
            self._close(token)
        elif token.kind == "comment":
            self._comment(token)
        elif not self.in_head and not self.templates:
            self._characters(token)

    def _characters(self, token: Token) -> None:
        if token.kind == "reference":
            self._reference(token)
        elif token.kind == "text" and self.preformatted:
            self.layout.kept(self.text.value, token.start, token.end)
        elif token.kind == "text":
            self.layout.flow(self.text.value, token.start, token.end)

    def _reference(self, token: Token) -> None:
        """A reference to white space is white space; all of its characters stand for all of its range."""
        value, place = token.value, (token.start, token.end)
        if value == "\xa0":
            self.layout.hard(1, *place)
        elif value in (" ", "\t", "\n", "\r", "\f") and not self.preformatted:
            self.layout.space(*place)
        elif value in ("\n", "\r"):
            self.layout.line_end(*place)
        elif value:
            self.layout.word(value, *place)

    def _open(self, token: Token) -> None:
        name = token.value
        self.in_head = name == "head" or (self.in_head and name in OF_HEAD)
        self.templates += name == "template"
        if self.in_head or self.templates:
            return
        self._break(token)
        self.layout.item = name == "li" or (self.layout.item and name not in ("ul", "ol"))
        self.preformatted += name == "pre"
        if name not in VOID:
            self._open_quote(token)

    def _close(self, token: Token) -> None:
        name = token.value
        self.in_head = self.in_head and name != "head"
        if name == "template":
            self.templates = max(0, self.templates - 1)
        if self.in_head or self.templates:
            return
        self._break(token)
        self.layout.item = self.layout.item and name not in ("li", "ul", "ol")
        if name == "pre":
            self.preformatted = max(0, self.preformatted - 1)
        self._close_quote(token)

    def _break(self, token: Token) -> None:
        if token.value == "br":
            self.layout.line_end(token.start, token.end)
        elif token.value in BLOCKS:
            self.layout.edge(token.start, token.end, paragraph=token.value in PARAGRAPHS)

    def _open_quote(self, token: Token) -> None:
        """Notes an element that quotes, and how many of its name are open within it."""
        if self._quotes(token):
            self.quotes.append([token.value])
            self._set_quoted(token)
        elif self.quotes and self.quotes[-1][0] == token.value:
            self.quotes[-1].append(token.value)

    def _close_quote(self, token: Token) -> None:
        if self.quotes and self.quotes[-1][0] == token.value:
            self.quotes[-1].pop()
            if not self.quotes[-1]:
                self.quotes.pop()
                self._set_quoted(token)

    def _set_quoted(self, token: Token) -> None:
        self.layout.edge(token.start, token.end)
        self.layout.quoted = self.all_quoted or bool(self.quotes)

    def _quotes(self, token: Token) -> bool:
        """Whether an element holds quoted mail; the mail may also be all that follows."""
        if token.value == "blockquote":
            return True
        if not _MAY_QUOTE.search(self.text.value, token.start, token.end):
            return False
        known = attributes(self.text.value, token)
        classes = {_REQUOTED.sub("", name) for name in known.get("class", "").split()}
        self.all_quoted = self.all_quoted or _REQUOTED.sub("", known.get("id", "").strip()) in _REST_IDS
        return self.all_quoted or not _QUOTE_CLASSES.isdisjoint(classes)

    def _comment(self, token: Token) -> None:
        request = directive(token.value, *self.text.span(token.start, token.end))
        if request and not self.layout.quoted and not self.templates:
            self.directives.append(request)
