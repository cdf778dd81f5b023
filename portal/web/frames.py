"""Frames of pages kept with holes: what differs from answer to answer is put in, the rest is rendered once (adr/0144).

Only for a block that is kept itself (``Rendered``), around which everything but name, clock and form token is the same
for every customer. A page that shows more of its reader, a passing message or who follows it, is rendered as any other.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from flask import Flask, Response, current_app, g, render_template, request, session
from markupsafe import escape

from portal.domain.accounts import Role
from portal.domain.distributor import Distributor

from . import followings, form_tokens, gzip_pieces, kept_work, runtime
from .access import signed_in_visitor
from .answers import page, wants
from .compression import may_compress
from .distributor import last_read, refresh
from .gzip_pieces import Frame, Piece

# A frame has about 6 kB, and 2 kB more compressed.
MOST = 600
EXTENSION = "portal.frames"
# Letters of private use, which no text of the portal has.
_HOLE = re.compile("\ue000([a-z]+)\ue001".encode())
# Headers of a kept page beside those of every answer.
_VARY = "HX-Request, Accept-Encoding"


class Block(Protocol):
    """Kept markup."""

    @property
    def piece(self) -> Piece:
        """The markup as it is sent."""


class _Hole:
    """Stand-in for what is put in later: a name, a moment."""

    def __init__(self, name: str) -> None:
        self._mark = f"\ue000{name}\ue001"

    def __html__(self) -> str:
        return self._mark

    def isoformat(self) -> str:
        """Return the mark of a moment."""
        return self._mark


class _AnyCustomer:
    """Stand-in for the reader of a frame: a template that asks for anything but the name fails at once."""

    name = _Hole("name")
    is_staff = False


@dataclass(frozen=True, slots=True)
class _Kept:
    distributor: Distributor
    parts: tuple[Frame, ...]
    holes: tuple[str, ...]


class Frames:
    """Frames used last; safe for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, render: Callable[[], str]) -> _Kept:
        """Return the frame kept under ``key``, rendered now when missing or when the distributor changed."""
        distributor = last_read()
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found.distributor is distributor:
                self._kept.move_to_end(key)
                return found
        parts = _HOLE.split(render().encode())
        made = _Kept(
            distributor,
            tuple(map(gzip_pieces.deflate_short, parts[::2])),
            tuple([name.decode() for name in parts[1::2]]),
        )
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made


def init_app(app: Flask) -> None:
    """Keep the frames of this process."""
    app.extensions[EXTENSION] = Frames()


def kept_page(template: str, fragment: str, *, slot: str, block: Block, made_of: Hashable, **context: Any) -> Response:
    """Answer as ``answers.page`` with a kept block under the name ``slot``, its frame kept too where that is possible.

    ``made_of`` and the address hold everything that the frame shows of ``context``: equal keys mean equal frames.
    """
    refresh()
    shown = fragment if wants(fragment) else template
    if shown == template and _shows_more():
        return page(template, fragment, **(context | {slot: block}))
    frames: Frames = current_app.extensions[EXTENSION]
    frame = frames.get((shown, request.path, made_of), lambda: _render(shown, slot, context))
    pieces: list[Piece | Frame | bytes] = [frame.parts[0]]
    for name, part in zip(frame.holes, frame.parts[1:], strict=True):
        pieces += [block.piece if name == "block" else _FILLED[name](), part]
    return _answer(pieces)


def _shows_more() -> bool:
    """Tell whether the page shows its reader something that no frame has."""
    visitor = signed_in_visitor()
    return (
        visitor is None
        or visitor.role is not Role.CUSTOMER
        or "_flashes" in session
        or kept_work.COOKIE in request.cookies
        or followings.current_followee() is not None
    )


def _render(template: str, slot: str, context: dict[str, Any]) -> str:
    token = g.pop(form_tokens.NAME, None)
    setattr(g, form_tokens.NAME, _Hole("token").isoformat())
    moments = {"now": _Hole("now"), "session_ends": _Hole("ends")}
    try:
        return render_template(template, **{slot: _Hole("block")}, **context, **moments, me=_AnyCustomer())
    finally:
        g.pop(form_tokens.NAME)
        if token is not None:
            setattr(g, form_tokens.NAME, token)


def _name() -> bytes:
    visitor = signed_in_visitor()
    return escape(visitor.name if visitor else "").encode()


def _session_ends() -> bytes:
    visitor, now = signed_in_visitor(), runtime.now()
    return (visitor.signed_in.ends_at(now).isoformat() if visitor else "").encode()


# By the name of the hole: what is put in, as markup. It stands in the answer uncompressed.
_FILLED: dict[str, Callable[[], bytes]] = {
    "name": _name,
    "now": lambda: runtime.now().isoformat().encode(),
    "ends": _session_ends,
    "token": lambda: form_tokens.token_of_answer().encode(),
}


def _answer(pieces: list[Piece | Frame | bytes]) -> Response:
    if may_compress():
        body, headers = gzip_pieces.join(pieces), {"Vary": _VARY, "Content-Encoding": "gzip"}
    else:
        body = b"".join([piece if isinstance(piece, bytes) else piece.plain for piece in pieces])
        headers = {"Vary": _VARY}
    return Response(body, headers=headers, content_type="text/html; charset=utf-8")
