"""The processes that check drafts: warmed before use, made anew when one dies, exchanged when the rules change."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from replylint import Linter
from replylint.integrations.service import worker
from replylint.integrations.service.settings import Settings

log = logging.getLogger("replylint.service")
_TRIES = 3
"""A draft whose process died is given to another one so often, then it counts as not checked."""


class UnavailableError(Exception):
    """No process could check the draft; the text says why, and holds nothing of the draft."""


class Pool:
    """Processes with the linter of one generation at a time.

    restarted is called each time that processes had to be made anew.
    """

    def __init__(self, linter: Linter, settings: Settings, restarted: Callable[[], None] = lambda: None) -> None:
        self._restarted = restarted
        self._take(linter, settings)
        self._executor = self._made()
        self.ready = False

    def _take(self, linter: Linter, settings: Settings) -> None:
        self._linter, self.settings = pickle.dumps(linter), settings

    def _made(self) -> ProcessPoolExecutor:
        # Fresh processes, since a fork of one with threads may hang; the linter travels as a pickle of some 300 KB.
        context = multiprocessing.get_context("spawn")
        count = self.settings.workers or os.cpu_count() or 1
        given = self._linter, self.settings
        return ProcessPoolExecutor(count, mp_context=context, initializer=worker.begin, initargs=given)

    async def warm(self) -> None:
        """Starts every process and waits until they are ready."""
        await self._warmed(self._executor)
        self.ready = True

    async def _warmed(self, executor: ProcessPoolExecutor) -> None:
        count = self.settings.workers or os.cpu_count() or 1
        await asyncio.gather(*(asyncio.wrap_future(executor.submit(worker.ready)) for _ in range(count)))

    async def run(self, work: Callable[..., Any], *arguments: Any, budget: float | None = None) -> Any:
        """What `work` answers in a process; raises UnavailableError when none does in `budget` seconds."""
        try:
            return await asyncio.wait_for(self._tried(work, *arguments), budget or self.settings.time_budget)
        except TimeoutError:
            raise UnavailableError("it took too long") from None

    async def _tried(self, work: Callable[..., Any], *arguments: Any) -> Any:
        for _ in range(_TRIES):
            executor = self._executor
            try:
                return await asyncio.wrap_future(executor.submit(work, *arguments))
            except BrokenProcessPool:
                self._renew(executor)
            except RuntimeError:
                # The rules were exchanged between the two lines above; the next round takes the new processes.
                if executor is self._executor:
                    raise
        raise UnavailableError("the checking processes died")

    def _renew(self, broken: ProcessPoolExecutor) -> None:
        """New processes in place of broken ones; whoever notices first makes them."""
        if broken is self._executor:
            log.warning("a checking process died; new ones are started")
            self._executor = self._made()
            self._restarted()
            broken.shutdown(wait=False)

    async def exchange(self, linter: Linter, settings: Settings) -> None:
        """Takes other rules once processes with them are ready; what is being checked is checked to its end."""
        old = self._executor
        self._take(linter, settings)
        new = self._made()
        await self._warmed(new)
        self._executor = new
        await asyncio.to_thread(old.shutdown, wait=True)

    def close(self) -> None:
        """Ends the processes; none is left behind."""
        self._executor.shutdown(wait=True, cancel_futures=True)
