"""From a report and a policy to an answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from anyascii import anyascii

from replylint import Finding, Reply, Report, __version__
from replylint.integrations.gate.settings import Policy

MAIL, DIALOG = 400, 500
"""The longest texts for a mail server's answer and for a dialog, in characters."""
_RANK = {"pass": 0, "warn": 1, "block": 2}
_DOES = {"show": "pass", "warn": "warn", "block": "block"}


def answer(
    report: Report,
    policy: Policy,
    titles: Mapping[str, str],
    reply: Reply,
    place: Callable[[int], int] = int,
    latin: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The answer on a report, without the override token.

    titles: of the rules that were broken. reply: what was checked. place: from code points to the offsets asked for.
    latin: spells a text in the Latin script of its language.
    """
    found = [_found(finding, policy, titles, reply, place) for finding in report.findings]
    verdict = max((_DOES[each["action"]] for each in found), key=_RANK.__getitem__, default="pass")
    telling = [each for each in found if _DOES[each["action"]] == verdict] if verdict != "pass" else []
    return {
        "id": report.id,
        "verdict": verdict,
        "checked": True,
        "overridden": False,
        "reason": None,
        "lang": report.lang,
        "findings": found,
        "skipped": [{"rule": skip.rule, "reason": skip.reason} for skip in report.skipped],
        "mail_text": mail_text(telling, latin),
        "dialog_text": dialog_text(telling),
        "override_token": None,
        "version": __version__,
    }


def acting(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings of an answer that keep the reply or warn, without those that are only shown."""
    return [each for each in answer["findings"] if each["action"] != "show"]


def failed(reason: str, policy: Policy, id: str | int | None = None) -> dict[str, Any]:
    """The answer on a draft that something went wrong with; the policy says whether it leaves."""
    return unchecked(reason, "block" if policy.fail == "closed" else "pass", id=id)


def unchecked(reason: str, verdict: str, lang: str | None = None, id: str | int | None = None) -> dict[str, Any]:
    """The answer on a draft that was not checked."""
    text = f"not checked: {reason}"
    return {
        "id": id,
        "verdict": verdict,
        "checked": False,
        "overridden": False,
        "reason": reason,
        "lang": lang,
        "findings": [],
        "skipped": [],
        "mail_text": _short(anyascii(text), MAIL),
        "dialog_text": _short(text, DIALOG),
        "override_token": None,
        "version": __version__,
    }


def _found(
    finding: Finding, policy: Policy, titles: Mapping[str, str], reply: Reply, place: Callable[[int], int]
) -> dict[str, Any]:
    fix = finding.fix
    return {
        "rule": finding.rule,
        "title": titles.get(finding.rule, finding.rule),
        "severity": finding.severity,
        "action": policy.action(finding.rule, finding.severity),
        "message": finding.message,
        "advice": finding.advice,
        "start": None if finding.start is None else place(finding.start),
        "end": None if finding.end is None else place(finding.end),
        "line": finding.line,
        "column": finding.column,
        "words": _read(finding, reply),
        "source": finding.source,
        "fix": fix and {"start": place(fix.start), "end": place(fix.end), "text": fix.text},
        "fingerprint": finding.fingerprint,
    }


def _read(finding: Finding, reply: Reply) -> str:
    """The words of a finding as they are read, without the tags between them; a macro's as they are written."""
    text = reply.text
    if finding.start is None or finding.end is None or text.starts is None or reply.macro:
        return finding.excerpt
    first, last = bisect_left(text.starts, finding.start), bisect_left(text.starts, finding.end)
    return text.value[first:last].strip() or finding.excerpt


def mail_text(found: Sequence[Mapping[str, Any]], latin: Callable[[str], str] = str) -> str:
    """The findings on one line of ASCII, with the rules' names, for a mail server's answer."""
    parts = (f"[{each['rule']}] {_quoted(each)}{each['message']} {each['advice']}" for each in found)
    return _short(" ".join(anyascii(latin(" | ".join(parts))).split()), MAIL)


def dialog_text(found: Sequence[Mapping[str, Any]]) -> str:
    """The findings, a line each, for a dialog."""
    lines = [f"• {_quoted(each)}{each['message']} {each['advice']}" for each in found]
    whole = "\n".join(lines)
    # With many findings each keeps its words and message, and what to write instead stands in the full list.
    return whole if len(whole) <= DIALOG else _short("\n".join(f"• {_quoted(e)}{e['message']}" for e in found), DIALOG)


def _quoted(found: Mapping[str, Any]) -> str:
    words = " ".join(found["words"].split())
    return f"“{words}”: " if words and words not in found["message"] else ""


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."
