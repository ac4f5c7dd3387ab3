"""What a file was at an earlier revision; git is asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

from replylint.errors import UsageError


def at(revision: str, path: Path) -> bytes | None:
    """The bytes of a file at a revision, None when it was not there; raises UsageError when git cannot tell."""
    folder = path.resolve().parent
    known = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if known.returncode:
        inside = _git(folder, "rev-parse", "--is-inside-work-tree").returncode == 0
        reason = "there is no such revision" if inside else f"{folder} is in no git repository"
        raise UsageError(f"--diff {revision}: {reason}")
    shown = _git(folder, "show", f"{revision}:./{path.name}")
    return shown.stdout if shown.returncode == 0 else None


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise UsageError("git is not installed, so that nothing can be compared with a revision") from error
