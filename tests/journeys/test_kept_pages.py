"""What a process keeps of pages says at every hour what a process says that keeps nothing."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from portal.domain.gas_day import BOGOTA
from portal.services import ledger
from portal.services.store.transactions import transaction
from portal.web import distributor
from tests import factories
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.browser import Page
from tests.customer import Customer
from tests.factories import TODAY

# Around the closes of nomination and renomination and midnight; the last of a month, the first, and the year after.
HOURS = (
    *("2026-11-23 09:00:00", "2026-11-23 11:59:59", "2026-11-23 12:00:00", "2026-11-23 12:00:01"),
    *("2026-11-23 15:59:59", "2026-11-23 16:00:01", "2026-11-23 20:31:00", "2026-11-23 23:59:59"),
    *("2026-11-24 00:00:01", "2026-11-24 12:30:00", "2026-11-30 11:00:00", "2026-11-30 23:59:59"),
    *("2026-12-01 00:00:01", "2026-12-01 13:00:00", "2027-01-01 08:00:00"),
)
# Other in each answer: a form token under its mask.
MASKED = re.compile(r'(?<=name="csrf_token" value=")[^"]+|(?<=value=")[^"]+(?=" name="csrf_token")')


def with_an_account(portal: RunningPortal) -> Customer:
    """A customer whose point has an account of a month, and nominations for tomorrow and the day after."""
    customer = portal.customer(starts_on=TODAY.plus(-40))
    customer.open_contract()
    customer.open_point()
    with portal.session() as session, transaction(session):
        point = customer.way.point
        for ago in range(1, 41):
            factories.nomination(session, point, TODAY.plus(-ago), "1000")
            factories.reading(session, point, TODAY.plus(-ago), "990" if ago % 3 else "1200")
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-ago))
    customer.nominate("1.200")
    customer.nominate("1.300", TODAY.plus(2).isoformat())
    return customer


def begin_session(portal: RunningPortal, customer: Customer) -> None:
    assert customer.way.actor.user_id is not None
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    customer.use_keys()


def read(page: Page) -> str:
    assert page.status == 200
    return MASKED.sub("", page.source)


def test_what_is_kept_says_at_every_hour_what_is_rendered_anew(
    sqlite_url: str, tmp_path: Path, portal: RunningPortal, subtests: pytest.Subtests
):
    customer = with_an_account(portal)
    sheet = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    urls = ["/inicio", f"/nominacion/{customer.modality}", f"/nominacion/{customer.modality}/historial", sheet]
    for number, hour in enumerate(HOURS):
        portal.clock.now = datetime.fromisoformat(hour).replace(tzinfo=BOGOTA)
        begin_session(portal, customer)
        kept = {url: read(customer.open(url)) for url in (*urls, *urls)}
        folder = tmp_path / str(number)
        folder.mkdir()
        for other in run(settings_for(sqlite_url, folder, SetClock(portal.clock.now))):
            # As a server does when it starts.
            distributor.learn(other.app)
            anew = other.browser()
            with customer.browser.client.session_transaction() as held, anew.client.session_transaction() as given:
                given.update(held)
            for url in urls:
                with subtests.test(hour=hour, url=url):
                    assert kept[url] == read(anew.open(url))
