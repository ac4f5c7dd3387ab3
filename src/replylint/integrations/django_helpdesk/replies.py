"""What is judged, and what comes of it. The follow-up is saved before anything is mailed, so that is where it stands.

django-helpdesk fills variables into a reply before it makes a follow-up of it, so that what is judged is what is sent.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from helpdesk import settings as helpdesk_settings
from helpdesk.lib import safe_template_context
from helpdesk.models import FollowUp, PreSetReply, Ticket
from rest_framework.exceptions import ValidationError

from replylint.integrations.gate.contract import LONGEST_REASON, Answer, Draft, Override
from replylint.integrations.gate.local import Gate
from replylint.integrations.gate.words import known

DESK = "django-helpdesk"
_making = Lock()


class ReplyRefused(ValidationError):  # noqa: N818
    """A reply that does not leave. The REST API answers it with 400 by itself."""

    def __init__(self, answer: Answer, followup: FollowUp) -> None:
        told: dict[str, Any] = {"comment": [answer.dialog_text]}
        if answer.override_token:
            told["replylint_token"] = [answer.override_token]
        super().__init__(told)
        self.answer, self.text, self.back = answer, followup.comment, followup.ticket.get_absolute_url()


@dataclass
class Submission:
    """One request: what came with it beside a reply, and what came of the reply."""

    token: str = ""
    reason: str = ""
    preset: str = ""
    answer: Answer | None = None
    refused: bool = False

    def override(self, agent: str) -> Override | None:
        """An agent's wish to send the reply as it is, None without a token and a reason."""
        reason = self.reason.strip()[:LONGEST_REASON]
        if not self.token or len(reason) < 3:
            return None
        return Override(token=self.token[:8000], reason=reason, agent=agent[:200])


current: ContextVar[Submission | None] = ContextVar("replylint_submission", default=None)
"""The request that is being answered; None in commands and tasks, whose follow-ups no agent writes."""


def gate() -> Gate:
    """The gate of this process, made when it is first needed, so that it is made after a server has forked."""
    with _making:
        return _made()


@cache
def _made() -> Gate:
    place = configuration()
    return Gate(settings.SECRET_KEY, file=place)


def configuration() -> Path | None:
    """The configuration that the project's settings name; otherwise it is looked for from the working folder."""
    place = getattr(settings, "REPLYLINT", {}).get("config")
    return Path(place) if place else None


def language() -> str:
    """The language of our words for the agent of this request. Django's `sr` is Cyrillic."""
    spoken = get_language()
    return known("sr-Cyrl" if spoken == "sr" else spoken)


def before_save(sender: type[FollowUp], instance: FollowUp, raw: bool = False, **_: Any) -> None:
    """Judges a new reply of an agent; raises ReplyRefused when it is to stay."""
    submission = current.get()
    if raw or submission is None or not _is_reply(instance):
        return
    answer = gate().check(_draft(instance, submission))
    submission.answer = answer
    if answer.verdict != "pass":
        submission.refused = True
        raise ReplyRefused(answer, instance)


def _is_reply(followup: FollowUp) -> bool:
    """Whether a customer will read a follow-up that an agent has just written."""
    reaches = followup.public or (
        helpdesk_settings.HELPDESK_NOTIFY_SUBMITTER_FOR_ALL_TICKET_CHANGES
        and not helpdesk_settings.HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS
    )
    return bool(followup.pk is None and followup.user_id and reaches and (followup.comment or "").strip())


def _draft(followup: FollowUp, submission: Submission) -> Draft:
    ticket = followup.ticket
    name, body = _template(submission.preset, ticket)
    return Draft(
        draft=followup.comment,
        markup="markdown",
        customer_message=_customers_message(ticket),
        channel="email",
        template=body,
        template_id=name,
        team=ticket.queue.slug,
        id=ticket.pk,
        override=submission.override(followup.user.get_username()),
    )


def _customers_message(ticket: Ticket) -> str | None:
    """What the customer wrote last: follow-ups of theirs have no user, the first message is the description."""
    theirs = ticket.followup_set.filter(user__isnull=True, public=True).exclude(comment__isnull=True)
    last = theirs.exclude(comment="").order_by("-date").values_list("comment", flat=True).first()
    return last or ticket.description or None


def _template(preset: str, ticket: Ticket) -> tuple[str | None, str | None]:
    """Name and filled-in text of the canned reply that the form says was chosen."""
    found = PreSetReply.objects.filter(pk=preset).first() if preset.isdecimal() else None
    if found is None:
        return None, None
    from django.template import Template, TemplateSyntaxError

    try:
        return found.name, Template(found.body).render(safe_template_context(ticket))
    except TemplateSyntaxError:
        return found.name, None
