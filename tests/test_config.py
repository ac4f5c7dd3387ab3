"""Configuration files: found, read, refused with a reason, and applied to the rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replylint.config import Config, book_of, checked_levels, names, read, service_times
from replylint.configfile import find
from replylint.errors import ConfigError, RulebookError
from tests.books import entry, rulebook, write

ENTRIES = (
    entry("blame", {"phrases": ["you forgot"]}, family="tone"),
    entry("shout", {"phrases": ["never"]}, family="tone"),
    entry("thanks", {"phrases": ["thanks"]}, family="form", kind="require"),
    entry("stale", family="meta", kind="suppression", what="unused"),
)
BOOK = rulebook(*ENTRIES)


@pytest.fixture(autouse=True)
def _small_book(builtin_rules: Callable[..., Path]) -> None:
    """The small book in place of the real one."""
    builtin_rules(*ENTRIES)


def config(folder: Path, text: str, name: str = "replylint.toml") -> Config:
    """The configuration of a text."""
    return read(write(folder, {name: text}) / name)


def test_the_nearest_file_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"replylint.toml": "", "a/b/c/draft.txt": "", "a/replylint.toml": ""})
    assert find(tmp_path / "a" / "b" / "c") == tmp_path / "a" / "replylint.toml"
    assert find(tmp_path / "a" / "b" / "c" / "draft.txt") == tmp_path / "a" / "replylint.toml"
    assert find(tmp_path) == tmp_path / "replylint.toml"


def test_a_pyproject_counts_only_with_a_section(tmp_path: Path) -> None:
    write(
        tmp_path, {"replylint.toml": "", "a/pyproject.toml": "[tool.other]\n", "b/pyproject.toml": "[tool.replylint]\n"}
    )
    assert find(tmp_path / "a") == tmp_path / "replylint.toml"
    assert find(tmp_path / "b") == tmp_path / "b" / "pyproject.toml"


def test_replylint_toml_goes_first(tmp_path: Path) -> None:
    write(tmp_path, {"replylint.toml": "", "pyproject.toml": "[tool.replylint]\n"})
    assert find(tmp_path) == tmp_path / "replylint.toml"


def test_pyproject(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.replylint]\nlang = "en"\n[tool.replylint.severity]\nblame = "error"\n'
    made = config(tmp_path, text, "pyproject.toml")
    assert (made.lang, made.severity, made.folder) == ("en", {"blame": "error"}, str(tmp_path))


def test_a_full_configuration(tmp_path: Path) -> None:
    text = """
select = ["tone"]
ignore = ["shout"]
vocabulary = ["Never Late"]
address = "formal"
rules = ["./own"]
macros = "macros"
channel = "chat"
lang = "en"
messages = "en"
min_severity = "warning"
fail_on = "never"
[severity]
blame = "off"
[thresholds]
blame = 0.5
[service_times]
refund = "3-5 working days"
[[paths]]
match = "macros/**"
ignore = ["blame"]
severity = {shout = "suggestion"}
channel = "email"
lang = "de"
"""
    made = config(tmp_path, text)
    assert (made.select, made.address, made.fail_on, made.thresholds) == (("tone",), "formal", "never", {"blame": 0.5})
    assert made.paths[0].severity == {"shout": "suggestion"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('\nselct = ["a"]', 2, "the setting “selct” is not known; did you mean select?"),
        ('lang = "en"\n[serverity]\na = "error"', 2, "the setting “serverity” is not known; did you mean severity?"),
        ('[severity]\nblame = "fatal"', 2, "“severity.blame"),
        ('channel = "fax"', 1, "“channel”"),
        ('select = "tone"', 1, "“select"),
        ('[[paths]]\nmatch = "a"\nignor = ["b"]', 3, "the setting “paths.0.ignor” is not known; did you mean ignore?"),
        ('[[paths]]\nignore = ["b"]', None, "match"),
        ('fail_on = "off"', 1, "“fail_on"),
        ('[thresholds]\nblame = "much"', 2, "“thresholds.blame”"),
        ("[service_times]\nrefund = 3", 2, "“service_times.refund”"),
        ("select = [", None, "is no valid TOML"),
    ],
)
def test_faults(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.path == str(tmp_path / "replylint.toml")
    if line:
        assert caught.value.line == line


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "replylint.toml")
    (tmp_path / "replylint.toml").write_bytes(b"lang = '\xff'")
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 8"):
        read(tmp_path / "replylint.toml")


@pytest.mark.parametrize("folder", ["folder = '/elsewhere'", "folder = 7"])
def test_the_folder_cannot_be_set(tmp_path: Path, folder: str) -> None:
    assert config(tmp_path, folder).folder == str(tmp_path)


def chosen(**settings: Any) -> dict[str, str]:
    """The severities of the rules that a configuration leaves."""
    return {name: kept.rule.severity for name, kept in book_of(Config(**settings)).entries.items()}


ALL = {"blame": "warning", "shout": "warning", "thanks": "warning", "stale": "warning"}


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({}, ALL),
        ({"select": ("tone",)}, {"blame": "warning", "shout": "warning", "stale": "warning"}),
        ({"select": ("tone",), "ignore": ("shout",)}, {"blame": "warning", "stale": "warning"}),
        ({"ignore": ("tone", "thanks")}, {"stale": "warning"}),
        ({"severity": {"blame": "off", "shout": "error"}}, {"shout": "error", "thanks": "warning", "stale": "warning"}),
        ({"select": ("blame",), "severity": {"blame": "suggestion"}}, {"blame": "suggestion", "stale": "warning"}),
    ],
)
def test_choices(settings: dict[str, Any], left: dict[str, str]) -> None:
    assert chosen(**settings) == left


@pytest.mark.parametrize("settings", [{"ignore": ("stale",)}, {"ignore": ("meta",)}, {"severity": {"stale": "off"}}])
def test_rules_about_ignores_can_be_turned_off(settings: dict[str, Any]) -> None:
    assert "stale" not in chosen(**settings)


def test_rules_are_read_whole_when_asked_for() -> None:
    assert book_of(Config(), whole=True).entries["blame"].wordings["en"].phrases == ("you forgot",)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"select": ("blmae",)}, "no rule or family “blmae”; did you mean blame?"),
        ({"ignore": ("tones",)}, "no rule or family “tones”; did you mean tone?"),
        ({"severity": {"shuot": "off"}}, "no rule “shuot” to set the severity of; did you mean shout?"),
        ({"severity": {"tone": "off"}}, "no rule “tone”"),
    ],
)
def test_choices_that_do_not_exist(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        book_of(Config(**settings))


def test_names_and_levels() -> None:
    assert names(["tone", "thanks"], BOOK) == {"blame", "shout", "thanks"}
    assert names([], BOOK) == set()
    checked_levels({"blame": "off"}, BOOK)


OWN_RULE = "id: {}\nseverity: error\nsince: 1.0.0\nkind: forbid\nsource: [{{document: Ours, quote: so}}]\n"
OWN_WORDS = "title: T\nwhy: W\nmessage: M\nadvice: A\nphrases: [{}]\n"


def test_own_rules_are_looked_for_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "team/own/rain/rule.yaml": OWN_RULE.format("rain"),
        "team/own/rain/en.yaml": OWN_WORDS.format("rain check"),
    }
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    book = book_of(config(tmp_path / "team", 'rules = ["./own"]'))
    assert set(book.entries) == {*ALL, "rain"}
    assert book.in_language("en").rules


def test_own_rules_replace(tmp_path: Path) -> None:
    write(tmp_path, {"own/blame/rule.yaml": OWN_RULE.format("blame"), "own/blame/en.yaml": OWN_WORDS.format("other")})
    book = book_of(config(tmp_path, 'rules = ["own"]'))
    assert book.entries["blame"].rule.severity == "error"
    assert sorted(book.entries) == sorted(ALL)


def test_own_rules_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="no such folder"):
        book_of(config(tmp_path, 'rules = ["./nowhere"]'))


def test_own_rules_with_unknown_elements(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"own/rain/rule.yaml": OWN_RULE.format("rain") + "of: [weather]\n", "own/rain/en.yaml": OWN_WORDS.format("")},
    )
    with pytest.raises(RulebookError, match="no element “weather”"):
        book_of(config(tmp_path, 'rules = ["own"]'))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("3-5 working days", (72.0, 120.0)),
        ("1 hour", (1.0, 1.0)),
        ("two weeks", (336.0, 336.0)),
        ("within 24 hours", (24.0, 24.0)),
        ("2–3 days", (48.0, 72.0)),
    ],
)
def test_service_times(text: str, hours: tuple[float, float]) -> None:
    assert service_times(Config(service_times={"refund": text}), BOOK) == {"refund": hours}


@pytest.mark.parametrize("text", ["", "soon", "3", "days"])
def test_service_times_that_are_no_times(text: str) -> None:
    with pytest.raises(ConfigError, match=r"service_times\.refund"):
        service_times(Config(service_times={"refund": text}), BOOK)


@pytest.mark.parametrize(
    ("match", "path", "there"),
    [
        ("macros/**", "macros/a/b.txt", True),
        ("macros/**", "./macros/b.txt", True),
        ("macros/*.txt", "other/b.txt", False),
        ("*.md", "a/b.md", True),
        ("macros/**", None, False),
    ],
)
def test_paths(match: str, path: str | None, there: bool) -> None:
    settings = Config.model_validate({"paths": [{"match": match}]})
    assert bool(settings.for_path(path)) is there


def test_paths_are_seen_from_the_file_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = config(tmp_path, '[[paths]]\nmatch = "macros/*"\n[[paths]]\nmatch = "*.txt"\n')
    write(tmp_path, {"macros/a.txt": ""})
    monkeypatch.chdir(tmp_path / "macros")
    assert [settings.match for settings in made.for_path("a.txt")] == ["macros/*", "*.txt"]
    assert [settings.match for settings in made.for_path(str(tmp_path / "macros" / "a.txt"))] == ["macros/*", "*.txt"]
