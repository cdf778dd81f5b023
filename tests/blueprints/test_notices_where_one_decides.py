"""With a notice in force no page denies it, and it stands where one decides, with all its words when it is critical."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.accounts import Role
from portal.domain.announcements import Severity
from portal.domain.modalities import Modality
from portal.services import announcements
from portal.services.announcements import Draft
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.customer import Customer
from tests.factories import NOW

DENIED = "No hay avisos vigentes"
TITLE, TEXT = "Falla en Puerta Apiay", "Sin gas hasta las 15:00: no nomine más de lo usual."


def publish(portal: RunningPortal, severity: Severity = Severity.CRITICAL, modality: Modality | None = None) -> str:
    with portal.session() as session:
        with transaction(session):
            user = factories.user(session, role=Role.OPERATOR)
            actor: Actor = factories.signed_in(session, user)
        draft = Draft(severity, TITLE, TEXT, NOW - timedelta(hours=1), None, modality, None)
        return announcements.publish(Act.at(session, actor, portal.clock.now), draft=draft).public_id


def pages(customer: Customer) -> list[str]:
    """The pages on which a customer decides, up to the one to sign."""
    modality, point = customer.modality, customer.point
    review = customer.review("1.200").url
    draft = review.removesuffix("/firma")
    return [
        "/",
        "/avisos",
        "/inicio",
        f"/nominacion/{modality}",
        f"/nominacion/{modality}/nueva",
        *[f"{draft}/{step}" for step in ("tipo", "fecha", "cantidad", "firma")],
        f"/nominacion/{modality}/{point}/varios-dias",
    ]


@pytest.fixture
def opened(portal: RunningPortal) -> Customer:
    customer = portal.customer()
    customer.open_contract()
    return customer


def test_a_critical_notice_stands_open_wherever_one_decides(portal: RunningPortal, opened: Customer) -> None:
    urls = pages(opened)
    name = publish(portal)
    for url in urls:
        page = opened.open(url)
        assert page.status == 200, url
        assert page.select(f'[data-notice="{name}"]'), url
        assert TEXT in page.text, url
        assert DENIED not in page.text, url
    stranger = portal.browser()
    for url in ("/", "/avisos"):
        page = stranger.open(url)
        assert TITLE in page.text
        assert DENIED not in page.text


def test_one_that_was_read_still_stands_where_one_nominates(portal: RunningPortal, opened: Customer) -> None:
    name = publish(portal)
    start = opened.open("/inicio")
    assert TEXT in start.text
    start.form(".announcement-banner form").submit()
    assert opened.open("/inicio").select(".announcement-banner") == []
    assert TEXT in opened.open(f"/nominacion/{opened.modality}").text
    assert opened.open(f"/nominacion/{opened.modality}/nueva").select(f'[data-notice="{name}"]')


def test_a_notice_stands_only_before_those_whom_it_concerns(portal: RunningPortal, opened: Customer) -> None:
    other = next(each for each in Modality if each is not opened.way.modality)
    urls = pages(opened)
    publish(portal, modality=other)
    for url in urls:
        assert TITLE not in opened.open(url).text, url
    # And nobody is told that there is none at all.
    for browser, words in (
        (opened.browser, f"{DENIED} para sus contratos"),
        (portal.browser(), f"{DENIED} para todos los clientes"),
    ):
        for url in ("/", "/avisos"):
            assert words in browser.open(url).text, url


def test_without_any_notice_the_home_page_says_so(portal: RunningPortal) -> None:
    assert DENIED in portal.browser().open("/").text
