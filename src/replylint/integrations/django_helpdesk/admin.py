"""Macros, which django-helpdesk calls pre-set replies, are checked when they are saved in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin, sites
from django.forms import ModelForm
from django.http import HttpRequest
from helpdesk.models import PreSetReply

from replylint.integrations.django_helpdesk.process import check_macro, language
from replylint.integrations.gate.words import say


def watch_macros() -> None:
    """Lets the admin's form for macros check them, whoever made it."""
    for site in sites.all_sites:
        model_admin = site._registry.get(PreSetReply)
        if model_admin is not None:
            _watch(model_admin)


def _watch(model_admin: ModelAdmin[Any]) -> None:
    base, save = model_admin.form, model_admin.save_model

    class MacroForm(base):  # type: ignore[misc, valid-type]
        """The form as it was, whose text is checked."""

        replylint_warning = ""

        def clean(self) -> Any:
            """Adds an error to a new text that would keep replies from leaving."""
            cleaned = super().clean()
            if "body" in self.changed_data and self.cleaned_data.get("body"):
                self.replylint_warning = _checked(self)
            return cleaned

    def save_model(request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save(request, obj, form, change)
        if getattr(form, "replylint_warning", ""):
            messages.warning(request, form.replylint_warning)

    model_admin.form = MacroForm
    model_admin.save_model = save_model


def _checked(form: ModelForm[Any]) -> str:
    """What is to be said of a macro that is saved; what would keep its replies from leaving is an error of the form."""
    answer = check_macro(form.cleaned_data["body"], _team(form))
    if answer.verdict == "block" and answer.checked:
        form.add_error("body", [say("macro", language()), *answer.dialog_text.splitlines()])
        return ""
    return answer.dialog_text if answer.checked else say("macro_not_checked", language())


def _team(form: ModelForm[Any]) -> str | None:
    """The queue that a macro is for, where it is for one alone."""
    queues = list(form.cleaned_data.get("queues") or ())
    return queues[0].slug if len(queues) == 1 else None
