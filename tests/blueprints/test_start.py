"""The start page: what a person finds after signing in."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from portal.domain.gas_day import BOGOTA
from portal.domain.nominations import CutReason
from portal.domain.readings import ReadingState
from portal.models import AccountVisit, Binding, DeliveryPoint
from portal.services import ledger
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.timetable import close_moves
from tests import factories
from tests.application import RunningPortal, SetClock
from tests.browser import Page
from tests.customer import Customer
from tests.factories import TODAY
from tests.services.ledger_rows import counted


def row(page: Page, customer: Customer) -> str:
    return " ".join(page.one(f'[data-delivery-point="{customer.point}"]').get_text(" ").split())


def opened(portal: RunningPortal, **contract: object) -> Customer:
    customer = portal.customer(starts_on=TODAY.plus(-22), **contract)
    customer.open_contract("cuentas-de-balance")
    customer.open_point()
    return customer


def measure(portal: RunningPortal, customer: Customer, asked: str, taken: str | None, ago: int = 1) -> None:
    with portal.session() as session, transaction(session):
        point, on = customer.way.point, TODAY.plus(-ago)
        factories.nomination(session, point, on, asked)
        if taken is not None:
            factories.reading(session, point, on, taken)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)


def test_a_sign_in_leads_here_and_says_what_will_be_here(portal: RunningPortal) -> None:
    customer = portal.customer()
    page = customer.browser.open("/inicio")
    assert page.h1.startswith("Hola, ")
    assert "Aquí verá sus puntos de entrega" in page.text
    assert page.click("Cuentas de balance").url == "/cuentas-de-balance"


def test_who_opened_nothing_yet_reads_until_when_tomorrow_is_nominated(portal: RunningPortal) -> None:
    customer = portal.customer()
    day = "La nominación para mañana, martes 24 de noviembre de 2026"
    page = customer.browser.open("/inicio")
    assert "Aquí verá sus puntos de entrega" in page.text
    assert page.one(".lead").get_text() == f"{day}, se recibe hasta hoy a las 12:00."
    customer.open_contract("cuentas-de-balance")
    page = customer.browser.open("/inicio")
    assert day not in page.text, "its points say it themselves"
    assert "La barra muestra" not in page.text, "there is none without a figure"
    customer.open_point()
    assert "La barra muestra" in customer.browser.open("/inicio").text
    with portal.session() as session:
        asked = close_moves.Asked(TODAY.plus(1), (customer.way.modality,), -1, time(10, 15), "falla de la telemetría")
        close_moves.move(Act.of_system(session, portal.clock.now), asked=asked)
    portal.clock.forward(hours=1, minutes=10)
    late = portal.holder_of(customer.way)
    assert late.browser.open("/inicio").one(".lead").get_text() == f"{day}, se recibe hasta hoy a las 10:15."
    portal.clock.forward(minutes=6)
    assert late.browser.open("/inicio").one(".lead").get_text() == f"{day}, cerró hoy a las 10:15."
    words = portal.customer(number="NR-2").browser.open("/inicio").one(".lead").get_text()
    assert "cerró hoy a las 10:15; " in words
    assert ", se recibe hasta hoy a las 12:00" in words, "another modality, another hour"


def test_where_it_says_that_a_day_can_still_be_changed_a_link_leads_there(portal: RunningPortal) -> None:
    customer = opened(portal)
    link = "Cambiar la cantidad para " + customer.way.point.name
    page = customer.browser.open("/inicio")
    assert "Puede pedir otra cantidad hasta hoy a las 16:00" in row(page, customer)
    chosen = page.click(link)
    assert chosen.one("input[name=delivery_point][checked]")["value"] == customer.point
    # A point that begins tomorrow has nothing yet that could be changed.
    new = portal.customer(starts_on=TODAY.plus(1))
    new.use_keys()
    page = new.browser.open("/inicio")
    assert "Puede" not in row(page, new)
    assert "Cambiar la cantidad" not in page.text
    new.nominate("1.200")
    page = new.browser.open("/inicio")
    assert "Puede cambiarla o anularla hasta hoy a las 12:00" in row(page, new)
    assert "Cambiar la cantidad" in page.text


def test_days_of_earlier_months_without_a_reading_are_told_beside_the_total_that_leaves_them_out(
    portal_on_each: RunningPortal,
) -> None:
    customer = portal_on_each.customer(starts_on=TODAY.plus(-60))
    customer.use_keys()
    told = "de meses anteriores: el acumulado total no los cuenta."
    # Measured from its first day to yesterday, but for one day of the month before and one of this month.
    for ago in range(1, 61):
        if ago not in (3, 40):
            measure(portal_on_each, customer, "1000", "990", ago)
    said = row(customer.browser.open("/inicio"), customer)
    assert f"Falta la medición de 1 día {told}" in said
    assert "Falta la medición de 1 día de este mes." in said
    measure(portal_on_each, customer, "1000", "990", 40)
    assert told not in row(customer.browser.open("/inicio"), customer)
    # On the second of the next month both days of this one that lack a reading are earlier ones.
    portal_on_each.clock.now = datetime(2026, 12, 2, 9, tzinfo=BOGOTA)
    again = portal_on_each.holder_of(customer.way)
    again.use_keys()
    assert f"Falta la medición de 9 días {told}" in row(again.browser.open("/inicio"), again)


def test_an_open_point_tells_tomorrow_the_month_in_its_tolerance_the_total_and_the_last_reading(
    portal_on_each: RunningPortal,
) -> None:
    customer = opened(portal_on_each)
    for ago in range(1, 23):
        measure(portal_on_each, customer, "1000", "990", ago)
    page = customer.browser.open("/inicio")
    assert "Falta una nominación para el martes 24 de noviembre de 2026 en lo abierto en esta sesión." in page.text
    assert "Sin nominar – cierra en 3 h" in row(page, customer)
    assert "Si no la envía, se nominará por usted el promedio de los últimos cuatro martes." in row(page, customer)
    assert "220 m³ a favor, dentro de la tolerancia de 1.100 m³" in row(page, customer)
    assert "Acumulado total 220 m³ a favor" in row(page, customer)
    assert "Última medición de ayer" in row(page, customer)
    assert page.select(".start-alarms") == []
    assert page.click("Nominar").url.startswith("/nominacion/")
    customer.nominate("1.200")
    page = customer.browser.open("/inicio")
    assert "Nominada 1.200 m³" in row(page, customer)
    assert "Si no la envía" not in row(page, customer)
    assert "Todo lo abierto en esta sesión está nominado para mañana, martes 24 de noviembre de 2026." in page.text
    assert page.click("Ver la hoja").url.endswith(customer.point)


def test_what_asks_for_attention_stands_under_its_point(portal_on_each: RunningPortal) -> None:
    customer = opened(portal_on_each)
    measure(portal_on_each, customer, "1000", "1300", 3)
    with portal_on_each.session() as session, transaction(session):
        point, tomorrow, past = customer.way.point, TODAY.plus(1), TODAY.plus(-3)
        factories.nomination(session, point, tomorrow, "1000")
        factories.authorisation(session, point, tomorrow, "800", cut_reason=CutReason.PCC)
        estimated = factories.NOW - timedelta(days=60)
        factories.reading(session, point, TODAY.plus(-4), "900", state=ReadingState.ESTIMATED, recorded_at=estimated)
        factories.reading(session, point, TODAY.plus(-4), "950", version=2)
        for on in (past, TODAY.plus(-4), tomorrow):
            ledger.rewrite_day(session, delivery_point=point, gas_day=on)
    said = row(customer.browser.open("/inicio"), customer)
    assert "Cambiaron 2 datos desde el 24 de octubre de 2026: su saldo bajó 50 m³" in said
    with portal_on_each.session() as session, transaction(session):
        session.execute(update(AccountVisit).values(seen_until=factories.NOW - timedelta(days=2)))
    said = row(customer.browser.open("/inicio"), customer)
    assert "Autorizada con recorte: 800 m³ de 1.000 m³" in said
    assert "1.250 m³ en contra, fuera de la tolerancia de 50 m³" in said
    assert "El desbalance del mes está fuera de la tolerancia." in said
    assert "Falta la medición de 20 días de este mes." in said
    assert "Última medición de hace 3 días" in said
    assert "Cambiaron 2 datos desde su última visita: su saldo bajó 50 m³" in said


def test_on_the_first_of_a_month_nothing_is_called_even(portal: RunningPortal) -> None:
    portal.clock.now = datetime(2026, 12, 1, 0, 10, tzinfo=BOGOTA)
    customer = opened(portal)
    measure(portal, customer, "1000", "1300")
    said = row(customer.browser.open("/inicio"), customer)
    assert "Desbalance del mes sin días medidos" in said
    assert "Acumulado total 300 m³ en contra" in said


def test_without_the_numeric_key_no_figure_is_told(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract("cuentas-de-balance")
    measure(portal, customer, "1000", "1300")
    with portal.session() as session, transaction(session):
        tomorrow = TODAY.plus(1)
        factories.nomination(session, customer.way.point, tomorrow, "4321")
        ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=tomorrow)
    page = customer.browser.open("/inicio")
    assert "Nominada" in row(page, customer)
    for figure in ("4.321", "300", "1.300"):
        # The name of the point ends in a number of its own.
        assert not re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", row(page, customer))
    assert page.click("Abrir").url.endswith("/clave")


def test_a_contract_that_is_not_open_in_this_session_says_its_name_only(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract("cuentas-de-balance")
    portal.clock.forward(minutes=29)
    customer.browser.open("/cuenta")
    portal.clock.forward(minutes=29)
    page = customer.browser.open("/inicio")
    assert page.select("[data-delivery-point]") == []
    assert customer.way.contract.number in page.text
    assert page.click("Abrir con la clave web").url.endswith("/clave-web?siguiente=/inicio")


def test_after_the_close_the_page_says_so(portal: RunningPortal) -> None:
    portal.clock.forward(hours=3, milliseconds=1)
    customer = opened(portal)
    page = customer.browser.open("/inicio")
    assert "No nominó: irá el pronóstico" in row(page, customer)
    assert "Falta una nominación" not in page.text


def bound_besides(portal: RunningPortal, customer: Customer, count: int) -> None:
    """Bind the account to more contracts, each with a point that nobody nominated; none is open in this session."""
    with portal.session() as session, transaction(session):
        for _ in range(count):
            other = factories.contract(session, company_id=customer.way.contract.company_id)
            factories.delivery_point(session, contract=other)
            session.add(
                Binding(
                    user_id=customer.way.actor.user_id,
                    contract_id=other.id,
                    may_nominate=True,
                    created_at=factories.NOW,
                )
            )


def test_the_sentence_about_tomorrow_says_that_contracts_to_be_opened_are_not_in_it(portal: RunningPortal) -> None:
    customer = opened(portal)

    def lead(url: str = "/inicio") -> str:
        return " ".join(customer.browser.open(url).one(".lead").get_text().split())

    bound_besides(portal, customer, 1)
    assert lead().startswith(
        "Falta una nominación para el martes 24 de noviembre de 2026 en lo abierto en esta sesión."
    )
    customer.nominate("1.200")
    day, left = "mañana, martes 24 de noviembre de 2026", "De 1 contrato por abrir, aquí no se cuenta nada."
    assert lead() == f"Todo lo abierto en esta sesión está nominado para {day}. {left}"
    with portal.session() as session, transaction(session):
        factories.authorisation(session, customer.way.point, TODAY.plus(1), "900", revision=1, cut_reason=CutReason.PCC)
    bound_besides(portal, customer, 1)
    left = "De 2 contratos por abrir, aquí no se cuenta nada."
    assert lead() == f"Para {day}, en lo abierto en esta sesión: 1 punto con recorte. {left}"
    many_points(portal, customer, 60)
    for url in ("/inicio", "/inicio?pagina=2"):
        assert lead(url).endswith(f"no tienen nominación en firme para {day}. {left}")


def test_the_number_of_questions_does_not_grow_with_the_points(portal: RunningPortal) -> None:
    customer = opened(portal)
    measure(portal, customer, "1000", "1300")
    engine = portal.app.extensions["portal.engine"]
    with counted(engine) as first:
        customer.browser.open("/inicio")
    # What was worked out of the account is kept.
    with counted(engine) as few:
        customer.browser.open("/inicio")
    with portal.session() as session, transaction(session):
        for _ in range(6):
            other = factories.contract(session, company_id=customer.way.contract.company_id)
            factories.delivery_point(session, contract=session.merge(customer.way.contract))
            session.add(
                Binding(
                    user_id=customer.way.actor.user_id,
                    contract_id=other.id,
                    may_nominate=True,
                    created_at=factories.NOW,
                )
            )
    with counted(engine) as many:
        page = customer.browser.open("/inicio")
    assert len(page.select("[data-delivery-point]")) == 7
    assert len(many) == len(few)
    assert len(first) <= 29
    assert len(few) <= 27


def many_points(portal: RunningPortal, customer: Customer, count: int) -> None:
    """Add points to the contract, all nominated for tomorrow but the last two by name."""
    with portal.session() as session, transaction(session):
        owner = session.merge(customer.way.contract)
        for number in range(count):
            point = factories.delivery_point(session, contract=owner, name=f"EDS Serie {number:03}")
            if number < count - 2:
                factories.nomination(session, point, TODAY.plus(1), "1000")


def listed(page: Page) -> list[str]:
    return [each.get_text() for each in page.select("[data-delivery-point] .point-name")]


def test_many_points_come_a_page_at_a_time_those_without_nomination_first(portal_on_each: RunningPortal) -> None:
    customer = opened(portal_on_each)
    many_points(portal_on_each, customer, 60)
    page = customer.browser.open("/inicio")
    said = "De 61 puntos de lo abierto en esta sesión, 3 no tienen nominación en firme para mañana, martes 24"
    assert said in page.text
    assert len(listed(page)) == 25
    assert {"EDS Serie 058", "EDS Serie 059"} < set(listed(page)[:3])
    headings = [each.get_text(" ", strip=True) for each in page.select("section.contract h2")]
    assert [each.startswith("Por atender:") for each in headings] == [True, False]
    assert len(page.body) <= 60_000
    later = page.click("Siguientes →")
    assert "Página 2 de 3" in later.text
    assert not set(listed(page)) & set(listed(later))
    assert len(listed(later.click("Siguientes →"))) == 11
    # Beyond the last page stands the last one.
    assert len(listed(customer.browser.open("/inicio?pagina=99"))) == 11


def test_what_is_not_nominated_stands_before_a_month_out_of_tolerance(portal: RunningPortal) -> None:
    customer = opened(portal)
    measure(portal, customer, "1000", "3000")
    tomorrow = TODAY.plus(1)
    with portal.session() as session, transaction(session):
        contract = session.merge(customer.way.contract)
        waiting = factories.delivery_point(session, contract=contract, name="Zanja Honda")
        fine = factories.delivery_point(session, contract=contract, name="Aguas Claras")
        for point in (customer.way.point, fine):
            factories.nomination(session, point, tomorrow, "1000")
            ledger.rewrite_day(session, delivery_point=point, gas_day=tomorrow)
        expected = [waiting.name, customer.way.point.name, fine.name]
    assert listed(customer.browser.open("/inicio")) == expected


def test_many_points_are_searched_by_their_names(portal: RunningPortal) -> None:
    customer = opened(portal)
    many_points(portal, customer, 60)
    with portal.session() as session, transaction(session):
        factories.delivery_point(session, contract=session.merge(customer.way.contract), name="Molino Ocarina")
    page = customer.browser.open("/inicio").form("#buscar").fill(q="ocarina").submit()
    assert "Se encontró 1 punto." in page.text
    assert listed(page) == ["Molino Ocarina"]
    assert len(listed(page.click("Ver todos"))) == 25
    none = page.form("#buscar").fill(q="no existe").submit()
    assert "Ninguno tiene esas palabras." in none.text
    assert none.status == 200


def test_the_page_of_a_modality_has_the_same_pages(portal: RunningPortal) -> None:
    customer = opened(portal)
    many_points(portal, customer, 60)
    address = f"/nominacion/{customer.modality}"
    page = customer.browser.open(address)
    assert len(listed(page)) == 25
    assert {"EDS Serie 058", "EDS Serie 059"} < set(listed(page)[:3])
    assert "Página 3 de 3" in customer.browser.open(f"{address}?pagina=3").text
    with portal.session() as session, transaction(session):
        factories.delivery_point(session, contract=session.merge(customer.way.contract), name="Molino Ocarina")
    assert listed(customer.browser.open(f"{address}?q=ocarina")) == ["Molino Ocarina"]


def test_what_is_out_of_tolerance_moves_no_point_whose_figures_may_not_be_told(portal: RunningPortal) -> None:
    """The order of a list tells something too (adr/0005)."""
    customer = opened(portal)
    many_points(portal, customer, 60)
    with portal.session() as session, transaction(session):
        hidden = session.scalars(select(DeliveryPoint).where(DeliveryPoint.name == "EDS Serie 030")).unique().one()
        factories.nomination(session, hidden, TODAY.plus(-1), "1000")
        factories.reading(session, hidden, TODAY.plus(-1), "9000")
        ledger.rewrite_day(session, delivery_point=hidden, gas_day=TODAY.plus(-1))
    assert "EDS Serie 030" not in listed(customer.browser.open("/inicio"))[:4]
    measure(portal, customer, "1000", "9000")
    with portal.session() as session, transaction(session):
        factories.nomination(session, session.merge(customer.way.point), TODAY.plus(1), "1000")
    shown = customer.browser.open("/inicio")
    first = [str(each["data-delivery-point"]) for each in shown.select("[data-delivery-point]")[:3]]
    assert customer.point in first


def test_what_is_kept_of_a_point_follows_every_change_of_its_account(portal_on_each: RunningPortal) -> None:
    customer = opened(portal_on_each)
    for ago in range(1, 23):
        measure(portal_on_each, customer, "1000", "1000", ago)
    assert "Sugerida 1.000 m³" in row(customer.browser.open("/inicio"), customer)
    with portal_on_each.session() as session, transaction(session):
        for weeks in (1, 2, 3):
            day = TODAY.plus(1 - 7 * weeks)
            factories.reading(session, customer.way.point, day, "1400", version=2)
            ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=day)
    assert "Sugerida 1.400 m³" in row(customer.browser.open("/inicio"), customer)
    with portal_on_each.session() as session, transaction(session):
        factories.nomination(session, customer.way.point, TODAY.plus(-1), "1234", revision=2)
        ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=TODAY.plus(-1))
    assert "1.234 m³" in row(customer.browser.open("/inicio"), customer)


def test_a_row_kept_from_before_counts_down_and_carries_the_token_of_its_reader(
    portal: RunningPortal, clock: SetClock
) -> None:
    customer = opened(portal)
    with portal.session() as session, transaction(session):
        session.get_one(DeliveryPoint, customer.way.point.id).name = "EDS <Norte> & Sur"
    measure(portal, customer, "1000", "990")
    colleague = portal.colleague_of(customer)
    colleague.use_keys()
    for address in ("/inicio", f"/nominacion/{customer.modality}"):
        before, theirs = customer.browser.open(address), colleague.browser.open(address)
        clock.forward(minutes=7)
        after = customer.browser.open(address)
        assert "EDS &lt;Norte&gt; &amp; Sur" in after.source
        told, later = row(before, customer), row(after, customer)
        assert told != later
        countdown = re.compile("cierra en [0-9 hmin]+")
        assert countdown.sub("", told) == countdown.sub("", later)
        tokens = [str(page.one(".quick input[name=csrf_token]")["value"]) for page in (after, theirs)]
        assert tokens[0] != tokens[1]
        assert tokens[0] not in theirs.source
        assert tokens[1] not in after.source
        assert after.click(".quick button[value=ayer]").one("[name=security_code]")


@pytest.mark.parametrize("of_contract", [False, True])
@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (2, "Mañana, martes 24 de noviembre de 2026, es su último día de servicio."),
        (1, "Hoy, lunes 23 de noviembre de 2026, es su último día de servicio: mañana ya no hay qué nominar."),
        (0, "Ayer, domingo 22 de noviembre de 2026, fue su último día de servicio: ya no hay qué nominar."),
    ],
)
def test_a_point_stays_here_until_the_reading_of_its_last_day_and_says_when_that_is(
    portal: RunningPortal, ends: int, said: str, of_contract: bool
) -> None:
    customer = opened(portal)
    for ago in (1, 2):
        measure(portal, customer, "1000", "990", ago)
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        (point.contract if of_contract else point).ends_on = TODAY.plus(ends)
        factories.nomination(session, point, TODAY, "1000")
    page = customer.browser.open("/inicio")
    told = row(page, customer)
    assert said in told
    assert "Última medición de ayer" in told
    assert ("Sin nominar – cierra en 3 h" in told) is (ends == 2)
    assert ("Sin servicio" in told) is (ends < 2)
    lead = page.one(".lead").get_text()
    assert ("Sin servicio ese día: 1 punto." in lead) is (ends < 2)
    assert "está nominado" not in lead
    # The day that runs can still be asked for anew, but for a day that is over.
    assert ("Cambiar la cantidad" in told) is (ends > 0)
    portal.clock.forward(days=ends + 1)
    assert customer.point not in portal.holder_of(customer.way).browser.open("/inicio").source


def test_what_is_folded_on_a_row_is_named_on_its_line_and_what_tomorrow_asks_for_is_not_folded(
    portal: RunningPortal,
) -> None:
    customer = opened(portal)
    measure(portal, customer, "1000", "990", 1)
    many_points(portal, customer, 2)
    customer.nominate("1.200")
    page = customer.browser.open("/inicio")
    folded = page.one(f'[data-delivery-point="{customer.point}"] details')
    assert not folded.has_attr("open")
    line = folded.find("summary").get_text()
    assert line.startswith("Puede cambiarla o anularla hasta hoy a las 12:00.")
    assert "Hoy: No nominó" in folded.get_text()
    with portal.session() as session, transaction(session):
        point = session.merge(customer.way.point)
        factories.authorisation(session, point, TODAY.plus(1), "800", cut_reason=CutReason.PCC)
    page = customer.browser.open("/inicio")
    shown = page.one(f'[data-delivery-point="{customer.point}"]')
    for each in shown.select("details"):
        each.extract()
    assert "Autorizada con recorte: 800 m³ de 1.200 m³" in shown.get_text()
    assert "Puede cambiarla o anularla hasta" in shown.get_text()


def test_a_single_point_reads_like_a_letter_with_nothing_folded(portal: RunningPortal) -> None:
    customer = opened(portal)
    customer.nominate("1.200")
    page = customer.browser.open("/inicio")
    assert page.one(".start-list.is-letter details[open]")
