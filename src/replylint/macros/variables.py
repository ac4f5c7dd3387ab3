"""Variables and conditions in a macro: what its helpdesk fills in, and every text that can come of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from replylint.macros.helpdesks import Fields, Syntax
from replylint.readers.origins import Edit, edited
from replylint.reply import Variable
from replylint.slots import Kind, mark
from replylint.text import Text

_LONGEST = 400
"""The longest variable or tag, in characters."""
_MOST_TEXTS = 16
"""The most texts that are made of one macro; arms of conditions beyond that are left out."""
_FIELD = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\[[^\[\]]*\]\.?)[\w$]*)*")
_CALL = re.compile(r"\s*[a-z]\w*\(")
_TAG_NAME = re.compile(r"-?\s*([A-Za-z_][\w.]*)")
_WORD = re.compile(r"\w+")
_BLANK = re.compile(r"\[[^\W\d_][^\[\]\n]{2,80}\](?![(\[:])")
"""A gap that the agent fills in; what stands in square brackets before a round one is a link."""
_SINGLE = re.compile(r"(?<!\{)\{\s*([\w.]{3,60})\s*\}(?!\})")
_SPACE = re.compile(r"[\s-]*")
_LITERAL = re.compile(r"""\s*-?(?:["']|\d)""")


class Part(NamedTuple):
    """A variable, a tag, a blank for the agent, or what is none for its faulty marks: its range in the text, and what
    stands between its marks. meant: who writes variables like it."""

    start: int
    end: int
    inner: str
    kind: Literal["variable", "tag", "blank", "foreign", "unbalanced"]
    meant: str = ""


@dataclass
class _Branch:
    """A condition: where it begins, and the nodes of its arms."""

    start: int
    closes: str
    head: list[Edit] = field(default_factory=list)
    arms: list[list[_Node]] = field(default_factory=list)
    bounds: list[tuple[int, int]] = field(default_factory=list)
    cases: bool = False
    """Whether what stands before its first arm is never shown."""


_Node = Edit | _Branch


@dataclass(frozen=True)
class Reader:
    """Reads the variables of one helpdesk.

    syntaxes: its own, by name. others: those of other helpdesks, which it would not fill in; none where the helpdesk
    is not known.
    """

    syntaxes: Mapping[str, Syntax]
    fields: Fields
    others: Mapping[str, Syntax] = field(default_factory=dict)

    def texts(self, text: Text) -> tuple[list[Text], list[Variable]]:
        """The texts that can come of a macro, the first with the first arms, and its variables in order.

        In the texts each variable is the character of its kind; tags are gone.
        """
        parts = sorted(self._parts(text.value))
        own = frozenset(self._own_names(parts))
        variables: list[Variable] = []
        top = _Tree()
        for part in parts:
            if part.kind == "tag":
                variables += self._tag(part, top, text)
            elif part.kind == "blank":
                top.add((part.start, part.end, mark("other")))
            elif part.kind != "variable":
                name = _field_of(part.inner)
                top.add((part.start, part.end, mark(self.fields.kind(name) or "other")))
                variables.append(Variable(*text.span(part.start, part.end), name, part.kind, part.meant))
            else:
                kind, variable = self._variable(part, text)
                top.add((part.start, part.end, mark(kind)))
                variables.append(variable)
        variables += [self._unbalanced(start, end, text) for start, end in top.unclosed()]
        count = min(_MOST_TEXTS, _width(top.nodes))
        texts = [edited(text, _chosen(top.nodes, number)) for number in range(count)]
        # What the macro itself gives a value is known, whatever the helpdesk fills in.
        known = [Variable(v.start, v.end, v.name) if v.name.partition(".")[0] in own else v for v in variables]
        return texts, sorted(known, key=lambda variable: variable.start)

    def _own_names(self, parts: Iterable[Part]) -> Iterator[str]:
        """The variables that the macro's tags give a value."""
        tags = {tag for syntax in self.syntaxes.values() for tag in syntax.names}
        for part in parts:
            words = _WORD.findall(part.inner) if part.kind == "tag" else ()
            if len(words) > 1 and words[0] in tags:
                yield words[1]

    @cached_property
    def _own(self) -> Scanner:
        return Scanner(self.syntaxes.values())

    @cached_property
    def _foreign(self) -> list[tuple[Syntax, Scanner]]:
        return [(syntax, Scanner((syntax,))) for syntax in self.others.values()]

    def _variable(self, part: Part, text: Text) -> tuple[Kind, Variable]:
        start, end = text.span(part.start, part.end)
        name = _field_of(part.inner)
        kind = self.fields.kind(name) if name else None
        if kind or not self.fields.closed or not name:
            return kind or "other", Variable(start, end, name)
        meant = self.fields.nearest(name)
        return self.fields.kind(meant) or "other", Variable(start, end, name, "misspelt" if meant else "unknown", meant)

    def _tag(self, part: Part, tree: _Tree, text: Text) -> Iterator[Variable]:
        """Opens, parts or closes a condition; a tag that no syntax knows is a fault."""
        found = _TAG_NAME.match(part.inner)
        name = found[1] if found else ""
        syntax = next((s for s in self.syntaxes.values() if s.tags), None)
        assert syntax is not None
        if name in syntax.branches:
            tree.open(part, syntax.branches[name], cases=name == "case")
        elif name in syntax.dropped:
            tree.open(part, syntax.dropped[name], dropped=True)
        elif name in syntax.arms:
            tree.arm(part)
        elif name in (*syntax.branches.values(), *syntax.dropped.values()):
            if not tree.close(part, name):
                yield self._unbalanced(part.start, part.end, text)
        elif name in syntax.plain:
            tree.add((part.start, part.end, ""))
        elif self.fields.closed:
            tree.add((part.start, part.end, mark("other")))
            other = self._writer(text.value[part.start : part.end])
            yield Variable(*text.span(part.start, part.end), name, "foreign" if other else "unknown", other)
        else:
            kind, variable = self._variable(part, text)
            tree.add((part.start, part.end, mark(kind)))
            yield variable

    def _writer(self, written: str) -> str:
        """What else writes a variable in this way, or nothing."""
        whole = (0, len(written))
        return next((s.about for s, find in self._foreign if any(p[:2] == whole for p in find(written))), "")

    def _unbalanced(self, start: int, end: int, text: Text) -> Variable:
        return Variable(*text.span(start, end), "", "unbalanced")

    def _parts(self, value: str) -> Iterator[Part]:
        """All that is a variable or was meant as one, no two of them overlapping, not in order."""
        found = list(self._own(value))
        rest = _blanked(value, found)
        yield from found
        for syntax, find in self._foreign:
            theirs = [part for part in find(rest) if part.kind == "variable" and _field_of(part.inner)]
            yield from (part._replace(kind="foreign", meant=syntax.about) for part in theirs)
            rest = _blanked(rest, theirs)
        kinds: tuple[tuple[re.Pattern[str], Literal["unbalanced", "blank"]], ...]
        kinds = (self._own.halves, "unbalanced"), (_SINGLE, "unbalanced"), (_BLANK, "blank")
        for pattern, kind in kinds:
            more = [Part(*hit.span(), hit[0].strip("{}%[] "), kind) for hit in pattern.finditer(rest)]
            if pattern is _SINGLE:
                more = [part for part in more if self.fields.closed and self.fields.kind(part.inner)]
            yield from more
            rest = _blanked(rest, more)


class _Tree:
    """The nodes of a text, being built; conditions may stand in each other."""

    def __init__(self) -> None:
        self.nodes: list[_Node] = []
        self._open: list[_Branch] = []
        self._dropping: tuple[Part, str] | None = None

    def add(self, edit: Edit) -> None:
        """A range that is replaced wherever it is shown."""
        if self._dropping is None:
            self._here().append(edit)

    def _here(self) -> list[_Node]:
        return self._open[-1].arms[-1] if self._open else self.nodes

    def open(self, part: Part, closes: str, *, cases: bool = False, dropped: bool = False) -> None:
        """A tag that opens a condition, or, with `dropped`, what is never shown."""
        if self._dropping is not None:
            return
        if dropped:
            self._dropping = part, closes
            return
        self._open.append(_Branch(part.start, closes, [(part.start, part.end, "")], [[]], [(part.end, 0)], cases))

    def arm(self, part: Part) -> None:
        """A tag between two arms; one that stands in no condition is only taken out."""
        if self._dropping is not None:
            return
        if not self._open:
            self.nodes.append((part.start, part.end, ""))
            return
        branch = self._open[-1]
        branch.bounds[-1] = branch.bounds[-1][0], part.start
        branch.head.append((part.start, part.end, ""))
        branch.arms.append([])
        branch.bounds.append((part.end, 0))

    def close(self, part: Part, name: str) -> bool:
        """A tag that closes; whether there was something to close."""
        if self._dropping is not None:
            opened, closes = self._dropping
            if closes == name:
                self._dropping = None
                self._here().append((opened.start, part.end, ""))
            return True
        if not self._open or self._open[-1].closes != name:
            self._here().append((part.start, part.end, ""))
            return False
        branch = self._open.pop()
        branch.bounds[-1] = branch.bounds[-1][0], part.start
        branch.head.append((part.start, part.end, ""))
        if branch.cases and len(branch.arms) > 1:
            before, _ = branch.bounds.pop(0)
            branch.head.append((before, branch.bounds[0][0], ""))
            branch.arms.pop(0)
        self._here().append(branch)
        return True

    def unclosed(self) -> Iterator[tuple[int, int]]:
        """The tags that nothing closes; what stands behind them counts as always shown."""
        while self._open:
            branch = self._open.pop()
            start, end, _ = branch.head[0]
            yield start, end
            self._here().extend(branch.head)
            for arm in branch.arms:
                self._here().extend(arm)
        if self._dropping is not None:
            part, _ = self._dropping
            self.nodes.append((part.start, part.end, ""))
            yield part.start, part.end


def _width(nodes: Iterable[_Node]) -> int:
    """How many texts it takes to show every arm once."""
    return max((sum(map(_width, node.arms)) for node in nodes if isinstance(node, _Branch)), default=1)


def _chosen(nodes: Iterable[_Node], number: int) -> Iterator[Edit]:
    """The edits that make text `number` of the nodes."""
    for node in nodes:
        if not isinstance(node, _Branch):
            yield node
            continue
        yield from node.head
        rest = number % _width((node,))
        for arm, (start, end) in zip(node.arms, node.bounds, strict=True):
            width = _width(arm)
            if 0 <= rest < width:
                yield from _chosen(arm, rest)
            else:
                yield start, end, ""
            rest -= width


class Scanner:
    """Finds the variables and tags of syntaxes in a text, in time linear in its length."""

    def __init__(self, syntaxes: Iterable[Syntax]) -> None:
        marks: list[tuple[tuple[str, str], Literal["variable", "tag"]]] = []
        for syntax in syntaxes:
            marks += [(pair, "variable") for pair in syntax.variables]
            marks += [(syntax.tags, "tag")] if syntax.tags else []
        # Longer marks come before shorter ones that are their beginning.
        self._marks = sorted(set(marks), key=lambda entry: (-len(entry[0][0]), entry))
        written = "|".join(_written(*pair) for pair, _ in self._marks)
        self._pattern = re.compile(written) if written else None
        self.halves = re.compile("|".join(_halves(pair for pair, _ in self._marks)) or r"(?!)")
        """Marks of two characters and more that stand without their counterpart, with the word they stand at."""

    def __call__(self, value: str) -> Iterator[Part]:
        """The variables and tags in order."""
        for found in self._pattern.finditer(value) if self._pattern else ():
            number = found.lastindex or 1
            yield Part(found.start(), found.end(), found[number], self._marks[number - 1][1])


def _halves(marks: Iterable[tuple[str, str]]) -> Iterator[str]:
    for before, behind in marks:
        if len(before) > 1:
            yield rf"{re.escape(before)}\x20?[^\s{{}}<>]{{0,60}}(?:\x20?\}})?"
        if len(behind) > 1 and "}" in behind:
            yield rf"(?:\{{\x20?)?[\w.]{{0,60}}\x20?{re.escape(behind)}"


def _written(before: str, behind: str) -> str:
    """The pattern of a variable; marks of one brace may stand around others, one level deep."""
    if behind == "}":
        return rf"{re.escape(before)}((?:[^{{}}]|\{{[^{{}}]{{0,{_LONGEST}}}\}}){{0,{_LONGEST}}}+)\}}"
    inner = rf"(?:(?!{re.escape(before)})[^\n]){{0,{_LONGEST}}}?"
    return f"{re.escape(before)}({inner}){re.escape(behind)}"


def _field_of(inner: str) -> str:
    """The field that a variable names, without filters and functions around it; nothing for a text or a number."""
    if _LITERAL.match(inner):
        return ""
    at = 0
    while call := _CALL.match(inner, at):
        at = call.end()
    at += at > 0 and inner[at : at + 1] in ("'", '"')
    found = _FIELD.match(inner, _SPACE.match(inner, at).end())  # type: ignore[union-attr]  # It matches anywhere.
    return found[0] if found else ""


def _blanked(value: str, parts: Iterable[Part]) -> str:
    """The text with spaces where the parts stand."""
    pieces, at = [], 0
    for part in parts:
        pieces += [value[at : part.start], " " * (part.end - part.start)]
        at = part.end
    return "".join([*pieces, value[at:]])
