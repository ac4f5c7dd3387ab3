"""Shows an agent what came of a reply: the form once more, with the reason and the text kept, or a note on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import router, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from helpdesk.models import FollowUp
from helpdesk.views.staff import UpdateTicketView

from replylint.integrations.django_helpdesk.replies import ReplyRefused, Submission, current, gate, language
from replylint.integrations.gate.contract import Answer
from replylint.integrations.gate.overriding import NOT_LOGGED
from replylint.integrations.gate.words import all_words, say

_REFUSED = 422
_KEPT = 200
"""The most fields of a form that are put back as they were."""


class ReplyGateMiddleware:
    """Holds back what a refused reply would have changed, and shows why. Follows the ones for users and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers a request; one that sends a reply runs in a transaction."""
        # With the first request the rules begin to be read, so that they are there when the first reply is written.
        gate()
        if request.method not in ("POST", "PUT", "PATCH"):
            return self._get_response(request)
        # Who calls the API is found out later, so that everybody is taken for an agent until the reply says who it is.
        submission = _submission(request)
        mark = current.set(submission)
        try:
            if not _is_helpdesk(request):
                return self._get_response(request)
            return self._in_transaction(request, submission)
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
        answer = submission.answer
        if answer is not None and answer.verdict == "pass" and not answer.checked:
            response["X-Replylint"] = "not checked"
            if hasattr(request, "_messages") and "json" not in response.get("Content-Type", ""):
                messages.warning(request, say("not_checked", language()))
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
            return _form_again(request, shown, **match.kwargs)
        return render(request, "replylint_helpdesk/refused.html", {"replylint": shown}, status=_REFUSED)


def _is_helpdesk(request: HttpRequest) -> bool:
    try:
        return "helpdesk" in resolve(request.path_info).app_names
    except Resolver404:
        return False


def _submission(request: HttpRequest) -> Submission:
    """What came with a reply: fields of a form, or headers of a call of the API."""
    headers = request.headers
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return Submission(headers.get("X-Replylint-Token", ""), headers.get("X-Replylint-Reason", ""))
    form = request.POST
    return Submission(
        form.get("replylint_token") or headers.get("X-Replylint-Token", ""),
        form.get("replylint_reason") or headers.get("X-Replylint-Reason", ""),
        form.get("preset", ""),
    )


def _shown(request: HttpRequest, refused: ReplyRefused) -> dict[str, Any]:
    """What the page tells, in the agent's language."""
    lang, answer = language(), refused.answer
    return {
        "words": all_words()[lang],
        "lang": lang,
        "title": say(_title(answer), lang),
        "findings": [found for found in answer.findings if found.action != "show"],
        "found_lang": answer.lang or "",
        "token": answer.override_token,
        "complaint": _complaint(request, answer, lang),
        "reason": request.POST.get("replylint_reason", ""),
        "text": refused.text,
        "back": refused.back,
        "fields": [
            [name, value]
            for name, values in request.POST.lists()
            if name not in ("csrfmiddlewaretoken", "comment", "replylint_token", "replylint_reason")
            for value in values
        ][:_KEPT],
    }


def _title(answer: Answer) -> str:
    if not answer.checked:
        return "held"
    return "refused" if answer.verdict == "block" else "warned"


def _complaint(request: HttpRequest, answer: Answer, lang: str) -> str:
    """What is wrong with the reason that was given, if one was asked for."""
    if answer.reason == NOT_LOGGED:
        return say("not_logged", lang)
    asked = "replylint_send" in request.POST and answer.override_token
    return say("reason_missing", lang) if asked and len(request.POST.get("replylint_reason", "").strip()) < 3 else ""


def _form_again(request: HttpRequest, shown: dict[str, Any], **kwargs: Any) -> HttpResponse:
    """The ticket's page as it was filled in, with the reason on it."""
    view = UpdateTicketView()
    view.setup(request, **kwargs)
    view.object = view.get_object()
    view.template_name = "replylint_helpdesk/ticket.html"
    form = view.get_form()
    form.is_valid()
    response: HttpResponse = view.render_to_response(view.get_context_data(form=form, replylint=shown))
    response.status_code = _REFUSED
    return response
