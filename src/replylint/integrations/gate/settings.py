"""`[service]` in the configuration: where the service listens, what it lets in, and what blocks a reply."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, TypeVar

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from replylint import Config, ConfigError, default_socket

Table = TypeVar("Table", bound=BaseModel)
Severity = Literal["error", "warning", "suggestion"]
Action = Literal["block", "warn", "show"]
GRAVITY: Mapping[str, int] = {"error": 0, "warning": 1, "suggestion": 2, "never": -1}
TOKEN = "REPLYLINT_TOKEN"
"""The environment variable that holds the bearer token when no file does."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Policy(Model):
    """What keeps a reply from being sent, and what only warns."""

    block: Severity | Literal["never"] = Field("error", description="The mildest severity that blocks")
    warn: Severity | Literal["never"] = Field("warning", description="The mildest severity that warns")
    rules: dict[str, Action] = Field(default_factory=dict, description="What a rule does, whatever its severity")
    override: Literal["nothing", "warnings", "everything"] = Field(
        "warnings", description="What an agent may send all the same, with a reason"
    )
    final: tuple[str, ...] = Field((), description="Rules that cannot be overridden whatever `override` says")
    fail: Literal["open", "closed"] = Field("open", description="Whether a reply that could not be checked leaves")

    def can_override(self, rule: str, action: Action) -> bool:
        """Whether a finding that does this to the reply can be overridden with a reason."""
        if self.override == "nothing" or rule in self.final:
            return False
        return action != "block" or self.override == "everything"

    def action(self, rule: str, severity: Severity) -> Action:
        """What a finding does to the reply."""
        if rule in self.rules:
            return self.rules[rule]
        if GRAVITY[severity] <= GRAVITY[self.block]:
            return "block"
        return "warn" if GRAVITY[severity] <= GRAVITY[self.warn] else "show"


class Settings(Model):
    """How the service runs. Times are in seconds, sizes in bytes."""

    host: str = "127.0.0.1"
    port: int = Field(8787, ge=0, le=65535)
    socket: str | None = Field(None, description="Unix socket; otherwise in the user's runtime folder; empty: none")
    token_file: str | None = Field(None, description=f"File with the bearer token; otherwise {TOKEN} is used")
    hosts: tuple[str, ...] = Field((), description="Further names under which the service is called")
    origins: tuple[str, ...] = Field((), description="Web origins that may call: https://acme.zendesk.com")
    workers: int = Field(0, ge=0, description="Processes that check; 0: one a core")
    max_bytes: int = Field(256 * 1024, ge=1024)
    max_replies: int = Field(100, ge=1, description="Replies in one call of /v1/lint")
    time_budget: float = Field(3.0, gt=0, description="After this long a reply counts as not checked")
    read_timeout: float = Field(10.0, gt=0, description="A request must have arrived after this long")
    rate: float = Field(100.0, ge=0, description="Requests a second from one address; 0: no limit")
    watch: float = Field(2.0, ge=0, description="So often changed rules and settings are looked for; 0: only when told")
    stop_timeout: int = Field(10, ge=0, description="So long requests in flight may take when the service stops")
    audit: str | None = Field(
        None, description="SQLAlchemy URL of the log of overrides; otherwise a file of the user's"
    )
    policy: Policy = Policy()
    teams: dict[str, Policy] = Field(default_factory=dict, description="Policies of teams or queues, by name")

    def of_team(self, team: str | None) -> Policy:
        """The policy of a team, or the general one where the team has none of its own."""
        return self.teams.get(team or "", self.policy)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def socket_path(self) -> Path | None:
        """Where the Unix socket is, None where there is none."""
        if self.socket == "" or os.name == "nt":
            return None
        return Path(self.socket) if self.socket else default_socket()

    @property
    def audit_url(self) -> str:
        """Where overrides are logged."""
        return self.audit or f"sqlite:///{user_data_path('replylint', appauthor=False) / 'overrides.sqlite'}"

    @cached_property
    def names(self) -> frozenset[str]:
        """The host names under which the service may be called."""
        return frozenset({"localhost", "127.0.0.1", "[::1]", self.host.lower(), *map(str.lower, self.hosts)})


def settings_of(config: Config, **over: Any) -> Settings:
    """The `[service]` table with `over` over it; raises ConfigError naming the key when one is wrong."""
    return table_of(Settings, "service", config, over)


def table_of(model: type[Table], name: str, config: Config, over: Mapping[str, Any]) -> Table:
    """A table of the configuration as a model, with what is not None of `over` over it.

    Raises ConfigError naming the key when one is wrong or missing.
    """
    given = {key: value for key, value in over.items() if value is not None}
    try:
        return model(**{**getattr(config, name), **given})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        key = ".".join(str(part) for part in (name, *first["loc"]))
        raise ConfigError(f"the setting “{key}”: {_said(model, first)}", config.folder or None) from error


def _said(model: type[BaseModel], fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "is not known"
    if fault["type"] == "missing":
        told = model.model_fields[str(fault["loc"][0])]
        return f"is needed: {(told.description or '')[:1].lower()}{(told.description or '')[1:]}"
    said = str(fault["msg"]).removeprefix("Value error, ")
    return said[:1].lower() + said[1:]


def token_of(settings: Settings) -> str | None:
    """The bearer token, or None when there is none and none is needed.

    Raises ConfigError when the address is not loopback and there is no token, or the file cannot be read.
    """
    token = os.environ.get(TOKEN, "").strip()
    if settings.token_file:
        try:
            token = Path(settings.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                "the token file cannot be read; write one line with the token", settings.token_file
            ) from error
    if not token and not settings.is_local:
        raise ConfigError(
            f"{settings.host} can be reached from other machines, which needs a token: set {TOKEN} or token_file"
        )
    if token and not token.isascii():
        raise ConfigError("the token must be of ASCII characters")
    return token or None
