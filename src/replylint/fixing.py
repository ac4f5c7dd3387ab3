"""Puts into a library of macros what its rules declare right, and leaves every other byte as it was."""

from __future__ import annotations

import difflib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from replylint.errors import InputError
from replylint.finding import Fix
from replylint.macros.reading import Library
from replylint.readers import Defaults
from replylint.reply import Reply

_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Mended:
    """A file with its fixes: as it was, as it is to be, and how many fixes that are."""

    path: str
    before: str
    after: str
    fixes: int

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff."""
        before, after = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        for line in difflib.unified_diff(before, after, self.path, self.path, n=1):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def mended(library: Library, path: str, fixes: Iterable[tuple[Reply, Fix]], defaults: Defaults) -> Mended:
    """A file with those fixes that hold: no two overlap, and read again each macro is as it was but for its own fixes.

    Raises InputError when the file is not UTF-8 or has changed since it was read.
    """
    before = _text(path)
    wanted = _apart(fixes)
    while wanted:
        after = _applied(before, path, wanted)
        wrong = _misread(library, path, before, after, wanted, defaults)
        if not wrong:
            return Mended(path, before, after, len(wanted))
        wanted = [pair for pair in wanted if pair[0].macro is None or pair[0].macro.start not in wrong]
    return Mended(path, before, before, 0)


def write(file: Mended) -> None:
    """Writes a mended file, whole or not at all; raises InputError when it cannot or the file has changed meanwhile."""
    path = Path(file.path)
    if _text(file.path) != file.before:
        raise InputError("the file has changed since it was read; run it again", file.path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.after.encode("utf-8", "surrogateescape"))
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file.path) from error


def _text(path: str) -> str:
    """The characters of a file, every byte of which can be got back from them."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path) from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4096]:
        raise InputError("is not UTF-8 and is left as it is; save it as UTF-8", path)
    return data.decode("utf-8", "surrogateescape")


def _apart(fixes: Iterable[tuple[Reply, Fix]]) -> list[tuple[Reply, Fix]]:
    """The fixes in order of place, without those that begin within the one before."""
    kept: list[tuple[Reply, Fix]] = []
    for reply, fix in sorted(fixes, key=lambda pair: (pair[1].start, pair[1].end)):
        if not kept or fix.start >= kept[-1][1].end:
            kept.append((reply, fix))
    return kept


def _applied(before: str, path: str, fixes: Iterable[tuple[Reply, Fix]]) -> str:
    shift = len(_MARK) if before.startswith(_MARK) else 0
    pieces, at = [], 0
    for reply, fix in fixes:
        pieces += [before[at : fix.start + shift], _spelled(fix.text, reply, path)]
        at = fix.end + shift
    return "".join([*pieces, before[at:]])


def _spelled(text: str, reply: Reply, path: str) -> str:
    """A text as its file spells it: within a JSON string, or between the quotation marks of a CSV cell."""
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        return json.dumps(text, ensure_ascii=False)[1:-1]
    macro = reply.macro
    quoted = macro is not None and reply.source[macro.start - 1 : macro.start] == '"'
    return text.replace('"', '""') if suffix in (".csv", ".tsv") and quoted else text


def _misread(
    library: Library, path: str, before: str, after: str, fixes: Iterable[tuple[Reply, Fix]], defaults: Defaults
) -> set[int]:
    """The places of macros that, read again, are not what their fixes make of them."""
    old, new = (_macros(library, path, text, defaults) for text in (before, after))
    if len(old) != len(new):
        return {reply.macro.start for reply in old if reply.macro}
    touched = {reply.macro.start for reply, _ in fixes if reply.macro}
    wrong: set[int] = set()
    for one, other in zip(old, new, strict=True):
        assert one.macro is not None and other.macro is not None
        same = one.text.value == other.text.value and (one.id, one.macro.title) == (other.id, other.macro.title)
        start = one.macro.start
        if start not in touched and not same:
            return touched
        if start in touched and (one.id, one.macro.title) != (other.id, other.macro.title):
            wrong.add(start)
        if start in touched and sum(v.fault is not None for v in other.macro.variables) > sum(
            v.fault is not None for v in one.macro.variables
        ):
            wrong.add(start)
    return wrong


def _macros(library: Library, path: str, text: str, defaults: Defaults) -> list[Reply]:
    data = text.encode("utf-8", "surrogateescape")
    return [item for item in library.read(data, path, defaults) if isinstance(item, Reply)]
