"""The server for assistants over the real protocol: a client starts it, lists its tools and calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters, stdio_client, types

import replylint
from replylint.integrations import mcp as served

SECONDS = 60
COMMAND = ["-m", "replylint", "mcp"]
SECRET = "Zyxomma"
"""A word that no file of ours holds, so that it can only come from a draft."""
BLAME = "Hi Tom,\n\n🙂 you failed to attach it, and we are open till six!!\n\nBest,\nAna"
ARGUMENTS = ["draft", "customer_message", "customer_name", "channel", "lang"]
CODES = "en, hr, nl, ru, sr"


class Assistant:
    """A client with a server of its own in a folder."""

    def __init__(self, portal: Any, client: Client) -> None:
        self._portal, self.client = portal, client

    def tools(self) -> dict[str, types.Tool]:
        """The tools by name."""
        return {tool.name: tool for tool in self._portal.call(self.client.list_tools).tools}

    def call(self, tool: str, **arguments: Any) -> types.CallToolResult:
        """What the tool answers."""
        found = self._portal.call(self.client.call_tool, tool, arguments)
        assert isinstance(found, types.CallToolResult)
        return found

    def told(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer, which also stands as text and keeps to the schema that the server gave."""
        answer = self.call(tool, **arguments)
        assert not answer.is_error, answer.content
        jsonschema.validate(answer.structured_content, self.tools()[tool].output_schema or {"not": {}})
        assert isinstance(answer.content[0], types.TextContent)
        assert json.loads(answer.content[0].text) == answer.structured_content
        return dict(answer.structured_content or {})

    def refused(self, tool: str, **arguments: Any) -> str:
        """The sentence of a tool's error."""
        answer = self.call(tool, **arguments)
        assert answer.is_error
        assert answer.structured_content is None
        (content,) = answer.content
        assert isinstance(content, types.TextContent)
        assert "\n" not in content.text
        return content.text


@contextmanager
def assistant(folder: Path, cache: Path, mode: Any = "auto") -> Iterator[Assistant]:
    """An assistant whose server runs in a folder and writes its standard error to the file `err` in it."""
    environment = {"REPLYLINT_CACHE": str(cache)}
    command = StdioServerParameters(command=sys.executable, args=COMMAND, cwd=folder, env=environment)
    with (folder / "err").open("w") as err, start_blocking_portal() as portal:
        client = Client(stdio_client(command, errlog=err), read_timeout_seconds=SECONDS, mode=mode)
        with portal.wrap_async_context_manager(client):
            yield Assistant(portal, client)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the servers of these tests keep the rules that one of them has read."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Assistant]:
    """An assistant without a configuration."""
    with assistant(tmp_path_factory.mktemp("plain"), cache) as made:
        yield made


def rules_of(answer: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in answer["findings"]]


def test_it_says_what_it_is(plain: Assistant) -> None:
    assert plain.client.server_info is not None
    assert (plain.client.server_info.name, plain.client.server_info.version) == ("replylint", replylint.__version__)
    assert "before you show it" in (plain.client.instructions or "")
    capabilities = plain.client.server_capabilities
    assert capabilities.tools is not None
    assert (capabilities.prompts, capabilities.resources, capabilities.logging) == (None, None, None)


def test_tools_change_nothing(plain: Assistant) -> None:
    tools = plain.tools()
    assert set(tools) == {"check_reply", "explain_rule", "list_rules"}
    for tool in tools.values():
        hints = tool.annotations
        assert hints is not None
        assert (hints.read_only_hint, hints.idempotent_hint, hints.open_world_hint) == (True, True, False)


def test_every_argument_is_described(plain: Assistant) -> None:
    schema = plain.tools()["check_reply"].input_schema
    assert list(schema["properties"]) == ARGUMENTS
    assert schema["required"] == ["draft"]
    assert all(
        field["description"] for tool in plain.tools().values() for field in tool.input_schema["properties"].values()
    )


def test_an_older_client_is_served(tmp_path: Path, cache: Path) -> None:
    with assistant(tmp_path, cache, "legacy") as made:
        assert made.told("check_reply", draft=BLAME)["verdict"] == "block"
        assert "before you show it" in (made.client.instructions or "")


def test_a_fault_blocks(plain: Assistant) -> None:
    answer = plain.told("check_reply", draft=BLAME)
    assert (answer["verdict"], answer["lang"], answer["not_checked"]) == ("block", "en", None)
    blame = next(finding for finding in answer["findings"] if finding["rule"] == "blames-customer")
    assert (blame["severity"], blame["words"], blame["start"], blame["end"]) == ("error", "you failed", 11, 21)
    assert BLAME[blame["start"] : blame["end"]] == blame["words"]
    assert blame["replacement"] is None
    assert blame["message"] == "“you failed” makes the customer the cause."
    assert "The form reached us without a date" in blame["advice"]


def test_a_safe_replacement_is_given(plain: Assistant) -> None:
    answer = plain.told("check_reply", draft=BLAME)
    loud = next(finding for finding in answer["findings"] if finding["rule"] == "shouting")
    assert loud["replacement"] == {"start": 60, "end": 62, "text": "!"}
    assert BLAME[60:62] == "!!"


def test_what_is_missing_has_no_place(plain: Assistant) -> None:
    answer = plain.told("check_reply", draft="Hi Tom, we are open till six.", customer_message="My lamp came broken.")
    lacking = next(finding for finding in answer["findings"] if finding["rule"] == "missing-apology")
    assert (lacking["words"], lacking["start"], lacking["end"]) == (None, None, None)


def test_warnings_warn_and_nothing_passes(plain: Assistant) -> None:
    known = {"customer_message": "When are you open?", "customer_name": "Tom Hill", "channel": "chat"}
    loud = plain.told("check_reply", draft="Hi Tom, thanks for asking. We are open from 9 to 18 on weekdays!!", **known)
    assert loud["verdict"] == "warn"
    assert {finding["rule"] for finding in loud["findings"] if finding["severity"] != "suggestion"} == {"shouting"}
    quiet = plain.told("check_reply", draft="Hi Tom, thanks for asking. We are open from 9 to 18 on weekdays.", **known)
    assert quiet["verdict"] == "pass"
    assert {finding["severity"] for finding in quiet["findings"]} <= {"suggestion"}


def test_what_is_known_of_the_customer_counts(plain: Assistant) -> None:
    draft = "Hi Anna, thanks for asking. We are open from 9 to 18 on weekdays."
    known = plain.told("check_reply", draft=draft, customer_message="When are you open?", customer_name="Tom Hill")
    assert "wrong-name" in rules_of(known)
    blank = plain.told("check_reply", draft=draft, customer_message="", customer_name=" ", channel="", lang="")
    assert "wrong-name" not in rules_of(blank)
    left_out = {rule: each["reason"] for each in blank["not_judged"] for rule in each["rules"]}
    assert left_out["wrong-name"] == "name not known"
    assert left_out["unanswered-question"] == "customer not known"
    assert "unanswered-question" not in {rule for each in known["not_judged"] for rule in each["rules"]}


def test_a_language_is_found_out_or_named(plain: Assistant) -> None:
    draft = "Poštovani, niste poslali račun."
    assert plain.told("check_reply", draft=draft)["lang"] == "hr"
    assert plain.told("check_reply", draft=draft, lang="sr-Latn")["lang"] == "sr"
    named = plain.told("check_reply", draft=draft, lang="hr")
    assert "niste poslali" in {finding["words"] for finding in named["findings"]}


def test_a_language_without_rules_is_not_checked(plain: Assistant) -> None:
    answer = plain.told("check_reply", draft="Guten Tag, Sie haben das Formular nicht mitgeschickt.")
    assert (answer["verdict"], answer["lang"], answer["findings"]) == ("warn", "de", [])
    assert answer["not_checked"] == "there are no rules for German"
    assert answer["not_judged"] == []
    assert plain.told("check_reply", draft="Hello", lang="de")["not_checked"] == "there are no rules for German"


def test_a_language_that_cannot_be_told(plain: Assistant) -> None:
    answer = plain.told("check_reply", draft="40518")
    assert answer["not_checked"] == f"the language of the draft could not be told; name it in “lang”: {CODES}"
    assert answer["verdict"] == "warn"


@pytest.mark.parametrize(
    "ignore", ["<!-- replylint: ignore-file[blames-customer] -- {} -->", "# replylint: ignore -- {}"]
)
def test_a_draft_cannot_silence_the_check(plain: Assistant, ignore: str) -> None:
    answer = plain.told("check_reply", draft=f"{ignore.format('says who')}\n{BLAME}")
    assert "blames-customer" in rules_of(answer)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"draft": " \n"}, "the draft is empty; give the whole text of the reply in “draft”"),
        ({}, "the argument “draft” is missing"),
        ({"draft": "Hi", "text": SECRET}, f"there is no argument “text”; use {', '.join(ARGUMENTS)}"),
        ({"draft": [SECRET]}, "“draft”: input should be a valid string"),
        ({"draft": "Hi", "channel": SECRET}, "“channel”: input should be 'email', 'chat' or 'social'"),
        ({"draft": "Hi", "lang": "xx"}, f"the language “xx” is not known; use one of {CODES}, or leave “lang” out"),
        ({"draft": "ž" * 500_001}, "“draft” has 1,000,002 bytes; send at most 1,000,000"),
        ({"draft": "Hi", "customer_message": "x" * 1_000_001},
         "“customer_message” has 1,000,001 bytes; send at most 1,000,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_said_in_a_sentence(
    plain: Assistant, arguments: dict[str, Any], sentence: str
) -> None:
    assert plain.refused("check_reply", **arguments) == sentence


def test_a_draft_may_be_large(plain: Assistant) -> None:
    assert plain.told("check_reply", draft="x" * 1_000_000, lang="en")["not_checked"] is None


def test_a_rule_is_explained(plain: Assistant) -> None:
    answer = plain.told("explain_rule", rule="blames-customer")
    card = replylint.Linter().rule("blames-customer", "en")
    assert (answer["rule"], answer["severity"], answer["title"]) == ("blames-customer", "error", card.title)
    assert (answer["why"], answer["advice"]) == (card.why, card.advice)
    assert answer["sources"][0] == {
        "document": "S3",
        "quote": "Nikada nije u pitanju korisnikova greška, ali nikada",
        "translation": "It is never the customer's mistake, but never",
    }
    assert answer["found"] == list(card.found[:6])
    assert answer["not_found"] == list(card.not_found[:6])
    assert len(answer["found"]) == len(answer["not_found"]) == 6


def test_a_rule_is_explained_in_a_language(plain: Assistant) -> None:
    answer = plain.told("explain_rule", rule="blames-customer", lang="HR")
    assert answer["title"] == "Krivnju svaljuje na kupca"


def test_a_rule_that_is_not_there(plain: Assistant) -> None:
    sentence = plain.refused("explain_rule", rule="blame-customer")
    assert sentence == "there is no rule “blame-customer”; did you mean blames-customer?"


@pytest.mark.parametrize(("tool", "more"), [("list_rules", {}), ("explain_rule", {"rule": "blames-customer"})])
def test_rules_in_a_language_that_has_none(plain: Assistant, tool: str, more: dict[str, Any]) -> None:
    sentence = plain.refused(tool, lang="de", **more)
    assert sentence == f"there are no rules in the language “de”; use one of {CODES}"


def test_all_rules_are_listed(plain: Assistant) -> None:
    listed = plain.told("list_rules")["rules"]
    assert [rule["id"] for rule in listed] == [card.id for card in replylint.Linter().rules("en")]
    assert {"id": "blames-customer", "severity": "error"}.items() <= listed[
        [r["id"] for r in listed].index("blames-customer")
    ].items()
    titles = {rule["id"]: rule["title"] for rule in plain.told("list_rules", lang="hr")["rules"]}
    assert titles["blames-customer"] == "Krivnju svaljuje na kupca"


def test_a_tool_that_is_not_there(plain: Assistant) -> None:
    assert plain.refused("check") == "there is no tool “check”; use one of check_reply, explain_rule, list_rules"


def test_no_text_is_logged(tmp_path: Path, cache: Path) -> None:
    with assistant(tmp_path, cache) as made:
        made.told("check_reply", draft=f"{BLAME} {SECRET}", customer_message=SECRET, customer_name=SECRET)
        made.refused("check_reply", draft=f"{BLAME} {SECRET}", channel=SECRET)
        made.refused("check_reply", draft={SECRET: SECRET})
        made.refused(SECRET)
    assert [path.name for path in tmp_path.iterdir()] == ["err"]
    assert (tmp_path / "err").read_text() == ""


def test_a_message_that_is_none_is_not_logged() -> None:
    """A line that is no JSON is a fault of the client; the server says nothing of it and ends with its input."""
    lines = f'{SECRET}\n{{"jsonrpc": "2.0", "id": 1, "method": "{SECRET}", "params": {{"x": "{SECRET}"}}}}\n'
    done = subprocess.run([sys.executable, *COMMAND], input=lines, capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stderr) == (0, "")


class Broken:
    """A linter with a bug."""

    def rules(self, lang: str) -> list[Any]:
        raise ValueError(f"{SECRET} {lang}")

    class config:  # noqa: N801 - an attribute of the linter
        messages = "en"

    languages = ("en",)


def test_a_bug_of_ours_is_told_without_its_text() -> None:
    answer = served.answered(Broken(), "list_rules", {})  # type: ignore[arg-type]
    assert answer.is_error
    assert isinstance(answer.content[0], types.TextContent)
    assert answer.content[0].text == "replylint broke down (ValueError); the fault is replylint's, not the draft's"


def test_the_configuration_holds(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "replylint.toml").write_text(
        'ignore = ["shouting"]\nmessages = "hr"\nmin_severity = "warning"\n[severity]\nblames-customer = "warning"\n'
    )
    (tmp_path / "work").mkdir()
    with assistant(tmp_path / "work", cache) as made:
        answer = made.told("check_reply", draft=BLAME)
        rules = {rule["id"]: rule for rule in made.told("list_rules")["rules"]}
    blame = next(finding for finding in answer["findings"] if finding["rule"] == "blames-customer")
    assert (blame["severity"], blame["message"]) == ("warning", "„you failed“ od kupca pravi krivca.")
    assert "shouting" not in rules_of(answer)
    assert {finding["severity"] for finding in answer["findings"]} <= {"error", "warning"}
    assert "shouting" not in rules
    assert (rules["blames-customer"]["severity"], rules["blames-customer"]["title"]) == (
        "warning",
        "Krivnju svaljuje na kupca",
    )


LOUD = {
    "draft": "Hi Tom, thanks for asking. We are open from 9 to 18 on weekdays!!",
    "customer_message": "When are you open?",
}


@pytest.mark.parametrize(
    ("settings", "draft", "verdict", "shown"),
    [
        ('fail_on = "warning"\nselect = ["shouting"]', LOUD, "block", ["shouting"]),
        ('fail_on = "warning"\nmin_severity = "error"', LOUD, "block", ["shouting"]),
        ('min_severity = "error"', LOUD, "warn", []),
        ('fail_on = "never"\nselect = ["blames-customer"]', {"draft": BLAME}, "warn", ["blames-customer"]),
    ],
)
def test_the_configuration_says_what_blocks(
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    draft: dict[str, str],
    verdict: str,
    shown: list[str],
) -> None:
    monkeypatch.setenv("REPLYLINT_CACHE", str(cache))
    (tmp_path / "replylint.toml").write_text(settings)
    config = replylint.configured(tmp_path)
    answer = served.answered(replylint.Linter(config), "check_reply", dict(draft)).structured_content
    assert answer is not None
    assert (answer["verdict"], rules_of(answer)) == (verdict, shown)


def test_macros_are_compared_with(tmp_path: Path, cache: Path) -> None:
    text = (
        "Hi Tom, thanks for asking about the shop. We are open from nine to six on weekdays, on Saturdays until noon."
    )
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "hours.txt").write_text(text)
    (tmp_path / "replylint.toml").write_text('macros = "macros"\n')
    with assistant(tmp_path, cache) as made:
        assert "macro-copy" in rules_of(made.told("check_reply", draft=text))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("selct = []", "replylint.toml:1: the setting “selct” is not known; did you mean select?"),
        ("select = [", "replylint.toml: is no valid TOML: "),
        ('ignore = ["shoutin"]', "there is no rule or family “shoutin”; did you mean shouting?"),
        ('macros = "nowhere"', "nowhere: there is no such folder or export of macros"),
    ],
)
def test_a_broken_configuration_ends_it(tmp_path: Path, settings: str, sentence: str) -> None:
    (tmp_path / "replylint.toml").write_text(settings)
    done = subprocess.run(
        [sys.executable, *COMMAND], cwd=tmp_path, input="", capture_output=True, text=True, timeout=SECONDS
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("replylint: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_module_is_a_command_too(tmp_path: Path) -> None:
    (tmp_path / "replylint.toml").write_text("selct = []")
    command = [sys.executable, "-m", "replylint.integrations.mcp"]
    done = subprocess.run(command, cwd=tmp_path, input="", capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("the setting “selct” is not known; did you mean select?\n")
