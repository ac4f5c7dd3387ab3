"""What the service answers on drafts."""

from __future__ import annotations

import sqlite3
from typing import Any

import httpx
import pytest

from tests.service.conftest import Served

BLAME = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday."
GOOD = "Hi Ann,\n\nyour lamp leaves our shop in Leeds on Friday, insured and wrapped twice."


def check(client: httpx.Client, draft: str, **known: Any) -> Any:
    answered = client.post("/v1/check", json={"draft": draft, **known})
    assert answered.status_code == 200, answered.text
    return answered.json()


def found(answer: Any, rule: str) -> Any:
    return next(each for each in answer["findings"] if each["rule"] == rule)


def test_a_good_draft_passes(client: httpx.Client) -> None:
    answer = check(client, GOOD, id=7)
    assert (answer["verdict"], answer["checked"], answer["lang"], answer["id"]) == ("pass", True, "en", 7)
    assert (answer["mail_text"], answer["dialog_text"], answer["override_token"]) == ("", "", None)


def test_an_error_blocks(client: httpx.Client) -> None:
    answer = check(client, BLAME)
    finding = found(answer, "blames-customer")
    assert (answer["verdict"], finding["action"], finding["severity"]) == ("block", "block", "error")
    assert BLAME[finding["start"] : finding["end"]] == finding["words"] == "you failed"
    assert (finding["line"], finding["column"]) == (3, 1)
    assert finding["source"].startswith("S3: ")


@pytest.mark.parametrize("offsets", ["codepoints", "utf16"])
def test_offsets(client: httpx.Client, offsets: str) -> None:
    draft = "Здравствуйте, Анна!\n\n😀🚀 Вы сами виноваты, что лампа разбилась."
    finding = found(check(client, draft, offsets=offsets), "blames-customer")
    width = 2 if offsets == "utf16" else 4
    data = draft.encode("utf-16-le" if width == 2 else "utf-32-le")
    words = data[width * finding["start"] : width * finding["end"]]
    assert words.decode("utf-16-le" if width == 2 else "utf-32-le") == finding["words"]
    assert finding["start"] == draft.index(finding["words"]) + (2 if width == 2 else 0)


def test_html_has_places_in_the_source(client: httpx.Client) -> None:
    draft = "<p>Hi <b>Ann</b>,</p><p>Sorry &amp; you <i>failed</i> to attach the form.</p>"
    finding = found(check(client, draft, markup="html"), "blames-customer")
    assert draft[finding["start"] : finding["end"]] == "you <i>failed"
    assert finding["words"] == "you failed"
    assert finding["message"] == "“you failed” makes the customer the cause."


def test_the_customers_message_counts(client: httpx.Client) -> None:
    broken = "My lamp arrived broken and I am very disappointed."
    assert "missing-apology" in {f["rule"] for f in check(client, GOOD, customer_message=broken)["findings"]}
    assert "missing-apology" not in {f["rule"] for f in check(client, GOOD)["findings"]}


def test_the_template_used_is_compared(client: httpx.Client) -> None:
    canned = "Hi Bob,\n\nyour parcel has left our shop in Leeds today, insured, and the carrier rings before he comes."
    draft = canned.replace("Bob", "Ann")
    answer = check(client, draft, template=canned, template_id="parcel", customer_message="Where is it?")
    assert "parcel" in found(answer, "macro-copy")["message"] + found(answer, "macro-copy")["advice"]


@pytest.mark.parametrize(
    ("team", "draft", "verdict", "overridable"),
    [
        (None, "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds.", "warn", True),
        ("strict", "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds.", "block", True),
        ("strict", BLAME, "block", False),
        ("mild", BLAME, "warn", True),
        ("mild", "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds.", "pass", False),
        ("nobody's", BLAME, "block", False),
    ],
)
def test_policies(client: httpx.Client, team: str | None, draft: str, verdict: str, overridable: bool) -> None:
    answer = check(client, draft, team=team)
    assert (answer["verdict"], answer["override_token"] is not None) == (verdict, overridable)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"mode": "note"}, "a draft of the kind note is not checked"),
        ({"mode": "preview"}, "a draft of the kind preview is not checked"),
        ({"lang": "de"}, "there are no rules for German"),
        ({"draft": " \n"}, "the draft holds no text"),
    ],
)
def test_what_is_not_checked_passes_and_says_so(client: httpx.Client, known: Any, reason: str) -> None:
    answer = check(client, **{"draft": BLAME, **known})
    assert (answer["verdict"], answer["checked"], answer["reason"]) == ("pass", False, reason)
    assert answer["dialog_text"] == f"not checked: {reason}"


def test_texts_for_mail_and_dialog(client: httpx.Client) -> None:
    draft = "Здравствуйте!\n\nВы сами виноваты. Вы должны были прочитать инструкцию! Вы невнимательны, это ваша вина!!!"
    answer = check(client, draft, team="strict")
    assert answer["mail_text"].isascii()
    assert "\n" not in answer["mail_text"]
    assert 0 < len(answer["mail_text"]) <= 400
    assert "[blames-customer]" in answer["mail_text"]
    assert 0 < len(answer["dialog_text"]) <= 500


def test_many(client: httpx.Client) -> None:
    drafts = [{"draft": BLAME, "id": 1}, {"draft": GOOD, "id": "two"}]
    results = client.post("/v1/lint", json={"replies": drafts}).json()["results"]
    assert [(r["id"], r["verdict"]) for r in results] == [(1, "block"), ("two", "pass")]
    refused = client.post("/v1/lint", json={"replies": drafts * 51})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_many_replies")


def test_an_override_is_logged_without_text(client: httpx.Client, service: Served) -> None:
    answer = check(client, BLAME, team="mild")
    wish = {"token": answer["override_token"], "reason": "quoting her own words", "agent": "agent-17"}
    assert client.post("/v1/override", json=wish).json() == {"accepted": True}
    with sqlite3.connect(service.folder / "overrides.sqlite") as log:
        rows = log.execute("select rule, fingerprint, lang, team, agent, reason from overrides").fetchall()
    finding = found(answer, "blames-customer")
    assert ("blames-customer", finding["fingerprint"], "en", "mild", "agent-17", "quoting her own words") in rows
    assert b"you failed" not in (service.folder / "overrides.sqlite").read_bytes()


def test_a_reply_leaves_with_a_reason(client: httpx.Client, service: Served) -> None:
    refused = check(client, BLAME, team="mild", id="first")
    wish = {"token": refused["override_token"], "reason": "she asked me to be frank", "agent": "agent-18"}
    answer = check(client, BLAME, team="mild", override=wish)
    assert (answer["verdict"], answer["overridden"], answer["dialog_text"]) == ("pass", True, "")
    with sqlite3.connect(service.folder / "overrides.sqlite") as log:
        rows = log.execute("select rule from overrides where agent = 'agent-18'").fetchall()
    assert ("blames-customer",) in rows


def test_an_override_holds_for_what_it_was_given_for(client: httpx.Client) -> None:
    refused = check(client, BLAME, team="mild")
    wish = {"token": refused["override_token"], "reason": "she asked me to be frank", "agent": "agent-19"}
    worse = check(client, BLAME + " You are too slow, it is your own fault!!!!", team="mild", override=wish)
    assert (worse["verdict"], worse["overridden"]) == ("warn", False)
    assert check(client, BLAME, override=wish)["verdict"] == "block"


def test_a_forged_override_is_refused(client: httpx.Client) -> None:
    token = check(client, BLAME, team="mild")["override_token"]
    wish = {"token": token[:-3] + "abc", "reason": "because", "agent": "a"}
    refused = client.post("/v1/override", json=wish)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "wrong_token")


def test_rules(client: httpx.Client) -> None:
    rules = client.get("/v1/rules", params={"lang": "hr"}).json()
    assert {"blames-customer", "missing-apology"} <= {rule["id"] for rule in rules}
    rule = client.get("/v1/rules/blames-customer", params={"lang": "ru"}).json()
    assert any("«" in example for example in rule["found"])
    assert rule["sources"][0]["document"] == "S3"
    missing = client.get("/v1/rules/blame-customer")
    assert missing.status_code == 404
    assert "did you mean" in missing.json()["error"]["message"]


def test_metrics_hold_figures_and_no_text(client: httpx.Client) -> None:
    check(client, BLAME + " Zanzibarian marmalade.")
    text = client.get("/metrics").text
    assert 'replylint_findings_total{rule="blames-customer",severity="error"}' in text
    assert 'replylint_checks_total{lang="en",verdict="block"}' in text
    assert "marmalade" not in text
    assert "replylint_ready 1.0" in text
