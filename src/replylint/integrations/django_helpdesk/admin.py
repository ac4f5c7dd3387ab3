"""Macros, which django-helpdesk calls pre-set replies, are checked when they are saved in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, sites
from django.http import HttpRequest
from helpdesk.models import PreSetReply

from replylint.integrations.django_helpdesk.replies import DESK, gate, language
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

        def clean_body(self) -> str:
            """The macro's text; raises when it would keep replies from leaving."""
            body: str = self.cleaned_data["body"]
            answer = gate().check_macro(body, DESK)
            if answer.verdict == "block" and answer.checked:
                raise forms.ValidationError([say("macro", language()), answer.dialog_text])
            if answer.verdict == "warn":
                self.replylint_warning = answer.dialog_text
            elif not answer.checked:
                self.replylint_warning = say("macro_not_checked", language())
            return body

    def save_model(request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save(request, obj, form, change)
        if form.replylint_warning:
            messages.warning(request, form.replylint_warning)

    model_admin.form = MacroForm
    model_admin.save_model = save_model
