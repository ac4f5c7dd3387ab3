"""Small rule books, made in memory or in a folder, so that no test leans on the wording of the real rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from replylint.engine import lint
from replylint.finding import Report
from replylint.lexicon import LanguageFile
from replylint.reply import Reply
from replylint.rulebook import Entry, LanguageBook, Rulebook
from replylint.rules import ElementFile, Rule, WordingFile
from replylint.surroundings import Surroundings
from replylint.text import Text
from replylint.tokens import Tokenizer
from replylint.view import View

ROOT = Path(__file__).parents[1]
SOURCE = [{"document": "S9", "quote": "so it is written"}]
WORDS = {"title": "Title", "why": "Because.", "message": "“{words}” is wrong.", "advice": "Leave it out."}
LANGUAGE: dict[str, Any] = {
    "code": "en",
    "name": "English",
    "function_words": [
        "the", "a", "an", "and", "of", "to", "in", "on", "is", "are", "you", "your", "we", "our", "i", "it", "this",
        "that", "not", "do", "did", "have", "will", "for",
    ],
    "contractions": {
        "-n't": ["not"], "-'ll": ["will"], "-'re": ["are"], "-'d": ["'d"], "-'s": ["'s"],
        "can't": ["can", "not"], "won't": ["will", "not"], "didnt": ["did", "not"], "gonna": ["going", "to"],
    },
    "ambiguous": {"'d": ["would", "had"], "'s": ["is", "has"]},
    "spellings": {"apologize": "apologise", "recieve": "receive"},
    "abbreviations": ["mr", "dr", "e.g"],
    "conditions": ["if", "unless"],
    "negations": ["not", "never", "rather than"],
    "emphatic": ["not", "never", "must"],
    "placeholder_words": ["name", "insert"],
    "quote_lines": ["^ on ... wrote $"],
    "closings": ["^ [kind|best] regards $"],
    "greeting": {
        "openers": ["^ (hi|hello|dear)"],
        "addressees": ["customer", "sir", "team"],
        "titles": ["mr", "dr"],
    },
    "calendar": {
        "weekdays": {"monday": 0, "friday": 4},
        "months": {"march": 3, "may": 5},
        "units": {"hour": 1, "hours": 1, "day": 24, "days": 24, "week": 168, "weeks": 168},
        "workdays": ["working", "business"],
        "numbers": {"one": 1, "two": 2, "three": 3},
        "days": {"today": 0, "tomorrow": 1},
        "ordinals": ["st", "nd", "rd", "th"],
        "halves": ["am", "pm"],
        "fillers": ["the", "of"],
    },
}  # fmt: skip

PROFILES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "nl": "Dutch"}

_rule: TypeAdapter[Any] = TypeAdapter(Rule)


def language(**changes: Any) -> LanguageFile:
    """The small English of these tests."""
    return LanguageFile.model_validate({**LANGUAGE, **changes})


def tokenizer(**changes: Any) -> Tokenizer:
    """A tokenizer of the small English."""
    return Tokenizer(language(**changes))


def entry(name: str, wording: Mapping[str, Any] | None = None, family: str = "family", **rule: Any) -> Entry:
    """A rule with an English wording; what is not given is filled in."""
    data = {"id": name, "severity": "warning", "since": "1.0.0", "kind": "forbid", "source": SOURCE, **rule}
    spoken = WordingFile.model_validate({**WORDS, **(wording or {})})
    return Entry(_rule.validate_python(data), {"en": spoken}, Path(family) / name)


def element(data: Sequence[Any] | Mapping[str, Any]) -> ElementFile:
    """An element of phrases, or of all that its file may hold."""
    return ElementFile.model_validate(data if isinstance(data, Mapping) else {"phrases": data})


def rulebook(
    *entries: Entry, elements: Mapping[str, Any] | None = None, situations: Any = None, **lang: Any
) -> Rulebook:
    """A rule book of the small English."""
    files = {name: {"en": element(data)} for name, data in (elements or {}).items()}
    return Rulebook(
        {e.rule.id: e for e in entries}, files, {"en": language(**lang)}, situations or {}, {"en": "English"}
    )


def book(
    *entries: Entry, elements: Mapping[str, Any] | None = None, situations: Any = None, **lang: Any
) -> LanguageBook:
    """The same, ready for use."""
    return rulebook(*entries, elements=elements, situations=situations, **lang).in_language("en")


def view(ready: LanguageBook, draft: str, **known: Any) -> View:
    """A draft as the rules of `ready` see it."""
    reply = Reply.of(draft, **known)
    return View(Text(draft), ready, reply)


def found(draft: str, phrases: Sequence[Any] | Mapping[str, Any], **elements: Any) -> list[str]:
    """The words of the draft that an element of `phrases` finds."""
    seen = view(book(elements={**elements, "sought": phrases}), draft)
    return [seen.raw(hit.start, hit.end) for hit in seen.found.get("sought", [])]


def report(draft: str, *entries: Entry, around: Surroundings | None = None, **more: Any) -> Report:
    """What rules find in a draft; `more` goes to the book when it knows the name, else to the reply."""
    of_book = {key: more.pop(key) for key in ("elements", "situations") if key in more}
    return lint(Reply.of(draft, **more), book(*entries, **of_book), around)


def excerpts(draft: str, *entries: Entry, **more: Any) -> list[str]:
    """The words of all findings; "" for one about the whole draft."""
    return [finding.excerpt for finding in report(draft, *entries, **more).findings]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """`files` by path in `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def python(code: str) -> str:
    """What a fresh Python prints that runs `code` with this checkout's sources."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def write_book(folder: Path, *entries: Entry, elements: Mapping[str, Any] | None = None, **lang: Any) -> Path:
    """A folder of rules; JSON is YAML."""
    files = {"languages/en.yaml": json.dumps({**LANGUAGE, **lang}), "detection.yaml": json.dumps(PROFILES)}
    for made in entries:
        place = f"{made.family}/{made.rule.id}"
        files[f"{place}/rule.yaml"] = made.rule.model_dump_json(by_alias=True, exclude_unset=True)
        files |= {f"{place}/{code}.yaml": _json(wording) for code, wording in made.wordings.items()}
    files |= {f"elements/{name}/en.yaml": _json(element(data)) for name, data in (elements or {}).items()}
    return write(folder, files)


def _json(file: BaseModel) -> str:
    return file.model_dump_json(by_alias=True, exclude_unset=True)
