"""Where the configuration is, and its table as it stands; what it means is told by `config`. Light on purpose."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from replylint.errors import ConfigError

NAMES = ("replylint.toml", "pyproject.toml")


def find(start: Path) -> Path | None:
    """The nearest configuration at or above `start`; raises ConfigError when a pyproject.toml on the way is no TOML."""
    folder = start if os.path.isdir(start) else start.parent
    for place in (folder, *folder.resolve().parents):
        for name in NAMES:
            path = place / name
            if os.path.isfile(path) and (name != "pyproject.toml" or _speaks_of_us(path)):
                return path
    return None


def _speaks_of_us(path: Path) -> bool:
    return "replylint" in _whole(path, text_of(path))["tool"]


def text_of(path: Path) -> str:
    """The text of the file; raises ConfigError when it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error


def toml_of(path: Path, text: str) -> dict[str, Any]:
    """The settings in a configuration file's text; raises ConfigError when it is no TOML."""
    data = _whole(path, text)
    found: dict[str, Any] = data["tool"].get("replylint", {}) if path.name == "pyproject.toml" else data
    return found


def _whole(path: Path, text: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is no valid TOML: {error}", path) from error
    return {"tool": {}, **data} if path.name == "pyproject.toml" else data


def default_socket() -> Path:
    """The Unix socket that the service and its client meet at when nothing else is said."""
    import warnings

    from platformdirs import user_runtime_path

    with warnings.catch_warnings():
        # Without a session there is no folder of its own, and one in the temporary folder does as well.
        warnings.simplefilter("ignore")
        return user_runtime_path("replylint", appauthor=False) / "replylint.sock"
