"""Everything that can go wrong by the user's hand.

ReplylintError
├── RulebookError   a rule, element or language file is wrong
├── ConfigError     a configuration file or an option is wrong
├── InputError      a draft cannot be read
└── UsageError      the command line asks for what does not exist

Each carries one sentence that names the culprit, its place and the mend. Anything else that is raised is a bug of ours.
"""

from __future__ import annotations

from pathlib import Path


class ReplylintError(Exception):
    """One sentence for the user; `path` and `line` (from 1) say where, when there is a where."""

    def __init__(self, message: str, path: str | Path | None = None, line: int | None = None) -> None:
        place = "" if path is None else f"{path}:{line}: " if line else f"{path}: "
        super().__init__(place + message)
        self.message = message
        self.path = None if path is None else str(path)
        self.line = line


class RulebookError(ReplylintError):
    """A rule, element or language file cannot be used."""


class ConfigError(ReplylintError):
    """A configuration file or an option cannot be used."""


class InputError(ReplylintError):
    """A draft cannot be read; other drafts are still checked."""


class UsageError(ReplylintError):
    """The command line names something that does not exist."""
