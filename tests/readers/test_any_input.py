"""What holds for every input: nothing is raised, and every character knows its place."""

from __future__ import annotations

import email
import json
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replylint.readers import SUFFIXES, Defaults, read_lines
from replylint.readers.invisible import cleaned_words
from tests.readers.reading import NOTHING, all_of, check_origins, letters, reply_of

PATHS = [*(f"a{suffix}" for suffix in SUFFIXES), "-"]
MARKS = (
    "you", "failed", " ", "  ", "\n", "\r\n", "\r", "\n\n", "\t", "é", "😀", "\u200b", "\u200d", "\u00ad", "\u00a0",
    "\ufeff", "---\n", "id: x\n", "lang: en\n", "ignore: a -- b\n", "# replylint: ", "ignore[a] -- b",
    "<!-- replylint: ", "<!--", "-->", "*", "**", "_", "~~", "`", "```", "\n```\n", "    ", "> ", "- ", "1. ", "# ",
    "[", "](", "](x)", "![", "]: y", "\\", "===", "<p>", "</p>", "<br>", "<li>", "<ul>", "<blockquote>",
    "</blockquote>", "<div class=gmail_quote>", "</div>", "<pre>", "</pre>", "<script>", "</script>", "<head>",
    "<template>", "</template>", "<a b='", "\"", "<", ">", "</", "<!", "<![CDATA[", "<div id=appendonsend>", "&",
    "&nbsp;", "&#32;", "&amp", "&#10;", "&#x", "&not", ";", "<name>", "https://a_b", "=", "=\n", "=C3=A9",
    "To: Kim <a@b>\n", "From: a\n", "Message-ID: <1>\n", "Content-Type: text/html\n",
    "Content-Type: multipart/mixed; boundary=x\n", "Content-Type: multipart/alternative; boundary=y\n", "--x\n",
    "--y\n", "--x--\n", "Content-Transfer-Encoding: base64\n", "SGk=",
    "Content-Transfer-Encoding: quoted-printable\n", "Content-Type: text/plain; charset=utf-16; format=flowed\n",
    "Content-Type: text/plain; format=flowed; delsp=yes\n", "{\"reply\": \"", "\"}", "{\"reply\": \"a\", \"id\": ",
    "null", "NaN", "\\ud800",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@given(data=st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes(path: str, data: bytes) -> None:
    check_origins(all_of(data, path))


@pytest.mark.parametrize("path", PATHS)
@given(data=st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(deadline=None)
def test_any_text(path: str, data: bytes) -> None:
    check_origins(all_of(data, path))


@pytest.mark.parametrize("path", PATHS)
@given(marks=st.lists(st.sampled_from(MARKS), max_size=30))
@settings(deadline=None, max_examples=200)
def test_any_marks(path: str, marks: list[str]) -> None:
    found = all_of("".join(marks), path)
    check_origins(found)
    for item in found:
        if not isinstance(item, Exception):
            assert "\r" not in item.text.value
            assert all(1 <= each.line <= item.source.count("\n") + 1 for each in item.ignores)


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), min_size=1).filter(str.strip))
def test_clean_text_is_left_alone(text: str) -> None:
    reply = reply_of("Hi " + text, "a.txt")
    assert cleaned_words(text) != text or (reply.text.value == reply.source and reply.text.starts is None)


@given(text=st.text(st.sampled_from("ab é&<>\"'😀\n"), min_size=1).filter(str.strip))
def test_characters_of_html_keep_their_places(text: str) -> None:
    escaped = "".join(f"&#{ord(letter)};" if letter in "&<>\"'é" else letter for letter in text)
    reply = reply_of(f"<p>{escaped}</p>", "a.html")
    words = reply.text.value
    assert words == " ".join(text.split())
    for letter, origin in zip(words, letters(reply, words), strict=True):
        assert origin.isspace() if letter == " " else origin in (letter, f"&#{ord(letter)};")


KEYS = st.sampled_from(["reply", "id", "channel", "lang", "customer_name"])
VALUES = st.none() | st.booleans() | st.floats() | st.text()
LINE = st.text(st.sampled_from("abc é=.😀>-\t"), max_size=100)


@given(
    lines=st.lists(LINE, min_size=1, max_size=8),
    encoding=st.sampled_from(["quoted-printable", "base64", "8bit"]),
    html=st.booleans(),
)
@settings(deadline=None)
def test_mail_is_decoded_as_the_standard_library_does(lines: list[str], encoding: str, html: bool) -> None:
    message = EmailMessage(policy=policy.default.clone(max_line_length=998 if encoding == "8bit" else 76))
    message["To"] = "Kim <a@b>"
    message.set_content("Hi\n" + "\n".join(lines), cte=encoding, charset="utf-8")
    if html:
        message.add_alternative("<p>no</p>", subtype="html")
    data = bytes(message)
    part = email.message_from_bytes(data, policy=policy.default).get_body(("plain",))
    assert isinstance(part, EmailMessage)
    reply = reply_of(data, "a.eml")
    assert reply.text.value.rstrip("\n") == part.get_content().rstrip("\n")
    check_origins([reply])


@given(
    replies=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=5),
    id=st.none() | st.integers() | st.text(),
)
def test_batches_hand_back_what_they_are_given(replies: list[str], id: str | int | None) -> None:
    data = [json.dumps({"reply": "Hi " + reply, "id": id}).encode() for reply in replies]
    found = list(read_lines(data, "b.jsonl", Defaults())) if data else []
    assert [item.source for item in found if not isinstance(item, Exception)] == ["Hi " + reply for reply in replies]
    assert all(item.id == id for item in found if not isinstance(item, Exception))
    check_origins(found)


@given(values=st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_any_json(values: object) -> None:
    check_origins(read_lines([json.dumps(values).encode()], "b.jsonl", NOTHING))
