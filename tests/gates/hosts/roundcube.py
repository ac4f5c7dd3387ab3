"""A real Roundcube with the gate, in a temporary folder: own IMAP server, database, settings and captured mail."""

from __future__ import annotations

import contextlib
import email
import email.policy
import grp
import html
import imaplib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

PLUGIN = Path(__file__).parents[3] / "gates/roundcube"
INSTALLED = Path("/usr/share/roundcube")
DEFAULTS = Path("/etc/roundcube")
DOVECOT = "dovecot"
PASSWORD = "a-lamp-in-Leeds"
AGENT = "agent@acme.example"
CUSTOMER = "Ann Lee <ann@customers.example>"
EXTENSIONS = {"curl", "dom", "intl", "mbstring", "pdo_sqlite"}
_PATIENCE = 30.0

CONFIG = """<?php
$config['db_dsnw'] = 'sqlite:///{folder}/roundcube.sqlite?mode=0640';
$config['imap_host'] = '127.0.0.1:{imap}';
$config['smtp_host'] = '127.0.0.1:{smtp}';
$config['smtp_user'] = $config['smtp_pass'] = '';
$config['des_key'] = '0123456789abcdef01234567';
$config['skin'] = 'elastic';
$config['log_dir'] = '{folder}/logs/';
$config['temp_dir'] = '{folder}/temp/';
$config['enable_spellcheck'] = false;
$config['draft_autosave'] = 0;
foreach (json_decode(file_get_contents('{folder}/config/settings.json'), true) as $name => $value) {{
    $config[$name] = $value;
}}
"""

DOVECOT_CONFIG = """
base_dir = {folder}/dovecot/run
state_dir = {folder}/dovecot/state
log_path = {folder}/logs/dovecot
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
"""


def missing() -> str | None:
    """Why there can be no Roundcube on this machine, or None."""
    if not (INSTALLED / "program/include/iniset.php").exists() or not (DEFAULTS / "defaults.inc.php").exists():
        return f"Roundcube is not installed: there is none at {INSTALLED}"
    if shutil.which(DOVECOT) is None:
        return "Dovecot is not installed"
    if shutil.which("php") is None:
        return "PHP is not installed"
    known = set(subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.lower().split())
    lacking = EXTENSIONS - known
    return f"PHP lacks {', '.join(sorted(lacking))}" if lacking else None


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(holds: Callable[[], Any], what: str) -> Any:
    """What a function says as soon as it is true; fails after half a minute."""
    end = time.monotonic() + _PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, f"in vain waited for: {what}"
        time.sleep(0.02)
    return found


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


# Mail that leaves


@dataclass
class Outbox:
    """The mail server. refusing: it takes no mail."""

    port: int
    raw: list[bytes] = field(default_factory=list)
    refusing: bool = False

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails that have left, oldest first."""
        return [email.message_from_bytes(each, policy=email.policy.default) for each in self.raw]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusing:
            return "451 the mail server takes no mail"
        self.raw.append(bytes(envelope.content))
        return "250 OK"


@contextmanager
def outbox() -> Iterator[Outbox]:
    """A mail server that keeps what it is given."""
    from aiosmtpd.controller import Controller

    box = Outbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


# What stands before the service


@dataclass
class Front:
    """Stands before a service and sees what is asked.

    mode: "on", "stalled", "dripping" (a byte now and then, for ever), "broken" (no JSON), "failing" (500), "elsewhere"
    (a redirect to itself) or "fixed" (what `answer` holds).
    """

    target: str
    url: str = ""
    mode: str = "on"
    answer: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        """As it was at the start."""
        self.mode, self.answer = "on", {}
        self.asked.clear()
        self.tokens.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    front: Front


class _Fronting(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        front = self.server.front
        body = self.rfile.read(int(self.headers["content-length"]))
        front.asked.append(json.loads(body))
        front.tokens.append(self.headers["authorization"])
        with contextlib.suppress(OSError):
            self._answer(front, body)

    def _answer(self, front: Front, body: bytes) -> None:
        if front.mode == "stalled":
            front.over.wait(30)
        elif front.mode == "dripping":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while not front.over.wait(0.2):
                self.wfile.write(b" ")
        elif front.mode == "elsewhere":
            self.send_response(307)
            self.send_header("location", front.url + self.path)
            self.end_headers()
        else:
            self._say(*self._said(front, body))

    def _said(self, front: Front, body: bytes) -> tuple[int, bytes]:
        if front.mode == "broken":
            return 200, b"<p>a proxy's page</p>"
        if front.mode == "failing":
            return 500, b"{}"
        if front.mode == "fixed":
            return 200, json.dumps(front.answer).encode()
        kept = {n: v for n, v in self.headers.items() if n.lower() in ("content-type", "authorization")}
        request = urllib.request.Request(front.target + self.path, body, kept)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def _say(self, status: int, answer: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests say what matters."""


@contextmanager
def fronted(target: str) -> Iterator[Front]:
    """Something that stands before a service."""
    server = _Server(("127.0.0.1", 0), _Fronting)
    server.front = Front(target, f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.front
    finally:
        server.front.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


# Roundcube


@dataclass
class Sent:
    """What Roundcube answered to a press of Send: the calls that it makes in the compose window, by name."""

    calls: list[tuple[str, list[Any]]]

    def of(self, name: str) -> list[list[Any]]:
        """The arguments of each call of a function."""
        return [arguments for called, arguments in self.calls if called == name]

    def event(self, name: str) -> dict[str, Any] | None:
        """What came with one of the plugin's events, or None."""
        found = [call[1] for call in self.of("triggerEvent") if call[0] == f"plugin.replylint.{name}"]
        return found[0] if found else None

    @property
    def held(self) -> dict[str, Any] | None:
        """What the panel shows, or None."""
        return self.event("held")

    @property
    def left(self) -> bool:
        """Whether Roundcube says that the mail has been sent."""
        return bool(self.of("sent_successfully"))


@dataclass
class Window:
    """A compose window, used without a browser."""

    client: httpx.Client
    page: str

    @property
    def fields(self) -> dict[str, str]:
        """The fields of its form as they are at the start."""
        found: dict[str, str] = {}
        for tag in re.findall(r"<input\b[^>]*>", self.page):
            name, value = re.search(r'\bname="(_[^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
            if name and 'type="checkbox"' not in tag:
                found[name[1]] = html.unescape(value[1]) if value else ""
        for name, text in re.findall(r'<textarea\b[^>]*\bname="(_[^"]*)"[^>]*>(.*?)</textarea>', self.page, re.DOTALL):
            found[name] = html.unescape(text).removeprefix("\n")
        for name, options in re.findall(r'<select\b[^>]*\bname="(_[^"]*)"[^>]*>(.*?)</select>', self.page, re.DOTALL):
            chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
            found[name] = html.unescape(chosen[1]) if chosen else ""
        return found

    @property
    def quoted(self) -> str:
        """What stands in the editor at the start."""
        return self.fields["_message"]

    def send(self, text: str, **fields: str) -> Sent:
        """Presses Send with a text in the editor. fields: further ones of the form, without the first underscore."""
        data = {**self.fields, "_draft": "", "_message": text, **{f"_{name}": value for name, value in fields.items()}}
        query = {"_task": "mail", "_action": "send", "_unlock": "loading1", "_framed": "1"}
        return Sent(_calls(self.client.post("/", params=query, data=data).text))


def _calls(page: str) -> list[tuple[str, list[Any]]]:
    """The calls of Roundcube's client in a page."""
    found = re.findall(r"^(?:if \(window\.parent && parent\.rcmail\) )?\s*parent\.rcmail\.(\w+)\((.*)\);$", page, re.M)
    return [(name, json.loads(f"[{arguments}]")) for name, arguments in found]


@dataclass
class Roundcube:
    """A running Roundcube: its address, its folder, its servers and what has left it."""

    url: str
    folder: Path
    imap: int
    outbox: Outbox
    base: dict[str, Any]

    def set(self, **settings: Any) -> None:
        """Changes settings over those of the start; None takes one away."""
        chosen = {name: value for name, value in {**self.base, **settings}.items() if value is not None}
        place = self.folder / "config/settings.json"
        place.with_suffix(".new").write_text(json.dumps(chosen), encoding="utf-8")
        place.with_suffix(".new").replace(place)

    @property
    def log(self) -> str:
        """What the plugin has logged."""
        place = self.folder / "logs/replylint.log"
        return place.read_text(encoding="utf-8") if place.exists() else ""

    @property
    def logs(self) -> str:
        """Everything that anything here has logged."""
        return "".join(each.read_text(encoding="utf-8", errors="replace") for each in (self.folder / "logs").iterdir())

    @contextmanager
    def mailbox(self, user: str = AGENT) -> Iterator[imaplib.IMAP4]:
        """An agent's mailbox."""
        box = imaplib.IMAP4("127.0.0.1", self.imap)
        try:
            box.login(user, PASSWORD)
            yield box
        finally:
            box.logout()

    def arrives(
        self, text: str = "My lamp came broken.", *, user: str = AGENT, sender: str = CUSTOMER, page: str = "",
        folder: str = "INBOX", **headers: str,
    ) -> int:  # fmt: skip
        """A mail arrives; returns its number. page: its text in HTML."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, user, "Lamp"
        mail["Message-ID"] = f"<{time.monotonic_ns()}@customers.example>"
        mail["Date"] = "Mon, 03 Nov 2025 09:12:44 +0100"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        if page:
            mail.add_alternative(page, subtype="html")
        with self.mailbox(user) as box:
            _, told = box.append(folder, "", imaplib.Time2Internaldate(time.time()), bytes(mail))
        number = re.search(rb"APPENDUID \d+ (\d+)", told[0] or b"")
        assert number, told
        return int(number[1])

    def count(self, folder: str, user: str = AGENT) -> int:
        """How many mails a folder holds."""
        with self.mailbox(user) as box:
            return int(box.select(folder, readonly=True)[1][0] or b"0")

    def flags(self, number: int, user: str = AGENT) -> bytes:
        """The flags of a mail in the inbox."""
        with self.mailbox(user) as box:
            box.select("INBOX", readonly=True)
            return bytes(box.uid("FETCH", str(number), "(FLAGS)")[1][0])

    @contextmanager
    def client(self, user: str = AGENT, language: str = "en-US") -> Iterator[httpx.Client]:
        """A program in which an agent has logged in; at the first time in a language."""
        headers = {"accept-language": language, "referer": self.url + "/"}
        with httpx.Client(base_url=self.url, headers=headers, follow_redirects=True, timeout=60) as client:
            token = re.search(r'name="_token" value="([^"]+)"', client.get("/").text)
            assert token
            data = {"_task": "login", "_action": "login", "_token": token[1], "_user": user, "_pass": PASSWORD}
            page = client.post("/", params={"_task": "login"}, data=data).text
            assert '"task":"mail"' in page, self.logs[-2000:]
            yield client

    def window(self, client: httpx.Client, **how: Any) -> Window:
        """Opens a compose window. how: reply_uid=…, forward_uid=…, to=…, html=1."""
        query = {"_task": "mail", "_action": "compose", "_mbox": "INBOX", **{f"_{n}": str(v) for n, v in how.items()}}
        answer = client.get("/", params=query)
        assert "composebody" in answer.text, answer.text[:2000]
        return Window(client, answer.text)


def _install(folder: Path) -> None:
    """Lays out an installation that shares Roundcube's own files, with the plugin as its README has it installed."""
    for name in ("config", "logs", "temp", "mail", "plugins", "dovecot", "dovecot/run", "dovecot/state"):
        (folder / name).mkdir()
    for name in ("program", "skins", "index.php"):
        (folder / name).symlink_to(INSTALLED / name)
    for each in (INSTALLED / "plugins").iterdir():
        (folder / "plugins" / each.name).symlink_to(each)
    for name in ("defaults.inc.php", "mimetypes.php"):
        shutil.copy(DEFAULTS / name, folder / "config")
    shutil.copytree(PLUGIN, folder / "plugins/replylint")
    # Debian's files name their own place, unless it has been named before.
    (folder / "first.php").write_text(f"<?php define('INSTALL_PATH', '{folder}/');", encoding="utf-8")
    schema = (INSTALLED / "SQL/sqlite.initial.sql").read_text(encoding="utf-8")
    with contextlib.closing(sqlite3.connect(folder / "roundcube.sqlite")) as database:
        database.executescript(schema)


def _serve_imap(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Starts Dovecot, which wants its mail to belong to somebody else than root."""
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    known = pwd.getpwnam(user)
    if os.geteuid() == 0:
        os.chown(folder / "mail", known.pw_uid, known.pw_gid)
    group = grp.getgrgid(known.pw_gid).gr_name
    place = folder / "dovecot/dovecot.conf"
    text = DOVECOT_CONFIG.format(folder=folder, user=user, group=group, password=PASSWORD, imap=port)
    place.write_text(text, encoding="utf-8")
    with (folder / "logs/dovecot-start").open("wb") as log:
        return subprocess.Popen([DOVECOT, "-F", "-c", str(place)], stdout=log, stderr=log, start_new_session=True)


def _serve_http(folder: Path, port: int) -> subprocess.Popen[bytes]:
    options = {
        "auto_prepend_file": folder / "first.php",
        "opcache.enable_cli": 1,
        "opcache.revalidate_freq": 0,
        "display_errors": 0,
        "log_errors": 1,
        "error_log": folder / "logs/php",
        "upload_tmp_dir": folder / "temp",
    }
    command = ["php", *[part for name, value in options.items() for part in ("-d", f"{name}={value}")]]
    environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4", "ROUNDCUBE_CONFIG_DIR": f"{folder}/config/"}
    with (folder / "logs/http").open("wb") as log:
        return subprocess.Popen(
            [*command, "-S", f"127.0.0.1:{port}", "-t", str(folder)],
            cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stops a process with those that it has started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def roundcube(service: str, **settings: Any) -> Iterator[Roundcube]:
    """Starts Roundcube with the gate before a service. settings: further ones, of Roundcube or the plugin."""
    # The IMAP server's own user must be able to enter, which it cannot in pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="replylint-roundcube-"))
    folder.chmod(0o711)
    running: list[subprocess.Popen[bytes]] = []
    try:
        _install(folder)
        imap, port = free_port(), free_port()
        with outbox() as box:
            base = {"plugins": ["replylint"], "replylint_url": service, **settings}
            host = Roundcube(f"http://127.0.0.1:{port}", folder, imap, box, base)
            host.set()
            text = CONFIG.format(folder=folder, imap=imap, smtp=box.port)
            (folder / "config/config.inc.php").write_text(text, encoding="utf-8")
            running.append(_serve_imap(folder, imap))
            running.append(_serve_http(folder, port))
            wait_for(lambda: _is_listening(imap) and _is_listening(port), "Dovecot and PHP")
            yield host
    finally:
        for process in running:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)
