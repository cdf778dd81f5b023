"""Markup rendered from its context alone: without request and reader, so that it may be kept and shown to others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app


@dataclass(frozen=True, slots=True)
class Rendered:
    """Markup of our own template, which other templates print as it is."""

    markup: str

    @classmethod
    def of(cls, markup: str) -> Rendered:
        """Return markup with the few signs beyond Latin-1 (− – ←) as references.

        They read the same, and Python then stores one byte a letter instead of two.
        """
        return cls(markup.encode("latin-1", "xmlcharrefreplace").decode("latin-1"))

    @classmethod
    def of_template(cls, name: str, **context: Any) -> Rendered:
        """Render a template from its context alone: without request and reader."""
        return cls.of(str(current_app.jinja_env.get_template(name).make_module(context)))

    def __html__(self) -> str:
        return self.markup
