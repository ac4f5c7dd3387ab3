"""What a process of the pool does: one linter, drafts in, answers out. No text leaves it but in an answer."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from replylint import (
    Command,
    Config,
    Defaults,
    InputError,
    Linter,
    Outcome,
    ReplylintError,
    Report,
    command_config,
    read_pieces,
    run_command,
)
from replylint.integrations.gate.judging import Judge
from replylint.integrations.gate.settings import Settings

_here: list[Judge] = []
_others: dict[str, Linter] = {}
"""Linters under other configurations, oldest first."""
_MOST_OTHERS = 2


class NotHereError(Exception):
    """A command that is better done where it was given."""


def begin(linter: bytes, settings: Settings) -> None:
    """Makes the process ready: every language is read before the first draft comes."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    judge = Judge(pickle.loads(linter), settings)
    judge.warm()
    _here[:] = [judge]
    # The rules stay for good, so that looking through them for garbage again and again only costs time.
    gc.collect()
    gc.freeze()


def _end_with_parent() -> None:
    """Ends this process when the one that gives it work is gone: killed, it cannot end it itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def check(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The answer on one draft, as the contract has it."""
    return _here[0].answer(draft)


def command(told: Command, own_machine: bool) -> Outcome | str:
    """What a command prints; or why it is better done by the command itself.

    own_machine: whether the caller has the same files as this process.
    """
    try:
        config = command_config(told)
        linter = _linter_under(config, own_machine)
        return run_command(told if own_machine else replace(told, folder=""), linter, config)
    except NotHereError as why:
        return str(why)
    except ReplylintError as error:
        # The command says it in its own words; this one could name a file that is only the caller's business.
        return f"it ends with a fault ({type(error).__name__})"


def _linter_under(config: Config, own_machine: bool) -> Linter:
    """The linter of this process where the configuration is the same, else one made for it and kept."""
    known = _meant(config)
    if known == _meant(_here[0].linter.config):
        return _here[0].linter
    if config.rules or config.macros:
        raise NotHereError("the configuration has own rules or macros that the service was not started with")
    if config.paths and not own_machine:
        raise NotHereError("the configuration has settings for paths")
    if known not in _others:
        if len(_others) == _MOST_OTHERS:
            _others.pop(next(iter(_others)))
        _others[known] = Linter(config)
    return _others[known]


def _meant(config: Config) -> str:
    """What of a configuration decides about findings."""
    places = bool(config.rules or config.macros or config.paths)
    folder = str(Path(config.folder or ".").resolve()) if places else ""
    return config.model_dump_json(exclude={"service", "smtp", "fail_on", "min_severity", "library"}) + folder


def check_mail(mail: bytes, team: str | None) -> dict[str, Any]:
    """The answer on a mail as it leaves; raises InputError when its text cannot be made out."""
    return _here[0].answer_mail(mail, team)


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
