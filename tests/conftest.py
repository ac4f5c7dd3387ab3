"""What all tests share: no cache of rules, and small rules in place of the built-in ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from replylint import config, rulebook
from replylint.rulebook import Entry
from tests.books import write_book


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules are read from their files, never from a cache of the user's."""
    monkeypatch.setenv("REPLYLINT_CACHE", "off")


@pytest.fixture
def builtin_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Path]]:
    """Puts a small folder of rules in the place of the built-in ones."""

    def put(*entries: Entry, **more: Any) -> Path:
        folder = write_book(tmp_path_factory.mktemp("rules"), *entries, **more)
        for module in (rulebook, config):
            monkeypatch.setattr(module, "builtin_folder", lambda: folder, raising=False)
        rulebook.builtin.cache_clear()
        return folder

    yield put
    rulebook.builtin.cache_clear()
