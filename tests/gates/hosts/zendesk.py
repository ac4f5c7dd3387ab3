"""A stand-in for Zendesk's ticket page, for the app with Zendesk's own SDK from the npm registry.

It is not Zendesk: it speaks the messages of the SDK, keeps what was saved, and makes the app's requests as Zendesk's
servers do, with the secure settings put in and only to the domains of the manifest.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

APP = Path(__file__).parents[3] / "gates/zendesk"
PAGE = Path(__file__).with_name("zendesk.html")
SDK_URL = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
PACKAGE = "zendesk_app_framework_sdk@2.0.11"
OWN_SDK = "REPLYLINT_ZAF_SDK"
"""The environment variable that names a built SDK to be used instead of npm's."""
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
_POLICY = (
    "default-src 'none'; script-src 'self' https://static.zdassets.com; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""What the app's pages may do: no script or style within a page, nothing from elsewhere but the SDK."""


class NoSdkError(Exception):
    """The SDK cannot be had on this machine, for the reason given."""


def sdk(folder: Path) -> str:
    """The SDK as one script, from the npm registry; raises NoSdkError."""
    if OWN_SDK in os.environ:
        return Path(os.environ[OWN_SDK]).read_text(encoding="utf-8")
    if not shutil.which("npm"):
        raise NoSdkError("npm is not installed, which Zendesk's SDK comes by")
    command = ["npm", "pack", "--silent", "--prefer-offline", "--fetch-retries=0", "--pack-destination", str(folder)]
    try:
        subprocess.run([*command, PACKAGE], check=True, capture_output=True, timeout=60, cwd=folder)
    except (subprocess.SubprocessError, OSError) as error:
        raise NoSdkError(f"{PACKAGE} cannot be had from the npm registry ({type(error).__name__})") from error
    with tarfile.open(next(folder.glob("*.tgz"))) as packed:
        files = {
            name.removeprefix("package/lib/"): _text(packed, name) for name in packed.getnames() if "/lib/" in name
        }
    return bundled({name: text for name, text in files.items() if name.endswith(".js")}, "index.js", "ZAFClient")


def _text(packed: tarfile.TarFile, name: str) -> str:
    found = packed.extractfile(name)
    return found.read().decode() if found else ""


def bundled(modules: dict[str, str], entry: str, name: str) -> str:
    """CommonJS modules as one script that puts what the entry exports into a global of that name."""
    bodies = ",\n".join(
        f"{json.dumps(path)}: function (module, require) {{{text}\n}}" for path, text in modules.items()
    )
    return f"""(function () {{
      var modules = {{{bodies}}}, known = {{}};
      function load(path) {{
        path = path.replace(/^\\.\\//, '').replace(/(\\.js)?$/, '.js');
        if (!known[path]) {{
          known[path] = {{ exports: {{}} }};
          modules[path](known[path], load);
        }}
        return known[path].exports;
      }}
      window.{name} = load({json.dumps(entry)});
    }})();"""


@dataclass
class Zendesk:
    """A running stand-in. config: what the page is opened with; saved: what has left, as Zendesk would send it."""

    service: str
    token: str
    saved: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    answer: tuple[int, str] | None = None
    """What the service's side answers instead of the service: a status and a body."""

    def __post_init__(self) -> None:
        self.manifest = json.loads((APP / "manifest.json").read_text(encoding="utf-8"))
        self._client = httpx.Client(timeout=20)
        self._desk = _served(self._get_page, self._post)
        self._app = _served(self._get_app, None)
        self.reset()

    @property
    def url(self) -> str:
        """The ticket page."""
        return f"{_origin(self._desk)}/agent/tickets/7"

    @property
    def app(self) -> str:
        """The origin of the app's files."""
        return _origin(self._app)

    def reset(self, **changes: Any) -> None:
        """Sets what the page is opened with, and forgets what was saved and asked."""
        settings = {each["name"]: each.get("default") for each in self.manifest["parameters"] if not each.get("secure")}
        self.config = {
            "app": self.app, "location": "ticket_sidebar", "sidebar": "320px", "scheme": "light", "rich": True,
            "settings": {**settings, "url": f"https://{self.manifest['domainWhitelist'][0]}"},
            "user": {"id": 4711, "name": "Petra", "locale": "en-US"},
            "ticket": {"id": 7, "requester": {"id": 31, "name": "Ann Lee"}, "group": "Support", "brand": "Lamps"},
            "conversation": [
                said("Ann Lee", "end-user", "<p>Do you have this lamp in green?</p>", 31),
                said("Petra", "agent", "<p>She asked on the phone, too.</p>", 4711, "internal"),
            ],
        }  # fmt: skip
        for name, change in changes.items():
            known = self.config[name]
            self.config[name] = {**known, **change} if isinstance(known, dict) else change
        self.saved.clear()
        self.asked.clear()
        self.tokens.clear()
        self.answer = None

    def stop(self) -> None:
        for server in (self._desk, self._app):
            server.shutdown()
            server.server_close()
        self._client.close()

    def _get_page(self, request: BaseHTTPRequestHandler) -> None:
        if request.path.endswith("/config"):
            _reply(request, 200, json.dumps(self.config).encode(), "application/json")
        else:
            _reply(request, 200, PAGE.read_bytes(), "text/html; charset=utf-8")

    def _get_app(self, request: BaseHTTPRequestHandler) -> None:
        path = (APP / urlsplit(request.path).path.lstrip("/")).resolve()
        if not path.is_relative_to(APP / "assets") or not path.is_file():
            _reply(request, 404, b"", "text/plain")
            return
        kind = _KINDS.get(path.suffix, "application/octet-stream") + "; charset=utf-8"
        _reply(request, 200, path.read_bytes(), kind, {"content-security-policy": _POLICY})

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        if request.path.endswith("/save"):
            self.saved.append(body)
            _reply(request, 200, b"{}", "application/json")
        else:
            status, text = self._proxy(body)
            _reply(request, 200, json.dumps({"status": status, "text": text}).encode(), "application/json")

    def _proxy(self, options: dict[str, Any]) -> tuple[int, str]:
        """The request as Zendesk's servers make it: status and body."""
        place = urlsplit(options["url"])
        if options.get("cors") or place.scheme != "https" or place.hostname not in self.manifest["domainWhitelist"]:
            return 403, "this place is not to be called"
        token = "{{setting.token}}"
        headers = {name: value.replace(token, self.token) for name, value in options["headers"].items()}
        self.asked.append(json.loads(options["data"]))
        self.tokens.append(headers.get("Authorization", "") if options.get("secure") else "not secure")
        if self.answer:
            return self.answer
        headers = {**headers, "content-type": options["contentType"], "host": str(place.hostname)}
        try:
            found = self._client.request(
                options["type"], self.service + place.path, content=options["data"].encode(), headers=headers
            )
        except httpx.HTTPError:
            return 502, "the proxy cannot reach it"
        return found.status_code, found.text


def said(name: str, role: str, content: str, author: int, channel: str = "email") -> dict[str, Any]:
    """A message of a conversation as the SDK hands it over."""
    return {
        "author": {"id": author, "name": name, "role": role},
        "channel": {"name": channel},
        "message": {"content": content, "contentType": "text/html"},
    }


@contextmanager
def running(service: str, token: str) -> Iterator[Zendesk]:
    """The stand-in, with a service behind its proxy."""
    desk = Zendesk(service, token)
    try:
        yield desk
    finally:
        desk.stop()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle of a request is no fault."""


Handle = Callable[[BaseHTTPRequestHandler], None]


def _served(get: Handle, post: Handle | None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            get(self)

        def do_POST(self) -> None:
            if post:
                post(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def _origin(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def _reply(
    request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str, more: dict[str, str] | None = None
) -> None:
    request.send_response(status)
    for name, value in {"content-type": kind, "content-length": str(len(body)), **(more or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
