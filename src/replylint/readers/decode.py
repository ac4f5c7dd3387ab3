"""From the bytes of a file to its characters, or to the reason why there are none."""

from __future__ import annotations

import codecs

from replylint.readers.faults import DraftError

MAX_BYTES = 4 * 1024 * 1024
"""The longest draft that is read, in bytes; a batch may be as long as it likes, each line of it may have this many."""

MAX_EXPORT = 256 * 1024 * 1024
"""The longest export of macros that is read, in bytes."""

_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\x1b"))
_NOT_TEXT = "is not a text file; give the draft as text, Markdown, HTML, mail or JSON lines"
_AS_UTF8 = "save it as UTF-8"


def text_of(data: bytes) -> str:
    """The characters of a file, without a byte order mark; raises DraftError when it is no text, too long or blank."""
    limited(data)
    encoding = utf16_of(data)
    text = _utf16(data, encoding) if encoding else _utf8(data)
    if not text or text.isspace():
        raise DraftError("is empty; write the draft into it")
    return text


def export_text_of(data: bytes) -> str:
    """The characters of an export, as `text_of`, only longer; a byte that is not UTF-8 is a lone surrogate in them, so
    that one broken macro does not hide the others."""
    if len(data) > MAX_EXPORT:
        raise DraftError(f"the file is longer than {MAX_EXPORT // 1024**2} MiB; export it in parts")
    encoding = utf16_of(data)
    if not encoding and is_binary(data):
        raise DraftError("is not a text file; export the macros as JSON, CSV or YAML")
    text = _utf16(data, encoding) if encoding else data.decode("utf-8-sig", "surrogateescape")
    if not text or text.isspace():
        raise DraftError("is empty; export the macros again")
    return text


def limited(data: bytes, what: str = "the file", most: int = MAX_BYTES) -> None:
    """Raises DraftError when there is too much to read."""
    if len(data) > most:
        raise DraftError(f"{what} is longer than {most // 1024**2} MiB; split it")


def utf16_of(data: bytes) -> str | None:
    """The name of the UTF-16 in which `data` is written, as its mark or its NULs give away, or None."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:4096]
    even, odd, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if not half or len(data) % 2 or max(even, odd) * 3 < half or min(even, odd) * 20 > half:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _utf16(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DraftError(f"is UTF-16 and broken at byte {error.start}; {_AS_UTF8}") from error
    if "\0" in text:
        raise DraftError(_NOT_TEXT)
    return text


def _utf8(data: bytes) -> str:
    if is_binary(data):
        raise DraftError(_NOT_TEXT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f"byte {error.start} (0x{data[error.start]:02x})"
        raise DraftError(f"is not UTF-8 at {where}; {_AS_UTF8}", line=line) from error


def is_binary(data: bytes) -> bool:
    """Whether `data` holds a NUL, or more control characters than a text ever does."""
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return b"\0" in data or (controls > 4 and controls * 50 > len(data))
