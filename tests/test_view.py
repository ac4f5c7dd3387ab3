"""The parts of a reply, in values: greeting, closing, signature and quoted history."""

from __future__ import annotations

import pytest

from replylint.lexicon import LanguageFile
from replylint.reply import Reply
from replylint.rulebook import builtin_folder
from replylint.text import Text
from replylint.view import View
from replylint.yamlfile import read
from tests.books import book

ENGLISH = read(builtin_folder() / "languages" / "en.yaml", LanguageFile)
BOOK = book(elements={"placeholder": ["@placeholder"]}, **ENGLISH.model_dump())
BODY = "The parcel left Leeds this morning. If it is damaged, write to me."


def view(draft: str, name: str | None = None) -> View:
    return View(Text(draft), BOOK, Reply.of(draft, customer_name=name))


def greeting(draft: str, name: str | None = None) -> tuple[str | None, list[str]]:
    """The greeting's words, and those of them that are a name."""
    seen = view(draft, name)
    if seen.greeting is None:
        return None, []
    start, end = seen.greeting
    return seen.raw(start, end), [seen.tokens.words[at] for at in range(start, end) if "name" in seen.tokens.tags[at]]


def parts(draft: str) -> list[tuple[str, str]]:
    seen = view(draft)
    return [(s.part, seen.raw(*seen.inner(s))) for s in seen.sentences]


@pytest.mark.parametrize(
    ("opening", "wanted", "names"),
    [
        ("Hi Nadia! It isn't true that you have to pay.", "Hi Nadia", ["nadia"]),
        ("Hello, Owen\n\n", "Hello, Owen", ["owen"]),
        ("Jelena,\n\n", "Jelena", ["jelena"]),
        ("Jelena, hello!\n\n", "Jelena, hello", ["jelena"]),
        ("Mr Tan, good morning. ", "Mr Tan, good morning", ["tan"]),
        ("Sarah -\n\n", "Sarah", ["sarah"]),
        ("Good morning Mr Tan\n\n", "Good morning Mr Tan", ["tan"]),
        ("hi anna\n\n", "hi anna", ["anna"]),
        ("hi anna thanks for the photo of the lamp. ", "hi anna", ["anna"]),
        ("good morning mr thwaite\nthe boiler is fixed. ", "good morning mr thwaite", ["thwaite"]),
        ("Dear Mr. R. Pettigrew,\n\n", "Dear Mr. R. Pettigrew", ["r", "pettigrew"]),
        ("Dear Ms de Wit,\n\n", "Dear Ms de Wit", ["wit"]),
        ("Hi Sam / Jo,\n\n", "Hi Sam / Jo", ["sam", "jo"]),
        ("Hi @kelpie,\n\n", "Hi @kelpie", ["kelpie"]),
        ("Hi May,\n\n", "Hi May", ["may"]),
        ("Subject: Your lamp\n\nHi Sam,\n\n", "Hi Sam", ["sam"]),
        ("Hi Sam, thanks for the photo. ", "Hi Sam", ["sam"]),
        ("Hi Sam\nThanks for the photo of the lamp and for the note that lay\nin the box with it. ", "Hi Sam", ["sam"]),
        ("Dear Sir or Madam\n\n", "Dear Sir or Madam", []),
        ("Dear Sir/Madam,\n\n", "Dear Sir/Madam", []),
        ("To whom it may concern:\n\n", "To whom it may concern", []),
        ("Hello there\n\n", "Hello there", []),
        ("Hi team,\n\n", "Hi team", []),
        ("Dear Customer\n\n", "Dear Customer", []),
        ("Good morning to all,\n\n", "Good morning to all", []),
        ("Hi, I'm sorry about the lamp. ", "Hi", []),
        ("Hey, it's Tom from Kite. ", "Hey", []),
        ("Hi we got your mail about the lamp. ", "Hi", []),
    ],
)
def test_greeting(opening: str, wanted: str, names: list[str]) -> None:
    assert greeting(opening + BODY) == (wanted, names)


def test_no_greeting() -> None:
    assert greeting("Yes, in MT and LT: the sleeves are longer.") == (None, [])
    assert greeting("Sarah, thanks for the photo. " + BODY) == (None, [])


def test_known_name_greets() -> None:
    assert greeting("Sarah, thanks for the photo. " + BODY, "Sarah Hill") == ("Sarah", ["sarah"])


def test_placeholder_greets() -> None:
    seen = view("Hi %first_name%,\n\n" + BODY)
    assert seen.greeting == (0, 2)
    assert "placeholder" in seen.tokens.tags[1]


@pytest.mark.parametrize(
    "closing",
    [
        "Best,\nMarcus\nReturns",
        "Tom",
        "— Tom",
        "Brigid, Outdoor Desk",
        "Kind Regards,\n\nTom Hill | Customer Care | Kite",
        "Yours sincerely,\n\nConstance Weir\nRefuse & Recycling",
        "Warmest regards,\nTom Hill\nSenior Advisor\nKite\n12 Mill Lane, Leeds\nT: 0113 555 0144\nE: tom@kite.example",
        "Many thanks,\nTom",
        "Have a lovely evening!\nTom",
    ],
)
def test_closing(closing: str) -> None:
    found = parts(f"Hi Sam,\n\n{BODY}\n\n{closing}")
    assert [part for part, _ in found[:3]] == ["greeting", "body", "body"]
    assert {part for part, _ in found[3:]} == {"closing"}


def test_list_at_the_end_is_no_closing() -> None:
    assert {part for part, _ in parts(f"Hi Sam,\n\n{BODY}\n\n- Open Settings\n- Choose Account")[1:]} == {"body"}


def test_signature() -> None:
    found = parts(f"Hi Sam,\n\n{BODY}\n\nTom\n\n-- \nTom Hill\nKite Ltd")
    assert found[3:] == [("closing", "Tom"), ("signature", "Tom Hill"), ("signature", "Kite Ltd")]


@pytest.mark.parametrize(
    "head",
    [
        "On Mon, 3 May 2027 at 10:12, Sam Hill <sam@x.example> wrote:\n\n> ",
        "On Mon, May 3, 2027 at 10:12 AM Sam Hill <sam@x.example> wrote:\n\n",
        "On Mon, 3 May 2027 at 10:12, Sam Hill <sam.hill.the.third@x.example>\nwrote:\n\n> ",
        "2027-05-03 10:12 GMT+02:00 Sam Hill <sam@x.example>:\n\n> ",
        "On 03/05/2027 10:12, Sam Hill wrote:\n> ",
        "On Monday Support wrote:\n> ",
        "Sam Hill wrote:\n> ",
        "> On 3 May 2027, at 10:12, Sam Hill <sam@x.example> wrote:\n> \n> ",
        "-----Original Message-----\nFrom: Sam <sam@x.example>\nSent: 3 May 2027\nTo: Support\nSubject: lamp\n\n",
        "________________________________\nFrom: Sam\nSent: 3 May 2027\nTo: Support\nSubject: lamp\n\n",
        "From: Sam [mailto:sam@x.example]\nSent: 3 May 2027\nTo: Support\nSubject: lamp\n\n",
        "---------- Forwarded message ---------\nFrom: Sam <sam@x.example>\nDate: Mon, 3 May 2027\nSubject: lamp\n\n",
        "Begin forwarded message:\n\nFrom: Sam <sam@x.example>\nSubject: lamp\nTo: Support\n\n",
    ],
)
def test_history(head: str) -> None:
    seen = view(f"Hi Sam,\n\n{BODY}\n\nTom\n\n{head}My lamp is broken.\n")
    assert [s.part for s in seen.sentences[:4]] == ["greeting", "body", "body", "closing"]
    assert {s.part for s in seen.sentences[4:]} == {"history"}
    assert seen.history == "My lamp is broken."
    assert seen.customer is not None


@pytest.mark.parametrize(
    "text",
    [
        "On Friday the technician wrote. He found the leak.",
        "I sent your original message to the depot. They found it.",
        "From: Leeds\nTo: York\nDate: 3 May\n\nThe seats are by the window.",
        "You wrote that the lamp broke. It did.",
    ],
)
def test_no_history(text: str) -> None:
    assert "history" not in {part for part, _ in parts(f"Hi Sam,\n\n{text} {BODY}\n\nTom")}


def test_answers_between_quotes() -> None:
    seen = view("> Is it waterproof?\n\nYes, to 10 metres.\n\n> And the strap?\n\nThe strap too.")
    assert [s.part for s in seen.sentences] == ["history", "body", "history", "body"]
    assert seen.history == "Is it waterproof?\nAnd the strap?"


def test_drawn_line_is_no_blank() -> None:
    assert not view(f"Hi Sam,\n\n{BODY}\n\n____________________\nTom Hill").has("placeholder")
    assert view(f"Hi Sam,\n\nDr ______ had a look. {BODY}").has("placeholder")


@pytest.mark.parametrize(
    ("draft", "greeting", "named"),
    [
        ("Hi Ann, it is here.", "Hi Ann", True),
        ("Ann, it is here.", "Ann", True),
        ("Ann - it is here.", "Ann", True),
        ("It is here, Ann. Call me.", "Ann", True),
        ("Dear Fizz customer, it is here.", "Dear Fizz customer", False),
        ("Dear team Ann, it is here.", "Dear team Ann", True),
        ("It is here for you, Bob.", None, False),
    ],
)
def test_greetings_by_name(draft: str, greeting: str | None, named: bool) -> None:
    seen = view(draft, "Ann")
    assert (None if seen.greeting is None else seen.raw(*seen.greeting)) == greeting
    start, end = seen.greeting or (0, 0)
    assert any("name" in tags for tags in seen.tokens.tags[start:end]) is named
