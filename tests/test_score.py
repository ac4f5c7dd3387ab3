"""Scores: small sums by hand, and the same figures as the house's own script."""

from __future__ import annotations

import json
import math
import random
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from replylint.finding import Finding
from replylint.score import Counts, Scores, score, table

SCRIPT = Path(__file__).parents[2] / "shared/eval/score.py"
RULES = [f"rule-{letter}" for letter in "abcdefgh"]


def draft(id: str, lang: str = "en", **labels: str | None) -> dict[str, Any]:
    """A labelled draft."""
    found = [{"rule": rule, "text": text} for rule, text in labels.items()]
    return {"id": id, "lang": lang, "reply": "you failed to call us, you failed", "labels": found}


def row(rule: str, start: int | None = None, end: int | None = None) -> dict[str, Any]:
    """A finding as JSON has it."""
    return {"rule": rule, "severity": "warning", "start": start, "end": end}


GOLD = [draft("1", blame="failed", thanks=None), draft("2", blame="failed"), draft("3", "hr", shout="call")]
FOUND = {"1": [row("blame", 4, 10), row("blame", 0, 3), row("new")], "3": [row("blame", 0, 3), row("shout", 16, 20)]}


def test_counts() -> None:
    scores = score(GOLD, FOUND)
    assert scores.cells == {
        ("blame", "en"): Counts(1, 0, 1),
        ("blame", "hr"): Counts(0, 1, 0),
        ("thanks", "en"): Counts(0, 0, 1),
        ("shout", "hr"): Counts(1, 0, 0),
    }
    assert scores.rules == {"blame": Counts(1, 1, 1), "thanks": Counts(0, 0, 1), "shout": Counts(1, 0, 0)}
    assert scores.langs == {"en": Counts(1, 0, 2), "hr": Counts(1, 1, 0)}
    assert scores.micro == Counts(2, 1, 2)
    assert (scores.micro.precision, scores.micro.recall) == (2 / 3, 1 / 2)
    assert scores.macro_f1 == pytest.approx((1 / 2 + 0 + 1) / 3)
    assert (scores.drafts, scores.silent) == (3, 1)
    assert (scores.spans_hit, scores.spans_missed, scores.span_overlap) == (2, 1, 2 / 3)


def test_choice_of_rules() -> None:
    assert "new" not in score(GOLD, FOUND).rules
    assert score(GOLD, FOUND, unseen=True).rules["new"] == Counts(0, 1, 0)
    assert set(score(GOLD, FOUND, unlabelled={"blame", "new"}, unseen=True).rules) == {"thanks", "shout"}
    severities = {"blame": "error", "thanks": "suggestion"}
    assert set(score(GOLD, FOUND, severities=severities, wanted={"error", "warning"}).rules) == {"blame", "shout"}
    assert score(GOLD, FOUND, severities=severities).groups == {
        "error": Counts(1, 1, 1),
        "suggestion": Counts(0, 0, 1),
        "warning": Counts(1, 0, 0),
    }


def test_findings_count_as_their_json_does() -> None:
    found = {
        id: [Finding(f["rule"], "error", "", "", f["start"], f["end"], 1, 1, "", "", "") for f in rows]
        for id, rows in FOUND.items()
    }
    assert score(GOLD, found) == score(iter(GOLD), FOUND)


def test_nothing_to_count_is_no_number() -> None:
    scores = score([], {})
    assert math.isnan(scores.micro.f1)
    assert math.isnan(scores.macro_f1)
    assert math.isnan(scores.span_overlap)
    assert "nan" in table(scores)
    assert (Counts(0, 0, 2).recall, math.isnan(Counts(0, 0, 2).precision)) == (0, True)


def test_table() -> None:
    assert table(score(GOLD, FOUND)).splitlines() == [
        "rule                       severity     tp   fp   fn      P      R     F1",
        "blame                      warning       1    1    1   0.50   0.50   0.50",
        "shout                      warning       1    0    0   1.00   1.00   1.00",
        "thanks                     warning       0    0    1    nan   0.00   0.00",
        "en: P 1.000 R 0.333 F1 0.500",
        "hr: P 0.500 R 1.000 F1 0.667",
        "micro: P 0.667 R 0.500 F1 0.571   macro F1 0.500   drafts 3   without an answer 1",
        "spans that overlap a label: 2 of 3",
    ]


def synthetic(seed: int, rules: list[str]) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Labelled drafts and findings that agree by chance."""
    dice = random.Random(seed)
    gold, found = [], {}
    for number in range(60):
        words = dice.choices(["you", "failed", "čekali", "界", "to", "fill", "in"], k=20)
        reply = " ".join(words)
        labels = [{"rule": rule, "text": dice.choice([None, "", *words])} for rule in dice.choices(rules[1:], k=3)]
        gold.append({"id": f"d-{number}", "lang": dice.choice(["en", "hr", "sr"]), "reply": reply, "labels": labels})
        starts = [dice.choice([None, dice.randrange(len(reply))]) for _ in range(4)]
        rows = [row(dice.choice(rules), start, None if start is None else start + 6) for start in starts]
        if dice.random() < 0.9:
            found[f"d-{number}"] = rows
    return gold, found


def scripted(tmp_path: Path, gold: list[Any], found: dict[str, list[Any]], severities: str) -> str:
    """What the script prints about the same input."""
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(item) + "\n" for item in gold), encoding="utf-8")
    lines = (json.dumps({"id": id, "findings": rows}) + "\n" for id, rows in found.items())
    (tmp_path / "found.jsonl").write_text("".join(lines), encoding="utf-8")
    files = [str(tmp_path / "gold.jsonl"), str(tmp_path / "found.jsonl")]
    options = ["--severity", severities, "--by", "lang", "--spans"]
    run = subprocess.run([sys.executable, str(SCRIPT), *files, *options], capture_output=True, text=True, check=True)
    return run.stdout


@pytest.mark.skipif(not SCRIPT.exists(), reason="the house's script is not beside this repository")
@pytest.mark.parametrize("severities", ["error,warning,suggestion", "error,warning", "suggestion"])
@pytest.mark.parametrize("seed", range(4))
def test_same_figures_as_the_script(tmp_path: Path, seed: int, severities: str) -> None:
    house = runpy.run_path(str(SCRIPT))
    known = {rule: severity for severity, rules in house["SEVERITY"].items() for rule in rules}
    rules = sorted([*RULES, *sorted(known)[:6], *sorted(house["UNLABELLED"])[:3]])
    gold, found = synthetic(seed, rules)
    scores: Scores = score(
        gold,
        found,
        unlabelled=house["UNLABELLED"],
        severities=known,
        wanted=severities.split(","),
        unseen=True,
    )
    assert table(scores) + "\n" == scripted(tmp_path, gold, found, severities)
