"""What is judged, and what comes of it. Texts are saved before anything is mailed, so that is where the gate stands.

django-helpdesk fills variables into a reply before it makes a follow-up of it, so that what is judged is what is sent.
"""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.template import engines
from helpdesk import settings as helpdesk_settings
from helpdesk.lib import safe_template_context
from helpdesk.models import EmailTemplate, FollowUp, PreSetReply, Ticket
from rest_framework.exceptions import ValidationError

from replylint.integrations.django_helpdesk.customers import is_agent, last_message, name_of
from replylint.integrations.django_helpdesk.process import check, language
from replylint.integrations.gate.contract import (
    LONGEST_AGENT,
    LONGEST_REASON,
    LONGEST_TOKEN,
    SHORTEST_REASON,
    Answer,
    Draft,
    Override,
)
from replylint.integrations.gate.words import say

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_QUOTES_TEXT = re.compile(r"{{[^{}]*\b(?:comment|description)\b")


class ReplyRefused(ValidationError):  # noqa: N818
    """A reply that does not leave. The REST API answers it with 400 by itself."""

    def __init__(self, answer: Answer, text: str, ticket: Ticket) -> None:
        told: dict[str, Any] = {"comment": [answer.dialog_text], "replylint": [say(title(answer), language())]}
        if answer.override_token:
            told["replylint_token"] = [answer.override_token]
        super().__init__(told)
        self.answer, self.text, self.back = answer, text, ticket.get_absolute_url()


def title(answer: Answer) -> str:
    """The key of the words over a refusal."""
    if not answer.checked:
        return "held"
    return "refused" if answer.verdict == "block" else "warned"


@dataclass
class Submission:
    """One request: what came with it beside a reply, and what came of the reply.

    seen: the texts that were looked at, so that none is asked about twice.
    """

    request: HttpRequest
    answer: Answer | None = None
    refused: bool = False
    seen: set[str] = field(default_factory=set)

    def keep_body(self) -> None:
        """Reads the body of a call of the API, which could not be read a second time otherwise."""
        if self.request.content_type == "application/json":
            try:
                len(self.request.body)
            except RequestDataTooBig:
                return

    def value(self, name: str) -> str:
        """A field of the form, or of the object that a program sends; empty when it is not there."""
        if self.request.content_type in _FORMS:
            return str(self.request.POST.get(name, ""))
        try:
            found = json.loads(getattr(self.request, "_body", b"") or b"{}")
        except ValueError:
            return ""
        return str(found.get(name) or "") if isinstance(found, dict) else ""

    @property
    def agent(self) -> Any:
        """Who is logged in, None when nobody is."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    def override(self, agent: str) -> Override | None:
        """The wish to send the reply as it is, for which a form has a button; None without a token and a reason."""
        token, reason = self.value("replylint_token"), self.value("replylint_reason").strip()[:LONGEST_REASON]
        wanted = self.value("replylint_send") or self.request.content_type not in _FORMS
        if not (wanted and token and len(reason) >= SHORTEST_REASON):
            return None
        return Override(token=token[:LONGEST_TOKEN], reason=reason, agent=agent[:LONGEST_AGENT])


current: ContextVar[Submission | None] = ContextVar("replylint_submission", default=None)
"""The request that is being answered; None in commands and tasks, whose texts no agent writes."""


def before_followup(sender: type[FollowUp], instance: FollowUp, raw: bool = False, **_: Any) -> None:
    """Judges a follow-up of an agent that is new, or has new words; raises ReplyRefused when it is to stay."""
    submission, text = current.get(), instance.comment or ""
    if raw or submission is None or not text.strip() or text in submission.seen:
        return
    submission.seen.add(text)
    if is_agent(instance.user, instance.ticket) and _reaches_customer(instance) and _is_new(instance):
        _judge(submission, text, instance.ticket, submission.agent or instance.user)


def before_ticket(sender: type[Ticket], instance: Ticket, raw: bool = False, **_: Any) -> None:
    """Judges a resolution that an agent writes without a follow-up: closing the ticket would mail it."""
    submission, text = current.get(), instance.resolution or ""
    if raw or submission is None or instance.pk is None or not text.strip() or text in submission.seen:
        return
    submission.seen.add(text)
    if is_agent(submission.agent, instance) and not Ticket.objects.filter(resolution=text).exists():
        _judge(submission, text, instance, submission.agent)


def _reaches_customer(followup: FollowUp) -> bool:
    """Whether the customer reads a follow-up: in a mail, on the ticket's page, or as its resolution."""
    if _opens(followup):
        return _is_mailed(followup.ticket)
    mails_all = (
        helpdesk_settings.HELPDESK_NOTIFY_SUBMITTER_FOR_ALL_TICKET_CHANGES
        and not helpdesk_settings.HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS
    )
    return bool(followup.public or mails_all or _resolves(followup))


def _resolves(followup: FollowUp) -> bool:
    """Whether it becomes the ticket's resolution, which customers see even when the follow-up itself is private."""
    status, resolution = followup.ticket.status, followup.ticket.resolution
    closes = status == Ticket.CLOSED_STATUS and resolution is None
    return followup.pk is None and (status == Ticket.RESOLVED_STATUS or closes)


def _opens(followup: FollowUp) -> bool:
    """Whether it is the first entry of a ticket, which holds what the customer asked, whoever typed it."""
    first = followup.ticket.followup_set.order_by("date", "pk").first()
    if first is not None and first.pk != followup.pk:
        return False
    return bool((first or followup).comment == followup.ticket.description)


def _is_mailed(ticket: Ticket) -> bool:
    """Whether the mail that confirms a new ticket quotes it; the one that comes with django-helpdesk does not."""
    locale = ticket.queue.locale or helpdesk_settings.HELPDESK_EMAIL_FALLBACK_LOCALE
    named = EmailTemplate.objects.filter(template_name__iexact="newticket_submitter")
    found = named.filter(locale=locale).first() or named.filter(locale__isnull=True).first()
    return found is not None and bool(_QUOTES_TEXT.search(f"{found.plain_text} {found.html}"))


def _is_new(followup: FollowUp) -> bool:
    """Whether a customer has not read these words yet."""
    known = FollowUp.objects.filter(pk=followup.pk, comment=followup.comment, public=followup.public)
    return followup.pk is None or not known.exists()


def _judge(submission: Submission, text: str, ticket: Ticket, agent: Any) -> None:
    answer = check(_draft(submission, text, ticket, agent))
    submission.answer = answer
    if answer.verdict != "pass":
        submission.refused = True
        raise ReplyRefused(answer, text, ticket)


def _draft(submission: Submission, text: str, ticket: Ticket, agent: Any) -> Draft:
    name, body = _template(submission.value("preset"), ticket)
    return Draft(
        draft=text,
        # Tags take effect in the mail's second half. Read as Markdown, indented lines would be taken for code.
        markup="markdown" if _TAG.search(text) else "text",
        customer_message=last_message(ticket),
        customer_name=name_of(ticket),
        channel="email",
        template=body,
        template_id=name,
        team=ticket.queue.slug,
        id=ticket.pk,
        override=submission.override(agent.get_username() or str(agent.pk)),
    )


def _template(preset: str, ticket: Ticket) -> tuple[str | None, str | None]:
    """Name and filled-in text of the canned reply that the form says was chosen."""
    found = PreSetReply.objects.filter(pk=preset).first() if preset.isdecimal() and len(preset) < 10 else None
    if found is None:
        return None, None
    try:
        return found.name, engines["django"].from_string(found.body).render(safe_template_context(ticket))
    except Exception:
        # Whatever is wrong with the template, it is not the reply that has to wait for it.
        return found.name, None
