"""A real django-helpdesk in a folder, served by Django's own server; its mails are files."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

AGENT, CUSTOMER, PASSWORD = "ana", "ann", "lamp-in-leeds"
THEIRS = 76
"""The ticket of the customer who has an account."""
GATE = "replylint.integrations.django_helpdesk"
_PATIENCE = 120.0

_SETTINGS = """
import os
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = "for tests alone"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.sites", "django.contrib.humanize",
    "helpdesk", "rest_framework", *{apps},
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware", *{middleware},
]
REPLYLINT = {{"config": BASE_DIR / "replylint.toml"}}
ROOT_URLCONF = "urls"
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}},
}}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3",
    "ATOMIC_REQUESTS": {atomic}}}}}
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_ACTIVATE_API_ENDPOINT = True
HELPDESK_ENABLE_FOLLOWUP_COPY = True
SITE_ID = 1
LOGIN_URL = "helpdesk:login"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_ROOT = BASE_DIR / "media"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = BASE_DIR / "mails"
DEFAULT_FROM_EMAIL = "help@desk.example"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGGING = {{"version": 1, "disable_existing_loggers": False, "handlers": {{"c": {{"class": "logging.StreamHandler"}}}},
    "root": {{"handlers": ["c"], "level": "INFO"}}}}
"""
_URLS = """
import json
from pathlib import Path
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path, re_path
urlpatterns = [
    path("admin/", admin.site.urls),
    re_path("^static/(?P<path>.*)$", serve, {"insecure": True}),
    path("", include("helpdesk.urls")),
]
"""
_RECORDER = """
from replylint.integrations.gate.local import Gate
_check = Gate.check
def recorded(gate, draft):
    with (Path(__file__).parent / "asked").open("a", encoding="utf-8") as file:
        file.write(json.dumps(draft.model_dump()) + "\\n")
    return _check(gate, draft)
Gate.check = recorded
"""
_FILLING = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("loaddata", "emailtemplate.json", verbosity=0)
from django.contrib.auth.models import User
from helpdesk.models import PreSetReply, Queue, Ticket
agent = User.objects.create_superuser("{agent}", "ana@desk.example", "{password}")
User.objects.create_user("{customer}", "customer{theirs}@example.org", "{password}", first_name="Ann", last_name="Lee")
queue = Queue.objects.create(
    title="Returns", slug="returns", email_address="returns@desk.example", allow_email_submission=True,
    email_box_type="local", email_box_local_dir=r"{inbox}", email_box_interval=0, escalate_days=1,
)
for number in range(1, {tickets} + 1):
    Ticket.objects.create(
        queue=queue, title=f"Lamp {{number}}", submitter_email=f"customer{{number}}@example.org",
        description="My lamp arrived broken. When do I get a new one?", status=1,
    )
PreSetReply.objects.create(name="Sent", body="Hi,\\n\\nyour lamp leaves our shop in Leeds on Friday.")
"""


@dataclass
class Desk:
    """A running django-helpdesk: its process, address and folder."""

    process: subprocess.Popen[bytes]
    url: str
    folder: Path
    environment: dict[str, str]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def mails(self) -> list[EmailMessage]:
        """The mails that have left, oldest first."""
        found = []
        for path in sorted((self.folder / "mails").glob("*"), key=lambda path: path.stat().st_mtime_ns):
            for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
                if part.strip():
                    found.append(email.message_from_bytes(part, policy=email.policy.default))
        return found

    def asked(self) -> list[dict[str, Any]]:
        """The drafts that were asked about, oldest first."""
        file = self.folder / "asked"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def manage(self, *command: str) -> None:
        """Runs one of Django's commands, as a timer does."""
        whole = [sys.executable, "-m", "django", *command]
        subprocess.run(whole, cwd=self.folder, env=self.environment, check=True, capture_output=True)

    def run(self, script: str) -> None:
        """Runs statements that use the models."""
        whole = [sys.executable, "-c", f"import django\ndjango.setup()\nfrom helpdesk.models import *\n{script}"]
        subprocess.run(whole, cwd=self.folder, env=self.environment, check=True, capture_output=True)

    def login(self, lang: str = "en", name: str = AGENT) -> httpx.Client:
        """An agent's session, in a language, or that of somebody else who has an account."""
        client = httpx.Client(base_url=self.url, headers={"accept-language": lang}, timeout=30)
        page = client.get("/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, page.text
        form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1], "next": "/"}
        assert client.post("/login/", data=form).status_code == 302
        client.headers["x-csrftoken"] = client.cookies["csrftoken"]
        return client


@contextmanager
def running(
    folder: Path, *, gate: bool = True, config: str = "", atomic: bool = False, tickets: int = 80, settings: str = ""
) -> Iterator[Desk]:
    """A django-helpdesk in a folder.

    gate: whether the app is installed. config: what replylint.toml holds. settings: further lines of Django's.
    """
    apps, middleware = ([GATE], [f"{GATE}.middleware.ReplyGateMiddleware"]) if gate else ([], [])
    (folder / "settings.py").write_text(
        _SETTINGS.format(apps=apps, middleware=middleware, atomic=atomic) + settings, encoding="utf-8"
    )
    (folder / "urls.py").write_text(_URLS + (_RECORDER if gate else ""), encoding="utf-8")
    (folder / "inbox").mkdir()
    audit = f'[service]\naudit = "sqlite:///{folder}/overrides.sqlite"\nwatch = 0.2\n'
    (folder / "replylint.toml").write_text(audit + config, encoding="utf-8")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": os.pathsep.join((str(folder), *sys.path)),
    }
    environment["REPLYLINT_CACHE"] = str(folder.parent / "cache")
    filling = _FILLING.format(
        agent=AGENT, customer=CUSTOMER, theirs=THEIRS, password=PASSWORD, tickets=tickets, inbox=folder / "inbox"
    )
    subprocess.run([sys.executable, "-c", filling], cwd=folder, env=environment, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    desk = Desk(process, f"http://127.0.0.1:{port}", folder, environment)
    try:
        _wait_for(desk)
        yield desk
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(desk: Desk) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            if httpx.get(desk.url + "/login/").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, desk.log
        assert desk.process.poll() is None, desk.log
        time.sleep(0.1)
