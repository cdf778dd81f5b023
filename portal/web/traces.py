"""Traces of requests by OpenTelemetry, if the settings say where they go and its packages are installed.

They are no part of the lock: an installation without them loads and pays nothing (docs/adr/0159).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from portal.config import BadSettings, Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

NEEDED = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


def init_app(app: Flask, settings: Settings, exporter: SpanExporter | None = None) -> None:
    """Begin a span with each request; ``BadSettings`` where the packages lack. ``exporter``: other than OTLP's."""
    if settings.traces_url is None:
        return
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = exporter or _exporter(settings.traces_url)
    except ImportError as error:
        raise BadSettings(f"PORTAL_TRACES_URL needs packages that are not here: {NEEDED} ({error.name}).") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "portal"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    app.extensions["portal.traces"] = provider
    _trace(app, provider.get_tracer("portal"))


def _exporter(url: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    made: SpanExporter = OTLPSpanExporter(endpoint=url)
    return made


def _trace(app: Flask, tracer: Any) -> None:
    from opentelemetry.trace import SpanKind, StatusCode

    @app.before_request
    def begin() -> None:
        # No parent is read from the request: anybody may send one.
        g.span = tracer.start_span(request.method, kind=SpanKind.SERVER)

    @app.after_request
    def finish(response: Response) -> Response:
        span = g.pop("span", None)
        if span is None:
            return response
        route = request.url_rule.rule if request.url_rule else None
        span.update_name(f"{request.method} {route or 'none'}")
        # Names of the semantic conventions; never a path, a query or an address.
        span.set_attribute("http.request.method", request.method)
        span.set_attribute("http.response.status_code", response.status_code)
        span.set_attribute("portal.request_id", g.get("request_id", ""))
        if route is not None:
            span.set_attribute("http.route", route)
        if response.status_code >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()
        return response
