"""Rows of points kept as rendered in the process, by everything they say; what each request puts in are holes.

The holes are the form token, which is the reader's, and the chip of tomorrow, whose countdown changes every minute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple

from flask import Flask, current_app
from markupsafe import escape

from .rendered import Rendered

# A row has some two kilobytes: at most 4 MB a process.
MOST = 2000
KEPT = "portal.point_rows"
# Words that nobody else can have written into a text.
_TOKEN, _CHIP = token_hex(16), token_hex(16)
_HOLES = re.compile(f"({_TOKEN}|{_CHIP})")


class Shown(NamedTuple):
    """A row: what its markup is made of, and the words of its chip."""

    made_of: Hashable
    chip: str


def render_rows(template: str, rows: Iterable[Shown]) -> list[Rendered]:
    """Render each row by a template that gets ``row`` and, in the places of the holes, ``chip`` and ``token``.

    Equal rows are rendered once for all readers: the template may use nothing but what it gets, and the addresses of
    the portal.
    """
    render: Callable[[str, Hashable], Sequence[str]] = current_app.extensions[KEPT]
    make_token: Callable[[], str] = current_app.jinja_env.globals["csrf_token"]  # type: ignore[assignment]
    token = make_token()
    made = []
    for row in rows:
        filling = {_TOKEN: token, _CHIP: str(escape(row.chip))}
        made.append(Rendered("".join([filling.get(part, part) for part in render(template, row.made_of)])))
    return made


def _render(template: str, row: Hashable) -> tuple[str, ...]:
    return tuple(_HOLES.split(Rendered.of_template(template, row=row, chip=_CHIP, token=_TOKEN).markup))


def init_app(app: Flask) -> None:
    """Keep the rows of this application."""
    app.extensions[KEPT] = lru_cache(MOST)(_render)
