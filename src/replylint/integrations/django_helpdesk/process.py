"""The gate of this process: made with the first request, and never in the way of the site."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.utils.translation import get_language

from replylint import ConfigError
from replylint.integrations.gate.contract import Answer, Draft
from replylint.integrations.gate.local import Gate
from replylint.integrations.gate.verdict import unchecked
from replylint.integrations.gate.words import known

DESK = "django-helpdesk"
log = logging.getLogger("replylint.gate")
_making = Lock()
_made: dict[int, Gate] = {}
_told: set[str] = set()


def configuration() -> Path | None:
    """The configuration that the project's settings name; otherwise it is looked for from the working folder."""
    place = getattr(settings, "REPLYLINT", {}).get("config")
    return Path(place) if place else None


def gate() -> Gate | None:
    """The gate of this process, made when it is first needed; None while the configuration is wrong.

    Threads do not survive a fork, so that a process that was forked off makes one of its own.
    """
    with _making:
        if os.getpid() not in _made:
            _made.clear()
            try:
                _made[os.getpid()] = Gate(settings.SECRET_KEY, file=configuration())
            except ConfigError as error:
                _tell(str(error))
        return _made.get(os.getpid())


def _tell(fault: str) -> None:
    """Logs what is wrong with the configuration, once."""
    if fault not in _told:
        _told.add(fault)
        log.error("replies are not checked: %s", fault)


def check(draft: Draft) -> Answer:
    """The answer on a draft. Where there is no gate it passes and was not checked."""
    made = gate()
    return made.check(draft) if made else _passed()


def check_macro(body: str, team: str | None) -> Answer:
    """The answer on a macro, as `check` gives it on a draft."""
    made = gate()
    return made.check_macro(body, DESK, team) if made else _passed()


def _passed() -> Answer:
    return Answer.model_validate(unchecked("the configuration is wrong", "pass"))


def language() -> str:
    """The language of our words for the agent of this request. Django's `sr` is Cyrillic."""
    spoken = get_language()
    return known("sr-Cyrl" if spoken == "sr" else spoken)
