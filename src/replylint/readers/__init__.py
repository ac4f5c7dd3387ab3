"""From files to drafts: plain text, Markdown, HTML, mail and JSON lines, each word with its place in the file.

The readers of formats are imported when a file asks for them, so that nobody waits for one they do not use.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Literal

from replylint.errors import InputError
from replylint.readers.decode import MAX_BYTES, text_of, utf16_of
from replylint.readers.draft import NOTHING, STDIN, Defaults, Draft, replies
from replylint.readers.faults import DraftError, told
from replylint.readers.jsonl import read_lines
from replylint.readers.origins import rest
from replylint.readers.plain import plain
from replylint.readers.sniffing import Format, sniff
from replylint.reply import Reply
from replylint.text import Text, joined

__all__ = [
    "LINE_SUFFIXES",
    "MAX_BYTES",
    "SUFFIXES",
    "Defaults",
    "Format",
    "read",
    "read_draft",
    "read_lines",
    "read_mail",
    "read_pieces",
    "sniff",
]

Markup = Literal["text", "html", "markdown"]
"""How a draft may be written."""

SUFFIXES: dict[str, Format] = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".eml": "mail",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The format of each file name's end."""

LINE_SUFFIXES = frozenset(suffix for suffix, kind in SUFFIXES.items() if kind == "jsonl")
"""The ends of files that hold a reply on each line, to be read with `read_lines`."""


def read(data: bytes, path: str, defaults: Defaults) -> Iterator[Reply | InputError]:
    """The replies in an input, and an error for each that cannot be read; nothing is raised.

    The format is that of the path's suffix; with another suffix, or "-" for standard input, it is found out. An error
    may also come before its reply, when the draft can be read all the same and only an ignore in it does not hold.
    """
    kind = SUFFIXES.get(PurePath(path).suffix.lower()) or sniff(data)
    if kind == "jsonl":
        yield from read_lines(_lines_of(data), path, defaults)
        return
    source = ""
    try:
        if kind == "mail":
            from replylint.readers.mail import draft_of, opened

            mail = opened(data)
            source = mail.source
            found: Draft | list[DraftError] = draft_of(mail)
        else:
            source = text_of(data)
            found = _draft(source, kind)
    except DraftError as fault:
        found = [fault]
    if isinstance(found, list):
        yield from (told(fault, path, source) for fault in found)
    else:
        yield from replies(replace(found, known=defaults.over(found.known)), source, path)


def read_draft(
    draft: str,
    *,
    markup: Markup = "text",
    known: Defaults = NOTHING,
    id: str | int | None = None,
    template: tuple[str, str] | None = None,
) -> Reply:
    """The reply in a draft's characters as a helpdesk has them; raises InputError when there is no text in it.

    Places of findings are code points of `draft`. Comments in it are no instructions to us. template: the text of the
    canned reply that it was made from, and its name.
    """
    if markup == "html":
        from replylint.readers.html import html

        found = html(Text(draft))
    else:
        found = _written(Text(draft), markup)
    reply = _only(replace(found, directives=(), ignores=(), faults=()), draft, known, id)
    return replace(reply, template=template)


def read_mail(data: bytes, *, known: Defaults = NOTHING) -> Reply | None:
    """The reply in a mail as it leaves, None when there is nothing to read in it, as in an encrypted one.

    Places of findings are code points of its text, since in the mail that may be in base64.
    Attachments are passed over, comments are no instructions to us. Raises InputError when the text cannot be made out.
    """
    from replylint.readers.mail import MAX_MAIL, draft_of, opened

    try:
        mail = opened(data, MAX_MAIL)
        found = draft_of(mail)
    except DraftError as fault:
        raise InputError(fault.message) from fault
    if len(found.text.value) > MAX_BYTES:
        raise InputError("the text of the mail is too long")
    if not found.text.value.strip():
        return None
    reply = _only(found, mail.source, known.over(found.known), found.id)
    text = reply.text.value
    return replace(reply, text=Text(text), source=text)


def read_pieces(pieces: Sequence[tuple[str, int, int]], source: str, *, known: Defaults = NOTHING) -> Reply:
    """The reply in text whose markup is known: characters, and the range of `source` that they stand for.

    Raises InputError when there is no text in it.
    """
    return _only(plain(joined(pieces)), source, known, None)


def _only(draft: Draft, source: str, known: Defaults, id: str | int | None) -> Reply:
    """The reply of a draft that holds no instructions; raises InputError when it has no text."""
    item = next(replies(replace(draft, known=known, id=id, directives=()), source, STDIN))
    if isinstance(item, InputError):
        raise InputError(item.message)
    return item


def _draft(source: str, kind: Format) -> Draft | list[DraftError]:
    """The draft in a file of characters, or what is wrong with its front matter."""
    if kind == "html":
        from replylint.readers.html import html

        return html(Text(source))
    if not source.startswith("---"):
        return _written(Text(source), kind)
    from replylint.readers.frontmatter import front_of

    front = front_of(source, may_be_text=kind == "text")
    if isinstance(front, list):
        return front
    draft = _written(rest(Text(source), front.begin), kind)
    return replace(draft, known=front.known, id=front.id, ignores=front.ignores, faults=front.faults)


def _written(text: Text, kind: Format) -> Draft:
    """The draft in plain text or Markdown."""
    if kind != "markdown":
        return plain(text)
    from replylint.readers.markdown import markdown

    return markdown(text)


def _lines_of(data: bytes) -> Iterator[bytes]:
    encoding = utf16_of(data)
    yield from io.BytesIO(data.decode(encoding, "replace").encode() if encoding else data)
