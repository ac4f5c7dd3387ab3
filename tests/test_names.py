"""Names in greetings: which forms are one name."""

from __future__ import annotations

from typing import Any

import pytest

from replylint.engine import lint
from replylint.reply import Reply
from tests.books import LANGUAGE, book, entry

GREETING = {**LANGUAGE["greeting"], "short_names": [["anna", "анна", "аня"]]}
ENDINGS = [["a", "o"], ["ar", "re"], ["", "e", "u"]]
LATIN = {"а": "a", "н": "n", "ш": "sh", "ч": "ch", "е": "e", "в": "v", "к": "k", "о": "o", "д": "d", "р": "r", "й": "y"}


def greeted(greeting: str, name: str) -> bool:
    """Whether a greeting is found to carry the wrong name for a customer."""
    language: dict[str, Any] = {"greeting": {**GREETING, "name_endings": ENDINGS}, "latin": LATIN}
    ready = book(entry("wrong", {}, kind="echo", what="name"), **language)
    reply = Reply.of(f"Dear {greeting},\n\nThe lamp is on its way to you.", customer_name=name)
    return bool(lint(reply, ready).findings)


@pytest.mark.parametrize(
    ("greeting", "name"),
    [
        ("Ano", "Ana Kos"),
        ("Petre", "Petar Kos"),
        ("Ivane", "Ivan Kos"),
        ("Mr Kosu", "Ivan Kos"),
        ("Аня", "Анна"),
        ("Шевченко", "Oksana Shevchenko"),
        ("Andrey", "Андрей Шевченко"),
    ],
)
def test_forms_of_one_name(greeting: str, name: str) -> None:
    assert not greeted(greeting, name)


@pytest.mark.parametrize(
    ("greeting", "name"),
    [("Ano", "Iva Kos"), ("Petre", "Ivan Kos"), ("Шевченко", "Oksana Kravchuk"), ("Andrey", "Анна Шевченко")],
)
def test_other_names(greeting: str, name: str) -> None:
    assert greeted(greeting, name)
