"""The linter as other programs use it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replylint.config import Config
from replylint.errors import ConfigError, InputError
from replylint.linter import Linter, as_reply
from replylint.reply import Ignore, Reply
from replylint.rulebook import Entry
from replylint.rules import WordingFile
from replylint.text import Text
from tests.books import WORDS, entry

GERMAN = WordingFile.model_validate({**WORDS, "message": "„{words}“ ist falsch."})
BLAME = entry("blame", {"phrases": ["you forgot"]}, family="tone")
RULES = (
    Entry(BLAME.rule, {**BLAME.wordings, "de": GERMAN}, BLAME.folder),
    entry("names", {"phrases": ["you failed"]}, family="tone", when=[{"known": "name"}]),
    entry("chatty", {"phrases": ["lol"]}, family="tone", channels=["email"]),
    entry("stale", {"message": "{rules} is stale."}, family="meta", kind="suppression", what="unused"),
    entry("unknown", {"message": "{rules} is unknown."}, family="meta", kind="suppression", what="unknown"),
)
DRAFT = "Hi Sam, it is that you forgot to do the form and we will not do it for you."


@pytest.fixture(autouse=True)
def _small_book(builtin_rules: Callable[..., Path]) -> None:
    """The small book in place of the real one."""
    folder = builtin_rules(*RULES)
    (folder / "languages" / "de.yaml").write_text("code: de\nname: German\nfunction_words: [der, die, das, ich]\n")


def rules(linter: Linter, reply: Any) -> list[str]:
    """The rules that find something."""
    return [finding.rule for finding in linter.lint(reply).findings]


def test_a_string() -> None:
    report = Linter().lint(DRAFT)
    assert [(finding.rule, finding.excerpt) for finding in report.findings] == [("blame", "you forgot")]
    assert (report.id, report.lang) == (None, "en")
    assert [skip.rule for skip in report.skipped] == ["names"]


def test_a_mapping() -> None:
    data = {
        "reply": f"{DRAFT} You failed. lol",
        "customer_name": "Sam",
        "channel": "chat",
        "id": 7,
        "lang": "en",
        "x": [1],
    }
    report = Linter().lint(data)
    assert [finding.rule for finding in report.findings] == ["blame", "names"]
    assert (report.id, report.skipped) == (7, ())
    assert rules(Linter(), {"reply": "lol", "lang": "en"}) == ["chatty"]


def test_a_reply() -> None:
    assert rules(Linter(), Reply.of(DRAFT)) == ["blame"]


@pytest.mark.parametrize("data", [{}, {"draft": "x"}, {"reply": None}, {"reply": 7}, {"reply": ["x"]}])
def test_a_mapping_without_a_reply(data: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="reply"):
        Linter().lint(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [("channel", "fax"), ("channel", 7), ("channel", ["email"])],
)
def test_a_wrong_channel(key: str, value: Any) -> None:
    with pytest.raises(InputError, match="use one of email, chat, social"):
        Linter().lint({"reply": "x", key: value})


def test_empty_values_are_not_there() -> None:
    reply = as_reply({"reply": "x", "customer_message": None, "customer_name": None, "channel": None, "lang": None})
    assert reply == Reply.of("x")


def test_a_language_without_rules_is_named_and_left_alone() -> None:
    report = Linter().lint({"reply": DRAFT, "lang": "nl", "id": "r"})
    assert (report.id, report.lang, report.findings) == ("r", "nl", ())
    assert {skip.rule for skip in report.skipped} == {"blame", "names", "chatty"}
    assert {skip.reason for skip in report.skipped} == {"there are no rules for Dutch"}


def test_a_language_nobody_knows() -> None:
    assert {skip.reason for skip in Linter().lint({"reply": DRAFT, "lang": "xx"}).skipped} == {
        "there are no rules for xx"
    }


@pytest.mark.parametrize("draft", ["", "  \n", "12345 67.8", "🙂", "***"])
def test_a_language_that_cannot_be_told(draft: str) -> None:
    report = Linter().lint(draft)
    assert (report.lang, report.findings) == (None, ())
    assert len(report.skipped) == 3
    assert {skip.reason for skip in report.skipped} == {"the language could not be told; use --lang"}


def test_a_stated_language_is_believed() -> None:
    assert rules(Linter(), {"reply": "you forgot", "lang": "en"}) == ["blame"]
    assert rules(Linter(Config(lang="en")), "you forgot") == ["blame"]
    assert Linter(Config(lang="en")).lint({"reply": DRAFT, "lang": "nl"}).lang == "nl"


def test_messages_in_another_language() -> None:
    report = Linter(Config(messages="de")).lint(DRAFT)
    assert [finding.message for finding in report.findings] == ["„you forgot“ ist falsch."]
    for messages in (None, "en", "auto"):
        assert Linter(Config(messages=messages)).lint(DRAFT).findings[0].message == "“you forgot” is wrong."


def test_messages_that_are_not_there() -> None:
    with pytest.raises(ConfigError, match="no messages in “dee”; did you mean de"):
        Linter(Config(messages="dee"))


@pytest.mark.parametrize(
    "settings",
    [
        {"select": ("blmae",)}, {"ignore": ("blmae",)}, {"severity": {"blmae": "off"}},
        {"service_times": {"x": "soon"}},
        {"paths": ({"match": "*", "ignore": ("blmae",)},)}, {"paths": ({"match": "*", "severity": {"blmae": "off"}},)},
    ],
)  # fmt: skip
def test_configurations_that_name_what_is_not_there(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Linter(Config.model_validate(settings))


def test_severities() -> None:
    assert Linter(Config(severity={"blame": "error"})).lint(DRAFT).worst == "error"
    assert rules(Linter(Config(severity={"blame": "off"})), DRAFT) == []
    assert rules(Linter(Config(ignore=("tone",))), DRAFT) == []


def at_path(path: str) -> Reply:
    """The draft, read from a file."""
    return Reply(Text(DRAFT), DRAFT, path=path)


def test_settings_of_paths() -> None:
    paths: tuple[dict[str, Any], ...] = (
        {"match": "macros/*", "severity": {"blame": "suggestion"}},
        {"match": "macros/old*", "severity": {"blame": "off"}},
        {"match": "other/*", "ignore": ("tone",)},
        {"match": "dutch/*", "lang": "nl"},
    )
    linter = Linter(Config.model_validate({"paths": paths}))
    assert linter.lint(at_path("macros/new.txt")).worst == "suggestion"
    assert linter.lint(at_path("macros/old.txt")).findings == ()
    assert linter.lint(at_path("other/a.txt")).findings == ()
    assert linter.lint(at_path("dutch/a.txt")).lang == "nl"
    assert linter.lint(at_path("a.txt")).worst == "warning"


def ignoring(*ignores: Ignore) -> list[tuple[str, str]]:
    """Rules and messages of the draft with ignores."""
    report = Linter().lint(Reply(Text(DRAFT), DRAFT, ignores=ignores))
    return [(finding.rule, finding.message) for finding in report.findings]


def test_ignores() -> None:
    assert ignoring(Ignore(("blame",), "", 1)) == []
    assert ignoring(Ignore((), "", 1, whole_file=True)) == []
    assert ("stale", "chatty is stale.") in ignoring(Ignore(("chatty",), "", 1))
    assert ("unknown", "blmae is unknown.") in ignoring(Ignore(("blmae",), "", 1))
    assert ("blame", "“you forgot” is wrong.") in ignoring(Ignore(("chatty",), "", 1))


def test_names_in_the_vocabulary() -> None:
    assert rules(Linter(Config(vocabulary=("You Forgot Something", "you forgot"))), DRAFT) == []


def test_the_same_report_every_time() -> None:
    linter = Linter(today=datetime.date(2026, 3, 2))
    assert linter.lint(DRAFT) == linter.lint(DRAFT) == Linter(today=datetime.date(2026, 3, 2)).lint(DRAFT)


MACRO = "the refund for the order that you sent to us is on its way and will be with you in a day"


def test_macros(builtin_rules: Callable[..., Path]) -> None:
    builtin_rules(
        entry(
            "copy", {"message": "{macro}"}, kind="similar", library="macros", threshold=0.9, when=[{"known": "macros"}]
        )
    )
    linter = Linter(macros={"refund": MACRO})
    assert [finding.message for finding in linter.lint(f"Hi Sam,\n\n{MACRO}.").findings] == ["refund"]
    assert [skip.reason for skip in Linter().lint(MACRO).skipped] == ["macros not known"]
    half = Config(thresholds={"copy": 0.2})
    longer = f"{MACRO}. It is not what we do for all of our customers and we did it for you this once"
    assert rules(linter, longer) == []
    assert rules(Linter(half, macros={"refund": MACRO}), longer) == ["copy"]


def test_address(builtin_rules: Callable[..., Path]) -> None:
    elements = {"formal-address": ["sincerely"], "informal-address": ["cheers"]}
    rule = entry("mixed", kind="mixed", of=["formal-address", "informal-address"], setting="address")
    builtin_rules(rule, elements=elements)
    assert Linter(Config(address="formal")).lint({"reply": "Cheers", "lang": "en"}).findings[0].excerpt == "Cheers"
    assert Linter(Config(address="informal")).lint({"reply": "Cheers", "lang": "en"}).findings == ()
