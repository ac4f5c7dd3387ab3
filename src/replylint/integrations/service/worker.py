"""What a process of the pool does: one linter, drafts in, answers out. No text leaves it but in an answer."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from replylint import Defaults, InputError, Linter, Reply, Report, read_draft, read_pieces
from replylint.integrations.service.offsets import utf16
from replylint.integrations.service.settings import Settings
from replylint.integrations.service.verdict import answer, unchecked

_WARMING = "1"


@dataclass
class _State:
    """The linter and the settings of this process, and the titles of the rules by language."""

    linter: Linter
    settings: Settings
    titles: dict[str | None, Mapping[str, str]] = field(default_factory=dict)

    def titles_in(self, lang: str | None) -> Mapping[str, str]:
        if lang not in self.titles:
            self.titles[lang] = {card.id: card.title for card in self.linter.rules(lang or "en")}
        return self.titles[lang]


_here: list[_State] = []


def begin(linter: bytes, settings: Settings) -> None:
    """Makes the process ready: every language is read before the first draft comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state = _State(pickle.loads(linter), settings)
    for code in state.linter.languages:
        state.linter.lint(Reply.of(_WARMING, lang=code))
        state.titles_in(code)
    _here[:] = [state]
    # The rules stay for good, so that looking through them for garbage again and again only costs time.
    gc.collect()
    gc.freeze()


def ready() -> int:
    """Answers when the process is ready: its number."""
    return os.getpid()


def check(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The answer on one draft, as the contract has it. Nothing is raised that holds text."""
    state = _here[0]
    policy = state.settings.of_team(draft["team"])
    if draft["mode"] != "reply":
        return unchecked(f"a draft of the kind {draft['mode']} is not checked", "pass", id=draft["id"])
    known = Defaults(draft["customer_message"], draft["customer_name"], draft["channel"], draft["lang"])
    try:
        template = (draft["template"], draft["template_id"] or "") if draft["template"] else None
        reply = read_draft(draft["draft"], markup=draft["markup"], known=known, id=draft["id"], template=template)
    except InputError:
        # An empty draft is the helpdesk's matter; there is nothing in it that could be wrong.
        return unchecked("the draft holds no text", "pass", id=draft["id"])
    report = state.linter.lint(reply)
    if not _was_checked(report, state.linter):
        # A language without rules is no failure, so that it passes whatever the policy says of failures.
        return unchecked(report.skipped[0].reason, "pass", report.lang, draft["id"])
    place = utf16(draft["draft"]) if draft["offsets"] == "utf16" else int
    return answer(report, policy, state.titles_in(report.lang), place)


def check_pieces(
    pieces: Sequence[tuple[str, int, int]], source: str, lang: str | None
) -> tuple[Report | None, str | None, Mapping[str, str]]:
    """The report on an annotated text, the name of its language, and the rules' titles.

    The report is None when there is no text in it, or no rules for its language.
    """
    state = _here[0]
    try:
        reply = read_pieces(pieces, source, known=Defaults(lang=lang))
    except InputError:
        return None, None, {}
    report = state.linter.lint(reply)
    if not _was_checked(report, state.linter):
        return None, report.lang, {}
    return report, report.lang, state.titles_in(report.lang)


def rules(lang: str) -> list[dict[str, Any]]:
    """The cards of all rules, without examples."""
    return [asdict(card) for card in _here[0].linter.rules(lang)]


def rule(name: str, lang: str) -> dict[str, Any]:
    """The card of one rule; raises UsageError when there is none."""
    return asdict(_here[0].linter.rule(name, lang))


def _was_checked(report: Report, linter: Linter) -> bool:
    return report.lang in linter.languages
