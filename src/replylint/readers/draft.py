"""What the formats hand over, and the reply that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from replylint.errors import InputError
from replylint.readers.faults import DraftError, told
from replylint.readers.ignores import Directive, placed
from replylint.readers.invisible import cleaned, cleaned_words
from replylint.reply import Channel, Ignore, Reply
from replylint.text import Text

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is known beside the draft, None where nothing is.

    Given on the command line it wins over front matter and over a mail's headers, and fills what a line of a batch
    does not state.
    """

    customer_message: str | None = None
    customer_name: str | None = None
    channel: Channel | None = None
    lang: str | None = None

    def over(self, other: Defaults) -> Defaults:
        """These values, with those of `other` where there is none."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return Defaults(**{name: getattr(other, name) if value is None else value for name, value in own.items()})


NOTHING = Defaults()


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as its format gives it.

    directives: comments for us, with places in the source. ignores: those that stand nowhere in the text.
    faults: what is wrong although the draft can be read.
    """

    text: Text
    directives: tuple[Directive, ...] = ()
    known: Defaults = NOTHING
    id: str | int | None = None
    ignores: tuple[Ignore, ...] = ()
    faults: tuple[DraftError, ...] = ()


def replies(draft: Draft, source: str, path: str) -> Iterator[Reply | InputError]:
    """The reply of a draft, after its faults; only a fault when the draft has no text."""
    text = cleaned(draft.text)
    ignores, faults = placed(draft.directives, text, source)
    for fault in (*draft.faults, *faults):
        yield told(fault, path, source)
    if not text.value.strip():
        yield InputError("holds no text to check; write the draft into it", path)
        return
    known = draft.known
    yield Reply(
        text,
        source,
        _cleaned(known.customer_message),
        _cleaned(known.customer_name),
        known.channel,
        known.lang,
        draft.id,
        None if path == STDIN else path,
        draft.ignores + ignores,
    )


def _cleaned(value: str | None) -> str | None:
    return None if value is None else cleaned_words(value)
