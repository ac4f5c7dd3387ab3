"""What stands in a macro's text where its helpdesk will put a value: one character for each kind of value.

The characters are of the last private plane, which no font and no helpdesk uses.
"""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["name", "sender", "date", "number", "money", "address", "case", "other"]
"""Whose or what a value is: the customer's name, somebody's of the company, a date, a number, a sum of money, an e-mail
or web address, something else of the customer's case, or anything."""
KINDS: tuple[Kind, ...] = get_args(Kind)

_FIRST = 0x10FF00
_TAGS: dict[Kind, tuple[str, ...]] = {
    "name": ("cap", "name", "slot"),
    "sender": ("cap",),
    "date": ("date", "slot"),
    "number": ("number", "digits", "slot"),
    "money": ("money", "slot"),
    "address": ("url",),
    "case": ("slot",),
    # What is not known may be a time as well, and a rule that misses one had better be silent.
    "other": ("date", "slot"),
}

TAGS: dict[str, frozenset[str]] = {chr(_FIRST + n): frozenset(_TAGS[kind]) for n, kind in enumerate(KINDS)}
"""For each character what is known of the word that it stands for; `slot` is something of the customer's own."""
FIRST, LAST = min(TAGS), max(TAGS)


def mark(kind: Kind) -> str:
    """The character that stands for a value of a kind."""
    return chr(_FIRST + KINDS.index(kind))
