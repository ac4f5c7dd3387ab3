"""What stands above a draft between two lines of three hyphens: the customer, the channel, and what to ignore.

The YAML is composed into nodes and not loaded: a language "no" stays a language, aliases cannot blow it up, and each
key has its place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import yaml

from replylint.readers.draft import NOTHING, Defaults
from replylint.readers.faults import DraftError, line_at
from replylint.readers.ignores import for_file
from replylint.reply import CHANNELS, Channel, Ignore

KEYS = ("customer_message", "customer_name", "channel", "lang", "id", "ignore")
_TITLE = "title"
MAX_FRONT = 256 * 1024
"""The most characters that front matter may have, since YAML is slow to read."""

_OPENING = re.compile(r"---[ \t]*(?:\r\n|\r|\n)")
_CLOSING = re.compile(r"(?<=[\r\n])---[ \t]*(?:\r\n|\r|\n|\Z)")
_KEY_LINE = re.compile(rf"\s*(?:{'|'.join(KEYS)})[ \t]*:")


@dataclass(frozen=True, slots=True)
class Front:
    """What front matter says, and where the draft below it begins; `faults` leave the draft readable."""

    begin: int = 0
    known: Defaults = NOTHING
    id: str | int | None = None
    ignores: tuple[Ignore, ...] = ()
    faults: tuple[DraftError, ...] = ()
    title: str | None = None


@dataclass(slots=True)
class _Block:
    """The YAML at an offset of a source; `others`: keys that are not ours are somebody else's."""

    source: str
    start: int
    end: int
    others: bool

    def offset(self, node: yaml.Node) -> int:
        return self.start + int(node.start_mark.index)


def front_of(source: str, may_be_text: bool, others: bool = False) -> Front | list[DraftError]:
    """The front matter of a source, or what is wrong with it. Without any, the draft begins at 0.

    may_be_text: three hyphens that nothing closes may be a drawn line, as they are in plain text, even above a key.
    others: keys that are not ours are allowed, and `title` is the title, as above a canned reply in a folder of them.
    """
    opening = _OPENING.match(source)
    if not opening:
        return Front()
    closing = _CLOSING.search(source, opening.end())
    seems_meant = bool(_KEY_LINE.match(source, opening.end()))
    if not closing:
        unclosed = DraftError("the front matter is not closed; end it with a line ---", 0)
        return [unclosed] if seems_meant and not may_be_text else Front()
    block = _Block(source, opening.end(), closing.start(), others)
    try:
        node = _composed(block)
    except DraftError as fault:
        return [fault] if seems_meant or not may_be_text else Front()
    return _front(node, block, closing.end()) if isinstance(node, yaml.MappingNode) else Front()


def _composed(block: _Block) -> yaml.Node | None:
    """The YAML as nodes; raises DraftError."""
    if block.end - block.start > MAX_FRONT:
        raise DraftError(f"the front matter is longer than {MAX_FRONT} characters; shorten the customer's message", 0)
    try:
        # The loader in C would be faster, but deep nesting crashes the interpreter in it.
        node = yaml.compose(block.source[block.start : block.end], Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise DraftError(
            f"the front matter is no YAML: {_problem(error)}; mend it", block.start + _index(error)
        ) from error
    except (RecursionError, ValueError) as error:
        raise DraftError("the front matter cannot be read; use plain “key: value” lines", block.start) from error
    return node


def _problem(error: yaml.YAMLError) -> str:
    return " ".join(str(getattr(error, "problem", None) or getattr(error, "reason", "")).split()) or "it is broken"


def _index(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return int(mark.index if mark else getattr(error, "position", 0) or 0)


def _front(node: yaml.MappingNode, block: _Block, begin: int) -> Front | list[DraftError]:
    values: dict[str, yaml.Node] = {}
    title = None
    faults: list[DraftError] = []
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        if block.others and name == _TITLE and isinstance(value, yaml.ScalarNode):
            title = str(value.value)
        elif name not in KEYS and block.others:
            continue
        elif name not in KEYS:
            faults.append(DraftError(_unknown(name), block.offset(key)))
        elif name in values:
            faults.append(DraftError(f"the key “{name}” stands twice in the front matter; drop one", block.offset(key)))
        else:
            values[name] = value
    front = faults or _read(values, block, begin)
    return replace(front, title=title) if isinstance(front, Front) else front


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name[:40], KEYS, 1, 0.5)
    mend = f"did you mean “{close[0]}”?" if close else f"use {', '.join(KEYS)}"
    return f"the key “{name[:40]}” is not known in front matter; {mend}"


def _read(values: dict[str, yaml.Node], block: _Block, begin: int) -> Front | list[DraftError]:
    """Everything that the known keys say, or what is wrong with it."""
    faults: list[DraftError] = []
    words: dict[str, str | None] = {}
    for name in KEYS[:-1]:
        try:
            words[name] = _words(name, values[name], block) if name in values else None
        except DraftError as fault:
            faults.append(fault)
    if faults:
        return faults
    number = words["id"] is not None and _is_number(values["id"])
    given = int(words["id"] or 0) if number else words["id"]
    channel = cast("Channel | None", words["channel"])
    known = Defaults(words["customer_message"], words["customer_name"], channel, words["lang"])
    ignores, wrong = _ignores(values.get("ignore"), block)
    return Front(begin, known, given, ignores, wrong)


def _words(name: str, node: yaml.Node, block: _Block) -> str | None:
    """The characters of a value as they stand, None for nothing; raises DraftError when it is a list, or no channel."""
    if not isinstance(node, yaml.ScalarNode):
        raise DraftError(f"“{name}” must be a text; write it on one line or behind |", block.offset(node))
    value = str(node.value)
    if node.tag.endswith(":null") or not value.strip():
        return None
    if name == "channel" and value not in CHANNELS:
        raise DraftError(f"the channel “{value[:40]}” is not known; use {', '.join(CHANNELS)}", block.offset(node))
    return value


def _is_number(node: yaml.Node) -> bool:
    """Whether a value is a whole number that is written as one: 007 is not, and it is handed back as it stands."""
    return node.tag.endswith(":int") and re.fullmatch(r"0|-?[1-9]\d{0,18}", str(node.value)) is not None


def _ignores(node: yaml.Node | None, block: _Block) -> tuple[tuple[Ignore, ...], tuple[DraftError, ...]]:
    ignores: list[Ignore] = []
    faults: list[DraftError] = []
    for entry in _entries(node):
        try:
            text = str(entry.value) if isinstance(entry, yaml.ScalarNode) else ""
            offset = block.offset(entry)
            ignores.append(for_file(text, offset, line_at(block.source, offset)))
        except DraftError as fault:
            faults.append(fault)
    return tuple(ignores), tuple(faults)


def _entries(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """The entries of a list, or the one value that stands in its place."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif node is not None and not node.tag.endswith(":null"):
        yield node
