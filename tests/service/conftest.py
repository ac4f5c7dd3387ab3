"""A real service on a free port, as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi", reason="the extra server is not installed")

_PATIENCE = 180.0


@dataclass
class Served:
    """A running service: its process, its address, its folder and what it has logged."""

    process: subprocess.Popen[bytes]
    url: str
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not holds():
            assert time.monotonic() < end, self.log
            time.sleep(0.05)

    def workers(self) -> list[int]:
        """The numbers of the processes that check drafts."""
        found = subprocess.run(["pgrep", "-f", "-P", str(self.process.pid), "spawn_main"], capture_output=True)
        return [int(number) for number in found.stdout.split()]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE)


Start = Callable[..., Served]


def start(folder: Path, config: str = "", *options: str, token: str = "") -> Served:
    """Starts a service in a folder and waits until it is ready."""
    (folder / "replylint.toml").write_text(
        f'[service]\naudit = "sqlite:///{folder}/overrides.sqlite"\n{config}', encoding="utf-8"
    )
    command = [sys.executable, "-m", "replylint", "serve", "--port", "0", "--socket", str(folder / "s.sock"), *options]
    # The services of a test run share compiled rules, as those of a user do.
    environment = {**os.environ, "REPLYLINT_TOKEN": token, "REPLYLINT_CACHE": str(folder.parent / "cache")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
    served = Served(process, "", folder)
    address = re.compile(r"listening on http://\S+:(\d+)")
    served.wait_for(lambda: bool(address.search(served.log)) or process.poll() is not None)
    found = address.search(served.log)
    assert found, served.log
    served.url = f"http://127.0.0.1:{found[1]}"
    with served.client() as client:
        served.wait_for(lambda: client.get("/readyz").status_code == 200)
    return served


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a strict team, shared by tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("service")
    config = (
        'origins = ["https://acme.example"]\nrate = 0\nread_timeout = 1.0\n'
        '[service.teams.strict]\nblock = "warning"\noverride = "everything"\nfinal = ["blames-customer"]\n'
        '[service.teams.mild]\nblock = "never"\nrules = {shouting = "show"}\n'
    )
    served = start(folder, config)
    yield served
    served.stop()


@pytest.fixture
def client(service: Served) -> Iterator[httpx.Client]:
    with service.client() as found:
        yield found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    """Starts services that are stopped after the test."""
    running: list[Served] = []

    def begin(config: str = "", *options: str, token: str = "") -> Served:
        running.append(start(tmp_path, config, *options, token=token))
        return running[-1]

    yield begin
    for served in running:
        served.stop()
