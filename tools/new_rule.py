"""Begins a rule: new_rule.py FAMILY ID writes rule.yaml and en.yaml to be filled in."""

from __future__ import annotations

import re
import sys
from pathlib import Path

RULE = """# yaml-language-server: $schema=../../../docs/schema/rule.json
id: {id}
severity: suggestion
since: 0.1.0
kind: forbid
source:
  - document: S3
    quote: a clause, word for word
    translation: the clause in English
"""
WORDING = """# yaml-language-server: $schema=../../../docs/schema/wording.json
title: What the fault is, in a few words
why: >-
  Why it harms, in plain words.
message: “{words}” does harm.
advice: "Write instead: “…”."
phrases:
  - {id_words}
flags:
  - "Here «{id_words}» stands."
passes:
  - Here it does not.
"""


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not re.fullmatch(r"[a-z]+(-[a-z]+)*", arguments[1]):
        print("usage: new_rule.py FAMILY ID, the ID in small letters and hyphens: tone no-rain-checks")
        return 2
    family, name = arguments
    folder = Path(__file__).parents[1] / "rules" / family / name
    folder.mkdir(parents=True)
    (folder / "rule.yaml").write_text(RULE.replace("{id}", name), encoding="utf-8")
    (folder / "en.yaml").write_text(WORDING.replace("{id_words}", name.replace("-", " ")), encoding="utf-8")
    print(f"wrote {folder}; fill in both files, then run “replylint test”")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
