"""The service's routes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from replylint import Command, Linter, UsageError, __version__
from replylint.integrations.gate import worker
from replylint.integrations.gate.contract import (
    Accepted,
    Answer,
    Answers,
    CommandLine,
    Draft,
    Drafts,
    Override,
    Printed,
    Problem,
    Status,
)
from replylint.integrations.gate.overriding import NOT_LOGGED, NotLoggedError, Overrides, TokenError
from replylint.integrations.gate.pool import Pool, UnavailableError
from replylint.integrations.gate.settings import Settings
from replylint.integrations.gate.verdict import acting, failed
from replylint.integrations.service import languagetool
from replylint.integrations.service.guard import Guard, RefusedError, by_socket, problem
from replylint.integrations.service.metrics import Metrics

PAGE = Path(__file__).parent / "page"
_FILES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "strings.json": "application/json",
    "icon.svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HTTP = {
    400: ("no_json", "the body cannot be read as JSON"),
    404: ("no_such_path", "there is nothing at this path; see /openapi.json"),
    405: ("wrong_method", "this path is not asked in that way; see /openapi.json"),
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem} for code in (400, 401, 403, 404, 408, 409, 413, 421, 422, 429, 500, 503)
}


class Service:
    """What the routes share: the processes, the figures, the log of overrides, and the settings that hold now."""

    def __init__(self, linter: Linter, settings: Settings, token: str | None) -> None:
        self.metrics = Metrics()
        self.token = token
        self._take(linter)
        self.pool = Pool(linter, settings, self.metrics.restarted)
        self.overrides = Overrides(token or secrets.token_hex(32))

    def _take(self, linter: Linter) -> None:
        self.config = linter.config
        self.languages = linter.languages
        self.families = {card.id: card.family for card in linter.rules()}

    @property
    def settings(self) -> Settings:
        """The settings that hold now."""
        return self.pool.settings

    async def reload(self, read: Callable[[], tuple[Linter, Settings]]) -> None:
        """Takes rules and settings anew; raises what `read` raises, and then nothing has changed."""
        linter, settings = await run_in_threadpool(read)
        await self.pool.exchange(linter, settings)
        self._take(linter)

    async def check(self, draft: Draft) -> dict[str, Any]:
        """The answer on a draft, whatever happens."""
        try:
            answer: dict[str, Any] = await self.pool.run(worker.check, draft.model_dump())
        except UnavailableError as why:
            answer = failed(str(why), self.settings.of_team(draft.team), draft.id)
        except Exception as error:
            reason = f"replylint failed ({type(error).__name__})"
            answer = failed(reason, self.settings.of_team(draft.team), draft.id)
        settle = partial(self.overrides.settle, answer, draft.override, self.settings, draft.team)
        # Only an override is written down, which has to wait for a disk.
        if await run_in_threadpool(settle) if draft.override else settle():
            for rule in {each["rule"] for each in acting(answer)}:
                self.metrics.overridden(rule)
        self.metrics.checked(answer)
        return answer

    async def override(self, wish: Override) -> None:
        """Puts an override on record; raises RefusedError when it is none, or the log cannot be written."""
        try:
            entries = self.overrides.entries(wish)
            await run_in_threadpool(self.overrides.log, entries, self.settings)
        except TokenError:
            raise RefusedError(
                403, "wrong_token", "the override token is not one of this service, or too old"
            ) from None
        except NotLoggedError:
            raise RefusedError(503, "no_log", NOT_LOGGED) from None
        for entry in entries:
            self.metrics.overridden(entry.rule)


def create_app(service: Service) -> Guard:
    """The application, with its guard before it."""

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(service.pool.warm())
        yield
        warming.cancel()
        service.pool.close()

    app = FastAPI(
        title="replylint", version=__version__, lifespan=life, docs_url=None, redoc_url=None,
        description="The linter for support replies. Nothing that is sent is stored or logged.",
    )  # fmt: skip
    _faults(app)
    _checks(app, service)
    _language_tool(app, service)
    _rules(app, service)
    _state(app, service)
    _page(app)
    return Guard(app, lambda: service.settings, service.token, service.metrics.request)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, media_type="application/json")


def _faults(app: FastAPI) -> None:
    """Errors say what is wrong in one sentence, and never show what was sent."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return JSONResponse(problem("no_json", "the body is no valid JSON"), 400)
        key = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return JSONResponse(problem("wrong_key", f"{key}: {first['msg'][:1].lower()}{first['msg'][1:]}"), 422)

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> Response:
        return JSONResponse(problem(error.code, error.message), error.status)

    @app.exception_handler(UnavailableError)
    async def unavailable(_: Request, error: UnavailableError) -> Response:
        return JSONResponse(problem("not_available", str(error)), 503)

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        code, message = _HTTP.get(error.status_code, ("failed", "the request cannot be answered"))
        return JSONResponse(problem(code, message), error.status_code, error.headers)


def _checks(app: FastAPI, service: Service) -> None:
    @app.post("/v1/check", response_model=Answer, responses=_PROBLEMS)
    async def check(draft: Draft) -> Response:
        """Whether a draft may leave, and what is wrong with it."""
        return _json(await service.check(draft))

    @app.post("/v1/lint", response_model=Answers, responses=_PROBLEMS)
    async def lint(drafts: Drafts) -> Response:
        """The same for many drafts."""
        most = service.settings.max_replies
        if len(drafts.replies) > most:
            raise RefusedError(413, "too_many_replies", f"at most {most} replies at once")
        return _json({"results": [await service.check(draft) for draft in drafts.replies]})

    @app.post("/v1/command", response_model=Printed, responses=_PROBLEMS)
    async def command(line: CommandLine, request: Request) -> Response:
        """`replylint lint` for a command that does not want to start all by itself; 409 where it had better."""
        if line.version != __version__:
            raise RefusedError(409, "not_here", f"the service is version {__version__}")
        given = {**dict(line), "files": tuple(line.files), "options": line.options.model_dump()}
        given.pop("version")
        told = Command(**given)
        outcome = await service.pool.run(worker.command, told, by_socket(request.scope))
        if isinstance(outcome, str):
            raise RefusedError(409, "not_here", outcome)
        # As ASCII, since a name of a file may hold what is no valid text.
        return Response(json.dumps(asdict(outcome)), media_type="application/json")

    @app.post("/v1/override", response_model=Accepted, responses=_PROBLEMS)
    async def override(wish: Override) -> Response:
        """Puts on record why a reply leaves although something is wrong with it."""
        await service.override(wish)
        return _json({"accepted": True})


def _language_tool(app: FastAPI, service: Service) -> None:
    async def check(request: Request) -> Response:
        form = {**request.query_params, **(await request.form() if request.method == "POST" else {})}
        asked = languagetool.asked_of(form)
        pieces, source = languagetool.pieces_of(asked)
        stated = languagetool.language_of(asked, service.languages)
        complete, found = True, []
        report, code = None, stated
        try:
            report, code, titles = await service.pool.run(worker.check_pieces, pieces, source, stated)
            if report is not None:
                found = languagetool.matches(report, source, titles, asked, service.families)
        except UnavailableError:
            complete = False
        return _json(languagetool.answer(found, stated, code or stated, service.languages, complete=complete))

    app.add_api_route(
        "/v2/check", check, methods=["POST"], summary="LanguageTool's check", responses=_PROBLEMS,
        openapi_extra={"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object", "additionalProperties": {"type": "string"},
            "properties": {"text": {"type": "string"}, "data": {"type": "string"}, "language": {"type": "string"}},
        }}}}},
    )  # fmt: skip
    app.add_api_route("/v2/check", check, methods=["GET"], include_in_schema=False)

    @app.get("/v2/languages", responses=_PROBLEMS)
    async def languages() -> list[dict[str, str]]:
        """The languages with rules, as LanguageTool's clients ask for them."""
        return languagetool.known_languages(service.languages)

    @app.get("/v2/healthcheck", include_in_schema=False)
    async def health() -> Response:
        return Response("OK", media_type="text/plain")


def _rules(app: FastAPI, service: Service) -> None:
    def known(lang: str) -> str:
        return lang if lang in service.languages else "en"

    @app.get("/v1/rules", responses=_PROBLEMS)
    async def rules(lang: str = "en") -> Response:
        """All rules, in the words of a language."""
        return _json(await service.pool.run(worker.rules, known(lang)))

    @app.get("/v1/rules/{rule}", responses=_PROBLEMS)
    async def rule(rule: str, lang: str = "en") -> Response:
        """One rule with its source and examples."""
        try:
            return _json(await service.pool.run(worker.rule, rule, known(lang)))
        except UsageError as error:
            raise RefusedError(404, "no_such_rule", error.message) from None


def _state(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", response_model=Status)
    async def healthz() -> Response:
        """The service runs."""
        return _json({"status": "alive", "version": __version__})

    @app.get("/readyz", response_model=Status, responses={503: {"model": Status}})
    async def readyz() -> Response:
        """Drafts can be checked without waiting."""
        ready = service.pool.ready
        return _json({"status": "ready" if ready else "starting", "version": __version__}, 200 if ready else 503)

    @app.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(service.metrics.text(service.pool.ready), media_type="text/plain; version=0.0.4")


def _page(app: FastAPI) -> None:
    def served(name: str, kind: str) -> Callable[[], Response]:
        def serve() -> Response:
            return FileResponse(PAGE / name, media_type=kind, headers={"content-security-policy": _POLICY})

        return serve

    app.add_api_route("/", served("index.html", "text/html"), methods=["GET"], include_in_schema=False)
    for name, kind in _FILES.items():
        app.add_api_route(f"/{name}", served(name, kind), methods=["GET"], include_in_schema=False)
