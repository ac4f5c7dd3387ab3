"""The thin client: what a service prints for a command is what the command prints by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from replylint import quick
from replylint.cli import lint
from tests.service.conftest import Served

EXAMPLES = Path(__file__).parents[2] / "examples" / "drafts"
BLAME = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday.\n"
SECONDS = re.compile(r"\d+\.\d\d s\b|(?<=\"seconds\": )\d+\.\d+|(?<= time=\")\d+\.\d+")


def run(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> tuple[str, str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "replylint", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
    )
    return SECONDS.sub("0 s", done.stdout.decode()), done.stderr.decode(), done.returncode


def both(service: Served, folder: Path, *arguments: str, stdin: bytes = b"") -> tuple[str, str, int]:
    """What the command does by the service, held against what it does alone."""
    server = f"unix:{service.folder}/s.sock"
    served = run(folder, "--server", server, "-v", *arguments, stdin=stdin)
    told, stderr = served[1].split("\n", 1)
    assert told.startswith("replylint: checked by the service in "), served[1]
    alone = run(folder, *arguments, stdin=stdin)
    assert (served[0], stderr, served[2]) == alone
    return alone


@pytest.fixture
def drafts(tmp_path: Path) -> Path:
    (tmp_path / "blame.txt").write_text(BLAME, encoding="utf-8")
    (tmp_path / "good.txt").write_text("Hi Ann,\n\nyour lamp leaves our shop on Friday.\n", encoding="utf-8")
    (tmp_path / "cyrillic.txt").write_text("Поштована Ана,\n\nсами сте криви што је лампа поломљена.\n", "utf-8")
    (tmp_path / "asked.txt").write_text("My lamp arrived broken. When do I get a new one?\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("format", ["human", "json", "jsonl", "sarif", "github", "junit"])
def test_every_format(service: Served, drafts: Path, format: str) -> None:
    stdout, _, code = both(service, drafts, "blame.txt", "cyrillic.txt", "-f", format)
    assert code == 1
    assert "blames-customer" in stdout


def test_a_clean_draft(service: Served, drafts: Path) -> None:
    assert both(service, drafts, "good.txt", "--fail-on", "error", "--min-severity", "error")[2] == 0


def test_the_customers_message(service: Served, drafts: Path) -> None:
    stdout, _, code = both(service, drafts, "--customer-message", "asked.txt", "good.txt", "--customer-name", "Ann")
    assert (code, "missing-apology" in stdout) == (1, True)


def test_standard_input(service: Served, drafts: Path) -> None:
    assert both(service, drafts, "-", stdin=BLAME.encode())[2] == 1


def test_pages_and_mails(service: Served) -> None:
    found = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix in (".html", ".eml"))
    assert both(service, EXAMPLES, *found)[2] == 1


def test_statistics_and_choices(service: Served, drafts: Path) -> None:
    _, stderr, _ = both(service, drafts, "blame.txt", "--stats", "--select", "blames-customer", "--messages", "hr")
    assert stderr == "      1 blames-customer\n"


def test_a_file_that_is_no_text(service: Served, drafts: Path) -> None:
    (drafts / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    stdout, stderr, code = both(service, drafts, "picture.txt", "blame.txt")
    assert code == 2
    assert "picture.txt" in stdout + stderr


def test_the_configuration_beside_the_draft(service: Served, drafts: Path) -> None:
    (drafts / "replylint.toml").write_text(
        '[severity]\nblames-customer = "suggestion"\n[[paths]]\nmatch = "blame*"\nignore = ["no-solution"]\n', "utf-8"
    )
    stdout, _, code = both(service, drafts, "blame.txt")
    assert (code, "suggestion[blames-customer]" in stdout, "no-solution" in stdout) == (0, True, False)


def test_a_report_in_a_file(service: Served, drafts: Path) -> None:
    server = f"unix:{service.folder}/s.sock"
    stdout, _, code = run(drafts, "--server", server, "blame.txt", "-o", "report.txt")
    assert (stdout, code) == ("", 1)
    assert "blames-customer" in (drafts / "report.txt").read_text(encoding="utf-8")


def test_an_address(service: Served, drafts: Path) -> None:
    stdout, stderr, code = run(drafts, "--server", service.url, "-v", "blame.txt")
    assert (code, "blames-customer" in stdout) == (1, True)
    assert stderr.startswith("replylint: checked by the service in ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--server", "unix:nothing.sock", "blame.txt"), "no service answers (FileNotFoundError)"),
        (("--server", "http://127.0.0.1:9", "blame.txt"), "no service answers (ConnectionRefusedError)"),
        (("--server", "SERVICE", "."), "only some few drafts are handed over"),
        (("--server", "SERVICE", "blame.txt", "--today", "2026-01-01"), "--today and --macros are not handed over"),
    ],
)
def test_without_an_answer_the_command_does_it(
    service: Served, drafts: Path, arguments: tuple[str, ...], why: str
) -> None:
    given = [f"unix:{service.folder}/s.sock" if each == "SERVICE" else each for each in arguments]
    stdout, stderr, code = run(drafts, *given, "-v")
    assert (code, "blames-customer" in stdout) == (1, True)
    assert stderr.startswith(f"replylint: checked without a service: {why}\n")
    assert run(drafts, *given)[1].count("service") == 0


def test_standard_input_is_there_twice(drafts: Path) -> None:
    stdout, _, code = run(drafts, "--server", "unix:nothing.sock", "-", stdin=BLAME.encode())
    assert (code, "blames-customer" in stdout) == (1, True)


def test_own_rules_that_the_service_does_not_have(service: Served, drafts: Path) -> None:
    (drafts / "replylint.toml").write_text('rules = ["mine"]\n', encoding="utf-8")
    (drafts / "mine").mkdir()
    _, stderr, _ = run(drafts, "--server", f"unix:{service.folder}/s.sock", "-v", "blame.txt")
    assert "own rules or macros that the service was not started with" in stderr


def test_the_environment_names_the_service(service: Served, drafts: Path) -> None:
    server = f"unix:{service.folder}/s.sock"
    _, stderr, code = run(drafts, "-v", "blame.txt", REPLYLINT_SERVER=server)
    assert (code, "checked by the service" in stderr) == (1, True)
    assert run(drafts, "rules", REPLYLINT_SERVER=server)[2] == 0


@pytest.mark.parametrize("address", ["ftp://here", "nonsense", "http://host:port"])
def test_an_address_that_is_none(drafts: Path, address: str) -> None:
    stdout, stderr, code = run(drafts, "--server", address, "blame.txt")
    assert (stdout, code) == ("", 2)
    assert f"--server {address}: write auto, unix:PATH or an address" in stderr


def test_the_hurried_options_are_those_of_the_command() -> None:
    declared = set(typing.get_type_hints(lint)) - {"files", "return"}
    hurried = {name.removeprefix("--").replace("-", "_") for name in (*quick.VALUES, *quick.FLAGS)}
    assert hurried | {"format", "output", "verbose"} == declared
