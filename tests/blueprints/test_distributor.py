"""Whom pages name when the database is well, away, or was never reached; and what they ask for it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from portal.domain.distributor import UNKNOWN
from portal.services.store import distributors
from portal.web import distributor as frame
from tests.application import RunningPortal
from tests.blueprints.database_away import on_engine, unavailable
from tests.distributors import BRAND, FIRST

AWAY = "sqlite:////nowhere/portal.db"


@pytest.fixture
def asked(portal: RunningPortal) -> list[str]:
    """The statements that ask whose portal it is."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if re.search(r"\bFROM distributor\b", statement):
            found.append(statement)

    event.listen(portal.app.extensions["portal.engine"], "before_cursor_execute", note)
    return found


def test_the_row_is_asked_for_once_a_minute_whatever_pages_are_opened(
    portal: RunningPortal, asked: list[str], monkeypatch: pytest.MonkeyPatch
):
    browser = portal.browser()
    for url in ("/", "/guia", "/contrato", "/privacidad", "/nada", "/ingreso", "/"):
        assert FIRST.legal_name in browser.open(url).text, url
    assert len(asked) == 1
    engine = portal.app.extensions["portal.engine"]
    later = distributors._kept[engine][0] + 61
    monkeypatch.setattr(distributors, "monotonic", lambda: later)
    browser.open("/guia")
    assert len(asked) == 2


def test_liveness_and_the_pages_of_errors_ask_nothing(portal: RunningPortal, asked: list[str]):
    assert portal.app.test_client().get("/nada").status_code == 404
    assert portal.app.test_client().get("/salud").text == "vivo\n"
    with portal.app.test_request_context("/"):
        from portal.web.errors import page_of

        page_of(503)
    assert asked == []


def test_a_database_that_went_away_leaves_the_name_and_the_telephone_on_its_page(portal: RunningPortal):
    portal.browser().open("/")
    with on_engine(portal, AWAY):
        page = portal.browser().open("/")
    assert unavailable(page)
    assert f"llame al PBX {FIRST.telephone}" in page.text
    assert FIRST.legal_name in page.text


def test_a_database_that_was_never_reached_gives_nobody_elses_name_or_telephone(
    portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
):
    with on_engine(portal, AWAY):
        page = portal.browser().open("/")
        assert unavailable(page)
        assert not BRAND.search(page.source)
        assert f"llame al PBX {UNKNOWN.telephone}" in page.text
        assert "Línea de emergencias 164" in page.text
        assert 'href=""' not in page.source
        assert 'href="tel:"' not in page.source
    # The pause after a failure is over.
    monkeypatch.setattr(frame, "monotonic", lambda: 1e12)
    assert FIRST.legal_name in portal.browser().open("/").text


def test_while_the_database_is_away_no_request_waits_for_the_name_again(
    portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
):
    tried: list[object] = []

    def away(session: object) -> None:
        tried.append(session)
        raise LookupError

    monkeypatch.setattr(distributors, "distributor_of", away)
    for _ in range(3):
        portal.browser().open("/guia")
    assert len(tried) == 1


def test_a_process_knows_its_name_before_the_first_request(portal: RunningPortal, asked: list[str]):
    frame.learn(portal.app)
    assert len(asked) == 1
    assert FIRST.legal_name in portal.browser().open("/nada").text


def test_every_public_page_reads_well_before_it_is_known_whose_it_is(
    portal: RunningPortal, monkeypatch: pytest.MonkeyPatch
):
    def away(_session: object) -> None:
        raise LookupError

    monkeypatch.setattr(distributors, "distributor_of", away)
    for url in ("/", "/guia", "/contrato", "/tarifas", "/avisos", "/ingreso", "/nada"):
        page = portal.browser().open(url)
        assert not BRAND.search(page.source), url
        assert UNKNOWN.legal_name in page.text, url
        assert not re.search(r"\(\s*\)|NIT\s*\)|\b(?:en|la|a)\s+\.", page.text), url
