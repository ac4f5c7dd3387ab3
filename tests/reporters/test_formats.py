"""The table of formats, and what every one of them owes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replylint.errors import InputError
from replylint.finding import Finding
from replylint.reporters import FORMATS

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
LIGHT = ["human", "json", "jsonl", "github"]


def test_names() -> None:
    assert list(FORMATS) == ["human", "json", "jsonl", "github", "sarif", "junit", "gitlab", "checkstyle"]


@pytest.mark.parametrize("name", LIGHT)
def test_imports_are_light(name: str) -> None:
    code = (
        "import io, sys; from replylint.reporters import FORMATS, Options, Summary\n"
        f"FORMATS[{name!r}](io.StringIO(), Options()).close(Summary(0, {{}}))\n"
        "print(*sys.modules)"
    )
    src = Path(__file__).parents[2] / "src"
    run = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(src)}, capture_output=True, text=True)
    loaded = set(run.stdout.split())
    assert run.returncode == 0, run.stderr
    assert loaded.isdisjoint({"rich", "pydantic", "spacy", "tempfile", "shutil", "xml", "typer", "yaml"})
    assert not {module for module in loaded if module.startswith("replylint.reporters.")} & {
        f"replylint.reporters.{other}" for other in ("sarif", "junit")
    }


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_can_be_encoded(
    name: str, run: Callable[..., str], entry: Callable[..., Any], find: Callable[..., Finding], hostile: str
) -> None:
    finding = find(hostile, hostile[3:], message=hostile, advice=hostile, source=hostile)
    error = InputError(hostile, hostile, 3)
    written = run(name, entry(hostile, finding, path=hostile), entry(hostile, finding, id=hostile), error)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", written)


@pytest.mark.parametrize("name", FORMATS)
@given(source=ANY_TEXT, words=st.tuples(st.integers(0, 60), st.integers(0, 60)), other=ANY_TEXT)
def test_any_text_can_be_written(
    name: str,
    run: Callable[..., str],
    entry: Callable[..., Any],
    find: Callable[..., Finding],
    source: str,
    words: tuple[int, int],
    other: str,
) -> None:
    start, end = sorted(min(place, len(source)) for place in words)
    place = {"start": start, "end": end, "excerpt": source[start:end], "line": source.count("\n", 0, start) + 1}
    finding = find("", None, **{**place, "column": start - source.rfind("\n", 0, start), "message": other})
    run(name, entry(source, finding, path=other), entry(source, finding, id=other), InputError(other)).encode()
