"""The gate in a real Roundcube: in a browser as agents use it, and without one for what follows from an answer."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import sqlite3
import statistics
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gates.hosts import roundcube as host
from tests.gates.hosts.roundcube import AGENT, PASSWORD, PLUGIN, Front, Roundcube, fronted, roundcube, wait_for
from tests.service.conftest import Served, start

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
if why := host.missing():
    pytest.skip(why, allow_module_level=True)

CHROMIUM = Path("/usr/bin/chromium")
WORDS = json.loads((PLUGIN / "words.json").read_text(encoding="utf-8"))
BLAMES = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday."
CLEAN = "Hi Ann,\n\nyour lamp leaves our shop in Leeds on Friday, insured and wrapped twice."
LOUD = "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds."
CYRILLIC_BLAMES = "Поштована Ана,\n\nсами сте криви што је лампа поломљена."
CYRILLIC_CLEAN = "Поштована Ана,\n\nлампа ће у петак кренути из наше радње, осигурана је и двапут умотана."
GERMAN = "Sehr geehrte Frau Lee,\n\nIhre Lampe verlässt unseren Laden in Leeds am Freitag, doppelt verpackt."
QUESTION = "When does my lamp leave your shop?"
POLICY = (
    "rate = 0\nwatch = 0.2\n"
    '[service.teams.strict]\nblock = "warning"\noverride = "everything"\nfinal = ["blames-customer"]\n'
    '[service.teams.firm]\noverride = "nothing"\n'
)
LANGUAGES = {
    "en-GB": "en", "hr": "hr", "sr-CS": "sr-Cyrl", "bs-BA": "sr", "nl-NL": "nl", "nl-BE": "nl", "ru-RU": "ru",
    "de-DE": "en",
}  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = start(tmp_path_factory.mktemp("roundcube"), POLICY)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def running(service: Served) -> Iterator[tuple[Roundcube, Front]]:
    with fronted(service.url) as front, roundcube(front.url) as desk:
        yield desk, front
        assert [line for line in desk.logs.splitlines() if "PHP" in line and "plugins/replylint/" in line] == []


@pytest.fixture
def front(running: tuple[Roundcube, Front]) -> Front:
    running[1].reset()
    return running[1]


@pytest.fixture
def desk(running: tuple[Roundcube, Front], front: Front) -> Roundcube:
    running[0].set()
    running[0].outbox.raw.clear()
    running[0].outbox.refusing = False
    return running[0]


@pytest.fixture
def sent(desk: Roundcube) -> Iterator[Callable[..., host.Sent]]:
    """Answers a customer's new mail with a text, and gives what Roundcube says to it."""
    with desk.client() as client:
        yield lambda text, **fields: desk.window(client, reply_uid=desk.arrives(QUESTION)).send(text, **fields)


def overrides(service: Served) -> list[tuple[str, str, str, str | None]]:
    """What is on record: rule, agent, reason and team."""
    with contextlib.closing(sqlite3.connect(service.folder / "overrides.sqlite")) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'overrides'").fetchall():
            return []
        return database.execute("SELECT rule, agent, reason, team FROM overrides ORDER BY id").fetchall()


def text_of(mail: Any, kind: str = "plain") -> str:
    return str(mail.get_body((kind,)).get_content()).replace("\r\n", "\n")


# What follows from an answer


def test_error_stays_and_clean_leaves(desk: Roundcube, front: Front) -> None:
    number, before = desk.arrives(QUESTION), desk.count("Sent")
    with desk.client() as client:
        window = desk.window(client, reply_uid=number)
        held = window.send(f"{window.quoted}\n{BLAMES}").held
        assert held
        assert (held["kind"], held["title"], held["change"]) == ("block", WORDS["en"]["refused"], WORDS["en"]["change"])
        assert held["findings"][0].startswith("“you failed” makes the customer the cause.")
        assert held["token"] == ""
        assert (desk.outbox.mails, desk.count("Sent")) == ([], before)
        assert b"Answered" not in desk.flags(number)
        answer = window.send(f"{window.quoted}\n{CLEAN}")
    assert (answer.held, answer.left, answer.event("unchecked")) == (None, True, None)
    [mail] = desk.outbox.mails
    assert text_of(mail).endswith(CLEAN.partition("\n\n")[2] + "\n")
    assert "> When does my lamp" in text_of(mail)
    assert desk.count("Sent") == before + 1
    assert b"Answered" in desk.flags(number)
    assert len(front.asked) == 2


def test_warning_leaves_with_a_reason_that_is_on_record(
    desk: Roundcube, sent: Callable[..., host.Sent], service: Served
) -> None:
    before = overrides(service)
    held = sent(LOUD).held
    assert held
    assert (held["kind"], held["title"], held["change"]) == ("warn", WORDS["en"]["warned"], "")
    short = sent(LOUD, replylint_token=held["token"], replylint_reason=" ab ").held
    assert short
    assert (short["title"], short["fault"]) == (WORDS["en"]["warned"], WORDS["en"]["reason_missing"])
    assert (desk.outbox.mails, overrides(service)) == ([], before)
    assert sent(LOUD, replylint_token=held["token"], replylint_reason="She likes it loud").left
    assert len(desk.outbox.mails) == 1
    assert overrides(service)[len(before) :] == [("shouting", AGENT, "She likes it loud", None)]
    assert "verdict=pass checked=yes overridden=yes" in desk.log.splitlines()[-1]
    assert "likes it loud" not in desk.logs


def test_token_does_not_hold_for_other_faults(desk: Roundcube, sent: Callable[..., host.Sent], service: Served) -> None:
    before = overrides(service)
    held = sent(LOUD).held
    assert held
    other = sent(f"{LOUD}\n\n{BLAMES[9:]}", replylint_token=held["token"], replylint_reason="She likes it").held
    assert other
    assert (other["kind"], other["title"], other["token"]) == ("block", WORDS["en"]["refused"], "")
    again = sent(LOUD.replace("desk", "DESK!!! desk"), replylint_token=held["token"], replylint_reason="As is").held
    assert again
    assert again["title"] == WORDS["en"]["warned"]
    assert (desk.outbox.mails, overrides(service)) == ([], before)


def test_reason_that_could_not_be_recorded(desk: Roundcube, front: Front, sent: Callable[..., host.Sent]) -> None:
    front.mode = "fixed"
    front.answer = {"verdict": "warn", "checked": True, "override_token": "t", "dialog_text": "• loud",
                    "reason": "the override could not be logged", "findings": []}  # fmt: skip
    held = sent(LOUD, replylint_token="t", replylint_reason="She likes it loud").held
    assert held
    assert (held["title"], held["token"], held["findings"]) == (WORDS["en"]["not_logged"], "t", ["loud"])
    assert front.asked[-1]["override"] == {"token": "t", "reason": "She likes it loud", "agent": AGENT}
    assert desk.outbox.mails == []


@pytest.mark.parametrize(
    ("text", "kind", "title", "has_token"),
    [(LOUD, "block", "warned", True), (BLAMES, "block", "refused", False)],
)
def test_block_that_may_be_overridden_is_a_warning(
    desk: Roundcube, sent: Callable[..., host.Sent], service: Served, text: str, kind: str, title: str, has_token: bool
) -> None:
    desk.set(replylint_team={AGENT: "strict"})
    held = sent(text).held
    assert held
    assert (held["kind"], held["title"], bool(held["token"])) == (kind, WORDS["en"][title], has_token)
    if has_token:
        assert sent(text, replylint_token=held["token"], replylint_reason="It is loud here").left
        assert overrides(service)[-1] == ("shouting", AGENT, "It is loud here", "strict")


def test_warning_that_must_not_be_overridden(desk: Roundcube, sent: Callable[..., host.Sent]) -> None:
    desk.set(replylint_team={"acme.example": "firm"})
    held = sent(LOUD).held
    assert held
    assert (held["title"], held["token"], held["change"]) == (WORDS["en"]["warned"], "", WORDS["en"]["change"])


# When there is no answer


@pytest.mark.parametrize(
    ("mode", "failure"),
    [
        ("down", "ConnectException"),
        ("stalled", "timeout"),
        ("dripping", "timeout"),
        ("broken", "no answer of replylint"),
        ("failing", "status 500"),
        ("elsewhere", "status 307"),
    ],
)
def test_no_answer(desk: Roundcube, front: Front, sent: Callable[..., host.Sent], mode: str, failure: str) -> None:
    seconds = {"stalled": 3.0, "dripping": 1.0}.get(mode, 0.0)
    change: dict[str, Any] = {"replylint_timeout": seconds} if mode == "dripping" else {}
    change |= {"replylint_url": f"http://127.0.0.1:{host.free_port()}"} if mode == "down" else {}
    front.mode = mode
    desk.set(**change)
    begin = time.monotonic()
    answer = sent(BLAMES)
    took = time.monotonic() - begin
    assert answer.left
    assert answer.event("unchecked") == {"text": WORDS["en"]["not_checked"]}
    assert len(desk.outbox.mails) == 1
    assert f'failure="{failure}"' in desk.log.splitlines()[-1]
    assert len(front.asked) == (mode != "down")
    logged = float(re.findall(r"seconds=([\d.]+)", desk.log)[-1])
    assert seconds <= logged <= took
    # A service that drips or stalls for good would hold the mail for ever.
    assert logged < seconds + 5
    if mode == "stalled":
        return
    desk.set(replylint_fail="closed", **change)
    held = sent(BLAMES).held
    assert held
    assert (held["kind"], held["title"], held["findings"]) == ("held", WORDS["en"]["held"], [])
    assert (held["token"], held["change"]) == ("", "")
    assert len(desk.outbox.mails) == 1


def test_mail_that_the_mail_server_refuses_was_not_sent_unchecked(
    desk: Roundcube, front: Front, sent: Callable[..., host.Sent]
) -> None:
    front.mode = "failing"
    desk.outbox.refusing = True
    answer = sent(CLEAN)
    assert (answer.left, answer.event("unchecked"), answer.held) == (False, None, None)


def test_service_that_could_not_check_and_whose_policy_is_closed(
    desk: Roundcube, front: Front, sent: Callable[..., host.Sent]
) -> None:
    front.mode = "fixed"
    front.answer = {"verdict": "block", "checked": False, "reason": "it took too long", "override_token": None}
    held = sent(CLEAN).held
    assert held
    assert (held["kind"], held["title"], held["findings"]) == ("held", WORDS["en"]["held"], [])
    assert desk.outbox.mails == []


def test_language_without_rules_leaves_unchecked(desk: Roundcube, sent: Callable[..., host.Sent]) -> None:
    answer = sent(GERMAN)
    assert (answer.left, answer.event("unchecked")) == (True, {"text": WORDS["en"]["not_checked"]})
    assert len(desk.outbox.mails) == 1


def test_token_of_the_service(desk: Roundcube, front: Front, sent: Callable[..., host.Sent]) -> None:
    desk.set(replylint_token="open sesame")
    assert sent(CLEAN).left
    desk.set()
    assert sent(CLEAN).left
    assert front.tokens == ["Bearer open sesame", None]


# What is asked


@pytest.mark.parametrize(("language", "code"), LANGUAGES.items())
def test_language_of_the_agent_and_history(desk: Roundcube, front: Front, language: str, code: str) -> None:
    """Roundcube quotes below or above, with marks or without, in words of the agent's language."""
    user = f"{language}@acme.example".lower()
    number = desk.arrives(QUESTION, user=user)
    with desk.client(user, language) as client:
        for mode, is_html in itertools.product((0, 1, 2) if code == "en" else (0, 2), (False, True)):
            desk.set(reply_mode=mode, htmleditor=int(is_html))
            window = desk.window(client, reply_uid=number)
            assert ("blockquote" in window.quoted) == (is_html and mode < 2)
            own = "".join(f"<p>{line}</p>" for line in BLAMES.split("\n\n")) if is_html else BLAMES
            whole = f"{window.quoted}\n{own}" if mode == 0 else f"{own}\n{window.quoted}"
            held = window.send(whole, is_html=str(int(is_html))).held
            assert held
            assert (held["title"], held["words"]["back"]) == (WORDS[code]["refused"], WORDS[code]["back"])
            assert held["lang"] == {"sr-Cyrl": "sr", "sr": "sr-Latn"}.get(code, code)
            assert held["findings"][0].startswith("“you failed” makes the customer the cause.")
            asked = front.asked.pop()
            assert re.sub(r"(?:\s*<[^>]*>\s*)+", "\n\n", asked["draft"]).strip() == BLAMES
            assert asked["markup"] == ("html" if is_html else "text")
            assert (asked["customer_message"], asked["customer_name"]) == (QUESTION, "Ann Lee")
            assert (asked["channel"], asked["id"].endswith("@acme.example>")) == ("email", True)


def test_customers_own_history_is_not_the_customers_message(desk: Roundcube, front: Front) -> None:
    ours = textwrap.indent(f"{BLAMES}\n> older", "> ", lambda _: True)
    text = f"{QUESTION}\n\nOn Mon, Nov 3, 2025 at 9:12 AM Acme Desk <{AGENT}>\nwrote:\n\n{ours}\n"
    page = f"<p>{QUESTION}</p><div>On Mon, Nov 3, 2025 Acme wrote:<blockquote>{BLAMES}</blockquote></div>"
    with desk.client() as client:
        desk.window(client, reply_uid=desk.arrives(text)).send(CLEAN)
        desk.window(client, reply_uid=desk.arrives(text, page=page)).send(CLEAN)
        # A mail to oneself from the folder of sent ones goes to a customer, but is not theirs.
        own = desk.arrives(BLAMES, sender=f"Desk <{AGENT}>")
        desk.window(client, reply_uid=own).send(CLEAN, to="Bo Berg <bo@customers.example>")
    assert [each.get("customer_message") for each in front.asked] == [QUESTION, QUESTION, None]
    assert [each["customer_name"] for each in front.asked] == ["Ann Lee", "Ann Lee", "Bo Berg"]


def test_name_is_that_of_whom_the_mail_goes_to(desk: Roundcube, front: Front) -> None:
    desk.set(replylint_colleagues=["acme.example"])
    with desk.client() as client:
        window = desk.window(client, reply_uid=desk.arrives(QUESTION))
        for to in ("ann@CUSTOMERS.example", "bo@customers.example", "bo@customers.example, Cleo Ray <c@x.example>"):
            window.send(BLAMES, to=to)
        # What a colleague wrote is nothing that a customer wrote.
        window = desk.window(client, reply_uid=desk.arrives(QUESTION, sender="Dan <dan@acme.example>"))
        window.send(BLAMES, to="bo@customers.example")
    assert [each.get("customer_name") for each in front.asked] == ["Ann Lee", None, "Cleo Ray", None]
    assert [each.get("customer_message") for each in front.asked] == [QUESTION] * 3 + [None]


def test_draft_that_was_saved_still_knows_what_it_answers(desk: Roundcube, front: Front) -> None:
    number = desk.arrives(QUESTION)
    with desk.client() as client:
        window = desk.window(client, reply_uid=number)
        saved = window.send(f"{window.quoted}\n{BLAMES}", draft="1")
        assert (front.asked, desk.outbox.mails) == ([], [])
        [[draft]] = saved.of("set_draft_id")
        again = desk.window(client, draft_uid=draft, mbox="Drafts")
        assert again.send(again.quoted).held
        with desk.mailbox() as box:
            box.select("INBOX")
            box.uid("STORE", str(number), "+FLAGS", r"(\Deleted)")
            box.expunge()
        lost = desk.window(client, draft_uid=draft, mbox="Drafts")
        assert lost.send(lost.quoted).held
    assert [each["customer_message"] for each in front.asked] == [QUESTION, QUESTION]
    assert [each["draft"] for each in front.asked] == [BLAMES, BLAMES]


@pytest.mark.parametrize(
    "line",
    [
        "you failed to tell us what you meant by this:",
        "On 3 May 2026, your neighbour wrote:",
        "Wat u schreef op 3 mei:",
    ],
)
def test_sentence_before_a_quote_of_the_agents_own_is_judged(desk: Roundcube, front: Front, line: str) -> None:
    text = f"Hi Ann,\n\n{line}\n> {QUESTION}\n\nPlease tell us."
    with desk.client() as client:
        window = desk.window(client, reply_uid=desk.arrives(QUESTION))
        window.send(text)
    assert front.asked[0]["draft"] == text.replace(f"> {QUESTION}\n", "")


def test_pages_of_all_shapes_are_read_to_their_end(desk: Roundcube, front: Front) -> None:
    page = (
        "<div>" * 600
        + f"<p>{BLAMES}</p>"
        + "</div>" * 600
        + "<o:p>a</o:p><p>&lt;b&gt; &amp; \U0001f642 ћ</p><table><td>z"
    )
    with desk.client() as client:
        held = desk.window(client, reply_uid=desk.arrives(QUESTION)).send(page, is_html="1").held
    assert held
    assert [each in front.asked[0]["draft"] for each in (BLAMES, "&lt;b&gt; &amp; \U0001f642 ћ", "z")] == [True] * 3


def test_long_lines_are_asked_about_as_they_were_written(desk: Roundcube, front: Front) -> None:
    text = "Hi Ann,\n\n" + "the lamp leaves on Friday, " * 12 + "insured.\n\n From here to Leeds."
    with desk.client() as client:
        desk.window(client, reply_uid=desk.arrives(QUESTION)).send(text)
    assert front.asked[0]["draft"] == text
    assert max(map(len, text_of(desk.outbox.mails[0]).splitlines())) < 80


def test_forward_without_what_is_forwarded(desk: Roundcube, front: Front) -> None:
    user = "hr@acme.example"
    number = desk.arrives("My lamp came broken, and you failed us all.", user=user)
    with desk.client(user, "hr") as client:
        window = desk.window(client, forward_uid=number)
        assert "-------- Izvorna poruka --------" in window.quoted
        own = CLEAN.replace("Ann", "Bo")
        assert window.send(own + window.quoted, to="Bo Berg <bo@customers.example>").left
    [asked] = front.asked
    assert (asked["draft"], asked["customer_name"], "customer_message" in asked) == (own, "Bo Berg", False)


def test_teams(desk: Roundcube, front: Front, sent: Callable[..., host.Sent]) -> None:
    for setting in ("identity", "domain", {"ACME.example": "returns"}, {"other.example": "x"}, None):
        desk.set(replylint_team=setting)
        sent(CLEAN)
    assert [each.get("team") for each in front.asked] == [AGENT, "acme.example", "returns", None, None]


def test_old_charset_is_read_rightly(desk: Roundcube, front: Front) -> None:
    with desk.client() as client:
        window = desk.window(client, reply_uid=desk.arrives(QUESTION))
        window.send("Poštovana Ana,\n\nsami ste krivi što je lampa razbijena.", charset="ISO-8859-2")
    assert front.asked[0]["draft"] == "Poštovana Ana,\n\nsami ste krivi što je lampa razbijena."
    assert desk.outbox.mails == []


# What is not asked about


def test_colleagues_are_not_asked_about(desk: Roundcube, front: Front) -> None:
    desk.set(replylint_colleagues=["Acme.example", "cleo@agency.example"])
    team = "Bo <bo@ACME.example>, cleo@agency.example"
    with desk.client() as client:
        assert desk.window(client).send(BLAMES, to=team, subject="Lamp").left
        assert front.asked == []
        for hidden in ({"bcc": "ann@customers.example"}, {"cc": "dan@agency.example"}, {"cc": "x@not-acme.example"}):
            assert desk.window(client).send(BLAMES, to=team, subject="Lamp", **hidden).held
    assert len(front.asked) == 3
    assert len(desk.outbox.mails) == 1


def test_receipts_bounces_and_mail_without_words_are_not_asked_about(desk: Roundcube, front: Front) -> None:
    number = desk.arrives("You failed to attach the form.", Disposition_Notification_To="ann@customers.example")
    with desk.client() as client:
        token = re.search(r'"request_token":"([^"]+)"', desk.window(client).page)
        assert token
        data = {"_token": token[1], "_uid": str(number), "_mbox": "INBOX", "_remote": "1"}
        client.post("/", params={"_task": "mail", "_action": "sendmdn"}, data=data)
        [receipt] = desk.outbox.mails
        assert receipt.get_content_type() == "multipart/report"
        sender = desk.window(client).fields["_from"]
        data = {"_token": token[1], "_to": "bo@customers.example", "_from": sender}
        client.post(
            "/", params={"_task": "mail", "_action": "bounce", "_uid": str(number), "_mbox": "INBOX"}, data=data
        )
        assert len(desk.outbox.mails) == 2
        window = desk.window(client, reply_uid=number)
        assert window.send(window.quoted).left
    assert len(desk.outbox.mails) == 3
    assert front.asked == []


COURIER = r"""<?php
class courier extends rcube_plugin
{
    private $done = false;
    function init()
    {
        $this->add_hook('message_sent', [$this, 'more']);
        $this->add_hook('message_ready', [$this, 'seal']);
    }
    function more($args)
    {
        if (!$this->done) {
            $this->done = true;
            $mail = new Mail_mime("\r\n");
            $mail->headers(['From' => 'agent@acme.example', 'To' => 'ann@customers.example', 'Message-ID' => '<a@b>']);
            $mail->setTXTBody('You failed to attach the form.');
            rcmail::get_instance()->deliver_message($mail, 'agent@acme.example', 'ann@customers.example', $error);
        }
        return $args;
    }
    function seal($args)
    {
        $sealed = new Mail_mime("\r\n");
        $sealed->headers($args['message']->headers());
        $sealed->setTXTBody('sealed');
        return ['message' => $sealed];
    }
}
"""


def test_other_plugins_encrypt_and_send(desk: Roundcube, front: Front, sent: Callable[..., host.Sent]) -> None:
    place = desk.folder / "plugins/courier"
    place.mkdir()
    (place / "courier.php").write_text(COURIER, encoding="utf-8")
    desk.set(plugins=["courier", "replylint"])
    assert sent(BLAMES).held
    assert sent(CLEAN).left
    assert [each["draft"] for each in front.asked] == [BLAMES, CLEAN]
    assert [text_of(mail).strip() for mail in desk.outbox.mails] == ["sealed", "You failed to attach the form."]


def test_mail_encrypted_in_the_browser_is_not_checked(
    desk: Roundcube, front: Front, sent: Callable[..., host.Sent]
) -> None:
    answer = sent("", pgpmime="-----BEGIN PGP MESSAGE-----")
    assert (answer.left, bool(answer.event("unchecked")), front.asked) == (True, True, [])
    desk.set(replylint_fail="closed")
    assert sent("", pgpmime="-----BEGIN PGP MESSAGE-----").held


# Policy, log, speed, style


def test_policy_takes_effect_without_a_restart(
    desk: Roundcube, sent: Callable[..., host.Sent], service: Served
) -> None:
    desk.set(replylint_team={AGENT: "trial"})
    held = sent(BLAMES).held
    assert held
    assert (held["kind"], held["token"]) == ("block", "")
    place = service.folder / "replylint.toml"
    policy = '[service.teams.trial]\nrules = {blames-customer = "warn"}\n'
    place.write_text(place.read_text(encoding="utf-8") + policy, encoding="utf-8")
    asked = {"draft": BLAMES, "team": "trial"}
    with service.client() as client:
        wait_for(lambda: client.post("/v1/check", json=asked).json()["verdict"] == "warn", "the new policy")
    held = sent(BLAMES).held
    assert held
    assert (held["kind"], bool(held["token"])) == ("warn", True)


def test_no_text_is_in_any_log(desk: Roundcube, front: Front, service: Served) -> None:
    desk.set(log_errors=True)
    planted = ("zanzibarlamp", "kilimanjarolamp")
    with desk.client() as client:
        for mode in ("on", "broken", "failing"):
            front.mode = mode
            window = desk.window(client, reply_uid=desk.arrives(f"My {planted[0]} is late."))
            window.send(f"{BLAMES} The {planted[1]} is here.", replylint_token=planted[1], replylint_reason=planted[1])
    assert [each in json.dumps(front.asked) for each in planted] == [True, True]
    for each in planted:
        assert each not in desk.logs
        assert each not in service.log
    assert len(re.findall(r"id=<\S+@acme\.example> verdict=(?:block|-) checked=", desk.log)) >= 3


def test_delay(desk: Roundcube, front: Front, record_property: Callable[[str, object], None]) -> None:
    """What the gate adds to a press of Send, as the median of 21 with it and 21 without it in turn."""
    took: dict[bool, list[float]] = {True: [], False: []}
    number = desk.arrives(QUESTION)
    with desk.client() as client:
        for turn in range(44):
            gated = turn % 2 == 0
            desk.set(plugins=["replylint"] if gated else [])
            window = desk.window(client, reply_uid=number)
            begin = time.perf_counter()
            assert window.send(CLEAN).left
            took[gated].append(time.perf_counter() - begin)
    delay = statistics.median(took[True][1:]) - statistics.median(took[False][1:])
    own = statistics.median(float(each) for each in re.findall(r"verdict=pass .* seconds=([\d.]+)", desk.log)[-21:])
    record_property("delay_ms", round(delay * 1000))
    print(f"the gate adds {delay * 1000:.0f} ms to a press of Send; by its own log it takes {own * 1000:.0f} ms")
    assert (len(desk.outbox.mails), len(front.asked)) == (44, 22)
    # Far more than the aim of 0.1, so that only a real fault fails on a busy machine.
    assert max(delay, own) < 1.0


def test_php_is_strict_and_sound() -> None:
    files = sorted(PLUGIN.rglob("*.php"))
    assert len(files) == 4
    for file in [*files, PLUGIN / "config.inc.php.dist"]:
        done = subprocess.run(["php", "-d", "error_reporting=-1", "-l", str(file)], capture_output=True, text=True)
        assert done.stdout.startswith("No syntax errors"), done.stdout
    assert all("declare(strict_types=1);" in file.read_text(encoding="utf-8") for file in files)


# In the browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with api.sync_playwright() as playwright:
        api.expect.set_options(timeout=20_000)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, desk: Roundcube) -> Iterator[Callable[..., Any]]:
    """Opens the reply to a customer's new mail; afterwards no script has complained."""
    opened: list[tuple[Any, list[str]]] = []

    def begin(user: str = AGENT, language: str = "en-GB", width: int = 1280, sign_in: bool = False, **how: Any) -> Any:
        size = {"width": width, "height": 900 if width > 600 else 740}
        context = browser.new_context(viewport=size, locale=language, reduced_motion="reduce", **how)
        complaints: list[str] = []
        opened.append((context, complaints))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        number = desk.arrives(QUESTION, user=user)
        page = context.new_page()
        if sign_in:
            page.goto(desk.url)
            return page
        with desk.client(user, language) as client:
            context.add_cookies([{"name": n, "value": v, "url": desk.url} for n, v in client.cookies.items()])
        page.goto(f"{desk.url}/?_task=mail&_action=compose&_reply_uid={number}&_mbox=INBOX")
        return page

    yield begin
    for context, complaints in opened:
        context.close()
        assert complaints == []


def expected(subject: Any) -> Any:
    from playwright.sync_api import expect

    return expect(subject)


def write(page: Any, text: str) -> None:
    """Replaces what stands in the plain editor."""
    page.locator("#composebody").fill(text)


def press_send(page: Any) -> None:
    # On a phone it stands at the top.
    page.locator(".send:visible").first.click()


def violations(page: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, context="#replylint").response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def test_reply_as_an_agent_does(visit: Callable[..., Any], desk: Roundcube) -> None:
    before = desk.count("Sent")
    page = visit(sign_in=True)
    page.locator("#rcmloginuser").fill(AGENT)
    page.locator("#rcmloginpwd").fill(PASSWORD)
    page.locator("#rcmloginsubmit").click()
    page.locator("#messagelist tr.message").first.dblclick()
    page.locator("#messagetoolbar a.reply:not(.all):visible, a.reply:not(.disabled):visible").first.click()
    page.locator("#composebody").press("Control+End")
    page.keyboard.type(BLAMES)
    written = page.locator("#composebody").input_value()
    assert written.startswith("On ")
    press_send(page)
    panel = page.get_by_role("alert")
    expected(panel).to_contain_text(WORDS["en"]["refused"])
    expected(panel.locator("li")).to_contain_text("“you failed” makes the customer the cause. Say what happened")
    expected(page.locator("#replylint-title")).to_be_focused()
    expected(page.locator("#messagestack > div")).to_have_count(0)
    assert page.locator("#replylint-reason").count() == 0
    assert page.locator("#composebody").input_value() == written
    assert page.locator("#replylint").bounding_box()["y"] < page.locator("#composebodycontainer").bounding_box()["y"]
    assert (desk.outbox.mails, desk.count("Sent")) == ([], before)
    page.keyboard.press("Tab")
    expected(page.locator(".replylint-back")).to_be_focused()
    page.keyboard.press("Enter")
    expected(page.locator("#composebody")).to_be_focused()
    write(page, CLEAN)
    press_send(page)
    page.wait_for_url("**_mbox=INBOX**")
    assert text_of(desk.outbox.mails[0]).strip() == CLEAN
    expected(page.locator("#messagestack")).not_to_contain_text("replylint")
    assert desk.count("Sent") == before + 1


def test_html_in_cyrillic_with_a_file(visit: Callable[..., Any], desk: Roundcube, front: Front) -> None:
    desk.set(htmleditor=1)
    page = visit("sava@acme.example", "sr-CS")
    editor = page.frame_locator("#composebody_ifr").locator("body")
    file = {"name": "лампа.pdf", "mimeType": "application/pdf", "buffer": bytes(range(256)) * 40}
    page.locator("input[name='_attachments[]']").first.set_input_files(file)
    expected(page.locator("#attachment-list li:not(.uploading)")).to_have_count(1)
    editor.press("Control+End")
    page.keyboard.type(CYRILLIC_BLAMES)
    press_send(page)
    expected(page.get_by_role("alert")).to_contain_text(WORDS["sr-Cyrl"]["refused"])
    expected(page.get_by_role("alert")).to_contain_text("криви")
    expected(editor).to_contain_text("сами сте криви што је лампа поломљена.")
    expected(page.locator("#attachment-list li")).to_have_count(1)
    assert desk.outbox.mails == []
    editor.press("Control+a")
    page.keyboard.type(CYRILLIC_CLEAN)
    press_send(page)
    page.wait_for_url("**_mbox=INBOX**")
    [mail] = desk.outbox.mails
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (file["name"], file["buffer"])
    assert CYRILLIC_CLEAN.split("\n\n")[1] in re.sub(r"<[^>]+>", "", text_of(mail, "html"))
    assert [each["markup"] for each in front.asked] == ["html", "html"]
    assert "blockquote" not in front.asked[0]["draft"]
    assert front.asked[0]["customer_message"] == QUESTION


def test_warning_by_keyboard_alone(visit: Callable[..., Any], desk: Roundcube, service: Served) -> None:
    page = visit("hana@acme.example", "hr-HR")
    write(page, LOUD)
    press_send(page)
    expected(page.locator("#replylint-title")).to_be_focused()
    expected(page.get_by_role("alert").first).to_contain_text(WORDS["hr"]["warned"])
    page.keyboard.press("Tab")
    reason = page.get_by_label(WORDS["hr"]["reason"])
    expected(reason).to_be_focused()
    page.keyboard.type("ne")
    page.keyboard.press("Enter")
    expected(page.locator("#replylint-fault")).to_have_text(WORDS["hr"]["reason_missing"])
    expected(reason).to_be_focused()
    expected(reason).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    page.keyboard.type(" viče, veseli se")
    page.keyboard.press("Tab")
    expected(page.get_by_role("button", name=WORDS["hr"]["send_anyway"])).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**_mbox=INBOX**")
    assert text_of(desk.outbox.mails[0]).strip() == LOUD
    assert overrides(service)[-1] == ("shouting", "hana@acme.example", "ne viče, veseli se", None)


def test_reason_holds_for_its_own_press_alone(visit: Callable[..., Any], desk: Roundcube, front: Front) -> None:
    page = visit()
    write(page, LOUD)
    press_send(page)
    page.locator("#replylint-reason").fill("She likes it loud")
    press_send(page)
    expected(page.locator("#replylint-reason")).to_have_value("")
    assert ["override" in each for each in front.asked] == [False, False]
    assert desk.outbox.mails == []


def test_canned_response_is_named(visit: Callable[..., Any], desk: Roundcube, front: Front) -> None:
    desk.set(
        compose_responses_static=[{"name": "Shipping", "text": CLEAN}, {"name": "Loud", "html": "<p>Here!!!!</p>"}]
    )
    page = visit()
    page.locator("a[data-popup=responses-menu]").click()
    with page.expect_response("**response-get**"):
        page.locator("a.insertresponse", has_text="Shipping").click()
    expected(page.locator("#composebody")).to_have_value(re.compile("insured and wrapped twice"))
    press_send(page)
    page.wait_for_url("**_mbox=INBOX**")
    [asked] = front.asked
    assert (asked["template_id"], asked["template"]) == ("Shipping", CLEAN)


@pytest.mark.parametrize("window", ["page", "popup"])
def test_unchecked_mail_is_told_where_the_agent_goes(
    visit: Callable[..., Any], desk: Roundcube, front: Front, window: str
) -> None:
    front.mode = "failing"
    page = visit("rita@acme.example", "ru-RU")
    told = page
    if window == "popup":
        page.goto(f"{desk.url}/?_task=mail&_mbox=INBOX")
        with page.expect_popup() as opened:
            page.evaluate("window.open('about:blank', 'compose', 'width=900,height=700') && null")
        page = opened.value
        # Where Roundcube itself opens the window, its first page was once never shown.
        page.goto(f"{desk.url}/?_task=mail&_action=compose&_extwin=1&_to=ann@customers.example&_subject=Lamp")
    write(page, CLEAN)
    press_send(page)
    expected(told.locator("#messagestack")).to_contain_text(WORDS["ru"]["not_checked"])
    assert len(desk.outbox.mails) == 1


def test_words_of_a_reply_are_never_markup(visit: Callable[..., Any], desk: Roundcube, front: Front) -> None:
    evil = '<img src=x onerror="document.title=1"></script><script>document.title=1</script>'
    front.mode = "fixed"
    front.answer = {
        "verdict": "warn",
        "checked": True,
        "override_token": '"><b>',
        "dialog_text": f"• {evil}",
        "lang": '"><b>',
    }
    page = visit()
    title = page.title()
    page.evaluate("rcmail.clear_messages = () => {}")
    write(page, LOUD)
    press_send(page)
    expected(page.locator("#replylint li")).to_have_text(evil)
    expected(page.locator("#messagestack")).to_contain_text(evil)
    assert page.locator("#replylint img, #replylint b, #messagestack img").count() == 0
    assert page.title() == title


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_panel_can_be_read_by_everybody(
    visit: Callable[..., Any], desk: Roundcube, front: Front, scheme: str, width: int
) -> None:
    page = visit(width=width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (scheme == "dark")
    for text, kind in ((BLAMES, "block"), (LOUD, "warn"), (CLEAN, "held")):
        if kind == "held":
            front.mode = "failing"
            desk.set(replylint_fail="closed")
        write(page, text)
        press_send(page)
        expected(page.locator(f"#replylint.replylint-{kind}")).to_be_in_viewport()
        assert violations(page) == []
        assert page.evaluate("document.getElementById('replylint').getBoundingClientRect().right <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width
