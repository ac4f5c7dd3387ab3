"""CSV whose cells know their place. The standard library parses it; each cell is then found again where it stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from replylint.macros.located import Located, Piece, as_it_stands
from replylint.readers.faults import DraftError

DELIMITERS = ",;\t|"
_QUOTE = '"'
_LONGEST_CELL = 16 * 1024 * 1024
"""The longest cell that is read, in characters; the parser's own limit is far shorter than a long HTML mail."""

Record = dict[str, Located]


def delimiter_of(head: str) -> str:
    """What stands between the columns: the mark that the first line holds most often, a comma if none."""
    line = head.split("\n", 1)[0]
    return max(DELIMITERS, key=line.count)


def records(source: str) -> Iterator[Record | DraftError]:
    """The records of a CSV file by column, and a fault for each that does not fit the header; nothing is raised."""
    mark = delimiter_of(source)
    csv.field_size_limit(_LONGEST_CELL)
    lines = csv.reader(io.StringIO(source, newline=""), delimiter=mark, strict=True)
    header: list[Located] | None = None
    at = 0
    while True:
        try:
            values = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield DraftError(f"the record that begins here cannot be read: {_told(error)}", at)
            return
        cells, at, begin = _located(values, source, at, mark)
        if header is None:
            header = [Located.at(cell.strip(), *cell.origin) for cell in cells]
        elif len(cells) == len(header):
            yield dict(zip(header, cells, strict=True))
        elif cells:
            yield DraftError(_misfit(len(cells), len(header), mark), begin)


def _told(error: csv.Error) -> str:
    if "end of data" in str(error):
        return "a quotation mark in it is not closed"
    if "expected after" in str(error):
        return 'a quotation mark in it ends the cell too early; write "" for a mark inside a cell'
    return str(error)


def _misfit(cells: int, columns: int, mark: str) -> str:
    name = "tab" if mark == "\t" else f"“{mark}”"
    return (
        f"the record has {cells} cells and the header {columns} columns; "
        f'put cells that hold {name} or line breaks between straight quotation marks (")'
    )


def _located(values: list[str], source: str, at: int, mark: str) -> tuple[list[Located], int, int]:
    """The cells of a record with their places, the place behind it, and the place where it begins."""
    while not values and source[at : at + 1] in ("\r", "\n") and at < len(source):
        at += 1
    begin = at
    cells: list[Located] = []
    for value in values:
        if source.startswith(_QUOTE, at):
            length = len(value) + value.count(_QUOTE)
            cells.append(Located.at(value, at + 1, at + 1 + length, _quoted))
            at += length + 2
        else:
            cells.append(Located.at(value, at, at + len(value), as_it_stands))
            at += len(value)
        at += source.startswith(mark, at)
    if source.startswith("\r\n", at):
        return cells, at + 2, begin
    return cells, at + (source[at : at + 1] in ("\r", "\n") and at < len(source)), begin


def _quoted(source: str, start: int, end: int, value: str) -> Iterator[Piece]:
    """The characters between quotation marks, of which doubled ones stand for one."""
    at = start
    while (found := source.find(_QUOTE * 2, at, end)) >= 0:
        yield source[at:found], at, found
        yield _QUOTE, found, found + 2
        at = found + 2
    yield source[at:end], at, end
