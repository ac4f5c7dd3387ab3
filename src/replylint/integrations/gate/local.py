"""A gate in the helpdesk's own process: no service beside it, rules and policy read anew when they change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from pathlib import Path
from typing import Any

from replylint import Linter, ReplylintError, configured
from replylint.integrations.gate.contract import Answer, Draft
from replylint.integrations.gate.judging import Judge
from replylint.integrations.gate.overriding import Overrides
from replylint.integrations.gate.settings import Settings, settings_of
from replylint.integrations.gate.verdict import acting, failed
from replylint.integrations.gate.watching import Watch, places_of

log = logging.getLogger("replylint.gate")
_THREADS = 4
"""So many drafts may stand still before further ones are not checked."""


class Gate:
    """Answers on drafts within the time budget, whatever happens.

    file, start: the configuration, or where it is looked for. secret: signs the override tokens; processes of one
    helpdesk share it. Rules are read in the background, which takes a second, and far longer once after an
    installation; until then drafts are not checked. Raises ConfigError when the configuration is wrong at the start.
    Changes that are wrong, later, leave what was there, and the log says so.
    """

    def __init__(self, secret: str, *, file: Path | None = None, start: Path | None = None) -> None:
        self._file, self._start = file, start
        self._config = configured(start, file)
        self.settings: Settings = settings_of(self._config)
        """The settings that hold now."""
        self._judge: Judge | None = None
        self._overrides = Overrides(secret)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="replylint")
        self._read, self._closed = threading.Event(), threading.Event()
        threading.Thread(target=self._watching, name="replylint-watch", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Waits until drafts are checked, or so long; whether they are."""
        return self._read.wait(seconds)

    def check(self, draft: Draft) -> Answer:
        """The answer on a draft. One that cannot be had in time is “not checked”, and the policy says what follows."""
        settings = self.settings
        answer = self._within_budget(lambda judge: judge.answer(draft.model_dump()), draft.team, draft.id)
        if self._overrides.settle(answer, draft.override, settings, draft.team):
            log.info("overridden: %s", ", ".join(sorted({each["rule"] for each in acting(answer)})))
        if not answer["checked"] and draft.mode == "reply":
            log.warning("a reply was not checked: %s", answer["reason"])
        return Answer.model_validate(answer)

    def check_macro(self, body: str, helpdesk: str, team: str | None = None) -> Answer:
        """The answer on a macro of a helpdesk, as `check` gives it on a draft."""
        answer = self._within_budget(lambda judge: judge.answer_macro(body, helpdesk, team), team)
        return Answer.model_validate(answer)

    def _within_budget(
        self, work: Callable[[Judge], dict[str, Any]], team: str | None, id: str | int | None = None
    ) -> dict[str, Any]:
        began, settings = time.monotonic(), self.settings
        policy = settings.of_team(team)
        self.wait(settings.time_budget)
        judge = self._judge
        if judge is None:
            return failed("the rules are still being read", policy, id)
        future = self._threads.submit(work, judge)
        try:
            return future.result(max(0.0, settings.time_budget - (time.monotonic() - began)))
        except TimeoutError:
            future.cancel()
            return failed("it took too long", policy, id)
        except Exception as error:
            # The message of an unknown error may hold text of the draft, so that only its kind is told.
            return failed(f"replylint failed ({type(error).__name__})", policy, id)

    def _watching(self) -> None:
        """Reads rules and settings, and again whenever they change; until that is done the old ones hold."""
        watch = Watch(places_of(self._config, self._file))
        self._read_anew()
        while not self._closed.wait(self.settings.watch or None):
            if watch.changed():
                self._read_anew()
                watch.follow(places_of(self._config, self._file))

    def _read_anew(self) -> None:
        try:
            config = configured(self._start, self._file)
            settings = settings_of(config)
            judge = Judge(Linter(config), settings)
            judge.warm()
        except ReplylintError as error:
            log.error("the rules stay as they were: %s", error)
        else:
            self._config, self._judge, self.settings = config, judge, settings
            self._read.set()
            log.info("the rules were read")

    def close(self) -> None:
        """Ends its threads."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
