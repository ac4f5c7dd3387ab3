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
class Variable:
    """What a helpdesk is to fill in, and what is wrong with it.

    start, end: its place in the source. name: the field it names, empty when it names none.
    fault: why its helpdesk would not fill it in, or None when it would: the field is `unknown`, perhaps a `misspelt`
    one, it is written as a `foreign` helpdesk writes it, or its marks are `unbalanced`.
    meant: the field or the helpdesk that is probably meant, where there is one.
    """

    start: int
    end: int
    name: str
    fault: Literal["unknown", "misspelt", "foreign", "unbalanced"] | None = None
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Twin:
    """Another macro that says nearly the same: its title, where it stands, and how alike the two are, 0 to 1."""

    title: str
    place: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Macro:
    """What is known of a reply that is a canned one.

    title: what agents call it. line: its line in the file, from 1. start, end: its place in the source.
    helpdesk: the name of the helpdesk that fills it in, and customer: its variable for the customer's name; both empty
    when that is not known.
    variables: what it has to fill in. arms: the texts that come of it under other conditions than the reply's own does.
    twin: an earlier macro of its library that it repeats.
    """

    title: str
    line: int = 1
    start: int = 0
    end: int = 0
    helpdesk: str = ""
    customer: str = ""
    variables: tuple[Variable, ...] = ()
    arms: tuple[Text, ...] = ()
    twin: Twin | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A draft reply, or a canned one.

    text: the draft; its spans point into `source`.
    source: what the user sees as the file or field; offsets, lines and columns of findings are places in it.
    customer_message: the message that the draft answers, or None when it is not known.
    customer_name: the customer's name as the helpdesk knows it, or None.
    channel: how it is sent, or None when the input does not say; then the configuration does, else it is e-mail.
    lang: the language code that the input itself states, or None when it is to be found out.
    id: whatever identifies the reply for its sender; handed back unchanged.
    path: the file it was read from, or None.
    row: its line in a batch, from 1, or None when the file is this one reply.
    macro: what is known of it as a canned reply, or None when it is a draft.
    template: the text of the canned reply that the draft was made from, and its name, or None when that is not known.
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
    macro: Macro | None = None
    template: tuple[str, str] | None = None

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
