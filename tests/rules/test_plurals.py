"""Singular and plural are chosen by ``portal/domain/counts.py`` only; no figure that can be one has a fixed plural."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import portal

PORTAL = Path(portal.__file__).parent
HELPER = "domain/counts.py"
# Plurals of what is counted on pages and in mails.
PLURAL = re.compile(
    r" (?:archivos|avisos|cambios|cantidades|cartas|claves|columnas|comprobantes|contratos|correos|cuentas|datos|días"
    r"|empresas|errores|estados|festivos|filas|hechos|horas|intentos|lotes|líneas|mediciones|meses|nominaciones|notas"
    r"|nuevos|personas|puntos|reclamos|resultados|semanas|sesiones|tareas|tokens)\b"
)
# Figures that are never one: constants.
CONSTANT = re.compile(r"(?:\w+\.)*[A-Z_]+|few\(.*\)")


def test_no_module_writes_a_plural_by_hand() -> None:
    found = {
        path.relative_to(PORTAL).as_posix(): by_hand(path.read_text(encoding="utf-8"))
        for path in sorted(PORTAL.rglob("*.py"))
    }
    assert {name: lines for name, lines in found.items() if lines and name != HELPER} == {}


def test_no_template_writes_a_plural_by_hand() -> None:
    found = {
        path.relative_to(PORTAL).as_posix(): by_hand_in_template(path.read_text(encoding="utf-8"))
        for path in sorted((PORTAL / "templates").rglob("*.html"))
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "days = 'día' if n == 1 else 'días'",
        "said = f'faltan {n}' if n > 1 else 'falta 1'",
        'verb = f\'queda{"n" if n != 1 else ""}\'',
        "one = n == 1\nsaid = 'este día' if one else 'estos días'",
        "noun = ('día', 'días')[n > 1]",
        "said = f'Y {n} errores más.'",
    ],
)
def test_a_plural_by_hand_in_a_module_is_found(line: str) -> None:
    assert by_hand(line)


@pytest.mark.parametrize(
    "line",
    [
        "version = '' if n == 1 else f', versión {n}'",
        "what = points[0].name if n == 1 else counted(n, 'punto', 'puntos')",
        "said = f'los últimos {FORECAST_DAYS} días'",
    ],
)
def test_what_is_no_plural_by_hand_is_left_alone(line: str) -> None:
    assert by_hand(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "{{ n }} {{ 'día' if n == 1 else 'días' }}",
        "Puede{{ 'n' if found|length > 1 }}",
        "{{ button('Publicar ' ~ n ~ (' cantidad' if n == 1 else ' cantidades')) }}",
        "{% if n == 1 %}Falta uno{% else %}Faltan {{ n }}{% endif %}",
        "Y {{ more }} errores más",
        "{{ button('Cerrar los ' ~ n ~ ' puntos') }}",
    ],
)
def test_a_plural_by_hand_in_a_template_is_found(line: str) -> None:
    assert by_hand_in_template(line)


@pytest.mark.parametrize(
    "line",
    [
        "{% if page > 1 %}<a rel='prev' href='#'>← Anteriores</a>{% endif %}",
        "{{ n|counted('día', 'días') }}",
        "los últimos {{ terms.mean }} días",
    ],
)
def test_what_is_no_plural_in_a_template_is_left_alone(line: str) -> None:
    assert by_hand_in_template(line) == []


def by_hand(source: str) -> list[str]:
    """Return every plural that a module writes by hand, each with its line."""
    tree = ast.parse(source)
    flags = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _asks_for_one(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [f"{node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if _is_by_hand(node, flags)]


def _is_by_hand(node: ast.AST, flags: set[str]) -> bool:
    if isinstance(node, ast.IfExp):
        asked = isinstance(node.test, ast.Name) and node.test.id in flags
        return (asked or _asks_for_one(node.test)) and _are_forms(_words(node.body), _words(node.orelse))
    if isinstance(node, ast.Subscript):
        return _asks_for_one(node.slice)
    if isinstance(node, ast.JoinedStr):
        return any(
            isinstance(after, ast.Constant) and PLURAL.match(str(after.value)) and not CONSTANT.fullmatch(figure)
            for value, after in pairwise(node.values)
            if isinstance(value, ast.FormattedValue) and (figure := ast.unparse(value.value))
        )
    return False


def _asks_for_one(node: ast.expr) -> bool:
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Gt):
        return False
    return isinstance(node.comparators[0], ast.Constant) and repr(node.comparators[0].value) == "1"


def _words(node: ast.expr) -> str | None:
    """Return the words of a written text; None of anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    words = "".join([str(part.value) for part in node.values if isinstance(part, ast.Constant)])
    return words if re.search(r"\w", words) else None


def _are_forms(one: str | None, many: str | None) -> bool:
    """Tell whether two texts are forms of one: both written, or an ending and nothing."""
    if one is None or many is None:
        return False
    return bool(one and many) or " " not in one + many


def by_hand_in_template(source: str) -> list[str]:
    """Return every plural that a template writes by hand, each with its line."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(source)
    return [f"{node.lineno}: {_shown(node)}" for node in [*_choices(tree), *_fixed(tree)]]


def _choices(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Give every choice between written words by a count of one."""
    for choice in tree.find_all(nodes.CondExpr):
        if _is_about_one(choice.test) and (isinstance(choice.expr1, nodes.Concat) or _is_text(choice.expr1)):
            yield choice
    for branch in tree.find_all(nodes.If):
        if _is_about_one(branch.test) and branch.else_:
            yield branch


def _fixed(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Give every figure before a fixed plural."""
    for output in tree.find_all((nodes.Output, nodes.Concat)):
        for value, after in pairwise(output.nodes):
            words = after.data if isinstance(after, nodes.TemplateData) else after.value if _is_text(after) else ""
            if PLURAL.match(words) and _is_a_count(value):
                yield output


def _is_about_one(node: nodes.Expr) -> bool:
    if not isinstance(node, nodes.Compare) or node.ops[0].op not in ("eq", "ne", "gt"):
        return False
    return isinstance(node.ops[0].expr, nodes.Const) and node.ops[0].expr.value == 1


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, str)


def _is_a_count(node: nodes.Node) -> bool:
    """Tell whether what is printed can be one: no text, and no rule of the house (``terms.…``)."""
    if isinstance(node, nodes.Getattr):
        return not (isinstance(node.node, nodes.Name) and node.node.name == "terms")
    if isinstance(node, nodes.Filter):
        return node.name == "length"
    return isinstance(node, nodes.Name | nodes.Sub | nodes.Add | nodes.Neg)


def _shown(node: nodes.Node) -> str:
    texts = [str(each.value) for each in node.find_all(nodes.Const)]
    return "|".join(texts or [each.data for each in node.find_all(nodes.TemplateData)])
