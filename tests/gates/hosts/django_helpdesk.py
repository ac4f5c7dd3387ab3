"""A real django-helpdesk in a folder, served by Django's own server; its mails are files."""

from __future__ import annotations

import email
import email.policy
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

import httpx

AGENT, PASSWORD = "ana", "lamp-in-leeds"
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
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path, re_path
urlpatterns = [
    path("admin/", admin.site.urls),
    re_path("^static/(?P<path>.*)$", serve, {"insecure": True}),
    path("", include("helpdesk.urls")),
]
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
queue = Queue.objects.create(title="Returns", slug="returns", email_address="returns@desk.example")
for number in range({tickets}):
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

    def login(self, lang: str = "en") -> httpx.Client:
        """An agent's session, in a language."""
        client = httpx.Client(base_url=self.url, headers={"accept-language": lang}, timeout=30)
        page = client.get("/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, page.text
        form = {"username": AGENT, "password": PASSWORD, "csrfmiddlewaretoken": token[1], "next": "/"}
        assert client.post("/login/", data=form).status_code == 302
        client.headers["x-csrftoken"] = client.cookies["csrftoken"]
        return client


@contextmanager
def running(
    folder: Path, *, gate: bool = True, config: str = "", atomic: bool = False, tickets: int = 60
) -> Iterator[Desk]:
    """A django-helpdesk in a folder. gate: whether the app is installed. config: what replylint.toml holds."""
    apps, middleware = ([GATE], [f"{GATE}.middleware.ReplyGateMiddleware"]) if gate else ([], [])
    (folder / "settings.py").write_text(
        _SETTINGS.format(apps=apps, middleware=middleware, atomic=atomic), encoding="utf-8"
    )
    (folder / "urls.py").write_text(_URLS, encoding="utf-8")
    audit = f'[service]\naudit = "sqlite:///{folder}/overrides.sqlite"\nwatch = 0.2\n'
    (folder / "replylint.toml").write_text(audit + config, encoding="utf-8")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(folder)}
    environment["REPLYLINT_CACHE"] = str(folder.parent / "cache")
    filling = _FILLING.format(agent=AGENT, password=PASSWORD, tickets=tickets)
    subprocess.run([sys.executable, "-c", filling], cwd=folder, env=environment, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    desk = Desk(process, f"http://127.0.0.1:{port}", folder)
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
