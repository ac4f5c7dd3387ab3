"""From a folder of YAML to a rule book; the only place that knows how rules lie on disk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from replylint.errors import RulebookError
from replylint.lexicon import LanguageFile
from replylint.matching import Index, Pattern, Role, build
from replylint.notation import Atom, Notation, did_you_mean, united
from replylint.rules import Condition, ElementFile, Phrase, Phrases, Rule, WordingFile
from replylint.tokens import Tokenizer

ANY = "any"
"""The file name, in place of a language code, of wording that holds in every language."""
_SLOT = re.compile(r"<([a-z][a-z0-9-]*)>")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which only true and false are booleans and no word is a date: “no” and “on” are words of a language."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, pairs in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


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
    elements: frozenset[str]
    situations: Mapping[str, Mapping[str, tuple[str, ...]]]

    @cached_property
    def function_words(self) -> frozenset[str]:
        return frozenset(self.language.folded(word) for word in self.language.function_words)

    @cached_property
    def emphatic(self) -> frozenset[str]:
        return frozenset(self.language.folded(word) for word in self.language.emphatic)


@dataclass(frozen=True)
class Rulebook:
    """All rules, elements and languages, validated; `in_language` makes it ready for use."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    elements: Mapping[str, Mapping[str, ElementFile]] = field(default_factory=dict)
    languages: Mapping[str, LanguageFile] = field(default_factory=dict)
    situations: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)
    """Languages that can be told from each other, by code, with their English names."""
    _ready: dict[str, LanguageBook] = field(default_factory=dict, compare=False, repr=False)

    def in_language(self, code: str) -> LanguageBook:
        """The rules of one language, compiled once; raises RulebookError when there is no such language."""
        if code not in self._ready:
            if code not in self.languages:
                raise RulebookError(f"there are no rules for the language “{code}”{did_you_mean(code, self.languages)}")
            self._ready[code] = _compiled(self, code)
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
        )

    def with_rules(self, entries: Mapping[str, Entry]) -> Rulebook:
        return Rulebook(entries, self.elements, self.languages, self.situations, self.profiles)


def builtin_folder() -> Path:
    """Where the rules that come with replylint lie: in the package, or at the root of a checkout."""
    packaged = Path(__file__).parent / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rules"


@cache
def builtin() -> Rulebook:
    """The rules that come with replylint."""
    book = load(builtin_folder())
    check_references(book)
    return book


def load(folder: Path) -> Rulebook:
    """The rule book of a folder; raises RulebookError naming file, line, key and what was expected."""
    if not folder.is_dir():
        raise RulebookError("there is no such folder of rules; check `rules` in the configuration", folder)
    entries: dict[str, Entry] = {}
    for path in sorted(folder.rglob("rule.yaml")):
        entry = _entry(path)
        if entry.rule.id in entries:
            raise RulebookError(f"the rule {entry.rule.id} is also in {entries[entry.rule.id].folder}", path)
        entries[entry.rule.id] = entry
    return Rulebook(
        entries,
        _elements(folder),
        _languages(folder),
        _table(folder / "situations.yaml", dict[str, dict[str, tuple[str, ...]]]),
        _table(folder / "detection.yaml", dict[str, str]),
    )


def _entry(path: Path) -> Entry:
    rule = _read(path, Rule)
    if rule.id != path.parent.name:
        raise RulebookError(f"the rule's id is {rule.id}, but its folder is {path.parent.name}: make them equal", path)
    wordings = {file.stem: _read(file, WordingFile) for file in sorted(path.parent.glob("*.yaml")) if file != path}
    return Entry(rule, wordings, path.parent)


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


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _read(path: Path, model: Any) -> Any:
    """The YAML file at `path` as `model`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(f"cannot be read ({error}); save it as UTF-8", path) from error
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it is not valid YAML"
        raise RulebookError(f"the YAML cannot be read: {what}", path, mark.line + 1 if mark else None) from error
    try:
        return _adapter(model).validate_python(data)
    except ValidationError as error:
        raise _explained(error, text, path) from error


def _explained(error: ValidationError, text: str, path: Path) -> RulebookError:
    """The first fault of a file in one sentence: its key, what was expected, and the nearest known key."""
    first = error.errors()[0]
    place = [part for part in first["loc"] if not (isinstance(part, str) and part.startswith(("function-", "str")))]
    keys = [str(part) for part in place]
    if first["type"] == "extra_forbidden":
        known = _known_keys(error)
        what = f"the key “{keys[-1]}” is not known{did_you_mean(keys[-1], known)}"
    elif first["type"] == "missing":
        what = f"the key “{keys[-1]}” is missing"
    else:
        what = f"“{'.'.join(keys) or 'the file'}”: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return RulebookError(what, path, _line(text, place))


def _known_keys(error: ValidationError) -> Sequence[str]:
    names: set[str] = set()
    for model in (*_models(Rule), WordingFile, ElementFile, LanguageFile, Phrase, Condition):
        names.update(info.alias or name for name, info in model.model_fields.items())
    return sorted(names)


def _models(union: Any) -> Sequence[type[BaseModel]]:
    return union.__args__[0].__args__  # type: ignore[no-any-return]


def _line(text: str, place: Sequence[int | str]) -> int | None:
    """The line, from 1, of the value that `place` leads to, or of the nearest value around it."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = None
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line if line is not None else 1


def check_references(book: Rulebook) -> None:
    """Raises RulebookError when a rule or situation names an element, a rule or a situation that does not exist."""
    for entry in book.entries.values():
        path = entry.folder / "rule.yaml"
        for name in _named(entry.rule.model_dump(), _ELEMENT_KEYS):
            if name not in book.elements:
                raise RulebookError(f"there is no element “{name}”{did_you_mean(name, book.elements)}", path)
        for name in _named(entry.rule.model_dump(), {"situation", "no_situation"}):
            if name not in book.situations:
                raise RulebookError(f"there is no situation “{name}”{did_you_mean(name, book.situations)}", path)


_ELEMENT_KEYS = {
    "of", "has", "lacks", "beside", "apart_from", "ask", "given", "element", "promises", "past", "questions",
    "postponed", "replies", "joined_by", "idle", "extras",
}  # fmt: skip


def _named(data: Any, keys: set[str]) -> Iterator[str]:
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


@dataclass(frozen=True, slots=True)
class _Set:
    """Phrases of one owner, as they go into the index."""

    owner: str
    path: str
    phrases: Sequence[str | Phrase]
    excepted: Sequence[str] = ()
    unless: Sequence[str] = ()

    def texts(self) -> Iterator[tuple[str, int, Role]]:
        """Every written phrase with the number of the phrase it belongs to (-1: all) and what it does."""
        for number, phrase in enumerate(self.phrases):
            if isinstance(phrase, str):
                yield phrase, number, "hit"
            else:
                yield phrase.phrase, number, "hit"
                yield from ((text, number, "except") for text in phrase.except_)
                yield from ((text, number, "unless") for text in phrase.unless)
        yield from ((text, -1, "except") for text in self.excepted)
        yield from ((text, -1, "unless") for text in self.unless)

    def needs(self) -> set[str]:
        return {name for text, _, _ in self.texts() for name in _SLOT.findall(text)}


def rule_owner(rule: str) -> str:
    """The name under which a rule's own phrases are found; no element can have it."""
    return f"rule:{rule}"


def language_owner(field_name: str) -> str:
    """The name under which phrases of a language file are found."""
    return f"language:{field_name}"


_LANGUAGE_PHRASES = ("conditions", "negations", "quote_lines", "forward_lines", "closings")


def _sets(book: Rulebook, code: str) -> dict[str, _Set]:
    """Everything that goes into the index of one language, by owner."""
    language = book.languages[code]
    sets = {language_owner(name): _Set(language_owner(name), name, getattr(language, name)) for name in _LANGUAGE_PHRASES}
    openers = language_owner("openers")
    sets[openers] = _Set(openers, "openers", language.greeting.openers)
    for name, files in book.elements.items():
        sets[name] = _wording_set(name, f"elements/{name}", [files[key] for key in (ANY, code) if key in files])
    for entry in book.entries.values():
        if code in entry.wordings:
            owner = rule_owner(entry.rule.id)
            wordings: list[Phrases] = [entry.wordings[code]]
            sets[owner] = _wording_set(owner, str(entry.folder / f"{code}.yaml"), wordings)
    return sets


def _wording_set(owner: str, path: str, files: Sequence[Phrases]) -> _Set:
    return _Set(
        owner,
        path,
        [phrase for file in files for phrase in file.phrases],
        [text for file in files for text in file.except_],
        [text for file in files for text in file.unless],
    )


def _compiled(book: Rulebook, code: str) -> LanguageBook:
    language = book.languages[code]
    tokenizer = Tokenizer(language)
    sets = _sets(book, code)
    patterns: list[Pattern] = []
    classes: dict[str, Atom] = {}
    levels: dict[str, int] = {}
    for item in _in_order(sets):
        notation = Notation(tokenizer, list(book.elements), classes)
        level = 1 + max((levels[name] for name in item.needs() if name in levels and name not in classes), default=-1)
        levels[item.owner] = level
        own = list(_patterns(item, notation, level))
        patterns.extend(own)
        if item.owner in book.elements and own and all(_is_single(pattern) for pattern in own):
            classes[item.owner] = united([pattern.atoms[0] for pattern in own])
    rules = tuple((entry.rule, entry.wordings[code]) for entry in book.entries.values() if code in entry.wordings)
    return LanguageBook(language, tokenizer, rules, build(patterns), frozenset(book.elements), book.situations)


def _is_single(pattern: Pattern) -> bool:
    return len(pattern.atoms) == 1 and pattern.atoms[0].kind == "word" and pattern.role == "hit"


def _patterns(item: _Set, notation: Notation, level: int) -> Iterator[Pattern]:
    for text, number, role in item.texts():
        try:
            flats = notation.patterns(text)
        except RulebookError as error:
            raise RulebookError(error.message, item.path) from error
        for atoms in flats:
            gapped = any(atom.kind == "gap" for atom in atoms)
            yield Pattern(atoms, item.owner, number, role, level, gapped)


def _in_order(sets: Mapping[str, _Set]) -> Iterator[_Set]:
    """The sets, each after those whose elements it names; raises RulebookError on a circle."""
    done: set[str] = set()
    trail: list[str] = []

    def visit(name: str) -> Iterator[_Set]:
        if name in done or name not in sets:
            return
        if name in trail:
            raise RulebookError(f"elements name each other in a circle: {' → '.join([*trail, name])}", sets[name].path)
        trail.append(name)
        for needed in sorted(sets[name].needs()):
            yield from visit(needed)
        trail.pop()
        done.add(name)
        yield sets[name]

    for name in sets:
        yield from visit(name)
