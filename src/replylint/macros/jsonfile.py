"""JSON whose strings know their place. The standard library parses it; only strings are made here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json import scanner
from json.decoder import scanstring  # type: ignore[attr-defined]  # Its stub lacks it.
from typing import Any

from replylint.macros.located import Located, Piece
from replylint.readers.faults import DraftError

_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


def documents(source: str) -> Iterator[Any]:
    """The JSON documents of a file, most often one; pages of an export may stand one after the other.

    Raises DraftError at the place where the JSON ends to be JSON.
    """
    decoder = _decoder()
    at = _past_space(source, 0)
    while at < len(source):
        try:
            value, at = decoder.raw_decode(source, at)
        except json.JSONDecodeError as error:
            raise DraftError(f"is no valid JSON: {_told(error, len(source))}; export it again", error.pos) from error
        except RecursionError as error:
            raise DraftError("is nested too deeply to be an export of macros") from error
        yield value
        at = _past_space(source, at)


def _told(error: json.JSONDecodeError, length: int) -> str:
    """The parser's complaint; a file that was cut off is called so."""
    cut = error.pos >= length or error.msg.startswith("Unterminated string")
    return "it ends in the middle, or a quotation mark is missing" if cut else f"{error.msg[:1].lower()}{error.msg[1:]}"


def _past_space(source: str, at: int) -> int:
    return _SPACE.match(source, at).end()  # type: ignore[union-attr]  # The pattern matches anywhere.


def _decoder() -> json.JSONDecoder:
    """A decoder that reads strings as `_string` does; the scanner in C would not ask."""
    decoder: Any = json.JSONDecoder(strict=False)
    decoder.parse_string = _string
    decoder.scan_once = scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]
    return decoder  # type: ignore[no-any-return]


def _string(source: str, start: int, strict: bool) -> tuple[Located, int]:
    value, end = scanstring(source, start, strict)
    return Located.at(value, start, end - 1, _pieces), end


def _pieces(source: str, start: int, end: int, value: str) -> Iterator[Piece]:
    """The characters between two quotation marks, escapes one by one."""
    at = start
    for escape in _ESCAPE.finditer(source, start, end):
        yield source[at : escape.start()], at, escape.start()
        yield json.loads(f'"{escape[0]}"'), escape.start(), escape.end()
        at = escape.end()
    yield source[at:end], at, end
