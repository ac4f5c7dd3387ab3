"""From a mail to what becomes of it.

Nothing is overridden here. A mail program has no place to ask for a reason at, and a header with one would have to be
taken out, so that the mail that leaves is not the one that was signed; nor does a header tell who wrote it. A team that
overrides errors in its helpdesk can give mail a team with a policy of its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anyascii import anyascii

from replylint import InputError, Linter
from replylint.integrations.gate import worker
from replylint.integrations.gate.pool import Pool, UnavailableError
from replylint.integrations.gate.verdict import acting
from replylint.integrations.gate.words import say
from replylint.integrations.smtp.settings import SmtpSettings
from replylint.integrations.smtp.sorting import Mail, agent_of, why_not_judged
from replylint.integrations.smtp.wire import SmtpReply, reply


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a mail: it goes on when there is no refusal. said: what the log has of it."""

    said: str
    refusal: SmtpReply | None = None


async def ruling_on(mail: Mail, pool: Pool, settings: SmtpSettings, linter: Linter) -> Ruling:
    """What becomes of a mail, whatever happens. linter: the one that the pool has, for what it says."""
    skipped = why_not_judged(mail, settings)
    if skipped:
        return Ruling(f"not judged: {skipped}")
    team = settings.team_of(agent_of(mail, settings) or "")
    began = time.perf_counter()
    answer, reason, is_lasting = await _asked(mail, pool, team)
    lang = _messages(linter)
    took = f"({round((time.perf_counter() - began) * 1000)} ms)"
    if answer is None:
        return _unchecked(f"{reason} {took}", lang, pool.settings.of_team(team).fail == "closed", is_lasting)
    if not answer["checked"]:
        return Ruling(f"not checked: {answer['reason']} {took}")
    rules = sorted({each["rule"] for each in acting(answer)})
    said = f"{answer['verdict']} {','.join(rules) or '-'} {took}"
    # A mail program has no place to ask at, so that what only warns leaves.
    is_refused = answer["verdict"] == "block"
    return Ruling(said, _refusal(answer, linter, settings.quote) if is_refused else None)


async def _asked(mail: Mail, pool: Pool, team: str | None) -> tuple[dict[str, Any] | None, str, bool]:
    """The answer on a mail, or the reason why there is none, and whether there never will be one."""
    try:
        return await pool.run(worker.check_mail, mail.content, team), "", False
    except InputError:
        return None, "its text cannot be made out", True
    except UnavailableError as why:
        return None, str(why), False
    except Exception as error:
        # The message of an unknown error may hold text of the mail, so that only its kind is told.
        return None, f"replylint failed ({type(error).__name__})", False


def _messages(linter: Linter) -> str | None:
    """The language that the team wants to be spoken to in, None for that of the reply."""
    wanted = linter.config.messages
    return None if wanted == "auto" else wanted


def _refusal(answer: Mapping[str, Any], linter: Linter, quotes: bool) -> SmtpReply:
    """What the agent's mail program shows: that the mail was not sent, why, and what to do."""
    lang = _messages(linter) or answer["lang"]
    blocking = [each for each in answer["findings"] if each["action"] == "block"]
    advice = (linter.latin(f"[{each['rule']}] {each['advice']}", lang) for each in blocking)
    why = [answer["mail_text"]] if quotes else list(advice)
    return _answered(550, "5.7.1", [say("refused", lang), *why, say("change", lang)])


def _unchecked(reason: str, lang: str | None, is_closed: bool, is_lasting: bool) -> Ruling:
    if not is_closed:
        return Ruling(f"not checked: {reason}")
    # What can never be checked is refused for good; everything else is tried again by the client.
    code, status = (550, "5.6.0") if is_lasting else (451, "4.7.1")
    return Ruling(f"held, not checked: {reason}", _answered(code, status, [say("held", lang)]))


def _answered(code: int, status: str, sentences: list[str]) -> SmtpReply:
    return reply(code, status, *(anyascii(sentence) for sentence in sentences))
