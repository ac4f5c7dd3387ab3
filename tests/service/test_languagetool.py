"""LanguageTool's protocol: offsets, annotations, parameters, and a client of it from the package registry."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.service.conftest import Served

WORDS = "Вы сами виноваты, что лампа разбилась"
DRAFT = "Здравствуйте, Анна! 😀🚀\n\nВы сами виноваты, что лампа разбилась!!!"


def matches(client: httpx.Client, **form: str) -> list[Any]:
    answered = client.post("/v2/check", data={"language": "auto", **form})
    assert answered.status_code == 200, answered.text
    return list(answered.json()["matches"])


def words(text: str, match: Any) -> str:
    """The words that a client underlines, which counts UTF-16 units."""
    data = text.encode("utf-16-le")
    return data[2 * match["offset"] : 2 * (match["offset"] + match["length"])].decode("utf-16-le")


def of(found: list[Any], rule: str) -> Any:
    return next(match for match in found if match["rule"]["id"] == rule)


def test_places_in_utf_16(client: httpx.Client) -> None:
    match = of(matches(client, text=DRAFT), "blames-customer")
    assert words(DRAFT, match) == WORDS
    context = match["context"]
    assert words(context["text"], context) == WORDS
    assert match["sentence"].startswith("Вы сами")
    assert match["rule"]["category"]["id"] == "blame"


def test_a_safe_replacement(client: httpx.Client) -> None:
    text = "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds."
    match = of(matches(client, text=text), "shouting")
    assert (words(text, match), match["replacements"]) == ("!!!!", [{"value": "!"}])


def test_annotations(client: httpx.Client) -> None:
    annotation = [
        {"text": "Hi Ann,"},
        {"markup": "<br><br>", "interpretAs": "\n\n"},
        {"text": "😀 you "},
        {"markup": "<b>"},
        {"text": "failed"},
        {"markup": "</b>"},
        {"text": " to attach the form."},
    ]
    source = "".join(each.get("text") or each["markup"] for each in annotation)
    match = of(matches(client, data=json.dumps({"annotation": annotation})), "blames-customer")
    assert words(source, match) == "you <b>failed"


def test_the_whole_draft_stands_on_the_first_word(client: httpx.Client) -> None:
    text = "Hi Ann,\n\nyour lamp is broken because you failed to wrap it."
    match = of(matches(client, text=text), "missing-apology")
    assert words(text, match) == "Hi"


@pytest.mark.parametrize(
    ("form", "there"),
    [
        ({}, True),
        ({"disabledRules": "shouting,blames-customer"}, False),
        ({"disabledCategories": "blame"}, False),
        ({"enabledRules": "shouting", "enabledOnly": "true"}, False),
        ({"enabledRules": "blames-customer", "enabledOnly": "true"}, True),
        ({"language": "ru-RU"}, True),
    ],
)
def test_parameters(client: httpx.Client, form: dict[str, str], there: bool) -> None:
    assert ("blames-customer" in {m["rule"]["id"] for m in matches(client, text=DRAFT, **form)}) == there


def test_levels(client: httpx.Client) -> None:
    text = "Hi Ann,\n\nyour lamp is broken because you failed to wrap it."
    default = {m["rule"]["id"] for m in matches(client, text=text)}
    picky = {m["rule"]["id"] for m in matches(client, text=text, level="picky")}
    assert default < picky


@pytest.mark.parametrize(
    "form", [{}, {"text": "a", "data": "{}"}, {"data": "{"}, {"data": "[1]"}, {"data": '{"annotation": 7}'}]
)
def test_wrong_parameters(client: httpx.Client, form: dict[str, str]) -> None:
    refused = client.post("/v2/check", data={"language": "auto", **form})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "wrong_parameter")


def test_other_languages_have_no_matches(client: httpx.Client) -> None:
    answered = client.post("/v2/check", data={"language": "de-DE", "text": "Sie sind selbst schuld!!!"}).json()
    assert (answered["matches"], answered["language"]["code"]) == ([], "de")


def test_languages(client: httpx.Client) -> None:
    codes = {each["code"] for each in client.get("/v2/languages").json()}
    assert codes == {"en", "hr", "sr", "nl", "ru"}


def test_a_client_from_the_registry(service: Served) -> None:
    library = pytest.importorskip("language_tool_python", reason="language_tool_python is not installed")
    tool = library.LanguageTool("ru-RU", remote_server=service.url)
    match = next(match for match in tool.check(DRAFT) if match.rule_id == "blames-customer")
    # This client turns the offsets of the protocol into Python's.
    assert DRAFT[match.offset : match.offset + match.error_length] == WORDS
