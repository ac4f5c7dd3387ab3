"""LanguageTool's HTTP protocol, so that its clients show replylint's findings. Offsets are UTF-16 units of the text.

After the published definition of its API: the text is `text`, or `data` with an annotation whose markup is no text.
A finding about the whole draft stands on its first word, since every match of that protocol has a place. The level
`default` shows errors and warnings, `picky` suggestions too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from replylint import Finding, Report, __version__
from replylint.integrations.gate.offsets import utf16
from replylint.integrations.service.guard import RefusedError

Piece = tuple[str, int, int]
_AROUND = 40
"""Characters of context on either side of a match."""
_ISSUES = {"error": "misspelling", "warning": "grammar", "suggestion": "style"}
"""What clients colour by: red, yellow and blue underlines."""


class Annotated(BaseModel):
    """A piece of text, or of markup with what it is to be read as."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    text: str | None = None
    markup: str | None = None
    interpret_as: str = Field("", alias="interpretAs")


class Data(BaseModel):
    """The parameter `data`."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    text: str | None = None
    annotation: tuple[Annotated, ...] = ()


class Asked(BaseModel):
    """The parameters of a check that are heeded; others are taken and make no difference."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    text: str | None = None
    data: str | None = None
    language: str = "auto"
    level: str = "default"
    enabled_rules: str = Field("", alias="enabledRules")
    disabled_rules: str = Field("", alias="disabledRules")
    enabled_categories: str = Field("", alias="enabledCategories")
    disabled_categories: str = Field("", alias="disabledCategories")
    enabled_only: bool = Field(False, alias="enabledOnly")


def asked_of(form: Mapping[str, Any]) -> Asked:
    """The parameters; raises RefusedError when one is wrong."""
    try:
        return Asked(**{name: value for name, value in form.items() if isinstance(value, str)})
    except ValidationError as error:
        raise RefusedError(400, "wrong_parameter", f"the parameter {error.errors()[0]['loc'][0]} is wrong") from None


def pieces_of(asked: Asked) -> tuple[list[Piece], str]:
    """The pieces of the text with their places, and the text as the client counts it; raises RefusedError."""
    if (asked.text is None) == (asked.data is None):
        raise RefusedError(400, "wrong_parameter", "send either text or data")
    if asked.text is not None:
        return [(asked.text, 0, len(asked.text))], asked.text
    try:
        data = Data.model_validate(json.loads(asked.data or ""))
    except (ValueError, RecursionError):
        raise RefusedError(400, "wrong_parameter", "data is no JSON with an annotation") from None
    if data.text is not None:
        return [(data.text, 0, len(data.text))], data.text
    pieces: list[Piece] = []
    source = ""
    for each in data.annotation:
        written = each.text if each.text is not None else each.markup or ""
        read = each.text if each.text is not None else each.interpret_as
        pieces.append((read, len(source), len(source) + len(written)))
        source += written
    return pieces, source


def language_of(asked: Asked, languages: Mapping[str, str]) -> str | None:
    """The code of the language asked for, None when it is to be found out: en of en-US."""
    stated = asked.language.strip()
    if stated in ("", "auto"):
        return None
    code = stated.replace("_", "-").partition("-")[0].lower()
    return code if code in languages or len(code) in (2, 3) else None


def matches(report: Report, source: str, titles: Mapping[str, str], asked: Asked, families: Mapping[str, str]) -> Any:
    """The findings as matches, in order of place."""
    place = utf16(source)
    found = [f for f in report.findings if _is_wanted(f, asked, families)]
    made = [_match(finding, source, titles, families, place) for finding in found]
    return sorted(made, key=lambda match: (match["offset"], match["rule"]["id"]))


def _is_wanted(finding: Finding, asked: Asked, families: Mapping[str, str]) -> bool:
    family = families.get(finding.rule, "")
    if finding.rule in _listed(asked.disabled_rules) or family in _listed(asked.disabled_categories):
        return False
    enabled = finding.rule in _listed(asked.enabled_rules) or family in _listed(asked.enabled_categories)
    if asked.enabled_only:
        return enabled
    return enabled or asked.level == "picky" or finding.severity != "suggestion"


def _listed(value: str) -> Sequence[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _match(finding: Finding, source: str, titles: Mapping[str, str], families: Mapping[str, str], place: Any) -> Any:
    start, end = (finding.start, finding.end) if finding.start is not None else _first_word(source)
    start, end = start or 0, end or 0
    begin, stop = max(0, start - _AROUND), min(len(source), end + _AROUND)
    offset, length = place(start), place(end) - place(start)
    title = titles.get(finding.rule, finding.rule)
    fix = finding.fix
    context = source[begin:stop].replace("\n", " ")
    return {
        "message": f"{finding.message} {finding.advice}",
        "shortMessage": title,
        "offset": offset,
        "length": length,
        "replacements": [{"value": fix.text}] if fix and (fix.start, fix.end) == (start, end) else [],
        "context": {"text": context, "offset": offset - place(begin), "length": length},
        "sentence": _line(source, start),
        "type": {"typeName": "Other"},
        "rule": {
            "id": finding.rule,
            "description": title,
            "issueType": _ISSUES[finding.severity],
            "category": {"id": families.get(finding.rule, ""), "name": families.get(finding.rule, "")},
            "isPremium": False,
        },
        "ignoreForIncompleteSentence": False,
        "contextForSureMatch": 0,
    }


def _first_word(source: str) -> tuple[int, int]:
    start = len(source) - len(source.lstrip())
    end = next((at for at in range(start, len(source)) if source[at].isspace()), len(source))
    return start, end


def _line(source: str, place: int) -> str:
    begin = source.rfind("\n", 0, place) + 1
    end = source.find("\n", place)
    return source[begin : len(source) if end < 0 else end]


def answer(
    found: Any, stated: str | None, code: str | None, languages: Mapping[str, str], *, complete: bool = True
) -> dict[str, Any]:
    """The body of an answer. stated: the language that was asked for; code: the one that was found."""
    name = languages.get(code or "", code or "unknown")
    language = {"name": name, "code": code or "und"}
    return {
        "software": {
            "name": "replylint", "version": __version__, "buildDate": "", "apiVersion": 1, "premium": False,
            "premiumHint": "", "status": "",
        },
        "warnings": {"incompleteResults": not complete},
        "language": {**language, "detectedLanguage": {**language, "confidence": 1.0 if stated else 0.9}},
        "matches": found,
    }  # fmt: skip


def known_languages(languages: Mapping[str, str]) -> list[dict[str, str]]:
    """The languages with rules."""
    return [{"name": name, "code": code, "longCode": code} for code, name in languages.items()]
