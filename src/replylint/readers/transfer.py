"""From the body of a mail's part, as it is encoded in the file, to characters that know their place in the file."""

from __future__ import annotations

import binascii
import codecs
import contextlib
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from replylint.readers.faults import DraftError
from replylint.readers.mime import Part
from replylint.text import Text


@dataclass(slots=True)
class Octets:
    """Bytes, each with the range of the source that it stands for."""

    data: bytearray = field(default_factory=bytearray)
    starts: array[int] = field(default_factory=lambda: array("i"))
    ends: array[int] = field(default_factory=lambda: array("i"))

    def add(self, data: bytes, start: int, end: int) -> None:
        """Bytes that stand for one range together, or, when there are as many of them, for one character each."""
        self.data += data
        each = len(data) == end - start
        self.starts.extend(range(start, end) if each else [start] * len(data))
        self.ends.extend(range(start + 1, end + 1) if each else [end] * len(data))


_QUOTED = re.compile(
    r"=(?P<hex>[0-9A-Fa-f]{2})|(?P<soft>=[ \t]*(?:\r?\n|\Z))|(?P<blank>[ \t]+(?=\r?\n|\Z))|(?P<as_is>[^=\t ]+|[\t ]+|=)"
)
_GROUP = re.compile(r"[A-Za-z0-9+/]")
_RUN = re.compile(r"([^=]+)(?:=(?:\s*=)?)?")

# Mail programs write these names and mean the larger set.
_LARGER = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8", "utf8": "utf-8", "unicode-1-1-utf-7": "utf-7",
}  # fmt: skip
_NO_CHARSETS = frozenset({"undefined", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "mbcs", "oem"})
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
"""The marks of byte order; that of UTF-32-LE begins as that of UTF-16-LE does."""
_SHIFTING = re.compile(r"utf[-_]?(7|16|32)|iso[-_]?2022|hz")


def characters_of(source: str, part: Part, in_utf8: bool) -> Text:
    """The text of a part; raises DraftError when its encoding or its characters cannot be made out.

    in_utf8: whether the bytes of the file are UTF-8, so that a character of the source may be several of them.
    """
    charset = (part.charset or "utf-8").strip().lower()
    if part.encoding not in _DECODERS:
        named = part.encoding[:40]
        raise DraftError(
            f"the mail has the transfer encoding “{named}”, which is not known; export it again", part.start
        )
    whole = Text(source).cut(part.start, part.end)
    plain = part.encoding in _AS_IT_IS and (in_utf8 or whole.value.isascii())
    if plain and not _SHIFTING.match(charset):
        _known(charset, part)
        return whole
    octets = _DECODERS[part.encoding](source, part, "utf-8" if in_utf8 else "latin-1")
    return _characters(octets, charset, part)


def _as_it_is(source: str, part: Part, encoding: str) -> Octets:
    octets = Octets()
    _add(octets, source[part.start : part.end], part.start, encoding)
    return octets


def _quoted_printable(source: str, part: Part, encoding: str) -> Octets:
    octets = Octets()
    for found in _QUOTED.finditer(source, part.start, part.end):
        if found["hex"]:
            octets.add(bytes.fromhex(found["hex"]), *found.span())
        elif found["as_is"]:
            _add(octets, found[0], found.start(), encoding)
    return octets


def _add(octets: Octets, value: str, start: int, encoding: str) -> None:
    """Characters that stand for themselves, whatever they are in the file's encoding."""
    if encoding == "latin-1" or value.isascii():
        octets.add(value.encode(encoding), start, start + len(value))
        return
    for at, character in enumerate(value, start):
        octets.add(character.encode(encoding), at, at + 1)


def _base64(source: str, part: Part, encoding: str) -> Octets:
    """Every byte stands for its group of four characters; whatever is no base64 between them is passed over."""
    octets = Octets()
    for run in _RUN.finditer(source, part.start, part.end):
        places = [found.start() for found in _GROUP.finditer(source, *run.span(1))]
        if len(places) % 4 == 1:
            raise DraftError("the mail's base64 is broken; export it again", places[-1])
        data = binascii.a2b_base64("".join(source[at] for at in places) + "=" * (-len(places) % 4))
        octets.data += data
        octets.starts.extend(places[at // 3 * 4] for at in range(len(data)))
        ends = [*(place + 1 for place in places[3::4]), run.end()]
        octets.ends.extend(ends[at // 3] for at in range(len(data)))
    return octets


_AS_IT_IS = frozenset({"7bit", "8bit", "binary", ""})
_DECODERS: dict[str, Callable[[str, Part, str], Octets]] = {
    **dict.fromkeys(_AS_IT_IS, _as_it_is),
    "quoted-printable": _quoted_printable,
    "base64": _base64,
}


def _known(charset: str, part: Part) -> str:
    """The name under which Python knows a charset; raises DraftError when it does not."""
    try:
        name = codecs.lookup(_LARGER.get(charset, charset)).name
        "".encode(name)  # Codecs that make no text of bytes are known as well.
    except (LookupError, ValueError):
        name = "undefined"
    if name.replace("-", "_") in _NO_CHARSETS:
        raise DraftError(f"the mail has the charset “{charset[:40]}”, which is not known; export it again", part.start)
    return name


def _characters(octets: Octets, charset: str, part: Part) -> Text:
    """The bytes as characters; raises DraftError when they are none in the charset that is stated."""
    data = bytes(octets.data)
    try:
        value, ranges = _decoded(data, _known(charset, part))
    except UnicodeError as error:
        stated = f"not {charset[:40]}, as it states" if part.charset else "not UTF-8, and states no charset"
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        place = octets.starts[min(at, len(octets.starts) - 1)]
        raise DraftError(f"the mail's text is {stated}; export it again", place) from error
    if ranges is None:
        return Text(value, octets.starts, octets.ends)
    starts = array("i", (octets.starts[first] for first, _ in ranges))
    return Text(value, starts, array("i", (octets.ends[last - 1] for _, last in ranges)))


def _decoded(data: bytes, name: str) -> tuple[str, list[tuple[int, int]] | None]:
    """Characters, and the range of bytes of each, None when each is one byte."""
    # Mail that calls itself Latin-1 is often UTF-8, and hardly any Latin-1 happens to be UTF-8.
    for candidate in ("utf-8", "cp1252", "latin-1") if name == "cp1252" else ():
        with contextlib.suppress(UnicodeDecodeError):
            data.decode(candidate)
            name = candidate
            break
    if name in ("utf-16", "utf-32") and not data.startswith(_MARKS):
        name += "-le"
    value = data.decode(name)
    if len(value) == len(data) and not _SHIFTING.match(name):
        return value, None
    return _one_by_one(data, name)


def _one_by_one(data: bytes, name: str) -> tuple[str, list[tuple[int, int]]]:
    """Decodes byte by byte, so that each character shows where it ends."""
    decoder = codecs.getincrementaldecoder(name)()
    values: list[str] = []
    ranges: list[tuple[int, int]] = []
    begin = 0
    for end in range(1, len(data) + 1):
        value = decoder.decode(data[end - 1 : end], final=end == len(data))
        if value:
            values.append(value)
            ranges.extend([(begin, end)] * len(value))
            begin = end
    return "".join(values), ranges
