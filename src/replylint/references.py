"""Do the names in rules lead anywhere?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from replylint.errors import RulebookError
from replylint.notation import did_you_mean
from replylint.rules import Rule


def check(rule: Rule, path: Path, elements: Collection[str], situations: Collection[str]) -> None:
    """Raises RulebookError when a rule names an element or a situation that does not exist."""
    data = rule.model_dump()
    for name in _named(data, _ELEMENT_KEYS):
        if name not in elements:
            raise RulebookError(f"there is no element “{name}”{did_you_mean(name, list(elements))}", path)
    for name in _named(data, {"situation", "no_situation"}):
        if name not in situations:
            raise RulebookError(f"there is no situation “{name}”{did_you_mean(name, list(situations))}", path)


def sides(rules: Iterable[Rule], situations: Mapping[str, Mapping[str, tuple[str, ...]]]) -> tuple[set[str], set[str]]:
    """The elements that are looked for in drafts, and in customers' messages."""
    draft: set[str] = set()
    customer: set[str] = set()
    for rule in rules:
        data = rule.model_dump()
        theirs = set(_customers(data))
        customer |= theirs
        draft |= set(_named(data, _ELEMENT_KEYS - _CUSTOMER_KEYS)) - theirs
        draft |= set(_strings(list(data["replies"].values()))) if data.get("replies") else set()
        draft |= {c["has"] or c["lacks"] for c in _conditions(data) if c["in_"] != "customer"} - {None}
    for side in situations.values():
        customer |= {*side.get("customer", ()), *side.get("otherwise_without", ())}
        draft |= set(side.get("draft", ()))
    return draft, customer


def _customers(data: Mapping[str, Any]) -> Iterator[str]:
    """The elements that one rule looks for in the customer's message."""
    yield from _named(data, _CUSTOMER_KEYS - {"replies"})
    yield from data.get("replies") or ()
    if data.get("kind") == "echo":
        yield from data["of"]
    for condition in _conditions(data):
        if condition["in_"] == "customer":
            yield from filter(None, (condition["has"], condition["lacks"]))


def _conditions(data: Mapping[str, Any]) -> list[Any]:
    return [*data["when"], *((data.get("strict") or {}).get("when") or ())]


_ELEMENT_KEYS = frozenset({
    "of", "has", "lacks", "beside", "apart_from", "ask", "given", "element", "promises", "past", "questions",
    "postponed", "replies", "joined_by", "idle", "extras",
})  # fmt: skip
_CUSTOMER_KEYS = frozenset({"given", "questions", "replies"})
"""Of these, the ones whose elements are looked for in the customer's message; of `replies` the names on the left."""


def _named(data: Any, keys: AbstractSet[str]) -> Iterator[str]:
    """The names that stand under `keys` anywhere in a rule."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key in keys and value:
                yield from _strings(value)
            else:
                yield from _named(value, keys)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _named(value, keys)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    else:
        for inner in value:
            yield from _strings(inner)
