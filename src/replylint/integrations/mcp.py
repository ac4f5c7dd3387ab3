"""The server for assistants: a draft is checked before a person sees it.

`replylint mcp` speaks the Model Context Protocol over standard input and output. The protocol's SDK is the extra `mcp`.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import anyio
from anyio import CapacityLimiter, to_thread
from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

import replylint

INSTRUCTIONS = (
    "replylint checks replies to customers. Check each draft with check_reply before you show it to anybody, and give "
    "the customer's message and name when you know them: more is checked then. While the verdict is “block”, rewrite "
    "the words that are named as the advice says, and check again until no error remains. Change what is warned of "
    "too, unless that would make the reply untrue. Never invent facts, dates or amounts to satisfy a rule: leave a gap "
    "for a person and say so. When not_checked is not null, tell the person that nothing was checked."
)
LARGEST = 1_000_000
"""Bytes of UTF-8 that a draft or a customer's message may have."""
EXAMPLES = 6
"""Examples of each kind that a rule is explained with."""
_GRAVITY = {"suggestion": 1, "warning": 2, "error": 3, "never": 4}
_HINTS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)  # fmt: skip


def _blank_is_unknown(value: object) -> object:
    """None for an empty text, which models write for what they do not know."""
    return None if isinstance(value, str) and not value.strip() else value


class Model(BaseModel):
    """What goes over the wire; a key that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Known = Annotated[str | None, BeforeValidator(_blank_is_unknown)]
Channel = Annotated[Literal["email", "chat", "social"] | None, BeforeValidator(_blank_is_unknown)]
Spoken = Annotated[Known, Field(description="Code of the language of the texts, such as en; English unless set.")]


class Draft(Model):
    draft: str = Field(description="The whole reply as the customer would get it, greeting and closing too.")
    customer_message: Known = Field(None, description="The message that the draft answers, word for word, if known.")
    customer_name: Known = Field(None, description="The customer's name, if known.")
    channel: Channel = Field(None, description="How the reply is sent; e-mail unless set.")
    lang: Known = Field(
        None, description="Code of the draft's language, such as en. Leave it out to have the language found out."
    )


class Asked(Model):
    rule: str = Field(description="The rule's id, as a finding or list_rules names it.")
    lang: Spoken = None


class AskedAll(Model):
    lang: Spoken = None


class Replacement(Model):
    start: int = Field(description="Where the words begin that it stands for, in code points of the draft.")
    end: int = Field(description="Where they end.")
    text: str = Field(description="What to write there; always right.")


class Fault(Model):
    rule: str = Field(description="The rule's id; explain_rule tells more.")
    severity: Literal["error", "warning", "suggestion"] = Field(
        description="An error must not be sent, a warning should be changed, a suggestion would make it better."
    )
    words: str | None = Field(description="The exact words of the draft; null for something that the draft lacks.")
    message: str = Field(description="What is wrong with them.")
    advice: str = Field(description="What to write instead, with an example.")
    start: int | None = Field(description="Where the words begin, in code points of the draft, from 0.")
    end: int | None = Field(description="Where they end.")
    replacement: Replacement | None = Field(description="A replacement that is safe without a look, if there is one.")


class Unjudged(Model):
    reason: str = Field(description="What would have to be known.")
    rules: list[str] = Field(description="The rules that need it.")


class Check(Model):
    verdict: Literal["pass", "warn", "block"] = Field(
        description="block: rewrite and check again. warn: better change something, or nothing could be checked."
    )
    lang: str | None = Field(description="The language that the draft was checked in.")
    not_checked: str | None = Field(description="Why no rule was asked; null when the draft was checked.")
    findings: list[Fault] = Field(description="In order of place; what the whole draft lacks comes last.")
    not_judged: list[Unjudged] = Field(description="Rules left out because something about the case is not known.")


class Source(Model):
    document: str
    quote: str = Field(description="Word for word, in the document's language.")
    translation: str | None = Field(description="In English; null for an English quote.")


class Explanation(Model):
    rule: str
    severity: Literal["error", "warning", "suggestion"]
    title: str
    why: str
    advice: str = Field(description="What to write instead.")
    sources: list[Source] = Field(description="What the rule rests on.")
    found: list[str] = Field(description="Drafts in which it finds something; the words stand in «».")
    not_found: list[str] = Field(description="Drafts that come near and in which it finds nothing.")


class Listed(Model):
    id: str
    severity: Literal["error", "warning", "suggestion"]
    title: str


class Rules(Model):
    rules: list[Listed]


def check_reply(linter: replylint.Linter, asked: Draft) -> Check:
    """The verdict on a draft; raises UsageError when it is empty, too long or in no language."""
    _measured(asked)
    report = linter.lint(
        asked.model_dump(exclude={"draft", "lang"}) | {"reply": asked.draft, "lang": _code(linter, asked)}
    )
    unchecked = _unchecked(linter, report)
    verdict = _verdict(report, linter.config)
    return Check(
        verdict="warn" if unchecked else verdict,
        lang=report.lang,
        not_checked=unchecked,
        findings=[_fault(finding) for finding in report.findings if _is_shown(finding, linter.config)],
        not_judged=[] if unchecked else _unjudged(report.skipped),
    )


def explain_rule(linter: replylint.Linter, asked: Asked) -> Explanation:
    """A rule with its sources and examples; raises UsageError when there is none of that name."""
    card = linter.rule(asked.rule.strip(), _spoken(linter, asked.lang))
    return Explanation(
        rule=card.id,
        severity=card.severity,
        title=card.title,
        why=card.why,
        advice=card.advice,
        sources=[Source(document=s.document, quote=s.quote, translation=s.translation) for s in card.sources],
        found=list(card.found[:EXAMPLES]),
        not_found=list(card.not_found[:EXAMPLES]),
    )


def list_rules(linter: replylint.Linter, asked: AskedAll) -> Rules:
    """All rules in order of their ids."""
    cards = linter.rules(_spoken(linter, asked.lang))
    return Rules(rules=[Listed(id=card.id, severity=card.severity, title=card.title) for card in cards])


def _measured(asked: Draft) -> None:
    """Raises UsageError when the draft is empty, or it or the message is too long to be a letter."""
    if not asked.draft.strip():
        raise replylint.UsageError("the draft is empty; give the whole text of the reply in “draft”")
    for name in ("draft", "customer_message"):
        size = len((getattr(asked, name) or "").encode("utf-8", "surrogatepass"))
        if size > LARGEST:
            raise replylint.UsageError(f"“{name}” has {size:,} bytes; send at most {LARGEST:,}")


def _code(linter: replylint.Linter, asked: Draft) -> str | None:
    """The language that a draft is said to be in, also one without rules; raises UsageError when it is none."""
    code = _short(asked.lang)
    if code is None or code in linter.languages or code in linter.book.profiles:
        return code
    raise replylint.UsageError(
        f"the language “{asked.lang}” is not known; use one of {_languages(linter)}, or leave “lang” out"
    )


def _spoken(linter: replylint.Linter, lang: str | None) -> str:
    """The language to explain in; raises UsageError when there are no rules in it."""
    code = _short(lang)
    if code is None:
        messages = linter.config.messages or "en"
        return messages if messages in linter.languages else "en"
    if code not in linter.languages:
        raise replylint.UsageError(f"there are no rules in the language “{lang}”; use one of {_languages(linter)}")
    return code


def _short(lang: str | None) -> str | None:
    """A language code without its region: `en` of `en-GB`."""
    return lang.strip().lower().replace("_", "-").split("-")[0] if lang else None


def _languages(linter: replylint.Linter) -> str:
    return ", ".join(sorted(linter.languages))


def _unchecked(linter: replylint.Linter, report: replylint.Report) -> str | None:
    """Why no rule was asked, or None when the draft was checked."""
    if report.lang in linter.languages:
        return None
    if report.lang is None:
        return f"the language of the draft could not be told; name it in “lang”: {_languages(linter)}"
    return next((skip.reason for skip in report.skipped), "no rule is turned on")


def _verdict(report: replylint.Report, config: replylint.Config) -> Literal["pass", "warn", "block"]:
    """What the gravest finding comes to; `fail_on` of the configuration says from where on a draft is blocked."""
    worst = _GRAVITY[report.worst] if report.worst else 0
    if worst >= _blocks(config):
        return "block"
    return "warn" if worst >= _GRAVITY["warning"] else "pass"


def _blocks(config: replylint.Config) -> int:
    return _GRAVITY[config.fail_on or "error"]


def _is_shown(finding: replylint.Finding, config: replylint.Config) -> bool:
    """Whether it is as grave as the configuration's `min_severity`, or blocks the draft."""
    return _GRAVITY[finding.severity] >= min(_GRAVITY[config.min_severity or "suggestion"], _blocks(config))


def _fault(finding: replylint.Finding) -> Fault:
    fix = finding.fix
    return Fault(
        rule=finding.rule,
        severity=finding.severity,
        words=None if finding.start is None else finding.excerpt,
        message=finding.message,
        advice=finding.advice,
        start=finding.start,
        end=finding.end,
        replacement=Replacement(start=fix.start, end=fix.end, text=fix.text) if fix else None,
    )


def _unjudged(skipped: Sequence[replylint.Skipped]) -> list[Unjudged]:
    """The skipped rules by what is not known."""
    reasons = sorted({skip.reason for skip in skipped})
    return [Unjudged(reason=why, rules=[skip.rule for skip in skipped if skip.reason == why]) for why in reasons]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what a model is told of it, what it takes and gives, and the function behind it."""

    title: str
    description: str
    takes: type[Model]
    gives: type[Model]
    run: Callable[[replylint.Linter, Any], Model]

    def described(self, name: str) -> types.Tool:
        """The tool as the protocol lists it."""
        return types.Tool(
            name=name,
            title=self.title,
            description=self.description,
            input_schema=self.takes.model_json_schema(),
            output_schema=self.gives.model_json_schema(mode="serialization"),
            annotations=_HINTS,
        )

    def given(self, arguments: dict[str, Any]) -> Model:
        """The arguments, validated; raises UsageError saying in one sentence what is wrong with them."""
        try:
            return self.takes.model_validate(arguments)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise replylint.UsageError(f"the argument “{key}” is missing")
        if first["type"] == "extra_forbidden":
            raise replylint.UsageError(f"there is no argument “{key}”; use {', '.join(self.takes.model_fields)}")
        raise replylint.UsageError(f"“{key}”: {first['msg'][:1].lower()}{first['msg'][1:]}")


TOOLS = {
    "check_reply": Tool(
        "Check a reply",
        "Check a draft reply to a customer before anybody sees it. Answers a verdict (pass, warn or block) and "
        "findings: the exact words that blame, dismiss, promise too much or sound canned, and what the reply lacks, "
        "such as an apology, a next step or a date, each with advice on what to write instead. Rewrite and check again "
        "while the verdict is block. The same draft always gets the same answer. Nothing is stored or sent anywhere. "
        "At most 1 MB of text.",
        Draft,
        Check,
        check_reply,
    ),
    "explain_rule": Tool(
        "Explain a rule",
        "Explain one rule of check_reply: why it exists, the quoted sources it rests on with a translation, what to "
        "write instead, and examples of what it finds and leaves alone. Use it when a finding's advice is not enough "
        "to rewrite the words.",
        Asked,
        Explanation,
        explain_rule,
    ),
    "list_rules": Tool(
        "List the rules",
        "List the id, severity and title of every rule that check_reply applies, for example to write a first draft "
        "that keeps them.",
        AskedAll,
        Rules,
        list_rules,
    ),
}


def answered(linter: replylint.Linter, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
    """What a tool answers; whatever goes wrong is one sentence, marked as an error."""
    try:
        if name not in TOOLS:
            raise replylint.UsageError(f"there is no tool “{name}”; use one of {', '.join(TOOLS)}")
        answer = TOOLS[name].run(linter, TOOLS[name].given(arguments))
    except replylint.ReplylintError as error:
        return _failed(str(error))
    except Exception as error:  # A traceback or an error's text could quote the reply, so only its kind is told.
        return _failed(f"replylint broke down ({type(error).__name__}); the fault is replylint's, not the draft's")
    text = types.TextContent(text=answer.model_dump_json())
    return types.CallToolResult(content=[text], structured_content=answer.model_dump(mode="json"))


def _failed(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=sentence)], is_error=True)


def server(linter: replylint.Linter) -> Server[Any]:
    """The server that checks with a linter, one call after the other, away from the thread that talks."""
    alone = CapacityLimiter(1)

    async def listed(
        context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool.described(name) for name, tool in TOOLS.items()])

    async def called(context: ServerRequestContext[Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        call = partial(answered, linter, params.name, params.arguments or {})
        return await to_thread.run_sync(call, limiter=alone)

    return Server(
        "replylint",
        version=replylint.__version__,
        title="replylint",
        instructions=INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )


def serve() -> None:
    """Serves an assistant until it closes standard input.

    The configuration is the nearest at or above the working folder; raises ReplylintError when it is wrong.
    """
    # What the SDK logs of an error can quote the message that led to it, and so a reply.
    logging.disable(logging.CRITICAL)
    config = replylint.configured()
    made = server(replylint.Linter(config, macros=replylint.macros_of(config)))
    # The command turns the collector off for its own short life; this one is long.
    gc.enable()
    anyio.run(_talk, made)


async def _talk(made: Server[Any]) -> None:
    async with stdio_server() as (reads, writes):
        await made.run(reads, writes, made.create_initialization_options())


def main() -> None:
    """What `python -m replylint.integrations.mcp` does; exit code 2 when the configuration is wrong."""
    try:
        serve()
    except replylint.ReplylintError as error:
        print(f"replylint: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(2)


if __name__ == "__main__":
    main()
