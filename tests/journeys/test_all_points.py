"""All points of a contract on one page: filled by a tap, signed with the code of each, a radicado each, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from portal.domain.accounts import Role
from portal.domain.gas_day import BOGOTA
from portal.domain.nominations import ClosePolicy, CutReason
from portal.domain.settings import SettingName
from portal.models import (
    AuditEvent,
    DeliveryPoint,
    KeyAttempt,
    Nomination,
    OpenCharge,
    OutboxMessage,
    PointPolicy,
    SettingRow,
    User,
)
from portal.services import keys, ledger
from portal.services.people.accounts import second_factor
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.trace import audit, receipts
from tests import factories
from tests.agent import SECRET
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
    for row in rows:
        one = receipt.click(row.select_one("a").get_text())
        assert one.one(".receipt-proof .code").get_text() == row.select_one("[data-field=code]").get_text()
        assert one.value("[data-field=quantity]") == row.select_one("[data-field=quantity]")["data-value"]
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


def test_to_change_what_was_decided_says_that_it_is_decided_again(portal: RunningPortal):
    morning = set_out(portal)
    first = morning.customer.point
    morning.customer.nominate("9.100")
    note = "autorizada con recorte: 7.700 m³; si cambia, se decide otra vez"
    table = morning.fill()
    assert note not in table.text
    with portal.session() as session, transaction(session):
        point = session.query(DeliveryPoint).filter_by(public_id=first).one()
        factories.authorisation(session, point, TOMORROW, "7700", revision=1, cut_reason=CutReason.PCC)
    table = morning.customer.open(table.url)
    assert f"nominada: 9.100 · {note}" in table.text
    document = morning.document(table)
    assert note not in document.text, "what stays as it is stays decided"
    table = document.click("Volver a las cantidades")
    document = morning.document(table.form().fill(**{f"q-{first}-{FIRST}": "9.200"}).submit("Actualizar"))
    assert f"Reemplaza la versión 1: 9.100 m³ · {note}" in document.text


def unsaid(page: Page) -> list[str]:
    return [" ".join(each.get_text().split()) for each in page.select("[data-unsaid]")]


def test_what_stays_without_nomination_is_said_for_each_day_with_its_rule_before_signing(portal_on_each: RunningPortal):
    morning = set_out(portal_on_each, points=6)
    last = morning.points[-1]
    with portal_on_each.session() as session, transaction(session):
        point = session.query(DeliveryPoint).filter_by(public_id=last).one()
        zero = PointPolicy(
            delivery_point_id=point.id, policy=ClosePolicy.ZERO, valid_from=TODAY, recorded_at=portal_on_each.clock.now
        )
        session.add(zero)
    assert unsaid(morning.fill()) == []
    table = morning.start().form("#todos").fill(days="2").submit("Escribir las cantidades")
    names = [morning.names[each] for each in morning.points]
    weekdays = ("martes 24 de noviembre de 2026", "miércoles 25 de noviembre de 2026")
    rule = "se nominará por usted el promedio de los últimos cuatro"

    def said(day: str, *left: str) -> list[str]:
        several = day.split(maxsplit=1)[0]
        shown = f"{left[0]}, {left[1]}, {left[2]} y 2 más" if len(left) > 4 else f"{', '.join(left[:-1])} y {left[-1]}"
        return [
            f"Quedan sin nominar {len(left)} puntos el {day}: {shown}. Si siguen así al cierre, {rule} {several}.",
            f"Queda sin nominar el {day}: {names[-1]}. Si sigue así al cierre, se nominará cero (0).",
        ]

    assert unsaid(table) == [line for day in weekdays for line in said(day, *names[:-1])]
    typed = {f"q-{morning.points[0]}-{FIRST}": "5.000"}
    typed |= {f"q-{each}-{SECOND}": "6.000" for each in morning.points}
    document = morning.document(table.form().fill(**typed).submit("Actualizar"))
    assert unsaid(document) == said(weekdays[0], *names[1:-1])


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


def test_a_group_of_another_person_is_not_there_not_even_for_a_colleague(portal: RunningPortal):
    morning = set_out(portal)
    table = morning.fill()
    colleague = portal.colleague_of(morning.customer)
    colleague.use_keys()
    for address in (table.url, f"{table.url}/firma", f"{table.url}/comprobante"):
        assert colleague.open(address).status == 404
        assert set_out(portal).customer.open(address).status == 404


def paste(morning: Morning, text: str) -> Page:
    return morning.start().form("#pegar").fill(pasted=text).submit("Revisar lo pegado")


def test_a_table_of_names_and_days_is_pasted_and_a_bad_row_stops_no_good_one(portal: RunningPortal):
    morning = set_out(portal)
    first, second, third = morning.points
    text = (
        "Punto\t24/11/2026\tmiércoles 25 de noviembre\t22/11/2026\n"
        f"{morning.names[first]}\t9.500\t9.600\t1\n"
        f"{morning.names[second].upper()}\tdoce mil\t8.000\t\n"
        "EDS de otra empresa\t1\t2\t\n"
        "Total\t19.000\t17.602\t\n"
    )
    table = paste(morning, text)
    assert [quantity(table, first), quantity(table, first, SECOND)] == ["9.500", "9.600"]
    assert [quantity(table, second), quantity(table, second, SECOND)] == ["doce mil", "8.000"]
    assert quantity(table, third) == ""
    told = table.one("#no-tomado").get_text(" ", strip=True)
    assert "No reconocemos «EDS de otra empresa» entre los puntos de este contrato" in told
    assert "El domingo 22 de noviembre de 2026 no se puede nominar ahora" in told
    assert "La tabla dice 17.602 en total para el miércoles 25 de noviembre de 2026" in told
    assert "lo que se tomó suma 17.600 m³" in told
    # "doce mil" has no sum.
    assert "19.000" not in told
    assert "«doce mil» no es una cantidad" in table.one("#por-revisar").get_text(" ", strip=True)
    assert table.form().submit("Continuar a la firma").status == 422
    table = morning.customer.open(table.url).form().fill(**{f"q-{second}-{FIRST}": ""}).submit("Continuar a la firma")
    receipt = morning.sign(table)
    assert morning.count() == 3
    assert len(receipt.select(".receipt-row")) == 3


def test_a_weekday_that_the_date_does_not_have_is_said_in_words(portal: RunningPortal):
    morning = set_out(portal, points=2)
    page = paste(morning, f"Punto\tmié 1 dic\n{morning.names[morning.points[0]]}\t9.500")
    assert page.status == 422
    assert "Revise una fecha de la tabla: el 1 de diciembre de 2026 es martes, no miércoles." in page.text


def test_two_columns_are_for_the_nearest_open_day(portal: RunningPortal):
    morning = set_out(portal)
    with portal.session() as session:
        code = session.query(DeliveryPoint).filter_by(public_id=morning.points[0]).one().carrier_code
    table = paste(morning, f"Código;Cantidad (m3)\n{code};9.500\n")
    assert quantity(table, morning.points[0]) == "9.500"


def test_the_receipt_leads_to_the_history_of_the_month_of_its_days(portal: RunningPortal):
    morning = set_out(portal, points=2)
    # The last day of a month: what is sent today is for the next one.
    portal.clock.now = datetime.combine(TODAY.plus(7).date, time(9), BOGOTA)
    morning.customer = portal.holder_of(morning.customer.way)
    morning.customer.use_keys(of_point=False)
    pasted = "\n".join(f"{morning.names[point]}\t5.000" for point in morning.numeric)
    table = paste(morning, pasted)
    history = morning.sign(morning.document(table)).click("Ver el historial")
    assert history.one(".month-nav strong").get_text() == "diciembre de 2026"


def test_a_text_that_gives_nothing_says_why_and_stays(portal: RunningPortal):
    morning = set_out(portal)
    page = paste(morning, "Punto\t22/11/2026\nEDS de otra empresa\t1.000")
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "No encontramos ninguna cantidad" in page.text
    assert "No reconocemos «EDS de otra empresa» entre los puntos" in page.one("#no-tomado").get_text()
    assert "EDS de otra empresa" in page.one("textarea#pasted").get_text()


def set_one_code(morning: Morning, *, value: str = "1", ahead: int = 0) -> None:
    """Staff set for the contract, from a gas day on, whether one code and an authenticator sign all its points."""
    with morning.portal.session() as session, transaction(session):
        session.add(
            SettingRow(
                name=SettingName.ONE_CODE,
                contract_id=morning.customer.way.contract.id,
                value=value,
                valid_from=TODAY.plus(ahead),
                reason="Acordado con el cliente",
                recorded_at=morning.portal.clock.now,
                recorded_by_id=factories.user(session, role=Role.ADMIN).id,
            )
        )


def give_authenticator(morning: Morning) -> None:
    with morning.portal.session() as session, transaction(session):
        user = session.get_one(User, morning.customer.way.actor.user_id)
        second_factor.enrol(vault=morning.portal.vault, user=user, secret=SECRET)


def sign_short(morning: Morning, document: Page, point: str, code: str | None = None, totp: str | None = None) -> Page:
    shown = totp or second_factor.compute_code(SECRET, morning.portal.clock.now)
    given = {"anchor": point, "security_code": code or morning.numeric[point], "totp": shown}
    return document.form().fill(**given).submit("Firmar y enviar todas")


def test_where_staff_set_it_one_code_and_the_own_authenticator_sign_all_points(portal_on_each: RunningPortal):
    morning = set_out(portal_on_each)
    set_one_code(morning)
    give_authenticator(morning)
    document = morning.document(morning.fill())
    assert not document.select("input[name^=codigo-]")
    receipt = sign_short(morning, document, morning.points[1])
    assert len(receipt.select(".receipt-row")) == 3
    with portal_on_each.session() as session:
        signed = session.query(AuditEvent).filter_by(event="nomination:signed").all()
        assert ["key-and-authenticator" in str(event.details) for event in signed] == [True] * 3
        assert audit.verify(session) is None
        assert session.query(OpenCharge).count() == 0


def test_without_the_setting_or_before_its_day_each_point_has_its_code(portal: RunningPortal):
    morning = set_out(portal)
    give_authenticator(morning)
    set_one_code(morning, ahead=1)
    assert len(morning.document(morning.fill()).select("input[name^=codigo-]")) == 3
    set_one_code(morning)
    set_one_code(morning, value="0")
    document = morning.document(morning.fill())
    assert len(document.select("input[name^=codigo-]")) == 3
    assert "bastaría un código" not in document.text


def test_without_an_authenticator_each_point_has_its_code_and_the_page_says_how(portal: RunningPortal):
    morning = set_out(portal)
    set_one_code(morning)
    document = morning.document(morning.fill())
    assert len(document.select("input[name^=codigo-]")) == 3
    assert "bastaría un código" in document.text
    assert morning.sign(document).url.endswith("/comprobante")


def test_a_wrong_code_of_either_kind_signs_nothing_and_spends_no_other(portal: RunningPortal):
    morning = set_out(portal)
    set_one_code(morning)
    give_authenticator(morning)
    document, point = morning.document(morning.fill()), morning.points[0]
    right = second_factor.compute_code(SECRET, portal.clock.now)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    page = sign_short(morning, document, point, totp=wrong)
    assert page.status == 422
    assert "Escriba el que su aplicación muestra ahora" in page.text
    page = sign_short(morning, page, point, code=morning.numeric[morning.points[1]])
    assert page.status == 422
    assert "Revise la clave numérica de su carta" in page.text
    assert morning.count() == 0
    assert portal.count(OpenCharge) == 0
    assert sign_short(morning, page, point).url.endswith("/comprobante"), "the code of the authenticator was not spent"


def test_a_point_whose_key_was_never_given_is_signed_with_its_own_code_all_the_same(portal: RunningPortal):
    morning = set_out(portal, keyless=1)
    keyless = list(morning.numeric)[-1]
    set_one_code(morning)
    give_authenticator(morning)
    table = morning.fill().form().fill(**{f"q-{keyless}-{FIRST}": "4.000"}).submit("Actualizar")
    document = morning.document(table)
    assert [str(field["name"]) for field in document.select("input[name^=codigo-]")] == [f"codigo-{keyless}"]
    page = sign_short(morning, document, morning.points[0])
    assert page.status == 422
    form = page.form().fill(**{f"codigo-{keyless}": morning.numeric[keyless]})
    shown = second_factor.compute_code(SECRET, portal.clock.now)
    first = next(point for point in morning.points if point != keyless)
    receipt = form.fill(anchor=first, security_code=morning.numeric[first], totp=shown).submit("Firmar y enviar todas")
    assert len(receipt.select(".receipt-row")) == 3


def test_the_short_way_that_was_withdrawn_meanwhile_signs_nothing(portal: RunningPortal):
    morning = set_out(portal)
    set_one_code(morning)
    give_authenticator(morning)
    document = morning.document(morning.fill())
    set_one_code(morning, value="0")
    page = sign_short(morning, document, morning.points[0])
    assert morning.count() == 0
    assert len(page.select("input[name^=codigo-]")) == 3, "the page asks for each of them"


def test_who_can_sign_with_one_code_may_still_type_each(portal: RunningPortal):
    morning = set_out(portal)
    set_one_code(morning)
    give_authenticator(morning)
    document = morning.document(morning.fill()).click("Firmar con el código de cada punto")
    assert morning.sign(document).url.endswith("/comprobante")


def test_the_same_short_signature_sent_twice_is_one(portal: RunningPortal):
    morning = set_out(portal)
    set_one_code(morning)
    give_authenticator(morning)
    document = morning.document(morning.fill())
    once = sign_short(morning, document, morning.points[0])
    assert sign_short(morning, document, morning.points[0]).url == once.url
    assert morning.count() == 3


def test_a_contract_whose_points_are_not_in_service_says_so(portal: RunningPortal) -> None:
    customer = portal.customer(starts_on=TODAY.plus(30))
    customer.use_keys()
    page = customer.open(f"/nominacion/{customer.modality}/todos")
    assert "ningún punto está en servicio el martes 24 de noviembre de 2026" in page.text
    assert "0 puntos" not in page.text
