"""One linter, drafts in, answers out. No text leaves it but in an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from replylint import Defaults, InputError, Linter, Reply, Report, macro_of, read_draft, read_mail
from replylint.integrations.gate.offsets import utf16
from replylint.integrations.gate.settings import Policy, Settings
from replylint.integrations.gate.verdict import answer, unchecked


@dataclass
class Judge:
    """A linter with the settings that go with it, and the titles of its rules by language."""

    linter: Linter
    settings: Settings
    _titles: dict[str | None, Mapping[str, str]] = field(default_factory=dict)

    def warm(self) -> None:
        """Reads every language, so that no draft has to wait for one."""
        self.linter.warm()
        for code in self.linter.languages:
            self.titles_in(code)

    def titles_in(self, lang: str | None) -> Mapping[str, str]:
        """The titles of the rules by id, in the words of a language."""
        if lang not in self._titles:
            self._titles[lang] = {card.id: card.title for card in self.linter.rules(lang or "en")}
        return self._titles[lang]

    def was_checked(self, report: Report) -> bool:
        """Whether there are rules for the language of the draft."""
        return report.lang in self.linter.languages

    def answer(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """The answer on a draft of the contract, without an override token. Nothing is raised that holds text."""
        policy = self.settings.of_team(draft["team"])
        if draft["mode"] != "reply":
            return unchecked(f"a draft of the kind {draft['mode']} is not checked", "pass", id=draft["id"])
        known = Defaults(draft["customer_message"], draft["customer_name"], draft["channel"], draft["lang"])
        try:
            template = (draft["template"], draft["template_id"] or "") if draft["template"] else None
            reply = read_draft(draft["draft"], markup=draft["markup"], known=known, id=draft["id"], template=template)
        except InputError:
            # An empty draft is the helpdesk's matter; there is nothing in it that could be wrong.
            return unchecked("the draft holds no text", "pass", id=draft["id"])
        return self._on(reply, policy, utf16(draft["draft"]) if draft["offsets"] == "utf16" else int)

    def answer_mail(self, mail: bytes, team: str | None) -> dict[str, Any]:
        """The answer on a mail as it leaves.

        Raises InputError, whose message may hold words of the mail, when its text cannot be made out.
        """
        reply = read_mail(mail, known=Defaults(channel="email"))
        if reply is None:
            return unchecked("the mail holds no text that can be read", "pass")
        return self._on(reply, self.settings.of_team(team))

    def answer_macro(self, body: str, helpdesk: str, team: str | None) -> dict[str, Any]:
        """The answer on a macro of a helpdesk, whose variables are known as such."""
        try:
            macro = macro_of(body, helpdesk)
        except InputError:
            return unchecked("the macro holds no text", "pass")
        return self._on(macro, self.settings.of_team(team))

    def _on(self, reply: Reply, policy: Policy, place: Callable[[int], int] = int) -> dict[str, Any]:
        report = self.linter.lint(reply)
        if not self.was_checked(report):
            # A language without rules is no failure, so that it passes whatever the policy says of failures.
            return unchecked(report.skipped[0].reason, "pass", report.lang, reply.id)
        titles = {
            found.rule: self.linter.in_script_of(reply, report.lang, self.titles_in(report.lang).get(found.rule, ""))
            for found in report.findings
        }
        return answer(report, policy, titles, reply, place, partial(self.linter.latin, lang=report.lang or ""))
