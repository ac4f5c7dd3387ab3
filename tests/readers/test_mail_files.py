"""Mail files: which part is read, how it is decoded, and where its words stand in the file."""

from __future__ import annotations

import base64
import quopri
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from replylint.readers import Defaults
from tests.readers.reading import all_of, check_origins, fault_of, letters, reply_of, source_of

HEAD = "From: a@b\nTo: Kim <c@d>\n"


def mail(body: str, *fields: str) -> bytes:
    return (HEAD + "".join(f"{field}\n" for field in fields) + "\n" + body).encode()


def text(source: bytes) -> str:
    return reply_of(source, "a.eml").text.value


def test_plain_mail() -> None:
    source = mail(
        "Hi Zoë,\r\n\r\nyou failed\n> you\n", "Message-ID:\n <1@b>", "Content-Type: text/plain; charset=utf-8"
    )
    reply = reply_of(source, "a.eml")
    assert reply.source == source.decode()
    assert reply.text.value == "Hi Zoë,\n\nyou failed\n> you\n"
    assert source_of(reply, "Zoë,\n\nyou") == "Zoë,\r\n\r\nyou"
    assert reply.text.span(0, 2).start == source.decode().index("Hi")
    assert (reply.id, reply.customer_name, reply.channel) == ("1@b", "Kim", "email")


def test_with_the_line_ends_of_the_wire() -> None:
    source = mail("Hi\n\nyou failed\n", "Content-Type: multipart/mixed; boundary=x").replace(b"\n", b"\r\n")
    parts = b"--x\r\n\r\nHi\r\n--x\r\nContent-Type: text/plain\r\n\r\nyou\r\n\r\n--x--\r\nafter"
    reply = reply_of(source + parts, "a.eml")
    assert reply.text.value == "Hi\nyou\n"
    assert source_of(reply, "you") == "you"


@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("Kofi Mensah <k@x>", "Kofi Mensah"),
        ('"Mensah, Kofi" <k@x>, Ann <a@x>', "Mensah, Kofi"),
        ("=?utf-8?q?Zo=C3=AB?= <z@x>", "Zoë"),
        ("'Kofi' <k@x>", "Kofi"),
        ('"k@x" <k@x>', None),
        ("k@x", None),
        ("", None),
        ("undisclosed-recipients:;", None),
        ("(((((((", None),
    ],
)
def test_the_customer_is_whom_it_is_sent_to(to: str, name: str | None) -> None:
    source = f"From: a\nTo: {to}\n\nHi"
    assert reply_of(source, "a.eml").customer_name == name
    assert reply_of(source, "a.eml", Defaults(customer_name="Ann")).customer_name == "Ann"


def test_quoted_printable() -> None:
    body = "I=E2=80=99m =\nsorry=20=   \r\nyou fai=\r\nled  \nto=3D=zz =C3=A9="
    source = mail(body, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: Quoted-Printable")
    reply = reply_of(source, "a.eml")
    assert reply.text.value == "I’m sorry you failed\nto==zz é"
    assert letters(reply, "I’m s") == ["I", "=E2=80=99", "m", " ", "s"]
    assert source_of(reply, "failed") == "fai=\r\nled"
    assert source_of(reply, "sorry you") == "sorry=20=   \r\nyou"


def test_quoted_printable_of_another_charset() -> None:
    fields = ("Content-Type: text/plain; charset=iso-8859-2", "Content-Transfer-Encoding: quoted-printable")
    reply = reply_of(mail("mo=BEete re=E6i", *fields), "a.eml")
    assert reply.text.value == "možete reći"
    assert source_of(reply, "možete") == "mo=BEete"


def test_base64() -> None:
    body = "To je žao, you failed 😀 to\n"
    coded = base64.b64encode(body.encode()).decode()
    broken = "\r\n".join(coded[at : at + 10] for at in range(0, len(coded), 10))
    fields = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")
    reply = reply_of(mail(broken, *fields), "a.eml")
    assert reply.text.value == body
    for at in range(len(body)):
        group = "".join(letters(reply, body)[at].split())
        assert body[at].encode() in base64.b64decode(group)
        assert len(group) in (4, 8)
    check_origins([reply])


def test_base64_in_pieces() -> None:
    fields = ("Content-Transfer-Encoding: base64",)
    assert text(mail("SGk=\n!eW91\nYQ==", *fields)) == "Hiyoua"
    fault = fault_of(mail("SGk=\neW91a", *fields), "a.eml")
    assert (fault.line, fault.message) == (6, "the mail's base64 is broken; export it again")


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "utf-16", "utf-16-le", "utf-7", "utf-32", "iso-8859-1", "windows-1252", "gb2312", "gb18030", "big5",
     "shift_jis", "iso-2022-jp", "euc-kr", "koi8-r", "windows-1250", "hz-gb-2312", "iso-2022-kr"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_charsets(charset: str, encoding: str) -> None:
    words = {"g": "你好", "b": "你好", "h": "你好", "s": "日本", "e": "한국", "k": "да", "w": "é"}
    word = "日本" if charset == "iso-2022-jp" else "한국" if charset == "iso-2022-kr" else words.get(charset[0], "é")
    body = f"Hi {word}, you failed\n".encode(charset)
    if encoding == "8bit" and charset.startswith(("utf-16", "utf-32")):
        pytest.skip("mail cannot hold these as they are")
    coded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(body)
    head = mail("", f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {encoding}")
    reply = reply_of(head + coded, "a.eml")
    assert reply.text.value == f"Hi {word}, you failed\n"
    check_origins([reply])
    if encoding != "base64" and not charset.startswith("utf-16"):
        assert source_of(reply, "you failed").replace("=\n", "").replace("=00", "") == "you failed"


def test_a_file_that_is_not_utf8_is_read_byte_by_byte() -> None:
    source = mail("", "Content-Type: text/plain; charset=iso-8859-1") + b"Hi \xe9\x92, you failed"
    reply = reply_of(source, "a.eml")
    assert reply.source == source.decode("latin-1")
    assert reply.text.value == "Hi é’, you failed"
    assert source_of(reply, "you failed") == "you failed"


def test_parts_of_two_charsets() -> None:
    head = mail("", "Content-Type: multipart/mixed; boundary=x")
    utf8 = b"--x\nContent-Type: text/plain; charset=utf-8\n\nna\xc3\xafve you\n"
    latin = b"--x\nContent-Type: text/plain; charset=latin1\n\nna\xefve me\n--x--"
    reply = reply_of(head + utf8 + latin, "a.eml")
    assert reply.text.value == "naïve you\nnaïve me"
    assert source_of(reply, "naïve you") == "naÃ¯ve you"
    assert source_of(reply, "me") == "me"


def test_mail_that_calls_itself_latin_and_is_utf8() -> None:
    fields = ("Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit")
    assert text(mail("Zoë", *fields)) == "Zoë"
    fields = ("Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable")
    assert text(mail("Zo=C3=AB Zo=EB", *fields)) == "Zoã« Zoë".replace("ã", "Ã")
    assert text(mail("Zo=C3=AB", *fields)) == "Zoë"


QP = "Content-Transfer-Encoding: quoted-printable"
BASE64 = "Content-Transfer-Encoding: base64"


@pytest.mark.parametrize(
    ("fields", "body", "line", "message"),
    [
        (["charset=klingon"], "Hi", 5, "has the charset “klingon”, which is not known"),
        (["charset=base64"], "Hi", 5, "has the charset “base64”, which is not known"),
        (["charset=unicode_escape"], "Hi", 5, "has the charset “unicode_escape”, which is not known"),
        (["charset=utf-8", QP], "Hi\n=E9", 7, "text is not utf-8, as it states"),
        (["charset=gb2312", BASE64], "/w==", 6, "text is not gb2312, as it states"),
        (["x=y", QP], "=E9", 6, "text is not UTF-8, and states no charset"),
        (["x=y", f"{QP[:27]}x-uu"], "Hi", 6, "has the transfer encoding “x-uu”, which is not known"),
    ],
)  # fmt: skip
def test_faults(fields: list[str], body: str, line: int, message: str) -> None:
    fault = fault_of(mail(body, f"Content-Type: text/plain; {fields[0]}", *fields[1:]), "a.eml")
    assert fault.line == line
    assert fault.message.endswith(f"{message}; export it again")


def test_a_multipart_without_a_boundary() -> None:
    fault = fault_of(mail("Hi", "Content-Type: multipart/mixed"), "a.eml")
    assert (fault.line, fault.message) == (5, "the mail has a multipart without a boundary; export it again")


def test_8bit_without_a_charset() -> None:
    fault = fault_of(mail("") + b"Hi\n\xe9", "a.eml")
    assert (fault.line, fault.message) == (5, "the mail's text is not UTF-8, and states no charset; export it again")


def test_no_mail() -> None:
    fault = fault_of("Hello there,\n\nyou failed", "a.eml")
    assert fault.message == "does not begin with the headers of a mail; export it again, or name it .txt"


@pytest.mark.parametrize("source", [HEAD, HEAD + "\n", HEAD + "Content-Type: image/png\n\nHi", HEAD + "\n \n"])
def test_nothing_to_read(source: str) -> None:
    assert fault_of(source, "a.eml").message == "holds no text to check; write the draft into it"


def test_a_line_that_is_no_header_begins_the_text() -> None:
    assert text(b"To: a@b\nyou failed\n\nagain") == "you failed\n\nagain"
    assert text(b"From x@y Mon\nTo: a@b\n\nyou") == "you"


def of_kinds(*kinds: str, subtype: str = "alternative") -> MIMEMultipart:
    message = MIMEMultipart(subtype)
    for kind in kinds:
        name, _, words = kind.partition(":")
        message.attach(MIMEText(words, name, "utf-8"))
    return message


def test_plain_text_is_read_before_html() -> None:
    assert text(bytes(of_kinds("plain:you failed", "html:<p>no</p>"))) == "you failed"
    assert text(bytes(of_kinds("html:<p>no</p>", "plain:you failed"))) == "you failed"
    assert text(bytes(of_kinds("plain: \n", "html:<p>you&nbsp;failed</p>"))) == "you failed"


def test_html_in_mail_keeps_its_places() -> None:
    markup = "<p>Hi <b>Zoë</b></p><p>you&nbsp;<i>failed</i> to <b=\n></p><blockquote>you</blockquote>"
    coded = quopri.encodestring(markup.encode()).decode()
    fields = ("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable")
    reply = reply_of(mail(coded, *fields), "a.eml")
    assert reply.text.value == "Hi Zoë\n\nyou failed to\n\n> you"
    assert source_of(reply, "you failed") == "you&nbsp;<i>failed"
    assert letters(reply, "Zoë") == ["Z", "o", "=C3=AB"]
    in_base64 = mail(
        base64.encodebytes(markup.encode()).decode(),
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: base64",
    )
    coded_reply = reply_of(in_base64, "a.eml")
    assert coded_reply.text.value == reply.text.value
    assert b"you&nbsp;<i>failed" in base64.b64decode(source_of(coded_reply, "you failed"))
    check_origins([reply, coded_reply])


def test_related_and_signed_mail() -> None:
    related = of_kinds("html:<p>you</p>", "plain:no", subtype="related")
    outer = MIMEMultipart("alternative")
    outer.attach(related)
    signed = MIMEMultipart("signed")
    signed.attach(outer)
    signed.attach(MIMEText("no"))
    assert text(bytes(signed)) == "you"


def test_attachments_are_not_read() -> None:
    message = EmailMessage()
    message.set_content("you failed\n")
    message.add_attachment("no", filename="a.txt")
    message.add_attachment(b"no", maintype="image", subtype="png", disposition="inline")
    message.add_attachment(EmailMessage(), filename="b.eml")
    assert text(bytes(message)) == "you failed\n"


def test_text_around_a_picture_is_all_read() -> None:
    reply = reply_of(bytes(of_kinds("plain:one", "html:<p>two</p>", "plain:three", subtype="mixed")), "a.eml")
    assert reply.text.value == "one\ntwo\nthree"
    check_origins([reply])


@pytest.mark.parametrize("depth", [12, 99])
def test_many_levels(depth: int) -> None:
    message: MIMEText | MIMEMultipart = MIMEText("you failed")
    for level in range(depth):
        outer = MIMEMultipart("mixed", boundary=f"b{level}")
        outer.attach(message)
        message = outer
    assert text(bytes(message)) == "you failed"


def test_too_many_levels_and_parts() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(200))
    assert fault_of(nested + "\nHi", "a.eml").message.startswith("the mail's parts lie within each other more than 100")
    wide = mail("--x\n\nHi\n" * 1002, "Content-Type: multipart/mixed; boundary=x")
    assert fault_of(wide, "a.eml").message == "the mail has more than 1000 parts; export it again"


def test_boundaries() -> None:
    field = 'Content-Type: multipart/mixed; boundary="a+b.(c)"'
    assert (
        text(mail("preamble\n--a+b.(c)\n\nyou\n--a+b.(c)x\n--a+b.(c)  \n\nfailed", field)) == "you\n--a+b.(c)x\nfailed"
    )
    assert fault_of(mail("--x\n\nHi", field), "a.eml").message.startswith("holds no text")
    assert text(mail("--x\n\n--x\n\nyou\n--x--\n--x\n\nno", "Content-Type: multipart/mixed; boundary=x")) == "you"


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("you \nfailed \nto\nit", "you failed to\nit"),
        ("one \n\ntwo", "one \n\ntwo"),
        (" >you\n  failed\n From", ">you\n failed\nFrom"),
        ("> you \n> failed\n>> no \n> x", "> you failed\n>> no \n> x"),
        ("> a \nb \n> c", "> a \nb \n> c"),
        ("Kim \n-- \nDesk", "Kim \n-- \nDesk"),
    ],
)
def test_flowed_text(lines: str, joined: str) -> None:
    reply = reply_of(mail(lines, "Content-Type: text/plain; format=flowed"), "a.eml")
    assert reply.text.value == joined
    check_origins([reply])
    assert text(mail(lines, "Content-Type: text/plain")) == lines


def test_flowed_text_without_spaces() -> None:
    reply = reply_of(
        mail("你 \r\n好\r\n", "Content-Type: text/plain; charset=utf-8; format=Flowed; delsp=Yes"), "a.eml"
    )
    assert reply.text.value == "你好\n"
    assert source_of(reply, "你好") == "你 \r\n好"


def test_utf16_file() -> None:
    assert text((HEAD + "\nyou failed").encode("utf-16")) == "you failed"


def test_headers_that_break_the_parser() -> None:
    fields = ["Content-Type: text/plain; charset*=''%", 'To: "\\', "Message-ID: <@", "Content-Disposition: ;;=\x00"]
    for number in range(len(fields)):
        check_origins(all_of(mail("you", *fields[number:]), "a.eml"))
    assert text(mail("you", *fields[1:])) == "you"
