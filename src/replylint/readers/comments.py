"""Requests to ignore, written in the comments of a format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from replylint.errors import InputError
from replylint.readers.base import line_of
from replylint.reply import Ignore

_REQUEST = r"replylint:\s*ignore(?P<file>-file)?\s*(?:\[(?P<rules>[^\]\n]*)\])?\s*(?P<rest>[^\n]*?)"
HTML_COMMENT = re.compile(rf"<!--\s*{_REQUEST}\s*-->")
TEXT_COMMENT = re.compile(rf"^[ \t]*#[ \t]*{_REQUEST}[ \t]*(?:\r?\n|\r|$)", re.MULTILINE)


def ignores(text: str, comments: re.Pattern[str], path: str) -> Iterator[tuple[tuple[int, int], Ignore | InputError]]:
    """The range of each comment that is a request, with the request, or what is wrong with it."""
    for match in comments.finditer(text):
        yield match.span(), _request(match, text, path)


def _request(match: re.Match[str], text: str, path: str) -> Ignore | InputError:
    line = line_of(text, match.start())
    named = tuple(name.strip() for name in (match["rules"] or "").split(",") if name.strip())
    reason = re.sub(r"^(?:--|—|–)\s*", "", match["rest"].strip()) if match["rest"].strip()[:1] in "-—–" else ""
    if not reason:
        return InputError("an ignore needs its reason: replylint: ignore[rule] -- reason", path, line)
    return Ignore(named, reason, _covered(match, text, line), match["file"] is not None)


def _covered(match: re.Match[str], text: str, line: int) -> int:
    """The line that a request speaks of: its own when text stands before it there, else the next that holds text."""
    before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    if before.strip():
        return line
    rest = text[match.end() :]
    if "\n" not in match.group():
        after = rest.partition("\n")[0]
        if after.strip():
            return line
    blank = len(rest) - len(rest.lstrip())
    return line_of(text, match.end() + blank)


def from_list(entries: list[str], path: str, line: int) -> Iterator[Ignore | InputError]:
    """Requests for the whole file from a front matter, each written “rule -- reason”."""
    for entry in entries:
        rules, _, reason = entry.partition("--")
        named = tuple(name.strip() for name in rules.split(",") if name.strip())
        if not reason.strip() or not named:
            yield InputError(f"the ignore “{entry}” needs its reason: rule -- reason", path, line)
        else:
            yield Ignore(named, reason.strip(), line, True)
