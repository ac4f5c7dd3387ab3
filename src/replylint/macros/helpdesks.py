"""What is known of helpdesks: how they export canned replies, and what they fill in. All of it is data in
`rules/helpdesks`, one file a helpdesk.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, ConfigDict, Field, field_validator

from replylint import yamlfile
from replylint.rulebook import builtin_folder
from replylint.slots import Kind

FOLDER = "helpdesks"
ANY = "any"
"""The file of what is assumed where the helpdesk is not known."""
FileType = Literal["json", "csv", "yaml", "any"]
Markup = Literal["auto", "text", "html", "markdown"]
_ALIKE = 0.75
"""How alike a field must be to one that is there for the one to be taken for a slip of the other."""
_VERY_ALIKE = 0.92
_ALIKE_LASTS, _SHORTEST_LAST = 0.8, 5
"""The same for the last parts of two fields of one object, from so many letters on."""
_INDEX = re.compile(r"\[[^\[\]]*\]")


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Syntax(Model):
    """How variables are written: the marks before and behind them, and the tags that make parts conditional."""

    about: str
    variables: tuple[tuple[str, str], ...] = Field(description="Marks before and behind a variable")
    tags: tuple[str, str] | None = Field(None, description="Marks around a tag")
    branches: dict[str, str] = Field(default_factory=dict, description="Tags that open a condition, and what ends it")
    arms: tuple[str, ...] = Field((), description="Tags between the arms of a condition")
    dropped: dict[str, str] = Field(default_factory=dict, description="Tags around what is never shown")
    names: tuple[str, ...] = Field((), description="Tags whose first word becomes a variable of the macro's own")
    plain: tuple[str, ...] = Field((), description="Other tags that are known")


class Export(Model):
    """A layout in which canned replies are exported. Expressions are JMESPath, in a table over its columns."""

    name: str
    type: FileType
    items: str = Field("[@][]", description="The list of macros in the file")
    parts: str | None = Field(None, description="Lists in a macro whose members are texts of it; `parent` is the macro")
    has: tuple[str, ...] = Field(description="Keys that every macro has; an export is known by them")
    when: str | None = Field(None, description="What must hold of the first macro besides")
    body: str = Field(description="The text or the list of texts of a macro")
    title: str = "name"
    id: str = "id"
    lang: str | None = None
    inactive: str | None = Field(None, description="Holds for a macro that is switched off")
    internal: str | None = Field(None, description="Holds for a macro that no customer reads")
    markup: Markup = "auto"
    syntax: tuple[str, ...] | None = Field(None, description="In place of the helpdesk's")

    @field_validator("items", "parts", "when", "body", "title", "id", "lang", "inactive", "internal")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                compiled(value)
            except JMESPathError as error:
                raise ValueError(f"“{value}” is no JMESPath expression") from error
        return value


class Helpdesk(Model):
    """One helpdesk: its syntaxes, its fields by kind (`*` for any characters), and its exports."""

    name: str
    syntax: tuple[str, ...]
    customer: str = Field("", description="The variable for the customer's first name, with its marks")
    open: bool = Field(False, description="Fields are made by each company, so that no field is unknown")
    fields: dict[Kind, tuple[str, ...]] = Field(default_factory=dict)
    exports: tuple[Export, ...] = ()


class Fields:
    """The fields that a helpdesk fills in."""

    def __init__(self, desk: Helpdesk, own: Mapping[Kind, Iterable[str]]) -> None:
        self.closed = not desk.open
        known = [(name, kind) for kind, names in own.items() for name in names]
        known += [(name, kind) for kind, names in desk.fields.items() for name in names]
        self._exact = {name: kind for name, kind in reversed(known) if "*" not in name}
        self._patterns = [
            (re.compile(fnmatch.translate(name), re.IGNORECASE), kind) for name, kind in known if "*" in name
        ]

    def kind(self, name: str) -> Kind | None:
        """What a field holds, or None when the helpdesk has no such field."""
        bare = _INDEX.sub("", name)
        if bare in self._exact:
            return self._exact[bare]
        kind = next((kind for pattern, kind in self._patterns if pattern.match(bare)), None)
        # A company's own field is hardly ever called nearly as one that is there anyway.
        return None if kind and self.closed and self._is_slip(bare) else kind

    def _is_slip(self, name: str) -> bool:
        """Whether a field is hardly anything but a slip of one that is there, as a whole or in its last part."""
        if self.nearest(name, _VERY_ALIKE):
            return True
        parent, _, last = name.rpartition(".")
        if len(last) < _SHORTEST_LAST:
            return False
        known = (field.rpartition(".") for field in self._exact)
        lasts = [tail for head, _, tail in known if head == parent and abs(len(tail) - len(last)) < 2]
        return bool(difflib.get_close_matches(last, lasts, n=1, cutoff=_ALIKE_LASTS))

    def nearest(self, name: str, least: float = _ALIKE) -> str:
        """The field that is probably meant, or nothing; `least`: how alike it must be, 0 to 1."""
        near = difflib.get_close_matches(name, self._exact, n=1, cutoff=least)
        return near[0] if near else ""


class Desks:
    """All helpdesks and syntaxes, by the names of their files."""

    def __init__(self, folder: Path) -> None:
        self.syntaxes: Mapping[str, Syntax] = yamlfile.read(folder / "syntaxes.yaml", dict[str, Syntax])
        paths = sorted(path for path in folder.glob("*.yaml") if path.stem != "syntaxes")
        self.desks: Mapping[str, Helpdesk] = {path.stem: yamlfile.read(path, Helpdesk) for path in paths}

    @cached_property
    def exports(self) -> tuple[tuple[str, Export], ...]:
        """Every layout with its helpdesk, those that are known by most keys first."""
        pairs = [(name, export) for name, desk in self.desks.items() for export in desk.exports]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[1].has)))


@cache
def builtin() -> Desks:
    """The helpdesks that come with replylint; raises RulebookError when a file of them is wrong."""
    return Desks(builtin_folder() / FOLDER)


@cache
def compiled(expression: str) -> Any:
    """A JMESPath expression, ready to search with."""
    return jmespath.compile(expression)
