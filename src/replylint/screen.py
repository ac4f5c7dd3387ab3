"""Where a report goes, and what can be shown there. Light, since the thin client needs it too."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from replylint.errors import UsageError

_WIDTH = 100
"""Cells of a line where no terminal tells."""


@contextlib.contextmanager
def sink(output: Path | None) -> Iterator[TextIO]:
    """Where the report goes: standard output as UTF-8, or a file."""
    if output is None:
        with contextlib.suppress(AttributeError, ValueError):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError as error:
            # Whoever read our output has left; Python must not try to write the rest at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise UsageError("the output was closed before the report was written") from error
        return
    try:
        stream = output.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written: {error.strerror}") from error
    with stream:
        yield stream


def of(out: TextIO | None) -> tuple[bool, int]:
    """Whether colours may be used, and how many cells a line has; None stands for a file."""
    if out is None or not out.isatty():
        return False, _WIDTH
    color = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return color, shutil.get_terminal_size((_WIDTH, 24)).columns


def format_of(chosen: str) -> str:
    """The format that `auto` stands for: what the CI server at hand shows beside the lines."""
    if chosen != "auto":
        return chosen
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if os.environ.get("GITLAB_CI") == "true" else "human"
