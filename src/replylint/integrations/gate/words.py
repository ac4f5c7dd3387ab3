"""What gates say themselves, in the languages of the rules; what is said of a finding comes with the rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "words.json"
_DEFAULT = "en"


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """The words by language and key. Serbian in Cyrillic is `sr-Cyrl`."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def say(key: str, lang: str | None, **values: str) -> str:
    """One of the words in a language given as helpdesks name them: `hr`, `nl-be`, `sr_Cyrl`, `sr-latn`.

    English where the language has none. values: what stands for the names in braces.
    """
    return all_words()[known(lang)][key].format(**values)


def known(lang: str | None) -> str:
    """The language of the words that a helpdesk's language is spoken to in."""
    parts = (lang or _DEFAULT).replace("_", "-").lower().split("-")
    for name in ("-".join(parts[:2]), parts[0]):
        for code in all_words():
            if code.lower() == name:
                return code
    return _DEFAULT
