"""For people at a terminal: the words in their line, underlined, with the reason and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Finding, Report, Severity
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.display import visible, width
from replylint.reporters.excerpt import Row, rows
from replylint.reporters.place import file_of, is_field, name_of, one_line, title_of
from replylint.reporters.totals import sentence, unjudged

_BOLD, _DIM = "1", "2"
_COLORS: dict[Severity, str] = {"error": "1;31", "warning": "1;33", "suggestion": "1;36"}
_LEAST_WIDTH = 40


class HumanReporter:
    """Writes each finding as a block of its own; a reply without findings is only counted."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out
        self._color = options.color
        self._width = max(options.width, _LEAST_WIDTH)

    def reply(self, reply: Reply, report: Report) -> None:
        """A head line for one reply of several, then its findings."""
        named = title_of(reply) or (name_of(reply) if is_field(reply) else "")
        if report.findings and named:
            self._out.write(self._paint(_safe(f"{file_of(reply)}: {named}"), _BOLD) + "\n")
        for finding in report.findings:
            self._out.write("".join(f"{line}\n" for line in self._block(reply, finding)) + "\n")

    def fault(self, error: ReplylintError) -> None:
        """One line, with the place first."""
        place = error.path or ""
        place += f":{error.line}" if error.line else ""
        head = self._paint(f"{_safe(place)}:", _BOLD) + " " if place else ""
        self._out.write(f"{head}{self._paint('unreadable:', _COLORS['error'])} {_safe(error.message)}\n\n")

    def close(self, summary: Summary) -> None:
        """The totals, and which rules could not be judged."""
        for line in filter(None, (sentence(summary), unjudged(summary))):
            self._out.write(_safe(line) + "\n")

    def _block(self, reply: Reply, finding: Finding) -> Iterator[str]:
        place = self._paint(_safe(f"{name_of(reply)}:{finding.line}:{finding.column}:"), _BOLD)
        label = self._paint(_safe(f"{finding.severity}[{finding.rule}]"), _COLORS[finding.severity])
        yield f"{place} {label} {_safe(finding.message)}"
        lines = self._rows(reply, finding)
        margin = " " * (len(str(lines[-1].number)) if lines else 1)
        if lines:
            yield self._paint(f"{margin} |", _DIM)
        for row in lines:
            yield from self._lines(row, margin, _COLORS[finding.severity])
        yield from self._note(margin, "instead: ", finding.advice)
        yield from self._note(margin, "from: ", finding.source)

    def _rows(self, reply: Reply, finding: Finding) -> list[Row]:
        if finding.start is None or finding.end is None:
            return []
        gutter = len(f"{finding.line + finding.excerpt.count(chr(10))} | ")
        return rows(reply.source, finding.start, finding.end, finding.line, self._width - gutter)

    def _lines(self, row: Row, margin: str, color: str) -> Iterator[str]:
        """A source line, and the line that underlines it."""
        if row.skipped:
            yield self._paint(f"{margin} : {row.skipped} more {'line' if row.skipped == 1 else 'lines'}", _DIM)
        yield self._paint(f"{row.number:>{len(margin)}} |", _DIM) + (f" {row.text}" if row.text else "")
        if row.mark:
            yield self._paint(f"{margin} |", _DIM) + " " * (row.before + 1) + self._paint("^" * row.mark, color)

    def _note(self, margin: str, label: str, text: str) -> Iterator[str]:
        """`text` under a label, folded at the width."""
        lead = f"{margin} = {label}"
        for line in _folded(_safe(text), self._width - len(lead)):
            yield lead + line
            lead = " " * len(lead)

    def _paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._color else text


def _safe(text: str) -> str:
    """Text from outside, on one line and without anything that a terminal obeys."""
    return visible(one_line(text))


def _folded(text: str, room: int) -> Iterator[str]:
    """Lines of whole words, of at most `room` cells unless a single word is longer."""
    line = ""
    for word in text.split():
        if line and width(line) + 1 + width(word) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}".lstrip()
    if line:
        yield line
