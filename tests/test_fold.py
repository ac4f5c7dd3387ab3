"""Folding: what no rule cares about."""

from __future__ import annotations

import pytest

from replylint.fold import fold

CYRILLIC = {ord(letter): latin for letter, latin in {"ч": "č", "њ": "nj", "и": "i", "н": "n"}.items()}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", ""),
        ("You", "you"),
        ("DON'T", "don't"),
        ("don’t", "don't"),
        ("don`t", "don't"),
        ("don´t", "don't"),
        ("donʼt", "don't"),
        ("Čšžćí", "cszci"),
        ("čekali", "cekali"),
        ("đak", "djak"),
        ("Straße", "strasse"),
        ("naïve", "naive"),
        ("nai\u0308ve", "naive"),
        ("Ёлка", "елка"),
        ("Й", "й"),
        ("и\u0306", "й"),
        ("мой", "мой"),
        ("ĂĞ", "ag"),
        ("İ", "i"),
        ("２", "２"),
    ],
)
def test_fold(word: str, expected: str) -> None:
    assert fold(word) == expected


def test_the_second_script_becomes_the_first() -> None:
    assert fold("Начин", {**CYRILLIC, ord("а"): "a"}) == "nacin"
    assert fold("њ", CYRILLIC) == "nj"
    assert fold("ascii", CYRILLIC) == "ascii"


def test_an_ascii_script_is_left_alone() -> None:
    assert fold("mixed", {ord("i"): "x"}) == "mixed"
