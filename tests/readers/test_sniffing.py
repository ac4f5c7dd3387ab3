"""Inputs whose name tells nothing."""

from __future__ import annotations

import pytest

from replylint.readers import sniff
from tests.readers.reading import reply_of


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ('{"reply": "Hi"}', "jsonl"),
        ('\ufeff\n\n{"reply": "Hi"}\nbroken', "jsonl"),
        ('{"reply": "Hi",}\n{"reply": "you"}', "jsonl"),
        ('{"reply": "' + "x" * 100_000 + '"}', "jsonl"),
        ("{{customer.name}}, hello", "text"),
        ("{\n}", "text"),
        ("<!DOCTYPE html>\n<p>Hi", "html"),
        ("<!-- <p> --> <!-- b --><div class=x>Hi", "html"),
        ("Hi <b>Omar</b>", "html"),
        ("Hi,<br />thanks", "html"),
        ("<name>, hi", "text"),
        ("Hi <name>, a < b", "text"),
        ("From: a\nTo: b\n\nHi", "mail"),
        ("Received: by x\n  with y\r\nX-Y: z\r\nSUBJECT: b\r\n\r\nHi", "mail"),
        ("Subject: Your order\n\nHi", "text"),
        ("Note: a\nOrder: b\n\nHi", "text"),
        ("Hi\nFrom: a\nTo: b", "text"),
        ("# Hello\n\n*you*", "text"),
        ("", "text"),
        ("---\nid: x\n---\nHi", "text"),
    ],
)
def test_formats(source: str, kind: str) -> None:
    assert sniff(source.encode()) == kind
    assert sniff(source.encode("utf-16")) == kind


def test_bytes_that_are_no_text() -> None:
    assert sniff(bytes(range(256))) == "text"


def test_it_takes_its_time_only_once() -> None:
    assert sniff(b"<!-- a --> " * 10_000 + b"x") == "text"


@pytest.mark.parametrize("path", ["-", "draft", "draft.log", "a.b/draft"])
def test_reading_by_what_is_in_it(path: str) -> None:
    assert reply_of("<p>you&nbsp;failed</p>", path).text.value == "you failed"
    assert reply_of('{"reply": "you"}', path).text.value == "you"
    assert reply_of("From: a\nTo: Kim <b@c>\n\nyou", path).customer_name == "Kim"
    assert reply_of("---\nlang: en\n---\nyou", path).lang == "en"


def test_a_suffix_is_believed() -> None:
    assert reply_of("<p>Hi</p>", "a.TXT").text.value == "<p>Hi</p>"
