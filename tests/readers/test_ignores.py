"""Comments for us: what they hold for, and when they do not hold."""

from __future__ import annotations

import base64

import pytest

from replylint.errors import InputError
from replylint.reply import Ignore, Reply
from tests.readers.reading import all_of, reply_of, source_of

REASON = "ignore[rule-a] -- it is true"
A = ("rule-a",)


def text(words: str) -> str:
    return f"# replylint: {words}"


def page(words: str) -> str:
    return f"<!-- replylint: {words} -->"


FORMATS = pytest.mark.parametrize(("path", "comment"), [("a.txt", text), ("a.md", page), ("a.html", page)])


@FORMATS
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_above_the_line(path: str, comment: type[str], end: str) -> None:
    source = f"Hi,{end}{comment(REASON)}{end}{end}you failed{end}again"
    reply = reply_of(source, path)
    assert reply.ignores == (Ignore(A, "it is true", 4),)
    assert "replylint" not in reply.text.value
    assert source_of(reply, "you failed") == "you failed"
    assert reply.source == source


@FORMATS
def test_on_the_line_behind_text(path: str, comment: type[str]) -> None:
    reply = reply_of(f"Hi\nyou failed {comment(REASON)}\nagain", path)
    assert reply.ignores == (Ignore(A, "it is true", 2),)
    assert reply.text.value in ("Hi\nyou failed\nagain", "Hi\nyou failed \nagain", "Hi you failed again")


@pytest.mark.parametrize("path", ["a.md", "a.html"])
def test_on_the_line_before_text(path: str) -> None:
    assert reply_of(f"Hi\n{page(REASON)} you failed\nagain", path).ignores == (Ignore(A, "it is true", 2),)


@FORMATS
def test_for_the_whole_file(path: str, comment: type[str]) -> None:
    reply = reply_of(f"Hi\n{comment('ignore-file[rule-a, rule-b] – why not')}\nyou", path)
    assert reply.ignores == (Ignore(("rule-a", "rule-b"), "why not", 2, whole_file=True),)


@FORMATS
def test_for_all_rules(path: str, comment: type[str]) -> None:
    assert reply_of(f"{comment('ignore -- quoted')}\nyou", path).ignores == (Ignore((), "quoted", 2),)


@FORMATS
def test_at_the_end_it_stands_for_its_own_line(path: str, comment: type[str]) -> None:
    assert reply_of(f"Hi\n{comment(REASON)}\n", path).ignores == (Ignore(A, "it is true", 2),)


@FORMATS
def test_several(path: str, comment: type[str]) -> None:
    source = f"{comment(REASON)}\n{comment('ignore[b] -- c')}\nyou\n{comment('ignore[d] -- e')}\n\nthey"
    found = reply_of(source, path).ignores
    assert found == (Ignore(A, "it is true", 3), Ignore(("b",), "c", 3), Ignore(("d",), "e", 6))


@FORMATS
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("ignore[a]", "the ignore gives no reason and does not hold; write ignore[rule] -- reason"),
        ("ignore[a] --", "the ignore gives no reason and does not hold; write ignore[rule] -- reason"),
        ("ignore-file", "the ignore-file gives no reason and does not hold; write ignore[rule] -- reason"),
        ("ignore[] -- b", "the ignore names no rule between its brackets; write ignore[rule] -- reason"),
        ("ignore[a -- b", "the comment “replylint:” asks for nothing that is known; write ignore[rule] -- reason"),
        ("ingore[a] -- b", "the comment “replylint:” asks for nothing that is known; write ignore[rule] -- reason"),
        ("", "the comment “replylint:” asks for nothing that is known; write ignore[rule] -- reason"),
    ],
)
def test_those_that_do_not_hold(path: str, comment: type[str], words: str, message: str) -> None:
    fault, reply = all_of(f"Hi\n{comment(words)}\nyou failed", path)
    assert isinstance(fault, InputError)
    assert isinstance(reply, Reply)
    assert (fault.line, fault.message) == (2, message)
    assert reply.ignores == ()
    assert "replylint" not in reply.text.value


def test_a_comment_over_several_lines() -> None:
    source = "Hi\n\n<!-- replylint: ignore[rule-a]\n\n-- it\nis true -->\n\n*you* failed"
    assert reply_of(source, "a.md").ignores == (Ignore(A, "it is true", 8),)
    assert reply_of(source, "a.md").text.value == "Hi\n\n\nyou failed"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.txt", f"Hi\n> {text(REASON)}\nyou"),
        ("a.txt", f" >{text(REASON)}\nyou"),
        ("a.md", f"Hi\n> {page(REASON)}\n> you"),
        ("a.html", f"Hi <blockquote>{page(REASON)}you</blockquote>"),
        ("a.html", f"Hi <template>{page(REASON)}</template>you"),
        ("a.md", f"Hi `{page(REASON)}`"),
        ("a.md", f"Hi\n```\n{page(REASON)}\n```"),
        ("a.txt", "Hi x# replylint: ignore[a] -- b"),
        ("a.txt", "Hi # replylinted: ignore[a] -- b"),
        ("a.html", "Hi <!-- replylint ignore[a] -- b -->"),
    ],
)
def test_comments_that_are_none_or_somebody_elses(path: str, source: str) -> None:
    assert reply_of(source, path).ignores == ()


def test_a_line_within_a_paragraph_leaves_no_gap() -> None:
    assert reply_of(f"one\n {text(REASON)} \ntwo", "a.txt").text.value == "one\ntwo"
    assert reply_of(f"one\n {page(REASON)} \ntwo", "a.md").text.value == "one\ntwo"


def test_in_mail_the_lines_are_those_of_the_file() -> None:
    words = f"Hi\n{text(REASON)}\nyou failed"
    assert reply_of(f"To: a@b\n\n{words}", "a.eml").ignores == (Ignore(A, "it is true", 5),)
    coded = base64.encodebytes(words.encode()).decode()
    mail = f"Content-Transfer-Encoding: base64\n\n{coded}"
    assert reply_of(mail, "a.eml").ignores == (Ignore(A, "it is true", 3),)
