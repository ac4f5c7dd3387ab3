"""Plain text: everything is draft, except the lines that speak to us."""

from __future__ import annotations

import re

from replylint.readers.draft import Draft
from replylint.readers.ignores import Directive, directive
from replylint.readers.origins import Edit, edited, is_quoted, lines, with_its_line
from replylint.text import Text

_COMMENT = re.compile(r"(?<!\S)#[ \t]*(replylint[ \t]*:.*)")


def plain(text: Text) -> Draft:
    """The draft in a plain text. ``# replylint: …`` goes, and in a quoted line it is a matter of whoever is quoted."""
    edits: list[Edit] = []
    directives: list[Directive] = []
    for line in lines(text.value) if "replylint" in text.value else ():
        found = None if is_quoted(line[1]) else _COMMENT.search(line[1])
        if found:
            start, end = line.start() + found.start(), line.end(1)
            request = directive(found[1], *text.span(start, end))
            directives += [request] if request else []
            edits.append((*with_its_line(text.value, start, end), ""))
    return Draft(edited(text, edits), tuple(directives))
