"""What a check answers."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A fault in words ``start`` to ``end`` (exclusive) of the draft, or in the whole draft when both are None.

    details: values for the message, by name. case: which of the wording's cases speaks in place of its message.
    place: where it stands in the source, when that is no word of the draft. fix: what is right in its place, if known.
    """

    start: int | None = None
    end: int | None = None
    details: tuple[tuple[str, str], ...] = ()
    case: str = ""
    place: tuple[int, int] | None = None
    fix: str | None = None


WHOLE = Fault()
