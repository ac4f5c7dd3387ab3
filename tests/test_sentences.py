"""Where sentences, wrapped lines and list items begin and end, in values."""

from __future__ import annotations

import pytest

from replylint.lexicon import LanguageFile
from replylint.rulebook import builtin_folder
from replylint.text import Text
from replylint.view import Reading
from replylint.yamlfile import read
from tests.books import book

ENGLISH = read(builtin_folder() / "languages" / "en.yaml", LanguageFile)
BOOK = book(elements={"placeholder": ["@placeholder"]}, **ENGLISH.model_dump())


def reading_of(text: str) -> Reading:
    return Reading(Text(text), BOOK)


def pieces(text: str) -> list[str]:
    reading = reading_of(text)
    return [reading.raw(s.start, s.end) for s in reading.sentences]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It left. It is here.", ["It left", "It is here"]),
        ("Is it open? Yes!", ["Is it open", "Yes"]),
        ("Mr. Tan rang at 5 p.m. on Monday.", ["Mr. Tan rang at 5 p.m. on Monday"]),
        ("Bring a card, e.g. the blue one.", ["Bring a card, e.g. the blue one"]),
        ("We close at six on Sat. The shop opens on Monday.", ["We close at six on Sat", "The shop opens on Monday"]),
        ("The answer is no. We keep it.", ["The answer is no", "We keep it"]),
        ("Dear Mr. Will Hay,\n\nIt left.", ["Dear Mr. Will Hay", "It left"]),
        ("Ask C. Odhiambo at the desk.", ["Ask C. Odhiambo at the desk"]),
        ("It was only I. The rest left.", ["It was only I", "The rest left"]),
        ("It costs 3.50 at www.example.org/a.b today.", ["It costs 3.50 at www.example.org/a.b today"]),
    ],
)
def test_marks(text: str, wanted: list[str]) -> None:
    assert pieces(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "The parcel that you sent us on Monday has come back to\nour depot in Leeds.",
            ["The parcel that you sent us on Monday has come back to\nour depot in Leeds"],
        ),
        ("Best,\nMarcus\nReturns", ["Best", "Marcus", "Returns"]),
        ("good morning mr thwaite\nthe boiler is fixed", ["good morning mr thwaite", "the boiler is fixed"]),
        ("Hi Sam,\nthanks for the photo", ["Hi Sam", "thanks for the photo"]),
    ],
)
def test_lines(text: str, wanted: list[str]) -> None:
    assert pieces(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1. Open it\n2. Close it", [True, True]),
        ("(1) Open it\n(2) Close it", [True, True]),
        ("- a form\n- a card", [True, True]),
        ("* a form\n• a card", [True, True]),
        ("It left on\n\n12 May is free", [False, False]),
        ("Open it\nClose it", [False, False]),
    ],
)
def test_items(text: str, wanted: list[bool]) -> None:
    assert [s.item for s in reading_of(text).sentences] == wanted


def test_every_word_is_in_one_sentence() -> None:
    reading = reading_of("Hi Sam!\n\n- one: two; three\n- four\n\n> Is it so?\nYes (it is).")
    assert [at for s in reading.sentences for at in range(s.start, s.end)] == list(range(len(reading.tokens.words)))
    assert len(reading.sentence_of) == len(reading.tokens.words)


def test_question() -> None:
    assert [s.question for s in reading_of("Is it so? It is. Really?!").sentences] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It came on 3. may to us.", ["It came on 3. may to us"]),
        ("It came on 3. The rest left.", ["It came on 3", "The rest left"]),
        ("It came on 3.\n\nthe rest left.", ["It came on 3", "the rest left"]),
    ],
)
def test_dotted_ordinals(text: str, wanted: list[str]) -> None:
    reading = Reading(Text(text), book(dotted_ordinals=True))
    assert [reading.raw(s.start, s.end) for s in reading.sentences] == wanted
