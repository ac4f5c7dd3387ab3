"""How often the language of a text is told: languages.py prints a table over pieces of 5, 15 and 60 words.

The pieces are cut out of the labelled drafts that are held back and the messages they answer, which nobody who made the
word lists has read, and out of texts in languages without rules (tests/drafts/others.jsonl).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from replylint.language import Guess, Identifier
from replylint.rulebook import builtin

DRAFTS = Path(__file__).parents[1] / "tests" / "drafts"
SIZES = (5, 15, 60)


def texts() -> Iterator[tuple[str, str]]:
    """Language and text of every piece of writing; Serbian in Cyrillic counts by itself."""
    for path in sorted([*DRAFTS.glob("held-*.jsonl"), DRAFTS / "others.jsonl"]):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for text in (row.get("text"), row.get("reply"), row.get("customer_message")):
                if text:
                    yield script_of(row["lang"], text), text


def script_of(lang: str, text: str) -> str:
    cyrillic = sum("\u0400" <= letter <= "\u04ff" for letter in text)
    return f"{lang} (Cyrillic)" if lang == "sr" and 2 * cyrillic > sum(map(str.isalpha, text)) else lang


def pieces(text: str, size: int) -> Iterator[str]:
    """Every so many words of a text; a text of 60 words may lack a few."""
    words = text.split()
    for start in range(0, len(words), size):
        if len(words) - start >= 0.9 * size:
            yield " ".join(words[start : start + size])


def judged(guess: Guess, lang: str) -> str:
    """right, open (none, or several of which it is one), or the language it was taken for."""
    code = lang.split()[0]
    if guess.code is None or (guess.also and code in (guess.code, *guess.also)):
        return "open"
    return "right" if guess.code == code else guess.code


def main() -> None:
    identify = Identifier(builtin())
    counts: dict[str, dict[int, Counter[str]]] = {}
    for lang, text in texts():
        rows = counts.setdefault(lang, {size: Counter() for size in SIZES})
        for size in SIZES:
            for piece in pieces(text, size):
                rows[size][judged(identify(piece), lang)] += 1
    print(f"{'language':16}" + "".join(f"{f'{size} words':>40}" for size in SIZES))
    for lang, rows in sorted(counts.items()):
        print(f"{lang:16}" + "".join(f"{shown(rows[size]):>40}" for size in SIZES))


def shown(found: Counter[str]) -> str:
    """The share told right and left open, and what was taken for what."""
    number = sum(found.values())
    if not number:
        return "-"
    wrong = " ".join(f"{code} {times}" for code, times in found.most_common() if code not in ("right", "open"))
    return f"{found['right'] / number:.1%} open {found['open'] / number:.1%} of {number} {wrong}"


if __name__ == "__main__":
    main()
