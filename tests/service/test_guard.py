"""What the service does not let in, and what it survives."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from replylint.integrations.service.guard import Rate
from tests.service.conftest import Served, Start

SECRET = "Zanzibarian marmalade"
BLAME = f"Hi Ann,\n\nyou failed to attach the form for the {SECRET}."


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"host": "evil.example"}, 421, "wrong_host"),
        ({"host": "127.0.0.1.evil.example:80"}, 421, "wrong_host"),
        ({"origin": "https://evil.example"}, 403, "wrong_origin"),
        ({"origin": "null"}, 403, "wrong_origin"),
    ],
)
def test_wrong_names(client: httpx.Client, headers: dict[str, str], status: int, code: str) -> None:
    refused = client.post("/v1/check", json={"draft": BLAME}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert "marmalade" not in refused.text


def test_an_allowed_origin(client: httpx.Client) -> None:
    origin = {"origin": "https://acme.example"}
    asked = client.options("/v1/check", headers={**origin, "access-control-request-method": "POST"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "https://acme.example")
    answered = client.post("/v1/check", json={"draft": BLAME}, headers=origin)
    assert answered.headers["access-control-allow-origin"] == "https://acme.example"
    assert answered.json()["verdict"] == "block"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"draft": "Zanzibarian marmalade"', 400, "no_json"),
        (b"\xff\xfe\x00", 400, "no_json"),
        (b'{"draft": 7, "lang": "Zanzibarian marmalade"}', 422, "wrong_key"),
        (b'{"draft": "Hi", "drft": "Zanzibarian marmalade"}', 422, "wrong_key"),
        (b'{"draft": "Hi", "channel": "Zanzibarian marmalade"}', 422, "wrong_key"),
        (b"[" * 100_000, 400, "no_json"),
        (b"", 422, "wrong_key"),
    ],
)
def test_bad_bodies(client: httpx.Client, content: bytes, status: int, code: str) -> None:
    refused = client.post("/v1/check", content=content, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert "marmalade" not in refused.text


def test_ten_megabytes(client: httpx.Client) -> None:
    refused = client.post("/v1/check", json={"draft": "a " * 5_000_000})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")

    refused = client.post("/v1/check", content=(b"a" * 65536 for _ in range(200)))
    assert refused.status_code == 413
    assert client.get("/healthz").status_code == 200


def test_a_slow_client(service: Served) -> None:
    port = int(service.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        slow.settimeout(20)
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


def test_a_token(started: Start) -> None:
    served = started(token="correct horse")
    with served.client() as client:
        assert client.get("/healthz").status_code == 200
        refused = client.post("/v1/check", json={"draft": BLAME})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        for wrong in ("correct hors", "correct horse ", ""):
            headers = {"authorization": f"Bearer {wrong}x"}
            assert client.post("/v1/check", json={"draft": BLAME}, headers=headers).status_code == 401
        assert client.get("/metrics").status_code == 401
        form = {"text": BLAME, "language": "en-US"}
        assert client.post("/v2/check", data=form).status_code == 401
        assert client.post("/v2/check", data={**form, "apiKey": "correct horse"}).json()["matches"]
    with served.client("correct horse") as client:
        assert client.post("/v1/check", json={"draft": BLAME}).json()["verdict"] == "block"


def test_no_start_without_a_token(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replylint", "serve", "--host", "0.0.0.0", "--port", "0", "--socket", ""]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert "needs a token" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_setting_that_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "replylint.toml").write_text("[service]\nprot = 7\n", encoding="utf-8")
    ran = subprocess.run([sys.executable, "-m", "replylint", "serve"], cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode, "service.prot" in ran.stderr) == (2, True)


def test_rate() -> None:
    now = [0.0]
    rate = Rate(2, clock=lambda: now[0])
    assert [rate.allows("a") for _ in range(5)] == [True, True, True, True, False]
    assert rate.allows("b")
    now[0] = 0.5
    assert [rate.allows("a") for _ in range(2)] == [True, False]


def test_too_many_requests(started: Start) -> None:
    served = started("rate = 5\n")
    with served.client() as client:
        statuses = [client.get("/healthz").status_code for _ in range(40)]
    assert statuses.count(429) > 10


def _storm(served: Served, stop: threading.Event) -> list[tuple[int, str]]:
    """Checks the same draft until it is told to stop: status and verdict of each."""
    seen = []
    with served.client() as client:
        while not stop.is_set():
            answered = client.post("/v1/check", json={"draft": BLAME})
            answer = answered.json()
            seen.append((answered.status_code, answer["verdict"] if answer["checked"] else answer["reason"]))
    return seen


@contextlib.contextmanager
def storming(served: Served, clients: int) -> Iterator[list[Future[list[tuple[int, str]]]]]:
    """Clients that check the same draft again and again until the block ends."""
    stop = threading.Event()
    with ThreadPoolExecutor(clients) as pool:
        storms = [pool.submit(_storm, served, stop) for _ in range(clients)]
        try:
            yield storms
        finally:
            stop.set()


def test_killed_workers_lose_no_request(started: Start) -> None:
    served = started("workers = 2\nrate = 0\ntime_budget = 30\n")
    with storming(served, 4) as storms:
        for _ in range(2):
            time.sleep(1)
            for number in served.workers()[:1]:
                subprocess.run(["kill", "-9", str(number)], check=True)
        served.wait_for(lambda: served.log.count("died") == 2)
    seen = [each for storm in storms for each in storm.result()]
    assert set(seen) == {(200, "block")}
    assert SECRET not in served.log


def test_a_broken_rule_file_keeps_the_old_rules(started: Start, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "tone" / "no-marmalade"
    folder.mkdir(parents=True)
    rule = (
        "id: no-marmalade\nkind: forbid\nseverity: error\nsince: 0.1.0\nsource:\n"
        "  - document: S3\n    quote: Nikada nije u pitanju korisnikova greška, ali nikada\n"
    )
    wording = (
        "title: Marmalade\nwhy: We sell none.\nmessage: “{words}” is not sold.\nadvice: Name jam.\n"
        "phrases: [marmalade]\nflags: [I like «marmalade».]\npasses: [I like jam.]\n"
    )
    (folder / "rule.yaml").write_text(rule, encoding="utf-8")
    (folder / "en.yaml").write_text(wording, encoding="utf-8")
    served = started("rate = 0\ntime_budget = 60\n")
    config = tmp_path / "replylint.toml"
    chosen = 'rules = ["own"]\nselect = ["no-marmalade", "blames-customer"]\n'
    config.write_text(chosen + config.read_text(encoding="utf-8"), encoding="utf-8")

    def rules_of_the_draft() -> set[str]:
        with served.client() as client:
            answer = client.post("/v1/check", json={"draft": BLAME, "lang": "en"}).json()
        return {each["rule"] for each in answer["findings"]}

    with storming(served, 1) as storms:
        served.process.send_signal(signal.SIGHUP)
        served.wait_for(lambda: "read anew" in served.log)
        assert rules_of_the_draft() == {"blames-customer", "no-marmalade"}
        (folder / "en.yaml").write_text(wording.replace("phrases", "phrasse"), encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.wait_for(lambda: "stay as they were" in served.log)
        assert "phrasse" in served.log
        for number in served.workers()[:1]:
            subprocess.run(["kill", "-9", str(number)], check=True)
        assert rules_of_the_draft() == {"blames-customer", "no-marmalade"}
    assert set(storms[0].result()) == {(200, "block")}


def test_a_stop_answers_what_is_in_flight(started: Start) -> None:
    served = started("rate = 0\nmax_bytes = 4000000\ntime_budget = 60\n")
    long = "\n\n".join([BLAME] * 3000)
    with ThreadPoolExecutor(1) as pool, served.client() as client:
        waiting = pool.submit(client.post, "/v1/check", json={"draft": long})
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        answered = waiting.result(60)
    assert (answered.status_code, answered.json()["verdict"]) == (200, "block")
    assert served.stop() == 0
    assert not (served.folder / "s.sock").exists()
    assert SECRET not in served.log


def test_a_time_budget_passes_the_draft_unchecked(started: Start) -> None:
    served = started('rate = 0\nmax_bytes = 4000000\ntime_budget = 0.05\n[service.teams.closed]\nfail = "closed"\n')
    long = "\n\n".join([BLAME] * 1000)
    with served.client() as client:
        answer = client.post("/v1/check", json={"draft": long}).json()
        assert (answer["verdict"], answer["checked"], answer["reason"]) == ("pass", False, "it took too long")
        answer = client.post("/v1/check", json={"draft": long, "team": "closed"}).json()
        assert (answer["verdict"], answer["checked"]) == ("block", False)
