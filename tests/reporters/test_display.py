"""What a terminal shows, and in how many cells."""

from __future__ import annotations

import pytest

from replylint.reporters.display import cells, visible, width


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("plain", 5),
        ("čćžšđ ёй", 8),
        ("界", 2),
        ("ｗｉｄｅ", 8),
        ("한국", 4),
        ("\u1112\u1161\u11ab", 2),
        ("e\u0301", 1),
        ("\u0438\u0306", 1),
        ("\t", 4),
        ("\x1b[0m", 4),
        ("a\u200bb", 2),
        ("🙂", 2),
        ("👍🏽", 2),
        ("❤", 1),
        ("❤\ufe0f", 2),
        ("🙂\ufe0f", 2),
        ("👩\u200d👩\u200d👧", 2),
        ("🏳\ufe0f\u200d🌈", 2),
        ("🇭🇷", 2),
        ("\ud800", 1),
        ("\u00ad", 1),
        ("\x85\u2028", 2),
    ],
)
def test_width(text: str, expected: int) -> None:
    assert width(text) == expected
    assert len(cells(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain čć 界", "plain čć 界"),
        ("\x1b[31m\x00\x7f", "␛[31m␀␡"),
        ("\x9b31m", "\ufffd31m"),
        ("a\rb\nc", "a␍b␊c"),
        ("\u202etxet", "\ufffdtxet"),
        ("\ud83d", "\ufffd"),
        ("a\tb", "a    b"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected
