"""Plain text: encodings, line ends, invisible characters, and what is no text."""

from __future__ import annotations

import pytest

from replylint.readers import MAX_BYTES, Defaults
from replylint.text import Text
from tests.readers.reading import all_of, fault_of, letters, reply_of, source_of


def test_clean_text_is_its_own_source() -> None:
    reply = reply_of("Hi Noor,\n\nthanks.\n", "a.txt")
    assert reply.text == Text("Hi Noor,\n\nthanks.\n")
    assert reply.source == "Hi Noor,\n\nthanks.\n"
    assert (reply.path, reply.id, reply.channel) == ("a.txt", None, None)
    assert reply.customer_name is reply.lang is reply.customer_message is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_that_show_themselves(encoding: str) -> None:
    text = "Hi Zoë, you failed.\nKim 😀"
    reply = reply_of(text.encode(encoding), "a.txt")
    assert reply.source == text
    assert reply.text == Text(text)


def test_big_endian_with_a_mark() -> None:
    assert reply_of(b"\xfe\xff" + "Hi Zoë".encode("utf-16-be"), "a.txt").source == "Hi Zoë"


def test_another_encoding_is_named_with_its_place() -> None:
    fault = fault_of("Hi,\nto je đ".encode("cp1250"), "a.txt")
    assert (fault.path, fault.line) == ("a.txt", 2)
    assert fault.message == "is not UTF-8 at byte 10 (0xf0); save it as UTF-8"


@pytest.mark.parametrize("data", [b"", b"  \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"])
@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.html", "a.eml", "a.jsonl", "-", "a"])
def test_empty(data: bytes, path: str) -> None:
    assert " is empty; " in f" {fault_of(data, path).message}"


@pytest.mark.parametrize("data", [b"PK\3\4\0\0", bytes(range(1, 32)) * 9, b"a\0b", "hi".encode("utf-32")])
@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.html", "-"])
def test_binary(data: bytes, path: str) -> None:
    assert fault_of(data, path).message.startswith("is not a text file; ")


def test_a_control_character_now_and_then_is_still_text() -> None:
    assert reply_of(b"Hi \x07 there\x1b", "a.txt").text.value == "Hi \x07 there\x1b"


def test_broken_utf16() -> None:
    assert fault_of(b"\xff\xfea", "a.txt").message == "is UTF-16 and broken at byte 2; save it as UTF-8"


@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.html", "a.eml"])
def test_too_long(path: str) -> None:
    assert reply_of("A: b\n\nx".ljust(999), path)
    assert fault_of(b"x" * (MAX_BYTES + 1), path).message == "the file is longer than 4 MiB; split it"


@pytest.mark.parametrize(("end", "text"), [("\r\n", "\n"), ("\r", "\n")])
def test_line_ends_stay_in_the_source(end: str, text: str) -> None:
    source = f"Hi,{end}{end}you failed{end}"
    reply = reply_of(source, "a.txt")
    assert reply.source == source
    assert reply.text.value == f"Hi,{text}{text}you failed{text}"
    assert source_of(reply, "you failed") == "you failed"
    assert letters(reply, ",\n\ny") == [",", end, end, "y"]


@pytest.mark.parametrize("sign", [*"\u00ad\u200b\u200c\u200d\u200e\u202e\u2066\u2060\ufeff\u061c\u034f", "\U000e0061"])
@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.html"])
def test_invisible_characters_split_no_word(sign: str, path: str) -> None:
    reply = reply_of(f"you fai{sign}led", path)
    assert reply.text.value == "you failed"
    assert reply.source == f"you fai{sign}led"
    assert source_of(reply, "failed") == f"fai{sign}led"
    assert source_of(reply, "fai") == "fai"


@pytest.mark.parametrize("emoji", ["👩\u200d🔧", "👩🏽\u200d💻", "❤\ufe0f\u200d🔥", "🏴\U000e0067\U000e0062\U000e007f"])
def test_emoji_stay_whole(emoji: str) -> None:
    assert reply_of(f"Hi {emoji}", "a.txt").text == Text(f"Hi {emoji}")


def test_what_is_given_is_passed_on_without_invisible_characters() -> None:
    given = Defaults("Where\u200b is\r\nit?", "\u202aNoor\u202c", "chat", "en")
    reply = reply_of("Hi", "a.txt", given)
    assert (reply.customer_message, reply.customer_name) == ("Where is\nit?", "Noor")
    assert (reply.channel, reply.lang) == ("chat", "en")


def test_only_invisible_characters_are_no_draft() -> None:
    assert fault_of("\u200b\u2060", "a.txt").message == "holds no text to check; write the draft into it"


def test_standard_input_has_no_path() -> None:
    assert reply_of("Hi", "-").path is None
    assert all_of(b"", "-")[0].path == "-"
