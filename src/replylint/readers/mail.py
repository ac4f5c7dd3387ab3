"""Mail files: the text of the reply, whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replylint.readers.decode import MAX_BYTES, limited, text_of, utf16_of
from replylint.readers.draft import Defaults, Draft
from replylint.readers.faults import DraftError
from replylint.readers.flowed import unwrapped
from replylint.readers.html import html
from replylint.readers.mime import Part, asked, has_headers, part_of, parts_of
from replylint.readers.origins import concatenated
from replylint.readers.plain import plain
from replylint.readers.transfer import characters_of

MAX_MAIL = 64 * 1024 * 1024
"""The longest mail that is read when it leaves, in bytes, with its attachments."""

_DEEPEST = 100
_FIRST_ONLY = frozenset({"multipart/related", "multipart/signed", "multipart/report"})
"""Multiparts whose other parts are pictures, signatures and logs."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as characters: of UTF-8 if its bytes are that, and of Latin-1, a byte each, if not."""

    source: str
    in_utf8: bool = True


def opened(data: bytes, most: int = MAX_BYTES) -> Mail:
    """The mail in a file; raises DraftError when it has more than `most` bytes, is blank or no mail."""
    limited(data, most=most)
    if utf16_of(data):
        mail = Mail(text_of(data))
    else:
        try:
            mail = Mail(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            mail = Mail(data.decode("latin-1"), in_utf8=False)
    if not mail.source or mail.source.isspace():
        raise DraftError("is empty; write the draft into it")
    if not has_headers(mail.source):
        raise DraftError("does not begin with the headers of a mail; export it again, or name it .txt", 0)
    return mail


def draft_of(mail: Mail) -> Draft:
    """The draft in a mail, and what its headers tell; raises DraftError."""
    whole = part_of(mail.source, 0, len(mail.source))
    drafts = list(_drafts(mail, whole, 0))
    known = Defaults(customer_name=asked(lambda: _addressee(whole), None), channel="email")
    directives = tuple(each for draft in drafts for each in draft.directives)
    return Draft(concatenated(draft.text for draft in drafts), directives, known, asked(lambda: _id(whole), None))


def _drafts(mail: Mail, part: Part, depth: int) -> Iterator[Draft]:
    """The texts to read in a part that are not blank, in order."""
    if depth > _DEEPEST:
        raise DraftError(
            f"the mail's parts lie within each other more than {_DEEPEST} deep; export it again", part.start
        )
    if part.kind.startswith("multipart/"):
        yield from _of_several(mail, part, depth + 1)
    elif part.kind in ("text/plain", "text/html") and not (part.attached and depth):
        draft = _read(mail, part)
        if draft.text.value.strip() or draft.directives:
            yield draft


def _of_several(mail: Mail, part: Part, depth: int) -> Iterator[Draft]:
    parts = parts_of(mail.source, part)
    if part.kind == "multipart/alternative":
        for each in sorted(parts, key=lambda each: each.kind != "text/plain"):
            found = list(_drafts(mail, each, depth))
            if any(draft.text.value.strip() for draft in found):
                yield from found
                return
    else:
        for each in parts:
            yield from _drafts(mail, each, depth)
            if part.kind in _FIRST_ONLY:
                return


def _read(mail: Mail, part: Part) -> Draft:
    text = characters_of(mail.source, part, mail.in_utf8)
    if part.kind == "text/html":
        return html(text)
    if part.parameter("format") == "flowed":
        text = unwrapped(text, delete_space=part.parameter("delsp") == "yes")
    return plain(text)


def _addressee(mail: Part) -> str | None:
    """The name of the first person in To, if it is a name."""
    addresses = mail.headers["to"].addresses
    name = str(addresses[0].display_name).strip().strip("'\"").strip()
    return name if name and "@" not in name else None


def _id(mail: Part) -> str | None:
    """What the angle brackets of Message-ID hold; they are no part of it (RFC 5322, 3.6.4)."""
    value = " ".join(str(mail.headers["message-id"] or "").split())
    return value.removeprefix("<").removesuffix(">") or None
