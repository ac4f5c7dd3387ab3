"""Whether a rule's conditions hold."""

from __future__ import annotations

from collections.abc import Iterable

from replylint.matching import Hit
from replylint.rules import Condition, Context
from replylint.view import View


def unknown(condition: Condition, view: View, given: frozenset[str]) -> str | None:
    """What is missing for the condition to be judged, in words for the user, or None."""
    if condition.known and condition.known not in given:
        return f"{condition.known.replace('_', ' ')} not known"
    if condition.in_ == "customer" and view.customer is None:
        return "customer message not known"
    if condition.situation and not view.known_situation:
        return "what the customer wrote about is not known"
    return None


def holds(condition: Condition, view: View) -> bool:
    """Whether a condition about the whole reply holds; conditions about a hit's surroundings always do here."""
    if condition.situation:
        return bool(view.situation(condition.situation))
    if condition.no_situation:
        return not view.situation(condition.no_situation)
    name, wanted = _element(condition)
    if name is None or condition.in_ in ("sentence", "nearby", "earlier"):
        return True
    if condition.in_ == "customer":
        return bool(view.in_customer(name)) == wanted
    if condition.in_ == "greeting":
        start, end = view.greeting or (0, 0)
        return any(start <= hit.start < end for hit in view.hits(name)) == wanted
    return view.has(name) == wanted


def holds_around(conditions: Iterable[Condition], view: View, hit: Hit) -> bool:
    """Whether the conditions about the surroundings of a hit hold."""
    for condition in conditions:
        name, wanted = _element(condition)
        if name is None or condition.in_ not in ("sentence", "nearby", "earlier"):
            continue
        if condition.in_ == "sentence":
            found = view.in_sentence(name, hit.sentence)
        elif condition.in_ == "earlier":
            found = any(other.start < hit.start for other in view.hits(name))
        else:
            found = any(hit.sentence <= other.sentence <= hit.sentence + 1 for other in view.hits(name))
        if found != wanted:
            return False
    return True


def _element(condition: Condition) -> tuple[str | None, bool]:
    return (condition.has, True) if condition.has else (condition.lacks, False)


def in_context(contexts: Iterable[Context], view: View, hit: Hit) -> bool:
    """Whether the hit stands in one of `contexts`."""
    for context in contexts:
        if (
            (context == "condition" and view.is_conditional(hit))
            or (context == "negation" and view.is_negated(hit))
            or (context == "question" and view.sentences[hit.sentence].question)
            or (context == "quote" and view.is_quoted(hit))
            or (context == "signature" and view.sentences[hit.sentence].part == "signature")
        ):
            return True
    return False
