"""What the commands beside linting print: tables, explanations, schemas, scores and the first configuration."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from replylint import references
from replylint.cards import card, wording_of
from replylint.errors import InputError, UsageError
from replylint.linter import Linter
from replylint.rulebook import ANY, Entry, Rulebook, builtin_folder
from replylint.rules import WordingFile
from replylint.score import score
from replylint.score import table as score_table

WIDTH = 96


def table(book: Rulebook, lang: str) -> str:
    """All rules, a line each, by family."""
    rows = [
        (e.family, name, e.rule.severity, " ".join(sorted(e.wordings)), wording_of(e, lang).title)
        for name, e in book.entries.items()
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[4]]) for row in sorted(rows)]
    return "\n".join(lines)


def as_json(book: Rulebook, lang: str) -> str:
    """All rules as a JSON list."""
    return json.dumps(
        [_as_dict(name, e, lang) for name, e in sorted(book.entries.items())], ensure_ascii=False, indent=2
    )


def _as_dict(name: str, entry: Entry, lang: str) -> dict[str, Any]:
    wording = wording_of(entry, lang)
    return {
        "id": name,
        "family": entry.family,
        "severity": entry.rule.severity,
        "kind": entry.rule.kind,
        "title": wording.title,
        "why": wording.why.strip(),
        "advice": wording.advice,
        "languages": sorted(entry.wordings),
        "source": [source.model_dump() for source in entry.rule.source],
    }


def missing(book: Rulebook, lang: str) -> list[str]:
    """The files that a language lacks: wordings of rules, and elements that rules and situations name."""
    rules = [f"{name}/{lang}.yaml" for name, e in book.entries.items() if lang not in e.wordings]
    draft, customer = references.sides((e.rule for e in book.entries.values()), book.situations)
    files = {name: book.elements.get(name, {}) for name in {*draft, *customer}}
    elements = [f"elements/{name}/{lang}.yaml" for name, own in files.items() if lang not in own and ANY not in own]
    return sorted([*rules, *elements])


def explanation(book: Rulebook, rule: str, lang: str) -> str:
    """Everything a user may want to know of a rule; raises UsageError when there is none of that name."""
    found = card(book, rule, lang)
    blocks = [
        f"{rule} ({found.severity}): {found.title}",
        _filled(found.why),
        *(_quoted(source.document, source.quote, source.translation) for source in found.sources),
        "Use instead\n" + _filled(found.advice, "  "),
        _listed("Found", found.found, 6),
        _listed("Not found", found.not_found, 6),
        f"To hide it in one place, write a reason: replylint: ignore[{rule}] -- reason",
    ]
    return "\n\n".join(block for block in blocks if block)


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=indent, subsequent_indent=indent)


def _quoted(document: str, quote: str, translation: str | None) -> str:
    lines = [f"From {document}", _filled(f"“{quote}”", "  ")]
    return "\n".join([*lines, _filled(f"“{translation}”", "  ")] if translation else lines)


def _listed(title: str, examples: Sequence[str], most: int) -> str:
    """The first few examples under a title, a line each."""
    return "\n".join([title, *(_filled(draft, "  ") for draft in examples[:most])]) if examples else ""


def schema_of(name: str) -> str:
    """The JSON Schema of a kind of file, as text; raises UsageError for an unknown kind."""
    from pydantic import TypeAdapter

    from replylint.config import Config
    from replylint.lexicon import LanguageFile
    from replylint.macros.helpdesks import Helpdesk, Syntax
    from replylint.rules import ElementFile, Rule

    kinds: dict[str, Any] = {
        "rule": Rule, "wording": WordingFile, "element": ElementFile, "language": LanguageFile, "config": Config,
        "helpdesk": Helpdesk, "syntaxes": dict[str, Syntax],
    }  # fmt: skip
    if name not in kinds:
        raise UsageError(f"there is no schema “{name}”; use one of {', '.join(kinds)}")
    schema = TypeAdapter(kinds[name]).json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2, sort_keys=True)


def scored(linter: Linter, gold: Path, severities: Sequence[str]) -> str:
    """The score of the rules on labelled drafts, as a table; raises InputError when the file cannot be read."""
    rows = list(_rows(gold))
    found = {row["id"]: linter.lint(row).findings for row in rows}
    names = {name: entry.rule.severity for name, entry in linter.book.entries.items()}
    from replylint.yamlfile import read

    unlabelled = read(builtin_folder() / "scoring.yaml", dict[str, tuple[str, ...]])["unlabelled"]
    scores = score(rows, found, unlabelled=unlabelled, severities=names, wanted=tuple(severities), unseen=True)
    return score_table(scores)


def _rows(gold: Path) -> Any:
    try:
        with gold.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict) or not {"id", "reply", "labels"} <= row.keys():
                        raise InputError("it is not an object with id, reply and labels", gold, number)
                    yield row
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", gold) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", gold) from error
    except json.JSONDecodeError as error:
        raise InputError(f"it is not JSON: {error.msg}", gold, number) from error


def starter() -> str:
    """A configuration file in which every setting is explained and none is set but the defaults."""
    return (Path(__file__).parent / "starter.toml").read_text(encoding="utf-8")
