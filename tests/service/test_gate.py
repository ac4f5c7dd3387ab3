"""The gate in a helpdesk's own process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra gate is not installed")

from replylint import ConfigError
from replylint.integrations.gate.contract import Draft
from replylint.integrations.gate.local import Gate

BLAME = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday."
_PATIENCE = 120.0


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPLYLINT_CACHE", str(tmp_path.parent / "cache"))
    found = tmp_path / "replylint.toml"
    found.write_text("", encoding="utf-8")
    return found


@pytest.fixture
def made(file: Path) -> Iterator[list[Gate]]:
    gates: list[Gate] = []
    yield gates
    for gate in gates:
        gate.close()


def test_a_wrong_configuration_is_told_at_once(file: Path) -> None:
    file.write_text("[service]\nwatchh = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"service\.watchh”: is not known"):
        Gate("secret", file=file)


def test_it_heals_whatever_was_wrong_in_between(file: Path, made: list[Gate], caplog: pytest.LogCaptureFixture) -> None:
    settings = "[service]\nwatch = 0.05\ntime_budget = 0.2\n"
    own = file.parent / "mine" / "own-rule"
    own.mkdir(parents=True)
    (own / "rule.yaml").write_text("severity: [", encoding="utf-8")
    file.write_text('rules = ["mine"]\n' + settings, encoding="utf-8")
    gate = Gate("secret", file=file)
    made.append(gate)
    answer = gate.check(Draft(draft=BLAME))
    assert (answer.verdict, answer.checked, answer.reason) == ("pass", False, "the rules are still being read")
    until(lambda: caplog.text.count("the rules stay as they were") == 1)
    file.write_text("[service\n", encoding="utf-8")
    until(lambda: caplog.text.count("the rules stay as they were") == 2)
    file.write_text(settings.replace("0.2", "60"), encoding="utf-8")
    assert gate.wait(_PATIENCE)
    assert gate.check(Draft(draft=BLAME)).verdict == "block"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
