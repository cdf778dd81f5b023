"""Traces of requests: a span each under its route, only where the setting and the packages are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from portal import create_app
from portal.config import BadSettings, Settings
from portal.web import traces
from tests.application import RunningPortal, SetClock, settings_for

URL = "http://127.0.0.1:4318/v1/traces"


def test_a_request_is_a_span_under_its_route_with_no_more_than_that(
    portal: RunningPortal, sqlite_url: str, tmp_path: Path, clock: SetClock
):
    kept = InMemorySpanExporter()
    traces.init_app(portal.app, settings_for(sqlite_url, tmp_path, clock, traces_url=URL), kept)
    answer = portal.app.test_client().get(
        "/tarifas/2024-05?clave=SECRETO", headers={"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
    )
    portal.app.test_client().get("/nada/SECRETO")
    provider = portal.app.extensions["portal.traces"]
    provider.force_flush()
    provider.shutdown()
    known, unknown = kept.get_finished_spans()
    assert known.name == "GET /tarifas/<month>"
    assert known.parent is None, "whatever the client says"
    assert dict(known.attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/tarifas/<month>",
        "portal.request_id": answer.headers["X-Request-ID"],
    }
    assert unknown.name == "GET none"
    assert "SECRETO" not in known.to_json() + unknown.to_json()


def test_without_the_setting_there_are_none(portal: RunningPortal):
    assert "portal.traces" not in portal.app.extensions


@pytest.mark.skipif(
    importlib.util.find_spec("opentelemetry.exporter") is not None, reason="the packages of the exporter are here"
)
def test_a_setting_without_its_packages_is_refused_with_their_names(sqlite_url: str, tmp_path: Path, clock: SetClock):
    with pytest.raises(BadSettings, match="PORTAL_TRACES_URL needs packages that are not here: opentelemetry-sdk"):
        create_app(settings_for(sqlite_url, tmp_path, clock, traces_url=URL))


def test_an_address_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(BadSettings, match="PORTAL_TRACES_URL must be the address"):
        Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_TRACES_URL": "collector:4318"})
