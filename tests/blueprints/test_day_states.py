"""After the close each point shows what it truly is, on the start page, the page of its modality and the calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.accounts import Role
from portal.domain.lifecycle import DayState
from portal.domain.nominations import Channel, ClosePolicy, CutReason
from portal.models import PointPolicy
from portal.services import ledger
from portal.services.nominations import DayStanding, day_closes
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.words.day_states import count_words
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import RENOMINATION, TOMORROW, Customer
from tests.factories import NOW, TODAY

# 09:00 in Colombia; the close is three hours later.
CLOSE = timedelta(hours=3)


def back(portal: RunningPortal, customer: Customer) -> Customer:
    """The same person in a session of now, with both keys given again."""
    again = portal.holder_of(customer.way)
    again.use_keys()
    return again


def chip(page: Page, customer: Customer) -> tuple[str, str]:
    """Tone and words of the first chip of the point."""
    found = page.one(f'[data-delivery-point="{customer.point}"] .chip')
    return str(found["class"][1]).removeprefix("chip-"), " ".join(found.get_text().split())


def both(customer: Customer) -> tuple[str, str]:
    """The chip of tomorrow, which the start page and the page of the modality say alike."""
    on_start = chip(customer.open("/inicio"), customer)
    assert chip(customer.open(f"/nominacion/{customer.modality}"), customer) == on_start
    return on_start


def cell(customer: Customer, day: str = TOMORROW.isoformat()) -> tuple[str, str]:
    page = customer.open(
        f"/nominacion/{customer.modality}/{customer.point}/calendario?mes={int(day[5:7])}&anio={day[:4]}"
    )
    found = page.one(f'td[data-gas-day="{day}"]')
    return str(found["data-state"]), " ".join(found.select(".month-state")[0].get_text(" ").split())


def close(portal: RunningPortal, customer: Customer) -> None:
    """Apply the rules, as the worker does after the close."""
    with portal.session() as session:
        day_closes.apply(Act.of_system(session, portal.clock.now), gas_day=TOMORROW, modality=customer.way.modality)


def rule_of(portal: RunningPortal, customer: Customer, policy: ClosePolicy) -> None:
    with portal.session() as session, transaction(session):
        session.add(
            PointPolicy(
                delivery_point_id=customer.way.point.id, policy=policy, valid_from=TODAY.plus(-20), recorded_at=NOW
            )
        )


def measured(portal: RunningPortal, customer: Customer, amount: str = "5803") -> None:
    """The same weekday of the four weeks before tomorrow took this much."""
    with portal.session() as session, transaction(session):
        for weeks in range(1, 5):
            on = TOMORROW.plus(-7 * weeks)
            factories.nomination(session, customer.way.point, on, "4100", channel=Channel.CARRIED_OVER)
            factories.reading(session, customer.way.point, on, amount)
            ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=on)


@pytest.fixture
def owner(portal: RunningPortal) -> Customer:
    customer = portal.customer(starts_on=TODAY.plus(-60))
    measured(portal, customer)
    return back(portal, customer)


ABOUT = "Para mañana, martes 24 de noviembre de 2026, en lo abierto en esta sesión"


def lead(customer: Customer) -> str:
    return " ".join(customer.open("/inicio").one(".lead").get_text().split())


def test_what_nobody_nominated_is_never_green_and_says_what_goes_and_what_can_be_done(
    portal: RunningPortal, owner: Customer
) -> None:
    assert both(owner) == ("warning", "Sin nominar – cierra en 3 h")
    portal.clock.now = NOW + CLOSE + timedelta(milliseconds=1)
    again = back(portal, owner)
    assert both(again) == ("warning", "No nominó: irá el pronóstico")
    assert "está nominado" not in again.open("/inicio").text
    portal.clock.forward(minutes=1)
    close(portal, owner)
    assert both(again) == ("warning", "No nominó: irá el pronóstico, 5.803 m³")
    assert (
        lead(again)
        == "Para mañana, martes 24 de noviembre de 2026, en lo abierto en esta sesión: 1 punto con pronóstico."
    )
    for url in ("/inicio", f"/nominacion/{owner.modality}"):
        said = again.open(url).text
        assert "Puede pedir otra cantidad hasta mañana a las 16:00; el operador decide si la acepta." in said
        assert "Nominada" not in said
    assert cell(again) == ("by-rule", "5.803 m³ No nominó con pronóstico")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ClosePolicy.FORECAST, "No nominó: irá el pronóstico, 5.803 m³"),
        (ClosePolicy.LAST, "No nominó: irá su última nominación, 4.100 m³"),
        (ClosePolicy.ZERO, "No nominó: irá en cero, 0 m³"),
    ],
)
def test_each_rule_is_said_for_what_it_is(
    portal: RunningPortal, owner: Customer, policy: ClosePolicy, words: str
) -> None:
    rule_of(portal, owner, policy)
    portal.clock.now = NOW + CLOSE + timedelta(minutes=1)
    close(portal, owner)
    assert both(back(portal, owner)) == ("warning", words)


def test_what_was_asked_is_in_review_and_then_authorised(portal: RunningPortal, owner: Customer) -> None:
    owner.nominate("1.200")
    assert both(owner) == ("success", "Nominada 1.200 m³")
    assert lead(owner) == "Todo lo abierto en esta sesión está nominado para mañana, martes 24 de noviembre de 2026."
    portal.clock.now = NOW + CLOSE + timedelta(minutes=1)
    close(portal, owner)
    again = back(portal, owner)
    assert both(again) == ("info", "En revisión: pidió 1.200 m³")
    assert lead(again).endswith("Llanogas lo está revisando.")
    assert "Puede re-nominar hasta mañana a las 16:00." in again.open("/inicio").text
    with portal.session() as session, transaction(session):
        factories.authorisation(session, owner.way.point, TOMORROW, "1200", revision=1)
    assert both(again) == ("success", "Autorizada 1.200 m³")
    assert cell(again) == ("authorised", "1.200 m³ Autorizada")
    # A figure of an earlier revision decides nothing about the next one.
    again.nominate("1.300", kind=RENOMINATION)
    assert both(again) == ("info", "En revisión: pidió 1.300 m³")
    before = "Antes se autorizó 1.200 m³, para otra versión: ya no cuenta."
    for url in ("/inicio", f"/nominacion/{owner.modality}"):
        assert before in again.open(url).text
    with portal.session() as session, transaction(session):
        factories.authorisation(session, owner.way.point, TOMORROW, "1300", revision=2, version=2)
    assert before not in again.open("/inicio").text


def test_a_cut_names_both_figures_and_is_not_green(portal: RunningPortal, owner: Customer) -> None:
    owner.nominate("1.200")
    with portal.session() as session, transaction(session):
        factories.authorisation(session, owner.way.point, TOMORROW, "900", revision=1, cut_reason=CutReason.PCC)
    portal.clock.now = NOW + CLOSE + timedelta(hours=1)
    again = back(portal, owner)
    assert both(again) == ("warning", "Autorizada con recorte: 900 m³ de 1.200 m³")
    assert (
        lead(again) == "Para mañana, martes 24 de noviembre de 2026, en lo abierto en esta sesión: 1 punto con recorte."
    )


def test_a_late_request_waits_in_words_and_the_next_day_still_says_so(portal: RunningPortal, owner: Customer) -> None:
    portal.clock.now = NOW + CLOSE + timedelta(minutes=1)
    close(portal, owner)
    again = back(portal, owner)
    again.nominate("6.000", kind=RENOMINATION)
    assert both(again) == ("warning", "Esperando decisión: pidió 6.000 m³")
    assert (
        lead(again)
        == "Para mañana, martes 24 de noviembre de 2026, en lo abierto en esta sesión: 1 punto espera decisión."
    )
    said = again.open("/inicio").text
    assert "Mientras el operador decide, vale lo que se nominó por usted: 5.803 m³." in said
    assert cell(again)[0] == "awaiting"
    # Past midnight the day runs: what waits is not forgotten because tomorrow is another day.
    portal.clock.now = TOMORROW.start + timedelta(minutes=5)
    night = back(portal, owner)
    for url in ("/inicio", f"/nominacion/{owner.modality}"):
        assert "Hoy: Esperando decisión: pidió 6.000 m³" in night.open(url).text
    # And after the last hour for changes nothing is promised any more.
    portal.clock.now = TOMORROW.start + timedelta(hours=16, minutes=1)
    assert "Puede pedir otra cantidad hasta hoy" not in back(portal, owner).open("/inicio").text


def test_a_cancelled_day_is_missing_again_and_after_the_close_the_rule_goes(
    portal: RunningPortal, owner: Customer
) -> None:
    owner.sign(owner.nominate("1.200").click("anular"))
    assert both(owner) == ("warning", "Anulada, sin nominar – cierra en 3 h")
    assert lead(owner).startswith("Falta una nominación")
    portal.clock.now = NOW + CLOSE + timedelta(minutes=1)
    close(portal, owner)
    assert both(back(portal, owner)) == ("warning", "No nominó: irá el pronóstico, 5.803 m³")


def test_the_lead_counts_each_state_truly(portal: RunningPortal, owner: Customer) -> None:
    with portal.session() as session, transaction(session):
        contract = session.merge(owner.way.contract)
        for name in ("B", "C", "D"):
            point = factories.delivery_point(session, contract=contract, name=f"EDS {name}", starts_on=TODAY.plus(-60))
            if name != "D":
                factories.nomination(session, point, TOMORROW, "700")
        factories.delivery_point(
            session, contract=contract, name="EDS Terminada", starts_on=TODAY.plus(-60), ends_on=TODAY
        )
    portal.clock.now = NOW + CLOSE + timedelta(minutes=1)
    close(portal, owner)
    back(portal, owner).nominate("6.000", kind=RENOMINATION)
    again = back(portal, owner)
    words = "2 puntos en revisión, 1 con pronóstico y 1 espera decisión."
    assert lead(again) == f"{ABOUT}: {words} Sin servicio ese día: 1 punto."
    page = again.open(f"/nominacion/{owner.modality}")
    assert words in page.text
    ended = next(each for each in page.select(".point-list > li") if "Terminada" in each.get_text())
    assert "Sin servicio" in ended.get_text()
    assert ended.select("a.point") == []


def test_nothing_of_a_quantity_is_told_without_the_numeric_key(portal: RunningPortal, owner: Customer) -> None:
    portal.clock.now = NOW + CLOSE + timedelta(minutes=1)
    close(portal, owner)
    stranger = portal.customer()
    with portal.session() as session, transaction(session):
        factories.nomination(session, stranger.way.point, TOMORROW, "5803", channel=Channel.POLICY)
    stranger.use_keys(of_point=False)
    assert chip(stranger.open(f"/nominacion/{stranger.modality}"), stranger) == (
        "warning",
        "No nominó: irá el pronóstico",
    )


@pytest.mark.parametrize("channel", list(Channel))
def test_every_way_in_which_a_nomination_came_has_words_where_it_is_explained(
    portal: RunningPortal, owner: Customer, channel: Channel
) -> None:
    with portal.session() as session, transaction(session):
        given = {}
        if channel is Channel.CALL:
            agent = factories.signed_in(session, factories.user(session, role=Role.AGENT))
            given = {
                "call_id": factories.verified_call(session, agent, owner.way.point).id,
                "signed_by_id": agent.user_id,
            }
        factories.nomination(session, owner.way.point, TOMORROW, "700", channel=channel, **given)
        ledger.rewrite_day(session, delivery_point=owner.way.point, gas_day=TOMORROW)
    sheet = f"/cuentas-de-balance/{owner.modality}/{owner.point}"
    for url in (
        f"{sheet}/dias/{TOMORROW.isoformat()}?dato=nominada",
        f"/nominacion/{owner.modality}/historial",
        f"/nominacion/{owner.modality}/{owner.point}/calendario",
    ):
        assert owner.open(url).status == 200, url


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, ""),
        ({DayState.AUTHORISED: 1}, "1 punto autorizado"),
        ({DayState.IN_REVIEW: 3, DayState.CUT: 1}, "3 puntos en revisión y 1 con recorte"),
        ({DayState.NOMINATED: 1, DayState.AWAITING: 2}, "1 punto nominado y 2 esperan decisión"),
        ({DayState.AWAITING: 1}, "1 punto espera decisión"),
        (
            {DayState.NOMINATED: 300, DayState.IN_REVIEW: 2, DayState.NOT_AUTHORISED: 2},
            "300 puntos nominados, 2 en revisión y 2 no autorizados",
        ),
    ],
)
def test_numbers_and_words_agree(states: dict[DayState, int], words: str) -> None:
    standings = [
        DayStanding(gas_day=TOMORROW, state=state, closes_at=None)
        for state, many in states.items()
        for _ in range(many)
    ]
    assert count_words(standings) == words
