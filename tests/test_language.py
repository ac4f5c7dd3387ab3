"""Which language a draft is in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from replylint.language import Guess, Identifier
from replylint.linter import Linter
from replylint.rulebook import Rulebook, builtin_folder, load
from tests.books import ROOT, entry, python

ENGLISH = "Thank you for your message. We are sorry that the parcel has not reached you yet, and we will look into it."
OTHERS = {
    "de": "Vielen Dank für Ihre Nachricht. Es tut uns leid, dass das Paket noch nicht bei Ihnen angekommen ist.",
    "fr": "Merci pour votre message. Nous sommes désolés que le colis ne soit pas encore arrivé chez vous.",
    "es": "Gracias por su mensaje. Lamentamos que el paquete todavía no haya llegado a su casa.",
    "pt": "Obrigado pela sua mensagem. Lamentamos que a encomenda ainda não tenha chegado à sua casa.",
}
NAMES = {"de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese"}


def identify(text: str, book: Rulebook) -> Guess:
    """The language of one text."""
    return Identifier(book)(text)


def languages() -> Rulebook:
    """The built-in languages, without rules."""
    with TemporaryDirectory() as folder:
        shutil.copytree(builtin_folder() / "languages", Path(folder) / "languages")
        for name in ("detection.yaml", "neighbours.yaml"):
            shutil.copy(builtin_folder() / name, folder)
        return load(Path(folder))


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """The same, for all tests."""
    return languages()


@pytest.mark.parametrize(
    "draft",
    [
        ENGLISH,
        ENGLISH.upper(),
        "Hi Sam, your refund is on its way.",
        "You need to read the manual before you write to us.",
        "Sorry, we can't do that for you.",
        "Hi Zoë, we've shipped it to Müller GmbH in Düsseldorf and you will have it on Friday.",
    ],
)
def test_english(book: Rulebook, draft: str) -> None:
    guess = identify(draft, book)
    assert (guess.code, guess.name) == ("en", "English")


@pytest.mark.parametrize("code", OTHERS)
def test_others_are_named(book: Rulebook, code: str) -> None:
    guess = identify(OTHERS[code], book)
    assert (guess.code, guess.name) == (code, NAMES[code])


@pytest.mark.parametrize("code", OTHERS)
def test_others_in_capitals(book: Rulebook, code: str) -> None:
    assert identify(OTHERS[code].upper(), book).code == code


@pytest.mark.parametrize("code", OTHERS)
def test_others_between_an_english_greeting_and_closing(book: Rulebook, code: str) -> None:
    assert identify(f"Hi Sam,\n\n{OTHERS[code]}\n\nBest regards\nKim", book).code == code


def test_others_are_not_linted(builtin_rules: Callable[..., Path]) -> None:
    builtin_rules(entry("never", {"phrases": ["de", "merci"]}))
    linter = Linter()
    without = [code for code in OTHERS if code not in linter.book.languages]
    for code in without:
        report = linter.lint(OTHERS[code])
        assert (report.lang, report.findings) == (code, ())
        assert {skip.reason for skip in report.skipped} == {f"there are no rules for {NAMES[code]}"}


@pytest.mark.parametrize("draft", ["", " \n\t", "12345", "600 / 20 €", "🙂 👍", "***", "\x00", "2026-03-02"])
def test_no_language(book: Rulebook, draft: str) -> None:
    assert identify(draft, book).code is None


@pytest.mark.parametrize("draft", ["ok", "Hm", "xyzzy plugh", "\ud800 a", "a" * 5000, *OTHERS.values(), ENGLISH])
def test_the_same_answer_every_time(book: Rulebook, draft: str) -> None:
    assert len({identify(draft, book) for _ in range(5)}) == 1


def test_the_same_answer_in_every_process() -> None:
    code = (
        "from tests.test_language import OTHERS, identify, languages\n"
        "print([identify(text, languages()).code for text in (*OTHERS.values(), 'ok', 'dobar dan', 'xyzzy plugh')])"
    )
    assert python(code) == python(code)


@pytest.mark.parametrize(("lang", "size", "least"), [
    (lang, size, least) for lang in ("en", "hr", "nl", "ru", "sr") for size, least in ((15, 0.97), (60, 0.99))
])  # fmt: skip
def test_pieces_of_drafts(book: Rulebook, lang: str, size: int, least: float) -> None:
    """A piece is told right when its language is named, alone or among those that nothing in it tells apart."""
    identify_ = Identifier(book)
    told = []
    for line in (ROOT / "tests" / "drafts" / f"dev-{lang}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        words = f"{row['reply']}\n{row['customer_message'] or ''}".split()
        for start in range(0, len(words) - size + 1, size):
            guess = identify_(" ".join(words[start : start + size]))
            told.append(lang in (guess.code, *guess.also))
    assert sum(told) / len(told) >= least


def test_english_needs_no_langdetect() -> None:
    code = (
        "import sys; from tests.test_language import identify, languages\n"
        f"print(identify({ENGLISH!r}, languages()).code, 'langdetect' in sys.modules)"
    )
    assert python(code).split() == ["en", "False"]


def test_a_long_text_is_told_by_its_beginning(book: Rulebook) -> None:
    assert identify(f"{ENGLISH} " * 3 + "xyzzy " * 100_000, book).code == "en"


def test_a_book_without_languages_leaves_it_to_langdetect() -> None:
    assert identify(OTHERS["de"], Rulebook(profiles=NAMES)).code == "de"
