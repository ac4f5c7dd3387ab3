"""The thin client: hands `replylint lint` to a service that is warm, and prints what it answers.

Whatever is not ordinary is not handed over, so that the command does it itself and says what it always says. Only light
modules are imported here, since to start fast is what this is for.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from replylint.configfile import find, toml_of
from replylint.errors import ConfigError, UsageError
from replylint.names import EXPORTS, FEW
from replylint.version import VERSION

TIMEOUT = 3.0
"""Seconds after which the command does the work itself."""
AUTO = "auto"
_PORT = 8787
_LOCAL_NAME = "localhost"


class UnansweredError(Exception):
    """The service cannot be asked, or does not answer as it should; the text says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


@dataclass(frozen=True, slots=True)
class Command:
    """`replylint lint`, as it travels.

    files: names as they were given, with their bytes. customer: the same of the customer's message. options: as the
    command line names them. config: name and text of the configuration. folder: where the command was given.
    """

    files: tuple[tuple[str, bytes], ...]
    customer: tuple[str, bytes] | None
    options: Mapping[str, Any]
    config: tuple[str, str] | None
    folder: str
    color: bool
    width: int

    def body(self) -> bytes:
        """The command as JSON."""
        told = {
            "version": VERSION,
            "files": [[name, base64.b64encode(data).decode()] for name, data in self.files],
            "customer": self.customer and [self.customer[0], base64.b64encode(self.customer[1]).decode()],
            "options": dict(self.options),
            "config": self.config,
            "folder": self.folder,
            "color": self.color,
            "width": self.width,
        }
        return json.dumps(told).encode()


def collected(
    files: Sequence[str], customer: str | None, config: Path | None, options: Mapping[str, Any], color: bool, width: int
) -> Command:
    """The command with everything it reads; raises UnansweredError when it is none to be handed over."""
    if not 0 < len(files) < FEW or any(_is_not_plain(name) for name in files):
        raise UnansweredError("only some few drafts are handed over")
    try:
        place = config or find(Path(files[0]) if files[0] != "-" else Path())
        settings = (str(place), place.read_text(encoding="utf-8")) if place else None
        told = (customer, Path(customer).read_bytes()) if customer else None
        given = tuple((name, _bytes_of(name)) for name in files)
    except (OSError, ValueError, ConfigError) as error:
        raise UnansweredError(f"an input cannot be read ({type(error).__name__})") from error
    return Command(given, told, options, settings, str(Path.cwd()), color, width)


def _is_not_plain(name: str) -> bool:
    return name != "-" and (not os.path.isfile(name) or name.lower().endswith(EXPORTS))


def _bytes_of(name: str) -> bytes:
    if name != "-":
        return Path(name).read_bytes()
    data = sys.stdin.buffer.read()
    # What was read is there once more for the case that nobody answers.
    sys.stdin = _Again(data)
    return data


class _Again:
    """Standard input whose bytes were read already."""

    def __init__(self, data: bytes) -> None:
        import io

        self.buffer = io.BytesIO(data)

    def isatty(self) -> bool:
        """A terminal is not asked twice."""
        return False


def ask(command: Command, server: str) -> Outcome:
    """What the service at an address answers; raises UnansweredError, or UsageError when it is no address."""
    connection = _connection(server, command.config)
    headers = {"Content-Type": "application/json", "Host": _LOCAL_NAME} if isinstance(connection, _Unix) else {
        "Content-Type": "application/json"
    }  # fmt: skip
    token = os.environ.get("REPLYLINT_TOKEN", "").strip()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("POST", "/v1/command", command.body(), headers)
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise UnansweredError(f"no service answers ({type(error).__name__})") from error
    finally:
        connection.close()
    try:
        told = json.loads(data)
    except ValueError:
        told = None
    if answer.status != 200:
        raise UnansweredError(_reason(told, answer.status))
    try:
        return Outcome(str(told["stdout"]), str(told["stderr"]), int(told["code"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UnansweredError("it answers something else") from error


def _reason(told: Any, status: int) -> str:
    message = told.get("error", {}).get("message") if isinstance(told, dict) else None
    return f"it says: {message}" if message else f"it answers {status}"


class _Unix(http.client.HTTPConnection):
    """HTTP over a Unix socket that belongs to this user."""

    def __init__(self, path: Path) -> None:
        super().__init__(_LOCAL_NAME, timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Connects; raises OSError when the socket is another user's, who could read what is sent."""
        known = self._path.stat()
        if known.st_uid != os.getuid() or not stat.S_ISSOCK(known.st_mode):
            raise PermissionError
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(str(self._path))


def _connection(server: str, config: tuple[str, str] | None) -> http.client.HTTPConnection:
    if server == AUTO:
        return _automatic(config)
    if server.startswith("unix:"):
        return _Unix(Path(server.removeprefix("unix:").removeprefix("//")))
    address = urlsplit(server)
    try:
        port = address.port
    except ValueError:
        port = -1
    if address.scheme not in ("http", "https") or not address.hostname or port == -1:
        raise UsageError(f"--server {server}: write auto, unix:PATH or an address like http://127.0.0.1:{_PORT}")
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    return kind(address.hostname, port, timeout=TIMEOUT)


def _automatic(config: tuple[str, str] | None) -> http.client.HTTPConnection:
    """The socket that the service of this configuration listens on, or its port where there are no such sockets."""
    service = _service(config)
    if os.name == "nt" or service.get("socket") == "":
        return http.client.HTTPConnection("127.0.0.1", service.get("port", _PORT), timeout=TIMEOUT)
    from replylint.configfile import default_socket

    return _Unix(Path(service["socket"]) if service.get("socket") else default_socket())


def _service(config: tuple[str, str] | None) -> Mapping[str, Any]:
    if config is None:
        return {}
    place, text = config
    try:
        found = toml_of(Path(place), text).get("service", {})
    except ConfigError:
        # The command itself says what is wrong with the file.
        return {}
    return found if isinstance(found, dict) else {}
