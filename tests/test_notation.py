"""Phrases become flat patterns, or are refused with a reason."""

from __future__ import annotations

import pytest

from replylint.errors import RulebookError
from replylint.notation import FAR, MAX_PATTERNS, NEAR, Atom, Flat, Notation, did_you_mean
from tests.books import tokenizer

CARE = Atom("word", words=frozenset({"care", "mind"}))
READ = Notation(tokenizer(), ["time", "care"], {"care": CARE})


def shown(flat: Flat) -> str:
    """A pattern in short: words joined by |, gaps as dots, ? behind what may be missing."""
    marks = {"start": "^", "end": "$"}
    return " ".join(_atom(atom, marks.get(atom.kind, "")) for atom in flat)


def _atom(atom: Atom, mark: str) -> str:
    if atom.kind == "gap":
        return f".{atom.most}{',' if atom.commas else ''}"
    names = [
        *sorted(atom.words),
        *(f"{prefix}*" for prefix in atom.prefixes),
        *map("*".join, atom.endings),
        *(f"@{tag}" for tag in sorted(atom.tags)),
    ]
    return (mark or f"<{atom.name}>" * (atom.kind == "slot") or "|".join(names)) + "?" * atom.optional


@pytest.mark.parametrize(
    ("phrase", "patterns"),
    [
        ("you did not", ["you did not"]),
        ("You Didn’t", ["you did not"]),
        ("apologize", ["apologise"]),
        ("(read|sent)", ["read|sent"]),
        ("(read|look at)", ["read", "look at"]),
        ("[really] sorry", ["really? sorry"]),
        ("[so|very] sorry", ["so|very? sorry"]),
        ("[so very] sorry", ["so very sorry", "sorry"]),
        ("[so very|so] sorry", ["so sorry", "so very sorry", "sorry"]),
        ("apolog*", ["apolog*"]),
        ("Čekal*", ["cekal*"]),
        ("*ing", ["*ing"]),
        ("č*ali", ["c*ali"]),
        ("(read|apolog*|*ed|re*ed)", ["read|apolog*|*ed|re*ed"]),
        ("{a b} c", ["a b c", "b a c"]),
        ("{a [b] c}", ["a b? c", "a c b?", "b? a c", "b? c a", "c a b?", "c b? a"]),
        ("{(a|b c) d}", ["a d", "b c d", "d a", "d b c"]),
        ("you .. forgot", [f"you .{NEAR} forgot"]),
        ("you ... forgot", [f"you .{FAR}, forgot"]),
        (".. you ...", ["you"]),
        ("wrong & your", [f"wrong .{FAR}, your", f"your .{FAR}, wrong"]),
        ("within <time>", ["within <time>"]),
        ("take <care>", ["take care|mind"]),
        ("(take|<care>)", ["care|mind|take"]),
        ("@number days", ["@number days"]),
        ("(@number|many) days", ["many|@number days"]),
        ("^ no $", ["^ no $"]),
        ("he'd go", ["he 'd|had|would go".replace("'d|had|would", "'d")]),
        ("he would go", ["he 'd|would go"]),
        ("((a|b)|c) d", ["a|b|c d"]),
        ("a, b", ["a b"]),
        ("up-to-date", ["up to date"]),
    ],
)
def test_patterns(phrase: str, patterns: list[str]) -> None:
    assert sorted(shown(flat) for flat in READ.patterns(phrase)) == sorted(patterns)


def test_three_parts_in_any_order() -> None:
    assert len(READ.patterns("one & two & three")) == 6


def test_equal_patterns_are_one() -> None:
    assert len(READ.patterns("(so sorry|so sorry)")) == 1


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("a &", "it is empty"),
        ("& a", "it is empty"),
        ("()", "it is empty"),
        ("(a|) b", "one of the alternatives is empty"),
        ("(a|,|c) b", "one of the alternatives is empty"),
        ("(a|b", "a “)” is missing"),
        ("[a|b", "a “]” is missing"),
        ("(a]", "a “)” is missing"),
        ("a)", "unexpected “)”"),
        ("a | b", "unexpected “|”"),
        ("(a & b)", "a “)” is missing"),
        ("a < b", "unexpected “<”"),
        ("a @ b", "unexpected “@”"),
        ("<Time>", "unexpected “<”"),
        ("<tme>", "no element of this name; did you mean time?"),
        ("@nmber", "no shape @nmber; did you mean number?"),
        ("ap*", "at least 3 letters"),
        ("*", "at least 3 letters"),
        ("apo**", "write one *,"),
        ("abc*b", "or before 2"),
        ("a ! b", "“!” in “a ! b” is no word"),
        ("[a] [b]", "nothing that must be there"),
        ("^ [a] $", "nothing that must be there"),
        ("..", "nothing that must be there"),
        ("a .. b .. c .. d .. e", "more than 3 gaps"),
        (" ".join(["word"] * 25), "24 words"),
        ("a & b & c & d", "more than three parts"),
        ("(a a|b b|c c|d d) " * 5, f"more than {MAX_PATTERNS} patterns"),
        ("[a a] " * 9 + "b", f"more than {MAX_PATTERNS} patterns"),
        (
            "(a a|b b|c c|d d) (a a|b b|c c) & (a a|b b|c c|d d) (e e|f f|g g|h h|i i)",
            f"more than {MAX_PATTERNS} patterns",
        ),
    ],
)  # fmt: skip
def test_refused(phrase: str, reason: str) -> None:
    with pytest.raises(RulebookError) as caught:
        READ.patterns(phrase)
    assert reason in str(caught.value)


@pytest.mark.parametrize("phrase", ["(" * 5000, "[" * 400 + "a" + "]" * 400, "(a b|c d)" * 60, "a & " * 500 + "a"])
def test_hostile_phrases_are_refused_at_once(phrase: str) -> None:
    with pytest.raises(RulebookError):
        READ.patterns(phrase)


@pytest.mark.parametrize(("word", "end"), [("frobid", "; did you mean forbid?"), ("zzz", ""), ("", "")])
def test_did_you_mean(word: str, end: str) -> None:
    assert did_you_mean(word, ["forbid", "require"]) == end
