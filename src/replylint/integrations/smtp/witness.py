"""A small process that sees what the relay answers when the filter is no longer there to see it.

It holds the relay's connection of each mail while the last byte is under way. When the filter dies it waits for the
answer and puts it down in the journal, so that the next try of the same mail is answered rightly.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from replylint.integrations.smtp.journal import Journal
from replylint.integrations.smtp.wire import UpstreamError, parsed

if TYPE_CHECKING:
    from replylint.integrations.smtp.upstream import Upstream

log = logging.getLogger("replylint.smtp")
_ORDER = struct.Struct("!cQ")
_HOLD, _DROP, _SETTLE = b"h", b"d", b"s"
_PATIENCE = 600.0
"""Seconds for which an answer is waited for, as RFC 5321 (4.5.3.2.6) has it."""


class Witness:
    """The filter's end of it. A witness that has died is replaced by another one."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._orders, self._process = self._started()

    def _started(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        command = [sys.executable, "-m", __name__, str(theirs.fileno()), str(self._journal)]
        with theirs:
            # A session of its own, so that what ends the filter's group does not end it as well.
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
        ours.setblocking(False)
        return ours, process

    def hold(self, number: int, upstream: Upstream) -> None:
        """From now on it has the relay's connection too, for the mail of this number in the journal."""
        self._order(_HOLD, number, [upstream.fileno()])

    def drop(self, number: int) -> None:
        """The filter has seen the answer."""
        self._order(_DROP, number)

    def settle(self, number: int) -> None:
        """The filter has given up waiting; the witness is to find out."""
        self._order(_SETTLE, number)

    def _order(self, order: bytes, number: int, numbers: list[int] | None = None) -> None:
        data = _ORDER.pack(order, number)
        try:
            socket.send_fds(self._orders, [data], numbers or [])
        except OSError:
            log.warning("the witness died; another one is started")
            self.close()
            self._orders, self._process = self._started()
            if order == _HOLD:
                socket.send_fds(self._orders, [data], numbers or [])

    def close(self) -> None:
        """Lets it go; it ends once it knows what it was still waiting for."""
        self._orders.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)


def main(number: int, path: Path) -> None:
    """Takes the filter's orders from a socket until the filter is gone, then finds out what it left open."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    held: dict[int, socket.socket] = {}
    settling: list[threading.Thread] = []
    with socket.socket(fileno=number) as orders:
        while True:
            data, numbers, _, _ = socket.recv_fds(orders, _ORDER.size, 1)
            if len(data) < _ORDER.size:
                break
            order, key = _ORDER.unpack(data)
            if order == _HOLD:
                held[key] = socket.socket(fileno=numbers[0])
            elif order == _DROP and key in held:
                held.pop(key).close()
            elif order == _SETTLE and key in held:
                settling.append(_settling(key, held.pop(key), path))
    settling += [_settling(key, connection, path) for key, connection in held.items()]
    for thread in settling:
        thread.join()


def _settling(key: int, connection: socket.socket, path: Path) -> threading.Thread:
    thread = threading.Thread(target=settle, args=(key, connection, path))
    thread.start()
    return thread


def settle(key: int, connection: socket.socket, path: Path) -> None:
    """Waits for the relay's answer and puts it down."""
    with connection:
        is_taken = _is_taken(connection)
    with contextlib.suppress(sqlite3.Error):
        journal = Journal(path, f"witness {os.getpid()}")
        if is_taken:
            journal.taken(key)
        else:
            journal.forget(key)
        journal.close()


def _is_taken(connection: socket.socket) -> bool:
    """Whether the relay takes the mail that it was given whole; one that it was not given whole it does not take."""
    data = b""
    try:
        connection.settimeout(_PATIENCE)
        # The relay sees that nothing more will come, and need not wait for the rest of a mail that was cut off.
        connection.shutdown(socket.SHUT_WR)
        while (found := parsed(data)) is None:
            received = connection.recv(4096)
            if not received:
                return False
            data += received
    except (OSError, UpstreamError):
        return False
    return found.is_yes


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
