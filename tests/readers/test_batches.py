"""JSON lines: each line by itself."""

from __future__ import annotations

import itertools
import json
import tracemalloc

import pytest

from replylint.errors import InputError
from replylint.readers import LINE_SUFFIXES, SUFFIXES, Defaults, read_lines
from replylint.reply import Reply
from replylint.text import Text
from tests.readers.reading import all_of, fault_of, reply_of, source_of


def test_everything_a_line_can_state() -> None:
    line = {
        "id": "t-1", "reply": "Hi Zoë", "customer_message": "Where?", "customer_name": "Zoë", "channel": "chat",
        "lang": "en", "queue": [1],
    }  # fmt: skip
    reply = reply_of(json.dumps(line), "b.jsonl")
    assert reply == Reply(Text("Hi Zoë"), "Hi Zoë", "Where?", "Zoë", "chat", "en", "t-1", "b.jsonl", row=1)


def test_nulls_and_defaults() -> None:
    given = Defaults("Where?", "Zoë", "social", "nl")
    line = '{"reply": "Hi", "customer_message": null, "customer_name": "Kim", "channel": null, "id": null, "lang": ""}'
    reply = reply_of(line, "b.ndjson", given)
    assert (reply.customer_message, reply.customer_name) == ("Where?", "Kim")
    assert (reply.channel, reply.lang, reply.id) == ("social", "nl", None)


@pytest.mark.parametrize("id", ["x", 7, -1, 10**30, "", "\ud800"])
def test_ids_are_handed_back(id: str | int) -> None:
    assert reply_of(json.dumps({"reply": "Hi", "id": id}), "b.jsonl").id == id


def test_offsets_are_code_points_of_the_reply() -> None:
    reply = reply_of(json.dumps({"reply": "😀 you\r\nfai\u00adled"}), "b.jsonl")
    assert reply.source == "😀 you\r\nfai\u00adled"
    assert reply.text.value == "😀 you\nfailed"
    assert source_of(reply, "failed") == "fai\u00adled"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "the line is not JSON at its character 2 (Expecting property name enclosed in double quotes)"),
        ("[1]", "the line is no JSON object"),
        ('"Hi"', "the line is no JSON object"),
        ("{}", "the key “reply” must be there and be a text"),
        ('{"reply": null}', "the key “reply” must be there and be a text"),
        ('{"reply": 5}', "the key “reply” must be there and be a text"),
        ('{"reply": "Hi", "channel": "fax"}', "the channel “fax” is not known; use email, chat, social"),
        ('{"reply": "Hi", "channel": 1}', "the key “channel” must be a text or null"),
        ('{"reply": "Hi", "customer_name": ["A"]}', "the key “customer_name” must be a text or null"),
        ('{"reply": "Hi", "id": NaN}', "the line holds a number or a nesting that JSON readers refuse"),
        ('{"reply": "Hi", "x": Infinity}', "the line holds a number or a nesting that JSON readers refuse"),
        ('{"reply": "Hi", "id": 1.5}', "the key “id” must be a text, a whole number or null"),
        ('{"reply": "Hi", "id": true}', "the key “id” must be a text, a whole number or null"),
        ('{"reply": "Hi", "id": {}}', "the key “id” must be a text, a whole number or null"),
        ('{"reply": "Hi", "x": ' + "9" * 5000 + "}", "the line holds a number or a nesting that JSON readers refuse"),
        ('{"reply": "Hi", "x": ' + "[" * 100_000, "the line holds a number or a nesting that JSON readers refuse"),
        ('{"reply": " \\n"}', "holds no text to check"),
        ('{"reply": "Hi"} {"reply": "Hi"}', "the line is not JSON at its character 17 (Extra data)"),
        (b'{"reply": "\xe9"}', "the line is not UTF-8 at its byte 11; save the file as UTF-8"),
    ],
)
def test_a_bad_line_does_not_stop_the_others(line: str | bytes, message: str) -> None:
    bad = line.encode() if isinstance(line, str) else line
    one, fault, two = all_of(b'{"reply": "one"}\r\n\n' + bad + b'\n{"reply": "two"}', "b.jsonl")
    assert isinstance(fault, InputError)
    assert (fault.path, fault.line) == ("b.jsonl", 3)
    assert fault.message.startswith(message)
    assert isinstance(one, Reply)
    assert isinstance(two, Reply)
    assert (one.source, two.source) == ("one", "two")


def test_halves_of_characters_are_replaced() -> None:
    line = r'{"reply": "a\ud800b \ud83d\ude00", "customer_name": "\udc00", "customer_message": "\udfffx"}'
    reply = reply_of(line, "b.jsonl")
    assert reply.source == "a\ufffdb 😀"
    assert (reply.customer_name, reply.customer_message) == ("\ufffd", "\ufffdx")


def test_a_mark_at_the_beginning() -> None:
    assert reply_of(b'\xef\xbb\xbf{"reply": "Hi"}', "b.jsonl").source == "Hi"


def test_utf16() -> None:
    data = '{"reply": "Zoë"}\n{"reply": "Kim"}\n'.encode("utf-16")
    assert [item.source for item in all_of(data, "b.jsonl") if isinstance(item, Reply)] == ["Zoë", "Kim"]
    faults = list(read_lines(data.splitlines(keepends=True), "b.jsonl", Defaults()))
    assert [str(fault) for fault in faults] == ["b.jsonl:1: is UTF-16; save it as UTF-8"]


def test_nothing_in_it() -> None:
    assert fault_of("\n \n", "b.jsonl").message == "is empty; write a reply on each line"


def test_comments_and_front_matter_are_for_files() -> None:
    source = "---\nid: x\n---\n# replylint: ignore[a] -- b\nHi"
    reply = reply_of(json.dumps({"reply": source}), "b.jsonl")
    assert (reply.text.value, reply.ignores) == (source, ())


def test_a_long_batch_needs_no_memory() -> None:
    lines = itertools.repeat(b'{"reply": "Hi there, you failed."}\n', 20_000)
    tracemalloc.start()
    assert sum(isinstance(item, Reply) for item in read_lines(lines, "b.jsonl", Defaults())) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


def test_suffixes() -> None:
    assert sorted(LINE_SUFFIXES) == [".jsonl", ".ndjson"]
    assert set(SUFFIXES) == {".txt", ".md", ".markdown", ".html", ".htm", ".eml", ".jsonl", ".ndjson"}
