"""Shows an agent what came of a reply: the form once more, with the reason and the text kept, or a note on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import router, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from helpdesk.models import FollowUp, PreSetReply
from helpdesk.views.staff import UpdateTicketView

from replylint.integrations.django_helpdesk.process import gate, language
from replylint.integrations.django_helpdesk.replies import ReplyRefused, Submission, current, title
from replylint.integrations.gate.contract import SHORTEST_REASON, Answer
from replylint.integrations.gate.overriding import NOT_LOGGED
from replylint.integrations.gate.words import all_words, say

_REFUSED = 422
_KEPT = 200
"""The most fields of a form that are put back as they were."""
_TEXTS = ("comment", "body", "resolution")
"""The fields of django-helpdesk's forms that hold what a customer reads."""
_OWN = ("csrfmiddlewaretoken", "replylint_token", "replylint_reason", "replylint_send")
_WITHOUT_REPLIES = ("mass_update", "merge_tickets")
"""Views that mail many people and send nothing that an agent has just written."""


class ReplyGateMiddleware:
    """Holds back what a refused reply would have changed, and shows why. Follows the ones for users and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers a request; one that may send a reply runs in a transaction."""
        # With the first request the rules begin to be read, so that they are there when the first reply is written.
        gate()
        if request.method not in ("POST", "PUT", "PATCH"):
            return self._get_response(request)
        # Who calls the API is found out later, so that everybody is taken for an agent until the reply says who it is.
        submission = Submission(request)
        mark = current.set(submission)
        try:
            if not _sends_replies(request):
                return self._get_response(request)
            submission.keep_body()
            response = self._in_transaction(request, submission)
            return _told(request, submission.answer, response)
        finally:
            current.reset(mark)

    def _in_transaction(self, request: HttpRequest, submission: Submission) -> HttpResponse:
        """Undoes what a refused reply has changed, and only that: an error after a mail has left undoes nothing."""
        using = router.db_for_write(FollowUp)
        with transaction.atomic(using=using):
            point = transaction.savepoint(using=using)
            request.replylint = point, using
            response = self._get_response(request)
            if submission.refused and response.status_code != _REFUSED:
                transaction.savepoint_rollback(point, using=using)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page that an agent sees in place of a reply that was sent."""
        if not isinstance(exception, ReplyRefused):
            return None
        if hasattr(request, "replylint"):
            point, using = request.replylint
            transaction.savepoint_rollback(point, using=using)
        shown = _shown(request, exception)
        match = request.resolver_match
        if match is not None and match.view_name == "helpdesk:update":
            page = _form_again(request, shown, **match.kwargs)
            if page is not None:
                return page
        return render(request, "replylint_helpdesk/refused.html", {"replylint": shown}, status=_REFUSED)


def _sends_replies(request: HttpRequest) -> bool:
    try:
        match = resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return False
    return "helpdesk" in match.app_names and match.url_name not in _WITHOUT_REPLIES


def _told(request: HttpRequest, answer: Answer | None, response: HttpResponse) -> HttpResponse:
    """The response to a reply that has left, with a word when it was not checked."""
    if answer is not None and answer.verdict == "pass" and not answer.checked:
        response["X-Replylint"] = "not checked"
        if hasattr(request, "_messages") and "json" not in response.get("Content-Type", ""):
            messages.warning(request, say("not_checked", language()))
    return response


def _shown(request: HttpRequest, refused: ReplyRefused) -> dict[str, Any]:
    """What the page tells, in the agent's language."""
    lang, answer = language(), refused.answer
    text = next((name for name in _TEXTS if request.POST.get(name, "").strip()), "")
    files = [file.name for name in request.FILES for file in request.FILES.getlist(name)]
    return {
        "words": all_words()[lang],
        "lang": lang,
        "title": say(title(answer), lang),
        "findings": [found for found in answer.findings if found.action != "show"],
        "found_lang": answer.lang or "",
        "token": answer.override_token,
        "complaint": _complaint(request, answer, lang),
        "reason": request.POST.get("replylint_reason", ""),
        "field": text,
        "text": request.POST.get(text, refused.text),
        "back": refused.back,
        # A browser sends files once; nobody should send a reply that speaks of a form without the form.
        "files": say("attach_again", lang, names=", ".join(files)) if files else "",
        "fields": [
            [name, value]
            for name, values in request.POST.lists()
            if name not in _OWN and name != text
            for value in values
        ][:_KEPT],
    }


def _complaint(request: HttpRequest, answer: Answer, lang: str) -> str:
    """What is wrong with the reason that was given, if one was asked for."""
    if answer.reason == NOT_LOGGED:
        return say("not_logged", lang)
    asked = "replylint_send" in request.POST and answer.override_token
    short = len(request.POST.get("replylint_reason", "").strip()) < SHORTEST_REASON
    return say("reason_missing", lang) if asked and short else ""


def _form_again(request: HttpRequest, shown: dict[str, Any], **kwargs: Any) -> HttpResponse | None:
    """The ticket's page as it was filled in, with the reason; None where a team's own page has no place for it."""
    view = UpdateTicketView()
    view.setup(request, **kwargs)
    view.object = ticket = view.get_object()
    view.template_name = "replylint_helpdesk/ticket.html"
    form = view.get_form()
    form.is_valid()
    more = {
        "replylint": shown,
        "preset_replies": PreSetReply.objects.filter(Q(queues=ticket.queue) | Q(queues__isnull=True)),
        "notification_recipients": ticket.get_notification_recipients(user=request.user),
    }
    response: HttpResponse = view.render_to_response(view.get_context_data(form=form, **more)).render()
    response.status_code = _REFUSED
    complete = all(place in response.content for place in (b'id="replylint"', b'id="ticket-respond-form"'))
    return response if complete else None
