"""Which mail is what an agent writes to a customer. Only its envelope and its headers are looked at here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import getaddresses
from functools import cached_property

from replylint.integrations.smtp.settings import SmtpSettings
from replylint.integrations.smtp.wire import END

_TRACE = re.compile(rb"\A(?:Received:[^\n]*\n(?:[ \t][^\n]*\n)*)+", re.IGNORECASE)
_MOST_HEADERS = 256 * 1024
_LONGEST_FIELD = 8192
"""The most characters of a field whose addresses are read: its parser takes its time, and nobody has so many names."""
_INVITATION = re.compile(
    rb"^content-type:[ \t]*text/calendar\b(?:[^\n]|\n[ \t])*\bmethod=", re.IGNORECASE | re.MULTILINE
)
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_OF_ROBOTS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From")
_OF_LISTS = ("List-Id", "List-Post", "List-Unsubscribe")


@dataclass(frozen=True)
class Mail:
    """A mail on its way.

    sender: that of the envelope; empty when there is none. wire: the message as it came over the wire, with doubled
    dots and the final one, which goes on unchanged.
    """

    sender: str
    recipients: tuple[str, ...]
    wire: bytes

    @cached_property
    def content(self) -> bytes:
        """The message itself."""
        # Every line that begins with a dot has one more on the wire (RFC 5321, 4.5.2).
        return self.wire.removesuffix(END).removeprefix(b".").replace(b"\r\n.", b"\r\n")

    @cached_property
    def headers(self) -> Message:
        """Its headers; those of a broken mail are whatever can be read of them."""
        head = re.split(rb"\r?\n\r?\n", self.content[:_MOST_HEADERS], maxsplit=1)[0]
        text = head.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        return HeaderParser(policy=compat32).parsestr(text + "\n\n")

    def field(self, name: str) -> str:
        """A header field in lower case, empty when there is none."""
        return str(self.headers.get(name) or "").strip().lower()

    @property
    def authors(self) -> list[str]:
        """The addresses in From; that of the envelope where there are none."""
        fields = [str(value)[:_LONGEST_FIELD] for value in self.headers.get_all("From", [])]
        found = [address for _, address in getaddresses(fields) if "@" in address]
        return found or [self.sender]


def agent_of(mail: Mail, settings: SmtpSettings) -> str | None:
    """The address of the agent who wrote a mail, None when none did."""
    return next((address for address in mail.authors if settings.is_agent(address)), None)


def why_not_judged(mail: Mail, settings: SmtpSettings) -> str | None:
    """Why a mail is nothing that an agent writes to a customer, None when it is."""
    if not mail.sender:
        return "no sender"
    if agent_of(mail, settings) is None:
        return "not from an agent"
    if mail.recipients and all(settings.is_ours(address) for address in mail.recipients):
        return "not to a customer"
    return _automatic(mail)


def _automatic(mail: Mail) -> str | None:
    if mail.field("Auto-Submitted").partition(";")[0].strip() not in ("", "no") or _any(mail, _OF_ROBOTS):
        return "automatic"
    if mail.field("Precedence") in _BULK:
        return "bulk"
    if _any(mail, _OF_LISTS):
        return "list"
    kind = mail.field("Content-Type").partition(";")[0].strip()
    if kind == "multipart/report":
        return "report"
    if kind == "text/calendar" or _INVITATION.search(mail.content[:_MOST_HEADERS]):
        return "calendar"
    return None


def _any(mail: Mail, names: Iterable[str]) -> bool:
    return any(name in mail.headers for name in names)


def fingerprint(mail: Mail) -> bytes | None:
    """What is the same each time that a mail is tried; None for one that cannot be told from others like it.

    Every server on the way puts Received before a mail. Without Message-ID two mails in the same words may both be
    meant.
    """
    if not mail.field("Message-ID"):
        return None
    found = hashlib.sha256()
    for part in (mail.sender, *sorted(mail.recipients)):
        found.update(part.encode("utf-8", "surrogateescape") + b"\n")
    trace = _TRACE.match(mail.content)
    found.update(memoryview(mail.content)[trace.end() if trace else 0 :])
    return found.digest()
