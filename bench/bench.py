"""Speed and memory: bench.py [--replies N] prints medians of several runs, all of one sitting.

The replies are put together from the example sentences inside the rules, about 120 words each, seeded, so that every
run sees the same ones.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from replylint.examples import unmarked
from replylint.linter import Linter
from replylint.reply import Reply
from replylint.rulebook import Rulebook, builtin
from replylint.rules import Draft

ROOT = Path(__file__).parents[1]
REPLYLINT = str(Path(sys.executable).with_name("replylint"))


def sentences(book: Rulebook, lang: str) -> tuple[list[str], list[str]]:
    """Sentences of good replies, and of faulty ones."""
    good, bad = [], []
    for entry in book.entries.values():
        if lang in entry.wordings:
            wording = entry.wordings[lang]
            good += [_plain(example) for example in wording.passes]
            bad += [_plain(example) for example in wording.flags]
    return [text for text in good if text], [text for text in bad if text]


def _plain(example: str | Draft) -> str:
    text = unmarked(example.draft if isinstance(example, Draft) else example)[0]
    return " ".join(text.split()) if len(text) < 400 else ""


def replies(book: Rulebook, lang: str, number: int) -> Iterator[dict[str, str | int]]:
    """Replies of about 120 words, a fifth of their sentences faulty, each with a customer's message."""
    chance = random.Random(1)
    good, bad = sentences(book, lang)
    for at in range(number):
        parts: list[str] = []
        while sum(len(part.split()) for part in parts) < 105:
            parts.append(chance.choice(bad if chance.random() < 0.2 else good))
        draft = (
            f"Hi Ada {at},\n\n" + " ".join(parts) + f"\n\nYour number is {at}-{chance.randrange(10**6)}.\n\nBest,\nKim"
        )
        yield {"id": at, "reply": draft, "customer_message": "The lamp 40518 arrived broken. What now?", "lang": lang}


def command(arguments: list[str], runs: int) -> tuple[float, float]:
    """Median wall and CPU seconds of a command."""
    walls, cpus = [], []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=ROOT)
        walls.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), statistics.median(cpus)


def starts(runs: int) -> None:
    plain = ROOT / "examples" / "drafts" / "plain.txt"
    rows = {
        'python -c "import spacy"': [sys.executable, "-c", "import spacy"],
        "replylint examples/drafts/lamp.txt (needs spaCy)": [REPLYLINT, "examples/drafts/lamp.txt"],
        "replylint plain.txt (does not)": [REPLYLINT, str(plain)],
        "replylint --help": [REPLYLINT, "--help"],
        "replylint rules": [REPLYLINT, "rules"],
        "replylint explain blames-customer": [REPLYLINT, "explain", "blames-customer"],
    }
    print(f"start, median of {runs}:                                  wall s   CPU s")
    for name, arguments in rows.items():
        command(arguments, 1)
        wall, cpu = command(arguments, runs)
        print(f"  {name:52} {wall:7.2f} {cpu:7.2f}")


def warm(book: Rulebook, lang: str) -> None:
    linter = Linter()
    drafts = [Reply.of(str(row["reply"]), customer_message=str(row["customer_message"]), lang=lang)
              for row in replies(book, lang, 1_200)]  # fmt: skip
    for draft in drafts[:200]:
        linter.lint(draft)
    times = []
    for draft in drafts[200:]:
        began = time.perf_counter()
        linter.lint(draft)
        times.append(1000 * (time.perf_counter() - began))
    words = statistics.mean(len(draft.source.split()) for draft in drafts)
    quantiles = statistics.quantiles(times, n=20)
    print(f"warm, {lang}, {words:.0f} words: median {statistics.median(times):.2f} ms, p95 {quantiles[18]:.2f} ms")


def batch(book: Rulebook, lang: str, number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "replies.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for row in replies(book, lang, number):
                file.write(json.dumps(row) + "\n")
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        arguments = [REPLYLINT, str(path), "--format", "jsonl", "--output", "/dev/null"]
        subprocess.run(arguments, check=False, cwd=folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        wall = time.perf_counter() - began
        speed = f"{number / wall:.0f} replies/s ({number / cpu:.0f} a CPU second)"
        print(f"batch, {lang}, {number:,} replies as JSONL: {speed}, peak {after.ru_maxrss / 1024:.0f} MB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replies", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--only", choices=["starts", "warm", "batch"])
    chosen = options.parse_args()
    book = builtin()
    if chosen.only in (None, "starts"):
        starts(chosen.runs)
    for lang in book.languages:
        if chosen.only in (None, "warm"):
            warm(book, lang)
        if chosen.only in (None, "batch"):
            if chosen.only is None:
                batch(book, lang, chosen.replies // 4)
            batch(book, lang, chosen.replies)


if __name__ == "__main__":
    main()
