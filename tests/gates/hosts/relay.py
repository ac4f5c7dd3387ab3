"""A relay that keeps every byte it is given and answers as a test wants."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO, cast

END = b"\r\n.\r\n"


@dataclass
class Relay:
    """What it was told and given. final: its answer to a message. hold: set when it may give that answer."""

    port: int = 0
    commands: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    cut_off: int = 0
    answers: dict[bytes, bytes] = field(default_factory=dict)
    final: bytes = b"250 2.0.0 Ok: queued as 4CF4F23E5BC"
    hold: threading.Event = field(default_factory=threading.Event)

    def answer_to(self, command: bytes) -> bytes:
        """The answer to a command: one that was given for it or its first word, else what Postfix would say."""
        verb = command.split(b" ")[0].upper()
        if verb == b"EHLO":
            offered = (b"relay", b"PIPELINING", b"SIZE 1000000", b"8BITMIME", b"SMTPUTF8", b"DSN", b"CHUNKING",
                       b"XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT")  # fmt: skip
            return b"\r\n".join(b"250-" + each for each in offered[:-1]) + b"\r\n250 " + offered[-1]
        found = self.answers.get(command) or self.answers.get(verb)
        return found or {b"DATA": b"354 go on", b"QUIT": b"221 bye"}.get(verb, b"250 2.1.0 Ok")

    def serve(self, client: socket.socket) -> None:
        """One conversation."""
        file = cast(BinaryIO, client.makefile("rb"))
        client.sendall(b"220 relay\r\n")
        for line in file:
            command = line.rstrip(b"\r\n")
            self.commands.append(command)
            answer = self.answer_to(command)
            client.sendall(answer + b"\r\n")
            if answer.startswith(b"354"):
                self._take(client, file)

    def _take(self, client: socket.socket, file: BinaryIO) -> None:
        data = b"\r\n"
        while not data.endswith(END):
            line = file.readline()
            if not line:
                self.cut_off += 1
                return
            data += line
        self.messages.append(data[2:])
        self.hold.wait(60)
        client.sendall(self.final + b"\r\n")


@contextmanager
def relay() -> Iterator[Relay]:
    """Starts a relay on a free port."""
    running = Relay()
    running.hold.set()

    class Conversation(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                running.serve(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        running.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield running
        running.hold.set()
        server.shutdown()
