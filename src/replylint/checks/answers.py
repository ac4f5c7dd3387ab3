"""The kind answers: each question of the customer is taken up, and more than the answer is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replylint.checks.echo import content
from replylint.checks.hit import WHOLE, Fault
from replylint.rules import Answers
from replylint.view import Reading, View


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the customer, as the words that ask it."""

    start: int
    end: int


def answers(rule: Answers, view: View) -> Iterator[Fault]:
    """The faults of an answers rule."""
    if view.customer is None:
        return
    asked = questions(rule, view.customer)
    if rule.what == "beyond":
        yield from _nothing_beyond(rule, view, asked)
    elif len(asked) > 1 and not any(view.has(name) for name in rule.postponed):
        yield from _left_open(rule, view, view.customer, asked)


def questions(rule: Answers, customer: Reading) -> list[Question]:
    """The questions of a message: what ends in a question mark or opens like one, split where a new one opens."""
    openings = sorted(hit for name in rule.questions for hit in customer.found.get(name, ()))
    found: list[Question] = []
    for number, sentence in enumerate(customer.sentences):
        starts = [hit.start for hit in openings if hit.sentence == number]
        if not starts and sentence.question and customer.has_word(sentence.start, sentence.end):
            starts = [sentence.start]
        for start, end in zip(starts, [*starts[1:], sentence.end], strict=False):
            if sentence.question or len(content(customer, start, end)) > 1:
                found.append(Question(start, end))
    return found


def _left_open(rule: Answers, view: View, customer: Reading, asked: list[Question]) -> Iterator[Fault]:
    """A fault when the draft takes up nothing that belongs to one of the questions alone."""
    draft = _draft_content(view)
    words = [content(customer, question.start, question.end) for question in asked]
    for number, own in enumerate(words):
        others = set().union(*(other for at, other in enumerate(words) if at != number))
        if not own - others or (own - others) & draft or _answered_in_kind(rule, view, customer, asked[number]):
            continue
        yield WHOLE
        return


def _draft_content(view: View) -> set[str]:
    found: set[str] = set()
    for sentence in view.sentences:
        if sentence.part in ("body", "greeting"):
            found |= content(view, sentence.start, sentence.end)
    return found


def _answered_in_kind(rule: Answers, view: View, customer: Reading, question: Question) -> bool:
    """Whether the draft holds the kind of thing that the question asks for: a time for when, a sum for how much."""
    for kind, replies in rule.replies.items():
        asks = any(question.start <= hit.start < question.end for hit in customer.found.get(kind, ()))
        if asks and any(view.has(name) for name in replies):
            return True
    return False


def _nothing_beyond(rule: Answers, view: View, asked: list[Question]) -> Iterator[Fault]:
    """A fault when the draft informs in no more sentences than there are questions, with nothing extra."""
    if any(view.has(name) for name in rule.extras):
        return
    after = view.greeting[1] if view.greeting else 0
    informing = 0
    for number, sentence in enumerate(view.sentences):
        if sentence.part != "body" or sentence.question or sentence.end <= after:
            continue
        if not any(view.in_sentence(name, number) for name in rule.idle):
            informing += 1
    if informing <= max(1, len(asked)):
        yield WHOLE
