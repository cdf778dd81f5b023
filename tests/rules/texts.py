"""Fixed texts that people read, of templates, papers, scripts and modules, each with its place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, nodes

import portal

PORTAL = Path(portal.__file__).parent
# What no person reads on a page, mail or paper: tables' changes, the demonstration's data.
NOT_READ = ("migrations", "demo", "may_2024.py")
# A string of a script that begins like a sentence.
SAID = re.compile(r"[\"`'][A-ZÁÉÍÓÚ¿][^\"`]* ")


class Text(NamedTuple):
    """A piece of fixed text: its line, its words, and whether a condition decides that it stands."""

    line: int
    words: str
    is_conditional: bool


def texts_of_template(source: str) -> Iterator[Text]:
    """Give the fixed texts of a template: what it prints, and the strings it hands to macros."""
    return _template(Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(source), conditional=False)


def _template(node: nodes.Node, *, conditional: bool) -> Iterator[Text]:
    if isinstance(node, nodes.TemplateData):
        yield Text(node.lineno, node.data, conditional)
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield Text(node.lineno, node.value, conditional)
    if isinstance(node, nodes.For):
        for child in (node.iter, *node.body):
            yield from _template(child, conditional=conditional)
        for child in node.else_:
            yield from _template(child, conditional=True)
        return
    inside = conditional or isinstance(node, nodes.If | nodes.CondExpr)
    for child in node.iter_child_nodes():
        yield from _template(child, conditional=inside)


_BRANCHES = (ast.If, ast.IfExp, ast.Match, ast.Dict, ast.Raise, ast.ExceptHandler, ast.BoolOp, ast.ClassDef)


def texts_of_module(source: str) -> Iterator[Text]:
    """Give the texts of a module but for its docstrings. A table's member stands when its key does."""
    tree = ast.parse(source)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return _module(tree, conditional=False, without=docstrings)


def _module(node: ast.AST, *, conditional: bool, without: set[ast.expr]) -> Iterator[Text]:
    if node in without:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield Text(node.lineno, node.value, conditional)
    if isinstance(node, ast.FunctionDef):
        inside = conditional
        for each in node.body:
            yield from _module(each, conditional=inside, without=without)
            # What follows a branch that returned stands only where it did not.
            inside = inside or any(isinstance(found, ast.Return) for found in ast.walk(each))
        return
    inside = conditional or isinstance(node, _BRANCHES)
    for child in ast.iter_child_nodes(node):
        yield from _module(child, conditional=inside, without=without)


def files() -> Iterator[tuple[str, Iterator[Text]]]:
    """Give each file that people read the words of, by its name below ``portal/``."""
    for path in sorted(PORTAL.rglob("*")):
        name = path.relative_to(PORTAL).as_posix()
        if any(part in NOT_READ for part in path.parts):
            continue
        source = path.read_text(encoding="utf-8") if path.suffix in (".html", ".py", ".typ", ".js") else ""
        if path.suffix == ".html":
            yield name, texts_of_template(source)
        elif path.suffix == ".py":
            yield name, texts_of_module(source)
        elif path.suffix == ".js" and "vendor" not in path.parts:
            # A script says what it says when something happened.
            yield (
                name,
                (Text(number, line, True) for number, line in enumerate(source.splitlines(), 1) if SAID.search(line)),
            )
        elif path.suffix == ".typ":
            yield name, (Text(number, line, False) for number, line in enumerate(source.splitlines(), 1))
