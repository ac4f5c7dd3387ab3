"""Batches: a JSON object on each line, read one line at a time however many there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NoReturn

from replylint.errors import InputError
from replylint.readers.decode import limited, utf16_of
from replylint.readers.draft import Defaults, Draft, replies
from replylint.readers.faults import DraftError, told
from replylint.reply import CHANNELS, Reply
from replylint.text import Text

_TEXTS = ("customer_message", "customer_name", "channel", "lang")
_HALF = re.compile("[\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"
_SHAPE = '{"reply": "…"}'


def read_lines(lines: Iterable[bytes], path: str, defaults: Defaults) -> Iterator[Reply | InputError]:
    """The replies of a batch, and an error for each line that is none; blank lines are passed over.

    Offsets are code points of the `reply` string. What a line states wins over `defaults`.
    """
    blank = True
    for number, line in enumerate(lines, 1):
        if number == 1:
            if utf16_of(line):
                yield InputError("is UTF-16; save it as UTF-8", path, 1)
                return
            line = line.removeprefix(_BOM)
        if line.strip():
            blank = False
            yield from _line(line, number, path, defaults)
    if blank:
        yield InputError("is empty; write a reply on each line", path)


def _line(line: bytes, number: int, path: str, defaults: Defaults) -> Iterator[Reply | InputError]:
    try:
        draft = _draft(line, defaults)
    except DraftError as fault:
        yield told(DraftError(fault.message, line=number), path)
        return
    for reply in replies(draft, draft.text.value, path):
        yield InputError(reply.message, path, number) if isinstance(reply, InputError) else replace(reply, row=number)


def _draft(line: bytes, defaults: Defaults) -> Draft:
    """The draft of a line; raises DraftError."""
    limited(line, "the line")
    values = _object(line)
    if not isinstance(values.get("reply"), str):
        raise DraftError(f"the key “reply” must be there and be a text; write {_SHAPE}")
    known: dict[str, Any] = {name: _text(values, name) for name in _TEXTS}
    if known["channel"] not in (None, *CHANNELS):
        raise DraftError(f"the channel “{known['channel'][:40]}” is not known; use {', '.join(CHANNELS)}")
    reply = Text(_whole(values["reply"]))
    return Draft(reply, known=Defaults(**known).over(defaults), id=_id(values.get("id")))


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line.decode("utf-8").rstrip(), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise DraftError(f"the line is not UTF-8 at its byte {error.start}; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise DraftError(
            f"the line is not JSON at its character {error.pos + 1} ({error.msg}); write {_SHAPE}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise DraftError(f"the line holds a number or a nesting that JSON readers refuse; write {_SHAPE}") from error
    if not isinstance(found, dict):
        raise DraftError(f"the line is no JSON object; write {_SHAPE}")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _text(values: dict[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise DraftError(f"the key “{name}” must be a text or null; put it in quotation marks")
    return _whole(value) if value else None


def _id(value: object) -> str | int | None:
    if value is None or isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise DraftError("the key “id” must be a text, a whole number or null; put it in quotation marks")


def _whole(value: str) -> str:
    """`value` with a replacement for each half of a character, of which no program downstream can make bytes."""
    return _HALF.sub("\ufffd", value)
