"""Chromium with the browser extension as a user loads it, and what stands around it: a relay and pages of our own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import BrowserContext, CDPSession, Error, Page, Playwright

EXTENSION = Path(__file__).parents[3] / "gates/browser"
CHROMIUM = Path("/usr/bin/chromium")
IDENT = "clblgenmhoommakjbfhbeicjfiggmbej"
"""The extension's id, which follows from the key in its manifest."""
ORIGIN = f"chrome-extension://{IDENT}"
_PATIENCE = 20.0


def wait_for(holds: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
    """What a function says as soon as it is true; fails after some seconds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


@dataclass
class Loaded:
    """A browser with the extension. inside: a page of the extension's own, which may be asked what it may ask.

    Its service worker is not asked, since the browser ends that one whenever it likes.
    """

    context: BrowserContext
    inside: Page

    def ask(self, function: str, argument: Any = None) -> Any:
        """Calls a JavaScript function with the extension's rights."""
        return self.inside.evaluate(function, argument)

    def set(self, **settings: Any) -> None:
        """Sets what the page of settings would, and waits until the scripts are registered for the helpdesks."""
        self.ask("settings => chrome.storage.local.set(settings)", settings)
        if "sites" in settings:
            wanted = sorted(f"{site['address']}*" for site in settings["sites"])
            wait_for(lambda: self.matches() == wanted)

    def matches(self) -> list[str]:
        """The pages that the content script is registered for."""
        asked = "async () => (await chrome.scripting.getRegisteredContentScripts()).flatMap(it => it.matches)"
        return sorted(self.ask(asked))

    def log(self) -> list[dict[str, Any]]:
        """What came of each press of Send."""
        found: list[dict[str, Any]] = self.ask("async () => (await chrome.storage.local.get('log')).log ?? []")
        return found

    def logged(self, count: int = 1) -> dict[str, Any]:
        """The last line of the log, once it has so many."""
        found: list[dict[str, Any]] = wait_for(lambda: len(log := self.log()) >= count and log)
        return found[-1]

    def forget(self) -> None:
        """Everything that was set and put down."""
        self.ask("async () => { await chrome.storage.local.clear(); await chrome.storage.session.clear(); }")
        wait_for(lambda: self.matches() == [])


@contextlib.contextmanager
def loaded(playwright: Playwright, folder: Path, locale: str = "en-GB", **how: Any) -> Iterator[Loaded]:
    """Starts Chromium with the unpacked extension and a fresh profile in a folder."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        headless=True,
        locale=locale,
        ignore_default_args=["--disable-extensions"],
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            f"--disable-extensions-except={EXTENSION}",
            f"--load-extension={EXTENSION}",
        ],
        **{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **how},
    )
    try:
        if not context.service_workers:
            context.wait_for_event("serviceworker")
        inside = context.new_page()
        inside.goto(f"{ORIGIN}/options.html")
        yield Loaded(context, inside)
    finally:
        context.close()


# The panel is in a closed shadow root, which the page's own scripts cannot enter. The devtools protocol can.

_SEEN = """function () {
  const seen = (it) => it && !it.hidden;
  const text = (it) => (it?.innerText ?? "").trim();
  const [panel, note, badge] = [".panel", ".notice", ".badge"].map((it) => this.querySelector(it));
  const active = this.activeElement;
  return {
    open: seen(panel), role: panel.getAttribute("role"), title: text(panel.querySelector("h2")), text: text(panel),
    findings: [...panel.querySelectorAll("li")].map(text), fixes: [...panel.querySelectorAll(".fix")].map(text),
    badge: seen(badge) ? text(badge) : null, note: seen(note) ? text(note) : null,
    noteRole: note.getAttribute("role"), says: text(this.querySelector("[role=status].unseen")),
    marks: [...this.querySelectorAll(".marks path")].map((it) => {
      const box = it.getBBox();
      return { severity: it.getAttribute("class"), left: box.x, right: box.x + box.width, bottom: box.y + box.height };
    }),
    fault: seen(panel.querySelector(".fault")) ? text(panel.querySelector(".fault")) : null,
    fields: [...panel.querySelectorAll("input")].map((it) => it.name),
    focus: active ? active.name || active.className || active.tagName : null, lang: this.host.lang,
  };
}"""


@dataclass
class View:
    """What the extension shows on a page, and its buttons."""

    page: Page

    def call(self, function: str, *arguments: Any) -> Any:
        """Calls a JavaScript function with the shadow root as `this`; None where there is no panel, or not any more."""
        session = self.page.context.new_cdp_session(self.page)
        try:
            return self._called(session, function, arguments)
        except Error as error:
            if "Protocol error" in error.message:  # the page went elsewhere meanwhile
                return None
            raise
        finally:
            with contextlib.suppress(Error):
                session.detach()

    def _called(self, session: CDPSession, function: str, arguments: Sequence[Any]) -> Any:
        document = session.send("DOM.getDocument", {"depth": -1, "pierce": True})
        host = next((node for node in _nodes(document["root"]) if node["nodeName"] == "REPLYLINT-GATE"), None)
        if host is None:
            return None
        root = session.send("DOM.resolveNode", {"backendNodeId": host["shadowRoots"][0]["backendNodeId"]})
        given = {
            "functionDeclaration": function,
            "objectId": root["object"]["objectId"],
            "arguments": [{"value": each} for each in arguments],
            "returnByValue": True,
            "awaitPromise": True,
        }
        answer = session.send("Runtime.callFunctionOn", given)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    @property
    def now(self) -> dict[str, Any]:
        """Everything that is shown."""
        nothing: dict[str, Any] = {
            "open": False,
            "badge": None,
            "note": None,
            "marks": [],
            "findings": [],
            "fixes": [],
            "title": "",
        }
        seen: dict[str, Any] = self.call(_SEEN) or nothing
        return seen

    def until(self, holds: Callable[[dict[str, Any]], Any], seconds: float = _PATIENCE) -> dict[str, Any]:
        """What is shown as soon as it is as wanted."""
        end = time.monotonic() + seconds
        while not holds(seen := self.now):
            assert time.monotonic() < end, seen
            self.page.wait_for_timeout(30)
        return seen

    def held(self) -> dict[str, Any]:
        """What is shown once a reply has been held."""
        return self.until(lambda seen: seen["open"] and seen["role"] == "alertdialog")

    def press(self, selector: str, number: int = 0) -> None:
        """Presses a button inside with the mouse, as a person does."""
        place = self.call(
            """function (selector, number) {
              const it = this.querySelectorAll(selector)[number];
              it.scrollIntoView({ block: "nearest" });
              const box = it.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            }""",
            selector,
            number,
        )
        self.page.mouse.click(*place)

    def enter(self, name: str, text: str) -> None:
        """Types into a field inside."""
        self.press(f"input[name={name}]")
        self.page.keyboard.type(text)

    def send_anyway(self, reason: str) -> None:
        """Gives a reason and sends."""
        self.enter("reason", reason)
        self.press("button[type=submit]")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in [*node.get("children", ()), *node.get("shadowRoots", ())]:
        yield from _nodes(child)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: Any


@contextlib.contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], owner: Any) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), handler)
    server.owner = owner
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Relay:
    """Stands before a service and sees what is asked.

    mode: "on", "waiting" (until it is released), "stalled" (for ever), "down" (it hangs up), "broken" (no JSON),
    "fixed" (what `answer` holds), or "foreign" (as if the question came from an origin that may not call).
    """

    target: str
    url: str = ""
    mode: str = "on"
    answer: bytes = b"<p>a proxy's page</p>"
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


class _Relaying(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        relay: Relay = self.server.owner
        body = self.rfile.read(int(self.headers["content-length"]))
        relay.asked.append(json.loads(body))
        relay.headers.append({name.lower(): value for name, value in self.headers.items()})
        mode = relay.mode
        if mode in ("stalled", "waiting"):
            relay.released.wait(30)
        if mode in ("down", "stalled"):
            self.close_connection = True
            return
        status, answer = (relay.status, relay.answer) if mode in ("broken", "fixed") else self._passed_on(relay, body)
        with contextlib.suppress(ConnectionError):  # whoever asked has waited long enough
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def _passed_on(self, relay: Relay, body: bytes) -> tuple[int, bytes]:
        kept = {n: v for n, v in self.headers.items() if n.lower() in ("content-type", "authorization", "origin")}
        if relay.mode == "foreign":
            kept["origin"] = "https://elsewhere.example"
        request = urllib.request.Request(relay.target + self.path, body, kept)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests say what matters."""


@contextlib.contextmanager
def relayed(target: str) -> Iterator[Relay]:
    """A relay before a service."""
    relay = Relay(target)
    with _serving(_Relaying, relay) as url:
        relay.url = url
        yield relay
        relay.released.set()


@dataclass
class Pages:
    """Pages of our own that send replies. sent: the fields of each reply that arrived."""

    url: str = ""
    html: dict[str, str] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)


class _Paging(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        pages: Pages = self.server.owner
        self._answer(pages.html.get(self.path.partition("?")[0], "<p>nothing here</p>"))

    def do_POST(self) -> None:
        pages: Pages = self.server.owner
        body = self.rfile.read(int(self.headers["content-length"]))
        pages.sent.append(_fields(self.headers["content-type"], body))
        self._answer("<!doctype html><title>sent</title><p id=sent>sent</p>")

    def _answer(self, html: str) -> None:
        data = html.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests say what matters."""


def _fields(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        known: dict[str, Any] = json.loads(body)
        return known
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(body.decode()).items()}
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in message.iter_parts()
    }


@contextlib.contextmanager
def paged(html: dict[str, str]) -> Iterator[Pages]:
    """A server with pages of our own."""
    pages = Pages(html=html)
    with _serving(_Paging, pages) as url:
        pages.url = url
        yield pages
