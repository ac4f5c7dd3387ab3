"""Mails as files (.eml): the part that a person reads, with places in the file.

The standard library takes the mail apart, from its bytes read as Latin-1, so that nothing is lost or replaced. It does not say where a part stands in the file, so each part's encoded body is
looked up there, in order, and decoded once more with places: quoted-printable character by character, base64 by groups
of four.
"""

from __future__ import annotations

import contextlib
import re
from array import array
from collections.abc import Iterator
from email import message_from_string, policy
from email.message import EmailMessage, Message
from typing import cast

from replylint.errors import InputError
from replylint.readers.base import MAX_BYTES, Defaults, picked, seen
from replylint.reply import Reply
from replylint.text import Text

_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})|=[ \t]*(\r?\n)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]")

Bytes = tuple[bytearray, "array[int]", "array[int]"]
"""Decoded bytes with, for each, the range of the file's bytes that it stands for."""


def read_eml(data: bytes, path: str, defaults: Defaults) -> Iterator[Reply | InputError]:
    """The draft in a mail: its plain text, or its HTML when there is none."""
    if len(data) > MAX_BYTES:
        raise InputError(f"is larger than the {MAX_BYTES // 1_000_000} MB that are read; is it a draft?", path)
    if not data.strip():
        raise InputError("is empty", path)
    try:
        mail = cast(EmailMessage, message_from_string(data.decode("latin-1"), policy=policy.default))
        part = _body(mail)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise InputError("the mail cannot be taken apart; save it anew from the mail program", path) from error
    if part is None:
        raise InputError("the mail holds no text", path)
    source, offsets = _source(data)
    text = _text(part, data, path, offsets)
    if part.get_content_subtype() == "html":
        text = _shown(text)
    elif str(part.get_param("format", "") or "").lower() == "flowed":
        text = _unflowed(text)
    if not text.value.strip():
        raise InputError("the mail holds no text", path)
    yield Reply(
        seen(text),
        source,
        defaults.customer_message,
        defaults.customer_name or _addressee(mail),
        defaults.channel or "email",
        defaults.lang,
        path=path,
    )


def _body(mail: EmailMessage) -> Message | None:
    """The first plain text that is not empty, else the first HTML."""
    texts: dict[str, list[Message]] = {"plain": [], "html": []}
    for part in mail.walk():
        kind = part.get_content_subtype()
        if part.get_content_maintype() == "text" and kind in texts and part.get_content_disposition() != "attachment":
            texts[kind].append(part)
    full = [part for part in texts["plain"] if (part.get_payload(decode=True) or b"").strip()]  # type: ignore[union-attr]
    return next(iter([*full, *texts["html"]]), None)


def _addressee(mail: EmailMessage) -> str | None:
    """The name beside the first address that the mail goes to."""
    try:
        addresses = mail["to"].addresses if mail["to"] else ()
    except (AttributeError, ValueError, IndexError, TypeError):
        return None
    name = addresses[0].display_name if addresses else ""
    with contextlib.suppress(UnicodeError):
        name = name.encode("latin-1").decode("utf-8")
    return name if name and "@" not in name else None


def _source(data: bytes) -> tuple[str, array[int] | None]:
    """The file as characters, and for each byte the number of its character (None when they are the same)."""
    if data.isascii():
        return data.decode("ascii"), None
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1"), None
    offsets = array("q")
    for number, letter in enumerate(source):
        offsets.extend([number] * len(letter.encode("utf-8")))
    offsets.append(len(source))
    return source, offsets


def _text(part: Message, data: bytes, path: str, offsets: array[int] | None) -> Text:
    """The decoded text of a part with places in the file."""
    payload = part.get_payload()
    raw = payload.encode("latin-1", "replace") if isinstance(payload, str) else b""
    place = _find(data, raw)
    encoding = str(part.get("content-transfer-encoding", "") or "7bit").strip().lower()
    decode = {"quoted-printable": _quoted_printable, "base64": _base64}.get(encoding, _identity)
    values, starts, ends = decode(data[place[0] : place[1]], place[0])
    charset = str(part.get_content_charset() or "utf-8")
    return _characters(values, starts, ends, charset, path, offsets)


def _find(data: bytes, raw: bytes) -> tuple[int, int]:
    """Where a part's encoded body stands in the file; line ends may differ."""
    begin = data.find(raw)
    if begin >= 0:
        return begin, begin + len(raw)
    lines = b"\r?\n".join(re.escape(line) for line in raw.split(b"\n"))
    match = re.search(lines, data)
    return match.span() if match else (0, 0)


def _identity(raw: bytes, offset: int) -> Bytes:
    span = range(offset, offset + len(raw))
    return bytearray(raw), array("q", span), array("q", (at + 1 for at in span))


def _quoted_printable(raw: bytes, offset: int) -> Bytes:
    values, starts, ends = bytearray(), array("q"), array("q")

    def keep(first: int, last: int) -> None:
        values.extend(raw[first:last])
        starts.extend(range(offset + first, offset + last))
        ends.extend(range(offset + first + 1, offset + last + 1))

    at = 0
    for match in _ESCAPE.finditer(raw):
        keep(at, match.start())
        at = match.end()
        if match[1]:
            values.append(int(match[1], 16))
            starts.append(offset + match.start())
            ends.append(offset + at)
    keep(at, len(raw))
    return values, starts, ends


def _base64(raw: bytes, offset: int) -> Bytes:
    """Groups of four letters become up to three bytes, each standing for the whole group."""
    import base64
    import binascii

    values, starts, ends = bytearray(), array("q"), array("q")
    places = [match.start() for match in _BASE64.finditer(raw)]
    for at in range(0, len(places), 4):
        group = places[at : at + 4]
        letters = bytes(raw[place] for place in group)
        try:
            decoded = base64.b64decode(letters + b"=" * (-len(letters) % 4))
        except binascii.Error:
            continue
        values.extend(decoded)
        starts.extend([offset + group[0]] * len(decoded))
        ends.extend([offset + group[-1] + 1] * len(decoded))
    return values, starts, ends


def _characters(
    values: bytearray, starts: array[int], ends: array[int], charset: str, path: str, offsets: array[int] | None
) -> Text:
    """Bytes as characters of a charset, places as characters of the source."""
    try:
        value = values.decode(charset)
        widths = [len(letter.encode(charset)) for letter in value] if not values.isascii() else None
    except (UnicodeError, LookupError) as error:
        raise InputError(f"the mail's text is not {charset}, as its header says; save it as UTF-8", path) from error
    first, last = array("q"), array("q")
    at = 0
    for number in range(len(value)):
        width = widths[number] if widths else 1
        end = min(at + width, len(starts)) - 1
        begin, stop = starts[min(at, len(starts) - 1)], ends[end]
        first.append(offsets[begin] if offsets else begin)
        last.append(offsets[stop] if offsets else stop)
        at += width
    return Text(value, first, last)


def _shown(text: Text) -> Text:
    """The HTML of a part as it is seen, places still in the file."""
    from replylint.readers.html import text_of

    page = text_of(text.value)
    starts, ends = array("q"), array("q")
    for number in range(len(page.value)):
        begin, stop = page.span(number, number + 1)
        start, end = text.span(begin, stop)
        starts.append(start)
        ends.append(end)
    return Text(page.value, starts, ends)


def _unflowed(text: Text) -> Text:
    """Format=flowed: a space at a line's end joins it to the next, a space at its start is stuffing."""
    value = text.value
    drop: set[int] = set()
    for match in re.finditer(r"(?<=[^\n]) \r?\n(?![>\r\n])", value):
        line = value[value.rfind("\n", 0, match.start()) + 1 : match.start() + 1]
        if line != "-- " and not line.startswith(">"):
            drop.update(range(match.start() + 1, match.end()))
    for match in re.finditer(r"(?m)^ (?=\S)", value):
        drop.add(match.start())
    return picked(text, [place for place in range(len(value)) if place not in drop]) if drop else text
