"""The kind echo: values in the customer's message and in the draft must, or must not, meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from replylint.checks.hit import WHOLE, Fault
from replylint.matching import Hit
from replylint.rules import Echo
from replylint.tokens import BREAK
from replylint.view import Reading, View

SPECIFIC = frozenset({"number", "code", "date", "clock", "money", "email", "weekday", "month", "percent"})
"""The shapes of words that name a value of this one case."""
_SHORTEST_STEM = 2
STEM = 5
"""Letters by which two forms of a word are taken for the same word."""


def echo(rule: Echo, view: View) -> Iterator[Fault]:
    """The faults of an echo rule, by what it compares."""
    if rule.what == "name":
        yield from _wrong_name(view)
    elif view.customer is not None and rule.what == "known":
        yield from _asked_again(rule, view, view.customer)
    elif view.customer is not None:
        yield from _nothing_taken_up(rule, view, view.customer)


def stem(word: str) -> str:
    """What two forms of a word have in common."""
    return word[:STEM] if len(word) > STEM else word.rstrip("s") if len(word) > 3 else word


def content(reading: Reading, start: int, end: int) -> set[str]:
    """Stems of the words between `start` and `end` that carry meaning: no function words, no marks."""
    common = reading.book.language.common_words
    words = reading.tokens.words
    return {
        stem(words[at])
        for at in range(start, end)
        if words[at] != BREAK and words[at] not in common and (len(words[at]) > 2 or words[at].isdigit())
    }


def _nothing_taken_up(rule: Echo, view: View, customer: Reading) -> Iterator[Fault]:
    """A fault when the customer wrote of something specific and the draft shares no word of content with it."""
    tokens = customer.tokens
    specific = any(tags & SPECIFIC for tags in tokens.tags) or any(customer.found.get(name) for name in rule.of)
    theirs = content(customer, 0, len(tokens.words))
    if not specific or len(theirs) < 3:
        return
    after = view.greeting[1] if view.greeting else 0
    for sentence in view.sentences:
        if sentence.part == "body" and theirs & content(view, max(sentence.start, after), sentence.end):
            return
    yield WHOLE


def _asked_again(rule: Echo, view: View, customer: Reading) -> Iterator[Fault]:
    """A fault at each request for what the customer's message already holds."""
    for pair in rule.pairs:
        if not any(customer.found.get(name) for name in pair.given):
            continue
        for hit in view.hits(pair.ask):
            if _is_asked(rule, view, hit):
                yield Fault(hit.start, hit.end)
                break


def _is_asked(rule: Echo, view: View, hit: Hit) -> bool:
    """Whether what is named is asked for: in a question, behind words that demand, or in a list below them."""
    sentence = view.sentences[hit.sentence]
    if view.is_conditional(hit) or view.is_quoted(hit) or sentence.part != "body":
        return False
    if sentence.question or not rule.of:
        return True
    demands = [other for name in rule.of for other in view.hits(name)]
    if any(other.sentence == hit.sentence and other.start <= hit.start for other in demands):
        return True
    above = hit.sentence
    while above > 0 and view.sentences[above].item:
        above -= 1
    return above < hit.sentence and any(other.sentence == above for other in demands)


def _wrong_name(view: View) -> Iterator[Fault]:
    """A fault at a greeting whose names have nothing in common with the customer's."""
    if not view.greeting or not view.reply.customer_name:
        return
    start, end = view.greeting
    places = [at for at in range(start, end) if "name" in view.tokens.tags[at]]
    known = {word for word in view.book.tokenizer.words(view.reply.customer_name) if len(word) > 1}
    greeted = {view.tokens.words[at] for at in places}
    if not greeted or not known or any(_same_name(one, other, view) for one in greeted for other in known):
        return
    yield Fault(places[0], places[-1] + 1, (("name", view.reply.customer_name),))


def _same_name(one: str, other: str, view: View) -> bool:
    """Whether two folded names may be forms of one: equal, a short form, or a case of it."""
    if one == other or (min(len(one), len(other)) >= 2 and (one.startswith(other) or other.startswith(one))):
        return True
    if min(len(one), len(other)) > 3 and (one in other or other in one or one[:-2] == other[:-2]):
        return True
    language = view.book.language
    if any({one, other} <= row for row in language.name_rows):
        return True
    if one.isascii() != other.isascii():
        return _consonants(one.translate(language.latin_map)) == _consonants(other.translate(language.latin_map))
    return any(_stems(one, row) & _stems(other, row) for row in language.ending_rows)


def _stems(name: str, endings: Sequence[str]) -> set[str]:
    """What is left of a name without an ending of a row, where at least two letters are."""
    return {name.removesuffix(e) for e in endings if name.endswith(e) and len(name) - len(e) >= _SHORTEST_STEM}


def _consonants(name: str) -> str:
    """The consonants that a name keeps however it is spelled in another script."""
    return "".join(letter for letter in name if letter.isalpha() and letter not in "aeiouyjhw")
