"""The gate in a real django-helpdesk: its own views, its own REST API, its mails as files."""

from __future__ import annotations

import re
import sqlite3
import statistics
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("helpdesk", reason="django-helpdesk is not installed")
pytest.importorskip("sqlalchemy", reason="the extra django is not installed")

from tests.gates.hosts.django_helpdesk import AGENT, PASSWORD, Desk, running

BLAME = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday."
GOOD = "Hi Ann,\n\nI am sorry about the broken lamp. A new one leaves our shop in Leeds on Friday, 4 December."
SHOUT = GOOD + " Insured and wrapped twice!!!!"
CYRILLIC = "Поштована Ана,\n\nсами сте криви што је лампа поломљена. Нова стиже у петак, 4. децембра."
_tickets = count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running(tmp_path_factory.mktemp("django")) as running_desk:
        warmed(running_desk)
        yield running_desk


@pytest.fixture(scope="module")
def agent(desk: Desk) -> httpx.Client:
    return desk.login()


def warmed(desk: Desk) -> None:
    end = time.monotonic() + 180
    while "the rules were read" not in desk.log:
        assert time.monotonic() < end, desk.log
        time.sleep(0.1)


def reply(client: httpx.Client, comment: str, ticket: int = 0, **fields: Any) -> httpx.Response:
    """Presses Send on a ticket's page; a fresh ticket unless one is named."""
    form = {"comment": comment, "public": "1", "new_status": "1", "title": "Lamp", "queue": "1", "priority": "3",
            "owner": "0", **fields}  # fmt: skip
    data = {name: value for name, value in form.items() if value is not None}
    return client.post(f"/tickets/{ticket or next(_tickets)}/update/", data=data)


def panel(answered: httpx.Response) -> str:
    """The text of what the page tells of the refusal."""
    found = re.search(r'<section class="alert[^>]*id="replylint".*?</section>', answered.text, re.DOTALL)
    assert found, answered.text
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def row(desk: Desk, sql: str) -> Any:
    with sqlite3.connect(desk.folder / "db.sqlite3") as database:
        return database.execute(sql).fetchone()[0]


def test_an_error_stays_with_its_text(desk: Desk, agent: httpx.Client) -> None:
    ticket, before = next(_tickets), len(desk.mails())
    answered = reply(agent, BLAME, ticket, new_status="3", time_spent="01:20")
    assert answered.status_code == 422
    assert panel(answered).startswith("Not sent: something in this reply must be changed first. “you failed”")
    assert 'id="commentBox">Hi Ann,' in answered.text
    assert '["new_status", "3"]' in answered.text
    assert '["time_spent", "01:20"]' in answered.text
    assert "replylint_reason" not in answered.text
    assert len(desk.mails()) == before
    assert row(desk, f"select count(*) from helpdesk_followup where ticket_id = {ticket}") == 0
    assert row(desk, f"select status from helpdesk_ticket where id = {ticket}") == 1


def test_a_clean_reply_leaves(desk: Desk, agent: httpx.Client) -> None:
    before = len(desk.mails())
    assert reply(agent, GOOD).status_code == 302
    mails = desk.mails()[before:]
    assert [mail["To"].partition("@")[2] for mail in mails] == ["example.org"]
    assert "A new one leaves our shop in Leeds" in str(mails[0].get_body(("plain",)))


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("hr", "Nije poslano: u ovom odgovoru"),
        ("sr", "Није послато: у овом одговору"),
        ("sr-latn", "Nije poslato: u ovom odgovoru"),
        ("nl", "Niet verstuurd: in dit antwoord"),
        ("ru", "Не отправлено: сначала в этом ответе"),
        ("de", "Not sent: something in this reply"),
    ],
)
def test_the_agents_language(desk: Desk, lang: str, told: str) -> None:
    assert panel(reply(desk.login(lang), BLAME)).startswith(told)


def test_a_private_note_passes_unasked(desk: Desk, agent: httpx.Client) -> None:
    before = desk.log.count("not checked")
    assert reply(agent, BLAME, public=None).status_code == 302
    assert desk.log.count("not checked") == before


def test_an_update_without_words_passes(agent: httpx.Client) -> None:
    assert reply(agent, "", new_status="3").status_code == 302


def token_of(answered: httpx.Response) -> str:
    found = re.search(r'name="replylint_token" value="([^"]+)"', answered.text)
    assert found, answered.text
    return found[1]


def test_a_warning_leaves_with_a_reason(desk: Desk, agent: httpx.Client) -> None:
    ticket, before = next(_tickets), len(desk.mails())
    first = reply(agent, SHOUT, ticket)
    assert first.status_code == 422
    assert panel(first).startswith("Not sent yet: please look at this once more.")
    token = token_of(first)
    second = reply(agent, SHOUT, ticket, replylint_token=token, replylint_reason=" x", replylint_send="1")
    assert (second.status_code, len(desk.mails())) == (422, before)
    assert "Give a reason of a few words." in panel(second)
    third = reply(agent, SHOUT, ticket, replylint_token=token, replylint_reason="She likes it", replylint_send="1")
    assert (third.status_code, len(desk.mails())) == (302, before + 1)
    with sqlite3.connect(desk.folder / "overrides.sqlite") as log:
        assert (AGENT, "She likes it", "returns") in log.execute("select agent, reason, team from overrides").fetchall()


def test_an_old_token_does_not_cover_new_words(desk: Desk, agent: httpx.Client) -> None:
    ticket, before = next(_tickets), len(desk.mails())
    token = token_of(reply(agent, SHOUT, ticket))
    worse = reply(agent, BLAME + SHOUT, ticket, replylint_token=token, replylint_reason="She likes it")
    assert (worse.status_code, len(desk.mails())) == (422, before)


def test_the_interface_for_programs(desk: Desk) -> None:
    client = httpx.Client(base_url=desk.url, auth=(AGENT, PASSWORD), timeout=30)
    ticket, before = next(_tickets), len(desk.mails())
    call = {"ticket": ticket, "user": 1, "title": "Reply", "comment": BLAME, "public": True, "new_status": 3}
    refused = client.post("/api/followups/", json=call)
    assert refused.status_code == 400
    assert "“you failed” makes the customer the cause." in refused.json()["comment"][0]
    assert row(desk, f"select status from helpdesk_ticket where id = {ticket}") == 1
    assert (client.post("/api/followups/", json={**call, "public": False}).status_code, len(desk.mails())) == (
        201,
        before,
    )
    warned = client.post("/api/followups/", json={**call, "comment": SHOUT})
    headers = {"X-Replylint-Token": warned.json()["replylint_token"][0], "X-Replylint-Reason": "She likes it"}
    assert (warned.status_code, len(desk.mails())) == (400, before)
    sent = client.post("/api/followups/", json={**call, "comment": SHOUT}, headers=headers)
    assert (sent.status_code, len(desk.mails())) == (201, before + 1)


def test_cyrillic_with_an_attachment(desk: Desk, agent: httpx.Client) -> None:
    ticket, before = next(_tickets), len(desk.mails())
    page = b"<p>\xd0\x9b\xd0\xb0\xd0\xbc\xd0\xbf\xd0\xb0</p>"
    form = {"public": "1", "new_status": "1", "title": "Lamp", "queue": "1", "priority": "3", "owner": "0"}
    files = {"attachment": ("lampa.txt", page, "text/plain")}
    where = f"/tickets/{ticket}/update/"
    refused = agent.post(where, data={**form, "comment": CYRILLIC}, files=files)
    assert (refused.status_code, len(desk.mails())) == (422, before)
    assert "сами сте криви" in panel(refused)
    better = "Поштована Ана,\n\nжао ми је што је лампа поломљена. Нова стиже у петак, 4. децембра, **о нашем трошку**."
    sent = agent.post(where, data={**form, "comment": better}, files=files)
    assert sent.status_code == 302
    [mail] = desk.mails()[before:]
    assert [part.get_content() for part in mail.iter_attachments()] == [page.decode()]
    assert "Нова стиже у петак" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_another_language_passes_and_says_so(desk: Desk, agent: httpx.Client) -> None:
    german = "Guten Tag Frau Meier,\n\nvielen Dank für Ihre Nachricht. Die Lampe wird am Freitag verschickt."
    sent = reply(agent, german)
    assert (sent.status_code, sent.headers["X-Replylint"]) == (302, "not checked")
    assert "Sent, but not checked by replylint." in agent.get(sent.headers["location"]).text


def test_a_variable_is_judged_as_it_is_sent(agent: httpx.Client) -> None:
    answered = reply(agent, "Hi Ann,\n\n{{ ticket.title }}: you failed to attach the form, it comes on Friday.")
    assert answered.status_code == 422


def test_markup_in_a_reply_is_shown_as_text(agent: httpx.Client) -> None:
    answered = reply(agent, "Hi Ann,\n\nyou failed <script>alert(1)</script> to attach the form.")
    assert answered.status_code == 422
    assert "<script>alert(1)" not in answered.text


def test_macros_are_checked_in_the_admin(desk: Desk, agent: httpx.Client) -> None:
    form = {"name": "Form missing", "body": "Hi {{ ticket.submitter_name }},\n\nyou failed to attach it."}
    refused = agent.post("/admin/helpdesk/presetreply/add/", data=form)
    assert refused.status_code == 200
    assert "This template breaks a rule that would stop the reply" in refused.text
    assert row(desk, "select count(*) from helpdesk_presetreply where name = 'Form missing'") == 0
    better = {**form, "body": "Hi,\n\nthe form for {{ ticket.title }} reached us without a date. Which day suits you?"}
    assert agent.post("/admin/helpdesk/presetreply/add/", data=better).status_code == 302
    assert row(desk, "select count(*) from helpdesk_presetreply where name = 'Form missing'") == 1


def test_a_policy_changes_without_a_restart(desk: Desk, agent: httpx.Client) -> None:
    file = desk.folder / "replylint.toml"
    before, read = file.read_text("utf-8"), desk.log.count("the rules were read")
    file.write_text(before + '[service.policy.rules]\nblames-customer = "warn"\n', encoding="utf-8")
    end = time.monotonic() + 60
    while desk.log.count("the rules were read") == read:
        assert time.monotonic() < end, desk.log
        time.sleep(0.1)
    assert panel(reply(agent, BLAME)).startswith("Not sent yet")
    file.write_text("[service\n", encoding="utf-8")
    while "the rules stay as they were" not in desk.log:
        assert time.monotonic() < end, desk.log
        time.sleep(0.1)
    assert panel(reply(agent, BLAME)).startswith("Not sent yet")
    file.write_text(before, encoding="utf-8")
    while not panel(reply(agent, BLAME)).startswith("Not sent: "):
        assert time.monotonic() < end, desk.log
        time.sleep(0.2)


def test_no_text_in_the_log(desk: Desk) -> None:
    logged = desk.log + (desk.folder / "overrides.sqlite").read_bytes().decode("latin-1")
    for planted in ("you failed", "wrapped twice", "arrived broken", "криви", "Guten Tag"):
        assert planted not in logged


@pytest.mark.parametrize("fail", ["open", "closed"])
def test_no_time_to_check(tmp_path: Path, fail: str) -> None:
    config = f'time_budget = 0.000001\n[service.policy]\nfail = "{fail}"\n'
    with running(tmp_path, config=config, tickets=2) as desk:
        agent = desk.login("nl")
        sent = reply(agent, BLAME, 1, new_status="3")
        if fail == "open":
            assert (sent.status_code, len(desk.mails())) == (302, 1)
            assert "Verstuurd, maar niet door replylint nagekeken." in agent.get(sent.headers["location"]).text
        else:
            assert (sent.status_code, len(desk.mails())) == (422, 0)
            assert panel(sent).startswith("Niet verstuurd: replylint kon dit antwoord niet nakijken")
            assert row(desk, "select status from helpdesk_ticket where id = 1") == 1
        assert "a reply was not checked: " in desk.log


def test_requests_in_transactions(tmp_path: Path) -> None:
    with running(tmp_path, atomic=True, tickets=2) as desk:
        warmed(desk)
        agent = desk.login()
        assert reply(agent, BLAME, 1, new_status="3").status_code == 422
        assert (len(desk.mails()), row(desk, "select status from helpdesk_ticket where id = 1")) == (0, 1)
        assert reply(agent, GOOD, 1, new_status="3").status_code == 302
        assert (len(desk.mails()), row(desk, "select status from helpdesk_ticket where id = 1")) == (1, 3)


def test_the_delay(desk: Desk, agent: httpx.Client, record_property: Any) -> None:
    """How much longer a reply takes than a note, which is not judged; in milliseconds, recorded and not held."""

    def median(**fields: Any) -> float:
        times = []
        for _ in range(20):
            began = time.perf_counter()
            assert reply(agent, GOOD, 1, **fields).status_code == 302
            times.append(1000 * (time.perf_counter() - began))
        return statistics.median(times)

    judged = [found for found in desk.log.splitlines() if "not checked" in found]
    reply_ms, note_ms = median(), median(public=None)
    print(f"a reply {reply_ms:.0f} ms, a note {note_ms:.0f} ms")
    record_property("reply_ms", round(reply_ms))
    assert judged == [found for found in desk.log.splitlines() if "not checked" in found]
