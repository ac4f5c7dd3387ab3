"""YAML whose strings know their place.

It is built from the parser's events, one after the other: deep nesting cannot overflow the stack, and an alias is the
value that it names and not a copy of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from replylint.macros.located import Located, Piece
from replylint.readers.faults import DraftError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 50
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_SPACE = re.compile(r"\s*")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n\s*|.)", re.DOTALL)


def document(source: str) -> Any:
    """The first document of a YAML file; raises DraftError at the place of a fault."""
    try:
        return _built(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = " ".join(str(getattr(error, "problem", None) or "it is broken").split())
        raise DraftError(f"is no valid YAML: {what}; mend it", mark.index if mark else None) from error
    except ValueError as error:
        raise DraftError("holds characters that YAML does not allow; save it again as UTF-8") from error


class _Open:
    """A list or mapping that is being filled."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key: str | None = None

    def add(self, value: Any) -> None:
        """Adds an entry: to a mapping first the key, then its value."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is None:
            self.key = str(value)
        else:
            self.value[self.key] = value
            self.key = None


def _built(source: str) -> Any:
    top = _Open([])
    stack = [top]
    anchors: dict[str | None, Any] = {}
    for event in yaml.parse(source, Loader=_LOADER):
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            stack[-1].add(anchors.get(event.anchor))
        elif isinstance(event, yaml.NodeEvent):
            value = _value(event, source)
            if event.anchor:
                anchors[event.anchor] = value
            stack[-1].add(value)
            if not isinstance(event, yaml.ScalarEvent):
                stack.append(_Open(value))
        if len(stack) > _DEEPEST:
            raise DraftError("is nested too deeply to be an export of macros")
    return top.value[0] if top.value else None


def _value(event: yaml.NodeEvent, source: str) -> Any:
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    assert isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
    if not event.style and event.value.lower() in _WORDS:
        return _WORDS[event.value.lower()]
    return Located.at(event.value, event.start_mark.index, event.end_mark.index, _pieces)


def _pieces(source: str, start: int, end: int, value: str) -> Iterator[Piece]:
    """The characters of a scalar beside those of the source: what the source folds or escapes stands for its range.

    Where the two cannot be brought together, the rest of the value stands for the rest of the range.
    """
    quote = source[start] if source[start : start + 1] in ("'", '"') else ""
    at = _beginning(source, start, quote)
    stop = end - len(quote)
    place = 0
    while place < len(value):
        run = _SPACE.match(value, place)
        if run and run.end() > place:
            begin, at = at, min(stop, _SPACE.match(source, at).end())  # type: ignore[union-attr]
            if begin == at and quote == '"' and source.startswith("\\", at):
                at, wide = _escaped(source, at)
                run_end = place + wide
            else:
                run_end = run.end()
            yield from _whole(value[place:run_end], begin, at, source)
            place = run_end
            continue
        at = _SPACE.match(source, at).end()  # type: ignore[union-attr]
        begin = at
        if quote == '"' and source.startswith("\\", at):
            at, wide = _escaped(source, at)
            if not wide:
                continue
        else:
            doubled = quote == "'" and source.startswith("''", at)
            if source[at : at + 1] != value[place]:
                yield value[place:], begin, stop
                return
            at, wide = at + 1 + doubled, 1
        yield value[place : place + wide], begin, at
        place += wide


def _beginning(source: str, start: int, quote: str) -> int:
    """Where the characters of a scalar begin: behind the quotation mark, or below the mark of a block."""
    if quote:
        return start + 1
    if source[start : start + 1] in ("|", ">"):
        return source.find("\n", start) + 1
    return start


def _escaped(source: str, at: int) -> tuple[int, int]:
    """The place behind an escape, and how many characters it makes."""
    found = _ESCAPE.match(source, at)
    if not found:
        return at + 1, 0
    return found.end(), 0 if found[0][1] in "\r\n" else 1


def _whole(run: str, start: int, end: int, source: str) -> Iterator[Piece]:
    """White space of a value: each line break at a line break of the source where there are as many."""
    if run.count("\n") and run.count("\n") == source.count("\n", start, end):
        at = start
        for letter in run:
            found = source.find("\n", at, end) if letter == "\n" else at
            begin = found if found >= 0 else at
            yield letter, begin, begin + 1
            at = begin + 1
        return
    yield run, start, end
