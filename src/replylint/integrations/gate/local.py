"""A gate in the helpdesk's own process: no service beside it, rules and policy read anew when they change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from pathlib import Path
from typing import Any

from replylint import Linter, ReplylintError, configured
from replylint.integrations.gate.contract import Answer, Draft
from replylint.integrations.gate.judging import Judge
from replylint.integrations.gate.overriding import Overrides
from replylint.integrations.gate.settings import Settings, settings_of
from replylint.integrations.gate.verdict import unchecked
from replylint.integrations.gate.watching import Watch, places_of

log = logging.getLogger("replylint.gate")
_THREADS = 4
"""So many drafts may stand still before further ones are not checked."""


class Gate:
    """Answers on drafts within the time budget, whatever happens.

    file, start: the configuration, or where it is looked for. secret: signs the override tokens; processes of one
    helpdesk share it. Raises ConfigError or RulebookError when the configuration or rules are wrong at the start;
    later changes that are wrong leave what was there, and the log says so.
    """

    def __init__(self, secret: str, *, file: Path | None = None, start: Path | None = None) -> None:
        self._file, self._start = file, start
        self._judge = self._read()
        self._overrides = Overrides(secret)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="replylint")
        self._closed = threading.Event()
        threading.Thread(target=self._watching, name="replylint-watch", daemon=True).start()

    @property
    def settings(self) -> Settings:
        """The settings that hold now."""
        return self._judge.settings

    def warm(self) -> None:
        """Reads every language, so that the first draft does not wait."""
        self._judge.warm()

    def check(self, draft: Draft) -> Answer:
        """The answer on a draft. One that cannot be had in time is “not checked”, and the policy says what follows."""
        judge = self._judge
        answer = self._within_budget(lambda: judge.answer(draft.model_dump()), draft, judge.settings)
        if self._overrides.settle(answer, draft.override, judge.settings, draft.team):
            rules = {each["rule"] for each in answer["findings"] if each["action"] != "show"}
            log.info("overridden: %s", ", ".join(sorted(rules)))
        if not answer["checked"] and draft.mode == "reply":
            log.warning("a reply was not checked: %s", answer["reason"])
        return Answer.model_validate(answer)

    def _within_budget(self, work: Callable[[], dict[str, Any]], draft: Draft, settings: Settings) -> dict[str, Any]:
        future = self._threads.submit(work)
        try:
            return future.result(settings.time_budget)
        except TimeoutError:
            future.cancel()
            reason = "it took too long"
        except Exception as error:
            # The message of an unknown error may hold text of the draft, so that only its kind is told.
            reason = f"replylint failed ({type(error).__name__})"
        closed = settings.of_team(draft.team).fail == "closed"
        return unchecked(reason, "block" if closed else "pass", id=draft.id)

    def _read(self) -> Judge:
        config = configured(self._start, self._file)
        return Judge(Linter(config), settings_of(config))

    def _watching(self) -> None:
        """Reads rules and settings anew whenever they change; until that is done drafts go on under the old ones."""
        watch = Watch(places_of(self._judge.linter, self._file))
        while not self._closed.wait(self.settings.watch or None):
            if not watch.changed():
                continue
            try:
                judge = self._read()
                judge.warm()
            except ReplylintError as error:
                log.error("the rules stay as they were: %s", error)
            else:
                self._judge = judge
                watch.follow(places_of(judge.linter, self._file))
                log.info("the rules were read anew")

    def close(self) -> None:
        """Ends its threads."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
