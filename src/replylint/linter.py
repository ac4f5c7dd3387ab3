"""The linter as other programs use it: a configuration in, reports out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from replylint import cards, nlp, suppress
from replylint.cards import RuleCard
from replylint.checks.similar import Library, words_of
from replylint.config import Config, PathSettings, book_of, checked_levels, names, service_times
from replylint.engine import lint as lint_in
from replylint.errors import ConfigError, InputError
from replylint.finding import Finding, Report, Skipped
from replylint.language import Guess, Identifier
from replylint.notation import did_you_mean
from replylint.reply import CHANNELS, Reply
from replylint.rulebook import LanguageBook, Rulebook, builtin_folder
from replylint.rules import WordingFile
from replylint.surroundings import Surroundings
from replylint.view import View

_MISSING = frozenset({"require", "echo", "answers"})
"""The kinds of rule that report what is not there."""
_FIELDS = ("customer_message", "customer_name", "channel", "lang", "id")


class Linter:
    """Lints replies under one configuration; make it once, use it for many.

    today: the date that promises are measured by; by default the real one.
    macros: texts by title that drafts are compared with.
    Raises ConfigError when the configuration names what does not exist, RulebookError when own rules are wrong.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        today: datetime.date | None = None,
        macros: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config or Config()
        self.book: Rulebook = book_of(self.config)
        self._today = today
        self._macros = macros
        self._times = service_times(self.config, self.book) if self.config.service_times else {}
        self._around: dict[str, Surroundings] = {}
        self._voices: dict[tuple[str, bool], Mapping[str, WordingFile]] = {}
        for settings in self.config.paths:
            names(settings.ignore, self.book)
            checked_levels(settings.severity, self.book)
        messages = self.config.messages
        if messages and messages != "auto" and messages not in self.book.languages:
            raise ConfigError(f"there are no messages in “{messages}”{did_you_mean(messages, self.book.languages)}")

    @property
    def today(self) -> datetime.date:
        """The date that promises are measured by."""
        return self._today or datetime.date.today()

    @property
    def rule_folders(self) -> tuple[Path, ...]:
        """The folders that the rules were read from."""
        return (builtin_folder(), *(Path(self.config.folder or ".") / folder for folder in self.config.rules))

    def lint(self, reply: Reply | str | Mapping[str, Any]) -> Report:
        """The report on one reply: a Reply, a draft, or a mapping with the keys of the batch contract.

        Raises InputError when a mapping is not such an object, ConfigError when it asks for a language without rules.
        """
        reply = as_reply(reply)
        settings = self.config.for_path(reply.path)
        reply = self.completed(reply)
        guess = self.language_of(reply)
        if guess.code is None or guess.code not in self.book.languages:
            return self._unchecked(reply, guess)
        report = self._in_language(reply, guess.code)
        others = [self._in_language(reply, code) for code in guess.also if code in self.book.languages]
        report = self._joined(report, others) if others else report
        if reply.macro and reply.macro.arms:
            arms = (replace(reply, text=arm) for arm in reply.macro.arms)
            report = self._joined(report, [self._in_language(arm, guess.code) for arm in arms])
        if not reply.lang and (foreign := self._identifier.others(reply.text.value, guess)):
            report = self._with_others(reply, report, foreign)
        report = _over(report, settings, self.book)
        return suppress.apply(reply, report, self.book.entries.keys(), self._meta(guess.code), self._active)

    def _in_language(self, reply: Reply, code: str) -> Report:
        book = self.book.in_language(code)
        around = self._surroundings(book)
        if reply.template:
            text, name = reply.template
            around = replace(around, macros=Library({name: words_of(book.tokenizer(text))}))
        return lint_in(reply, book, around, self._voice(code, reply))

    def _joined(self, first: Report, others: Sequence[Report]) -> Report:
        """One report of those in languages that a draft may all be in: the words that any of them finds, and what all
        of them miss."""
        findings, skipped = list(first.findings), first.skipped
        for other in others:
            theirs, known = {f.rule for f in other.findings}, {(f.rule, f.start) for f in findings}
            findings = [f for f in findings if f.rule in theirs or not self._misses(f.rule)]
            findings += [f for f in other.findings if (f.rule, f.start) not in known and not self._misses(f.rule)]
            skipped = tuple(skip for skip in skipped if skip in other.skipped)
        return replace(first, findings=_in_order(findings), skipped=skipped)

    def _with_others(self, reply: Reply, report: Report, others: Sequence[tuple[int, int, str]]) -> Report:
        """The report with what rules find in paragraphs of other languages, in their own language."""
        view = View(reply.text, self.book.in_language(report.lang or ""), reply)
        findings = list(report.findings)
        for start, end, code in others:
            inside = [s for s in view.sentences if start <= view.tokens.starts[s.start] < end]
            if any(s.part in ("history", "signature") for s in inside):
                continue
            span = reply.text.span(start, end)
            theirs = self._in_language(replace(reply, text=reply.text.cut(start, end)), code).findings
            findings = [f for f in findings if f.start is None or not span.start <= f.start < span.end]
            findings += [f for f in theirs if f.start is not None and not self._misses(f.rule)]
        return replace(report, findings=_in_order(findings))

    def _misses(self, rule: str) -> bool:
        """Whether a rule reports what is not there."""
        return self.book.entries[rule].rule.kind in _MISSING

    def warm(self) -> None:
        """Reads every language, and what else would be read when a reply asks for it, so that none has to wait."""
        nlp.be_ready()
        for code in self.languages:
            self.lint(Reply.of("1", lang=code))

    def latin(self, text: str, lang: str) -> str:
        """A text in the Latin script of its language, where it has one beside another: Serbian."""
        script = self.book.languages[lang].script if lang in self.book.languages else {}
        letters = ((ord(letter), latin) for letter, latin in script.items())
        capitals = ((ord(letter.upper()), latin.capitalize()) for letter, latin in script.items())
        return text.translate(dict((*letters, *capitals)))

    @property
    def languages(self) -> Mapping[str, str]:
        """The English names of the languages with rules, by code."""
        return {code: language.name for code, language in self.book.languages.items()}

    def rules(self, lang: str = "en") -> list[RuleCard]:
        """The rules that are run, in the words of a language, without examples."""
        return cards.cards(self.book, lang)

    def rule(self, rule: str, lang: str = "en") -> RuleCard:
        """One rule with its examples; raises UsageError when there is none of that name."""
        return cards.card(self.book, rule, lang)

    def in_script_of(self, reply: Reply, lang: str | None, text: str) -> str:
        """Words of ours in a language, in the script that a reply is written in."""
        language = self.book.languages.get(lang or "")
        turned = language is not None and language.uses_second_script(reply.text.value)
        return language.in_second_script(text) if language and turned else text

    def language_of(self, reply: Reply) -> Guess:
        """The language a reply is checked in: what is stated, else what the draft is written in.

        The customer's message tells where the draft does not.
        """
        stated = reply.lang
        if stated:
            known = self.book.languages.get(stated)
            return Guess(stated, known.name if known else self.book.profiles.get(stated, stated))
        return self._identifier(reply.text.value, reply.customer_message)

    def completed(self, reply: Reply) -> Reply:
        """The reply with the configuration's language and channel where it states none."""
        lang, channel = reply.lang or self.config.lang, reply.channel or self.config.channel
        for setting in self.config.for_path(reply.path):
            lang = reply.lang or setting.lang or lang
            channel = reply.channel or setting.channel or channel
        unchanged = (lang, channel) == (reply.lang, reply.channel)
        return reply if unchanged else replace(reply, lang=lang, channel=channel)

    def _unchecked(self, reply: Reply, guess: Guess) -> Report:
        """A report in which every rule is skipped, because its language is unknown or has no rules."""
        reason = f"there are no rules for {guess.name}" if guess.code else "the language could not be told; use --lang"
        skipped = tuple(Skipped(name, reason) for name, e in self.book.entries.items() if e.rule.kind != "suppression")
        return Report(reply.id, guess.code, (), skipped)

    def _surroundings(self, book: LanguageBook) -> Surroundings:
        code = book.language.code
        if code not in self._around:
            vocabulary = tuple(tuple(book.tokenizer.words(term)) for term in self.config.vocabulary)
            self._around[code] = Surroundings(
                self._today or datetime.date.today(),
                self._library(book),
                self._times,
                {"address": f"{self.config.address}-address"} if self.config.address else {},
                self.config.thresholds,
                vocabulary,
            )
        around = self._around[code]
        return around if self._today else replace(around, today=datetime.date.today())

    def _library(self, book: LanguageBook) -> Library | None:
        if self._macros is None:
            return None
        return Library({title: words_of(book.tokenizer(text)) for title, text in self._macros.items()})

    def _voice(self, code: str, reply: Reply) -> Mapping[str, WordingFile]:
        """The wordings whose messages are shown in place of the draft's language's."""
        messages = self.config.messages
        spoken = code if not messages or messages == "auto" else messages
        turned = self.book.languages[spoken].uses_second_script(reply.text.value)
        if spoken == code and not turned:
            return {}
        if (spoken, turned) not in self._voices:
            told = {name: e.wordings[spoken] for name, e in self.book.entries.items() if spoken in e.wordings}
            self._voices[spoken, turned] = {name: self._spoken(w, spoken, turned) for name, w in told.items()}
        return self._voices[spoken, turned]

    def _spoken(self, wording: WordingFile, code: str, turned: bool) -> WordingFile:
        """A wording with its message and advice in the script that the draft is written in."""
        if not turned:
            return wording
        write = self.book.languages[code].in_second_script
        return wording.model_copy(update={"message": write(wording.message), "advice": write(wording.advice)})

    @cached_property
    def _identifier(self) -> Identifier:
        return Identifier(self.book)

    @cached_property
    def _active(self) -> frozenset[str]:
        return frozenset(self.book.entries)

    def _meta(self, code: str) -> Mapping[str, suppress.MetaRule]:
        """What is said of ignores, by what is wrong with them."""
        found: dict[str, suppress.MetaRule] = {}
        for entry in self.book.entries.values():
            if entry.rule.kind == "suppression" and code in entry.wordings:
                wording = entry.wordings[code]
                source = f"{entry.rule.source[0].document}: {entry.rule.source[0].quote}"
                rule = entry.rule
                found[rule.what] = suppress.MetaRule(rule.id, rule.severity, wording.message, wording.advice, source)
        return found


def as_reply(reply: Reply | str | Mapping[str, Any]) -> Reply:
    """A Reply of whatever `Linter.lint` takes; raises InputError naming the wrong key."""
    if isinstance(reply, Reply):
        return reply
    if isinstance(reply, str):
        return Reply.of(reply)
    draft = reply.get("reply")
    if not isinstance(draft, str):
        raise InputError("the key “reply” must be there and be a text")
    values = {key: reply[key] for key in _FIELDS if reply.get(key) is not None}
    if values.get("channel", "email") not in CHANNELS:
        raise InputError(f"the channel “{values['channel']}” is not known; use one of {', '.join(CHANNELS)}")
    return Reply.of(draft, **values)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings in order of place, those about the whole draft last."""
    return tuple(sorted(findings, key=lambda f: (f.start is None, f.start or 0, f.rule)))


def _over(report: Report, settings: Sequence[PathSettings], book: Rulebook) -> Report:
    """The report with the severities and exclusions of the matching paths."""
    for setting in settings:
        dropped = names(setting.ignore, book)
        kept: list[Finding] = []
        for finding in report.findings:
            level = setting.severity.get(finding.rule, finding.severity)
            if finding.rule not in dropped and level != "off":
                kept.append(replace(finding, severity=level))
        report = replace(report, findings=tuple(kept))
    return report
