"""Reading in one line, for every format's tests."""

from __future__ import annotations

from collections.abc import Iterable

from replylint.errors import InputError
from replylint.readers import Defaults, read
from replylint.reply import Reply

NOTHING = Defaults()


def all_of(data: bytes | str, path: str, defaults: Defaults = NOTHING) -> list[Reply | InputError]:
    """Everything that reading gives."""
    return list(read(data.encode() if isinstance(data, str) else data, path, defaults))


def reply_of(data: bytes | str, path: str, defaults: Defaults = NOTHING) -> Reply:
    """The one reply in an input that has no fault."""
    found = all_of(data, path, defaults)
    assert len(found) == 1
    assert isinstance(found[0], Reply), found[0]
    return found[0]


def fault_of(data: bytes | str, path: str) -> InputError:
    """What is wrong with an input that cannot be read."""
    found = all_of(data, path)
    assert len(found) == 1
    assert isinstance(found[0], InputError)
    return found[0]


def source_of(reply: Reply, words: str) -> str:
    """The characters of the source that words of the text stand for."""
    start = reply.text.value.index(words)
    span = reply.text.span(start, start + len(words))
    return reply.source[span.start : span.end]


def letters(reply: Reply, words: str) -> list[str]:
    """The characters of the source that each character of words in the text stands for."""
    start = reply.text.value.index(words)
    spans = (reply.text.span(at, at + 1) for at in range(start, start + len(words)))
    return [reply.source[span.start : span.end] for span in spans]


def check_origins(items: Iterable[Reply | InputError]) -> None:
    """Every character has a range in the source, none before that of the character in front of it."""
    for item in items:
        if isinstance(item, Reply):
            text = item.text
            starts = text.starts if text.starts is not None else range(len(text.value))
            ends = text.ends if text.ends is not None else range(1, len(text.value) + 1)
            assert len(starts) == len(ends) == len(text.value)
            assert all(0 <= start <= end <= len(item.source) for start, end in zip(starts, ends, strict=True))
            assert list(starts) == sorted(starts)
            assert list(ends) == sorted(ends)
            item.text.value.encode()
