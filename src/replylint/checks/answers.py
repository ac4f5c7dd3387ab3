"""The kind answers: each question of the customer is taken up, and more than the answer is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from replylint.checks.echo import SPECIFIC, content
from replylint.checks.hit import WHOLE, Fault
from replylint.matching import Hit
from replylint.rules import Answers
from replylint.sentences import Sentence
from replylint.tokens import BREAK
from replylint.view import Reading, View

_SHORT_OPENING = 2
"""An opening of no more words opens a question only where a clause begins: not "is the" in "my wish is the price"."""
_FULL_ANSWER = 10
"""So many words of content that the customer did not use say more than the answer, even in one sentence."""
_MOST_STEPS = 2
"""More sentences than these are more than an answer, however many questions there were."""


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
        yield from _nothing_beyond(rule, view, view.customer, asked)
    elif asked and _several(rule, view.customer, asked) and not any(view.has(name) for name in rule.postponed):
        yield from _left_open(rule, view, view.customer, asked)


def questions(rule: Answers, customer: Reading) -> list[Question]:
    """The questions of a message: what ends in a question mark or opens like one, split where a new one opens."""
    found: list[Question] = []
    for number, sentence in enumerate(customer.sentences):
        starts = _openings(rule, customer, number, sentence)
        if not starts and sentence.question and customer.has_word(sentence.start, sentence.end):
            starts = [sentence.start]
        for start, end in zip(starts, [*starts[1:], sentence.end], strict=False):
            if sentence.question or len(content(customer, start, end)) > 1:
                found.append(Question(start, end))
    return found


def _openings(rule: Answers, customer: Reading, number: int, sentence: Sentence) -> list[int]:
    """Where questions open in a sentence: anywhere, once it asks at all; before that a short opening only in front."""
    found = _numbered(customer, sentence)
    if found:
        return found
    for hit in sorted(hit for name in rule.questions for hit in customer.found.get(name, ()) if hit.sentence == number):
        long = hit.end - hit.start > _SHORT_OPENING
        in_front = _begins_clause(customer, sentence, hit)
        if found and not in_front and not content(customer, found[-1], hit.start):
            continue
        if sentence.question or found or long or in_front:
            found.append(hit.start)
    return found


def _numbered(customer: Reading, sentence: Sentence) -> list[int]:
    """Where the members of a list inside one sentence begin: "(a) how much, (b) by when", "1) … 2) …"."""
    words = customer.tokens.words
    found = [
        at + 2
        for at in range(sentence.start, sentence.end - 2)
        if words[at + 1] == BREAK
        and (at == sentence.start or words[at - 1] == BREAK or at in customer.tokens.commas)
        and (len(words[at]) == 1 or words[at].isdigit())
    ]
    return found if len(found) > 1 else []


def _begins_clause(customer: Reading, sentence: Sentence, hit: Hit) -> bool:
    before = customer.tokens.words[hit.start - 1]
    return hit.start == sentence.start or hit.start in customer.tokens.commas or before == BREAK


def _several(rule: Answers, customer: Reading, asked: Sequence[Question]) -> bool:
    """Whether the customer asks several things: two questions, or one beside something else that was wanted."""
    if len(asked) > 1:
        return True
    inside = asked[0]
    return any(
        not inside.start <= hit.start < inside.end for name in rule.extras for hit in customer.found.get(name, ())
    )


def _left_open(rule: Answers, view: View, customer: Reading, asked: list[Question]) -> Iterator[Fault]:
    """A fault when the draft takes up nothing that belongs to one of the questions alone."""
    draft = _draft_content(rule, view)
    words = [content(customer, question.start, question.end) for question in asked]
    untouched: list[Question] = []
    elsewhere: dict[Question, set[str]] = {}
    for number, (question, own) in enumerate(zip(asked, words, strict=True)):
        others = set().union(*(other for at, other in enumerate(words) if at != number))
        if own - others and not (own - others) & draft:
            untouched.append(question)
            elsewhere[question] = others - own
    if any(not _answered_in_kind(rule, view, customer, untouched, q, elsewhere[q]) for q in untouched):
        yield WHOLE


def _taken(view: View, words: set[str], hit: Hit) -> bool:
    """Whether a hit that names no value stands in a clause that speaks of `words`."""
    tokens, sentence = view.tokens, view.sentences[hit.sentence]
    if any(tags & SPECIFIC for tags in tokens.tags[hit.start : hit.end]):
        return False
    start = max((at for at in tokens.commas if sentence.start < at <= hit.start), default=sentence.start)
    end = min((at for at in tokens.commas if hit.start < at < sentence.end), default=sentence.end)
    if end < sentence.end and not content(view, start, end):
        end = sentence.end  # "Yes, under Me in the app": what is affirmed stands behind the comma.
    return bool(words & content(view, start, end))


def _draft_content(rule: Answers, view: View) -> set[str]:
    """What the draft speaks of, leaving out short sentences that only thank, apologise or invite."""
    found: set[str] = set()
    for number, sentence in enumerate(view.sentences):
        if sentence.part == "body" and not (_is_idle(rule, view, number) and _is_plain(view, sentence)):
            found |= content(view, sentence.start, sentence.end)
    return found


def _is_idle(rule: Answers, view: View, number: int) -> bool:
    return any(view.in_sentence(name, number) for name in rule.idle)


def _is_plain(view: View, sentence: Sentence) -> bool:
    """Whether a sentence is one clause: no comma and no other mark in it."""
    places = range(sentence.start + 1, sentence.end)
    return not any(place in view.tokens.commas or view.tokens.words[place] == BREAK for place in places)


def _answered_in_kind(
    rule: Answers, view: View, customer: Reading, untouched: Sequence[Question], question: Question, theirs: set[str]
) -> bool:
    """Whether the draft holds the kind of thing asked for as often as it is asked: a time for when, a sum for price.

    A kind that is its own reply is a matter that both speak of; it tells nothing when two questions share it. A
    plain yes or no does not count where the clause speaks of `theirs`, the words of the other questions.
    """
    for kind, replies in rule.replies.items():
        places = [hit.start for hit in customer.found.get(kind, ())]
        asking = [q for q in untouched if any(q.start <= place < q.end for place in places)]
        topic = kind in replies
        hits = [hit for name in replies for hit in view.hits(name) if view.sentences[hit.sentence].part == "body"]
        given = {(hit.start, hit.end) for hit in hits if topic or not _taken(view, theirs, hit)}
        if question in asking and (len(asking) == 1 or not topic) and len(given) >= len(asking):
            return True
    return False


def _nothing_beyond(rule: Answers, view: View, customer: Reading, asked: list[Question]) -> Iterator[Fault]:
    """A fault when the draft informs in no more steps than there are questions, briefly, with nothing extra."""
    if any(view.has(name) for name in (*rule.extras, *rule.postponed)):
        return
    theirs = content(customer, 0, len(customer.tokens.words))
    informing = list(_informing(rule, view, theirs))
    new: set[str] = set().union(*informing) - theirs
    if len(informing) > max(1, min(len(asked), _MOST_STEPS)) or len(new) >= _FULL_ANSWER:
        return
    if all(told & theirs for told in informing[1:]):
        yield WHOLE


def _informing(rule: Answers, view: View, theirs: set[str]) -> Iterator[set[str]]:
    """What each sentence of the draft tells that tells something; a list belongs to the line above it."""
    after = view.greeting[1] if view.greeting else 0
    told = False
    for number, sentence in enumerate(view.sentences):
        if sentence.part != "body" or sentence.end <= after or (sentence.item and told):
            continue
        words = content(view, max(sentence.start, after), sentence.end)
        if not (sentence.question or _is_idle(rule, view, number)) and (len(words) > 1 or words & theirs):
            told = True
            yield words
