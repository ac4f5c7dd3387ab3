"""Overrides: what may leave all the same is signed with the answer, and must come back with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.exc import SQLAlchemyError

from replylint import ConfigError
from replylint.integrations.gate.audit import Audit, Entry
from replylint.integrations.gate.contract import Override
from replylint.integrations.gate.settings import Policy, Settings
from replylint.integrations.gate.verdict import acting

_AGE = 3600
"""Seconds for which a refused reply can be overridden."""
NOT_LOGGED = "the override could not be logged, so that it does not hold"


class TokenError(Exception):
    """The override token is not one of ours, or too old."""


class NotLoggedError(Exception):
    """The override could not be put on record."""


class Overrides:
    """Signs what may be overridden, and puts on record what was.

    secret: whoever knows it can forge tokens; processes that share it accept each other's.
    """

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="override")
        self._audit: tuple[str, Audit] | None = None

    def audit(self, settings: Settings) -> Audit:
        """The log, opened when it is first needed; raises ConfigError when it cannot be."""
        if self._audit is None or self._audit[0] != settings.audit_url:
            self._audit = settings.audit_url, Audit(settings.audit_url)
        return self._audit[1]

    def token_for(self, answer: Mapping[str, Any], policy: Policy, team: str | None) -> str | None:
        """What an override of this answer is asked for with; None when there is nothing to override, or it must not
        be."""
        found = acting(answer)
        if not found or not all(policy.can_override(each["rule"], each["action"]) for each in found):
            return None
        pairs = [[each["rule"], each["fingerprint"]] for each in found]
        return self._signer.dumps({"found": pairs, "lang": answer["lang"], "team": team})

    def entries(self, wish: Override) -> list[Entry]:
        """What an override puts on record; raises TokenError."""
        try:
            known = self._signer.loads(wish.token, max_age=_AGE)
        except BadData:
            raise TokenError from None
        return [
            Entry(rule, fingerprint, known["lang"], known["team"], wish.agent, wish.reason)
            for rule, fingerprint in known["found"]
        ]

    def log(self, entries: list[Entry], settings: Settings) -> None:
        """Puts overrides on record; raises NotLoggedError."""
        try:
            self.audit(settings).add(entries)
        except (SQLAlchemyError, ConfigError):
            raise NotLoggedError from None

    def covers(self, wish: Override, answer: Mapping[str, Any], policy: Policy) -> list[Entry]:
        """What is to be put on record for an answer to pass; empty when the override does not hold for all of it.

        A draft that was changed since may hold other faults, and those are not overridden by an old token.
        """
        try:
            entries = {(entry.rule, entry.fingerprint): entry for entry in self.entries(wish)}
        except TokenError:
            return []
        found = acting(answer)
        pairs = [(each["rule"], each["fingerprint"]) for each in found]
        allowed = all(policy.can_override(each["rule"], each["action"]) for each in found)
        return [entries[pair] for pair in pairs] if allowed and all(pair in entries for pair in pairs) else []

    def settle(self, answer: dict[str, Any], wish: Override | None, settings: Settings, team: str | None) -> bool:
        """Completes an answer with its token, or lets it pass and puts on record why; says whether it did that."""
        policy = settings.of_team(team)
        answer["override_token"] = self.token_for(answer, policy, team)
        entries = self.covers(wish, answer, policy) if wish else []
        if not entries:
            return False
        try:
            self.log(entries, settings)
        except NotLoggedError:
            answer["reason"] = NOT_LOGGED
            return False
        answer.update(verdict="pass", overridden=True, mail_text="", dialog_text="", override_token=None)
        return True
