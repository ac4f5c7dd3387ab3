"""Writes docs/schema, docs/rules and the words of the gates; with --check, says what is out of date and fails."""

from __future__ import annotations

import sys
from pathlib import Path

from replylint.listing import schema_of
from replylint.rulebook import Entry, Rulebook, builtin
from replylint.rules import Draft, WordingFile

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "src/replylint/integrations/gate/words.json"
GATES = ("request-tracker/static/words.json", "roundcube/words.json", "zendesk/assets/words.json", "browser/words.json")
SCHEMAS = ("rule", "wording", "element", "language", "config", "helpdesk", "syntaxes")


def pages(book: Rulebook) -> dict[Path, str]:
    """Every generated file with its text."""
    files = {Path(f"docs/schema/{name}.json"): schema_of(name) + "\n" for name in SCHEMAS}
    for name, entry in book.entries.items():
        files[Path(f"docs/rules/{name}.md")] = page(name, entry)
    files[Path("docs/rules/README.md")] = overview(book)
    for place in GATES:
        files[Path("gates") / place] = WORDS.read_text(encoding="utf-8")
    return files


def overview(book: Rulebook) -> str:
    lines = ["# The rules", "", "| family | rule | severity | what it finds |", "| --- | --- | --- | --- |"]
    for name, entry in sorted(book.entries.items(), key=lambda pair: (pair[1].family, pair[0])):
        title = entry.wordings["en"].title
        lines.append(f"| {entry.family} | [{name}]({name}.md) | {entry.rule.severity} | {title} |")
    return "\n".join(lines) + "\n"


def page(name: str, entry: Entry) -> str:
    """One rule: what, why, use instead, examples, source."""
    wording = entry.wordings["en"]
    lines = [f"# {name}", "", f"**{wording.title}** ({entry.family}, {entry.rule.severity})", "", "## Why", ""]
    lines += [" ".join(wording.why.split()), "", "## Use instead", "", wording.advice, ""]
    lines += examples("## Found", wording, "flags") + examples("## Not found", wording, "passes")
    lines += ["## Source", ""]
    for source in entry.rule.source:
        lines.append(
            f"- {source.document}: “{source.quote}”" + (f" ({source.translation})" if source.translation else "")
        )
    return "\n".join(lines) + "\n"


def examples(title: str, wording: WordingFile, kind: str) -> list[str]:
    """The first examples of a kind as quotes."""
    found = [e.draft if isinstance(e, Draft) else e for e in getattr(wording, kind)[:8]]
    return [title, "", *("> " + draft.replace("\n", "\n> ") + "\n" for draft in found)] if found else []


def main() -> int:
    stale = []
    for path, text in pages(builtin()).items():
        place = ROOT / path
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            stale.append(path)
            if "--check" not in sys.argv:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        print("out of date, run “make docs”:", *stale, sep="\n  ")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
