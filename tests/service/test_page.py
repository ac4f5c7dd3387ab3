"""The page as people use it: a real browser on the real service."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.service.conftest import Served, Start

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists():
    pytest.skip("there is no Chromium at /usr/bin/chromium", allow_module_level=True)

from playwright.sync_api import Browser, Page, Route, expect  # noqa: E402

STRINGS = Path(__file__).parents[2] / "src/replylint/integrations/service/page/strings.json"
LANGUAGES = ("en", "hr", "sr", "sr-Cyrl", "nl", "ru")
DRAFT = "Hello Martha,\n\nyou failed to attach the form."
Opener = Callable[..., Page]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Opener]:
    """Opens the page; afterwards no request has left its origin, and neither the policy nor a script complained."""
    opened: list[tuple[Any, str, list[str], list[str]]] = []

    def begin(served: Served, path: str = "/", width: int = 1280, token: bool = False, **how: Any) -> Page:
        how = {"locale": "en-GB", "reduced_motion": "reduce", **how}
        context = browser.new_context(viewport={"width": width, "height": 900}, **how)
        asked: list[str] = []
        complaints: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(served.url + path)
        expect(page.locator("#draft-label")).not_to_be_empty()
        opened.append((context, served.url, asked, complaints))
        return page

    yield begin
    for context, url, asked, complaints in opened:
        context.close()
        assert {"{0.scheme}://{0.netloc}".format(urlsplit(each)) for each in asked} == {url}
        assert complaints == []


def marks(page: Page) -> list[str]:
    return page.locator("#mirror mark").all_inner_texts()


def rules(page: Page) -> list[str]:
    hrefs = page.locator(".finding .rule").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return [str(href).removeprefix("#rule/") for href in hrefs]


def selected(page: Page) -> str:
    return str(page.locator("#draft").evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)"))


def violations(page: Page) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def test_marks_the_faults_and_their_going(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").press_sequentially(DRAFT)
    expect(page.locator("#mirror mark")).to_have_text("you failed")
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "block")
    assert page.locator("#found-lang").inner_text() == "English"
    page.locator("#draft").fill("Hello Martha,\n\nthe form did not reach us.")
    expect(page.locator(".finding .rule[href='#rule/blames-customer']")).to_have_count(0)
    assert marks(page) == []


def test_marks_move_along_while_typing(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill(DRAFT)
    expect(page.locator("#mirror mark")).to_have_text("you failed")
    page.route("**/v1/check", lambda route: None)
    page.locator("#draft").press("Control+Home")
    page.locator("#draft").press_sequentially("😀 So: ")
    assert marks(page) == ["you failed"]
    page.locator("#draft").fill(DRAFT.replace("failed", "fled"))
    assert marks(page) == []


def test_late_answers_are_dropped(service: Served, visit: Opener) -> None:
    page = visit(service)
    held: list[Route] = []
    page.route("**/v1/check", lambda route: held.append(route))
    for number, draft in enumerate((DRAFT, "Hello Martha, the form is on its way to you."), start=1):
        page.locator("#draft").fill(draft)
        while len(held) < number:
            page.wait_for_timeout(20)
    with service.client() as client:
        answer = client.post("/v1/check", json={"draft": DRAFT, "offsets": "utf16"}).json()
    held[1].fulfill(json={**answer, "findings": [], "verdict": "pass"})
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "pass")
    with contextlib.suppress(api.Error):
        held[0].fulfill(json=answer)
    page.evaluate("fetch('/healthz').then(answer => answer.text())")
    assert (marks(page), rules(page)) == ([], [])


def test_takes_a_replacement_that_can_be_undone(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill("Hello Martha,\n\n😀 the form reached us today!!! Thank you")
    page.locator(".finding", has_text="!!!").get_by_role("button", name="Replace with “!”").click()
    expect(page.locator("#draft")).to_have_value("Hello Martha,\n\n😀 the form reached us today! Thank you")
    expect(page.locator("#draft")).to_be_focused()
    expect(page.locator(".finding", has_text="!!!")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator("#draft")).to_have_value("Hello Martha,\n\n😀 the form reached us today!!! Thank you")


def test_customer_message_and_name_count(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill("Dear Ms Novak,\n\nthe parcel leaves our warehouse on Monday.\n\nPetra")
    expect(page.locator("#skipped-label")).not_to_be_empty()
    assert "missing-apology" not in rules(page)
    page.locator("#customer").fill("The lamp came with a cracked shade. I am very angry!")
    expect(page.locator(".finding .rule[href='#rule/missing-apology']")).to_be_visible()
    page.locator("#name").fill("Martha Ellison")
    expect(page.locator("#mirror mark", has_text="Novak")).to_be_visible()


@pytest.mark.parametrize(
    ("draft", "words", "lang"),
    [
        ("Здравствуйте, Анна! 🙂👩‍👩‍👧 Вы забыли приложить чек.", "Вы забыли", "Russian"),
        ("Поштована Ана, 😀🇷🇸 заборавили сте да приложите рачун.", "заборавили сте", "Serbian"),
    ],
)
def test_places_are_right_after_emoji(service: Served, visit: Opener, draft: str, words: str, lang: str) -> None:
    page = visit(service)
    page.locator("#draft").fill(draft)
    expect(page.locator("#mirror mark", has_text=words)).to_have_text(words)
    assert page.locator("#found-lang").inner_text() == lang
    page.locator(".finding .words", has_text=words).press("Enter")
    assert selected(page) == words
    expect(page.locator("#draft")).to_be_focused()


def test_serbian_titles_are_in_the_script_of_the_draft(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill("Поштована Ана, заборавили сте да приложите рачун.")
    expect(page.locator(".finding.placed h3")).to_have_text("Кривицу сваљује на корисника")
    page.locator("#lang").select_option("sr")
    page.locator("#draft").fill("Poštovana Ana, zaboravili ste da priložite račun.")
    expect(page.locator(".finding.placed h3")).to_have_text("Krivicu svaljuje na korisnika")


def test_words_and_entry_are_tied(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill(DRAFT)
    mark, entry = page.locator("#mirror mark"), page.locator(".finding.placed")
    entry.hover()
    expect(mark).to_have_class("active")
    page.locator("h1").hover()
    expect(mark).not_to_have_class("active")
    box = mark.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(entry).to_have_class("finding placed active")
    entry.locator(".message").click()
    assert selected(page) == "you failed"


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_layer_breaks_lines_as_the_text_area_does(service: Served, visit: Opener, width: int) -> None:
    page = visit(service, width=width)
    text = (
        "Hello Martha,   \n\n\tyou failed to attach the form, " + "long" * 60 + " 😀👩‍👩‍👧 Вы забыли приложить чек — "
        "we will get back to you shortly!!     " * 7 + "\n\n"
    )
    page.locator("#draft").fill(text)
    expect(page.locator("#mirror mark").first).to_be_visible()
    layer, area = page.evaluate(
        """() => {
        const [layer, area] = ['mirror', 'draft'].map(id => document.getElementById(id));
        layer.style.minHeight = '0'; layer.style.flex = 'none'; area.style.height = '0';
        return [layer.offsetHeight, area.scrollHeight];
        }"""
    )
    assert layer == area


def test_rule_card_by_keyboard(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill(DRAFT)
    link = page.locator(".finding .rule[href='#rule/blames-customer']")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".examples mark").first).to_be_visible()
    expect(page.locator("#dialog-title")).to_be_focused()
    assert page.locator(".dialog-body h3").all_inner_texts() == [
        "What to write instead", "Is reported", "Is left alone", "Where the rule comes from",
    ]  # fmt: skip
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(link).to_be_focused()
    assert page.evaluate("location.hash") == ""


def test_all_rules_and_links_to_one(service: Served, visit: Opener) -> None:
    page = visit(service, "/#rule/no-thanks", locale="nl-NL")
    expect(page.locator("#dialog code")).to_have_text("no-thanks")
    page.get_by_role("link", name="Alle regels").click()
    with service.client() as client:
        expect(page.locator(".rules li")).to_have_count(len(client.get("/v1/rules").json()))
    page.locator(".search").fill("blames-customer")
    expect(page.locator(".rules li:visible")).to_have_count(1)
    assert violations(page) == []
    page.locator(".rules li:visible a").press("Enter")
    expect(page.locator("#dialog-title")).to_have_text("Geeft de klant de schuld")
    page.goto(service.url + "/#rule/nothing-like-it")
    expect(page.locator("#dialog-body")).to_contain_text("Er is geen regel met deze naam.")


def test_why_comes_with_the_source(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill(DRAFT)
    entry = page.locator(".finding.placed")
    entry.locator("summary").press("Enter")
    expect(entry.locator("details p")).to_contain_text("Someone who complains")
    assert entry.locator("blockquote q").inner_text() == "Nikada nije u pitanju korisnikova greška, ali nikada"
    page.locator("#draft").press("Control+End")
    with page.expect_response("**/v1/check"):
        page.locator("#draft").press_sequentially(" We need it.")
    expect(entry.locator("details p")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(service: Served, visit: Opener, scheme: str, width: int) -> None:
    page = visit(service, width=width, color_scheme=scheme)
    assert violations(page) == []
    page.locator("#example").click()
    expect(page.locator(".finding .take")).to_be_visible()
    page.locator(".finding summary").first.click()
    page.locator("#skipped summary").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("lang", LANGUAGES)
def test_speaks_the_languages(service: Served, visit: Opener, lang: str) -> None:
    strings = json.loads(STRINGS.read_text(encoding="utf-8"))
    assert strings[lang].keys() == strings["en"].keys()
    page = visit(service, width=320, locale=lang)
    tag = {"sr": "sr-Latn"}.get(lang, lang)
    expect(page.locator("html")).to_have_attribute("lang", tag)
    assert page.title() == strings[lang]["page.title"]
    page.locator("#example").click()
    expect(page.locator(".finding").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    shown = page.locator("body").inner_text()
    assert not re.search(r"\b(verdict|count|finding|draft|reason)\.\w+|\{\w+\}", shown)
    page.locator("#ui-lang").select_option("en")
    expect(page.locator("#draft-label")).to_have_text("Your reply")
    assert page.evaluate("Object.keys(localStorage)") == ["replylint.lang"]
    page.reload()
    expect(page.locator("#draft-label")).to_have_text("Your reply")


def test_appearance_can_be_chosen(service: Served, visit: Opener) -> None:
    page = visit(service, color_scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#ui-theme").select_option("dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_count_is_said_once_typing_has_paused(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.evaluate(
        """() => {
        const said = document.getElementById('said');
        window.heard = [];
        new MutationObserver(() => heard.push(said.textContent)).observe(said, {childList: true});
        }"""
    )
    page.locator("#draft").press_sequentially("Hello Martha, you failed to attach the form", delay=30)
    expect(page.locator("#said")).to_contain_text("Not ready to send. 2 errors")
    assert len(page.evaluate("heard")) == 1


def test_unknown_language_is_not_checked(service: Served, visit: Opener) -> None:
    page = visit(service)
    page.locator("#draft").fill(
        "Sehr geehrte Frau Weber, leider haben Sie vergessen, das Formular beizulegen. Danke sehr."
    )
    expect(page.locator("#verdict-name")).to_have_text("Not checked")
    expect(page.locator("#count")).to_have_text("There are no rules for this language: German.")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (413, "The text is too long for the server."),
        (429, "That was too many requests at once."),
        (500, "It says: no room left"),
        (0, "The server does not answer."),
    ],
)
def test_errors_are_sentences_and_the_text_stays(service: Served, visit: Opener, status: int, sentence: str) -> None:
    page = visit(service)
    problem = json.dumps({"error": {"code": "x", "message": "no room left"}})
    page.route(
        "**/v1/check",
        lambda route: (
            route.fulfill(status=status, body=problem, content_type="application/json") if status else route.abort()
        ),
    )
    page.locator("#draft").fill(DRAFT)
    expect(page.locator("#notice")).to_contain_text(sentence)
    expect(page.locator("#verdict-name")).to_have_text("Not checked")
    assert violations(page) == []
    expect(page.locator("#draft")).to_have_value(DRAFT)
    page.unroute("**/v1/check")
    page.locator("#draft").press_sequentially(" ")
    expect(page.locator("#mirror mark")).to_have_text("you failed")
    expect(page.locator("#notice")).to_be_hidden()


def test_token_is_asked_for_and_not_kept(started: Start, visit: Opener) -> None:
    served = started(token="open-sesame")
    page = visit(served)
    page.locator("#draft").fill(DRAFT)
    expect(page.locator("#notice")).to_contain_text("The server asks for an access token.")
    assert violations(page) == []
    page.get_by_label("Access token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("The server does not accept this token.")
    page.get_by_label("Access token").fill("open-sesame")
    page.keyboard.press("Enter")
    expect(page.locator("#mirror mark")).to_have_text("you failed")
    expect(page.locator("#token-form")).to_be_hidden()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
