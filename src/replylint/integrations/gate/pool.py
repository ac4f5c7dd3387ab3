"""The processes that check drafts: warmed before use, made anew when one dies, exchanged when the rules change."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from replylint import Linter
from replylint.integrations.gate import worker
from replylint.integrations.gate.settings import Settings

log = logging.getLogger("replylint.service")
_TRIES = 3
"""A draft whose process died is given to another one so often, then it counts as not checked."""
_MOST = 0.9
"""The part of the time budget after which a process that is still at the same draft is replaced."""


class UnavailableError(Exception):
    """No process could check the draft; the text says why, and holds nothing of the draft."""


class _Process:
    """One process that checks, and how much it has to do. An executor each, so that a death breaks no other."""

    def __init__(self, linter: bytes, settings: Settings) -> None:
        # A fresh process, since a fork of one with threads may hang.
        self._executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        self._given = linter, settings
        self._begun: asyncio.Future[Any] | None = None
        self._at_this_since = 0.0
        self.pending = 0
        self.ready = False

    async def warm(self) -> None:
        """Starts it and waits until it is ready; raises BrokenProcessPool when it cannot be."""
        try:
            await asyncio.shield(self._begin())
        except Exception as error:
            raise BrokenProcessPool(type(error).__name__) from error
        self.ready = True

    async def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What `work` answers; raises BrokenProcessPool when the process dies."""
        self._begin()
        # Whoever no longer waits leaves the work to be done: an executor fails when work that was called off breaks.
        return await asyncio.shield(self._submitted(work, *arguments))

    def _begin(self) -> asyncio.Future[Any]:
        """Its start, which comes before all work."""
        if self._begun is None:
            # The linter, a pickle of some 300 KB, goes as work does, by a thread. As what a process is started with it
            # would go at once, and everybody would wait for a process to come up, for ever if it dies.
            self._begun = self._submitted(worker.begin, *self._given)
        return self._begun

    def _submitted(self, work: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        future = asyncio.wrap_future(self._executor.submit(work, *arguments))
        self._at_this_since = self._at_this_since if self.pending else time.monotonic()
        self.pending += 1
        future.add_done_callback(self._is_done)
        return future

    def _is_done(self, future: asyncio.Future[Any]) -> None:
        self.pending -= 1
        self._at_this_since = time.monotonic()
        if not future.cancelled():
            # Looked at here, so that nobody is told of an error that nobody waits for.
            future.exception()

    def stands_still(self, seconds: float) -> bool:
        """Whether it is at one draft for so long; others may only have waited for their turn."""
        return bool(self.pending) and time.monotonic() - self._at_this_since >= seconds

    def kill(self) -> None:
        """Ends it at once; what it has to do is lost to it, and given to others."""
        for process in list((self._executor._processes or {}).values()):
            process.kill()
        # A process that is killed while its rules are written to it leaves the writer waiting, and before Python 3.11.5
        # everybody with it: with nobody left to read, the writer ends.
        self._executor._call_queue._reader.close()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Ends it once it has done what it has to do."""
        self._executor.shutdown(wait=True)


class Pool:
    """Processes with the linter of one generation at a time.

    restarted is called each time that a process had to be made anew.
    """

    def __init__(self, linter: Linter, settings: Settings, restarted: Callable[[], None] = lambda: None) -> None:
        self._restarted = restarted
        self._linter, self.settings = pickle.dumps(linter), settings
        self._processes = self._made(self._linter, settings)
        self._warming: set[asyncio.Task[None]] = set()

    @staticmethod
    def _made(linter: bytes, settings: Settings) -> list[_Process]:
        count = settings.workers or os.cpu_count() or 1
        return [_Process(linter, settings) for _ in range(count)]

    @property
    def ready(self) -> bool:
        """Whether a draft is checked without waiting."""
        return any(process.ready for process in self._processes)

    async def warm(self) -> None:
        """Starts every process and waits until all are ready."""
        await self._in_turn(self._processes)

    @staticmethod
    async def _in_turn(processes: Sequence[_Process]) -> None:
        """Starts processes, the first one alone: rules that have changed are compiled by it once, for all."""
        await processes[0].warm()
        await asyncio.gather(*(process.warm() for process in processes[1:]))

    async def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """What `work` answers in a process; raises UnavailableError when none does in the time budget."""
        tried: list[_Process] = []
        try:
            return await asyncio.wait_for(self._tried(tried, work, *arguments), self.settings.time_budget)
        except TimeoutError:
            # What takes so long would keep others waiting; one that stands still would do so for ever.
            if tried[-1].ready and tried[-1].stands_still(_MOST * self.settings.time_budget):
                self._renew(tried[-1], "was at one draft for too long")
            raise UnavailableError("it took too long") from None

    async def _tried(self, tried: list[_Process], work: Callable[..., Any], *arguments: Any) -> Any:
        for _ in range(_TRIES):
            process = min(self._processes, key=lambda each: (not each.ready, each.pending))
            tried.append(process)
            try:
                return await process.run(work, *arguments)
            except BrokenProcessPool:
                self._renew(process, "died")
        raise UnavailableError("the checking processes died")

    def _renew(self, broken: _Process, why: str) -> None:
        """A new process in place of a broken one; whoever notices first makes it."""
        if broken not in self._processes:
            return
        log.warning("a checking process %s; another one is started", why)
        new = _Process(self._linter, self.settings)
        self._processes = [new if each is broken else each for each in self._processes]
        self._restarted()
        broken.kill()
        task = asyncio.get_running_loop().create_task(self._warmed(new))
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)

    @staticmethod
    async def _warmed(process: _Process) -> None:
        # One that dies while it starts is noticed by the first draft that it is given.
        with contextlib.suppress(BrokenProcessPool):
            await process.warm()

    async def exchange(self, linter: Linter, settings: Settings) -> None:
        """Takes other rules once processes with them are ready; what is being checked is checked to its end.

        Raises UnavailableError when they die; then nothing has changed.
        """
        pickled = pickle.dumps(linter)
        new = self._made(pickled, settings)
        try:
            await self._in_turn(new)
        except BrokenProcessPool:
            raise UnavailableError("the processes with the new rules died") from None
        old = self._processes
        self._linter, self.settings, self._processes = pickled, settings, new
        for process in old:
            await asyncio.to_thread(process.close)

    def close(self) -> None:
        """Ends the processes, whatever they are at; none is left behind."""
        for task in self._warming:
            task.cancel()
        for process in self._processes:
            process.kill()
            process.close()
