"""What a process of the pool does: one linter, drafts in, answers out. No text leaves it but in an answer."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from replylint import Defaults, InputError, Report, read_pieces
from replylint.integrations.gate.judging import Judge
from replylint.integrations.gate.settings import Settings

_here: list[Judge] = []


def begin(linter: bytes, settings: Settings) -> None:
    """Makes the process ready: every language is read before the first draft comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    judge = Judge(pickle.loads(linter), settings)
    judge.warm()
    _here[:] = [judge]
    # The rules stay for good, so that looking through them for garbage again and again only costs time.
    gc.collect()
    gc.freeze()


def ready() -> int:
    """Answers when the process is ready: its number."""
    return os.getpid()


def check(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The answer on one draft, as the contract has it."""
    return _here[0].answer(draft)


def check_pieces(
    pieces: Sequence[tuple[str, int, int]], source: str, lang: str | None
) -> tuple[Report | None, str | None, Mapping[str, str]]:
    """The report on an annotated text, the name of its language, and the rules' titles.

    The report is None when there is no text in it, or no rules for its language.
    """
    judge = _here[0]
    try:
        reply = read_pieces(pieces, source, known=Defaults(lang=lang))
    except InputError:
        return None, None, {}
    report = judge.linter.lint(reply)
    if not judge.was_checked(report):
        return None, report.lang, {}
    return report, report.lang, judge.titles_in(report.lang)


def rules(lang: str) -> list[dict[str, Any]]:
    """The cards of all rules, without examples."""
    return [asdict(card) for card in _here[0].linter.rules(lang)]


def rule(name: str, lang: str) -> dict[str, Any]:
    """The card of one rule; raises UsageError when there is none."""
    return asdict(_here[0].linter.rule(name, lang))
