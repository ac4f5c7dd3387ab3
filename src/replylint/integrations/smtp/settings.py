"""`[smtp]` in the configuration: where the filter listens, where mail goes on to, and who the agents are."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from replylint import Config
from replylint.integrations.gate.settings import table_of

_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:\s]+)):(\d{1,5})")
_ADDRESS = re.compile(r"(?:[^\s@<>]+@)?(?:\*\.)?[^\s@<>*]+\.?[^\s@<>*]*")
_TAG = re.compile(r"\+[^@]*(?=@)")


def _place(value: str) -> str:
    found = _PLACE.fullmatch(value)
    if not found or int(found[3]) > 65535:
        raise ValueError("write host and port, as in 127.0.0.1:10025")
    return value


def _network(value: str) -> str:
    ip_network(value)
    return value


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("write an address, a domain, or *. and a domain for those below it")
    return value


Place = Annotated[str, AfterValidator(_place)]
Network = Annotated[str, AfterValidator(_network)]
Address = Annotated[str, AfterValidator(_address)]


class Addresses:
    """Mail addresses and whole domains. Capitals, and tags after a plus, make no difference."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(_folded(name) for name in names)

    def __contains__(self, address: str) -> bool:
        whole = _folded(address)
        domain = whole.rpartition("@")[2]
        above = domain.split(".")[1:]
        wild = {"*." + ".".join(above[at:]) for at in range(len(above))}
        return not self._names.isdisjoint({whole, domain, *wild})


def _folded(address: str) -> str:
    """An address as it is compared: in lower case, without a tag, the domain as it is in the DNS."""
    local, at, domain = _TAG.sub("", address.strip().lower()).rpartition("@")
    # A domain that cannot be in the DNS is compared as it stands.
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return local + at + domain.rstrip(".")


class SmtpSettings(BaseModel):
    """How the filter runs. Times are in seconds, sizes in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: Place = Field("127.0.0.1:10025", description="Where Postfix hands mail over (smtpd_proxy_filter)")
    relay: Place = Field("127.0.0.1:10026", description="Where Postfix takes it back")
    clients: tuple[Network, ...] = Field(("127.0.0.0/8", "::1/128"), description="Networks that may hand mail over")
    agents: tuple[Address, ...] = Field(
        min_length=1,
        description='The addresses and domains that your agents write from, as in agents = ["acme.example"]',
    )
    not_agents: tuple[Address, ...] = Field(
        (), description="Those of them that nobody writes from: newsletters, robots"
    )
    team: str | None = Field(None, description="The team whose policy holds")
    teams: dict[Address, str] = Field(default_factory=dict, description="Teams by the address or domain of the sender")
    quote: bool = Field(True, description="Whether refusals quote the words at fault, which Postfix logs then")
    connections: int = Field(100, ge=1, description="So many mails at once")
    max_bytes: int = Field(64 * 1024**2, ge=1024, le=2**27, description="The largest mail")
    relay_timeout: float = Field(90.0, gt=0, description="So long the relay may take for one answer")
    stop_timeout: float = Field(30.0, ge=0, description="So long mails in flight may take when the filter stops")
    journal: str | None = Field(
        None, description="File that tells which mails the relay has taken; otherwise one of the user's"
    )

    @cached_property
    def listen_at(self) -> tuple[str, int]:
        return _parts(self.listen)

    @cached_property
    def relay_at(self) -> tuple[str, int]:
        return _parts(self.relay)

    @property
    def journal_path(self) -> Path:
        """Where it is put down what became of mails that nobody was told of."""
        return Path(self.journal or user_data_path("replylint", appauthor=False) / "smtp-filter.sqlite")

    @cached_property
    def _agents(self) -> Addresses:
        return Addresses(self.agents)

    @cached_property
    def _not_agents(self) -> Addresses:
        return Addresses(self.not_agents)

    def is_agent(self, address: str) -> bool:
        """Whether an agent writes from an address."""
        return address in self._agents and address not in self._not_agents

    def is_ours(self, address: str) -> bool:
        """Whether an address is the company's, though nobody may write from it."""
        return address in self._agents

    def team_of(self, address: str) -> str | None:
        """The team of whoever writes from an address."""
        named = (team for name, team in self.teams.items() if address in Addresses((name,)))
        return next(named, self.team)

    def lets_in(self, host: str) -> bool:
        """Whether an IP address may hand mail over."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return any(address in ip_network(network) for network in self.clients)


def _parts(place: str) -> tuple[str, int]:
    found = _PLACE.fullmatch(place)
    assert found  # The settings were validated.
    return found[1] or found[2], int(found[3])


def smtp_settings_of(config: Config, **over: Any) -> SmtpSettings:
    """The `[smtp]` table with `over` over it; raises ConfigError naming the key when one is wrong or missing."""
    return table_of(SmtpSettings, "smtp", config, over)
