"""Markdown: words without marks, each with its place."""

from __future__ import annotations

import pytest

from replylint.text import Text
from tests.readers.reading import fault_of, letters, reply_of, source_of


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("you **failed** to", "you failed to"),
        ("*you* _failed_ __to__ ***attach*** ~~it~~", "you failed to attach it"),
        ("**you *failed* to**", "you failed to"),
        ("*you **failed***", "you failed"),
        ("**you** ***failed* to**", "you failed to"),
        ("2 * 3 * 4, snake_case_name, 5*, _x, ~5 days~", "2 * 3 * 4, snake_case_name, 5*, _x, ~5 days~"),
        ("un*frigging*believable", "unfriggingbelievable"),
        ("*one\ntwo*", "one\ntwo"),
        ("*one\n\ntwo*", "*one\n\ntwo*"),
        (r"\*no\* 1\. a\b", r"*no* 1. a\b"),
        ("hard\\\nbreak", "hard\nbreak"),
        ("# Hello *you* ##\n## Again\n#1234 is\n####### no", "Hello you\nAgain\n#1234 is\n####### no"),
        ("Hello\n=====\n\nyou\n---\nx", "Hello\n\n\nyou\n\nx"),
        ("a\n\n***\n\n_ _ _\n\nb", "a\n\n\n\n\n\nb"),
        ("x\n-- \nKim", "x\n-- \nKim"),
        ("see [the *guide*](https://a.b/c_d_(e) \"T\") now", "see the guide now"),
        ("see [it](<a b>) [it]( x 'y' ) [it](\nx) [it]()", "see it it it it"),
        ("[the guide][g], [g][], [g], [h], [AGENT NAME].\n\n[G]: https://x", "the guide, g, g, [h], [AGENT NAME].\n\n"),
        ("[Note]: your order", "[Note]: your order"),
        ("[a [b](c) d](e) ]", "a b d ]"),
        ("[^1] [x](un closed", "[^1] [x](un closed"),
        ("look ![a *b*](c.png) here, [![x](y)](z)", "look  here, "),
        ("<https://a.b/c_d_e> <kim@a.b>", "https://a.b/c_d_e kim@a.b"),
        ("<b>you</b><br>failed<br/>to<div>it</div>", "you\nfailed\nto\nit\n"),
        ("Dear <Customer Name>, <name>, a < b > c, I <3 you", "Dear <Customer Name>, <name>, a < b > c, I <3 you"),
        ("a<!-- b\n\nc -->d <!-- e", "ad <!-- e"),
        ("you&nbsp;failed &lt;b&gt; &amp &unknown; AT&T", "you failed <b> &amp &unknown; AT&T"),
        ("- one\n* two\n+ *three*\n1. four", "- one\n* two\n+ three\n1. four"),
        ("- [ ] five\n> six\n> - *seven*", "- [ ] five\n> six\n> - seven"),
        ("https://a.b/c_d_e_ www.a.b/_x_ {{a_b_c}} **https://a.b/**", "https://a.b/c_d_e_ www.a.b/_x_ {{a_b_c}} https://a.b/"),
        ("ring ______, please ______", "ring ______, please ______"),
    ],
)  # fmt: skip
def test_words(source: str, text: str) -> None:
    assert reply_of(source, "a.md").text.value == text
    assert reply_of(source.replace("\n", "\r\n"), "a.markdown").text.value == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("run `you failed` now", "run \ufffc now"),
        ("a `` b ` c `` d ` e", "a \ufffc d ` e"),
        ("a `b\nc` d", "a \ufffc\n d"),
        ("a \\``` b", "a ``` b"),
        ("*a `*` b*", "a \ufffc b"),
        ("a\n```py\nyou\n\nfailed\n```\nb", "a\n\n\n\n\n\nb"),
        ("a\n~~~\nyou\n```\n~~~~\nb", "a\n\n\n\n\nb"),
        ("a\n````\nyou\n```\nx", "a\n\n\n\n"),
        ("```you``` b", "\ufffc b"),
        ("> ```\n> you\nfailed *b*", "> \n> \nfailed b"),
        ("- a\n  ```\n  you\n  ```\n  b", "- a\n  \n\n\n  b"),
        ("a\n\n    you\n\tfailed\n\nb", "a\n\n\n\n\nb"),
        ("    you\nb", "\nb"),
        ("a\n    *b*", "a\n    b"),
        ("- a\n\n    *b*\n\nc\n\n    d", "- a\n\n    b\n\nc\n\n"),
    ],
)
def test_code_is_no_text_but_keeps_its_lines(source: str, text: str) -> None:
    assert reply_of(source, "a.md").text.value == text


def test_places() -> None:
    source = "# Hi *Noor*,\n\nyou [really **failed**](http://x) to&nbsp;read."
    reply = reply_of(source, "a.md")
    assert reply.text.value == "Hi Noor,\n\nyou really failed to read."
    assert source_of(reply, "Hi Noor") == "Hi *Noor"
    assert source_of(reply, "you really failed to") == "you [really **failed**](http://x) to"
    assert source_of(reply, "failed") == "failed"
    assert letters(reply, "to r") == ["t", "o", "&nbsp;", "r"]


def test_clean_markdown_is_its_own_source() -> None:
    assert reply_of("Hi,\n\n> a\n\n- b\n", "a.md").text == Text("Hi,\n\n> a\n\n- b\n")


def test_only_code() -> None:
    assert fault_of("```\nx\n```\n", "a.md").message == "holds no text to check; write the draft into it"
