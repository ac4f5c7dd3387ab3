"""The browser extension, unpacked in a real Chromium: on pages of our own and on real helpdesks."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import re
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import FilePayload, Page, expect  # noqa: E402

from tests.gates.hosts.browser import (  # noqa: E402
    CHROMIUM,
    EXTENSION,
    IDENT,
    ORIGIN,
    Loaded,
    Pages,
    Relay,
    View,
    loaded,
    paged,
    relayed,
    wait_for,
)
from tests.service.conftest import Served, start  # noqa: E402

if not CHROMIUM.exists():
    pytest.skip("there is no Chromium at /usr/bin/chromium", allow_module_level=True)

LANGUAGES = ("en", "hr", "sr", "sr-Cyrl", "nl", "ru")
WORDS: dict[str, dict[str, str]] = json.loads((EXTENSION / "words.json").read_text(encoding="utf-8"))
LABELS: dict[str, dict[str, str]] = json.loads((EXTENSION / "labels.json").read_text(encoding="utf-8"))
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
SITES: dict[str, Any] = json.loads((EXTENSION / "sites.json").read_text(encoding="utf-8"))["sites"]

BLAMES = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday."
CLEAN = "Hi Ann,\n\nyour lamp leaves our shop in Leeds on Friday, insured and wrapped twice."
SHOUTS = "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds."
SHOUTS_AND_BLAMES = "Hi Ann,\n\nyour lamp is here!!!! You failed to say when you come."
GERMAN = "Guten Tag Frau Berg,\n\nIhre Lampe verlässt am Freitag unser Haus und kommt am Montag bei Ihnen an."
CYRILLIC = "Поштована Ана,\n\nсами сте криви што је лампа поломљена."
CYRILLIC_CLEAN = "Поштована Ана,\n\nнова лампа креће из наше радње у петак и стиже у понедељак."

FORM = """<!doctype html><html lang="en"><title>desk</title>
<ul id="followup-list"><li><span class="bg-warning-subtle">From submitter</span><div class="mt-3">Old.</div></li>
<li><span class="bg-warning-subtle">From submitter</span><div class="mt-3">When does my lamp leave?</div></li></ul>
<form id="ticket-respond-form" method="post" action="/send" enctype="multipart/form-data">
<select id="id_preset" name="preset"><option value="">---</option><option value="3">late parcel</option></select>
<p><textarea id="commentBox" name="comment" rows="9" cols="60"></textarea></p><div style="height: 420px"></div>
<label><input type="checkbox" name="public" value="1" checked> public</label>
<select id="id_queue" name="queue"><option value="1">returns</option></select>
<input type="file" name="attachment"><input name="title" id="title" value="late">
<button id="update" name="do" value="update">Update</button></form></html>"""

SENDS = """const sent = (text, files) => fetch('/send', {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({html: text})}).then(() => { document.title = 'sent'; });"""

EDITABLE = f"""<!doctype html><html lang="en"><title>ajax</title><style>* {{ font-family: monospace; }}
replylint-gate, div {{ color: lime; }}</style>
<div id="composebody" contenteditable="true" style="width: 500px; height: 160px; border: 1px solid"></div>
<button class="send" onclick="window.pressed = (window.pressed || 0) + 1;
  sent(document.getElementById('composebody').innerHTML)"><b>Send</b></button>
<script>{SENDS}</script></html>"""

FRAMED = f"""<!doctype html><html lang="en"><title>framed</title>
<iframe id="composebody_ifr" style="width: 520px; height: 180px; margin-top: 40px"></iframe>
<a class="send" href="#" onclick="sent(inside.body.innerHTML)">Send</a>
<script>{SENDS} const inside = document.getElementById('composebody_ifr').contentDocument;
inside.open(); inside.write('<body contenteditable="true" style="margin: 8px"><p><br></p></body>'); inside.close();
</script></html>"""

MAILER = f"""<!doctype html><html lang="en"><title>two</title>
<div role="dialog" id="one"><div role="textbox" g_editable="true" contenteditable="true"></div>
<div role="button" tabindex="0" class="T-I aoO" onclick="sent(this.previousElementSibling.innerHTML)">Send</div></div>
<div role="dialog" id="two"><div role="textbox" g_editable="true" contenteditable="true"></div>
<div role="button" tabindex="0" class="T-I aoO" onclick="sent(this.previousElementSibling.innerHTML)">Send</div></div>
<script>{SENDS}
for (const box of document.querySelectorAll('[role=textbox]')) box.addEventListener('keydown', (event) => {{
  if (event.key === 'Enter' && event.ctrlKey) sent(box.innerHTML);
}});</script></html>"""

HOSTILE = FORM.replace(
    "<title>",
    """<script>
window.caught = [];
for (const name of ['submit', 'click', 'keydown']) addEventListener(name, (event) => {
  window.caught.push(name + (event.defaultPrevented ? ' prevented' : ''));
}, true);
Element.prototype.attachShadow = () => { throw new Error('no'); };
Element.prototype.closest = () => null;
Element.prototype.matches = () => false;
Document.prototype.querySelectorAll = () => [];
HTMLFormElement.prototype.requestSubmit = function () { window.replaced = true; };
Event.prototype.preventDefault = () => {};
Event.prototype.stopImmediatePropagation = () => {};
Object.defineProperty(HTMLTextAreaElement.prototype, 'value', { get: () => 'Hi Ann, all is well.' });
</script><title>""",
)

PAGES = {
    "/tickets/7/": FORM,
    "/ajax": EDITABLE,
    "/framed": FRAMED,
    "/mailer": MAILER,
    "/tickets/8/": HOSTILE,
}
BOX, SEND = "#commentBox", "#update"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that the extension may call; tests leave it as it is."""
    config = f'origins = ["{ORIGIN}"]\nworkers = 1\nrate = 0\n'
    served = start(tmp_path_factory.mktemp("service"), config)
    with served.client() as client:
        for text in (BLAMES, CYRILLIC, GERMAN):  # a language is read when it is first met
            client.post("/v1/check", json={"draft": text})
    yield served
    served.stop()


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of its own for tests that change it, and put back what they have changed."""
    served = start(tmp_path_factory.mktemp("changing"), f'origins = ["{ORIGIN}"]\nworkers = 1\nwatch = 0.2\n')
    yield served
    served.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with api.sync_playwright() as playwright, loaded(playwright, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with paged(PAGES) as found:
        yield found


@pytest.fixture
def relay(service: Served) -> Iterator[Relay]:
    with relayed(service.url) as found:
        yield found


@pytest.fixture(scope="module")
def tab(browser: Loaded) -> Page:
    """The tab that all tests use. It is never closed: closing one that is about to go elsewhere can take for ever."""
    return browser.context.new_page()


@pytest.fixture
def ready(browser: Loaded, pages: Pages, relay: Relay, tab: Page) -> Iterator[Callable[..., Page]]:
    """Opens a page of our own under the settings of a test, without checks while typing unless they are asked for."""
    pages.sent.clear()

    def begin(path: str = "/tickets/7/", kind: str = "django-helpdesk", **settings: Any) -> Page:
        sites = [{"kind": kind, "address": pages.url}]
        browser.set(**{"server": relay.url, "agent": "agent-7", "live": False, "sites": sites, **settings})
        tab.goto(pages.url.rstrip("/") + path)
        return tab

    yield begin
    with contextlib.suppress(api.Error):  # it may still be on its way elsewhere
        tab.goto("about:blank")
    browser.forget()


def overrides(service: Served) -> list[tuple[str, str, str]]:
    with sqlite3.connect(service.folder / "overrides.sqlite") as base:
        if not base.execute("SELECT name FROM sqlite_master WHERE name = 'overrides'").fetchone():
            return []
        return base.execute("SELECT rule, agent, reason FROM overrides ORDER BY id").fetchall()


def arrived(pages: Pages, count: int = 1) -> dict[str, Any]:
    wait_for(lambda: len(pages.sent) == count)
    return pages.sent[-1]


def text_of(sent: dict[str, Any]) -> str:
    return str(sent["comment"].decode()).replace("\r\n", "\n")


# ---------------------------------------------------------------------------------------------------- a form that posts


def test_an_error_stays_with_its_reason_and_the_text_kept(
    ready: Callable[..., Page], pages: Pages, relay: Relay, browser: Loaded
) -> None:
    page, view = ready(), None
    page.fill(BOX, BLAMES)
    page.click(SEND)
    view = View(page)
    seen = view.held()
    assert seen["title"] == WORDS["en"]["refused"]
    assert "Error · Makes the customer the cause" in seen["findings"][0]
    assert "you failed" in seen["findings"][0]
    assert WORDS["en"]["change"] in seen["text"]
    assert seen["fields"] == []
    assert seen["focus"] == "panel held error"
    assert [mark["severity"] for mark in seen["marks"]] == ["error"]
    assert page.input_value(BOX) == BLAMES
    assert (pages.sent, len(relay.asked)) == ([], 1)
    assert browser.logged()["verdict"] == "block"


def test_a_clean_reply_leaves_with_one_question_and_everything_in_the_form(
    ready: Callable[..., Page], pages: Pages, relay: Relay, tmp_path: Path
) -> None:
    attachment = tmp_path / "račun.txt"
    attachment.write_bytes(b"42 \xe2\x82\xac")
    page = ready()
    page.fill(BOX, CLEAN)
    page.set_input_files("[name=attachment]", attachment)
    page.click(SEND)
    expect(page.locator("#sent")).to_be_visible()
    sent = arrived(pages)
    assert (text_of(sent), sent["attachment"], sent["do"]) == (CLEAN, attachment.read_bytes(), b"update")
    assert len(relay.asked) == 1


def test_what_is_known_beside_the_draft_goes_along(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready(token="geheim")
    page.select_option("#id_preset", "3")
    page.fill(BOX, CLEAN)
    page.click(SEND)
    arrived(pages)
    asked = relay.asked[0]
    known = {
        name: asked[name] for name in ("draft", "markup", "id", "team", "template_id", "customer_message", "offsets")
    }
    assert known == {
        "draft": CLEAN,
        "markup": "text",
        "id": "7",
        "team": "returns",
        "template_id": "late parcel",
        "customer_message": "When does my lamp leave?",
        "offsets": "utf16",
    }
    assert relay.headers[0]["origin"] == ORIGIN
    assert relay.headers[0]["authorization"] == "Bearer geheim"


def test_a_note_leaves_unasked(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready(live=True)
    page.uncheck("[name=public]")
    page.fill(BOX, BLAMES)
    page.wait_for_timeout(700)
    page.click(SEND)
    assert text_of(arrived(pages)) == BLAMES
    assert relay.asked == []


def test_an_empty_reply_leaves_unasked(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready()
    page.fill(BOX, "  \n ")
    page.click(SEND)
    arrived(pages)
    assert relay.asked == []


def test_enter_in_a_field_of_the_form_is_held_too(ready: Callable[..., Page], pages: Pages) -> None:
    page = ready()
    page.fill(BOX, BLAMES)
    page.press("#title", "Enter")
    assert View(page).held()["title"] == WORDS["en"]["refused"]
    page.fill(BOX, CLEAN)
    page.press("#title", "Enter")
    assert arrived(pages)["do"] == b"update"


def test_a_form_that_a_script_submits_is_held_too(ready: Callable[..., Page], pages: Pages) -> None:
    page = ready()
    page.fill(BOX, BLAMES)
    page.evaluate("document.getElementById('ticket-respond-form').requestSubmit()")
    assert View(page).held()["title"] == WORDS["en"]["refused"]
    assert pages.sent == []


def test_a_warning_leaves_with_a_reason_that_is_on_record(
    ready: Callable[..., Page], pages: Pages, relay: Relay, service: Served, browser: Loaded
) -> None:
    page = ready()
    before = len(overrides(service))
    page.fill(BOX, SHOUTS)
    page.click(SEND)
    view = View(page)
    seen = view.held()
    assert (seen["title"], seen["fields"]) == (WORDS["en"]["warned"], ["reason"])
    assert pages.sent == []
    view.send_anyway("she likes it loud")
    assert text_of(arrived(pages)) == SHOUTS
    assert overrides(service)[before:] == [("shouting", "agent-7", "she likes it loud")]
    assert len(relay.asked) == 2
    assert browser.logged()["overridden"] is True


def test_a_reason_that_says_nothing_is_not_taken(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready()
    page.fill(BOX, SHOUTS)
    page.click(SEND)
    view = View(page)
    view.held()
    view.send_anyway(" a ")
    assert view.until(lambda seen: seen["fault"])["fault"] == WORDS["en"]["reason_missing"]
    assert (pages.sent, len(relay.asked)) == ([], 1)


def test_who_overrides_must_be_known(
    ready: Callable[..., Page], pages: Pages, service: Served, browser: Loaded
) -> None:
    page = ready(agent="")
    page.fill(BOX, SHOUTS)
    page.click(SEND)
    view = View(page)
    assert view.held()["fields"] == ["reason", "agent"]
    view.send_anyway("it was agreed")
    assert view.until(lambda seen: seen["fault"])["fault"] == LABELS["en"]["agent_missing"]
    view.enter("agent", "Мила")
    page.keyboard.press("Enter")
    arrived(pages)
    assert overrides(service)[-1] == ("shouting", "Мила", "it was agreed")
    assert browser.ask("async () => (await chrome.storage.local.get('agent')).agent") == "Мила"


def test_an_old_reason_does_not_carry_a_new_fault(ready: Callable[..., Page], pages: Pages, service: Served) -> None:
    page = ready()
    before = len(overrides(service))
    page.fill(BOX, SHOUTS)
    page.click(SEND)
    view = View(page)
    view.held()
    page.fill(BOX, SHOUTS_AND_BLAMES)
    view.send_anyway("it was agreed")
    seen = view.until(lambda seen: seen["title"] == WORDS["en"]["refused"])
    assert "Makes the customer the cause" in seen["findings"][0]
    assert (pages.sent, len(overrides(service))) == ([], before)


def test_a_reason_that_cannot_be_recorded_keeps_the_reply(
    ready: Callable[..., Page], pages: Pages, changing: Served
) -> None:
    page = ready(server=changing.url + "/")
    page.fill(BOX, SHOUTS)
    page.click(SEND)
    view = View(page)
    view.held()
    (changing.folder / "overrides.sqlite").mkdir()  # nothing can be written where a folder is
    try:
        view.send_anyway("it was agreed")
        assert view.until(lambda seen: seen["fault"])["fault"] == WORDS["en"]["not_logged"]
        assert pages.sent == []
    finally:
        (changing.folder / "overrides.sqlite").rmdir()


@pytest.mark.parametrize("mode", ["down", "stalled", "broken"])
def test_without_an_answer_it_leaves_and_says_so(
    ready: Callable[..., Page], pages: Pages, relay: Relay, browser: Loaded, mode: str
) -> None:
    relay.mode = mode
    page = ready()
    page.fill(BOX, BLAMES)
    page.click(SEND)
    assert text_of(arrived(pages)) == BLAMES
    seen = View(page).until(lambda seen: seen["note"])
    assert WORDS["en"]["not_checked"] in seen["note"]
    assert seen["noteRole"] == "alert"
    assert page.url.endswith("/send")
    line = browser.logged()
    assert (line["verdict"], line["checked"], line["failure"]) == (
        None, False, {"down": "TypeError", "stalled": "TimeoutError", "broken": "SyntaxError"}[mode],
    )  # fmt: skip
    assert line["seconds"] < 3.5
    assert len(relay.asked) == 1


@pytest.mark.parametrize("mode", ["down", "stalled"])
def test_without_an_answer_it_stays_where_that_is_set(
    ready: Callable[..., Page], pages: Pages, relay: Relay, mode: str
) -> None:
    relay.mode = mode
    page = ready(fail="closed")
    page.fill(BOX, CLEAN)
    page.click(SEND)
    seen = View(page).held()
    assert (seen["title"], seen["fields"], seen["findings"]) == (WORDS["en"]["held"], [], [])
    assert (pages.sent, page.input_value(BOX)) == ([], CLEAN)


def test_a_service_that_does_not_let_us_in_counts_as_no_answer(
    ready: Callable[..., Page], pages: Pages, relay: Relay, browser: Loaded
) -> None:
    relay.mode = "foreign"
    page = ready()
    page.fill(BOX, CLEAN)
    page.click(SEND)
    arrived(pages)
    assert browser.logged()["failure"] == "wrong_origin"
    assert WORDS["en"]["not_checked"] in View(page).until(lambda seen: seen["note"])["note"]


def test_what_the_service_does_not_let_pass_unchecked_stays(
    ready: Callable[..., Page], pages: Pages, relay: Relay
) -> None:
    page = ready(team="strict")
    unchecked = {"verdict": "block", "checked": False, "findings": [], "reason": "it took too long"}
    relay.mode, relay.answer = "fixed", json.dumps(unchecked).encode()
    page.fill(BOX, CLEAN)
    page.click(SEND)
    assert View(page).held()["title"] == WORDS["en"]["held"]
    assert pages.sent == []


def test_a_language_without_rules_leaves_marked(ready: Callable[..., Page], pages: Pages, browser: Loaded) -> None:
    page = ready(fail="closed")
    page.fill(BOX, GERMAN)
    page.click(SEND)
    assert text_of(arrived(pages)) == GERMAN
    assert WORDS["en"]["not_checked"] in View(page).until(lambda seen: seen["note"])["note"]
    assert (browser.logged()["verdict"], browser.logged()["checked"]) == ("pass", False)


def test_two_presses_are_one(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready()
    page.fill(BOX, CLEAN)
    page.dblclick(SEND)
    expect(page.locator("#sent")).to_be_visible()
    assert (len(pages.sent), len(relay.asked)) == (1, 1)


def test_what_is_typed_while_it_is_checked_is_checked_too(
    ready: Callable[..., Page], pages: Pages, relay: Relay
) -> None:
    page = ready()
    page.fill(BOX, CLEAN)
    relay.mode = "waiting"
    page.click(SEND)
    wait_for(lambda: len(relay.asked) == 1)
    assert WORDS["en"]["checking"] in View(page).until(lambda seen: seen["note"])["note"]
    page.fill(BOX, BLAMES)
    relay.mode = "on"
    relay.released.set()
    assert View(page).held()["title"] == WORDS["en"]["refused"]
    assert (pages.sent, [asked["draft"] for asked in relay.asked]) == ([], [CLEAN, BLAMES])


def test_serbian_in_cyrillic_is_refused_and_leaves_intact(
    ready: Callable[..., Page], pages: Pages, tmp_path: Path
) -> None:
    attachment = tmp_path / "рачун.txt"
    attachment.write_bytes("лампа".encode())
    page = ready(language="sr-Cyrl")
    page.fill(BOX, CYRILLIC)
    page.set_input_files("[name=attachment]", attachment)
    page.click(SEND)
    seen = View(page).held()
    assert seen["title"] == WORDS["sr-Cyrl"]["refused"]
    assert "сами сте криви" in seen["findings"][0]
    assert LABELS["sr-Cyrl"]["error"] in seen["findings"][0]
    assert (seen["lang"], pages.sent) == ("sr-Cyrl", [])
    page.fill(BOX, CYRILLIC_CLEAN)
    page.click(SEND)
    sent = arrived(pages)
    assert (text_of(sent), sent["attachment"]) == (CYRILLIC_CLEAN, attachment.read_bytes())


@pytest.mark.parametrize("language", LANGUAGES)
def test_speaks_the_language_that_is_set(ready: Callable[..., Page], pages: Pages, language: str) -> None:
    page = ready(language=language)
    page.fill(BOX, SHOUTS)
    page.click(SEND)
    seen = View(page).held()
    assert seen["title"] == WORDS[language]["warned"]
    for key in ("reason", "send_anyway", "back"):
        assert WORDS[language][key] in seen["text"]


@pytest.mark.parametrize(
    ("wishes", "language"),
    [("nl-BE,en", "nl"), ("de-DE,hr-HR,en", "hr"), ("sr-Cyrl-RS", "sr-Cyrl"), ("sr-RS", "sr"), ("fr", "en")],
)
def test_speaks_the_language_of_the_browser(
    ready: Callable[..., Page], pages: Pages, wishes: str, language: str
) -> None:
    page = ready()
    session = page.context.new_cdp_session(page)
    session.send("Network.setUserAgentOverride", {"userAgent": "test", "acceptLanguage": wishes})
    page.reload()
    page.fill(BOX, BLAMES)
    page.click(SEND)
    assert View(page).held()["title"] == WORDS[language]["refused"]
    session.detach()


def test_a_change_of_policy_takes_effect_without_a_restart(
    ready: Callable[..., Page], pages: Pages, changing: Served
) -> None:
    page = ready(server=changing.url + "/")
    page.fill(BOX, BLAMES)
    page.click(SEND)
    view = View(page)
    assert view.held()["title"] == WORDS["en"]["refused"]
    file = changing.folder / "replylint.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + '[service.policy]\nrules = {blames-customer = "warn"}\n', encoding="utf-8")
    try:
        with changing.client() as client:
            changing.wait_for(lambda: client.post("/v1/check", json={"draft": BLAMES}).json()["verdict"] == "warn")
        page.click(SEND)
        assert view.until(lambda seen: seen["title"] == WORDS["en"]["warned"])["fields"] == ["reason"]
        assert pages.sent == []
    finally:
        file.write_text(before, encoding="utf-8")


# ------------------------------------------------------------------------------------------------------ while one types


def test_marks_what_is_found_while_one_types_and_changes_nothing(
    ready: Callable[..., Page], pages: Pages, relay: Relay
) -> None:
    page = ready(live=True)
    before = page.evaluate("document.body.outerHTML")
    page.locator(BOX).press_sequentially(BLAMES)
    seen = View(page).until(lambda seen: seen["marks"])
    box = page.locator(BOX).bounding_box()
    assert box
    mark = seen["marks"][0]
    width = page.evaluate(
        """() => { const pen = document.createElement('canvas').getContext('2d');
        pen.font = getComputedStyle(document.getElementById('commentBox')).font;
        return pen.measureText('you failed').width; }"""
    )
    assert mark["severity"] == "error"
    assert abs(mark["right"] - mark["left"] - width) < 4
    assert box["x"] <= mark["left"] < box["x"] + 8
    assert box["y"] + 30 < mark["bottom"] < box["y"] + 70
    assert (seen["open"], seen["role"], seen["badge"]) == (True, "region", str(len(seen["findings"])))
    assert page.evaluate("document.activeElement.id") == "commentBox"
    assert page.evaluate("document.body.outerHTML") == before
    assert page.input_value(BOX) == BLAMES
    assert View(page).until(lambda seen: seen["says"])["says"].startswith(WORDS["en"]["findings"])


def test_marks_move_along_and_go(ready: Callable[..., Page], relay: Relay) -> None:
    page = ready(live=True)
    page.fill(BOX, BLAMES)
    view = View(page)
    before = view.until(lambda seen: seen["marks"])["marks"][0]
    relay.mode = "stalled"
    page.press(BOX, "Control+Home")
    page.locator(BOX).press_sequentially("Hello!\n")
    after = view.until(lambda seen: seen["marks"] and seen["marks"][0]["bottom"] > before["bottom"])["marks"][0]
    assert abs(after["left"] - before["left"]) < 2
    page.fill(BOX, BLAMES.replace("failed", "fled"))
    assert view.until(lambda seen: not seen["marks"])["marks"] == []


def test_an_answer_given_while_typing_serves_the_press(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready(live=True)
    page.fill(BOX, SHOUTS)
    View(page).until(lambda seen: seen["marks"])
    page.click(SEND)
    View(page).held()
    assert len(relay.asked) == 1
    page.fill(BOX, CLEAN)
    page.click(SEND)
    arrived(pages)
    assert len([asked for asked in relay.asked if asked["draft"] == CLEAN]) == 1


def test_one_click_puts_the_replacement_in(ready: Callable[..., Page], pages: Pages) -> None:
    page = ready(live=True)
    page.fill(BOX, SHOUTS)
    view = View(page)
    seen = view.until(lambda seen: seen["fixes"])
    assert seen["fixes"] == [WORDS["en"]["replace"].format(text="!")]
    page.evaluate("document.getElementById('commentBox').addEventListener('input', () => { window.heard = true; })")
    view.press(".fix")
    fixed = SHOUTS.replace("!!!!", "!")
    assert page.input_value(BOX) == fixed
    assert page.evaluate("window.heard") is True
    view.until(lambda seen: not seen["fixes"] and not seen["marks"])
    page.press(BOX, "Control+z")
    assert page.input_value(BOX) == SHOUTS


def test_words_of_a_finding_lead_to_their_place(ready: Callable[..., Page]) -> None:
    page = ready(live=True)
    page.fill(BOX, BLAMES)
    view = View(page)
    view.until(lambda seen: seen["marks"])
    view.press(".words")
    chosen = "it => it.value.slice(it.selectionStart, it.selectionEnd)"
    assert page.locator(BOX).evaluate(chosen) == "you failed"
    assert page.evaluate("document.activeElement.id") == "commentBox"


def test_a_closed_panel_stays_closed_until_the_badge_is_pressed(ready: Callable[..., Page]) -> None:
    page = ready(live=True)
    page.fill(BOX, BLAMES)
    view = View(page)
    view.until(lambda seen: seen["open"])
    view.press(".close")
    assert view.now["open"] is False
    assert page.evaluate("document.activeElement.id") == "commentBox"
    page.wait_for_timeout(700)
    assert view.now["open"] is False
    view.press(".badge")
    assert view.now["open"] is True


def test_keys_are_enough(ready: Callable[..., Page], pages: Pages) -> None:
    page = ready()
    page.evaluate(
        """() => document.addEventListener('keydown', (event) => {
        sessionStorage.keys = (sessionStorage.keys ?? '') + event.key; })"""
    )
    page.fill(BOX, SHOUTS)
    page.locator(BOX).evaluate("it => it.setSelectionRange(5, 5)")
    page.press(SEND, "Enter")
    view = View(page)
    view.held()
    page.keyboard.press("Escape")
    assert (view.now["role"], page.evaluate("document.activeElement.id")) == ("region", "commentBox")
    page.press(SEND, "Enter")
    view.held()
    page.evaluate("() => { sessionStorage.keys = ''; }")
    focus: list[str] = []
    while "reason" not in focus:
        page.keyboard.press("Tab")
        focus.append(view.now["focus"])
        assert len(focus) < 10, focus
    page.keyboard.type("it was agreed")
    page.keyboard.press("Enter")
    assert text_of(arrived(pages)) == SHOUTS
    expect(page.locator("#sent")).to_be_visible()
    assert page.evaluate("sessionStorage.keys") == ""


def test_the_shortcut_leads_to_the_findings(ready: Callable[..., Page], browser: Loaded) -> None:
    page = ready(live=True)
    page.fill(BOX, BLAMES)
    view = View(page)
    view.until(lambda seen: seen["marks"])
    # The browser's own shortcuts cannot be pressed from outside; this is what follows from one.
    browser.ask(
        """async (url) => { for (const tab of await chrome.tabs.query({ url: `${url}*` })) {
        await chrome.tabs.sendMessage(tab.id, { type: "open" }); } }""",
        page.url,
    )
    assert view.until(lambda seen: seen["focus"])["focus"] == "panel"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "commentBox"


def test_escape_leads_back_to_the_same_place_in_the_text(ready: Callable[..., Page]) -> None:
    page = ready("/ajax", "roundcube")
    page.locator("#composebody").press_sequentially("Hi Ann, you failed to attach the form.")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.click(".send")
    view = View(page)
    view.held()
    page.keyboard.press("Escape")
    page.keyboard.type("X")
    assert page.inner_text("#composebody").strip() == "Hi Ann, you failed to attach the Xform."


# ------------------------------------------------------------------------------------------- editors and AJAX composers


def test_an_ajax_composer_is_held_and_its_press_repeated(
    ready: Callable[..., Page], pages: Pages, relay: Relay
) -> None:
    page = ready("/ajax", "roundcube")
    page.evaluate(
        "document.getElementById('composebody').innerHTML = '<p>Hi Ann,</p><p>you <b>failed</b> to say &amp; left.</p>'"
    )
    page.click(".send b")
    view = View(page)
    seen = view.held()
    assert seen["title"] == WORDS["en"]["refused"]
    assert "\nyou failed\n" in seen["findings"][0]
    assert relay.asked[0]["markup"] == "html"
    assert relay.asked[0]["draft"] == "<p>Hi Ann,</p><p>you <b>failed</b> to say &amp; left.</p>"
    words = page.evaluate(
        """() => { const range = document.createRange(), p = document.querySelectorAll('p')[1];
        range.setStart(p.firstChild, 0); range.setEnd(p.querySelector('b').firstChild, 6);
        const box = range.getBoundingClientRect(); return [box.left, box.right, box.bottom]; }"""
    )
    marks = seen["marks"]
    assert abs(min(mark["left"] for mark in marks) - words[0]) < 2
    assert abs(max(mark["right"] for mark in marks) - words[1]) < 4
    assert all(abs(mark["bottom"] - words[2]) < 4 for mark in marks)
    assert (pages.sent, page.evaluate("window.pressed")) == ([], None)
    page.evaluate(
        "document.getElementById('composebody').innerHTML = '<p>Hi Ann,</p><p>your lamp comes on Friday.</p>'"
    )
    page.click(".send b")
    assert arrived(pages)["html"] == "<p>Hi Ann,</p><p>your lamp comes on Friday.</p>"
    assert (page.evaluate("window.pressed"), len(relay.asked)) == (1, 2)
    assert view.now["open"] is False


def test_what_leaves_unchecked_is_told_on_a_page_that_stays(
    ready: Callable[..., Page], pages: Pages, relay: Relay
) -> None:
    relay.mode = "down"
    page = ready("/ajax", "roundcube")
    page.fill("#composebody", "Hi Ann, you failed to attach the form.")
    page.click(".send")
    arrived(pages)
    assert WORDS["en"]["not_checked"] in View(page).until(lambda seen: seen["note"])["note"]


def test_an_editor_in_a_frame_is_marked_held_and_mended(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready("/framed", "roundcube", live=True)
    inside = page.frame_locator("#composebody_ifr").locator("body")
    inside.click()
    page.keyboard.type("Здраво Ана, ово је наша лампа!!!!")
    view = View(page)
    seen = view.until(lambda seen: seen["marks"] and seen["fixes"])
    frame = page.locator("#composebody_ifr").bounding_box()
    assert frame
    assert all(frame["y"] < mark["bottom"] < frame["y"] + frame["height"] for mark in seen["marks"])
    before = inside.inner_text()
    page.click("a.send")
    assert view.held()["title"] == WORDS["en"]["warned"]
    assert (inside.inner_text(), pages.sent) == (before, [])
    view.press(".fix")
    assert inside.inner_text().strip() == "Здраво Ана, ово је наша лампа!"
    page.click("a.send")
    assert "лампа!</p>" in arrived(pages)["html"]


def test_the_key_that_sends_is_held_and_quoted_history_left_out(
    ready: Callable[..., Page], pages: Pages, relay: Relay
) -> None:
    page = ready("/mailer", "gmail")
    box = page.locator("#two [role=textbox]")
    box.evaluate("it => { it.innerHTML = 'Hi Ann, you failed.<div class=\"gmail_quote\">You are to blame!!</div>'; }")
    box.press("Control+Enter")
    assert View(page).held()["title"] == WORDS["en"]["refused"]
    assert [asked["draft"] for asked in relay.asked] == ["Hi Ann, you failed."]
    assert pages.sent == []
    box.evaluate("it => { it.textContent = 'Hi Ann, the lamp comes on Friday.'; }")
    box.press("Control+Enter")
    assert arrived(pages)["html"] == "Hi Ann, the lamp comes on Friday."
    page.locator("#one [role=textbox]").fill("Hi Ann, you failed to attach the form.")
    page.locator("#one .aoO").click()
    View(page).held()
    assert len(pages.sent) == 1


# --------------------------------------------------------------------------------------------------- safety and privacy


def test_scripts_of_the_page_cannot_get_round_it(ready: Callable[..., Page], pages: Pages, relay: Relay) -> None:
    page = ready("/tickets/8/")
    page.locator(BOX).click()
    page.keyboard.type("Hi Ann, you failed to attach the form.")
    page.click(SEND)
    assert View(page).held()["title"] == WORDS["en"]["refused"]
    assert relay.asked[-1]["draft"] == "Hi Ann, you failed to attach the form."
    assert pages.sent == []
    assert "submit" not in page.evaluate("window.caught")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.type("Hi Ann, the lamp comes on Friday.")
    page.click(SEND)
    assert text_of(arrived(pages)) == "Hi Ann, the lamp comes on Friday."


def test_pages_see_nothing_of_it_and_their_styles_do_not_reach_in(ready: Callable[..., Page]) -> None:
    page = ready("/ajax", "roundcube")
    page.fill("#composebody", "Hi Ann, you failed to attach the form.")
    page.click(".send")
    view = View(page)
    view.held()
    assert page.evaluate("document.querySelector('replylint-gate').shadowRoot") is None
    assert page.evaluate("[typeof gate, typeof Panel, typeof chrome?.storage]") == ["undefined"] * 3
    style = "function () { const it = getComputedStyle(this.querySelector('h2')); return [it.color, it.fontFamily]; }"
    color, font = view.call(style)
    assert color == "rgb(27, 30, 34)"
    assert font.startswith("system-ui")
    assert page.evaluate("getComputedStyle(document.body).fontFamily") == "monospace"
    assert page.evaluate("document.styleSheets.length + document.adoptedStyleSheets.length") == 1


def test_a_page_that_is_taken_over_cannot_read_the_token(ready: Callable[..., Page], browser: Loaded) -> None:
    page = ready(token="geheim")
    session = page.context.new_cdp_session(page)
    worlds: list[dict[str, Any]] = []
    session.on("Runtime.executionContextCreated", lambda event: worlds.append(event["context"]))
    session.send("Runtime.enable")
    ours = next(world for world in worlds if world["origin"] == ORIGIN)
    asked = {"expression": "chrome.storage.local.get('token')", "awaitPromise": True, "contextId": ours["id"]}
    answer = session.send("Runtime.evaluate", {**asked, "returnByValue": True})
    assert "Access to storage is not allowed" in answer["exceptionDetails"]["exception"]["description"]
    hello = {**asked, "expression": "chrome.runtime.sendMessage({type: 'hello', languages: ['en']})"}
    told = session.send("Runtime.evaluate", {**hello, "returnByValue": True})["result"]["value"]
    assert told["composers"]
    assert "geheim" not in json.dumps(told)


def test_only_helpdesks_that_are_set_are_touched(
    ready: Callable[..., Page], pages: Pages, relay: Relay, browser: Loaded
) -> None:
    page = ready(sites=[{"kind": "django-helpdesk", "address": f"{pages.url}elsewhere/"}])
    page.fill(BOX, BLAMES)
    page.click(SEND)
    assert text_of(arrived(pages)) == BLAMES
    assert (relay.asked, page.locator("replylint-gate").count()) == ([], 0)


def test_a_helpdesk_that_is_taken_off_is_left_alone_at_once(
    ready: Callable[..., Page], pages: Pages, relay: Relay, browser: Loaded
) -> None:
    page = ready()
    browser.set(sites=[])
    page.fill(BOX, BLAMES)
    page.click(SEND)
    assert text_of(arrived(pages)) == BLAMES
    assert relay.asked == []


def test_no_text_is_in_any_log(ready: Callable[..., Page], pages: Pages, service: Served, browser: Loaded) -> None:
    page = ready(live=True)
    for count, draft in enumerate((BLAMES, SHOUTS.replace("Leeds", "Xanadu-9"), GERMAN), start=1):
        page.fill(BOX, draft)
        page.click(SEND)
        browser.logged(count)
    kept = json.dumps(browser.ask("async () => [await chrome.storage.local.get(), await chrome.storage.session.get()]"))
    assert len(browser.log()) == 3
    assert set(browser.log()[0]) == {
        "time", "site", "ticket", "verdict", "checked", "overridden", "rules", "seconds", "failure",
    }  # fmt: skip
    for place in (kept, service.log):
        for words in ("failed to attach", "Xanadu-9", "Guten Tag", "does my lamp leave"):
            assert words not in place


def test_the_service_worker_may_be_asleep(ready: Callable[..., Page], pages: Pages, browser: Loaded) -> None:
    page = ready()
    page.fill(BOX, BLAMES)
    session = browser.context.new_cdp_session(page)
    targets = session.send("Target.getTargets")["targetInfos"]
    worker = next(each for each in targets if each["type"] == "service_worker" and IDENT in each["url"])
    session.send("Target.closeTarget", {"targetId": worker["targetId"]})
    page.click(SEND)
    assert View(page).held()["title"] == WORDS["en"]["refused"]
    assert browser.logged()["verdict"] == "block"


# ------------------------------------------------------------------------------------------------------------- settings


@pytest.fixture
def options(browser: Loaded) -> Iterator[Page]:
    page = browser.context.new_page()
    page.goto(f"{ORIGIN}/options.html")
    expect(page.locator("legend").first).not_to_be_empty()
    yield page
    page.close()
    browser.forget()


def test_settings_are_kept_and_only_good_addresses(options: Page, browser: Loaded, relay: Relay) -> None:
    said = options.locator("#said")
    for address in ("http://desk.example.com", "ftp://127.0.0.1", "nonsense", "http://user:pw@127.0.0.1"):
        options.fill("[name=server]", address)
        options.click("#settings button.main")
        expect(said).to_have_text(LABELS["en"]["bad_server"])
    options.fill("[name=server]", relay.url.rstrip("/"))
    options.fill("[name=token]", " geheim ")
    options.fill("[name=agent]", "Ana")
    options.select_option("[name=fail]", "closed")
    options.select_option("[name=language]", "ru")
    options.uncheck("[name=live]")
    options.click("#settings button.main")
    expect(said).to_have_text(WORDS["ru"]["saved"])
    assert options.locator("h1").text_content() == f" replylint · {LABELS['ru']['settings']}"
    kept = browser.ask("() => chrome.storage.local.get()")
    assert {name: kept[name] for name in ("server", "token", "agent", "fail", "language", "live")} == {
        "server": relay.url, "token": "geheim", "agent": "Ana", "fail": "closed", "language": "ru", "live": False,
    }  # fmt: skip


def test_the_connection_can_be_tested(options: Page, relay: Relay) -> None:
    options.fill("[name=server]", relay.url)
    options.click("#test")
    expect(options.locator("#said")).to_have_text(LABELS["en"]["connected"])
    assert [asked["mode"] for asked in relay.asked] == ["preview"]
    relay.mode = "down"
    options.click("#test")
    expect(options.locator("#said")).to_have_text(WORDS["en"]["no_answer"])
    relay.mode = "foreign"
    options.click("#test")
    expect(options.locator("#said")).to_have_text(LABELS["en"]["wrong_origin"])
    expect(options.locator("#line")).to_have_text(f'origins = ["{ORIGIN}"]')
    relay.mode, relay.answer, relay.status = "fixed", b'{"error": {"code": "no_token", "message": ""}}', 401
    options.click("#test")
    expect(options.locator("#said")).to_have_text(LABELS["en"]["wrong_token"])
    expect(options.locator("#line")).to_be_hidden()


def test_the_popup_says_how_things_are(options: Page, browser: Loaded, relay: Relay) -> None:
    browser.set(server=relay.url, language="hr")
    options.goto(f"{ORIGIN}/popup.html")
    expect(options.locator("#here")).to_have_text(LABELS["hr"]["here_off"])
    expect(options.locator("#service")).to_have_text(LABELS["hr"]["connected"])
    relay.mode = "down"
    options.reload()
    expect(options.locator("#service")).to_have_text(WORDS["hr"]["no_answer"])


def test_helpdesks_are_added_and_removed(options: Page, browser: Loaded, pages: Pages) -> None:
    expect(options.locator("#none")).to_be_visible()
    options.fill("[name=address]", "desk")
    options.click("#site button")
    expect(options.locator("#site-said")).to_have_text(LABELS["en"]["bad_address"])
    options.fill("[name=address]", f"{pages.url}help?x=1#y")
    options.click("#site > fieldset > .buttons button")
    expect(options.locator("#site-said")).to_have_text(LABELS["en"]["reload"])
    expect(options.locator("#sites li span")).to_have_text(f"django-helpdesk: {pages.url}help/")
    wait_for(lambda: browser.matches() == [f"{pages.url}help/*"])
    options.click("#sites button")
    expect(options.locator("#sites li")).to_have_count(0)
    wait_for(lambda: browser.matches() == [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_settings_is_accessible_in_every_language(
    options: Page, browser: Loaded, scheme: Any, language: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    browser.set(language=language)
    options.emulate_media(color_scheme=scheme)
    options.reload()
    expect(options.locator("legend").first).to_have_text(LABELS[language]["service"])
    source = Path(axe.__file__).parent / "axe.min.js"
    options.evaluate(source.read_text(encoding="utf-8") + "; undefined")
    violations = options.evaluate("axe.run().then(it => it.violations.map(each => [each.id, each.nodes[0].html]))")
    assert violations == []


# ----------------------------------------------------------------------------------------------------------------- data


def test_the_manifest_asks_for_little() -> None:
    assert MANIFEST["manifest_version"] == 3
    assert MANIFEST["host_permissions"] == ["http://127.0.0.1/*", "http://localhost/*"]
    assert "content_scripts" not in MANIFEST
    assert "web_accessible_resources" not in MANIFEST
    assert "externally_connectable" not in MANIFEST
    assert sorted(MANIFEST["permissions"]) == ["activeTab", "scripting", "storage"]
    for file in (*MANIFEST["icons"].values(), MANIFEST["background"]["service_worker"], "popup.html", "options.html"):
        assert (EXTENSION / file).is_file()


def test_no_code_comes_from_elsewhere_and_nothing_else_is_called() -> None:
    for file in [*EXTENSION.glob("*.js"), *EXTENSION.glob("*.html")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\b(eval|innerHTML|outerHTML|insertAdjacentHTML|importScripts)\b", text), file.name
        addresses = set(re.findall(r"https?://[^\s\"'`<>)/]+", text))
        assert addresses <= {"http://127.0.0.1:8787", "https://desk.example.com", "http://www.w3.org"}, file.name
    calls = [file.name for file in EXTENSION.glob("*.js") if "fetch(" in file.read_text(encoding="utf-8")]
    assert sorted(calls) == ["background.js", "settings.js"]


def test_every_language_says_everything() -> None:
    assert set(WORDS) == set(LABELS) == set(LANGUAGES)
    for language in LANGUAGES:
        assert set(LABELS[language]) == set(LABELS["en"])
        assert not set(LABELS[language]) & set(WORDS[language])
        for key, text in LABELS[language].items():
            assert text.strip(), (language, key)
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", LABELS["en"][key]))
    said = "".join(file.read_text(encoding="utf-8") for file in [*EXTENSION.glob("*.js"), *EXTENSION.glob("*.html")])
    for key in LABELS["en"]:
        assert re.search(rf"""["'{{]{key}["'}}]|\b{key}\b""", said), f"nothing says “{key}”"


def test_sites_are_told_as_data_that_makes_sense(browser: Loaded) -> None:
    page = browser.context.new_page()
    kinds = {"name", "tested", "addresses", "composers"}
    parts = {"form", "root", "send", "keys", "box", "reply", "quote", "channel", "customer_message", "customer_name",
             "ticket", "team", "template", "template_id", "agent"}  # fmt: skip
    for site in SITES.values():
        assert set(site) <= kinds
        assert {"name", "tested", "composers"} <= set(site)
        for composer in site["composers"]:
            assert set(composer) <= parts
            assert composer.get("form") or composer["send"]
            selectors = [composer.get(name) for name in ("form", "root", "send", "quote")] + composer["box"]
            places = [each for each in composer.values() if isinstance(each, dict)]
            places += [*composer.get("reply", []), *composer.get("customer_message", [])]
            selectors += [each.get("selector") for each in places] + [each.get("closest") for each in places]
            for selector in filter(None, selectors):
                page.evaluate("selector => document.querySelector(selector)", selector)
    page.close()
    assert [name for name, site in SITES.items() if site["tested"]] == [
        "django-helpdesk",
        "request-tracker",
        "roundcube",
    ]


# ------------------------------------------------------------------------------------------------------- real helpdesks


@dataclass
class Host:
    """A real helpdesk without a gate of its own: how an agent answers there, and what has left it."""

    kind: str
    url: str
    agent: str
    open: Callable[[Page], None]
    write: Callable[[Page, str], None]
    read: Callable[[Page], str]
    attach: str
    send: str
    mails: Callable[[], list[EmailMessage]]
    unasked: Callable[[Page], None]
    """Does with a reply what sends it to no customer: keeps it as a note, or as a draft."""


def typed(page: Page, text: str) -> None:
    """Types paragraphs, as a person does."""
    for number, line in enumerate(text.split("\n\n")):
        if number:
            page.keyboard.press("Enter")
        page.keyboard.insert_text(line)


def written(frame: str) -> Callable[[Page, str], None]:
    def write(page: Page, text: str) -> None:
        page.frame_locator(frame).locator("body").click()
        page.keyboard.press("Control+a")
        typed(page, text)

    return write


def log_in(tab: Page, url: str, name: str, user: str, password_name: str, password: str) -> None:
    tab.goto(url)
    tab.fill(f"[name={name}]", user)
    tab.fill(f"[name={password_name}]", password)
    with tab.expect_navigation():
        tab.keyboard.press("Enter")


def paragraphs(text: str) -> list[str]:
    return [each for each in (" ".join(line.split()) for line in text.splitlines()) if each]


@contextlib.contextmanager
def desk(folder: Path, tab: Page) -> Iterator[Host]:
    from tests.gates.hosts import django_helpdesk as module

    with module.running(folder, gate=False, tickets=12) as running:
        log_in(tab, f"{running.url}/login/", "username", module.AGENT, "password", module.PASSWORD)
        numbers = iter(range(1, 13))

        def begin(page: Page) -> None:
            page.goto(f"{running.url}/tickets/{next(numbers)}/")
            if not page.locator("#commentBox").is_visible():
                page.get_by_role("tab", name="Respond").click()
            page.locator("#commentBox").wait_for()

        def mails() -> list[EmailMessage]:
            return [mail for mail in running.mails() if "customer" in str(mail["to"])]

        def unasked(page: Page) -> None:
            page.uncheck("#id_public")
            with page.expect_navigation():
                page.click("#ticket-respond-form button[type=submit]")

        yield Host(
            "django-helpdesk", f"{running.url}/", "Ana", begin, lambda page, text: page.fill("#commentBox", text),
            lambda page: page.input_value("#commentBox"), "#ticket-respond-form input[type=file]",
            "#ticket-respond-form button[type=submit]", mails, unasked,
        )  # fmt: skip


@contextlib.contextmanager
def tracker(folder: Path, tab: Page) -> Iterator[Host]:
    from tests.gates.hosts import request_tracker as module

    running = module.prepared(folder, "")
    site = Path(running.environment["RT_SITE_CONFIG"])
    config = site.read_text(encoding="utf-8")
    site.write_text(config[: config.index("Plugin('RT::Extension::Replylint')")] + "1;\n", encoding="utf-8")
    frame = "iframe.cke_wysiwyg_frame"
    try:
        running.serve()
        log_in(tab, f"{running.url}/", "user", "agent", "pass", module.PASSWORD)

        def begin(page: Page) -> None:
            number = running.ticket("My lamp arrived broken. When do I get a new one?")
            page.goto(f"{running.url}/Ticket/Update.html?id={number}&Action=Respond")
            page.frame_locator(frame).locator("body[contenteditable=true]").wait_for()

        def mails() -> list[EmailMessage]:
            return [mail for mail in running.mails if module.CUSTOMER in str(mail["to"])]

        def unasked(page: Page) -> None:
            page.locator("#UpdateType").evaluate("it => { it.value = 'private'; }")
            with page.expect_navigation():
                page.click("input[name=SubmitTicket]")

        yield Host(
            "request-tracker", f"{running.url}/", "agent", begin, written(frame),
            lambda page: page.frame_locator(frame).locator("body").inner_text(), "input.dz-hidden-input",
            "input[name=SubmitTicket]", mails, unasked,
        )  # fmt: skip
    finally:
        running.stop()


@contextlib.contextmanager
def mailbox(folder: Path, tab: Page) -> Iterator[Host]:
    from tests.gates.hosts import roundcube as module

    with module.roundcube("http://127.0.0.1:9", plugins=[], htmleditor=1) as running:
        log_in(tab, f"{running.url}/", "_user", module.AGENT, "_pass", module.PASSWORD)
        frame = "#composebody_ifr"

        def begin(page: Page) -> None:
            number = running.arrives("My lamp arrived broken.", sender="Ana Lukić <ann@customers.example>")
            page.goto(f"{running.url}/?_task=mail&_action=compose&_reply_uid={number}&_mbox=INBOX")
            page.frame_locator(frame).locator("body[contenteditable=true]").wait_for()

        def unasked(page: Page) -> None:
            page.locator("a.save:visible").first.click()
            wait_for(lambda: running.count("Drafts") == 1)

        yield Host(
            "roundcube", f"{running.url}/", module.AGENT, begin, written(frame),
            lambda page: page.frame_locator(frame).locator("body").inner_text(), "#uploadform input[type=file]",
            "button.send", lambda: running.outbox.mails, unasked,
        )  # fmt: skip


BEGIN: dict[str, tuple[str, Callable[[Path, Page], contextlib.AbstractContextManager[Host]]]] = {
    "django-helpdesk": ("django_helpdesk", desk),
    "request-tracker": ("request_tracker", tracker),
    "roundcube": ("roundcube", mailbox),
}
BROKEN_CLEAN = (
    "Hi Ana,\n\nI am sorry that your lamp arrived broken. "
    "A new one leaves our shop in Leeds on Friday, insured and wrapped twice."
)
BROKEN_SHOUTS = BROKEN_CLEAN.replace("broken.", "broken!!!!")
BROKEN_CYRILLIC_CLEAN = (
    "Поштована Ана,\n\nжао ми је што је лампа стигла поломљена. "
    "Нова лампа креће из наше радње у Нишу у петак и стиже у понедељак."
)


@pytest.fixture(scope="module", params=list(BEGIN))
def host(request: pytest.FixtureRequest, tab: Page, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    name, begin = BEGIN[request.param]
    module = importlib.import_module(f"tests.gates.hosts.{name}")
    why = module.missing() if hasattr(module, "missing") else None
    if why is None and name == "django_helpdesk" and importlib.util.find_spec("helpdesk") is None:
        why = "django-helpdesk is not installed"
    if why is not None:
        pytest.skip(why)
    with begin(tmp_path_factory.mktemp(name), tab) as found:
        yield found


@pytest.fixture
def at(browser: Loaded, relay: Relay, tab: Page, host: Host) -> Iterator[Callable[..., Page]]:
    """Opens a ticket in a helpdesk, with the extension on."""

    def begin(**settings: Any) -> Page:
        sites = [{"kind": host.kind, "address": host.url}]
        browser.set(**{"server": relay.url, "agent": "set", "live": False, "sites": sites, **settings})
        host.open(tab)
        return tab

    yield begin
    with contextlib.suppress(api.Error):
        tab.goto("about:blank")
    browser.forget()


def left(host: Host, before: int) -> EmailMessage:
    mails: list[EmailMessage] = wait_for(lambda: len(found := host.mails()) > before and found)
    assert len(mails) == before + 1
    return mails[-1]


def body_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def test_on_a_helpdesk_an_error_stays_and_the_mended_reply_leaves(
    host: Host, at: Callable[..., Page], relay: Relay
) -> None:
    page = at()
    before = len(host.mails())
    host.write(page, BLAMES)
    text = host.read(page)
    page.locator(host.send).first.click()
    seen = View(page).held()
    assert seen["title"] == WORDS["en"]["refused"]
    assert "you failed" in seen["text"]
    assert "error" in [mark["severity"] for mark in seen["marks"]]
    assert (host.read(page), len(host.mails()), len(relay.asked)) == (text, before, 1)
    host.write(page, BROKEN_CLEAN)
    page.locator(host.send).first.click()
    assert "I am sorry that your lamp arrived broken. A new one leaves" in body_of(left(host, before))
    assert len(relay.asked) == 2
    known = relay.asked[0]
    assert known["markup"] == ("text" if host.kind == "django-helpdesk" else "html")
    if host.kind == "django-helpdesk":
        assert known["customer_message"] == "My lamp arrived broken. When do I get a new one?"
    if host.kind == "request-tracker":
        assert known["team"] == "General"
    if host.kind == "roundcube":
        assert known["customer_name"] == "Ana Lukić"
    else:
        assert re.fullmatch(r"\d+", known["id"])


def test_on_a_helpdesk_a_warning_leaves_with_a_reason_in_the_agents_name(
    host: Host, at: Callable[..., Page], relay: Relay, service: Served
) -> None:
    page = at()
    before, recorded = len(host.mails()), len(overrides(service))
    host.write(page, BROKEN_SHOUTS)
    page.locator(host.send).first.click()
    view = View(page)
    seen = view.held()
    assert (seen["title"], seen["fields"]) == (WORDS["en"]["warned"], ["reason"])
    assert len(host.mails()) == before
    view.send_anyway("she likes it loud")
    assert "broken!!!! A new one leaves" in body_of(left(host, before))
    assert overrides(service)[recorded:] == [("shouting", host.agent, "she likes it loud")]
    assert len(relay.asked) == 2


def test_on_a_helpdesk_a_note_or_draft_is_not_asked_about(
    host: Host, at: Callable[..., Page], relay: Relay, browser: Loaded
) -> None:
    page = at()
    before = len(host.mails())
    host.write(page, BLAMES)
    host.unasked(page)
    assert (relay.asked, len(host.mails()), browser.log()) == ([], before, [])


def test_on_a_helpdesk_without_an_answer_it_leaves_and_the_next_page_says_so(
    host: Host, at: Callable[..., Page], relay: Relay
) -> None:
    relay.mode = "down"
    page = at()
    before = len(host.mails())
    host.write(page, BROKEN_CLEAN)
    page.locator(host.send).first.click()
    left(host, before)
    assert WORDS["en"]["not_checked"] in View(page).until(lambda seen: seen["note"])["note"]


def test_on_a_helpdesk_cyrillic_with_an_attachment_is_refused_and_leaves_intact(
    host: Host, at: Callable[..., Page], relay: Relay
) -> None:
    file: FilePayload = {"name": "лампа.pdf", "mimeType": "application/pdf", "buffer": bytes(range(256)) * 40}
    page = at(language="sr-Cyrl", live=True)
    before = len(host.mails())
    page.locator(host.attach).first.set_input_files([file])
    host.write(page, CYRILLIC)
    view = View(page)
    view.until(lambda seen: "error" in [mark["severity"] for mark in seen["marks"]])
    page.locator(host.send).first.click()
    seen = view.held()
    assert seen["title"] == WORDS["sr-Cyrl"]["refused"]
    assert "сами сте криви" in seen["text"]
    assert len(host.mails()) == before
    host.write(page, BROKEN_CYRILLIC_CLEAN)
    page.locator(host.send).first.click()
    mail = left(host, before)
    assert "Нова лампа креће из наше радње у Нишу у петак и стиже у понедељак." in body_of(mail)
    if host.kind != "request-tracker":  # which keeps attachments on the ticket
        assert [part.get_content() for part in mail.iter_attachments()] == [file["buffer"]]


# ---------------------------------------------------------------------------------------------------------------- delay


def test_the_delay_is_not_felt(ready: Callable[..., Page], pages: Pages, record_property: Callable[..., None]) -> None:
    page = ready("/ajax", "roundcube")
    page.evaluate(
        """() => { addEventListener('pointerup', () => { window.began = performance.now(); });
        window.took = []; const before = window.fetch;
        window.fetch = (...given) => { took.push(performance.now() - began); return before(...given); }; }"""
    )
    for number in range(25):
        page.fill("#composebody", f"Hi Ann, lamp number {number} leaves our shop on Friday.")
        page.click(".send")
        arrived(pages, number + 1)
    took = page.evaluate("window.took")
    median = statistics.median(took)
    record_property("median_milliseconds", median)
    print(f"\nthe extension adds {median:.0f} ms (median of {len(took)}, most {max(took):.0f})")
    assert len(took) == 25
    assert median < 100
