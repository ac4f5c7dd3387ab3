"""The unit of work: one draft, and what is known of the message it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from replylint.text import Text

Channel = Literal["email", "chat", "social"]
CHANNELS: tuple[str, ...] = get_args(Channel)


@dataclass(frozen=True, slots=True)
class Ignore:
    """A request, written in the file, not to report `rules` (empty: all) from `start` on, for one line or the file."""

    rules: tuple[str, ...]
    reason: str
    line: int
    whole_file: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A draft reply.

    text: the draft; its spans point into `source`.
    source: what the user sees as the file or field; offsets, lines and columns of findings are places in it.
    customer_message: the message that the draft answers, or None when it is not known.
    customer_name: the customer's name as the helpdesk knows it, or None.
    channel: how it is sent, or None when the input does not say; then the configuration does, else it is e-mail.
    lang: the language code that the input itself states, or None when it is to be found out.
    id: whatever identifies the reply for its sender; handed back unchanged.
    path: the file it was read from, or None.
    row: its line in a batch, from 1, or None when the file is this one reply.
    """

    text: Text
    source: str
    customer_message: str | None = None
    customer_name: str | None = None
    channel: Channel | None = None
    lang: str | None = None
    id: str | int | None = None
    path: str | None = None
    ignores: tuple[Ignore, ...] = ()
    row: int | None = None

    @classmethod
    def of(
        cls,
        draft: str,
        *,
        customer_message: str | None = None,
        customer_name: str | None = None,
        channel: Channel | None = None,
        lang: str | None = None,
        id: str | int | None = None,
    ) -> Reply:
        """A reply from a plain string, whose spans are offsets into that string."""
        return cls(Text(draft), draft, customer_message, customer_name, channel, lang, id)
