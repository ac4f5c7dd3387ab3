"""A real Postfix with the filter before its queue: own configuration, spool and ports in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

AGENT = "ann@agents.example"
CUSTOMER = "bob@customers.example"
_PATIENCE = 120.0
_SYSTEM = Path("/etc/postfix")
_NOBODY = 65534

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.agents.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
local_recipient_maps =
virtual_mailbox_domains = static:all
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
alias_maps =
alias_database =
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
message_size_limit = 40000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
in_flow_delay = 0
notify_classes =
"""

MASTER = """
127.0.0.1:{port} inet n - n - 40 smtpd
  -o smtpd_proxy_filter=127.0.0.1:{filter}
  -o smtpd_proxy_options=speed_adjust
127.0.0.1:{relay} inet n - n - 80 smtpd
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o receive_override_options=no_unknown_recipient_checks
{more}
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
"""


def missing() -> str | None:
    """Why a Postfix cannot be started here, None when it can."""
    if not shutil.which("postfix"):
        return "Postfix is not installed"
    return None if os.getuid() == 0 else "Postfix is started by root alone"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(holds: Callable[[], bool], told: Callable[[], str] = str, patience: float = _PATIENCE) -> None:
    """Waits until something holds; raises AssertionError with what is told when it does not come to hold."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.02)


@dataclass
class Filter:
    """`replylint smtp-filter` as an administrator starts it, in a folder with its configuration, log and journal."""

    folder: Path
    port: int
    relay: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def configure(self, config: str = "", smtp: str = "") -> None:
        """Writes replylint.toml: tables of one's own, and further lines of the table smtp."""
        (self.folder / "replylint.toml").write_text(
            f'[smtp]\nlisten = "127.0.0.1:{self.port}"\nrelay = "127.0.0.1:{self.relay}"\n'
            f'agents = ["agents.example"]\nnot_agents = ["noreply@agents.example"]\n'
            f'journal = "{self.folder}/journal.sqlite"\n{smtp}\n{config}\n',
            encoding="utf-8",
        )

    def start(self) -> None:
        """Starts it and waits until it takes mail."""
        before = self.log.count("listening on") if (self.folder / "log").exists() else 0
        environment = {**os.environ, "REPLYLINT_CACHE": str(self.folder.parent / "cache")}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "replylint", "smtp-filter"]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=environment)
        process = self.process
        wait_for(lambda: self.log.count("listening on") > before or process.poll() is not None, lambda: self.log)
        assert process.poll() is None, self.log

    def kill(self) -> None:
        """Ends it as a crash does."""
        assert self.process
        self.process.kill()
        self.process.wait(_PATIENCE)

    def stop(self) -> int:
        """Ends it as an administrator does; its exit code."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE)

    def children(self) -> list[int]:
        """The numbers of its processes."""
        assert self.process
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
        return [int(number) for number in found.stdout.split()]


@dataclass
class Postfix:
    """A running Postfix. port: where clients submit. relay: where mail comes back from the filter."""

    folder: Path
    port: int
    relay: int
    filter: int
    seen: set[str] = field(default_factory=set)

    @property
    def log(self) -> str:
        return (self.folder / "maillog").read_text(encoding="utf-8", errors="replace")

    def run(self, command: str) -> None:
        """A command of Postfix' own: start, stop, reload."""
        subprocess.run(["postfix", "-c", str(self.folder / "etc"), command], check=True, capture_output=True)

    def delivered(self) -> list[Path]:
        """The files of all delivered mails."""
        return sorted((self.folder / "mail").rglob("new/*"))

    def arrived(self, words: bytes, count: int = 1) -> list[bytes]:
        """The delivered mails that hold some words, once there are so many of them."""
        found: list[bytes] = []

        def is_there() -> bool:
            found[:] = [data for path in self.delivered() if words in (data := path.read_bytes())]
            return len(found) >= count

        wait_for(is_there, lambda: self.log[-2000:], 30)
        return found

    def settle(self) -> None:
        """Waits until nothing is in the queue."""
        queues = [self.folder / "spool" / name for name in ("maildrop", "incoming", "active", "deferred")]
        wait_for(lambda: not any(path.is_file() for queue in queues for path in queue.rglob("*")), lambda: self.log)

    def client(self) -> smtplib.SMTP:
        """A connection as a mail program makes it."""
        return smtplib.SMTP("127.0.0.1", self.port, "laptop.agents.example", timeout=60)


def own_headers_of(delivered: bytes) -> bytes:
    """A delivered mail without what servers on its way have put before it."""
    lines = delivered.split(b"\n")
    trace = (b"return-path:", b"x-original-to:", b"delivered-to:", b"received:", b" ", b"\t")
    while lines and lines[0].lower().startswith(trace):
        del lines[0]
    return b"\n".join(lines)


@contextmanager
def postfix(relay: str = "") -> Iterator[Postfix]:
    """Starts a Postfix whose filter is expected at a free port. relay: further options of where mail comes back."""
    # Its processes run under other users, which the folder of a test run does not let in.
    folder = Path(tempfile.mkdtemp(prefix="replylint-postfix-"))
    folder.chmod(0o755)
    for name in ("etc", "spool", "data", "mail"):
        (folder / name).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    os.chown(folder / "mail", _NOBODY, _NOBODY)
    for name in ("postfix-files", "dynamicmaps.cf", "postfix-files.d", "dynamicmaps.cf.d"):
        source = _SYSTEM / name
        if source.is_dir():
            shutil.copytree(source, folder / "etc" / name)
        elif source.exists():
            shutil.copy(source, folder / "etc" / name)
    running = Postfix(folder, free_port(), free_port(), free_port())
    ports = {"port": running.port, "relay": running.relay, "filter": running.filter}
    (folder / "etc/main.cf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    (folder / "etc/master.cf").write_text(MASTER.format(**ports, more=relay and f"  -o {relay}"), encoding="utf-8")
    try:
        running.run("start")
        wait_for(lambda: is_open(running.port) and is_open(running.relay))
        yield running
    finally:
        with suppress(subprocess.CalledProcessError):
            running.run("stop")
        shutil.rmtree(folder, ignore_errors=True)


def is_open(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
