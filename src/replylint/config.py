"""`replylint.toml`, or `[tool.replylint]` in `pyproject.toml`: read, checked, turned into a change of the rule book."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from replylint.configfile import find, text_of, toml_of
from replylint.dates import amounts
from replylint.errors import ConfigError
from replylint.finding import Severity
from replylint.notation import did_you_mean
from replylint.reply import Channel
from replylint.rulebook import Entry, Rulebook, builtin_folder, loaded, opened
from replylint.slots import Kind

Level = Severity | Literal["off"]
FailOn = Severity | Literal["never"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PathSettings(Model):
    """Settings for the files that `match`; they stand over the general ones."""

    match: str = Field(description="A glob over the path as given or from the configuration's folder: macros/**")
    severity: dict[str, Level] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    channel: Channel | None = None
    lang: str | None = None


class LibrarySettings(Model):
    """How a library of macros is read. Expressions are JMESPath; the name of a column or key is one."""

    helpdesk: str | None = Field(None, description="The helpdesk whose variables are used, as zendesk; otherwise told")
    fields: dict[Kind, tuple[str, ...]] = Field(
        default_factory=dict, description="Own variables by kind: name, sender, date, number, money, case, other"
    )
    items: str | None = Field(None, description="Where the list of macros is in a JSON or YAML file")
    body: str | None = Field(None, description="The column or key of a macro's text")
    title: str | None = None
    id: str | None = None
    lang: str | None = None
    inactive: str | None = Field(None, description="Holds for a macro that is switched off")
    internal: str | None = Field(None, description="Holds for a macro that no customer reads")
    markup: Literal["auto", "text", "html", "markdown"] | None = None


class Config(Model):
    """What a team can set. Paths are relative to the configuration file."""

    select: tuple[str, ...] = Field((), description="Only these rules or families; empty: all")
    ignore: tuple[str, ...] = Field((), description="Rules or families that are not run")
    severity: dict[str, Level] = Field(default_factory=dict, description="Severity by rule; off turns it off")
    thresholds: dict[str, float] = Field(
        default_factory=dict, description="By rule: the limit of a count, the least likeness"
    )
    service_times: dict[str, str] = Field(default_factory=dict, description='For a kind of promise: "3-5 working days"')
    vocabulary: tuple[str, ...] = Field((), description="Names of products and the like, in which nothing is a fault")
    address: Literal["formal", "informal"] | None = Field(None, description="How customers are addressed")
    rules: tuple[str, ...] = Field(
        (), description="Folders of own rules, which add to the built-in ones or replace them"
    )
    macros: str | None = Field(None, description="Folder or export of macros that drafts are compared with")
    library: LibrarySettings = LibrarySettings()
    channel: Channel | None = Field(None, description="For inputs that do not state one")
    lang: str | None = Field(None, description="For inputs that do not state one")
    messages: str | None = Field(None, description="Language of the messages; otherwise the draft's")
    min_severity: Severity | None = Field(None, description="The mildest severity that is shown")
    fail_on: FailOn | None = Field(None, description="The mildest severity that fails; error unless set")
    paths: tuple[PathSettings, ...] = Field((), description="Settings for some files; the last that matches wins")
    service: dict[str, Any] = Field(default_factory=dict, description="How `replylint serve` runs; see docs/service.md")
    smtp: dict[str, Any] = Field(
        default_factory=dict, description="How `replylint smtp-filter` runs; see docs/helpdesks.md"
    )
    folder: str = Field("", exclude=True, description="Set by replylint: the folder of the file")

    def for_path(self, path: str | None) -> tuple[PathSettings, ...]:
        """The settings that match a path, in order."""
        if path is None or not self.paths:
            return ()
        names = {path, Path(path).as_posix().removeprefix("./"), self._relative(path)}
        return tuple(p for p in self.paths if any(fnmatch.fnmatch(name, p.match) for name in names))

    def _relative(self, path: str) -> str:
        try:
            return Path(path).resolve().relative_to(Path(self.folder or ".").resolve()).as_posix()
        except (ValueError, OSError):
            return path


def read(path: Path) -> Config:
    """The configuration in a file; raises ConfigError naming file, key and what was expected."""
    return parsed(path, text_of(path))


def parsed(path: Path, text: str) -> Config:
    """The configuration in a file's text; raises ConfigError as `read` does."""
    data = toml_of(path, text)
    try:
        return Config(**{**data, "folder": str(path.parent)})
    except ValidationError as error:
        raise ConfigError(_explained(error), path, _line(text, error)) from error
    except TypeError as error:
        raise ConfigError(str(error), path) from error


def merged(config: Config, select: str | None, ignore: str | None, messages: str | None) -> Config:
    """The configuration with the command line's choices over it."""
    changes: dict[str, Any] = {}
    if select is not None:
        changes["select"] = listed(select)
    if ignore is not None:
        changes["ignore"] = (*config.ignore, *listed(ignore))
    if messages is not None:
        changes["messages"] = messages
    return config.model_copy(update=changes)


def listed(value: str) -> tuple[str, ...]:
    """The parts of a comma-separated value."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def configured(start: Path | None = None, file: Path | None = None) -> Config:
    """The configuration in `file`, else the nearest at or above `start`, by default the working folder; without any
    the default one.

    Raises ConfigError when the file is not there or wrong.
    """
    if file is not None and not file.is_file():
        raise ConfigError("there is no such configuration file", file)
    place = file or find(start or Path())
    return read(place) if place else Config()


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        last = str(first["loc"][-1])
        inner: dict[str, type[Model]] = {"paths": PathSettings, "library": LibrarySettings}
        known = next((inner[key].model_fields for key in inner if key in first["loc"][:-1]), Config.model_fields)
        return f"the setting “{key}” is not known{did_you_mean(last, list(known))}"
    return f"“{key}”: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _line(text: str, error: ValidationError) -> int | None:
    """The line, from 1, of the last key of the faulty place that stands in the file."""
    lines = text.splitlines()
    for part in reversed(error.errors()[0]["loc"]):
        for number, line in enumerate(lines, 1):
            if isinstance(part, str) and line.lstrip().startswith((f"{part} ", f"{part}=", f"[{part}", f'"{part}"')):
                return number
    return None


def book_of(config: Config, *, whole: bool = False) -> Rulebook:
    """The built-in rules with the team's own over them, with severities and selections applied.

    whole: with phrases and examples, which linting does not need.
    """
    folders = [Path(config.folder or ".") / folder for folder in config.rules]
    if whole:
        return _chosen(loaded((builtin_folder(), *folders)), config)
    return _chosen(opened(folders), config)


def _chosen(book: Rulebook, config: Config) -> Rulebook:
    selected = names(config.select, book) if config.select else set(book.entries)
    dropped = names(config.ignore, book)
    checked_levels(config.severity, book)
    entries = {
        name: _with_severity(entry, config.severity.get(name))
        for name, entry in book.entries.items()
        if (entry.rule.kind == "suppression" or name in selected)
        and name not in dropped
        and config.severity.get(name) != "off"
    }
    unchanged = len(entries) == len(book.entries) and all(entries[name] is book.entries[name] for name in entries)
    return book if unchanged else book.with_rules(entries)


def _with_severity(entry: Entry, level: Level | None) -> Entry:
    if level is None or level == entry.rule.severity:
        return entry
    return Entry(entry.rule.model_copy(update={"severity": level}), entry.wordings, entry.folder)


def names(chosen: Iterable[str], book: Rulebook) -> set[str]:
    """The ids of rules chosen by id or by family; raises ConfigError for what is neither."""
    families: dict[str, set[str]] = {}
    for name, entry in book.entries.items():
        families.setdefault(entry.family, set()).add(name)
    found: set[str] = set()
    for choice in chosen:
        if choice in book.entries:
            found.add(choice)
        elif choice in families:
            found |= families[choice]
        else:
            known = [*book.entries, *families]
            raise ConfigError(f"there is no rule or family “{choice}”{did_you_mean(choice, known)}")
    return found


def checked_levels(levels: Mapping[str, object], book: Rulebook) -> None:
    """Raises ConfigError when severities are given to a rule that does not exist."""
    for name in levels:
        if name not in book.entries:
            raise ConfigError(f"there is no rule “{name}” to set the severity of{did_you_mean(name, book.entries)}")


def service_times(config: Config, book: Rulebook) -> dict[str, tuple[float, float]]:
    """Fastest and slowest hours of each configured service; raises ConfigError when a time cannot be read."""
    return {kind: _hours(kind, text, book) for kind, text in config.service_times.items()}


def _hours(kind: str, text: str, book: Rulebook) -> tuple[float, float]:
    """Hours of “3-5 working days”, in the time words of any language."""
    for code in book.languages:
        ready = book.in_language(code)
        tokens = ready.tokenizer(text)
        calendar = ready.language.times
        number = next((w for w, tags in zip(tokens.words, tokens.tags, strict=True) if "number" in tags), None)
        unit = next((w for w, tags in zip(tokens.words, tokens.tags, strict=True) if "unit" in tags), None)
        if number is not None and unit is not None:
            low, high = amounts(number, calendar)
            return low * calendar.units[unit], high * calendar.units[unit]
    raise ConfigError(f"service_times.{kind}: “{text}” is no time; write for example “3-5 working days” or “1 hour”")
