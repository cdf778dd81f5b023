"""Which refusals a step can meet: read off the sources, from a ``try`` of a view down through the services.

Names are looked up in the module that writes them, so a re-export is followed to its function. It takes in too much
rather than too little: whatever a function names it may call, a method of an unknown object is every method of that
name in the services, and a refusal that is named otherwise than in a comparison can be raised.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any, NamedTuple

import click
from werkzeug.local import LocalProxy

import portal
from portal.models.base import Base
from portal.services.store.constraints import MEANINGS, Taken, meaning_of_constraints, unique_of
from portal.services.store.refusals import Refusal

CATCHES = {"Rejected", "Refused"}
# Where a use case and what it needs live; views, words and models refuse nothing.
ROOMS = ("portal.services.", "portal.domain.", "portal.papers.", "portal.web.")
ENTERED = (*ROOMS, "portal.blueprints.", "portal.cli.")
# Names that objects of the library have as well.
COMMON = frozenset(name for kind in (dict, str, list, set, io.StringIO) for name in dir(kind))
# By the name of a function, the refusals that do not leave it.
Never = Mapping[str, frozenset[Refusal]]
NOTHING: Never = MappingProxyType({})


class Met(NamedTuple):
    """A refusal, and the functions on the way to it."""

    refusal: Refusal
    way: tuple[str, ...]


class Step(NamedTuple):
    """One ``except Rejected`` of a view: where it stands, what may arrive, and the tables of its words."""

    name: str
    met: Mapping[Refusal, tuple[str, ...]]
    tables: tuple[Mapping[Refusal, str], ...]


@cache
def modules() -> Mapping[str, ModuleType]:
    """Every module of the portal, by name."""
    names = [
        found.name
        for found in pkgutil.walk_packages(portal.__path__, "portal.")
        if not found.name.endswith("__main__") and "migrations" not in found.name
    ]
    return {name: importlib.import_module(name) for name in names}


@cache
def tree(function: FunctionType) -> ast.AST | None:
    """The parsed source of a function; None where there is none."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return None


@cache
def methods() -> Mapping[str, frozenset[FunctionType]]:
    """Every method and property of a class of the services, the domain and the frame, by name."""
    found: dict[str, set[FunctionType]] = {}
    for name, module in modules().items():
        if name.startswith(ROOMS):
            for value in vars(module).values():
                if isinstance(value, type) and value.__module__ == name:
                    for title, function in of_class(value):
                        # Those of the class itself are found by its name.
                        if not isinstance(vars(value)[title], classmethod | staticmethod):
                            found.setdefault(title, set()).add(function)
    return {title: frozenset(each) for title, each in found.items()}


def methods_named(node: ast.Attribute, names: Mapping[str, Any], own: type | None) -> frozenset[FunctionType]:
    """What a method of an unknown object may be; that of ``self`` is of its class.

    One that is private, or that the library has too, is of a class that the module knows.
    """
    title = node.attr
    if own is not None and getattr(node.value, "id", "") in ("self", "cls"):
        inner = {name: function for kind in reversed(own.__mro__) for name, function in of_class(kind)}
        return frozenset([inner[title]] if title in inner else [])
    found = methods().get(title, frozenset())
    if title not in COMMON and not title.startswith("_"):
        return found
    known = {value for value in names.values() if isinstance(value, type) and value.__module__.startswith(ROOMS)}
    return found & {function for kind in known for name, function in of_class(kind) if name == title}


@cache
def class_refusals() -> Mapping[str, frozenset[Refusal]]:
    """Every refusal that a class holds under a name."""
    found: dict[str, set[Refusal]] = {}
    for name, module in modules().items():
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == name and value is not Refusal:
                for title, refusal in vars(value).items():
                    if isinstance(refusal, Refusal):
                        found.setdefault(title, set()).add(refusal)
    return {title: frozenset(each) for title, each in found.items()}


def of_class(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """The functions that the body of a class writes."""
    for title, value in vars(kind).items():
        inner = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", value)
        if isinstance(inner, FunctionType) and inner.__module__ == kind.__module__ and "<locals>" not in str(inner):
            yield title, inner


def value_of(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What a name or a dotted name stands for; None for anything that only a run knows."""
    if isinstance(node, ast.Name):
        found = names.get(node.id)
        return None if isinstance(found, LocalProxy) else found
    if isinstance(node, ast.Attribute):
        holder = value_of(node.value, names)
        if isinstance(holder, ModuleType | type):
            return getattr(holder, node.attr, None)
    return None


def is_table(value: Any) -> bool:
    """Tell whether a value is a table of words for refusals."""
    return isinstance(value, Mapping) and bool(value) and all(isinstance(key, Refusal) for key in value)


def held(value: Any, depth: int = 0) -> Iterator[Any]:
    """A value, and what a table or tuple of the module's own holds; what is said of a refusal raises none."""
    if is_table(value):
        return
    yield value
    if depth < 3 and isinstance(value, Mapping):
        for key, each in value.items():
            yield from held(key, depth + 1)
            yield from held(each, depth + 1)
    elif depth < 3 and isinstance(value, tuple | list | frozenset | set):
        for each in value:
            yield from held(each, depth + 1)


def local_names(node: ast.AST, names: Mapping[str, Any]) -> Mapping[str, Any]:
    """The names of a function: those of its module and those it imports itself, without those it assigns."""
    own = dict(names)
    for each in ast.walk(node):
        if isinstance(each, ast.ImportFrom) and not each.level and each.module:
            held_by = importlib.import_module(each.module)
            own |= {alias.asname or alias.name: getattr(held_by, alias.name, None) for alias in each.names}
        elif isinstance(each, ast.arg):
            own.pop(each.arg, None)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            own.pop(each.id, None)
    return own


def caught(handler: ast.ExceptHandler) -> set[str]:
    """The names of what a handler takes; all of it without a name."""
    names = ast.walk(handler.type) if handler.type else ()
    return {name.id for name in names if isinstance(name, ast.Name)} or CATCHES


def swallows(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes every refusal and lets none go on."""
    return bool(caught(handler) & CATCHES) and not any(isinstance(each, ast.Raise) for each in ast.walk(handler))


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, without what a refusal cannot leave: a swallowed ``try``, a comparison, an annotation."""
    if isinstance(node, ast.Try) and any(swallows(handler) for handler in node.handlers):
        below: Sequence[ast.AST] = [*node.handlers, *node.orelse, *node.finalbody]
    elif isinstance(node, ast.Compare) and any(
        isinstance(each, ast.Attribute) and getattr(each.value, "id", "") == "Refusal" for each in node.comparators
    ):
        below = [node.left]
    elif isinstance(node, ast.FunctionDef):
        below = node.body
    elif isinstance(node, ast.AnnAssign):
        below = [node.value] if node.value else []
    elif isinstance(node, ast.ExceptHandler):
        below = node.body
    else:
        below = list(ast.iter_child_nodes(node))
    for each in below:
        yield each
        yield from parts(each)


class Reach(NamedTuple):
    """What a piece of source names: refusals, functions, tables that it writes, columns ("table.column") it updates."""

    refusals: frozenset[Refusal]
    functions: frozenset[FunctionType]
    written: frozenset[str]
    guarded: bool


def reach(root: ast.AST, names: Mapping[str, Any], own: type | None = None) -> Reach:
    """Read off one piece of source, of a method of ``own`` perhaps."""
    refusals: set[Refusal] = set()
    functions: set[FunctionType] = set()
    written: set[str] = set()
    guarded = False
    names = local_names(root, names)
    columns = updated_columns(root)
    for node in parts(root):
        if isinstance(node, ast.Call):
            puts = getattr(node.func, "id", "") in ("insert", "update")
            models = [value_of(each, names) for each in (node.func, *(node.args if puts else ()))]
            tables = {each.__tablename__ for each in models if isinstance(each, type) and issubclass(each, Base)}
            only = columns.get(id(node))
            written |= tables if only is None else {f"{table}.{column}" for table in tables for column in only}
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        value = value_of(node, names)
        if value is None:
            if isinstance(node, ast.Attribute):
                functions |= methods_named(node, names, own)
                refusals |= class_refusals().get(node.attr, frozenset())
            continue
        guarded = guarded or value is meaning_of_constraints
        for each in held(value):
            if isinstance(each, Refusal):
                refusals.add(each)
            elif callable(each) and isinstance(inner := inspect.unwrap(getattr(each, "__func__", each)), FunctionType):
                functions.add(inner)
            elif isinstance(each, type) and each.__module__.startswith(ROOMS):
                functions |= {function for title, function in of_class(each) if title in ("__init__", "__post_init__")}
    return Reach(frozenset(refusals), frozenset(functions), frozenset(written), guarded)


def updated_columns(root: ast.AST) -> Mapping[int, set[str]]:
    """The columns that each ``update(…)`` sets by name in its ``values(…)``, by the identity of its node."""
    found: dict[int, set[str]] = {}
    for node in ast.walk(root):
        named = isinstance(node, ast.Call) and not node.args and all(each.arg for each in node.keywords)
        if not named or getattr(node.func, "attr", "") != "values":
            continue
        begins: ast.AST = node
        while isinstance(begins, ast.Call | ast.Attribute):
            if isinstance(begins, ast.Call) and getattr(begins.func, "id", "") == "update":
                found[id(begins)] = {str(each.arg) for each in node.keywords}
                break
            begins = begins.func if isinstance(begins, ast.Call) else begins.value
    return found


@cache
def reach_of(function: FunctionType) -> Reach | None:
    """What a function of the services, the domain or the frame names; None for any other."""
    if not function.__module__.startswith(ENTERED) or function is inspect.unwrap(meaning_of_constraints):
        return None
    found = tree(function)
    kind = function.__globals__.get(function.__qualname__.partition(".")[0])
    return None if found is None else reach(found, function.__globals__, kind if isinstance(kind, type) else None)


_COLUMNS_OF = {
    name: (table.name, columns)
    for table in Base.metadata.sorted_tables
    for name, columns in unique_of(table)
    if name in MEANINGS
}


def met(root: ast.AST, names: Mapping[str, Any], never: Never = NOTHING) -> Mapping[Refusal, tuple[str, ...]]:
    """Every refusal that a piece of source can meet, with a shortest way to it.

    ``never`` says of a function which refusals do not leave it, whatever it calls.
    """
    first = reach(root, names)
    found: dict[Refusal, tuple[str, ...]] = dict.fromkeys(first.refusals, ())
    nothing: frozenset[Refusal] = frozenset()
    waiting = [(each, (), nothing) for each in sorted(first.functions, key=name_of)]
    seen: set[tuple[FunctionType, frozenset[Refusal]]] = set()
    written, guarded = set(first.written), first.guarded
    for function, before, kept_before in waiting:
        here = None if (function, kept_before) in seen else reach_of(function)
        seen.add((function, kept_before))
        if here is None:
            continue
        name = name_of(function)
        way, kept = (*before, name), kept_before | never.get(name, nothing)
        for refusal in here.refusals - kept:
            found.setdefault(refusal, way)
        waiting += [(each, way, kept) for each in sorted(here.functions, key=name_of)]
        written |= here.written
        guarded = guarded or here.guarded
    for name, (table, columns) in _COLUMNS_OF.items() if guarded else ():
        meaning = MEANINGS[name]
        if isinstance(meaning, Taken) and (table in written or columns & written):
            found.setdefault(meaning.refusal, (f"constraint {name}",))
    return found


def name_of(function: FunctionType) -> str:
    """The name of a function here: "module:function", without "portal."."""
    return f"{function.__module__.removeprefix('portal.')}:{function.__qualname__}"


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """The functions that a module writes, unwrapped of their decorators."""
    for value in vars(module).values():
        if isinstance(value, LocalProxy):
            continue
        command = getattr(value, "callback", None) if isinstance(value, click.Command) else value
        inner = inspect.unwrap(command) if callable(command) else None
        if isinstance(inner, FunctionType) and inner.__module__ == module.__name__:
            yield inner
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from (function for _, function in of_class(value))


def tables_in(handler: ast.AST, names: Mapping[str, Any], depth: int = 0) -> list[Mapping[Refusal, str]]:
    """The tables of words that a handler looks into, itself or through a helper that is given the refusal."""
    found: list[Mapping[Refusal, str]] = []
    for node in ast.walk(handler):
        if isinstance(node, ast.Name | ast.Attribute):
            value = value_of(node, names)
            if is_table(value):
                found.append(value)
    if found or depth > 1:
        return found
    for call in (node for node in ast.walk(handler) if isinstance(node, ast.Call)):
        function = value_of(call.func, names)
        if isinstance(function, FunctionType) and function.__module__.startswith(("portal.blueprints", "portal.web.")):
            inner = tree(function)
            if inner is not None and not function.__module__.endswith("answers"):
                found += tables_in(inner, function.__globals__, depth + 1)
    return found


def tries(function: FunctionType) -> Iterator[tuple[ast.Try, ast.ExceptHandler]]:
    """Each ``try`` of a function that takes a refusal."""
    for node in ast.walk(tree(function) or ast.Module([], [])):
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                caught = (
                    {name.id for name in ast.walk(handler.type) if isinstance(name, ast.Name)}
                    if handler.type
                    else set()
                )
                if caught & CATCHES:
                    yield node, handler


def given_before(function: FunctionType, node: ast.Try) -> list[ast.stmt]:
    """What stands behind the names that a ``try`` calls: the act of the pressed button, or what callers hand in."""
    called = {each.func.id for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)}
    given = [
        ast.Expr(each.value)
        for each in ast.walk(tree(function) or node)
        if isinstance(each, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in called for target in each.targets)
    ]
    if called & set(inspect.signature(function).parameters):
        for caller in functions_of(modules()[function.__module__]):
            for each in ast.walk(tree(caller) or node):
                if isinstance(each, ast.Call) and getattr(each.func, "id", "") == function.__name__:
                    given += [ast.Expr(argument) for argument in each.args]
    return given


def tables_given(function: FunctionType, handler: ast.AST) -> Iterator[tuple[str, Mapping[Refusal, str]]]:
    """The tables that a handler takes from a parameter: by the module that makes such an object, that of its field."""
    source = tree(function)
    arguments = [each for each in ast.walk(source or handler) if isinstance(each, ast.arg) and each.annotation]
    kinds = {
        each.arg: value_of(getattr(each.annotation, "value", each.annotation), function.__globals__)
        for each in arguments
    }
    for node in ast.walk(handler):
        kind = (
            kinds.get(node.value.id) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else None
        )
        if isinstance(kind, type):
            for module in modules().values():
                for field in fields_set(module, kind):
                    if field.arg == node.attr and is_table(table := value_of(field.value, vars(module))):
                        yield module.__name__.removeprefix("portal."), table


def fields_set(module: ModuleType, kind: type) -> Iterator[ast.keyword]:
    """The fields by name of each object of a class that a module makes."""
    if kind in vars(module).values():
        for node in ast.walk(source_of(module)):
            if isinstance(node, ast.Call) and value_of(node.func, vars(module)) is kind:
                yield from node.keywords


@cache
def source_of(module: ModuleType) -> ast.AST:
    """The parsed source of a module."""
    return ast.parse(inspect.getsource(module))


def steps(never: Never = NOTHING) -> Iterator[Step]:
    """Each place of the blueprints and the frame that takes a refusal; see ``met`` for ``never``."""
    for name, module in modules().items():
        if not name.startswith(("portal.blueprints.", "portal.web.")):
            continue
        for function in functions_of(module):
            for node, handler in tries(function):
                body = ast.Module(body=[*given_before(function, node), *node.body], type_ignores=[])
                step, arrives = name_of(function), met(body, vars(module), never)
                tables = tuple(tables_in(handler, vars(module)))
                given = [] if tables else list(tables_given(function, handler))
                # A page of several kinds of files is a step of each module that hands its own words in.
                for maker, table in given:
                    yield Step(f"{step}@{maker}:{handler.lineno}", arrives, (table,))
                if not given:
                    yield Step(f"{step}:{handler.lineno}", arrives, tables)
