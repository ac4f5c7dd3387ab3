"""Mail as it leaves: attachments of any size, no instructions, and nothing to read in what is enciphered."""

from __future__ import annotations

import pytest

from replylint import Defaults, InputError, read_mail

HEAD = b"From: a@acme.example\r\nTo: Ann <ann@b.example>\r\nMessage-ID: <7@acme.example>\r\n"
PARTS = b'Content-Type: multipart/mixed; boundary="cut"\r\n\r\n--cut\r\n'
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nHi Ann.\r\n"
FILE = b"\r\n--cut\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--cut--\r\n"


def test_the_text_and_what_the_headers_tell() -> None:
    reply = read_mail(HEAD + TEXT, known=Defaults(channel="email"))
    assert reply
    assert (reply.text.value.strip(), reply.customer_name, reply.id) == ("Hi Ann.", "Ann", "7@acme.example")


def test_a_file_may_be_larger_than_a_draft() -> None:
    reply = read_mail(HEAD + PARTS + TEXT + FILE % (b"QUJD\r\n" * 1_000_000))
    assert reply
    assert reply.text.value.strip() == "Hi Ann."


def test_a_text_may_not() -> None:
    with pytest.raises(InputError, match="too long"):
        read_mail(HEAD + TEXT + b"Hi. " * 1_100_000)


def test_comments_are_no_instructions() -> None:
    reply = read_mail(HEAD + TEXT + b"It came. # replylint: ignore-file\r\n")
    assert reply
    assert reply.ignores == ()


@pytest.mark.parametrize(
    "mail",
    [HEAD + b"Content-Type: application/pkcs7-mime\r\n\r\nMIIB\r\n", HEAD + b"\r\n", HEAD + PARTS + FILE[2:] % b"QUJD"],
    ids=["enciphered", "blank", "a file alone"],
)
def test_nothing_to_read(mail: bytes) -> None:
    assert read_mail(mail) is None


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (HEAD + TEXT.replace(b"utf-8", b"x-klingon"), "charset"),
        (HEAD + b"Content-Type: multipart/mixed\r\n\r\nHi.\r\n", "boundary"),
        (b"Hi Ann.\r\n", "does not begin with the headers"),
    ],
    ids=["charset", "boundary", "no mail"],
)
def test_what_cannot_be_made_out(mail: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_mail(mail)
