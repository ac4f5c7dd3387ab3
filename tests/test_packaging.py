"""The wheel: does it hold the rules?"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from tests.books import ROOT

build = pytest.importorskip("hatchling.build", reason="hatchling is not there")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the wheel's files."""
    folder = tmp_path_factory.mktemp("wheel")
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        name = build.build_wheel(str(folder))
    finally:
        os.chdir(here)
    with zipfile.ZipFile(folder / name) as archive:
        return set(archive.namelist())


def test_the_rules_are_in_it(wheel: set[str]) -> None:
    wanted = {
        f"replylint/rules/{path.relative_to(ROOT / 'rules').as_posix()}" for path in (ROOT / "rules").rglob("*.yaml")
    }
    assert wanted
    assert wanted - wheel == set()


def test_the_code_is_in_it(wheel: set[str]) -> None:
    code = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "replylint").rglob("*.py")}
    assert code - wheel == set()


def test_it_says_that_it_is_typed(wheel: set[str]) -> None:
    assert "replylint/py.typed" in wheel


def test_nothing_else_is_in_it(wheel: set[str]) -> None:
    assert {name for name in wheel if not name.startswith(("replylint/", "replylint-"))} == set()
    assert not {name for name in wheel if {"__pycache__", "tests"} & set(name.split("/"))}
