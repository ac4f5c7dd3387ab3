"""`replylint smtp-filter`: listens, reloads on SIGHUP and at changes, stops when the mail in flight is settled."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sqlite3
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from replylint import ConfigError, Linter, ReplylintError, UsageError
from replylint.integrations.gate.listening import bound
from replylint.integrations.gate.pool import Pool, UnavailableError
from replylint.integrations.gate.settings import Settings
from replylint.integrations.gate.watching import keep_watch, places_of
from replylint.integrations.smtp.journal import Journal
from replylint.integrations.smtp.judging import Ruling, ruling_on
from replylint.integrations.smtp.session import Filter, Session
from replylint.integrations.smtp.settings import SmtpSettings
from replylint.integrations.smtp.sorting import Mail
from replylint.integrations.smtp.witness import Witness

log = logging.getLogger("replylint.smtp")
Read = Callable[[], tuple[Linter, Settings, SmtpSettings]]
_BACKLOG = 1024


def serve(read: Read, file: Path | None = None) -> None:
    """Runs the filter until it is told to stop. `read` gives rules and settings, anew when they change and at each
    SIGHUP. file: the configuration, where it was named.

    Raises ConfigError or RulebookError when the first reading fails, the address is taken, or the journal cannot be
    written, UsageError where there is no Postfix.
    """
    if os.name == "nt":
        raise UsageError("Postfix runs on Unix, and so does its filter")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # The library logs every command, with the addresses of customers.
    logging.getLogger("mail.log").disabled = True
    linter, settings, smtp = read()
    # Until mail is taken, whoever calls is refused.
    with bound(*smtp.listen_at) as listener:
        asyncio.run(_Running(linter, settings, smtp, read, file).run(listener))


class _Running:
    """The filter while it runs."""

    def __init__(self, linter: Linter, settings: Settings, smtp: SmtpSettings, read: Read, file: Path | None) -> None:
        self._linter, self._read, self._file = linter, read, file
        self._pool = Pool(linter, settings)
        self._shared = Filter(smtp, self._judge, _journal(smtp.journal_path), Witness(smtp.journal_path))
        self._reloading = asyncio.Lock()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def _judge(self, mail: Mail) -> Ruling:
        return await ruling_on(mail, self._pool, self._shared.settings, self._linter)

    async def run(self, listener: socket.socket) -> None:
        """Takes mail as soon as it can be judged, until the process is told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._begin(self._reload()))
        try:
            # Nobody is answered before that: Postfix has its client try again, and no reply passes unjudged.
            await self._pool.warm()
            server = await loop.create_server(lambda: Session(self._shared), sock=listener)
            log.info("listening on %s:%s", *listener.getsockname()[:2])
            places, every = lambda: places_of(self._linter.config, self._file), lambda: self._pool.settings.watch
            self._begin(keep_watch(places, every, self._reload))
            await self._stop.wait()
            server.close()
            await self._let_go()
        finally:
            for task in self._tasks:
                task.cancel()
            self._shared.witness.close()
            self._shared.journal.close()
            self._pool.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        # The loop holds tasks weakly, so that one of nobody could vanish halfway.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _let_go(self) -> None:
        """Ends conversations, those with a mail under way once its client has its answer."""
        self._shared.is_stopping = True
        for session in list(self._shared.open):
            session.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._shared.settings.stop_timeout):
                while self._shared.open:
                    await asyncio.sleep(0.02)

    async def _reload(self) -> None:
        """Takes rules and settings anew; mail goes on under the old ones until that is done."""
        async with self._reloading:
            try:
                linter, settings, smtp = await asyncio.to_thread(self._read)
                await self._pool.exchange(linter, settings)
            except (ReplylintError, UnavailableError) as error:
                log.error("the rules stay as they were: %s", error)
            else:
                self._linter, self._shared.settings = linter, smtp
                log.info("the rules were read anew")


def _journal(path: Path) -> Journal:
    try:
        return Journal(path, f"filter {os.getpid()} {uuid.uuid4()}")
    except (sqlite3.Error, OSError) as error:
        raise ConfigError(
            f"the journal cannot be written ({type(error).__name__}); check smtp.journal", path
        ) from error
