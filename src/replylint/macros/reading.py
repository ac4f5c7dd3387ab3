"""From files to canned replies: exports of helpdesks, and folders of files.

An export is known by its content. Each macro is a reply whose spans are places in the export itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath
from typing import Any, Literal

from jmespath.exceptions import JMESPathError

from replylint.errors import InputError
from replylint.macros import csvfile, jsonfile, yamlvalues
from replylint.macros.helpdesks import ANY, Desks, Export, Fields, FileType, builtin, compiled
from replylint.macros.located import Located, text_of
from replylint.macros.variables import Reader
from replylint.notation import did_you_mean
from replylint.readers import SUFFIXES
from replylint.readers.decode import export_text_of
from replylint.readers.draft import NOTHING, STDIN, Defaults, Draft, replies
from replylint.readers.faults import DraftError, told
from replylint.readers.frontmatter import front_of
from replylint.readers.html import html
from replylint.readers.markdown import markdown
from replylint.readers.origins import rest
from replylint.readers.plain import plain
from replylint.reply import Macro, Reply
from replylint.slots import Kind
from replylint.text import Text, line_of

FILE_TYPES: dict[str, FileType] = {".json": "json", ".csv": "csv", ".tsv": "csv", ".yaml": "yaml", ".yml": "yaml"}
"""The ends of files that may be exports; whether they are is told by their content."""
_ALONE = frozenset(suffix for suffix, kind in SUFFIXES.items() if kind in ("text", "markdown", "html"))
MACRO_SUFFIXES = frozenset({*FILE_TYPES, *_ALONE, ".email"})
"""The ends of files that are looked for in a folder of macros."""
_TAG = re.compile(r"<(?:br\s*/?|/?(?:p|div|span|b|i|u|a|em|strong|ul|ol|li|table|h[1-6])\b[^<>]*)>", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z-]+)?")
_LOOKED_AT = 3
"""So many of the first macros must have the keys of a layout."""
_LONGEST = 4 * 1024 * 1024
"""The longest macro that is checked, in characters."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A macro that is left alone, and why."""

    reason: Literal["inactive", "internal", "without text"]


Item = Reply | InputError | Unread


@dataclass(frozen=True)
class Library:
    """How a team's macros are read.

    desks: all helpdesks. helpdesk: the one that fills the macros in, None to tell it by the export.
    fields: the team's own variables by kind. layout: the team's own layout, which is tried before the known ones.
    """

    desks: Desks
    helpdesk: str | None = None
    fields: Mapping[Kind, Sequence[str]] = field(default_factory=dict)
    layout: Export | None = None

    def read(self, data: bytes, path: str, defaults: Defaults = NOTHING) -> Iterator[Item]:
        """The macros of a file in order, what is left alone, and what cannot be read; nothing is raised."""
        source = ""
        try:
            source = export_text_of(data)
            kind = FILE_TYPES.get(PurePath(path).suffix.lower())
            if kind is None:
                yield from self._written(source, path, defaults)
            else:
                yield from self._exported(source, path, kind, defaults)
        except DraftError as fault:
            yield told(fault, path, source)

    def _exported(self, source: str, path: str, kind: FileType, defaults: Defaults) -> Iterator[Item]:
        documents, faults = _parsed(source, kind)
        yield from (told(fault, path, source) for fault in faults)
        if not documents and faults:
            return
        seen: dict[object, int] = {}
        for name, export, items in self._recognised(documents, kind):
            filler = self.filler(self.helpdesk or name, export)
            for item in items:
                for reply in _Entry(source, path, export, filler, item).replies(defaults):
                    yield reply
                    if isinstance(reply, Reply):
                        yield from _repeated(reply, seen)

    def _recognised(self, documents: Sequence[Any], kind: FileType) -> list[tuple[str, Export, list[Any]]]:
        """The helpdesk, the layouts and the macros of an export, which may hold several lists of them.

        Raises DraftError when no layout fits, or one fits and there is no macro.
        """
        known = [pair for pair in self._layouts if pair[1].type in (kind, "any")]
        found: list[tuple[str, Export, list[Any]]] = []
        empty = ""
        for name, export in known:
            items = [item for document in documents for item in _items(export, document)]
            if items and all(_fits(export, item) for item in items[:_LOOKED_AT]):
                if not found or (name == found[0][0] and all(export.items != other.items for _, other, _ in found)):
                    found.append((name, export, items))
            elif not items and any(_is_empty(export.items, document) for document in documents):
                empty = empty or export.name
        if found:
            return found
        if empty:
            raise DraftError(f"holds no macros, though it looks like {empty}; export them again")
        tried = ", ".join(sorted({export.name for _, export in known}))
        raise DraftError(
            f"is no export that replylint knows (tried: {tried}); name its columns under [library] in replylint.toml"
        )

    @cached_property
    def _layouts(self) -> tuple[tuple[str, Export], ...]:
        own = ((self.helpdesk or "", self.layout),) if self.layout else ()
        return (*own, *self.desks.exports)

    def _written(self, source: str, path: str, defaults: Defaults) -> Iterator[Item]:
        """The macro that a file of text, Markdown or HTML is."""
        kind = SUFFIXES.get(PurePath(path).suffix.lower(), "auto")
        front = front_of(source, may_be_text=kind in ("text", "auto"), others=True)
        if isinstance(front, list):
            raise front[0]
        body = rest(Text(source), front.begin)
        markup: Any = kind if kind in ("html", "markdown", "auto") else "text"
        known = defaults.over(front.known)
        title = front.title or PurePath(path).stem
        reader = self.filler(self.helpdesk, None)
        found = _Found(body, markup, title, line_of(source, front.begin), front.id or None, known)
        for item in _made(found, reader, source, path):
            yield replace(item, ignores=item.ignores + front.ignores) if isinstance(item, Reply) else item

    def filler(self, helpdesk: str | None, export: Export | None = None) -> _Filler:
        """What reads the variables of a helpdesk, or of a layout with a syntax of its own."""
        desk = self.desks.desks[helpdesk or ANY]
        names = export.syntax if export and export.syntax is not None else desk.syntax
        own = {name: self.desks.syntaxes[name] for name in names}
        marks = {pair for syntax in own.values() for pair in syntax.variables}
        common = self.desks.desks[ANY].syntax
        others = {n: self.desks.syntaxes[n] for n in common if marks.isdisjoint(self.desks.syntaxes[n].variables)}
        return _Filler(desk.name, desk.customer, Reader(own, Fields(desk, self.fields), others))


def macro_of(text: str, helpdesk: str, known: Defaults = NOTHING) -> Reply:
    """A text as a macro of a helpdesk, or of `any`; raises InputError when it holds none, or names no helpdesk."""
    desks = builtin()
    if helpdesk not in desks.desks:
        raise InputError(f"there is no helpdesk “{helpdesk}”{did_you_mean(helpdesk, desks.desks)}")
    found = _Found(Text(text), "auto", "", 1, None, known)
    for item in _made(found, Library(desks).filler(helpdesk), text, STDIN):
        if isinstance(item, Reply):
            return item
        if isinstance(item, InputError):
            raise item
    raise InputError("the macro holds no text")


@dataclass(frozen=True, slots=True)
class _Filler:
    """A helpdesk's name, its variable for the customer's name, and what reads its variables."""

    helpdesk: str
    customer: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class _Found:
    """A macro's text as it stands, and what is known of it."""

    text: Text
    markup: Literal["auto", "text", "html", "markdown"]
    title: str
    line: int
    id: str | int | None
    known: Defaults


def _repeated(reply: Reply, seen: dict[object, int]) -> Iterator[InputError]:
    """What is to say of a macro whose id another one has already; `seen` are the ids so far with their lines."""
    if reply.macro is None or reply.id is None:
        return
    line = reply.macro.line
    first = seen.setdefault(reply.id, line)
    if first != line:
        yield InputError(f"the macro id {reply.id} stands at line {first} already; ids must differ", reply.path, line)


def _parsed(source: str, kind: FileType) -> tuple[list[Any], list[DraftError]]:
    """The documents of a file, a table being a list of records, and what is wrong with single records."""
    if kind == "json":
        return list(jsonfile.documents(source)), []
    if kind == "yaml":
        return [yamlvalues.document(source)], []
    records = list(csvfile.records(source))
    found: list[Any] = [record for record in records if not isinstance(record, DraftError)]
    return ([found] if found else []), [record for record in records if isinstance(record, DraftError)]


def _items(export: Export, document: Any) -> list[Any]:
    """The macros in a document, as a layout finds them."""
    found = _searched(export.items, document)
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    if export.parts is None:
        return items
    pairs = ((item, _searched(export.parts, item) or ()) for item in items)
    return [{**part, "parent": item} for item, parts in pairs for part in parts if isinstance(part, dict)]


def _is_empty(expression: str, document: Any) -> bool:
    """Whether a document has the place for macros, and none in it."""
    return _searched(expression, document) == [] and document not in ({}, None)


def _fits(export: Export, item: Mapping[str, Any]) -> bool:
    return all(key in item for key in export.has) and (export.when is None or bool(_searched(export.when, item)))


def _searched(expression: str, value: Any) -> Any:
    """What an expression finds; nothing where it does not fit the value."""
    try:
        return compiled(expression).search(value)
    except JMESPathError:
        return None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One macro of an export."""

    source: str
    path: str
    export: Export
    filler: _Filler
    item: Mapping[str, Any]

    def replies(self, defaults: Defaults) -> Iterator[Item]:
        """The texts of the macro, each as a reply of its own; the second and further ones have numbered ids."""
        export = self.export
        if export.inactive and _searched(export.inactive, self.item):
            yield Unread("inactive")
            return
        if export.internal and _searched(export.internal, self.item):
            yield Unread("internal")
            return
        bodies = [body for body in _bodies(_searched(export.body, self.item)) if body.strip()]
        if not bodies:
            yield Unread("without text")
        known = defaults.over(Defaults(lang=_language(export, self.item)))
        name = _searched(export.id, self.item)
        for number, body in enumerate(bodies, 1):
            text = text_of(body, self.source)
            line = line_of(self.source, body.origin.start)
            id = _id(name) if number == 1 or name is None else f"{name}/{number}"
            title = str(_searched(export.title, self.item) or name or line)
            found = _Found(text, export.markup, " ".join(title.split()), line, id, known)
            yield from _made(found, self.filler, self.source, self.path)


def _id(value: Any) -> str | int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None if value is None else str(value)


def _bodies(found: Any) -> Iterator[Located]:
    """The texts that an expression found. A list within a list ends in its text: a channel may stand before it."""
    if isinstance(found, Located):
        yield found
    for each in found if isinstance(found, list) else ():
        last = each[-1] if isinstance(each, list) and each else each
        if isinstance(last, Located):
            yield last


def _language(export: Export, item: Mapping[str, Any]) -> str | None:
    """The code of the language that the export states, when it is one: hr of hr_HR."""
    stated = _searched(export.lang, item) if export.lang else None
    found = _LANGUAGE.fullmatch(stated.strip()) if isinstance(stated, str) else None
    return found[1].lower() if found else None


def _made(found: _Found, filler: _Filler, source: str, path: str) -> Iterator[Item]:
    """The reply of a macro, with every text that its conditions make of it, after what is wrong with it."""
    value = found.text.value
    if fault := _unfit(value):
        yield InputError(f"the macro “{found.title}” {fault}", path, found.line)
        return
    texts, variables = filler.reader.texts(found.text)
    markup = found.markup
    if markup == "auto":
        markup = "html" if _TAG.search(value) else "text"
    if not _drafted(texts[0], markup).text.value.strip():
        yield Unread("without text")
        return
    items = [_read(text, markup, found, source, path) for text in texts]
    arms = [item.text for each in items[1:] for item in each if isinstance(item, Reply)]
    start, end = found.text.span(0, len(value))
    macro = Macro(found.title, found.line, start, end, filler.helpdesk, filler.customer, tuple(variables), tuple(arms))
    for item in items[0]:
        if isinstance(item, Reply):
            yield replace(item, macro=macro)
        else:
            yield item


def _unfit(value: str) -> str:
    """Why a text cannot be checked, or nothing."""
    if len(value) > _LONGEST:
        return f"is longer than {_LONGEST // 1024**2} MiB; split it"
    broken = not value.isascii() and any("\udc80" <= letter <= "\udcff" for letter in value)
    return "holds bytes that are not UTF-8; save it as UTF-8" if broken else ""


def _drafted(text: Text, markup: str) -> Draft:
    return html(text) if markup == "html" else markdown(text) if markup == "markdown" else plain(text)


def _read(text: Text, markup: str, found: _Found, source: str, path: str) -> list[Reply | InputError]:
    return list(replies(replace(_drafted(text, markup), known=found.known, id=found.id), source, path))
