"""Which test proves which promise, read from the sources of the tests.

Reading is stricter than running: a mark that pytest would silently ignore is found, and so is one
on a test that this machine would skip.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Mark:
    """A promise that a test claims to prove; `test` is file and name."""

    test: str
    promise: str


class MisplacedMark(Exception):
    """A mark that binds no test: not at a test function, or with ids that cannot be read."""


def marks_below(folder: Path) -> list[Mark]:
    """The marks of every test below the folder. Raises MisplacedMark."""
    return [
        mark
        for path in sorted(folder.rglob("*.py"))
        for mark in marks_of(path.read_text(), str(path.relative_to(folder)))
    ]


def marks_of(source: str, file: str) -> list[Mark]:
    """The marks of one file, those of single parameters included. Raises MisplacedMark."""
    tree = ast.parse(source)
    marks: list[Mark] = []
    bound: set[ast.AST] = set()
    for function in _tests(tree, file):
        calls = [
            node
            for decorator in function.decorator_list
            for node in ast.walk(decorator)
            if isinstance(node, ast.Call) and _names_the_mark(node.func)
        ]
        for call in calls:
            bound.add(call.func)
            marks += [Mark(f"{file}::{function.name}", _id(arg, file)) for arg in _ids(call, file)]
    for node in ast.walk(tree):
        if _names_the_mark(node) and node not in bound:
            raise MisplacedMark(f"{file}:{node.lineno}: a promise is bound to a test function only")
    return marks


def _tests(tree: ast.Module, file: str) -> Iterator[_Function]:
    if Path(file).name.startswith("test_"):
        for node in tree.body:
            if isinstance(node, _Function) and node.name.startswith("test_"):
                yield node


def _names_the_mark(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "promise"
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    )


def _ids(call: ast.Call, file: str) -> list[ast.expr]:
    if not call.args or call.keywords:
        raise MisplacedMark(f"{file}:{call.lineno}: name at least one promise, by its text")
    return call.args


def _id(argument: ast.expr, file: str) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise MisplacedMark(f"{file}:{argument.lineno}: write the promise as a text")
