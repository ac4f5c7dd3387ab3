"""Rules of the house: what may not stand in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from replylint.rulebook import builtin_folder
from tests.books import ROOT

FILES = sorted((ROOT / "src").rglob("*.py"))
RULES = {path.parent.name for path in builtin_folder().rglob("rule.yaml")}
ELEMENTS = {path.name for path in (builtin_folder() / "elements").iterdir()}
COMMON = {"apology", "emoji", "placeholder", "name"}
"""Words of the code's own that elements share."""


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The string constants of a module with their lines, docstrings left out."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    doc = {id(node.body[0].value) for node in ast.walk(tree)
           if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in doc:
            yield node.lineno, node.value


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_rule_and_no_element_is_named(path: Path) -> None:
    names = (RULES | {name for name in ELEMENTS if "-" in name}) - COMMON
    assert [(line, text) for line, text in strings(parsed(path)) if text in names] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_absolute_path(path: Path) -> None:
    absolute = re.compile(r"(?:^|[\s\"'])(?:/(?:home|work|usr|root|tmp|etc|var|Users)/|[A-Z]:\\)")
    assert [(line, text) for line, text in strings(parsed(path)) if absolute.search(text)] == []


def undocumented(node: ast.AST, inside: str = "") -> Iterator[str]:
    """Public functions and classes of a module without a docstring."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or child.name.startswith("_"):
            continue
        if not ast.get_docstring(child) and not is_plain(child):
            yield f"{inside}{child.name}:{child.lineno}"
        if isinstance(child, ast.ClassDef):
            yield from undocumented(child, f"{child.name}.")


def is_plain(node: ast.AST) -> bool:
    """Whether a definition says all by itself: a class without methods, or a function of one or two lines."""
    if isinstance(node, ast.ClassDef):
        return not any(isinstance(child, ast.FunctionDef) for child in node.body)
    return isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.body[0].lineno < 8


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_public_functions_are_documented(path: Path) -> None:
    assert list(undocumented(parsed(path))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_modules_are_documented(path: Path) -> None:
    assert ast.get_docstring(parsed(path))
