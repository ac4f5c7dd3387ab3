"""What stands above the draft in text and Markdown files."""

from __future__ import annotations

import pytest

from replylint.errors import InputError
from replylint.readers import Defaults
from replylint.readers.frontmatter import MAX_FRONT
from replylint.reply import Ignore, Reply
from tests.readers.reading import all_of, fault_of, reply_of, source_of

BOTH = pytest.mark.parametrize("path", ["a.txt", "a.md"])


@BOTH
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_everything_it_can_say(path: str, end: str) -> None:
    front = [
        "---", "customer_name: Martha Ellison", "channel: chat", "lang: no", "id: 40518", "customer_message: |",
        "  The lamp:", "  ---", "  broken.", "ignore:", "  - blame-a, blame-b -- her own words", "---  ", "you failed",
    ]  # fmt: skip
    reply = reply_of(end.join(front), path)
    assert reply.text.value == "you failed"
    assert source_of(reply, "you failed") == "you failed"
    assert (reply.customer_name, reply.channel, reply.lang, reply.id) == ("Martha Ellison", "chat", "no", 40518)
    assert reply.customer_message == "The lamp:\n---\nbroken.\n"
    line = 11 if "\n" in end else 1
    assert reply.ignores == (Ignore(("blame-a", "blame-b"), "her own words", line, whole_file=True),)


@BOTH
def test_the_command_line_wins(path: str) -> None:
    reply = reply_of("---\ncustomer_name: A\nlang: en\n---\nHi", path, Defaults(customer_name="B", channel="social"))
    assert (reply.customer_name, reply.lang, reply.channel) == ("B", "en", "social")


@BOTH
def test_offsets_count_the_whole_file(path: str) -> None:
    source = "\ufeff---\nid: x\n---\nHi there\n"
    reply = reply_of(source.encode(), path)
    assert reply.source == source[1:]
    assert reply.text.span(0, 2).start == source.index("Hi") - 1


@BOTH
@pytest.mark.parametrize(
    ("written", "meant"),
    [("007", "007"), ("'7'", "7"), ("-3", -3), ("0", 0), ("1e3", "1e3"), ("true", "true"), ("~", None), ("", None)],
)
def test_ids_are_handed_back_as_they_are_written(path: str, written: str, meant: str | int | None) -> None:
    assert reply_of(f"---\nid: {written}\n---\nHi", path).id == meant


@BOTH
def test_every_unknown_key_is_named_with_its_line(path: str) -> None:
    faults = all_of("---\ncostumer_name: A\nlang: en\nzzz: 1\n---\nHi", path)
    assert [(f.line, f.message) for f in faults if isinstance(f, InputError)] == [
        (2, "the key “costumer_name” is not known in front matter; did you mean “customer_name”?"),
        (
            4,
            "the key “zzz” is not known in front matter; "
            "use customer_message, customer_name, channel, lang, id, ignore",
        ),
    ]


@BOTH
@pytest.mark.parametrize(
    ("front", "line", "message"),
    [
        ("lang: en\nlang: nl", 3, "the key “lang” stands twice in the front matter; drop one"),
        ("id: a\nchannel: fax", 3, "the channel “fax” is not known; use email, chat, social"),
        ("customer_name: [A, B]", 2, "“customer_name” must be a text; write it on one line or behind |"),
        ("id: a\nlang: 'en", 4, "the front matter is no YAML: found unexpected end of stream; mend it"),
        ("id: a: b", 2, "the front matter is no YAML: mapping values are not allowed here; mend it"),
        ("id: \x07", 2, "the front matter is no YAML: special characters are not allowed; mend it"),
        ("id: " + "[" * 5000, 2, "the front matter cannot be read; use plain “key: value” lines"),
        ("id: &a x\nlang: *b", 3, "the front matter is no YAML: found undefined alias 'b'; mend it"),
    ],
)  # fmt: skip
def test_faults(path: str, front: str, line: int, message: str) -> None:
    fault = fault_of(f"---\n{front}\n---\nHi there", path)
    assert (fault.line, fault.message) == (line, message)


@BOTH
def test_one_that_is_too_long(path: str) -> None:
    fault = fault_of(f"---\nid: {'a' * MAX_FRONT}\n---\nHi", path)
    assert fault.message.startswith("the front matter is longer than 262144 characters")


@BOTH
@pytest.mark.parametrize(
    "source",
    ["---\n", "---\n---\n", "---\nwords\n---\n", "---\n- a\n---\n", "----\nid: x\n----\n", "\n---\nid: x\n---\n"],
)
def test_drawn_lines_are_text(path: str, source: str) -> None:
    found = all_of(source + "you failed", path)
    assert isinstance(found[0], Reply)
    assert source_of(found[0], "you failed") == "you failed"
    assert found[0].id is None


def test_in_plain_text_what_is_not_closed_or_no_yaml_is_text() -> None:
    assert reply_of("---\nid: x\nHi", "a.txt").text.value == "---\nid: x\nHi"
    assert reply_of("---\nNote: see: this\n---\nHi", "a.txt").text.value.startswith("---\nNote")


def test_in_markdown_it_must_be_closed_and_yaml() -> None:
    assert fault_of("---\nid: x\nHi", "a.md").message == "the front matter is not closed; end it with a line ---"
    assert fault_of("---\nNote: see: this\n---\nHi", "a.md").line == 2


@BOTH
def test_nothing_below_it(path: str) -> None:
    assert fault_of("---\nid: x\n---\n  \n", path).message == "holds no text to check; write the draft into it"


@BOTH
def test_an_alias_bomb_is_read_at_once(path: str) -> None:
    bomb = "\n".join(f"  - &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]" for n in range(30))
    assert fault_of(f"---\nid:\n{bomb}\n---\nHi", path).message.startswith("“id” must be a text")


@BOTH
def test_ignores_without_a_reason_do_not_hold(path: str) -> None:
    found = all_of("---\nignore:\n  - rule-a\n  - -- why\n  - [x]\n  - rule-b — fine\n---\nHi", path)
    assert [fault.line for fault in found[:3] if isinstance(fault, InputError)] == [3, 4, 5]
    assert isinstance(found[3], Reply)
    assert found[3].ignores == (Ignore(("rule-b",), "fine", 6, whole_file=True),)
    assert isinstance(found[0], InputError)
    assert found[0].message == "the ignore gives no rule or no reason and does not hold; write “rule -- reason”"


def test_one_ignore_needs_no_list() -> None:
    assert reply_of("---\nignore: a -- b\n---\nHi", "a.md").ignores == (Ignore(("a",), "b", 2, whole_file=True),)
    assert reply_of("---\nignore:\n---\nHi", "a.md").ignores == ()
