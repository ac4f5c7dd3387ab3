"""A real Request Tracker 5 with the gate, in a temporary folder: own database, configuration, plugins and mail."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import httpx

EXTENSION = Path(__file__).parents[3] / "gates/request-tracker"
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
MAILGATE = Path("/usr/bin/rt-mailgate-5")
SETUP = Path("/usr/sbin/rt-setup-database-5")
PASSWORD = "a lamp in Leeds"
CUSTOMER = "ann@customers.example"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1 Mobile/15E148"
_PATIENCE = 60.0

CONFIG = r"""
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rtdb');
Set($rtname, 'rt.example');
Set($Organization, 'example');
Set($CorrespondAddress, 'rt@example.com');
Set($CommentAddress, 'rt-comment@example.com');
Set($OwnerEmail, 'owner@example.com');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($WebPath, '');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '{folder}/sendmail');
Set(@MailPlugins, 'Action::Resolve');
Set($LogToSyslog, '');
Set($LogToSTDERR, 'debug');
Set($MessageBoxRichText, {rich});
$RT::VarPath = '{folder}';
$RT::LocalPluginPath = '{folder}/plugins';
$RT::LocalPath = '{folder}';
$RT::MasonDataDir = '{folder}/mason';
$RT::MasonSessionDir = '{folder}/sessions';
{more}
1;
"""

SENDMAIL = """#!/bin/sh
f=$(mktemp "{folder}/mail/.XXXXXXXX") && cat > "$f" && mv "$f" "{folder}/mail/$(date +%s%N).eml"
"""

# People: agents whose languages differ, and a customer. A second queue has a policy of its own.
PEOPLE = r"""
use strict; use warnings; use utf8;
use RT; RT::LoadConfig(); RT::Init();
my ( $password, %langs ) = @ARGV;
my $root = RT::User->new( RT->SystemUser ); $root->Load('root'); $root->SetPassword($password);
for my $name ( sort keys %langs ) {
    my $user = RT::User->new( RT->SystemUser );
    my ( $ok, $why ) = $user->Create(
        Name => $name, EmailAddress => "$name\@agents.example", Password => $password, Privileged => 1,
        Lang => $langs{$name},
    );
    die $why if !$ok;
    $user->PrincipalObj->GrantRight( Right => 'SuperUser', Object => RT->System );
}
for my $name (qw(Strict Mild)) {
    my $queue = RT::Queue->new( RT->SystemUser );
    $queue->Create( Name => $name, CorrespondAddress => lc($name) . '@example.com' );
}
my $everyone = RT::Group->new( RT->SystemUser ); $everyone->LoadSystemInternalGroup('Everyone');
$everyone->PrincipalObj->GrantRight( Right => $_, Object => RT->System ) for qw(CreateTicket ReplyToTicket SeeQueue);
"""
AGENTS = {"agent": "en", "hana": "hr", "sava": "sr", "nico": "nl", "rita": "ru"}


def missing() -> str | None:
    """Why there can be no Request Tracker on this machine, or None."""
    for path in (SERVER, SETUP, MAILGATE):
        if not path.exists():
            return f"Request Tracker 5 is not installed: there is no {path}"
    return None


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Waits until something holds; fails after a minute."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"in vain waited for: {what}")
        time.sleep(0.02)


@dataclass
class RequestTracker:
    """A running Request Tracker: its address, its folder and its processes."""

    url: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    logs: list[Path] = field(default_factory=list)

    @property
    def log(self) -> str:
        """Everything that it has logged."""
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in self.logs)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails that have gone out, oldest first."""
        found = []
        for path in sorted(self.folder.joinpath("mail").glob("*.eml")):
            found.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    def forget_mails(self) -> None:
        """Empties the outbox."""
        for path in self.folder.joinpath("mail").glob("*.eml"):
            path.unlink()

    @contextmanager
    def client(self, user: str = "agent", phone: bool = False) -> Iterator[httpx.Client]:
        """A browser in which an agent has logged in."""
        headers = {"referer": self.url + "/", **({"user-agent": PHONE} if phone else {})}
        with httpx.Client(base_url=self.url, headers=headers, follow_redirects=True, timeout=60) as client:
            client.post("/NoAuth/Login.html", data={"user": user, "pass": PASSWORD})
            # The answer shows the page for logging in whatever came of it; who has logged in is sent away from there.
            inside = client.get("/NoAuth/Login.html", follow_redirects=False)
            assert inside.is_redirect, f"{user} cannot log in"
            yield client

    def rest(self, user: str = "agent") -> httpx.Client:
        """A program that uses REST 2 in an agent's name."""
        return httpx.Client(base_url=f"{self.url}/REST/2.0", auth=(user, PASSWORD), timeout=60)

    def ticket(self, text: str, queue: str = "General", customer: str = f"Ann Lee <{CUSTOMER}>") -> int:
        """A new ticket of a customer, made by mail; returns its number. Its mails are forgotten."""
        before = self.newest_ticket()
        self.mailgate(f"From: {customer}\nTo: rt@example.com\nSubject: Lamp\n\n{text}\n", queue)
        number = self.newest_ticket()
        assert number != before, self.log[-3000:]
        self.forget_mails()
        return number

    def newest_ticket(self) -> int:
        """The number of the newest ticket, 0 where there is none."""
        with self.rest("root") as rest:
            found = rest.get("/tickets", params={"query": "id > 0", "orderby": "id", "order": "DESC"}).json()
        return int(found["items"][0]["id"]) if found["items"] else 0

    def texts(self, ticket: int, kind: str = "Correspond") -> list[str]:
        """What has been put on record on a ticket: the contents of its transactions of a kind, oldest first."""
        script = (
            "use RT; RT::LoadConfig(); RT::Init(); binmode STDOUT, ':utf8'; my $t = RT::Ticket->new(RT->SystemUser);"
            "$t->Load($ARGV[0]); my $all = $t->Transactions; my @found; while (my $one = $all->Next) {"
            "push @found, $one->Content if $one->Type eq $ARGV[1] } print JSON->new->encode(\\@found);"
        )
        return [str(each) for each in json.loads(self.perl(script, str(ticket), kind))]

    def status(self, ticket: int) -> str:
        """The status of a ticket."""
        with self.rest("root") as rest:
            return str(rest.get(f"/ticket/{ticket}").json()["Status"])

    def mailgate(self, mail: str | bytes, queue: str = "General", action: str = "correspond") -> str:
        """Gives RT a mail as a mail server does; returns what RT's own command says of it."""
        command = [str(MAILGATE), "--debug", "--queue", queue, "--action", action, "--url", self.url]
        data = mail if isinstance(mail, bytes) else mail.encode()
        return subprocess.run(command, input=data, capture_output=True, check=True).stderr.decode()

    def perl(self, script: str, *arguments: str) -> str:
        """Runs Perl with RT's libraries and this configuration; returns what it prints."""
        libraries = ["-I/usr/share/request-tracker5/lib", f"-I{EXTENSION}/lib"]
        command = ["perl", *libraries, "-MJSON", "-e", script, "--", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, cwd=self.folder)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def serve(self) -> None:
        """Starts the server and waits until it answers."""
        port = self.url.rpartition(":")[2]
        command = [str(SERVER), "--server", "Starlet", "--host", "127.0.0.1", "--port", port, "--max-workers", "2"]
        self.logs.append(self.folder / f"log{len(self.logs)}")
        with self.logs[-1].open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self._answers, "Request Tracker")

    def _answers(self) -> bool:
        assert self.process is None or self.process.poll() is None, self.log
        try:
            return httpx.get(self.url + "/NoAuth/Login.html", timeout=30).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Stops the server and whatever it has started."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def install(folder: Path) -> None:
    """Puts the extension into a plugin folder, as its README tells people to."""
    place = folder / "plugins/RT-Extension-Replylint"
    for part in ("lib", "html", "static"):
        shutil.copytree(EXTENSION / part, place / part)


def prepared(folder: Path, settings: str, *, rich: bool = True) -> RequestTracker:
    """A Request Tracker with people but without tickets, not started. settings: Perl, the inside of Set(%Replylint)."""
    for name in ("mail", "plugins", "mason", "sessions", "site.d"):
        (folder / name).mkdir()
    (folder / "sendmail").write_text(SENDMAIL.format(folder=folder), encoding="utf-8")
    (folder / "sendmail").chmod(0o755)
    install(folder)
    tracker = _configured(folder, settings, rich)
    subprocess.run(
        [str(SETUP), "--action", "init", "--skip-create"], env=tracker.environment, capture_output=True, check=True
    )
    tracker.perl(PEOPLE, PASSWORD, *[each for pair in AGENTS.items() for each in pair])
    tracker.forget_mails()
    return tracker


def _configured(folder: Path, settings: str, rich: bool) -> RequestTracker:
    port = free_port()
    more = f"Plugin('RT::Extension::Replylint');\nSet(%Replylint, {settings});"
    site = folder / f"site-{port}.pm"
    config = re.sub(r"\{(\w+)\}", r"%(\1)s", CONFIG.replace("%", "%%")) % {
        "folder": folder, "port": port, "rich": int(rich), "more": more,
    }  # fmt: skip
    site.write_text(config, encoding="utf-8")
    environment = {
        **os.environ, "RT_SITE_CONFIG": str(site), "RT_SITE_CONFIG_DIR": str(folder / "site.d"), "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    return RequestTracker(f"http://127.0.0.1:{port}", folder, environment)


def beside(tracker: RequestTracker, settings: str, *, rich: bool = True) -> RequestTracker:
    """A second server, not started, on the data of one that runs, with other settings of the gate."""
    return _configured(tracker.folder, settings, rich)


@contextmanager
def running(folder: Path, settings: str, *, rich: bool = True) -> Iterator[RequestTracker]:
    """A Request Tracker for as long as it is needed."""
    tracker = prepared(folder, settings, rich=rich)
    try:
        tracker.serve()
        yield tracker
    finally:
        tracker.stop()
