"""The kinds of check: one function a kind, from a rule and a view of the draft to faults.

Checks know neither files nor severities nor messages; they only yield.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from replylint.checks.answers import answers
from replylint.checks.echo import echo
from replylint.checks.hit import Fault
from replylint.checks.macro import variables
from replylint.checks.similar import similar
from replylint.checks.time import time
from replylint.checks.words import count, forbid, mixed, require
from replylint.rules import RuleBase, WordingFile
from replylint.surroundings import Surroundings
from replylint.view import View

Check = Callable[[Any, WordingFile, View, Surroundings], Iterator[Fault]]

CHECKS: Mapping[str, Check] = {
    "forbid": lambda rule, wording, view, _: forbid(rule, wording, view),
    "require": lambda rule, wording, view, _: require(rule, wording, view),
    "count": lambda rule, wording, view, around: count(rule, wording, view, around),
    "mixed": lambda rule, wording, view, around: mixed(rule, wording, view, around),
    "echo": lambda rule, _, view, __: echo(rule, view),
    "answers": lambda rule, _, view, __: answers(rule, view),
    "similar": lambda rule, _, view, around: similar(rule, view, around),
    "variables": lambda _, __, view, ___: variables(view),
    "time": lambda rule, _, view, around: time(rule, view, around),
}


def faults(rule: RuleBase, wording: WordingFile, view: View, around: Surroundings) -> Iterator[Fault]:
    """The faults of one rule in one draft."""
    kind: str = getattr(rule, "kind")  # noqa: B009 - every member of the union has one
    check = CHECKS.get(kind)
    if check:
        yield from check(rule, wording, view, around)
