"""Limits of a request: size, number of fields, host names, and the one proxy in front."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Request, request
from werkzeug import formparser
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter
from werkzeug.sansio.multipart import MultipartDecoder

from portal.config import Settings
from portal.services.files.sheet_tables import UPLOAD

MAX_BYTES = 64 * 1024
MAX_FIELDS = 50
# A text far too long still reaches its form, which says how long it may be.
LONG_TEXT_BYTES = 1024 * 1024
# A monitor, a balancer and a container's health check ask by address, not by the portal's name; nothing there shows it.
FOR_MONITORS = ("/salud", "/salud/listo", "/metrics")
View = TypeVar("View", bound=Callable[..., Any])


def takes_file(view: View) -> View:
    """Declare that a view takes one uploaded file (``UPLOAD``); every other request stays within 64 KiB."""
    view.takes_file = True  # type: ignore[attr-defined]
    return view


def takes_files(most_bytes: int) -> Callable[[View], View]:
    """Declare that a view takes several uploaded files of ``most_bytes`` together, and long texts beside them."""

    def declare(view: View) -> View:
        view.most_file_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return declare


def takes_fields(most: int) -> Callable[[View], View]:
    """Declare that a view takes a form of up to ``most`` fields, one per line of a list; others take fifty."""

    def declare(view: View) -> View:
        view.most_fields = most  # type: ignore[attr-defined]
        return view

    return declare


def limits_itself(view: View) -> View:
    """Declare that a public view limits its requests by its own rule (``access.charge_form``)."""
    view.limits_itself = True  # type: ignore[attr-defined]
    return view


def counts_itself(view: object) -> bool:
    """Tell whether a view was declared with ``limits_itself``."""
    return bool(getattr(view, "limits_itself", False))


def widen(view: object) -> None:
    """Raise the limits of the running request for a file or a long list, if its view takes one."""
    if most := getattr(view, "most_fields", 0):
        cast("BoundedRequest", request).most_fields = request.max_form_parts = most
    if most_bytes := file_bytes(view):
        request.max_content_length = most_bytes + MAX_BYTES
        # A file is read in parts of 64 KiB, and a possible beginning of its end is held over to the next: with the
        # usual limit
        # the second part of a long text would be refused.
        request.max_form_memory_size = LONG_TEXT_BYTES if hasattr(view, "most_file_bytes") else 2 * MAX_BYTES


def file_bytes(view: object) -> int:
    """Return how many bytes of files a view takes; zero for a view that takes none."""
    most: int = getattr(view, "most_file_bytes", 0)
    return most or (UPLOAD.bytes if getattr(view, "takes_file", False) else 0)


def longest_body(app: Flask) -> Callable[[str, str], int]:
    """Return a function that tells, before a request is answered, the longest body it may have, in bytes."""
    addresses = app.url_map.bind("")

    def longest(method: str, path: str) -> int:
        try:
            endpoint, _ = addresses.match(path, method)
        except HTTPException:
            # No view there takes a body.
            return MAX_BYTES
        return file_bytes(app.view_functions[str(endpoint)]) + MAX_BYTES

    return longest


class NamesOfWindows(MultipartDecoder):
    """Decodes the head of a part that is no UTF-8 as Windows-1252, which older programs use for file names.

    Werkzeug would take the whole form for empty.
    """

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        try:
            data.decode()
        except UnicodeDecodeError:
            data = data.decode("cp1252", "replace").encode()
        return super()._parse_headers(data)


class BoundedRequest(Request):
    """Request whose url-encoded forms are limited like multipart ones: Werkzeug limits only the latter.

    A form with a NUL character is refused: nobody types one, and PostgreSQL stores none.
    """

    most_fields = MAX_FIELDS
    _args_seen = False

    @property
    def form(self) -> ImmutableMultiDict[str, str] | MultiDict[str, str]:  # type: ignore[override]
        """Fields of the form; 413 above fifty, or above the view's own limit."""
        fields = super().form
        if sum(map(len, fields.listvalues())) > self.most_fields:
            raise RequestEntityTooLarge
        _refuse_nul(fields)
        return fields

    @property
    def args(self) -> MultiDict[str, str]:
        """Query of the address; 400 with a NUL character, which PostgreSQL refuses."""
        asked = super().args
        if not self._args_seen:
            _refuse_nul(asked)
            self._args_seen = True
        return asked


def _refuse_nul(fields: MultiDict[str, str]) -> None:
    if any("\0" in value for values in (fields, *fields.listvalues()) for value in values):
        raise BadRequest


def init_app(app: Flask, settings: Settings) -> None:
    """Set the limits; behind a proxy, trust exactly one hop of its headers."""
    app.request_class = BoundedRequest
    # Werkzeug's form parser accepts no other decoder.
    formparser.MultipartDecoder = NamesOfWindows  # type: ignore[attr-defined]
    bind = app.create_url_adapter

    def create_url_adapter(asked: Request | None) -> MapAdapter | None:
        """Treat an unreadable host name ("xn--") as a foreign one; monitors may ask by any."""
        if asked is not None and settings.trusted_hosts and asked.path in FOR_MONITORS:
            asked.environ["HTTP_HOST"] = settings.trusted_hosts[0].lstrip(".")
        try:
            return bind(asked)
        except UnicodeError:
            raise SecurityError from None

    app.create_url_adapter = create_url_adapter  # type: ignore[method-assign, assignment]
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BYTES,
        MAX_FORM_PARTS=MAX_FIELDS,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
