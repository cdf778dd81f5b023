"""¿Por qué este número?: every figure of a day gives its formula, its sources and its earlier versions."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.domain.accounts import Role
from portal.domain.gas_day import BOGOTA, Month
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import LateDecision, NominationHead, ReadingImport
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.services.ledger_rows import counted, day

from .conftest import HHV, Sheet, opened_by

DAY = "2026-11-03"


def ask(sheet: Sheet, figure: str = "", on: str = DAY, more: str = "") -> Page:
    return sheet.customer.browser.open(f"{sheet.url}/dias/{on}?dato={figure}{more}")


def filled(portal: RunningPortal) -> Sheet:
    """A day nominated twice, cut, estimated, measured by file and adjusted; the day before lacks its reading."""
    sheet = opened_by(portal)
    sheet.fill({"2026-11-01": ("5000", "5320"), "2026-11-02": ("5000", None)})
    with portal.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day(DAY)
        before = factories.NOW - timedelta(days=20)
        factories.nomination(session, point, on, "6000", received_at=before)
        factories.nomination(session, point, on, "5000", revision=2, signed_by_id=sheet.customer.way.actor.user_id)
        factories.authorisation(session, point, on, "4500", cut_reason=CutReason.PCC)
        factories.reading(session, point, on, "4700", state=ReadingState.ESTIMATED, recorded_at=before)
        batch = ReadingImport(file_name="nov.csv", file_hash=b"1" * 32, rows=9, imported_at=factories.NOW)
        session.add(batch)
        session.flush()
        factories.reading(session, point, on, "4900", version=2, import_id=batch.id, import_line=7)
        factories.adjustment(session, point, on, "-150", note="Acta 12 del cruce")
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    return sheet


def test_a_nomination_shows_its_revisions_with_who_and_when(portal_on_each: RunningPortal) -> None:
    page = ask(filled(portal_on_each), "nominada")
    assert page.h1 == "¿Por qué 5.000 m³?"
    assert "Vale la última que usted envió (versión 2): 5.000 m³." in page.text
    versions = [" ".join(each.get_text(" ").split()) for each in page.select(".versions li")]
    assert len(versions) == 2
    assert versions[0].startswith("5.000 m³ Versión 2, en firme · nominación recibida el 23 de noviembre de 2026")
    assert versions[1].startswith(
        "6.000 m³ Versión 1, reemplazada · nominación recibida el 3 de noviembre de 2026, 09:00:00"
    )


@pytest.mark.parametrize(
    ("submission", "words"),
    [
        ("handed:abc", "la llevó de la cuenta de antes de este punto (versión 3): 4.000 m³."),
        ("restated:abc", "la escribió al unir o dividir el punto (versión 3): 4.000 m³."),
    ],
)
def test_what_the_registry_moved_is_not_told_as_sent_by_the_customer(
    portal: RunningPortal, submission: str, words: str
) -> None:
    sheet = filled(portal)
    with portal.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day(DAY)
        given = {"revision": 3, "channel": Channel.OPERATOR, "submission_id": submission}
        factories.nomination(session, point, on, "4000", **given)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    page = ask(sheet, "nominada")
    assert f"Llanogas {words}" in page.text
    assert "que usted envió" not in page.text


def late(sheet: Sheet, revision: int, amount: str, *, decided: bool | None = None, on: str = DAY) -> None:
    """A request that came after the close; ``decided``: accepted, which puts it in force, or refused."""
    with sheet.portal.session() as session, transaction(session):
        point, gas_day = sheet.customer.way.point, day(on)
        given = {"revision": revision, "is_late": True, "in_force": bool(decided)}
        asked = factories.nomination(session, point, gas_day, amount, **given)
        if decided is not None:
            reason = None if decided else "Sin capacidad."
            decision = {"accepted": decided, "reason": reason, "decided_at": factories.NOW}
            operator = sheet.customer.way.actor.user_id
            session.add(LateDecision(nomination_id=asked.id, decided_by_id=operator, **decision))
        ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)


# A day that runs today, so that a late request for it may still be decided.
TODAY = "2026-11-23"


def by_rule(portal: RunningPortal) -> Sheet:
    """Today, which nobody nominated: at the close the rule of the point put 6.000 m³."""
    sheet = opened_by(portal)
    with portal.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day(TODAY)
        factories.nomination(session, point, on, "6000", channel=Channel.POLICY)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    return sheet


def versions_of(page: Page) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in page.select(".versions li")]


def test_what_counts_is_told_while_a_late_request_waits_is_accepted_or_is_refused(
    portal_on_each: RunningPortal,
) -> None:
    sheet = by_rule(portal_on_each)
    page = ask(sheet, "nominada", TODAY)
    assert "Nadie nominó: vale lo que se nominó por usted al cierre (versión 1): 6.000 m³." in page.text
    late(sheet, 2, "7000", on=TODAY)
    page = ask(sheet, "nominada", TODAY)
    assert page.h1 == "¿Por qué 6.000 m³?"
    in_force = "Nadie nominó a tiempo: vale lo que se nominó por usted al cierre (versión 1): 6.000 m³."
    assert in_force in page.text
    waits = "La solicitud tardía de 7.000 m³ (versión 2) espera la decisión del operador: mientras tanto no cuenta."
    assert waits in page.text
    assert versions_of(page)[0].startswith("7.000 m³ Versión 2, espera decisión · solicitud tardía")
    assert versions_of(page)[1].startswith("6.000 m³ Versión 1, en firme ·")
    assert [" ".join(each.get_text(" ").split())[:18] for each in page.select(".is-in-force")] == ["6.000 m³ Versión 1"]
    late(sheet, 3, "7500", decided=False, on=TODAY)
    page = ask(sheet, "nominada", TODAY)
    assert in_force in page.text
    assert "La solicitud tardía de 7.500 m³ (versión 3) no cuenta: el operador no la aceptó." in page.text
    assert waits not in page.text
    assert versions_of(page)[1].startswith("7.000 m³ Versión 2, no se decidió: llegó otra ·")
    late(sheet, 4, "7200", decided=True, on=TODAY)
    page = ask(sheet, "nominada", TODAY)
    assert page.h1 == "¿Por qué 7.200 m³?"
    assert "Vale la última que usted envió (versión 4): 7.200 m³." in page.text
    assert "mientras tanto" not in page.text
    assert [line.split(" · ")[0] for line in versions_of(page)] == [
        "7.200 m³ Versión 4, en firme",
        "7.500 m³ Versión 3, no aceptada",
        "7.000 m³ Versión 2, no se decidió: llegó otra",
        "6.000 m³ Versión 1, reemplazada",
    ]


def test_a_late_request_that_nobody_decided_counts_no_more_once_its_day_is_over(portal: RunningPortal) -> None:
    sheet = by_rule(portal)
    late(sheet, 2, "7000", on=TODAY)
    portal.clock.forward(days=1)
    again = portal.holder_of(sheet.customer.way)
    again.use_keys()
    sheet = Sheet(portal, again)
    page = ask(sheet, "nominada", TODAY)
    lapsed = "La solicitud tardía de 7.000 m³ (versión 2) no cuenta: el día terminó sin que el operador la decidiera."
    assert lapsed in page.text
    assert "espera" not in page.text


def test_a_day_without_anything_in_force_says_what_was_sent(portal_on_each: RunningPortal) -> None:
    sheet = opened_by(portal_on_each)
    late(sheet, 1, "7000", on=TODAY)
    page = ask(sheet, "nominada", TODAY)
    assert page.h1 == "¿Por qué sin dato?"
    assert "La solicitud tardía de 7.000 m³ (versión 1) espera la decisión del operador" in page.text
    assert "Ese día no tiene nominación en firme." in page.text
    assert "usted envió" not in page.text
    assert versions_of(page)[0].startswith("7.000 m³ Versión 1, espera decisión ·")
    assert not page.select(".is-in-force")


@pytest.mark.parametrize(
    ("now", "on"),
    [
        (datetime(2026, 11, 23, 13, tzinfo=BOGOTA), "2026-11-24"),
        # Its month has no sheet yet.
        (datetime(2026, 12, 31, 23, 59, tzinfo=BOGOTA), "2027-01-01"),
        (datetime(2028, 2, 28, 13, tzinfo=BOGOTA), "2028-02-29"),
    ],
)
def test_a_coming_day_that_its_sheet_does_not_list_yet_says_what_was_sent(
    portal: RunningPortal, now: datetime, on: str
) -> None:
    portal.clock.now = now
    sheet = opened_by(portal)
    late(sheet, 1, "7000", on=on)
    assert not sheet.open().select(f'tr[data-gas-day="{on}"]')
    page = ask(sheet, on=on)
    assert "La solicitud tardía de 7.000 m³ (versión 1) espera la decisión del operador" in page.text
    assert "No hay medición de ese día todavía" in page.text
    assert not page.select("a[href$=reclamo]")
    assert page.click("Volver a la hoja").select("#hoja-de-balance")
    assert sheet.customer.browser.open(f"{sheet.url}/dias/{on}?dato=nominada", htmx=True).status == 200


def test_a_sum_of_nothing_is_not_written_as_one(portal: RunningPortal) -> None:
    sheet = filled(portal)
    # The second of the month has no reading and no adjustment; the first has a reading.
    assert ask(sheet, "acumulado-mes", "2026-11-01").select(".formula")
    for figure in ("acumulado-mes", "acumulado-total"):
        page = ask(sheet, figure, "2026-11-02")
        assert "es el del día anterior" in page.text
        assert not page.select(".formula")


def test_a_day_beyond_what_may_be_asked_for_or_without_service_is_not_there(portal: RunningPortal) -> None:
    sheet = opened_by(portal)
    last = day(TODAY).plus(31)
    assert ask(sheet, on=last.isoformat()).status == 200
    for absent in (last.plus(1).isoformat(), "2014-11-30", "2026-02-30"):
        assert ask(sheet, on=absent).status == 404, absent


def test_a_cancelled_day_says_so_and_shows_no_zero(portal_on_each: RunningPortal) -> None:
    sheet = opened_by(portal_on_each)
    with portal_on_each.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day(TODAY)
        factories.nomination(session, point, on, "5500")
        factories.nomination(session, point, on, "6000", revision=2)
        factories.nomination(session, point, on, "0", revision=3, cancels=True)
        session.delete(session.get_one(NominationHead, (point.id, on)))
        session.flush()
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    page = ask(sheet, "nominada", TODAY)
    assert "La nominación se anuló el 23 de noviembre de 2026" in page.text
    assert [line.split(" · ")[0] for line in versions_of(page)] == [
        "Anulada Versión 3, nada en firme",
        "6.000 m³ Versión 2, anulada después",
        "5.500 m³ Versión 1, reemplazada",
    ]
    assert not page.select(".is-in-force")


def test_a_cut_is_explained(portal_on_each: RunningPortal) -> None:
    page = ask(filled(portal_on_each), "autorizada")
    assert page.h1 == "¿Por qué 4.500 m³?"
    assert "Es menos de lo nominado: capacidad restringida en transporte (PCC)." in page.text


def test_what_was_authorised_for_an_earlier_version_is_told_and_counts_no_more(portal_on_each: RunningPortal) -> None:
    sheet = filled(portal_on_each)
    point, on = sheet.customer.way.point, day(DAY)
    with portal_on_each.session() as session, transaction(session):
        cut = {"version": 2, "revision": 2, "cut_reason": CutReason.PCC}
        factories.authorisation(session, point, on, "4500", **cut)
        factories.nomination(session, point, on, "5200", revision=3)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    page = ask(sheet, "autorizada")
    assert page.h1 == "¿Por qué sin dato?"
    said = "Antes se autorizó 4.500 m³ para la versión 2 de la nominación, el 23 de noviembre de 2026"
    assert said in page.text
    assert "con recorte: capacidad restringida en transporte." in page.text
    meanwhile = "Mientras no se autorice una para la que está en firme, el desbalance se calcula con lo nominado."
    assert meanwhile in page.text
    assert "No hay una cantidad autorizada registrada" not in page.text
    assert "en firme ·" not in page.text
    assert "5.200 − 4.900 = 300 m³" in ask(sheet, "desbalance").text
    with portal_on_each.session() as session, transaction(session):
        factories.nomination(session, point, on, "0", revision=4, cancels=True)
        # Nothing is in force after a cancellation.
        session.delete(session.get_one(NominationHead, (point.id, on)))
        session.flush()
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    page = ask(sheet, "autorizada")
    assert "Después la nominación se anuló: esa cantidad ya no cuenta." in page.text
    assert meanwhile not in page.text


def test_a_consumption_names_file_and_row_its_conversion_and_what_was_estimated_before(
    portal_on_each: RunningPortal,
) -> None:
    page = ask(filled(portal_on_each), "consumo")
    assert page.h1 == "¿Por qué 4.900 m³?"
    assert "4.900 × 35,3146667214886 × 1.130 ÷ 1.000.000 = 195,53731 MBTU" in page.text
    assert "PC provisional" in page.text
    assert "del lunes 1 de diciembre de 2014" in page.text
    assert "archivo nov.csv, fila 7" in page.text
    assert "4.700 m³ Versión 1 · estimado" in page.text


def test_the_sums_are_written_out_and_name_the_days_they_lack(portal_on_each: RunningPortal) -> None:
    sheet = filled(portal_on_each)
    assert "4.500 − 4.900 = −400 m³" in ask(sheet, "desbalance").text
    month = ask(sheet, "acumulado-mes")
    assert month.h1 == "¿Por qué 720 m³ en contra?"
    assert "−320 − 400 = −720 m³" in month.text
    assert "Faltan mediciones de este mes (días 2)" in month.text
    total = ask(sheet, "acumulado-total")
    assert "−320 − 400 − 150 = −870 m³" in total.text
    assert "Devolución: 150 m³ en contra. Acta 12 del cruce" in total.text
    assert "100 × |4.900 − 4.500| ÷ 4.500 = 8,89 %" in ask(sheet, "variacion").text


def test_the_same_sums_stand_in_the_other_unit(portal: RunningPortal) -> None:
    page = ask(filled(portal), "desbalance", more="&unidad=MBTU")
    assert "179,57508 − 195,53731 = −15,96223 MBTU" in page.text


def test_a_figure_that_is_missing_says_so_and_zero_is_not_missing(sheet: Sheet) -> None:
    sheet.fill({DAY: ("0", None), "2026-11-04": (None, "50"), "2026-11-05": ("0", "0")})
    assert "No hay medición de ese día todavía: no es cero" in ask(sheet, "consumo").text
    assert ask(sheet, "nominada").h1 == "¿Por qué 0 m³?"
    assert "no hay con qué comparar" in ask(sheet, "variacion", "2026-11-04").text
    assert "Ese día no tiene nominación" in ask(sheet, "nominada", "2026-11-04").text
    assert "0 − 50 = −50 m³" in ask(sheet, "desbalance", "2026-11-04").text
    assert "la variación es cero" in ask(sheet, "variacion", "2026-11-05").text


def test_a_point_in_mbtu_shows_how_its_reading_was_converted(portal: RunningPortal) -> None:
    sheet = opened_by(portal, unit=Unit.MBTU, maximum_micro=800 * 10**6)
    with portal.session() as session, transaction(session):
        factories.heating_value(session, sheet.customer.way.point.exit_point_id, day(DAY), HHV)
    sheet.fill({DAY: ("200", "4900")})
    page = ask(sheet, "consumo")
    assert page.h1 == "¿Por qué 195,54 MBTU?"
    assert "Poder calorífico (PCS) del día" in page.text


def test_every_figure_stands_on_one_page_and_an_unknown_name_is_no_mistake(portal: RunningPortal) -> None:
    page = ask(filled(portal), "otra-cosa")
    assert [each.get("id") for each in page.select("section.reasons")] == [
        "nominada",
        "autorizada",
        "consumo",
        "desbalance",
        "acumulado-mes",
        "acumulado-total",
        "variacion",
    ]


def test_in_place_only_the_panel_comes_back(sheet: Sheet) -> None:
    sheet.fill({DAY: ("5000", "4900")})
    client = sheet.customer.browser.client
    address = f"{sheet.url}/dias/{DAY}?dato=consumo"
    boosted = {"HX-Request": "true", "HX-Boosted": "true"}
    panel = client.get(address, headers=boosted | {"HX-Target": "por-que"}).text
    assert "<html" not in panel
    assert "¿Por qué 4.900 m³?" in panel
    assert len(panel.encode()) < 8_000
    assert "<html" in client.get(address, headers=boosted | {"HX-Target": "otro"}).text


def test_a_day_that_is_not_on_the_sheet_answers_not_found(sheet: Sheet) -> None:
    for wrong in ("2026-10-31", "2031-01-01", "2026-02-30", "ayer"):
        assert sheet.customer.browser.client.get(f"{sheet.url}/dias/{wrong}").status_code == 404


def test_the_key_of_the_point_is_asked_first(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract("cuentas-de-balance")
    page = customer.browser.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/dias/{DAY}")
    assert page.url.endswith("/clave")


def test_the_number_of_questions_does_not_grow_with_the_history(portal: RunningPortal) -> None:
    sheet = filled(portal)
    engine = portal.app.extensions["portal.engine"]
    ask(sheet, "consumo")
    with counted(engine) as few:
        ask(sheet, "consumo")
    sheet.fill({f"2026-11-{number:02d}": ("5000", "4000") for number in range(4, 20)})
    with counted(engine) as many:
        ask(sheet, "consumo")
    assert len(many) == len(few)
    assert len(few) <= 14


def test_a_correction_after_the_closing_is_told_with_what_became_of_it(portal_on_each: RunningPortal) -> None:
    sheet = opened_by(portal_on_each, starts_on=day("2026-10-01"))
    sheet.fill({f"2026-10-{number:02d}": ("5000", "4900") for number in range(1, 32)})
    point = sheet.customer.way.point
    now = factories.NOW
    with portal_on_each.session() as session:
        with transaction(session):
            both = [factories.user(session, role=role) for role in (Role.OPERATOR, Role.SUPERVISOR)]
            staff = [Actor(who.id, who.email, who.name, who.role, None, "", "cli") for who in both]
        month = Month(2026, 10)
        closings.close_month(Act.at(session, staff[0], now), delivery_point_id=point.id, month=month)
        asked = closings.request(
            Act.at(session, staff[0], now),
            delivery_point_id=point.id,
            gas_day=day("2026-10-03"),
            volume=Quantity.of("4950", Unit.M3),
            reason="Cambio de medidor",
        ).public_id
        waiting = ask(sheet, "consumo", "2026-10-03").text
        closings.decide(Act.at(session, staff[1], now), public_id=asked, approve=True)
    assert "de 4.900 m³ a 4.950 m³. Cambio de medidor. Espera la decisión de otra persona" in waiting
    page = ask(sheet, "consumo", "2026-10-03")
    assert page.h1 == "¿Por qué 4.900 m³?"
    assert "entró en la cuenta como un ajuste de ese día; las cifras del mes cerrado no cambian" in page.text
    total = ask(sheet, "acumulado-total", "2026-11-23").text
    assert "50 m³ en contra. Consumo del sábado 3 de octubre de 2026, mes cerrado: de 4.900 a 4.950 m³" in total


def test_a_day_without_a_reading_says_that_nothing_is_added_to_the_sums(portal: RunningPortal) -> None:
    sheet = opened_by(portal)
    sheet.fill({"2026-11-01": ("5000", "5320"), "2026-11-02": ("5000", None)})
    for figure, before in (
        ("acumulado-mes", "el acumulado es el del día anterior."),
        ("acumulado-total", "es el del día anterior, más los ajustes"),
    ):
        page = ask(sheet, figure, "2026-11-02")
        assert "Al día le falta la medición y nada se suma: " in page.text
        assert before in page.text
        assert "se le suma el desbalance" not in page.text
        assert "se le suma el desbalance" in ask(sheet, figure, "2026-11-01").text or figure == "acumulado-mes"
