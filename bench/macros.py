"""Speed and memory of a library of macros: macros.py [--macros N].

The macros are put together from the sentences of the labelled drafts, each another choice of them, as a Zendesk export.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPLYLINT = str(Path(sys.executable).with_name("replylint"))
LANGUAGES = ("en", "hr", "sr", "nl", "ru")
SENTENCES = 5


def sentences(lang: str) -> list[str]:
    """The sentences of the labelled drafts of a language, without greetings and signatures."""
    found: list[str] = []
    for path in sorted((ROOT / "tests" / "drafts").glob(f"*-{lang}.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = json.loads(line)["reply"]
            found += [each.strip() for each in re.split(r"(?<=[.!?])\s+|\n+", text) if len(each.split()) > 5]
    return sorted(set(found))


def library(number: int) -> str:
    """A Zendesk export of so many macros, the languages in turn."""
    chance = random.Random(1)
    parts = {lang: sentences(lang) for lang in LANGUAGES}
    macros = []
    for at in range(number):
        lang = LANGUAGES[at % len(LANGUAGES)]
        body = "\n".join(chance.choice(parts[lang]) for _ in range(SENTENCES))
        text = f"{{{{ticket.requester.first_name}}}},\n\n{body}\n\n{{{{current_user.name}}}}"
        actions = [{"field": "comment_value", "value": text}]
        macros.append({"id": at, "title": f"Macro {at}", "active": True, "actions": actions})
    return json.dumps({"macros": macros}, ensure_ascii=False, indent=1)


def run(path: Path, *options: str) -> str:
    """One run of the command: wall time, CPU time and memory so far."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [REPLYLINT, "macros", str(path), "--format", "jsonl", "--output", "/dev/null", *options]
    subprocess.run(arguments, check=False, cwd=path.parent, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.perf_counter() - began
    return f"{wall:6.1f} s wall, {cpu:6.1f} s CPU, at most {after.ru_maxrss / 1024:.0f} MB a process"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--macros", type=int, default=10_000)
    number = options.parse_args().macros
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "macros.json"
        path.write_text(library(number), encoding="utf-8")
        print(f"{number:,} macros, {path.stat().st_size / 1e6:.1f} MB")
        print("only repeated ones, 1 core ", run(path, "--no-cache", "--jobs", "1", "--select", "duplicate-macro"))
        print("all rules, cold, 1 core    ", run(path, "--no-cache", "--jobs", "1"))
        print("all rules, cold, all cores ", run(path))
        print("all rules, cached          ", run(path))


if __name__ == "__main__":
    main()
