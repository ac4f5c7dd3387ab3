"""The format of an input that has no name, or one that tells nothing."""

from __future__ import annotations

import json
import re
from typing import Literal

from replylint.readers.decode import utf16_of
from replylint.readers.elements import named

Format = Literal["text", "markdown", "html", "mail", "jsonl"]

_HEAD = 65536
_HTML_START = re.compile(
    r"(?:\s+|<!--(?>.{0,4000}?-->))*+<(?:!doctype\s+html|(?:html|head|body|p|div|table|span|ul|ol|h[1-6]|br|meta)\b[^<>]*>)",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TAG = re.compile(r"<(?:br\s*/?|/(?:p|div|body|span|b|i|u|a|em|strong|ul|ol|li|table|td|h[1-6]))>", re.IGNORECASE)
_FIELD = re.compile(r"([!-9;-~]+):(?:[ \t]|\Z)")
_MAIL_FIELDS = named(
    "from to cc bcc subject date message-id mime-version content-type received return-path delivered-to reply-to "
    "in-reply-to references sender content-transfer-encoding"
)


def sniff(data: bytes) -> Format:
    """The format that `data` seems to have, from its first lines: a batch, HTML, a mail, or else plain text.

    A batch begins with a JSON object on a line; a mail with two header fields that mails have.
    """
    head = data[:_HEAD].decode(utf16_of(data) or "utf-8-sig", "replace").lstrip("\ufeff \t\r\n\f")
    first = head.split("\n", 1)[0].strip()
    if first.startswith("{") and _is_object(first, len(data) > _HEAD and "\n" not in head):
        return "jsonl"
    if _HTML_START.match(head):
        return "html"
    if _is_mail(head):
        return "mail"
    return "html" if _HTML_TAG.search(head) else "text"


def _is_object(line: str, cut: bool) -> bool:
    """Whether a line is a JSON object, or the beginning of one that goes on behind what is looked at."""
    if cut:
        return re.match(r'\{\s*"', line) is not None
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return re.fullmatch(r'\{\s*".*"\s*:.*\}', line) is not None


def _is_mail(head: str) -> bool:
    known = 0
    for line in head.splitlines():
        found = _FIELD.match(line)
        if not found and not (known and line[:1] in (" ", "\t")):
            break
        known += bool(found and found[1].lower() in _MAIL_FIELDS)
    return known > 1
