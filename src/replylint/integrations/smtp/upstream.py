"""The way back into Postfix. Libraries mend line ends and dots; here a message passes as it came."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from replylint.integrations.smtp.wire import SmtpReply, UpstreamError, parsed

T = TypeVar("T")
_LONGEST_REPLY = 64 * 1024


class Upstream:
    """One connection to the relay, on a bare socket: what it answers can be looked at before it is taken."""

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        self._socket, self._timeout = connection, timeout

    @classmethod
    async def open(cls, place: tuple[str, int], timeout: float) -> tuple[Upstream, SmtpReply]:
        """A connection and its greeting; raises UpstreamError."""
        loop = asyncio.get_running_loop()

        async def connected() -> socket.socket:
            found = await loop.getaddrinfo(*place, type=socket.SOCK_STREAM)
            family, kind, protocol, _, address = found[0]
            made = socket.socket(family, kind, protocol)
            made.setblocking(False)
            try:
                await loop.sock_connect(made, address)
            except BaseException:
                made.close()
                raise
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made

        upstream = cls(await _within(timeout, connected()), timeout)
        try:
            return upstream, await upstream.answer()
        except BaseException:
            upstream.close()
            raise

    def fileno(self) -> int:
        """The number of its socket."""
        return self._socket.fileno()

    async def ask(self, command: bytes) -> SmtpReply:
        """The answer to a command; raises UpstreamError."""
        await self.send(command + b"\r\n")
        return await self.answer()

    async def send(self, data: bytes) -> None:
        """Hands bytes to the kernel, which passes them on whatever becomes of this process."""
        await _within(self._timeout, asyncio.get_running_loop().sock_sendall(self._socket, data))

    async def answer(self, before: Callable[[SmtpReply], None] = lambda _: None) -> SmtpReply:
        """The next answer. before: called with it while it is still in the kernel, where others can read it too."""
        return await _within(self._timeout, self._answer(before))

    async def _answer(self, before: Callable[[SmtpReply], None]) -> SmtpReply:
        loop = asyncio.get_running_loop()
        while True:
            await _readable(loop, self._socket)
            data = self._socket.recv(_LONGEST_REPLY, socket.MSG_PEEK)
            found = parsed(data)
            if found is not None:
                before(found)
                self._socket.recv(len(data))
                return found
            if not data or len(data) == _LONGEST_REPLY:
                raise UpstreamError("closed the connection" if not data else "answered too much")
            # The rest of the answer is on its way; what has come stays where it is.
            await asyncio.sleep(0.001)

    def close(self) -> None:
        self._socket.close()


async def _readable(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    """Waits until there is something to read."""
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(connection, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(connection)


async def _within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    try:
        return await asyncio.wait_for(work, seconds)
    except TimeoutError:
        raise UpstreamError("does not answer in time") from None
    except OSError as error:
        raise UpstreamError(f"cannot be reached ({type(error).__name__})") from error
