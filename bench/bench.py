"""Speed and memory: bench.py [--replies N] prints medians of several runs, all of one sitting.

The replies are the labelled drafts of about 120 words, so that every run sees the same ones.
"""

from __future__ import annotations

import argparse
import itertools
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
from typing import Any

from replylint.linter import Linter
from replylint.reply import Reply

ROOT = Path(__file__).parents[1]
REPLYLINT = str(Path(sys.executable).with_name("replylint"))
LENGTHS = range(90, 161)
"""Words that a draft may have to be measured."""


def drafts(lang: str) -> list[dict[str, Any]]:
    """The labelled drafts of a language that are about 120 words long."""
    rows = [
        json.loads(line)
        for path in sorted((ROOT / "tests" / "drafts").glob(f"*-{lang}.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [row for row in rows if len(row["reply"].split()) in LENGTHS]


def replies(lang: str, number: int) -> Iterator[dict[str, Any]]:
    """So many replies: the drafts in turn, each with numbers of its own, so that no two are the same."""
    chance = random.Random(1)
    for at, row in zip(range(number), itertools.cycle(drafts(lang)), strict=False):
        reply = f"{row['reply']}\n\nCase {at}-{chance.randrange(10**6)}"
        yield {"id": at, "reply": reply, "customer_message": row["customer_message"], "lang": lang}


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


def warm(lang: str, with_message: bool) -> None:
    linter = Linter()
    ready = [
        Reply.of(row["reply"], customer_message=row["customer_message"] if with_message else None, lang=lang)
        for row in replies(lang, 1_200)
    ]
    for reply in ready[:200]:
        linter.lint(reply)
    times = []
    for reply in ready[200:]:
        began = time.perf_counter()
        linter.lint(reply)
        times.append(1000 * (time.perf_counter() - began))
    words = statistics.mean(len(reply.source.split()) for reply in ready)
    quantiles = statistics.quantiles(times, n=20)
    what = f"{words:.0f} words{' and the customer message' if with_message else ''}"
    print(f"warm, {lang}, {what}: median {statistics.median(times):.2f} ms, p95 {quantiles[18]:.2f} ms")


def batch(lang: str, number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "replies.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for row in replies(lang, number):
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
    if chosen.only in (None, "starts"):
        starts(chosen.runs)
    for lang in sorted({path.stem.rpartition("-")[2] for path in (ROOT / "tests" / "drafts").glob("*-*.jsonl")}):
        if chosen.only in (None, "warm"):
            warm(lang, with_message=False)
            warm(lang, with_message=True)
        if chosen.only in (None, "batch"):
            if chosen.only is None:
                batch(lang, chosen.replies // 4)
            batch(lang, chosen.replies)


if __name__ == "__main__":
    main()
