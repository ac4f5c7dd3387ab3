"""From a folder of YAML to a rule book; the only place that knows how rules lie on disk."""

from __future__ import annotations

import contextlib
import marshal
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

from replylint import cache as cache_files
from replylint import references
from replylint.errors import RulebookError
from replylint.index import Index
from replylint.lexicon import LanguageFile
from replylint.notation import did_you_mean
from replylint.phrasebook import LANGUAGE_OWNERS, Phrasebook, Terms, compiled, rule_owner
from replylint.rules import ElementFile, Phrases, Rule, WordingFile
from replylint.tokens import Tokenizer

ANY = "any"
"""The file name, in place of a language code, of wording that holds in every language."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule with its wordings by language and the folder it came from."""

    rule: Rule
    wordings: Mapping[str, WordingFile]
    folder: Path

    @property
    def family(self) -> str:
        return self.folder.parent.name


@dataclass(frozen=True)
class LanguageBook:
    """A rule book ready for the replies of one language."""

    language: LanguageFile
    tokenizer: Tokenizer
    rules: tuple[tuple[Rule, WordingFile], ...]
    index: Index
    customer_index: Index
    """The index for customers' messages: only what is looked for there."""
    situations: Mapping[str, Mapping[str, tuple[str, ...]]]
    terms: Terms

    @cached_property
    def limited(self) -> frozenset[str]:
        """The owners of phrases that count only sometimes, so that one must not hide another that always does."""
        return frozenset(owner for owner, _ in self.terms)


@dataclass(frozen=True)
class Rulebook:
    """All rules, elements and languages, validated; `in_language` makes it ready for use."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    elements: Mapping[str, Mapping[str, ElementFile]] = field(default_factory=dict)
    languages: Mapping[str, LanguageFile] = field(default_factory=dict)
    situations: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    """Languages that can be told from each other, by code, with their English names."""
    neighbours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words that tell languages without rules from their neighbours with rules, by code."""
    folders: tuple[Path, ...] = ()
    """Where it all was read from, when the phrases are not here but in the cache or in those folders."""
    stamp: str = field(default="", compare=False)
    """The fingerprint of those folders when they were read."""
    _ready: dict[str, LanguageBook] = field(default_factory=dict, compare=False, repr=False)

    def in_language(self, code: str) -> LanguageBook:
        """The rules of one language, compiled once; raises RulebookError when there is no such language."""
        if code not in self._ready:
            if code not in self.languages:
                raise RulebookError(f"there are no rules for the language “{code}”{did_you_mean(code, self.languages)}")
            index, theirs, terms = _kept_phrases(self, code) if self.folders else _all_phrases(self, code)
            language = self.languages[code]
            rules = tuple((e.rule, e.wordings[code]) for e in self.entries.values() if code in e.wordings)
            tokenizer = Tokenizer(language)
            self._ready[code] = LanguageBook(language, tokenizer, rules, index, theirs, self.situations, terms)
        return self._ready[code]

    def merged(self, other: Rulebook) -> Rulebook:
        """This book with everything of `other` added, or put in the place of what has the same name."""
        elements = {name: dict(files) for name, files in self.elements.items()}
        for name, files in other.elements.items():
            elements.setdefault(name, {}).update(files)
        return Rulebook(
            {**self.entries, **other.entries},
            elements,
            {**self.languages, **other.languages},
            {**self.situations, **other.situations},
            {**self.profiles, **other.profiles},
            {**self.neighbours, **other.neighbours},
        )

    def with_rules(self, entries: Mapping[str, Entry]) -> Rulebook:
        return replace(self, entries=entries, _ready={})


def builtin_folder() -> Path:
    """Where the rules that come with replylint lie: in the package, or at the root of a checkout."""
    packaged = Path(__file__).parent / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rules"


@cache
def builtin() -> Rulebook:
    """The rules that come with replylint, with their phrases and examples."""
    return loaded((builtin_folder(),))


def loaded(folders: Sequence[Path]) -> Rulebook:
    """The rules of several folders, each over the ones before it, checked."""
    book = Rulebook()
    for folder in folders:
        book = book.merged(load(folder))
    check_references(book)
    return book


def opened(folders: Sequence[Path] = ()) -> Rulebook:
    """The built-in rules with those of `folders` over them, for linting: read from the cache when nothing has changed.

    Raises RulebookError when a file is wrong.
    """
    places = (builtin_folder(), *folders)
    for folder in places:
        if not folder.is_dir():
            raise RulebookError("there is no such folder of rules; check `rules` in the configuration", folder)
    key = cache_files.stamp(places)
    data = cache_files.load(key, "book")
    if data is not None:
        with contextlib.suppress(Exception):
            # A damaged file can fail in any way; it is made anew below.
            return replace(cast(Rulebook, pickle.loads(data)), stamp=key)
    book = _without_phrases(loaded(places), places)
    cache_files.store(key, "book", pickle.dumps(book))
    return replace(book, stamp=key)


def _without_phrases(book: Rulebook, folders: tuple[Path, ...]) -> Rulebook:
    """What linting needs besides the index."""
    nothing: dict[str, Any] = {"phrases": (), "except_": (), "unless": (), "flags": (), "passes": (), "todo": ()}
    entries = {
        name: replace(entry, wordings={lang: w.model_copy(update=nothing) for lang, w in entry.wordings.items()})
        for name, entry in book.entries.items()
    }
    elements: dict[str, dict[str, ElementFile]] = {name: {} for name in book.elements}
    return replace(book, entries=entries, elements=elements, folders=folders, _ready={})


def _kept_phrases(book: Rulebook, code: str) -> tuple[Index, Index, Terms]:
    """The indexes of a language out of the cache, or made anew from the folders."""
    key = book.stamp
    data = cache_files.load(key, f"index-{code}")
    if data is not None:
        with contextlib.suppress(ValueError, EOFError, TypeError):
            index, theirs, terms = marshal.loads(data)
            return Index.from_bytes(index), Index.from_bytes(theirs), terms
    index, theirs, terms = _needed_phrases(loaded(book.folders), code)
    cache_files.store(key, f"index-{code}", marshal.dumps((index.to_bytes(), theirs.to_bytes(), dict(terms))))
    return index, theirs, terms


def _needed_phrases(book: Rulebook, code: str) -> tuple[Index, Index, Terms]:
    """The indexes of what rules look for in drafts and in customers' messages."""
    phrases = _phrases(book, code)
    draft, customer = references.sides((e.rule for e in book.entries.values()), book.situations)
    own = [rule_owner(name) for name in book.entries]
    return phrases.index([*LANGUAGE_OWNERS, *own, *draft]), phrases.index([*LANGUAGE_OWNERS, *customer]), phrases.terms


def _all_phrases(book: Rulebook, code: str) -> tuple[Index, Index, Terms]:
    """One index of everything, for trying examples of elements that no rule names."""
    phrases = _phrases(book, code)
    index = phrases.index()
    return index, index, phrases.terms


def load(folder: Path) -> Rulebook:
    """The rule book of a folder; raises RulebookError naming file, line, key and what was expected."""
    if not folder.is_dir():
        raise RulebookError("there is no such folder of rules; check `rules` in the configuration", folder)
    entries: dict[str, Entry] = {}
    for path in sorted(folder.rglob("rule.yaml")):
        entry = read_entry(path.parent)
        if entry.rule.id in entries:
            raise RulebookError(f"the rule {entry.rule.id} is also in {entries[entry.rule.id].folder}", path)
        entries[entry.rule.id] = entry
    return Rulebook(
        entries,
        _elements(folder),
        _languages(folder),
        _table(folder / "situations.yaml", dict[str, dict[str, tuple[str, ...]]]),
        _table(folder / "detection.yaml", dict[str, str]),
        _table(folder / "neighbours.yaml", dict[str, tuple[str, ...]]),
    )


def read_entry(folder: Path) -> Entry:
    """The rule of one folder with all its wordings; raises RulebookError when a file is wrong."""
    path = folder / "rule.yaml"
    rule = _read(path, Rule)
    if rule.id != path.parent.name:
        raise RulebookError(f"the rule's id is {rule.id}, but its folder is {path.parent.name}: make them equal", path)
    wordings = {file.stem: _read(file, WordingFile) for file in sorted(folder.glob("*.yaml")) if file != path}
    return Entry(rule, wordings, folder)


def _elements(folder: Path) -> dict[str, dict[str, ElementFile]]:
    found: dict[str, dict[str, ElementFile]] = {}
    for path in sorted((folder / "elements").glob("*/*.yaml")):
        found.setdefault(path.parent.name, {})[path.stem] = _read(path, ElementFile)
    return found


def _languages(folder: Path) -> dict[str, LanguageFile]:
    files = [_read(path, LanguageFile) for path in sorted((folder / "languages").glob("*.yaml"))]
    return {language.code: language for language in files}


def _table(path: Path, model: Any) -> Any:
    """A file that a folder of rules need not have."""
    return _read(path, model) if path.is_file() else {}


def check_references(book: Rulebook) -> None:
    """Raises RulebookError when a rule or situation names an element or a situation that does not exist."""
    for entry in book.entries.values():
        references.check(entry.rule, entry.folder / "rule.yaml", book.elements.keys(), book.situations.keys())
    for name, sides in book.situations.items():
        for element in (element for found in sides.values() for element in found):
            if element not in book.elements:
                raise RulebookError(f"the situation {name} names the element “{element}”, which does not exist"
                                    f"{did_you_mean(element, book.elements)}")  # fmt: skip


def _read(path: Path, model: Any) -> Any:
    """A file as a model; YAML is imported only when rules do not come out of the cache."""
    from replylint.yamlfile import read

    return read(path, model)


def _phrases(book: Rulebook, code: str) -> Phrasebook:
    """The patterns of a language, from the wording of all elements and rules."""
    files: dict[str, tuple[str, list[Phrases]]] = {
        name: (f"elements/{name}/{code}.yaml", [parts[key] for key in (ANY, code) if key in parts])
        for name, parts in book.elements.items()
    }
    for entry in book.entries.values():
        if code in entry.wordings:
            files[rule_owner(entry.rule.id)] = str(entry.folder / f"{code}.yaml"), [entry.wordings[code]]
    return compiled(book.languages[code], files, list(book.elements))
