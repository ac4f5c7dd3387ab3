"""The Django app: what it listens to, and what it tells at the start when something is missing."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db.models.signals import pre_save

from replylint import ConfigError, configured
from replylint.integrations.gate.settings import settings_of

_MIDDLEWARE = "replylint.integrations.django_helpdesk.middleware.ReplyGateMiddleware"


class ReplylintConfig(AppConfig):
    """The gate as an app. It comes after `helpdesk` and `django.contrib.admin` in INSTALLED_APPS."""

    name = "replylint.integrations.django_helpdesk"
    label = "replylint_helpdesk"
    verbose_name = "replylint"

    def ready(self) -> None:
        """Listens to what agents write before it is saved, and to macros in the admin."""
        from helpdesk.models import FollowUp, Ticket

        from replylint.integrations.django_helpdesk import admin, replies

        pre_save.connect(replies.before_followup, sender=FollowUp, dispatch_uid="replylint")
        pre_save.connect(replies.before_ticket, sender=Ticket, dispatch_uid="replylint")
        admin.watch_macros()
        checks.register(_is_complete)


def _is_complete(**_: Any) -> list[checks.CheckMessage]:
    """Says what in the project's settings keeps the gate from working."""
    from replylint.integrations.django_helpdesk import process

    found: list[checks.CheckMessage] = []
    if _MIDDLEWARE not in settings.MIDDLEWARE:
        hint = f"Add {_MIDDLEWARE} to MIDDLEWARE, after those for sessions, users and messages."
        found.append(checks.Error("replies are not checked without the middleware", hint=hint, id="replylint.E001"))
    try:
        settings_of(configured(file=process.configuration()))
    except ConfigError as error:
        found.append(checks.Error(str(error), hint="Set REPLYLINT['config'], or mend the file.", id="replylint.E002"))
    apps = list(settings.INSTALLED_APPS)
    if "django.contrib.admin" in apps and apps.index("django.contrib.admin") > _own_place(apps):
        hint = "Put the app after django.contrib.admin in INSTALLED_APPS."
        found.append(checks.Warning("macros are not checked in the admin", hint=hint, id="replylint.W001"))
    return found


def _own_place(apps: list[str]) -> int:
    return next(place for place, name in enumerate(apps) if name.startswith("replylint.integrations.django_helpdesk"))
