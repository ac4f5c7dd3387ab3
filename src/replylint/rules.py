"""What a rule, an element and a wording file may hold. These models are the file format: their JSON Schemas are
published, and whatever they do not name is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from replylint.finding import Severity
from replylint.reply import Channel

Part = Literal["greeting", "body", "closing"]
Context = Literal["condition", "question", "quote", "negation", "signature"]
NAME = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
ElementName = Annotated[str, Field(pattern=NAME)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Source(Model):
    """Where a rule comes from: a document, a clause of it word for word, and the clause in English."""

    document: str = Field(description="Short code of the document, as in SOURCES.yaml, or the name of your own guide")
    quote: str
    translation: str | None = None


class Condition(Model):
    """One thing that must hold for a rule to be asked: `situation`, `known`, or `in` with `has` or `lacks`."""

    situation: str | None = Field(None, description="What the customer wrote about, as in situations.yaml")
    no_situation: str | None = Field(None, description="What the customer did not write about")
    known: Literal["customer", "name", "macros", "service_times"] | None = Field(None, description="What must be given")
    in_: Literal["draft", "customer", "sentence", "nearby", "greeting", "earlier"] | None = Field(
        None, alias="in", description="Where to look; sentence, nearby and earlier are seen from the words found"
    )
    has: ElementName | None = Field(None, description="An element that must be there")
    lacks: ElementName | None = Field(None, description="An element that must not be there")


class RuleBase(Model):
    """What rules of every kind have."""

    id: ElementName
    severity: Severity
    since: str
    source: tuple[Source, ...] = Field(min_length=1)
    when: tuple[Condition, ...] = ()
    channels: tuple[Channel, ...] = Field((), description="Only in these channels; empty: in all")
    min_words: int = Field(0, ge=0, description="Silent in drafts shorter than this many words")
    max_words: int = Field(0, ge=0, description="Silent in drafts longer than this many words; 0: no limit")
    after: tuple[ElementName, ...] = Field((), description="Rules that report the same words in this one's place")
    outside: tuple[Context, ...] = Field(("quote",), description="Contexts in which its words do not count")
    texts: Literal["drafts", "macros", "both"] = Field("both", description="Whether drafts or macros are asked")


class Forbid(RuleBase):
    """These words must not be there. Without `of`, the words are the rule's own phrases."""

    kind: Literal["forbid"]
    of: tuple[ElementName, ...] = ()
    part: Part | None = Field(None, description="Only in this part of the reply")
    once: bool = Field(False, description="One finding for all, at the first")
    last_third: bool = Field(False, description="Only where all of them stand in the last third of the draft")


class Require(RuleBase):
    """At least one of these elements (or own phrases) must be there."""

    kind: Literal["require"]
    of: tuple[ElementName, ...] = ()
    part: Part | None = Field(None, description="It must be in this part, and the finding shows the part")
    shapes: tuple[str, ...] = Field((), description="Shapes of words, any of which will do")
    parts: tuple[Part, ...] = Field((), description="Instead of elements: parts that the reply must have")
    beside: tuple[ElementName, ...] = Field((), description="It must be in a sentence that has one of these too")
    apart_from: tuple[ElementName, ...] = Field(
        (), description="It does not count where one of these stands over it, or beside it in its clause"
    )


class Strict(Model):
    """A lower limit under further conditions."""

    when: tuple[Condition, ...]
    max: int = Field(ge=0)


class Count(RuleBase):
    """No more than `max` of these elements; each own phrase is one too many by itself."""

    kind: Literal["count"]
    of: tuple[ElementName, ...]
    max: int = Field(ge=0)
    unit: Literal["hits", "items"] = Field("hits", description="items: members of the list that follows the words")
    joined_by: tuple[ElementName, ...] = Field((), description="Elements that join the last two members of a list")
    strict: Strict | None = None


class Similar(RuleBase):
    """Nearly the same as a text of a library."""

    kind: Literal["similar"]
    library: Literal["macros", "archive", "own"] = Field(description="own: the library that a macro belongs to")
    threshold: float = Field(gt=0, le=1)
    min_size: int = Field(1, ge=1)


class Pair(Model):
    """What the draft asks for, and what of it the customer may have given already."""

    ask: ElementName
    given: tuple[ElementName, ...]


class Echo(RuleBase):
    """A value in the customer's message and in the draft must meet, or must not be asked for again."""

    kind: Literal["echo"]
    what: Literal["specifics", "name", "known"]
    pairs: tuple[Pair, ...] = ()
    of: tuple[ElementName, ...] = Field((), description="Elements that count as specific beside names and numbers")


class ServiceTime(Model):
    """A kind of promise, and the element that tells it."""

    kind: str
    element: ElementName


class Time(RuleBase):
    """A promised time is possible, consistent, and not faster than the configured service times."""

    kind: Literal["time"]
    what: Literal["possible", "realistic"]
    promises: tuple[ElementName, ...] = Field(description="Elements that make a sentence a promise")
    past: tuple[ElementName, ...] = Field((), description="Elements that make a sentence speak of the past")
    services: tuple[ServiceTime, ...] = ()


class Answers(RuleBase):
    """Each question of the customer is taken up; or, with `beyond`, more than the answer is given."""

    kind: Literal["answers"]
    what: Literal["each", "beyond"]
    questions: tuple[ElementName, ...] = Field(description="Elements that open a question in the customer's message")
    postponed: tuple[ElementName, ...] = Field((), description="Elements that say when an answer comes")
    replies: dict[ElementName, tuple[ElementName, ...]] = Field(
        default_factory=dict, description="Kinds of question, and elements any of which answers it"
    )
    idle: tuple[ElementName, ...] = Field((), description="Elements of sentences that inform of nothing")
    extras: tuple[ElementName, ...] = Field((), description="Elements that show something beyond the answer")


class Mixed(RuleBase):
    """Words of more than one of these elements stand in one draft; the rarer ones are shown."""

    kind: Literal["mixed"]
    of: tuple[ElementName, ...]
    setting: str | None = Field(None, description="Name of the configuration setting that demands one of them")


class Variables(RuleBase):
    """The helpdesk fills in every variable of a macro. The wording's cases tell why it does not."""

    kind: Literal["variables"]


class Reserved(RuleBase):
    """A rule of the catalogue that works on macro libraries or archives and is not run on drafts."""

    kind: Literal["library"]


class Suppression(RuleBase):
    """What is said of a request to ignore that hides nothing, or that names a rule which does not exist."""

    kind: Literal["suppression"]
    what: Literal["unused", "unknown"]


Rule = Annotated[
    Forbid | Require | Count | Similar | Echo | Time | Answers | Mixed | Variables | Reserved | Suppression,
    Field(discriminator="kind"),
]


class Phrase(Model):
    """A phrase with exceptions of its own."""

    phrase: str
    except_: tuple[str, ...] = Field((), alias="except", description="Not where one of these stands over the words")
    unless: tuple[str, ...] = Field((), description="Not where one of these stands in the same sentence")
    within: tuple[Context, ...] = Field((), description="Also in these contexts, which the rule otherwise leaves out")
    situation: str | None = Field(None, description="Only when the customer wrote in this situation")


class Draft(Model):
    """An example: a draft, with the words that must be found between « and », and what is known beside it."""

    draft: str
    customer: str | None = None
    name: str | None = None
    channel: Channel = "email"
    today: str | None = None
    macros: tuple[str, ...] = Field((), description="The library that it is compared with")
    helpdesk: str | None = Field(None, description="It is a macro of this helpdesk (a file in helpdesks), or of any")
    settings: dict[str, str] = Field(default_factory=dict)
    service_times: dict[str, float] = Field(default_factory=dict, description="Fastest time of a service, in hours")


class Phrases(Model):
    """Wording of one language, with the examples that prove it."""

    phrases: tuple[str | Phrase, ...] = ()
    except_: tuple[str, ...] = Field((), alias="except", description="Not where one of these stands over the words")
    unless: tuple[str, ...] = Field((), description="Not where one of these stands in the same sentence")
    flags: tuple[str | Draft, ...] = Field((), description="Examples that must be found")
    passes: tuple[str | Draft, ...] = Field((), description="Examples that must not be found")
    todo: tuple[str | Draft, ...] = Field((), description="Known misses, kept in view")


class ElementFile(Phrases):
    """Wording that several rules share."""

    about: str = Field("", description="What it finds, in one line")


class WordingFile(Phrases):
    """A rule in one language: what is said to the agent, and the words it finds."""

    title: str
    why: str
    message: str
    advice: str
    fixes: dict[str, str] = Field(
        default_factory=dict,
        description="Exact words, and what `replylint fix` puts there; {words} are they, {customer} is a variable",
    )
    cases: dict[str, str] = Field(default_factory=dict, description="What is said in place of the message, by case")
