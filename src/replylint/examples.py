"""The examples inside rule and element files: do they find what they say, and does every phrase have one?"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from replylint.checks.similar import Library, words_of
from replylint.engine import lint
from replylint.laying import Bounds
from replylint.macros import twins
from replylint.macros.reading import macro_of
from replylint.matching import Hit, scan
from replylint.phrasebook import rule_owner
from replylint.readers.draft import Defaults
from replylint.reply import Reply, Twin
from replylint.rulebook import ANY, Rulebook
from replylint.rules import Draft, Phrase, Phrases
from replylint.surroundings import Surroundings
from replylint.text import Text
from replylint.view import View

_MARKS = re.compile("[«»]")


@dataclass(frozen=True, slots=True)
class Result:
    """One example's outcome. place: "blames-customer/en.yaml flags[0]". fault: what is wrong, empty when nothing is."""

    place: str
    kind: str
    text: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Phrases that no example of their own file brings to fire, as (place, phrase)."""

    unused: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """A draft without its « » marks, and the marked ranges."""
    plain: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    begin = -1
    for piece in re.split("([«»])", marked):
        if piece == "«":
            begin = length
        elif piece == "»":
            spans.append((begin, length))
        else:
            plain.append(piece)
            length += len(piece)
    return "".join(plain), spans


def run(book: Rulebook, only: Sequence[str] = ()) -> Iterator[Result]:
    """The outcome of every example of every rule and element, or of those named in `only`."""
    for name, entry in sorted(book.entries.items()):
        for lang, wording in sorted(entry.wordings.items()):
            if (not only or name in only) and lang in book.languages:
                for kind, number, example in _examples(wording):
                    yield _rule_result(book, name, lang, kind, number, example)
    for name, files in sorted(book.elements.items()):
        for lang, file in sorted(files.items()):
            if (not only or name in only) and lang in (*book.languages, ANY):
                code = next(iter(book.languages)) if lang == ANY else lang
                for kind, number, example in _examples(file):
                    yield _element_result(book, name, lang, code, kind, number, example)


def _examples(file: Phrases) -> Iterator[tuple[str, int, Draft]]:
    for kind in ("flags", "passes", "todo"):
        for number, example in enumerate(getattr(file, kind)):
            yield kind, number, Draft(draft=example) if isinstance(example, str) else example


def _rule_result(book: Rulebook, name: str, lang: str, kind: str, number: int, example: Draft) -> Result:
    draft, wanted = unmarked(example.draft)
    ready = book.in_language(lang)
    macros = {f"macro {at}": words_of(ready.tokenizer(text)) for at, text in enumerate(example.macros)}
    reply = _reply(example, draft, lang)
    if reply.macro and macros:
        own = words_of(ready.tokenizer(reply.text.value))
        pair = twins.pairs([*macros.values(), own], 0.01)[-1]
        twin = Twin(f"macro {pair.earlier}", "", pair.likeness) if pair else None
        reply = replace(reply, macro=replace(reply.macro, twin=twin))
    around = Surroundings(
        datetime.date.fromisoformat(example.today) if example.today else datetime.date(2026, 3, 2),
        Library(macros) if macros else None,
        settings=example.settings,
        service_times={key: (float(value), float(value)) for key, value in example.service_times.items()},
    )
    found = [f for f in lint(reply, ready, around).findings if f.rule == name]
    got = [(f.start, f.end) for f in found if f.start is not None and f.end is not None]
    return Result(
        f"{name}/{lang}.yaml {kind}[{number}]", kind, example.draft, _fault(kind, draft, wanted, got, len(found))
    )


def _reply(example: Draft, draft: str, lang: str) -> Reply:
    if example.helpdesk is not None:
        return macro_of(draft, example.helpdesk, Defaults(channel=example.channel, lang=lang))
    return Reply.of(
        draft, customer_message=example.customer, customer_name=example.name, channel=example.channel, lang=lang
    )


def _fault(kind: str, draft: str, wanted: list[tuple[int, int]], got: Sequence[tuple[int, int]], number: int) -> str:
    """What is wrong with an example's outcome, in one sentence, or nothing."""
    shown = " ".join(f"«{draft[start:end]}»" for start, end in got) or ("the whole draft" if number else "nothing")
    if kind == "flags":
        if not number:
            return "it must fire, and found nothing"
        return "" if list(got) == wanted else f"the wrong words were found: {shown}"
    if kind == "passes":
        return f"it must not fire, and found {shown}" if number else ""
    return "it fires now: move it from todo to flags" if number and (not wanted or list(got) == wanted) else ""


def _element_result(book: Rulebook, name: str, lang: str, code: str, kind: str, number: int, example: Draft) -> Result:
    draft, wanted = unmarked(example.draft)
    view = View(Text(draft), book.in_language(code), Reply.of(draft))
    got = [(span.start, span.end) for span in (view.span(hit.start, hit.end) for hit in view.found.get(name, []))]
    if kind == "flags" and not wanted:
        wanted = got
    fault = _fault(kind, draft, wanted, got, len(got))
    return Result(f"elements/{name}/{lang}.yaml {kind}[{number}]", kind, example.draft, fault)


def uncovered(book: Rulebook, only: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Phrases of rules and elements that no `flags` example of their own file brings to fire.

    A list of single words, which stands inside other phrases, needs no example of its own.
    only: places such as blames-customer/en.yaml; all unless given.
    """
    for owner, place, lang, file in _files(book):
        if _is_word_list(file) or (only and place not in only):
            continue
        drafts = [unmarked(e.draft if isinstance(e, Draft) else e)[0] for e in (*file.flags, *file.todo)]
        used = {hit.phrase for draft in drafts for hit in _found(book, lang, owner, draft)}
        offset = _offset(book, owner, lang)
        for number, phrase in enumerate(file.phrases):
            if number + offset not in used:
                yield place, phrase.phrase if isinstance(phrase, Phrase) else phrase


def _is_word_list(file: Phrases) -> bool:
    return all(isinstance(phrase, str) and re.fullmatch(r"[^\s()\[\]|&<>.]+", phrase) for phrase in file.phrases)


def _files(book: Rulebook) -> Iterator[tuple[str, str, str, Phrases]]:
    for name, entry in sorted(book.entries.items()):
        for lang, wording in sorted(entry.wordings.items()):
            if lang in book.languages:
                yield rule_owner(name), f"{name}/{lang}.yaml", lang, wording
    for name, files in sorted(book.elements.items()):
        for lang, file in sorted(files.items()):
            if lang in book.languages:
                yield name, f"elements/{name}/{lang}.yaml", lang, file


def _offset(book: Rulebook, owner: str, lang: str) -> int:
    """How many phrases of the language-neutral file stand before those of the language's file."""
    shared = book.elements.get(owner, {}).get(ANY)
    return len(shared.phrases) if shared else 0


def _found(book: Rulebook, lang: str, owner: str, draft: str) -> Sequence[Hit]:
    """Every hit of an owner in a draft, overlapping ones too."""
    view = View(Text(draft), book.in_language(lang), Reply.of(draft))
    bounds = [Bounds(*view.inner(sentence)) for sentence in view.sentences]
    return scan(view.index, view.tokens, bounds, view.sentence_of, apart=False).get(owner, [])
