"""What goes over the wire. Offsets are half-open; they count code points, or UTF-16 units where that is asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from replylint import Fix, Skipped
from replylint.integrations.gate.settings import Action, Severity

Verdict = Literal["pass", "warn", "block"]
SHORTEST_REASON, LONGEST_REASON = 3, 500
LONGEST_TOKEN, LONGEST_AGENT = 8000, 200


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Override(In):
    """Why a reply leaves all the same."""

    token: str = Field(max_length=LONGEST_TOKEN, description="override_token of the answer")
    reason: str = Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)
    agent: str = Field(min_length=1, max_length=LONGEST_AGENT, description="The agent's id in the helpdesk")


class Draft(In):
    """A draft, and what is known beside it."""

    draft: str
    markup: Literal["text", "html", "markdown"] = "text"
    customer_message: str | None = None
    customer_name: str | None = Field(None, max_length=500)
    channel: Literal["email", "chat", "social"] | None = None
    lang: str | None = Field(None, max_length=20, description="Language code; otherwise found out")
    template: str | None = Field(None, description="Text of the canned reply that the draft was made from")
    template_id: str | None = Field(None, max_length=200, description="Its name")
    team: str | None = Field(None, max_length=200, description="Team or queue whose policy holds")
    mode: Literal["reply", "note", "preview", "automatic"] = Field("reply", description="Only replies are checked")
    offsets: Literal["codepoints", "utf16"] = "codepoints"
    override: Override | None = Field(None, description="For the second try: why it is to leave as it is")
    id: StrictStr | StrictInt | None = None


class Drafts(In):
    """Several drafts."""

    replies: list[Draft]


class CommandOptions(In):
    """The options of `replylint lint` that a service minds."""

    customer_name: str | None = None
    channel: Literal["email", "chat", "social"] | None = None
    lang: str | None = None
    select: str | None = None
    ignore: str | None = None
    messages: str | None = None
    min_severity: Severity | None = None
    fail_on: Severity | Literal["never"] | None = None
    stats: bool = False
    format: Literal["human", "json", "jsonl", "github", "gitlab", "sarif", "junit", "checkstyle"] = "human"


class CommandLine(In):
    """`replylint lint` as the command hands it over: names and bytes of its inputs, its configuration, its screen."""

    version: str
    files: list[tuple[str, Base64Bytes]] = Field(min_length=1, max_length=100)
    customer: tuple[str, Base64Bytes] | None = None
    options: CommandOptions = CommandOptions()
    config: tuple[str, str] | None = None
    folder: str = ""
    color: bool = False
    width: int = Field(100, ge=1, le=10_000)


class Printed(BaseModel):
    """What the command prints, and its exit code."""

    stdout: str
    stderr: str
    code: int


class Found(BaseModel):
    """One finding. start, end: place in the draft, null for the whole draft."""

    rule: str
    title: str
    severity: Severity
    action: Action
    message: str
    advice: str
    start: int | None
    end: int | None
    line: int
    column: int
    words: str
    source: str
    fix: Fix | None
    fingerprint: str


class Answer(BaseModel):
    """What comes of a draft.

    checked: false when it was not, for the reason; the verdict is then the policy's. overridden: it passes because of
    the override that came with it, which is on record. mail_text: at most 400 ASCII characters, for a mail server's
    answer. dialog_text: at most 500 characters, for a dialog. override_token: for the override of the next try, null
    when there is nothing to override or something must not be.
    """

    id: str | int | None = None
    verdict: Verdict
    checked: bool
    overridden: bool = False
    reason: str | None
    lang: str | None
    findings: list[Found]
    skipped: list[Skipped]
    mail_text: str
    dialog_text: str
    override_token: str | None
    version: str


class Answers(BaseModel):
    """The answers in the order of the drafts."""

    results: list[Answer]


class Accepted(BaseModel):
    """The override is on record."""

    accepted: Literal[True] = True


class Status(BaseModel):
    """How the service is."""

    status: str
    version: str


class Fault(BaseModel):
    """What is wrong, in one sentence."""

    code: str
    message: str


class Problem(BaseModel):
    """The body of every answer that is no success."""

    error: Fault
