"""Reads one YAML file into one model, with a fault told as file, line, key and mend."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from replylint.errors import RulebookError
from replylint.lexicon import LanguageFile
from replylint.notation import did_you_mean
from replylint.rules import Condition, Draft, ElementFile, Phrase, Rule, Source, WordingFile


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which only true and false are booleans and no word is a date: “no” and “on” are words of a language."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, pairs in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def read(path: Path, model: Any) -> Any:
    """The YAML file at `path` as `model`; raises RulebookError naming file, line, key and what was expected."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RulebookError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise RulebookError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
    return parsed(text, path, model)


def parsed(text: str, path: Path, model: Any) -> Any:
    """YAML as `model`, as `read`; the path is only named."""
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
    first = _telling(error.errors())
    place = [part for part in first["loc"] if not (isinstance(part, str) and part in _branches())]
    keys = [str(part) for part in place]
    if first["type"] == "extra_forbidden":
        what = f"the key “{keys[-1]}” is not known{did_you_mean(keys[-1], _known_keys())}"
        if " " in keys[-1]:
            what = f"“{keys[-1]}: …” is read as a key; put the whole text in quotation marks"
    elif first["type"] == "missing":
        what = f"the key “{keys[-1]}” is missing"
    else:
        what = f"“{'.'.join(keys) or 'the file'}”: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return RulebookError(what, path, _line(text, place))


@cache
def _branches() -> frozenset[str]:
    """The names that pydantic puts into the place of a fault where a value may be of several kinds."""
    kinds = (kind for model in _models(Rule) for kind in get_args(model.model_fields["kind"].annotation))
    return frozenset({"str", "Phrase", "Draft", *kinds})


def _telling(faults: Sequence[Any]) -> Any:
    """The fault to tell: the first, but of one in a mapping where a text may stand too the one inside it.

    A key that is not known tells more than the one that is missing because of it.
    """
    first = faults[0]
    if first["type"] == "missing":
        return next((fault for fault in faults if fault["type"] == "extra_forbidden"), first)
    if first["type"] == "string_type" and isinstance(first["input"], dict):
        return max(
            faults, key=lambda fault: (fault["loc"][: len(first["loc"]) - 1] == first["loc"][:-1], len(fault["loc"]))
        )
    return first


def _known_keys() -> Sequence[str]:
    names: set[str] = set()
    models: tuple[type[BaseModel], ...] = (WordingFile, ElementFile, LanguageFile, Phrase, Condition, Draft, Source)
    for model in (*_models(Rule), *models):
        names.update(info.alias or name for name, info in model.model_fields.items())
    return sorted(names)


def _models(union: Any) -> Sequence[type[BaseModel]]:
    members: Sequence[type[BaseModel]] = union.__args__[0].__args__
    return members


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
