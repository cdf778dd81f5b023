"""All points of a contract on one page: filled by a tap, signed with the code of each, a radicado each, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from portal.domain.gas_day import BOGOTA
from portal.models import DeliveryPoint, KeyAttempt, Nomination, OpenCharge, OutboxMessage
from portal.services import keys, ledger
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.trace import audit, receipts
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, YESTERDAY, Customer
from tests.factories import TODAY
from tests.services.way import Way, wrong_numeric_key

FIRST, SECOND = TOMORROW.isoformat(), TOMORROW.plus(1).isoformat()


@dataclass
class Morning:
    """A customer with several points in one contract, their keys by public id, and their names."""

    portal: RunningPortal
    customer: Customer
    numeric: dict[str, str]
    names: dict[str, str]

    @property
    def points(self) -> list[str]:
        """The public ids, in the order of the pages."""
        return sorted(self.numeric, key=lambda point: self.names[point].lower())

    def start(self) -> Page:
        """The page of all points."""
        return self.customer.open(f"/nominacion/{self.customer.modality}/todos")

    def fill(self, button: str = "Nominar todos como ayer", **fields: str) -> Page:
        """The table, filled by a button."""
        return self.start().form("#todos").fill(**fields).submit(button)

    def document(self, page: Page) -> Page:
        """The page to sign."""
        return page.form().submit("Continuar a la firma")

    def sign(self, document: Page, **codes: str) -> Page:
        """Type the code of each point that is asked, the right ones unless told, and send them."""
        asked = [str(field["id"]).removeprefix("codigo-") for field in document.select("input[name^=codigo-]")]
        given = {f"codigo-{point}": codes.get(point, self.numeric[point]) for point in asked}
        return document.form().fill(**given).submit("Firmar y enviar todas")

    def count(self) -> int:
        """How many nominations there are for days to come."""
        with self.portal.session() as session:
            return session.query(Nomination).filter(Nomination.gas_day >= TOMORROW).count()


def set_out(portal: RunningPortal, *, points: int = 3, keyless: int = 0, **contract: object) -> Morning:
    """Points that nominated 5.000, 6.000 … m³ yesterday; the keys of the last ``keyless`` ones were never given."""
    customer = portal.customer(**{"maximum_micro": 90_000 * 1_000_000} | contract)
    numeric = {customer.point: customer.way.numeric_key}
    with portal.session() as session:
        for _ in range(points - 1):
            with transaction(session):
                point = factories.delivery_point(session, contract=session.merge(customer.way.contract))
            act = Act.at(session, Actor.system(), portal.clock.now)
            numeric[point.public_id] = keys.issue(act, delivery_point=point)
        found = {point.public_id: point for point in session.query(DeliveryPoint) if point.public_id in numeric}
        for place, public_id in enumerate(numeric):
            with transaction(session):
                point = found[public_id]
                factories.nomination(session, point, YESTERDAY, str(5_000 + 1_000 * place))
                ledger.rewrite_day(session, delivery_point=point, gas_day=YESTERDAY)
        names = {public_id: point.name for public_id, point in found.items()}
    customer.use_keys(of_point=False)
    for public_id in list(numeric)[: points - keyless]:
        page = customer.open(f"/cuentas-de-balance/{customer.modality}/{public_id}/clave")
        page.form().fill(numeric_key=numeric[public_id]).submit()
    return Morning(portal, customer, numeric, names)


def quantity(page: Page, point: str, day: str = FIRST) -> str:
    return str(page.one(f'input[name="q-{point}-{day}"]')["value"])


def test_all_points_are_nominated_as_yesterday_and_signed_on_one_page_each_with_its_own_code(
    portal_on_each: RunningPortal,
):
    morning = set_out(portal_on_each)
    customer = morning.customer
    start = customer.open(f"/nominacion/{customer.modality}").click("Nominar todos")
    assert customer.open("/inicio").one(f'a[href*="/nominacion/{customer.modality}/todos?contrato="]')
    assert start.h1 == "Nominar todos los puntos"
    table = start.form("#todos").submit("Nominar todos como ayer")
    assert [quantity(table, point) for point in morning.numeric] == ["5.000", "6.000", "7.000"]
    assert table.value("[data-total-day] [data-field=total]") == "18000"
    document = morning.document(table)
    assert "3 nominaciones de 3 puntos, en total 18.000 m³" in document.text
    receipt = morning.sign(document)
    assert receipt.url.endswith("/comprobante")
    rows = receipt.select(".receipt-row")
    assert [str(row["data-delivery-point"]) for row in rows] == morning.points
    assert all("Nominada" in row.get_text() for row in rows)
    numbers = {f"N-2026-00000{place}" for place in (1, 2, 3)}
    assert all(number in receipt.text for number in numbers)
    one = receipt.click("N-2026-000002")
    assert one.value("[data-field=quantity]") in {"5000", "6000", "7000"}
    with portal_on_each.session() as session:
        assert ledger.verify(session) is None
        assert receipts.verify(session) is None
        assert audit.verify(session) is None
        assert session.query(OpenCharge).count() == 0
        sent = session.query(OutboxMessage).filter(OutboxMessage.subject.contains("de 3 puntos")).all()
        # The signer has no contact of another address: one mail for all points.
        assert len({mail.recipient for mail in sent}) == len(sent) >= 1
    assert portal_on_each.count(KeyAttempt, outcome="wrong") == 0


def test_a_point_that_is_nominated_stays_as_it_is_unless_it_is_changed(portal: RunningPortal):
    morning = set_out(portal)
    first = morning.customer.point
    morning.customer.nominate("9.100")
    table = morning.fill()
    assert quantity(table, first) == ""
    assert "nominada: 9.100" in table.text
    document = morning.document(table)
    assert first not in [str(each["data-delivery-point"]) for each in document.select(".signed-point")]
    table = document.click("Volver a las cantidades")
    document = morning.document(table.form().fill(**{f"q-{first}-{FIRST}": "9.200"}).submit("Actualizar"))
    assert "Reemplaza la versión 1: 9.100 m³" in document.text
    receipt = morning.sign(document)
    assert len(receipt.select(".receipt-row")) == 3
    assert morning.count() == 4


def test_one_wrong_code_names_its_point_writes_nothing_and_gives_no_code_back(portal: RunningPortal):
    morning = set_out(portal)
    document = morning.document(morning.fill())
    wrong = morning.points[1]
    typed = wrong_numeric_key(Way(morning.customer.way.contract, None, "", morning.numeric[wrong], None))  # type: ignore[arg-type]
    page = morning.sign(document, **{wrong: typed})
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert f"{morning.names[wrong]}: Código incorrecto" in page.one("#resumen-errores").get_text(" ", strip=True)
    assert "No se envió nada" in page.text
    assert all(code not in page.source for code in (*morning.numeric.values(), typed))
    assert morning.count() == 0
    assert portal.count(KeyAttempt, outcome="wrong") == 1
    assert portal.count(OpenCharge) == 0
    assert morning.sign(page).url.endswith("/comprobante")
    assert morning.count() == 3


def test_codes_that_cannot_be_keys_are_all_named_at_once_and_cost_nothing(portal: RunningPortal):
    morning = set_out(portal)
    document = morning.document(morning.fill())
    before = portal.count(KeyAttempt)
    page = morning.sign(document, **dict(zip(morning.points, ("", "12", "111111119"), strict=True)))
    said = page.one("#resumen-errores").get_text(" ", strip=True)
    assert page.status == 422
    assert f"carta de {morning.names[morning.points[0]]}" in said
    assert "9 cifras" in said
    assert "error de digitación" in said
    assert portal.count(KeyAttempt) == before


def test_a_point_without_its_key_shows_no_figures_and_is_not_filled(portal: RunningPortal):
    morning = set_out(portal, keyless=1)
    keyless = list(morning.numeric)[-1]
    start = morning.start()
    row = start.one(f'tr[data-delivery-point="{keyless}"]').get_text(" ", strip=True)
    assert "Falta su clave" in row
    assert "7.000" not in start.text
    table = start.form("#todos").submit("Nominar todos como ayer")
    assert quantity(table, keyless) == ""
    assert "7.000" not in table.source
    assert len(morning.document(table).select(".signed-point")) == 2
    back = start.click(f"Escribirla para {morning.names[keyless]}")
    assert back.form().fill(numeric_key=morning.numeric[keyless]).submit().h1 == "Nominar todos los puntos"


def test_a_point_without_its_key_can_be_typed_blind_and_signed_with_its_code(portal: RunningPortal):
    morning = set_out(portal, points=2, keyless=1)
    keyless = list(morning.numeric)[-1]
    table = morning.fill("Escribir las cantidades").form().fill(**{f"q-{keyless}-{FIRST}": "4.000"})
    receipt = morning.sign(morning.document(table.submit("Actualizar")))
    assert [str(row["data-delivery-point"]) for row in receipt.select(".receipt-row")] == [keyless]


def test_the_same_page_sent_twice_is_one_nomination_each(portal_on_each: RunningPortal):
    morning = set_out(portal_on_each)
    document = morning.document(morning.fill())
    once, again = morning.sign(document), morning.sign(document)
    assert once.url == again.url
    assert morning.count() == 3


def test_a_close_that_passed_meanwhile_is_said_for_its_day_and_nothing_is_sent(portal: RunningPortal):
    portal.clock.now = datetime.combine(TODAY.date, time(11, 50), BOGOTA)
    morning = set_out(portal)
    document = morning.document(morning.fill(days="2"))
    portal.clock.forward(minutes=15)
    page = morning.sign(document)
    assert page.status == 422
    assert "No se envió nada" in page.text
    closed = page.select("[data-closed-day]")
    assert [str(each["data-closed-day"]) for each in closed] == [FIRST], "the second day is still open"
    assert morning.count() == 0
    assert portal.count(KeyAttempt, outcome="wrong") == 0
    table = page.form().submit("Quitar lo que ya cerró")
    receipt = morning.sign(morning.document(table))
    assert {str(row["data-gas-day"]) for row in receipt.select(".receipt-row")} == {SECOND}
    assert morning.count() == 3


def test_a_quantity_far_from_the_usual_needs_its_own_tick(portal: RunningPortal):
    morning = set_out(portal, maximum_micro=20_000 * 1_000_000)
    first = morning.points[0]
    table = morning.fill().form().fill(**{f"q-{first}-{FIRST}": "970.000"}).submit("Continuar a la firma")
    assert table.status == 422
    assert "Marque «Es correcta»" in table.text
    boxes = table.select("#cuenta input[type=checkbox]")
    assert [str(each["name"]) for each in boxes] == [f"visto-{FIRST}", f"visto-{first}-{FIRST}"], (
        "one for the day, whose points are above the contract's maximum together, one for the quantity"
    )
    table = table.form().fill(**{f"visto-{FIRST}": True}).submit("Continuar a la firma")
    assert table.status == 422, "the other one is still missing"
    ticks = {str(each["name"]): True for each in table.select("#cuenta input[type=checkbox]")}
    document = table.form().fill(**ticks).submit("Continuar a la firma")
    assert "Usted marcó que es correcta" in document.text
    assert morning.sign(document).url.endswith("/comprobante")


def test_points_that_are_above_a_blocking_maximum_together_are_refused_together(portal: RunningPortal):
    morning = set_out(portal, maximum_micro=15_000 * 1_000_000, maximum_blocks=True)
    table = morning.fill()
    assert "no admite más" in table.one("#dias-por-revisar li").get_text()
    assert not table.select("#por-revisar"), "it is the day that is too much, no single point"
    table = table.form().submit("Continuar a la firma")
    assert table.status == 422
    first = morning.points[2]
    table = table.form().fill(**{f"q-{first}-{FIRST}": ""}).submit("Actualizar")
    assert morning.sign(morning.document(table)).url.endswith("/comprobante")
    assert morning.count() == 2


def test_the_count_below_the_table_follows_the_typing_and_stores_nothing(portal: RunningPortal):
    morning = set_out(portal)
    table = morning.fill()
    typed = {f"q-{point}-{FIRST}": "1.000" for point in morning.points}
    data = {"csrf_token": table.form()["csrf_token"], "version": "1"} | typed
    answer = morning.customer.browser.client.post(f"{table.url}/cuenta", data=data, headers={"HX-Request": "true"})
    assert 'data-value="3000"' in answer.text
    assert "<html" not in answer.text
    assert quantity(morning.customer.open(table.url), morning.points[0]) != "1.000"


def test_another_tab_that_changed_the_table_is_answered_with_409(portal: RunningPortal):
    morning = set_out(portal)
    table = morning.fill()
    document = morning.document(table)
    first = morning.points[0]
    morning.customer.open(table.url).form().fill(**{f"q-{first}-{FIRST}": "1.000"}).submit("Actualizar")
    assert morning.sign(document).status == 409
    assert morning.count() == 0


def test_a_group_of_another_person_is_not_there(portal: RunningPortal):
    morning = set_out(portal)
    table = morning.fill()
    other = set_out(portal)
    for address in (table.url, f"{table.url}/firma", f"{table.url}/comprobante"):
        assert other.customer.open(address).status == 404
