"""What the package offers."""

from __future__ import annotations

import pytest

import replylint

NAMES = [
    "Command", "Config", "ConfigError", "Defaults", "Finding", "Fix", "InputError", "Linter", "Outcome",
    "Reply", "ReplylintError", "Report", "RuleCard", "RulebookError", "Skipped", "UsageError", "__version__",
    "command_config", "configured", "default_socket", "lint", "macro_of", "macros_of", "read_draft",
    "read_mail", "read_pieces", "run_command",
]  # fmt: skip


def test_names() -> None:
    assert replylint.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    assert getattr(replylint, name).__doc__


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="Lintre"):
        _ = replylint.Lintre


def test_errors_are_of_one_family() -> None:
    for error in (replylint.ConfigError, replylint.InputError, replylint.RulebookError):
        assert issubclass(error, replylint.ReplylintError)


def test_lint_takes_what_is_known() -> None:
    report = replylint.lint("Hi", id=7, lang="de")
    assert (report.id, report.lang, report.findings) == (7, "de", ())
    assert replylint.lint({"reply": "Hi", "id": 7, "lang": "de"}) == report
