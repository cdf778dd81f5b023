"""The public pages: what a visitor sees before signing in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import portal as package
from portal.domain.accounts import CONSENT_VERSION, consent_text
from portal.domain.announcements import Severity
from tests.application import RunningPortal
from tests.blueprints.test_notices_where_one_decides import publish
from tests.distributors import FIRST

PUBLIC = ["/", "/guia", "/contrato", "/tarifas", "/avisos", "/privacidad"]
EMERGENCY = "Línea de emergencias 164 – (608) 6819077"


@pytest.mark.parametrize("url", PUBLIC)
def test_everybody_may_read_it_and_finds_the_emergency_line(portal: RunningPortal, url: str):
    page = portal.browser().open(url)
    assert page.status == 200
    assert EMERGENCY in page.source
    assert page.select("a[href='/ingreso']")
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("url", PUBLIC)
def test_a_signed_in_person_sees_the_same_page_with_the_own_name(portal: RunningPortal, url: str):
    customer = portal.customer()
    page = customer.browser.open(url)
    assert customer.way.actor.name in page.one(".site-account").get_text()
    assert page.select("form[action='/salir'] [name=csrf_token]")


def test_the_front_door_leads_to_both_accesses(portal: RunningPortal):
    page = portal.browser().open("/")
    assert {card["href"] for card in page.select("main a.card")} == {"/cuentas-de-balance", "/nominacion"}


def test_the_front_door_tells_the_next_close_and_counts_from_the_server_clock(portal: RunningPortal):
    portal.clock.now = datetime(2026, 11, 22, 14, 46, tzinfo=UTC)
    page = portal.browser().open("/")
    clock = page.one("[data-deadline]")
    # The script counts, once it has asked for the hour: a browser may show this page again.
    assert clock.get_text() == "Domingo 22, 12:00"
    assert clock["data-deadline"] == "2026-11-22T17:00:00+00:00"
    hour = portal.app.test_client().head(str(page.one("body")["data-hour"])).headers["X-Portal-Now"]
    assert hour == "2026-11-22T14:46:00+00:00"
    assert "lunes 23 de noviembre de 2026" in page.text


def test_after_the_close_the_front_door_counts_to_the_next_one(portal: RunningPortal):
    portal.clock.now = datetime(2026, 11, 22, 17, 0, 1, tzinfo=UTC)
    page = portal.browser().open("/")
    assert page.one("[data-deadline]")["data-deadline"] == "2026-11-23T17:00:00+00:00"
    assert not page.select(".day-bar .close")


def test_the_front_door_names_the_next_holiday_today_included(portal: RunningPortal):
    portal.clock.now = datetime(2026, 12, 8, 15, 0, tzinfo=UTC)
    assert "Próximo festivo martes 8 de diciembre de 2026" in portal.browser().open("/").text
    portal.clock.forward(days=1)
    assert "Próximo festivo viernes 25 de diciembre de 2026" in portal.browser().open("/").text


def test_the_guide_tells_all_24_steps_in_one_count(portal: RunningPortal):
    page = portal.browser().open("/guia")
    lists = page.select("ol.guide-steps")
    starts = [int(str(each.get("start", 1))) for each in lists]
    lengths = [len(each.find_all("li", recursive=False)) for each in lists]
    assert starts == [1, 1 + lengths[0], 1 + lengths[0] + lengths[1]]
    assert sum(lengths) == 24


def test_the_contract_page_says_that_it_is_a_summary_and_names_its_clauses(portal: RunningPortal):
    page = portal.browser().open("/contrato")
    assert "Es un resumen, no el documento" in page.text
    named = set(re.findall(r"\d+", " ".join(tag.get_text() for tag in page.select(".clause"))))
    assert {"51", "57", "58", "68", "69", "70", "71", "72", "73"} <= named


def test_the_privacy_page_shows_the_authorisation_in_force(portal: RunningPortal):
    page = portal.browser().open("/privacidad")
    assert f"Versión {CONSENT_VERSION}" in page.text
    for paragraph in consent_text(FIRST):
        assert paragraph in page.text


def test_without_notices_the_page_says_so(portal: RunningPortal):
    assert "No hay avisos vigentes" in portal.browser().open("/avisos").text


def test_the_privacy_page_names_every_cookie_that_the_portal_sets(portal: RunningPortal):
    names = {
        value
        for path in Path(package.__file__).parent.rglob("*.py")
        for value in re.findall(
            r'(?:COOKIE|SESSION_COOKIE_NAME) ?= ?"?(?:.*else )?"(portal[a-z-]*)"', path.read_text("utf-8")
        )
    }
    page = portal.browser().open("/privacidad")
    assert {str(tag["data-cookie"]) for tag in page.select("[data-cookie]")} == names
    assert len(names) >= 4


def test_the_privacy_page_leads_to_a_petition_about_ones_data(portal: RunningPortal):
    page = portal.browser().open("/privacidad").click("a[href^='/pqr/nueva']")
    form = page.form("#pqr")
    assert form["kind"] == "peticion"
    assert form["text"].startswith("Sobre mis datos personales pido")


def test_the_front_door_shows_all_notices_gravest_first_and_critical_ones_before_the_accesses(portal: RunningPortal):
    for number in range(12):
        publish(portal, Severity.CRITICAL if number == 7 else Severity.MAINTENANCE)
    page = portal.browser().open("/")
    assert len(page.select("main [data-notice]")) == 12
    source = page.source
    assert source.index("Sin gas hasta las 15:00") < source.index('id="entradas"')
    assert len(page.select(".home-notices .ways li")) == 9


def test_the_front_door_leads_to_all_that_is_public_and_every_way_is_there(portal: RunningPortal):
    browser = portal.browser()
    ways = [str(tag["href"]) for tag in browser.open("/").select(".ways a")]
    wanted = {"/tarifas", "/tarifas/calculadora", "/calendario", "/poder-calorifico", "/contrato", "/guia", "/pqr"}
    assert wanted | {"/documentos", "/cumplimiento"} == set(ways)
    found = browser.open("/").form("/buscar").fill(q="desbalance").submit("Buscar")
    assert (found.status, found.url) == (200, "/buscar?q=desbalance")
    assert {way: browser.open(way).status for way in ways} == dict.fromkeys(ways, 200)
