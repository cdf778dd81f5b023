"""No reader of figures shows one of a point whose numeric key ended: every address is asked with the web key alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import update

from portal.domain.accounts import Role
from portal.domain.keys import KeyKind
from portal.models import AccessKey, Binding, DeliveryPoint
from portal.services import keys
from portal.services.keys import letters
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.web.access import Audience, Token
from tests import factories
from tests.browser import Browser
from tests.customer import TOMORROW
from tests.rules.visit import Visit, visit

# What was nominated in `visit`: no other figure of a page is made of these digits.
NOMINATED = "7.313"
SHOWN = re.compile(r"(?<![\w+/=-])7[., ]?313(?![\w+/=-])")

# What is asked of addresses that answer a question.
QUESTIONS = {"nominations.quantity_help": ["?quantity=9000"], "balances.explanation": ["?dato=nominated"]}


def revoked(everything: Visit) -> None:
    """The distributor ends the key at once."""
    portal = everything.portal
    with portal.session() as session:
        with transaction(session):
            person = factories.user(session, role=Role.SUPERVISOR)
            actor = factories.signed_in(session, person, now=portal.clock.now)
        point = everything.customer.point
        letters.revoke(
            Act.at(session, actor, portal.clock.now), point=point, kind=KeyKind.NUMERIC, reason="Carta perdida"
        )


def replaced(everything: Visit) -> None:
    """A new letter takes the place of a compromised key."""
    portal = everything.portal
    with portal.session() as session:
        point = session.get_one(DeliveryPoint, everything.customer.way.point.id)
        actor = everything.customer.way.actor
        keys.issue(Act.at(session, actor, portal.clock.now), delivery_point=point, compromised=True)


def replaced_by_use(everything: Visit) -> None:
    """A colleague uses the key of the new letter; the person still gave the old one after it was issued."""
    portal, customer = everything.portal, everything.customer
    with portal.session() as session:
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        new = keys.issue(Act.at(session, customer.way.actor, portal.clock.now), delivery_point=point)
    portal.clock.forward(minutes=1)
    customer.open_contract()
    assert customer.open_point().status == 200
    portal.clock.forward(minutes=1)
    colleague = portal.colleague_of(customer)
    colleague.open_contract()
    page = colleague.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/clave")
    assert page.form().fill(numeric_key=new).submit().status == 200


def expired(everything: Visit) -> None:
    """The key's time is over."""
    with everything.portal.session() as session, transaction(session):
        session.execute(
            update(AccessKey)
            .where(AccessKey.delivery_point_id == everything.customer.way.point.id)
            .values(valid_until=everything.portal.clock.now)
        )
    everything.portal.clock.forward(seconds=1)


def disabled(everything: Visit) -> None:
    """The person may no longer act under the contract."""
    with everything.portal.session() as session, transaction(session):
        session.execute(
            update(Binding)
            .where(Binding.user_id == everything.customer.way.actor.user_id)
            .values(disabled_at=everything.portal.clock.now)
        )


@pytest.fixture
def everything(portal, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """A customer with a nomination of 7.313 m³, and an address for every route."""
    customer = portal.customer()
    monkeypatch.setattr(type(customer), "nominate", lambda self: self.sign(self.review(NOMINATED)))
    found = visit(portal, customer)
    # A list that was signed, for its receipt.
    give = f"/nominacion/{customer.modality}/{customer.point}/varios-dias"
    days = {"first": TOMORROW.plus(1).isoformat(), "last": TOMORROW.plus(1).isoformat(), "quantity": NOMINATED}
    to_sign = (
        customer.open(give).form("#rango").fill(**days).submit("Ver los días").form().submit("Continuar a la firma")
    )
    signed = to_sign.form().fill(security_code=customer.way.numeric_key).submit()
    found.parts["batches.receipt batch"] = signed.url.split("/")[3]
    # And all points of the contract, signed together.
    days = {f"q-{customer.point}-{TOMORROW.plus(2).isoformat()}": NOMINATED}
    table = customer.open(f"/nominacion/{customer.modality}/todos").form("#todos").fill(days="3")
    table = table.submit("Escribir las cantidades").form().fill(**days).submit("Continuar a la firma")
    signed = table.form().fill(**{f"codigo-{customer.point}": customer.way.numeric_key}).submit()
    found.parts["batches.group_receipt group"] = signed.url.split("/")[3]
    return found


@pytest.mark.parametrize("end", [revoked, replaced, replaced_by_use, expired, disabled], ids=lambda end: end.__name__)
def test_a_new_session_with_the_web_key_alone_reads_no_figure(everything: Visit, end: Callable[[Visit], None]):
    before = told_by(everything, new_session(everything))
    # Proof that the walk tells: with a key that opens these pages show the figure.
    assert {
        "nominations.modality",
        "nominations.calendar",
        "nominations.receipt",
        "batches.receipt",
        "batches.group_receipt",
        "api.receipt",
    } <= before
    end(everything)
    assert told_by(everything, new_session(everything)) == set()


@pytest.mark.parametrize("end", [revoked, replaced], ids=lambda end: end.__name__)
def test_the_web_key_alone_copies_no_week(everything: Visit, end: Callable[[Visit], None]):
    customer = everything.customer
    end(everything)
    browser = new_session(everything)
    page = browser.open(f"/nominacion/{customer.modality}/{customer.point}/varios-dias")
    copied = (
        page.form("#semana")
        .fill(source=TOMORROW.isoformat(), target=TOMORROW.plus(7).isoformat())
        .submit("Copiar la semana")
    )
    assert copied.url.endswith(f"/{customer.point}/clave")
    assert not SHOWN.search(copied.text)


def test_another_company_reads_no_figure(everything: Visit):
    other = everything.portal.customer()
    other.open_contract()
    other.open_point()
    assert told_by(everything, other.browser, system=False) == set()


def new_session(everything: Visit) -> Browser:
    """The same person, signed in anew, with the web key given where it is still taken."""
    again = everything.portal.holder_of(everything.customer.way)
    again.open_contract()
    return again.browser


def told_by(everything: Visit, browser: Browser, *, system: bool = True) -> set[str]:
    """The endpoints of a customer or their system that show the figure to this browser, as page and as fragment."""
    told = set()
    for rule, url in everything.urls():
        audience = everything.audience(rule)
        is_token = isinstance(audience, Token)
        if not (audience in (Audience.CUSTOMER, Audience.NOMINATOR, Audience.SIGNED_IN) or (is_token and system)):
            continue
        who = everything.system if is_token else browser
        for question in QUESTIONS.get(rule.endpoint, [""]):
            for htmx in (False, True) if not url.endswith((".pdf", ".xlsx", ".csv")) else (False,):
                answer = who.client.get(url + question, headers={"HX-Request": "true"} if htmx else {}, buffered=True)
                text = answer.get_data().decode("utf-8", "replace").replace("\xa0", " ").replace("\u202f", " ")
                if SHOWN.search(text):
                    told.add(rule.endpoint)
    return told
