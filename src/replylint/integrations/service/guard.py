"""What every request passes first: the host it names, where it comes from, how often, how big, with what token."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import parse_qs

from replylint.integrations.gate.settings import Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

log = logging.getLogger("replylint.service")
_GUARDED = ("/v1/", "/v2/", "/metrics", "/openapi.json")
"""What the token is asked for; the rest holds nothing of anybody's."""
_MOST_ADDRESSES = 10_000
_MOST_DROPPED = 64 * 1024**2
"""Bytes of a body that is too large which are read all the same."""


class RefusedError(Exception):
    """A request that is not let in: the HTTP status, a code for programs and a sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def problem(code: str, message: str) -> dict[str, Any]:
    """The body of an answer that is no success."""
    return {"error": {"code": code, "message": message}}


@dataclass
class Rate:
    """So many requests a second from each address, twice as many at once."""

    limit: float
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allows(self, address: str) -> bool:
        """Whether one more request from an address is within the limit; it is counted."""
        if not self.limit:
            return True
        now = self.clock()
        left, before = self._left.pop(address, (2 * self.limit, now))
        left = min(2 * self.limit, left + (now - before) * self.limit)
        self._left[address] = (left - 1 if left >= 1 else left), now
        if len(self._left) > _MOST_ADDRESSES:
            self._left.popitem(last=False)
        return left >= 1


class Guard:
    """Stands before the app. Neither it nor what it logs holds a body.

    seen is called with path, status and seconds of each request.
    """

    def __init__(
        self, app: App, settings: Callable[[], Settings], token: str | None, seen: Callable[[str, int, float], None]
    ) -> None:
        self._app, self._settings, self._token, self._seen = app, settings, token, seen
        self._rate = Rate(settings().rate)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        origin = ""

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *_headers(origin)]}
            await send(message)

        try:
            origin = self._let_in(scope)
            if scope["method"] == "OPTIONS" and origin:
                await _answer(told, 204, None, _preflight())
                return
            body = await asyncio.wait_for(self._body(scope, receive), self._settings().read_timeout)
            self._with_token(scope, body)
            await self._app(scope, _handed(body, receive), told)
        except RefusedError as refused:
            await _answer(told, refused.status, problem(refused.code, refused.message), _more(refused.status))
        except TimeoutError:
            await _answer(told, 408, problem("too_slow", "the request did not arrive in time"), {"connection": "close"})
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("a request failed: %s", _place(error))
            if not status:
                await _answer(told, 500, problem("failed", "the service failed on this request; its log says where"))
        finally:
            self._seen(scope["path"], status, time.perf_counter() - began)

    def _let_in(self, scope: Message) -> str:
        """The web origin that the request comes from and may come from, or nothing; raises RefusedError."""
        settings = self._settings()
        headers = _table(scope)
        local = by_socket(scope)
        host = headers.get("host", "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if not local and name not in settings.names:
            raise RefusedError(421, "wrong_host", "this service is not called by that name; add it to hosts")
        origin = headers.get("origin", "")
        if origin and origin not in settings.origins and origin.partition("://")[2].lower() != host:
            raise RefusedError(403, "wrong_origin", "pages of that origin may not call; add it to origins")
        self._rate.limit = settings.rate
        if not local and not self._rate.allows((scope.get("client") or ("",))[0]):
            raise RefusedError(429, "too_many", "too many requests; wait a second")
        return origin if origin in settings.origins else ""

    async def _body(self, scope: Message, receive: Receive) -> bytes:
        """The body; raises Refused when it is too large. What is too much is read and dropped, as far as that is
        reasonable, since a client that is still sending would not see the answer."""
        most = self._settings().max_bytes
        parts: list[bytes] = []
        size, more = 0, True
        while more and size <= _MOST_DROPPED:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(400, "cut_off", "the request ended too early")
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size <= most:
                parts.append(message.get("body", b""))
            else:
                parts.clear()
        if size > most:
            raise RefusedError(413, "too_large", f"a request may hold {most} bytes; send less at once")
        return b"".join(parts)

    def _with_token(self, scope: Message, body: bytes) -> None:
        """Raises RefusedError when the token is missing or another one. LanguageTool's clients send it as apiKey.

        The Unix socket needs none, since only its owner can open it.
        """
        if not self._token or by_socket(scope) or not scope["path"].startswith(_GUARDED):
            return
        kind, _, given = _table(scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = ""
        if not given and scope["path"].startswith("/v2/"):
            form = body if _table(scope).get("content-type", "").startswith("application/x-www-form") else b""
            known = parse_qs((scope["query_string"] + b"&" + form).decode("latin-1"))
            given = known.get("apiKey", [""])[0]
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise RefusedError(401, "no_token", "send the token as Authorization: Bearer")


def by_socket(scope: Message) -> bool:
    """Whether a request came over the Unix socket, which only its owner can open. Its address has no port."""
    server = scope.get("server")
    return server is not None and server[1] is None


def _table(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _handed(body: bytes, receive: Receive) -> Receive:
    """The body, read already, and after it whatever comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _headers(origin: str) -> list[tuple[bytes, bytes]]:
    found = [
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
    ]
    return [*found, (b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")] if origin else found


def _preflight() -> dict[str, str]:
    return {
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
    }


def _more(status: int) -> dict[str, str]:
    return {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "1"}, 413: {"connection": "close"}}.get(
        status, {}
    )


async def _answer(send: Send, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    known = {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}
    pairs = [(name.encode(), value.encode()) for name, value in known.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": data})


def _place(error: BaseException) -> str:
    """What kind of error it is and where it was raised, without its message."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f"{PurePath(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "nowhere"
    return f"{type(error).__name__} at {where}"
