"""What was made from rule files, kept in the user's cache folder until a file changes.

Only rules are kept, never a reply. A cache that cannot be read or written is done without; REPLYLINT_CACHE names
another folder, or turns it off with the value `off`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from replylint.version import VERSION

_FORMAT = 13
"""To be raised whenever what is kept changes its form."""
_KEPT = 24
"""Files that are kept; the oldest go when there are more."""


def stamp(folders: Sequence[Path]) -> str:
    """A fingerprint of the YAML files in `folders`: it changes when one is changed, added or removed."""
    digest = hashlib.blake2b(f"{VERSION} {_FORMAT} {sys.version}".encode(), digest_size=12)
    for folder in folders:
        digest.update(str(folder.resolve()).encode())
        for line in sorted(_files(str(folder))):
            digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(".yaml"):
                state = entry.stat()
                yield f"{entry.path} {state.st_size} {state.st_mtime_ns}\n"


def load(key: str, name: str) -> bytes | None:
    """What was kept under a stamp and a name, or None."""
    folder = _folder()
    if folder is None:
        return None
    try:
        return (folder / f"{key}-{name}").read_bytes()
    except OSError:
        return None


def store(key: str, name: str, data: bytes) -> None:
    """Keeps `data`, readable by this user alone, whole or not at all."""
    folder = _folder()
    if folder is None:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(path, folder / f"{key}-{name}")
        _tidy(folder)


def _tidy(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in files[:-_KEPT]:
        path.unlink(missing_ok=True)


def _folder() -> Path | None:
    chosen = os.environ.get("REPLYLINT_CACHE", "")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("replylint", appauthor=False))
