"""`replylint serve`: listens, reloads on SIGHUP, stops with the requests in flight answered."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from replylint import ConfigError, Linter, ReplylintError
from replylint.integrations.gate.listening import bound
from replylint.integrations.gate.pool import UnavailableError
from replylint.integrations.gate.settings import Settings, token_of
from replylint.integrations.gate.watching import keep_watch, places_of
from replylint.integrations.service.app import Service, create_app

log = logging.getLogger("replylint.service")
Read = Callable[[], tuple[Linter, Settings]]
_BACKLOG = 1024
_MOST_AT_ONCE = 1000


def serve(read: Read, file: Path | None = None) -> None:
    """Runs the service until it is told to stop. `read` gives rules and settings, anew when they change and at each
    SIGHUP. file: the configuration, where it was named.

    Raises ConfigError or RulebookError when the first reading fails, the address is taken, or a token is missing.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    linter, settings = read()
    token = token_of(settings)
    with _listening(settings) as sockets:
        service = Service(linter, settings, token)
        config = uvicorn.Config(
            create_app(service), access_log=False, server_header=False, date_header=False, log_config=None, ws="none",
            limit_concurrency=_MOST_AT_ONCE, timeout_graceful_shutdown=settings.stop_timeout, timeout_keep_alive=30,
        )  # fmt: skip
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        log.info("listening on http://%s:%s", settings.host, sockets[0].getsockname()[1])
        asyncio.run(_run(uvicorn.Server(config), sockets, service, read, file))


async def _run(
    server: uvicorn.Server, sockets: list[socket.socket], service: Service, read: Read, file: Path | None
) -> None:
    reloading = asyncio.Lock()

    async def reload() -> None:
        async with reloading:
            try:
                await service.reload(read)
            except (ReplylintError, UnavailableError) as error:
                service.metrics.reloaded("failed")
                log.error("the rules stay as they were: %s", error)
            else:
                service.metrics.reloaded("done")
                log.info("the rules were read anew")

    tasks: set[asyncio.Task[None]] = set()

    def hang_up() -> None:
        # The loop holds tasks weakly, so that one of nobody could vanish halfway.
        task = asyncio.get_running_loop().create_task(reload())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        # The server raises the signal again once it has stopped, which is the end that was asked for and no failure.
        signal.signal(number, lambda *_: None)
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up)
    places, every = lambda: places_of(service.config, file), lambda: service.settings.watch
    watching = asyncio.create_task(keep_watch(places, every, reload))
    await server.serve(sockets)
    watching.cancel()


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """The sockets that the service listens on; a Unix socket's file is removed at the end."""
    first = bound(settings.host, settings.port)
    # An answer goes out in two writes; without this the second one waits 40 ms for the caller's acknowledgement.
    first.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    first.listen(_BACKLOG)
    path = settings.socket_path
    found = [first]
    try:
        if path is not None:
            found.append(_unix(path))
        yield found
    finally:
        for each in found:
            each.close()
        if len(found) > 1 and path is not None:
            path.unlink(missing_ok=True)


def _unix(path: Path) -> socket.socket:
    """A Unix socket that only its owner may use; a file that a dead service left is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        if is_answered(path):
            raise ConfigError("another service listens on this socket; stop it, or give socket another path", path)
        path.unlink()
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.bind(str(path))
    except OSError as error:
        found.close()
        raise ConfigError(f"the socket cannot be made: {error.strerror}", path) from error
    path.chmod(0o600)
    found.listen(_BACKLOG)
    return found


def is_answered(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True
