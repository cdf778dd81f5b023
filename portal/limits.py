"""Limits of a request: size, number of fields, host names, and the one proxy in front."""

from __future__ import annotations

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from .config import Settings

MAX_BYTES = 64 * 1024
MAX_FIELDS = 50


class BoundedRequest(Request):
    """A request whose url-encoded forms are limited like multipart ones: Werkzeug bounds only the latter.

    Nothing that a person types holds a NUL character, and PostgreSQL keeps none: such a form is refused.
    """

    @property
    def form(self) -> ImmutableMultiDict[str, str] | MultiDict[str, str]:  # type: ignore[override]
        """The fields of the form; 413 above fifty."""
        fields = super().form
        if sum(map(len, fields.listvalues())) > MAX_FIELDS:
            raise RequestEntityTooLarge
        if any("\0" in value for values in (fields, *fields.listvalues()) for value in values):
            raise BadRequest
        return fields


def init_app(app: Flask, settings: Settings) -> None:
    """Set the limits; behind a proxy, believe exactly one hop of its headers."""
    app.request_class = BoundedRequest
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BYTES,
        MAX_FORM_PARTS=MAX_FIELDS,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
