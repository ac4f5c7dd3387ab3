"""What is wrong with a rule or element file that is being written: its keys, its examples, phrases without one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from replylint import examples, yamlfile
from replylint.errors import RulebookError
from replylint.lexicon import LanguageFile
from replylint.rulebook import Entry, Rulebook
from replylint.rules import ElementFile, Rule, WordingFile

_PLACE = re.compile(r"(flags|passes|todo)\[(\d+)\]$")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that is wrong, at lines `start` to `end` (from 0, exclusive)."""

    start: int
    end: int
    message: str
    grave: bool = True


def model_of(path: Path) -> Any:
    """The model of a rule, wording, element or language file by its place; None for any other file."""
    if path.suffix != ".yaml":
        return None
    if path.name == "rule.yaml":
        return Rule
    if path.parent.name == "languages":
        return LanguageFile
    if path.parent.parent.name == "elements":
        return ElementFile
    return WordingFile if (path.parent / "rule.yaml").is_file() else None


def remarks(path: Path, text: str, book: Rulebook | None = None) -> Iterator[Remark]:
    """What is wrong with the text of a rule, wording, element or language file.

    book: all rules, whole; then the file's examples are run in their place.
    """
    try:
        file = yamlfile.parsed(text, path, model_of(path))
        if book is not None and isinstance(file, (WordingFile, ElementFile)):
            yield from _proved(path, text, file, book)
    except RulebookError as error:
        line = (error.line or 1) - 1
        yield Remark(line, line + 1, error.message)


def _proved(path: Path, text: str, file: WordingFile | ElementFile, book: Rulebook) -> Iterator[Remark]:
    """Examples that do not hold, and phrases that none proves."""
    name, lang = path.parent.name, path.stem
    changed = _with(path, file, book)
    if changed is None:
        return
    places = _lines(text)
    for result in examples.run(changed, [name]):
        found = _PLACE.search(result.place)
        if result.fault and found and f"{name}/{lang}.yaml" in result.place:
            start, end = places.get((found[1], int(found[2])), (0, 1))
            yield Remark(start, end, f"{result.fault}")
    place = f"{name}/{lang}.yaml" if isinstance(file, WordingFile) else f"elements/{name}/{lang}.yaml"
    unproved = {phrase for _, phrase in examples.uncovered(changed, [place])}
    for number, phrase in enumerate(file.phrases):
        words = phrase if isinstance(phrase, str) else phrase.phrase
        if words in unproved:
            start, end = places.get(("phrases", number), (0, 1))
            yield Remark(start, end, "no example under flags proves this phrase", grave=False)


def _with(path: Path, file: WordingFile | ElementFile, book: Rulebook) -> Rulebook | None:
    """The book with the file in it; None when it is of no language or rule that the book knows."""
    name, lang = path.parent.name, path.stem
    if isinstance(file, WordingFile):
        entry = book.entries.get(name)
        if entry is None or lang not in book.languages:
            return None
        wordings: Mapping[str, WordingFile] = {**entry.wordings, lang: file}
        return replace(book, entries={**book.entries, name: Entry(entry.rule, wordings, entry.folder)}, _ready={})
    files = {**book.elements.get(name, {}), lang: file}
    return replace(book, elements={**book.elements, name: files}, _ready={})


def _lines(text: str) -> dict[tuple[str, int], tuple[int, int]]:
    """The lines of each member of each list in the file, by the list's key and the member's number."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        for number, member in enumerate(value.value if isinstance(value, yaml.SequenceNode) else ()):
            end = member.end_mark.line + (member.end_mark.column > 0)
            found[str(key.value), number] = member.start_mark.line, max(end, member.start_mark.line + 1)
    return found
