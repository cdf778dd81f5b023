"""Output of templates: escaped as ever, without an object for each text (docs/adr/0144).

Jinja makes every printed text a ``Markup``, only to join it: a month's sheet prints fourteen hundred, and that was more
than half of its time.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import _escape_inner  # type: ignore[attr-defined]

from .compiled_templates import CompiledTemplates


def escape_text(value: Any) -> str:
    """Return a value as markup: text escaped, markup as it is."""
    if type(value) is str:
        return _escape_inner(value)
    # Markup, and whatever renders itself.
    if hasattr(value, "__html__"):
        markup: str = value.__html__()
        return markup
    return _escape_inner(str(value))


class _Output(CodeGenerator):
    """Compiler that escapes what is printed by ``escape_text``, and a text, which most of it is, without a call."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if not _is_escaped(frame):
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("(environment.escape_inner(printed) if type(printed := (")
        if finalize.src is not None:
            self.write(finalize.src)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if not _is_escaped(frame):
            super()._output_child_post(node, frame, finalize)
            return
        if finalize.src is not None:
            self.write(")")
        self.write(")) is str else environment.escape_text(printed))")


def _is_escaped(frame: Frame) -> bool:
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile


class PortalEnvironment(Environment):
    """Flask's environment of templates with this output."""

    code_generator_class = _Output
    escape_text = staticmethod(escape_text)
    escape_inner = staticmethod(_escape_inner)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template: those of the environment themselves, where it has none of its own.

        Jinja lays a chain of two dictionaries over them, which every import and include of a page then asks in Python
        for each of its names. Nobody changes the globals of one template.
        """
        return {**self.globals, **d} if d else self.globals


def init_app(app: Flask) -> None:
    """Compile the application's templates so, and keep them compiled; before any of them is asked for."""
    app.jinja_environment = PortalEnvironment
    app.jinja_options = {**app.jinja_options, "bytecode_cache": CompiledTemplates(Path(app.root_path))}
