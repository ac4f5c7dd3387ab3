"""The Zendesk app: Zendesk's own SDK, a stand-in for the ticket page, a real service, a real browser."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import statistics
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists():
    pytest.skip("there is no Chromium at /usr/bin/chromium", allow_module_level=True)

from playwright.sync_api import Browser, Frame, Page, expect  # noqa: E402

from replylint.integrations.gate.words import all_words, say  # noqa: E402
from tests.gates.hosts import zendesk  # noqa: E402
from tests.gates.hosts.zendesk import APP, SDK_URL, NoSdkError, Zendesk, said  # noqa: E402
from tests.service.conftest import Served, start  # noqa: E402

BAD = "<p>Hi Ann,</p><p>you failed to attach the form, so I am sorry that this takes until Friday.</p>"
GOOD = "<p>Hi Ann,</p><p>your lamp leaves our shop in Leeds on Friday, insured and wrapped twice.</p>"
WARN = "<p>Hi Ann,</p><p>your lamp is here!!!! It waits at the desk in Leeds.</p>"
OTHER = "<p>Hi Ann,</p><p>your lamp is here!!!! It WAITS FOR YOU at the desk in Leeds.</p>"
GERMAN = "<p>Hallo Frau Lee,</p><p>Ihre Lampe verlässt unser Lager am Freitag und ist gut verpackt.</p>"
CYRILLIC_BAD = "<p>Поштована Ана,</p><p>сами сте <b>криви</b> што је лампа поломљена.</p>"
CYRILLIC_GOOD = "<p>Поштована Ана,</p><p>Ваша лампа креће у петак из <b>Новог Сада</b>, двапут умотана.</p>"
RECEIPT = {"contentType": "application/pdf", "fileName": "receipt.pdf"}
REASON = "Ann and I joke like this"
TOKEN = "open-sesame"
CONFIG = (
    'hosts = ["lint.example.com"]\nrate = 0\nworkers = 1\nwatch = 0.2\n'
    '[service.teams.Final]\noverride = "nothing"\n'
    '[service.teams.Loose]\noverride = "everything"\n'
)
MILD = f'{CONFIG}[service.policy]\nrules = {{blames-customer = "warn"}}\n'
"""The same, where what was an error is a warning."""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

expect.set_options(timeout=15_000)


class Desk:
    """The ticket page as an agent uses it."""

    def __init__(self, page: Page, host: Zendesk) -> None:
        self.page, self.host = page, host
        self.lines: list[str] = []
        page.on("console", lambda said: self.lines.append(said.text))
        self.sidebar = page.frame_locator("iframe")
        self.status = self.sidebar.locator("#status")
        self.form = self.sidebar.locator("#override")
        self.findings = self.sidebar.locator("#findings li")
        self.refusal = page.locator("#refusal")
        self.notices = page.locator("#notices .notice")

    def write(self, draft: str) -> None:
        """Puts a draft into the editor, and waits until the sidebar has said what it thinks of it."""
        self.page.evaluate("draft => host.write(draft)", draft)
        expect(self.status).to_have_attribute("data-tone", re.compile("pass|warn|block"))
        self.host.asked.clear()

    def submit(self) -> None:
        """Presses Submit and waits until the ticket is saved or refused."""
        before = self.page.evaluate("host.saves")
        self.page.locator("#submit").click()
        self.page.wait_for_function("before => host.saves > before", arg=before)

    def send(self, draft: str) -> None:
        """Writes and submits at once, before the sidebar has looked at the draft."""
        before = self.page.evaluate("host.saves")
        self.page.evaluate("draft => { host.write(draft); document.getElementById('submit').click(); }", draft)
        self.page.wait_for_function("before => host.saves > before", arg=before)

    def give(self, reason: str) -> None:
        self.form.locator("input").fill(reason)
        self.form.locator("button").click()

    def choose_note(self) -> None:
        self.page.locator("[value=internalNote]").check()

    @property
    def draft(self) -> str:
        return str(self.page.locator("#editor").inner_html())

    @property
    def left(self) -> list[str]:
        """The texts of what was saved."""
        return [each["text"] for each in self.host.saved]

    @property
    def wait(self) -> float:
        """Milliseconds from Submit to the app's answer, for the last save."""
        return float(self.page.evaluate("host.waits.at(-1)"))

    @property
    def frame(self) -> Frame:
        return next(frame for frame in self.page.frames if frame.url.startswith(self.host.app))


Opener = Callable[..., Desk]


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        return zendesk.sdk(tmp_path_factory.mktemp("sdk"))
    except NoSdkError as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def served(sdk: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = start(tmp_path_factory.mktemp("zendesk"), CONFIG, token=TOKEN)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def host(served: Served) -> Iterator[Zendesk]:
    with zendesk.running(served.url, TOKEN) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_desk(browser: Browser, host: Zendesk, sdk: str) -> Iterator[Opener]:
    """Opens a ticket; afterwards nothing was asked for elsewhere, and neither the policy nor a script complained."""
    opened: list[tuple[Any, set[str], list[str]]] = []

    def begin(**changes: Any) -> Desk:
        host.reset(**changes)
        context = browser.new_context(viewport={"width": 1000, "height": 760}, locale="en-GB")
        context.route(SDK_URL, lambda route: route.fulfill(body=sdk, content_type="text/javascript"))
        places: set[str] = set()
        complaints: list[str] = []
        context.on("request", lambda request: places.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url))))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        # Styles in a customer's mail are told of, too, although the document that it is read into has none.
        expected = "inline style" if "<style>" in json.dumps(host.config) else "-"
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if "Content Security" in said.text and expected not in said.text else None
            ),
        )
        desk = Desk(page, host)
        page.goto(host.url)
        opened.append((context, places, complaints))
        page.wait_for_function("host.subscribed.has('ticket.save')")
        expect(desk.status).to_contain_text(
            "https://lint.example.com " + say("local_only", host.config["user"]["locale"])
        )
        return desk

    yield begin
    allowed = {host.url.removesuffix("/agent/tickets/7"), host.app}
    for context, places, complaints in opened:
        context.close()
        assert places - allowed == {"https://static.zdassets.com"}
        assert complaints == []


@contextmanager
def settings_of(served: Served, text: str) -> Iterator[None]:
    """The service with the milder settings, without a restart, from when its answers show that they hold."""
    file = served.folder / "replylint.toml"
    before = file.read_text(encoding="utf-8")
    with served.client(TOKEN) as client:

        def verdict() -> str:
            return str(client.post("/v1/check", json={"draft": BAD, "markup": "html"}).json()["verdict"])

        file.write_text(text, encoding="utf-8")
        try:
            served.wait_for(lambda: verdict() == "warn")
            yield
        finally:
            file.write_text(before, encoding="utf-8")
            served.wait_for(lambda: verdict() == "block")


def overrides(served: Served) -> list[tuple[str, str, str, str]]:
    """What is on record: rule, reason, agent, team."""
    if not (served.folder / "overrides.sqlite").exists():
        return []
    with closing(sqlite3.connect(served.folder / "overrides.sqlite")) as base:
        return list(base.execute("select rule, reason, agent, team from overrides order by id"))


@pytest.mark.parametrize("locale", ["en-US", "hr", "sr", "sr_Cyrl", "nl-be", "ru", "pt-br"])
def test_error_stays_with_the_reason(open_desk: Opener, served: Served, locale: str) -> None:
    desk = open_desk(user={"locale": locale})
    desk.send(BAD)
    told = desk.refusal.inner_text()
    assert told.startswith(say("refused", locale))
    assert "• “you failed” makes the customer the cause." in told
    assert told.endswith(say("change", locale))
    assert (desk.left, desk.draft) == ([], BAD)
    expect(desk.status).to_have_text(say("refused", locale))
    entry = desk.findings.first
    assert entry.get_attribute("data-rule") == "blames-customer"
    with served.client(TOKEN) as client:
        assert entry.locator("h2").inner_text() == client.get("/v1/rules/blames-customer").json()["title"]
    assert entry.locator(".message b").inner_text() == "you failed"
    assert entry.locator(".message").inner_text() == "“you failed” makes the customer the cause."
    assert entry.locator(".advice").inner_text().startswith(say("instead", locale) + ": Say what happened")
    assert desk.form.is_hidden()


def test_clean_reply_leaves_and_one_question_tells_all(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk()
    desk.write(GOOD)
    desk.submit()
    assert desk.left == [GOOD]
    assert desk.notices.count() == 0
    assert desk.refusal.is_hidden()
    assert host.asked == [
        {
            "draft": GOOD, "markup": "html", "id": 7, "customer_message": "Do you have this lamp in green?",
            "customer_name": "Ann Lee", "team": "Support",
        }
    ]  # fmt: skip
    assert set(host.tokens) == {f"Bearer {TOKEN}"}
    shown = json.dumps(desk.page.evaluate("host.asked")) + desk.page.content() + desk.frame.content()
    assert TOKEN not in shown


def test_two_presses_are_one_question(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk()
    desk.write(GOOD)
    before = desk.page.evaluate("host.saves")
    desk.page.evaluate("() => { const it = document.getElementById('submit'); it.click(); it.click(); }")
    desk.page.wait_for_function("before => host.saves > before", arg=before)
    assert (len(host.asked), desk.left) == (1, [GOOD])


def test_notes_pass_unasked(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk()
    desk.choose_note()
    desk.send(BAD)
    assert [(each["type"], each["text"]) for each in host.saved] == [("internalNote", BAD)]
    expect(desk.status).to_contain_text(say("local_only", "en"))
    assert host.asked == []


@pytest.mark.parametrize("draft", ["", "<p><br></p>", "<p>&nbsp;</p>"])
def test_saves_without_a_comment_pass_unasked(open_desk: Opener, host: Zendesk, draft: str) -> None:
    desk = open_desk()
    desk.send(draft)
    assert (desk.left, host.asked) == ([draft], [])


def test_warning_is_held_once_and_sent_with_a_reason(open_desk: Opener, host: Zendesk, served: Served) -> None:
    desk = open_desk()
    known = len(overrides(served))
    desk.write(WARN)
    desk.submit()
    told = desk.refusal.inner_text()
    assert told.startswith(say("warned", "en"))
    assert told.endswith(say("in_sidebar", "en"))
    assert (desk.left, desk.draft) == ([], WARN)
    expect(desk.form).to_be_visible()
    assert desk.form.locator("label").inner_text() == say("reason", "en")
    assert desk.form.locator("button").inner_text() == say("send_anyway", "en")
    desk.give(REASON)
    expect(desk.status).to_have_text(say("send_again", "en"))
    assert overrides(served)[known:] == []
    desk.submit()
    assert desk.left == [WARN]
    assert overrides(served)[known:] == [("shouting", REASON, "4711", "Support")]
    expect(desk.form).to_be_hidden()
    desk.send(WARN)
    assert desk.left == [WARN]


def test_reason_must_be_a_reason(open_desk: Opener, host: Zendesk, served: Served) -> None:
    desk = open_desk(user={"locale": "nl"})
    known = overrides(served)
    desk.write(WARN)
    desk.submit()
    desk.give(" x ")
    expect(desk.form.locator("#missing")).to_have_text(say("reason_missing", "nl"))
    expect(desk.form.locator("input")).to_be_focused()
    host.asked.clear()
    desk.submit()
    assert [each.get("override") for each in host.asked] == [None]
    assert (desk.left, overrides(served)) == ([], known)


def test_reason_does_not_cover_other_faults(open_desk: Opener, served: Served, host: Zendesk) -> None:
    desk = open_desk()
    known = overrides(served)
    desk.write(WARN)
    desk.submit()
    desk.give(REASON)
    desk.send(OTHER)
    assert host.asked[-1]["override"]["reason"] == REASON
    assert desk.refusal.inner_text().startswith(say("warned", "en"))
    assert (desk.left, overrides(served)) == ([], known)
    desk.give("She likes capitals")
    desk.submit()
    assert desk.left == [OTHER]
    assert {row[1] for row in overrides(served)[len(known) :]} == {"She likes capitals"}


def test_reason_goes_when_it_or_the_draft_is_changed(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk()
    desk.write(WARN)
    desk.submit()
    desk.give(REASON)
    desk.form.locator("input").press_sequentially("!")
    expect(desk.status).to_have_text(say("warned", "en"))
    desk.form.locator("button").click()
    expect(desk.status).to_have_text(say("send_again", "en"))
    desk.page.evaluate("draft => host.write(draft)", OTHER)
    expect(desk.status).to_have_text(say("findings", "en"))
    host.asked.clear()
    desk.submit()
    assert ("override" in host.asked[0], desk.left) == (False, [])


def test_policies_of_teams(open_desk: Opener, served: Served) -> None:
    desk = open_desk(ticket={"group": "Final"})
    desk.write(WARN)
    desk.submit()
    told = desk.refusal.inner_text()
    assert (told.startswith(say("warned", "en")), told.endswith(say("change", "en"))) == (True, True)
    assert desk.form.is_hidden()
    desk = open_desk(ticket={"group": None, "brand": "Loose"}, settings={"team": "brand"})
    desk.write(BAD)
    desk.submit()
    assert desk.refusal.inner_text().startswith(say("warned", "en"))
    desk.give(REASON)
    desk.submit()
    assert desk.left == [BAD]
    assert ("blames-customer", REASON, "4711", "Loose") in overrides(served)


def test_policy_and_log_change_without_a_restart(open_desk: Opener, served: Served) -> None:
    desk = open_desk()
    desk.write(BAD)
    desk.submit()
    assert desk.refusal.inner_text().startswith(say("refused", "en"))
    known = overrides(served)
    with settings_of(served, f'[service]\naudit = "sqlite:////proc/none/overrides.sqlite"\n{MILD}'):
        desk.submit()
        assert desk.refusal.inner_text().startswith(say("warned", "en"))
        desk.give(REASON)
        desk.submit()
    assert desk.refusal.inner_text().startswith(say("not_logged", "en"))
    assert (desk.left, overrides(served)) == ([], known)


FAILURES = {
    "down": "HTTP 502",
    "wrong token": "HTTP 401",
    "error": "HTTP 500",
    "no JSON": "HTTP 200",
    "other JSON": "no JSON of ours",
}


@contextmanager
def broken(host: Zendesk, served: Served, how: str) -> Iterator[None]:
    """The way to the service, broken in one of several ways."""
    answers = {"error": (500, "{}"), "no JSON": (200, "<html>"), "other JSON": (200, '{"a": 1}')}
    host.service = "http://127.0.0.1:9" if how == "down" else served.url
    host.token = "sesame" if how == "wrong token" else TOKEN
    host.answer = answers.get(how)
    try:
        yield
    finally:
        host.service, host.token, host.answer = served.url, TOKEN, None


def test_without_an_answer_it_leaves_and_says_so(open_desk: Opener, host: Zendesk, served: Served) -> None:
    desk = open_desk(user={"locale": "ru"})
    for number, how in enumerate(FAILURES, start=1):
        with broken(host, served, how):
            desk.send(BAD)
        assert desk.left == [BAD] * number
        assert desk.notices.all_inner_texts() == [say("not_checked", "ru")] * number
        expect(desk.status).to_have_text(say("not_checked", "ru"))
    lines = [json.loads(line.partition(": ")[2]) for line in desk.lines if line.startswith("replylint")]
    assert [(line["ticket"], line["failure"]) for line in lines] == [(7, kind) for kind in FAILURES.values()]


def test_without_an_answer_it_stays_where_that_is_set(open_desk: Opener, host: Zendesk, served: Served) -> None:
    desk = open_desk(user={"locale": "hr"}, settings={"fail_closed": True})
    for how in FAILURES:
        with broken(host, served, how):
            desk.send(GOOD)
        assert (desk.left, desk.draft) == ([], GOOD)
        assert desk.refusal.inner_text() == say("held", "hr")
        expect(desk.status).to_have_text(say("held", "hr"))
    assert desk.notices.count() == 0


def test_stalled_service_takes_three_seconds(open_desk: Opener, served: Served) -> None:
    desk = open_desk()
    before = desk.page.evaluate("host.saves")
    os.kill(served.process.pid, signal.SIGSTOP)
    try:
        desk.page.evaluate(
            "draft => { host.write(draft); document.getElementById('submit').click(); host.write(draft); }", BAD
        )
        desk.page.wait_for_function("before => host.saves > before", arg=before)
    finally:
        os.kill(served.process.pid, signal.SIGCONT)
    assert 2900 < desk.wait < 4500
    assert desk.page.evaluate("host.asked.length") == 1
    assert desk.left == [BAD]
    assert desk.notices.all_inner_texts() == [say("not_checked", "en")]
    assert '"failure":"timeout"' in desk.lines[-1]


def test_silent_zendesk_counts_as_no_answer(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk(settings={"timeout": 0.4, "fail_closed": True})
    desk.page.evaluate("host.mute = true")
    desk.send(GOOD)
    assert (desk.left, desk.refusal.inner_text()) == ([], say("held", "en"))
    assert host.asked == []


def test_service_may_hold_what_it_could_not_check(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk()
    answer = {"verdict": "block", "checked": False, "findings": [], "dialog_text": "not checked", "reason": "died"}
    host.answer = (200, json.dumps(answer))
    desk.send(GOOD)
    assert (desk.left, desk.refusal.inner_text()) == ([], say("held", "en"))


def test_language_without_rules_leaves_and_says_so(open_desk: Opener) -> None:
    desk = open_desk()
    desk.page.evaluate("draft => host.write(draft)", GERMAN)
    expect(desk.status).to_have_text(say("unchecked", "en"))
    desk.submit()
    assert desk.left == [GERMAN]
    assert desk.notices.all_inner_texts() == [say("not_checked", "en")]
    expect(desk.status).to_have_text(say("not_checked", "en"))
    desk.write(GOOD)
    expect(desk.status).to_have_text(say("fine", "en"))


def test_cyrillic_with_an_attachment(open_desk: Opener, host: Zendesk) -> None:
    ticket = {"requester": {"id": 31, "name": "Ана Лукић"}}
    desk = open_desk(user={"locale": "sr-Cyrl"}, ticket=ticket, conversation=[])
    desk.page.evaluate("it => { host.attachments = [it]; }", RECEIPT)
    desk.write(CYRILLIC_BAD)
    desk.submit()
    assert re.search("[„“]сами сте криви[“”]", desk.refusal.inner_text())
    assert (desk.left, desk.draft) == ([], CYRILLIC_BAD)
    assert desk.page.evaluate("host.attachments") == [RECEIPT]
    assert desk.findings.first.get_attribute("lang") == "sr"
    assert desk.frame.evaluate("document.documentElement.lang") == "sr-Cyrl"
    desk.write(CYRILLIC_GOOD)
    desk.submit()
    assert host.saved == [{"type": "publicReply", "text": CYRILLIC_GOOD, "attachments": [RECEIPT]}]


def test_plain_text_editor_and_a_new_ticket(open_desk: Opener, host: Zendesk) -> None:
    ticket = {"id": None, "requester": None, "group": None, "brand": None}
    desk = open_desk(rich=False, ticket=ticket, conversation=[], location="new_ticket_sidebar")
    draft = "Hi Ann,\n\nyou failed to attach the form. 1 < 2"
    desk.write(draft)
    desk.submit()
    assert host.asked == [{"draft": draft, "markup": "text", "id": None}]
    assert desk.left == []


def test_customer_message_is_the_requesters_last_public_one(open_desk: Opener, host: Zendesk) -> None:
    conversation = [
        said("Ann Lee", "end-user", "first", 31),
        said("Ann Lee", "end-user", "<style>p {}</style><p>My lamp&nbsp;broke.</p><div>What<br>now?</div>", 31),
        said("Ann Lee", "end-user", "among us", 31, "internal"),
        said("Bob", "end-user", "I was only in copy", 32),
        said("Petra", "agent", "Let me see.", 4711),
    ]
    desk = open_desk(conversation=conversation, settings={"team": "Returns"})
    desk.write(GOOD)
    desk.submit()
    assert host.asked[0]["customer_message"] == "My lamp broke.\nWhat\nnow?"
    assert host.asked[0]["team"] == "Returns"


def test_words_of_the_draft_do_not_become_html(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk(rich=False)
    words = '<img src="/x" onerror="document.title = 1">'
    finding = {"rule": "shouting", "title": words, "action": "block", "message": "-", "advice": words, "words": words}
    answer = {"verdict": "block", "checked": True, "findings": [finding], "dialog_text": words, "reason": None}
    host.answer = (200, json.dumps(answer))
    desk.send(GOOD)
    assert words.replace("<", "‹").replace(">", "›") in desk.refusal.inner_text()
    assert desk.refusal.locator("img").count() == 0
    assert desk.findings.locator("q").inner_text() == words
    assert desk.sidebar.locator("img").count() == 0


def test_findings_come_and_go_while_writing(open_desk: Opener, host: Zendesk, served: Served) -> None:
    desk = open_desk()
    editor = desk.page.locator("#editor")
    editor.press_sequentially("Hi Ann, you failed to attach the form.")
    expect(desk.findings.first).to_have_attribute("data-rule", "blames-customer")
    expect(desk.status).to_have_text(say("findings", "en"))
    assert len(host.asked) < 10
    assert desk.refusal.is_hidden()
    assert desk.form.is_hidden()
    asked = len(host.asked)
    desk.choose_note()
    expect(desk.findings).to_have_count(0)
    desk.page.locator("[value=publicReply]").check()
    expect(desk.findings.first).to_be_visible()
    assert len(host.asked) == asked + 1
    desk.page.evaluate("draft => host.write(draft)", GOOD)
    expect(desk.sidebar.locator("[data-action=block]")).to_have_count(0)
    expect(desk.status).to_have_text(say("fine", "en"))
    with broken(host, served, "down"):
        editor.press("!")
        expect(desk.status).to_have_text(say("no_answer", "en"))


def test_late_answer_on_an_old_draft_is_dropped(open_desk: Opener, host: Zendesk) -> None:
    desk = open_desk()
    held: list[Any] = []
    desk.page.route("**/proxy", lambda route: route.continue_() if held else held.append(route))
    desk.page.evaluate("draft => host.write(draft)", BAD)
    while not held:
        desk.page.wait_for_timeout(20)
    desk.send(GOOD)
    assert desk.left == [GOOD]
    held[0].continue_()
    desk.page.wait_for_function("host.asked.length === 2")
    desk.page.evaluate("fetch('config').then(answer => answer.text())")
    assert desk.findings.count() == 0


def test_without_the_sdk_the_sidebar_says_so(browser: Browser, host: Zendesk, served: Served) -> None:
    host.reset()
    page = browser.new_page(locale="nl-NL")
    page.route(SDK_URL, lambda route: route.abort())
    page.goto(f"{host.app}/assets/iframe.html")
    expect(page.locator("#status")).to_have_text(say("no_answer", "nl"))
    page.close()


def violations(frame: Frame) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(frame).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sidebar_can_be_read_by_all(open_desk: Opener, scheme: str) -> None:
    desk = open_desk(scheme=scheme, sidebar="344px", user={"locale": "ru"})
    assert violations(desk.frame) == []
    desk.write(OTHER)
    assert violations(desk.frame) == []
    desk.submit()
    desk.give("")
    expect(desk.form.locator("#missing")).to_be_visible()
    assert violations(desk.frame) == []
    shown = desk.frame.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert shown == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 26, 30)")
    assert desk.frame.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [319, 319]


def test_keyboard_alone_sends_with_a_reason(open_desk: Opener) -> None:
    desk = open_desk()
    desk.write(WARN)
    desk.page.locator("#submit").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.form).to_be_visible()
    expect(desk.page.locator("#submit")).to_be_focused()
    desk.page.keyboard.press("Tab")
    expect(desk.form.locator("input")).to_be_focused()
    desk.page.keyboard.type(REASON)
    desk.page.keyboard.press("Enter")
    expect(desk.status).to_have_text(say("send_again", "en"))
    desk.page.keyboard.press("Shift+Tab")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_function("host.saves === 2")
    assert desk.left == [WARN]


def test_no_log_holds_text(open_desk: Opener, served: Served, host: Zendesk) -> None:
    desk = open_desk(conversation=[said("Ann Lee", "end-user", "Is the zanzibar lamp made of oak?", 31)])
    planted = GOOD.replace("shop", "quixotic shop")
    desk.send(planted)
    desk.write(WARN.replace("lamp", "quixotic lamp"))
    desk.submit()
    with broken(host, served, "down"):
        desk.send(planted)
    assert desk.left == [planted, planted]
    logged = "\n".join([*desk.lines, served.log])
    assert logged.count('replylint: {"ticket":7') == 3
    assert '"verdict":"warn","checked":true,"rules":["shouting"' in logged
    assert not re.search("quixotic|zanzibar|Leeds|Ann", logged)


def test_delay(open_desk: Opener, record_property: Callable[[str, object], None]) -> None:
    desk = open_desk()
    for _ in range(22):
        desk.send(GOOD)
    waits = [float(wait) for wait in desk.page.evaluate("host.waits.slice(2)")]
    median = statistics.median(waits)
    record_property("median delay in milliseconds", median)
    print(f"\nZendesk app: median delay {median:.0f} ms, longest {max(waits):.0f} ms, {len(waits)} sends")
    assert len(desk.left) == 22
    assert median < 100


def test_manifest_is_what_zendesk_takes() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    manifest = json.loads((APP / "manifest.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, MANIFEST)
    places = manifest["location"]["support"]
    assert all((APP / place["url"]).is_file() for place in places.values())
    assert {each["name"] for each in manifest["parameters"] if each.get("secure")} == {"token"}


LOCATION = {
    "type": "object",
    "properties": {"url": {"pattern": r"^assets/\w+\.html$"}, "flexible": {"type": "boolean"}},
    "required": ["url"],
    "additionalProperties": False,
}
MANIFEST = {
    "type": "object",
    "required": ["author", "defaultLocale", "location", "frameworkVersion"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "author": {"type": "object", "properties": {"name": {"type": "string"}, "url": {"type": "string"}}},
        "defaultLocale": {"const": "en"},
        "private": {"type": "boolean"},
        "singleInstall": {"type": "boolean"},
        "version": {"type": "string"},
        "frameworkVersion": {"const": "2.0"},
        "domainWhitelist": {"type": "array", "items": {"type": "string", "pattern": "^[a-z0-9.-]+$"}, "minItems": 1},
        "location": {
            "type": "object",
            "properties": {
                "support": {
                    "type": "object",
                    "properties": {"ticket_sidebar": LOCATION, "new_ticket_sidebar": LOCATION},
                    "required": ["ticket_sidebar", "new_ticket_sidebar"],
                    "additionalProperties": False,
                }
            },
            "required": ["support"],
            "additionalProperties": False,
        },
        "parameters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "type"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "not": {"const": "name"}},
                    "type": {"enum": ["text", "checkbox", "url", "number", "multiline", "hidden"]},
                    "required": {"type": "boolean"},
                    "secure": {"type": "boolean"},
                    "default": {},
                    "scopes": {"type": "array", "items": {"enum": ["header", "body", "url"]}, "minItems": 1},
                },
                "dependentRequired": {"scopes": ["secure"], "secure": ["scopes"]},
                "if": {"required": ["secure"]},
                "then": {"not": {"required": ["default"]}},
            },
        },
    },
}
"""The keys of a manifest as Zendesk's validator knows them, as far as this app uses them."""


@pytest.mark.parametrize("lang", ["en", "hr", "sr", "nl", "ru"])
def test_settings_are_named_in_every_language(lang: str) -> None:
    app = json.loads((APP / f"translations/{lang}.json").read_text(encoding="utf-8"))["app"]
    manifest = json.loads((APP / "manifest.json").read_text(encoding="utf-8"))
    assert set(app) == {"name", "short_description", "long_description", "installation_instructions", "parameters"}
    assert list(app["parameters"]) == [each["name"] for each in manifest["parameters"]]
    for each in app["parameters"].values():
        assert all(each[key] for key in ("label", "helpText"))
    if lang != "en":
        english = json.loads((APP / "translations/en.json").read_text(encoding="utf-8"))["app"]
        assert app["long_description"] != english["long_description"]


def test_files_of_the_app() -> None:
    files = {str(path.relative_to(APP)) for path in APP.rglob("*") if path.is_file()}
    named = {
        f"assets/{name}" for name in ("iframe.html", "app.js", "app.css", "words.json", "logo.png", "logo-small.png")
    }
    translations = {f"translations/{lang}.json" for lang in ("en", "hr", "sr", "nl", "ru")}
    assert files == {"manifest.json", "README.md", *named, *translations}
    for name, size in (("logo", 320), ("logo-small", 128)):
        header = (APP / f"assets/{name}.png").read_bytes()[:24]
        assert (header[:4], struct.unpack(">II", header[16:24])) == (b"\x89PNG", (size, size))
    page = (APP / "assets/iframe.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["app.css", SDK_URL, "app.js"]
    assert not re.search(r"<style| style=| on\w+=|<script>", page)


def test_sentences_of_the_app_are_there() -> None:
    script = (APP / "assets/app.js").read_text(encoding="utf-8")
    tones = re.search(r"const TONES = \{(.*?)\};", script, re.DOTALL)
    assert tones
    keys = {*re.findall(r"(\w+): \"", tones[1]), *re.findall(r"say\(\"(\w+)\"\)", script), "findings", "local_only"}
    assert len(keys) == 15
    assert all(keys <= set(words) for words in all_words().values())
