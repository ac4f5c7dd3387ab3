"""The report for people: its look, its underlines, and that nothing of a draft reaches the terminal's controls."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replylint.errors import InputError
from replylint.finding import Finding
from replylint.reporters import Summary
from replylint.reporters.excerpt import rows

Run = Callable[..., str]
Entry = Callable[..., Any]
Find = Callable[..., Finding]

# What each character of these tests shows as and the cells it takes, written down apart from the code that is tested.
LOOKS = {
    "a": ("a", 1),
    "ž": ("ž", 1),
    "я": ("я", 1),
    " ": (" ", 1),
    "\t": ("    ", 4),
    "界": ("界", 2),
    "🙂": ("🙂", 2),
    "\u0301": ("\u0301", 0),
    "\x1b": ("␛", 1),
    "\x9b": ("\ufffd", 1),
    "\ud800": ("\ufffd", 1),
    "\r": ("␍", 1),
    "^": ("^", 1),
    "|": ("|", 1),
    "…": ("…", 1),
}
WIDTHS = dict(LOOKS.values())
SOURCES = st.text(st.sampled_from([*LOOKS, "\n"]), min_size=1, max_size=120)


def blocks(text: str) -> str:
    """The report without its last lines, which are the totals."""
    return text.rpartition("\n\n")[0] + "\n"


def test_words_in_their_line(run: Run, entry: Entry, find: Find) -> None:
    source = "Hi Ana,\n\nyou failed to fill in the form.\n"
    assert run("human", entry(source, find(source, "failed to fill in"))) == (
        "a.txt:3:5: error[some-rule] This blames the customer.\n"
        "  |\n"
        "3 | you failed to fill in the form.\n"
        "  |     ^^^^^^^^^^^^^^^^^\n"
        "  = instead: Say what is missing.\n"
        "  = from: S3: nikada\n"
        "\n"
        "1 reply (en 1): 1 error\n"
        "not judged: wants-more (No customer message is known.)\n"
    )


def test_words_over_several_lines(run: Run, entry: Entry, find: Find) -> None:
    source = "x\n" * 8 + "Hi\tyou \r\n\r\n  failed 界 to\r\nfill in\r\n"
    finding = find(source, "you \r\n\r\n  failed 界 to\r\nfill", advice="", source="")
    assert blocks(run("human", entry(source, finding))) == (
        "a.txt:9:4: error[some-rule] This blames the customer.\n"
        "   |\n"
        " 9 | Hi    you \n"
        "   |       ^^^\n"
        "10 |\n"
        "11 |   failed 界 to\n"
        "   |   ^^^^^^^^^^^^\n"
        "12 | fill in\n"
        "   | ^^^^\n"
    )


def test_many_lines_are_left_out(run: Run, entry: Entry, find: Find) -> None:
    source = "\n".join(f"line {number}" for number in range(1, 21))
    written = run("human", entry(source, find(source, source)))
    shown = re.findall(r"^ *(\d+) \|", written, re.MULTILINE)
    assert shown == ["1", "2", "3", "4", "20"]
    assert "\n   : 15 more lines\n20 | line 20\n" in written


@pytest.mark.parametrize("words", ["NEEDLE", "NEEDLE 界", "x", "y"])
def test_long_lines_are_cut_around_the_words(words: str, run: Run, entry: Entry, find: Find) -> None:
    source = "x" + "界 e\u0301 🙂" * 2000 + "NEEDLE 界" + "e\u0301 ab" * 2000 + "y"
    written = run("human", entry(source, find(source, words)), width=50)
    _, _, line, mark, *_ = written.splitlines()
    assert underlined(line, mark) == [words]
    assert 44 <= sum(WIDTHS.get(char, 1) for char in line) <= 50
    assert line.count("…") == (1 if words in "xy" else 2)


def test_words_longer_than_the_line_are_cut(run: Run, entry: Entry, find: Find) -> None:
    source = "well, " + "lorem " * 40 + "end"
    _, _, line, mark, *_ = run("human", entry(source, find(source, source[6:])), width=40).splitlines()
    assert line == "1 | …" + ("lorem " * 9)[:34] + "…"
    assert mark == "  |  " + "^" * 34


def test_whole_draft_has_no_excerpt(run: Run, entry: Entry, find: Find) -> None:
    assert blocks(run("human", entry("Hi.\n", find("Hi.\n", None, severity="suggestion")))) == (
        "a.txt:1:1: suggestion[some-rule] This blames the customer.\n  = instead: Say what is missing.\n"
        "  = from: S3: nikada\n"
    )


def test_one_reply_of_several_is_named(run: Run, entry: Entry, find: Find) -> None:
    written = run("human", entry("Hi", path="d.jsonl", id=6), entry("Hi", find("Hi", "Hi"), path="d.jsonl", id="r-7"))
    assert written.startswith("d.jsonl: r-7\nr-7:1:1: error[some-rule] ")
    assert "2 replies (en 2): 1 error" in written


def test_faults_have_their_own_lines(run: Run) -> None:
    written = run("human", InputError("not JSON", "d.jsonl", 3), InputError("no such file", "b.txt"), InputError("bad"))
    assert written == (
        "d.jsonl:3: unreadable: not JSON\n\nb.txt: unreadable: no such file\n\nunreadable: bad\n\n"
        "0 replies (en 0): no findings; 3 inputs could not be read\n"
        "not judged: wants-more (No customer message is known.)\n"
    )


def test_long_advice_is_folded(run: Run, entry: Entry, find: Find) -> None:
    advice = "Write 界界 what is still open, and until when it can be added.\n"
    written = run("human", entry("Hi", find("Hi", "Hi", advice=advice, source="")), width=40)
    assert "  = instead: Write 界界 what is still\n             open, and until when it can\n" in written
    assert all(sum(WIDTHS.get(char, 1) for char in line) <= 40 for line in written.splitlines()[1:6])


def test_totals(run: Run) -> None:
    reasons = {"no macros": ["c", "b"], "customer unknown": ["d", "e", "f", "g"]}
    counts = Summary(3, {"error": 2, "suggestion": 1}, 1, {"b": 1, "a": 1, "c": 3}, {"hr": 1, "en": 2}, 0.5, reasons)
    assert run("human", summary=counts) == (
        "3 replies (en 2, hr 1): 2 errors, 1 suggestion; 1 input could not be read; 0.50 s\n"
        "not judged: b, c (no macros); 4 rules (customer unknown)\n"
    )
    assert run("human", summary=Summary(1, {})) == "1 reply: no findings\n"


def test_colours_only_when_asked(run: Run, entry: Entry, find: Find) -> None:
    source = "you \x1b[31mfailed"
    entries = [entry(source, find(source, source[4:])), InputError("bad", "b.txt")]
    plain, colored = run("human", *entries), run("human", *entries, color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[\d;]+m", "", colored) == plain


def test_nothing_of_a_draft_is_obeyed(run: Run, entry: Entry, find: Find, hostile: str) -> None:
    finding = find(hostile, hostile, rule=hostile, message=hostile, advice=hostile, source=hostile)
    written = run("human", entry(hostile, finding, path=hostile, id=hostile), InputError(hostile, hostile))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\ud800-\udfff]", written)


def underlined(line: str, mark: str) -> list[str]:
    """The runs of characters of `line` above the carets of `mark`."""
    found = []
    for carets in re.finditer(r"\^+", mark):
        place, words = 0, ""
        for char in line:
            words += char if carets.start() <= place < carets.end() else ""
            place += WIDTHS.get(char, 1)
        found.append(words)
    return found


def shown(words: str) -> str:
    """Words as a terminal shows them, without white space and without what takes no cell."""
    looks = "".join(LOOKS[char][0] for char in words if char != "\n" and LOOKS[char][1])
    return re.sub(r"[\s␍]", "", looks)


def places(source: str, ends: tuple[int, int]) -> tuple[int, int]:
    """Two places in `source`, in order."""
    first, last = sorted(min(end, len(source)) for end in ends)
    return first, last


@given(source=SOURCES, ends=st.tuples(st.integers(0, 120), st.integers(0, 120)))
def test_underlines_are_under_the_words(run: Run, entry: Entry, find: Find, source: str, ends: tuple[int, int]) -> None:
    start, end = places(source, ends)
    words = source[start:end]
    number = source.count("\n", 0, start) + 1
    found = [row for row in rows(source, start, end, number, 1000) if row.mark]
    under = "".join(word for row in found for word in underlined(row.text, " " * row.before + "^" * row.mark))
    if not shown(words) or words.count("\n") > 5:
        return
    assert shown_again(under) == shown(words)


def shown_again(under: str) -> str:
    """The same comparison form, of what is shown already."""
    return re.sub(r"[\s␍\u0301]", "", under)


@given(source=SOURCES, ends=st.tuples(st.integers(0, 120), st.integers(0, 120)), width=st.integers(0, 60))
def test_cut_lines_keep_their_width_and_words(source: str, ends: tuple[int, int], width: int) -> None:
    start, end = places(source, ends)
    found = rows(source, start, end, 1, width)
    for row in found:
        taken = sum(WIDTHS[char] for char in row.text)
        assert taken <= max(width, 20)
        assert row.before + row.mark <= taken + 1
    begun = source[start:end].partition("\n")[0]
    under = underlined(found[0].text, " " * found[0].before + "^" * found[0].mark)[0]
    if shown(begun):
        assert shown(begun).startswith(shown_again(under))


@given(source=st.text(max_size=40), start=st.integers(-5, 50), end=st.integers(-5, 50), width=st.integers(-5, 50))
def test_any_place_can_be_shown(source: str, start: int, end: int, width: int) -> None:
    assert rows(source, start, end, 1, width)[0].mark > 0


def test_a_line_of_a_million_characters_is_quick(run: Run, entry: Entry, find: Find) -> None:
    source = "界 " * 500_000 + "NEEDLE"
    assert "NEEDLE\n" in run("human", *[entry(source, find(source, "NEEDLE"))] * 50)
