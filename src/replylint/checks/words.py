"""The kinds forbid, require, count and mixed: words that must, must not, or may only so often be there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from replylint.checks.clause import claimed
from replylint.checks.conditions import holds, holds_around, in_context
from replylint.checks.hit import WHOLE, Fault
from replylint.matching import Hit, parted
from replylint.phrasebook import rule_owner
from replylint.rules import Count, Forbid, Mixed, Require, RuleBase, WordingFile
from replylint.surroundings import Surroundings
from replylint.tokens import BREAK
from replylint.view import View

_LIST = 3
"""So many members, at least, make a list; fewer may be clauses with a comma between them."""


def usable(rule: RuleBase, wording: WordingFile, of: Sequence[str], view: View) -> list[Hit]:
    """The hits of a rule's elements and own phrases, in order, that stand in no context that the rule leaves out."""
    hits = [hit for name in of for hit in view.hits(name) if not in_context(rule.outside, view, hit)]
    for hit in view.rule_hits(rule.id):
        within, situation = view.book.terms.get((rule_owner(rule.id), hit.phrase), ((), None))
        if situation and not view.situation(situation):
            continue
        if not in_context([context for context in rule.outside if context not in within], view, hit):
            hits.append(hit)
    return sorted(hits, key=lambda hit: (hit.start, -hit.end))


def forbid(rule: Forbid, wording: WordingFile, view: View) -> Iterator[Fault]:
    """A fault for each hit of the rule's words."""
    hits = [hit for hit in usable(rule, wording, rule.of, view) if holds_around(rule.when, view, hit)]
    if rule.part:
        start, end = view.part_range(rule.part) or (0, 0)
        hits = [hit for hit in hits if start <= hit.start < end]
    if rule.last_third and hits and not _is_late(hits[0], view):
        return
    for hit in parted(hits)[: 1 if rule.once else None]:
        yield Fault(hit.start, hit.end)


def _is_late(hit: Hit, view: View) -> bool:
    """Whether two thirds of the draft's own words stand before the hit."""
    before = sum(
        word != BREAK
        for s in view.sentences
        if s.part != "history"
        for word in view.tokens.words[s.start : min(s.end, hit.start)]
    )
    return 3 * before >= 2 * view.words


def require(rule: Require, wording: WordingFile, view: View) -> Iterator[Fault]:
    """One fault when nothing of what is asked for is there."""
    if rule.parts:
        if any(view.part_range(part) is None for part in rule.parts):
            yield WHOLE
        return
    if rule.part:
        yield from _required_part(rule, view)
        return
    if rule.shapes and any(not tags.isdisjoint(rule.shapes) for tags in view.tokens.tags):
        return
    hits = [hit for name in (*rule.of, rule_owner(rule.id)) for hit in view.hits(name)]
    for hit in hits:
        beside = not rule.beside or any(view.in_sentence(other, hit.sentence) for other in rule.beside)
        if beside and not in_context(rule.outside, view, hit) and not claimed(hit, rule.apart_from, hits, view):
            return
    yield Fault(details=_occasion(rule, view))


def _occasion(rule: Require, view: View) -> tuple[tuple[str, str], ...]:
    """The words of the draft for whose sake something is asked for, as a detail of the message."""
    for condition in rule.when:
        if condition.in_ == "draft" and condition.has:
            first = min(view.hits(condition.has), key=lambda hit: hit.start)
            return (("words", " ".join(view.raw(first.start, first.end).split())),)
    return ()


def _required_part(rule: Require, view: View) -> Iterator[Fault]:
    """A fault showing the part, when the part is there and what is asked for is not in it."""
    place = view.part_range(rule.part or "greeting")
    if place is None:
        return
    start, end = place
    shaped = any(view.tokens.tags[at] & set(rule.shapes) for at in range(start, end))
    if not shaped and not any(start <= hit.start < end for name in rule.of for hit in view.hits(name)):
        yield Fault(start, end)


def count(rule: Count, wording: WordingFile, view: View, around: Surroundings) -> Iterator[Fault]:
    """A fault at what is one too many; each own phrase is a fault by itself."""
    own = [hit for hit in view.rule_hits(rule.id) if not in_context(rule.outside, view, hit)]
    for hit in parted(own):
        yield Fault(hit.start, hit.end)
    if rule.unit == "items":
        yield from _lists(rule, view)
        return
    hits = parted(sorted(h for name in rule.of for h in view.hits(name) if not in_context(rule.outside, view, h)))
    limit = int(around.thresholds.get(rule.id, rule.max))
    if rule.strict and all(holds(condition, view) for condition in rule.strict.when):
        limit = rule.strict.max
    if len(hits) > limit and not own:
        first = hits[limit] if limit else hits[0]
        run = first.end
        for hit in hits:
            if hit.start == run:
                run = hit.end
        yield Fault(first.start, run, (("number", str(len(hits))), ("limit", str(limit))))


def _lists(rule: Count, view: View) -> Iterator[Fault]:
    """A fault for more than `max` things asked for: in one list, or in sentences that follow each other."""
    run: list[tuple[int, int, int]] = []
    last = -2
    for hit in _first_of_sentences(rule, view):
        start, end, items = _members(hit, view, rule.joined_by)
        if items > rule.max:
            yield _too_many(start, end, items, rule.max)
            return
        if hit.sentence - last > 1:
            run = []
        last = hit.sentence
        run.append((hit.start, end, items if items >= _LIST else 1))
        asked = sum(number for _, _, number in run)
        if asked > rule.max:
            yield _too_many(run[0][0], end, asked, rule.max)
            return


def _first_of_sentences(rule: Count, view: View) -> list[Hit]:
    """The first hit of the rule's elements in each sentence."""
    first: dict[int, Hit] = {}
    for hit in sorted(hit for name in rule.of for hit in view.hits(name)):
        first.setdefault(hit.sentence, hit)
    return list(first.values())


def _too_many(start: int, end: int, number: int, limit: int) -> Fault:
    return Fault(start, end, (("number", str(number)), ("limit", str(limit))))


def _members(hit: Hit, view: View, joined_by: Sequence[str]) -> tuple[int, int, int]:
    """First word, end and number of the members of the list behind a hit: on its line, or on list lines below."""
    sentence = view.sentences[hit.sentence]
    start = hit.end
    while start < sentence.end and view.tokens.words[start] == BREAK:
        start += 1
    commas = sum(start < place < sentence.end for place in view.tokens.commas)
    inline = commas + 1 + _joined(view, joined_by, start, sentence.end) if start < sentence.end else 0
    below = []
    for other in view.sentences[hit.sentence + 1 :]:
        if not other.item:
            break
        below.append(other)
    if len(below) > inline:
        return below[0].start, below[-1].end, len(below)
    return min(start, sentence.end - 1), sentence.end, inline


def _joined(view: View, joined_by: Sequence[str], start: int, end: int) -> int:
    """Whether the last two members are joined by a word and not by a comma."""
    words = [hit for name in joined_by for hit in view.hits(name) if start < hit.start < end]
    last = [hit for hit in words if hit.start not in view.tokens.commas]
    commas = [place for place in view.tokens.commas if start < place < end]
    return int(bool(last) and bool(commas) and max(h.start for h in last) > max(commas))


def mixed(rule: Mixed, wording: WordingFile, view: View, around: Surroundings) -> Iterator[Fault]:
    """A fault at each hit of the rarer elements, or of those that the configuration does not ask for."""
    groups = {name: usable_of(rule, name, view) for name in rule.of}
    wanted = around.settings.get(rule.setting or "", "")
    if wanted not in groups:
        there = [name for name, hits in groups.items() if hits]
        wanted = max(there, key=lambda name: len(groups[name]), default="")
    for name, hits in groups.items():
        if name != wanted:
            for hit in hits:
                yield Fault(hit.start, hit.end)


def usable_of(rule: RuleBase, name: str, view: View) -> list[Hit]:
    return [hit for hit in view.hits(name) if not in_context(rule.outside, view, hit)]
