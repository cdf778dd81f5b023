"""Qué cambió desde su última visita: old and new figures with their effect, until they are marked as read."""

from __future__ import annotations

from datetime import timedelta

from portal.domain.nominations import CutReason
from portal.domain.readings import ReadingState
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.services.ledger_rows import counted, day

from .conftest import Sheet, opened_by

LONG_AGO = factories.NOW - timedelta(days=90)
YESTERDAY = factories.NOW - timedelta(days=1)


def lines(page: Page) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in page.select("#cambios li")]


def estimated(sheet: Sheet, on: str, taken: str, now_taken: str | None = None) -> None:
    """A day that was estimated long ago, and measured yesterday when ``now_taken`` says so."""
    with sheet.portal.session() as session, transaction(session):
        point, gas_day = sheet.customer.way.point, day(on)
        factories.nomination(session, point, gas_day, "5000")
        factories.reading(session, point, gas_day, taken, state=ReadingState.ESTIMATED, recorded_at=LONG_AGO)
        if now_taken is not None:
            factories.reading(session, point, gas_day, now_taken, version=2, recorded_at=YESTERDAY)
        ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)


def test_what_changed_is_told_with_old_and_new_and_its_effect(portal_on_each: RunningPortal) -> None:
    sheet = opened_by(portal_on_each)
    estimated(sheet, "2026-11-02", "4700", "4900")
    estimated(sheet, "2026-11-03", "4700")
    with portal_on_each.session() as session, transaction(session):
        point = sheet.customer.way.point
        factories.adjustment(session, point, day("2026-11-05"), "150", note="Acta 12", recorded_at=YESTERDAY)
        factories.nomination(session, point, day("2026-11-06"), "6000", received_at=LONG_AGO)
        factories.authorisation(
            session, point, day("2026-11-06"), "4500", cut_reason=CutReason.PCC, recorded_at=YESTERDAY
        )
        for on in ("2026-11-05", "2026-11-06"):
            ledger.rewrite_day(session, delivery_point=point, gas_day=day(on))
    page = sheet.open()
    assert lines(page) == [
        (
            "Viernes 6 de noviembre de 2026 Se autorizó menos de lo nominado: capacidad restringida en transporte. "
            "antes 6.000 m³ → ahora 4.500 m³ En el acumulado: contará cuando llegue la medición"
        ),
        "Jueves 5 de noviembre de 2026 Devolución: Acta 12 En el acumulado: 150 m³ a favor",
        (
            "Lunes 2 de noviembre de 2026 Llegó la medición real; antes era un estimado. "
            "antes 4.700 m³ → ahora 4.900 m³ En el acumulado: 200 m³ en contra"
        ),
    ]
    assert "Son los cambios de los 30 días anteriores a la primera vez que abrió este punto" in page.text
    assert page.one("#cambios-titulo").get_text() == (
        "Cambiaron 3 datos desde el 24 de octubre de 2026: su saldo bajó 50 m³"
    )
    assert "Efecto en el acumulado total: 50 m³ en contra" in page.text


def test_entendido_takes_what_was_shown_as_read_and_nothing_that_came_later(portal_on_each: RunningPortal) -> None:
    sheet = opened_by(portal_on_each)
    estimated(sheet, "2026-11-02", "4700", "4900")
    page = sheet.open()
    with portal_on_each.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day("2026-11-02")
        factories.reading(
            session, point, on, "4950", version=3, state=ReadingState.CORRECTED, reason="Cambio de medidor"
        )
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    after = page.form("#cambios form").submit("Entendido")
    assert lines(after) == [
        (
            "Lunes 2 de noviembre de 2026 Se corrigió la medición certificada. Motivo: Cambio de medidor "
            "antes 4.900 m³ → ahora 4.950 m³ En el acumulado: 50 m³ en contra"
        )
    ]
    assert "Desde el" in after.text
    assert after.one("#cambios-titulo").get_text() == "Cambió 1 dato desde su última visita: su saldo bajó 50 m³"
    assert lines(after.form("#cambios form").submit("Entendido")) == []


def test_a_reading_that_only_becomes_certain_is_no_news(sheet: Sheet) -> None:
    with sheet.portal.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day("2026-11-02")
        factories.reading(session, point, on, "4700", state=ReadingState.PROVISIONAL, recorded_at=LONG_AGO)
        factories.reading(session, point, on, "4700", version=2, recorded_at=YESTERDAY)
        factories.reading(session, point, day("2026-11-03"), "10", recorded_at=YESTERDAY)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    assert lines(sheet.open()) == []


def test_many_changes_unfold_and_cost_no_more_questions(portal: RunningPortal) -> None:
    sheet = opened_by(portal)
    engine = portal.app.extensions["portal.engine"]
    # The first page of an application reads the days without business once.
    sheet.open()
    estimated(sheet, "2026-11-01", "4700", "4900")
    with counted(engine) as few:
        sheet.open()
    for number in range(2, 10):
        estimated(sheet, f"2026-11-{number:02d}", "4700", "4900")
    with counted(engine) as many:
        page = sheet.open()
    assert len(lines(page)) == 9
    assert len(page.select("#cambios details details li")) == 4
    assert len(many) == len(few)


def test_a_moment_that_somebody_changed_marks_nothing_beyond_now(sheet: Sheet) -> None:
    estimated(sheet, "2026-11-02", "4700", "4900")
    page = sheet.open()
    for forged in ("mañana", "", "2026-11-23T10:00:00", "-1"):
        page.form("#cambios form").tamper(until=forged).submit("Entendido")
        assert len(lines(sheet.open())) == 1
    page.form("#cambios form").tamper(until="9999-12-31T00:00:00+00:00").submit("Entendido")
    sheet.portal.clock.forward(minutes=5)
    estimated(sheet, "2026-11-03", "4700")
    with sheet.portal.session() as session, transaction(session):
        point, on = sheet.customer.way.point, day("2026-11-03")
        factories.reading(session, point, on, "4800", version=2, recorded_at=sheet.portal.clock.now)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    assert len(lines(sheet.open())) == 1


def test_whether_anything_is_new_is_found_without_looking_through_the_history(sheet: Sheet) -> None:
    engine = sheet.portal.app.extensions["portal.engine"]
    with counted(engine) as statements:
        sheet.open()
    question = next(text for text in statements if "account_visits" in text)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", (1,) * question.count("?"))
        used = " ".join(str(row[-1]) for row in plan)
    assert "ix_readings_replaced" in used
    assert "ix_authorisations_cut" in used
