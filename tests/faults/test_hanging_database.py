"""A database host that hangs, is cut off or refuses: 503 within six seconds, and well again within five."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from portal.models import Nomination
from portal.models.engine import make_engine
from portal.models.patience import COMMANDS
from portal.web.database import session_factory
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.browser import Page
from tests.customer import Customer
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.postgres

# The promise is six: one that is not kept takes the kernel's two hours, or for ever.
ANSWERED_SECONDS, WELL_SECONDS = 6.0, 5.0


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    with Proxy(postgres_url) as running:
        yield running


@pytest.fixture
def portal(proxy: Proxy, tmp_path, clock: SetClock) -> Iterator[RunningPortal]:
    yield from run(settings_for(proxy.url, tmp_path, clock))


NOTHING_TAKEN, NOT_KNOWN = "no se registró", "No se sabe si lo que acaba de enviar quedó registrado"


def refused(ask: Callable[[], Page], *, says: str = NOTHING_TAKEN) -> float:
    """Ask for a page that must be the 503 which says that nothing was taken; return after how many seconds it came."""
    began = time.monotonic()
    page = ask()
    seconds = time.monotonic() - began
    assert page.status == 503
    assert page.headers["Retry-After"] == "30"
    assert [each for each in (NOTHING_TAKEN, NOT_KNOWN) if each in page.text] == [says]
    assert seconds < ANSWERED_SECONDS
    return seconds


def well_again(ask: Callable[[], Page]) -> None:
    began = time.monotonic()
    while ask().status == 503:
        assert time.monotonic() - began < WELL_SECONDS
        time.sleep(0.1)


def test_a_host_that_falls_silent_costs_a_page_seconds_not_a_thread_for_ever(
    portal: RunningPortal, customer: Customer, proxy: Proxy
):
    customer.open_contract()
    url = f"/nominacion/{customer.modality}"
    assert customer.open(url).status == 200
    proxy.silent.set()
    # The first meets a pooled connection, the next ones have none: new ones are accepted and nothing is said.
    for _ in range(3):
        refused(lambda: customer.open(url))
    assert customer.browser.client.get("/salud").status_code == 200
    proxy.heal()
    well_again(lambda: customer.open(url))


# Nobody knows what became of a commit that was never answered: then the page may not say that nothing was taken.
@pytest.mark.parametrize(("word", "says"), [(b"SELECT", NOTHING_TAKEN), (b"COMMIT", NOT_KNOWN)])
def test_a_connection_that_dies_in_the_middle_of_a_statement_is_given_up(
    portal: RunningPortal, customer: Customer, proxy: Proxy, word: bytes, says: str
):
    customer.open_contract()
    page = customer.review()
    proxy.stops_at = word
    refused(lambda: customer.sign(page), says=says)
    proxy.heal()
    well_again(lambda: customer.open("/salud/listo"))
    assert customer.sign(page).one("#radicado"), "the same form is taken afterwards"
    assert portal.count(Nomination) == 1


def test_a_page_that_is_made_is_shown_though_the_connection_dies_as_it_is_given_back(
    portal: RunningPortal, customer: Customer, proxy: Proxy
):
    customer.open_contract()
    url = f"/nominacion/{customer.modality}"
    proxy.stops_at = b"ROLLBACK"
    assert customer.open(url).status == 200
    proxy.heal()
    well_again(lambda: customer.open(url))


def test_a_host_that_refuses_is_told_at_once_and_found_again(portal: RunningPortal, customer: Customer, proxy: Proxy):
    with proxy.refusing():
        refused(lambda: customer.open("/nominacion"))
    well_again(lambda: customer.open("/nominacion"))


def test_who_comes_while_others_wait_in_vain_is_told_at_once(portal: RunningPortal, customer: Customer, proxy: Proxy):
    customer.open("/nominacion")
    proxy.silent.set()
    refused(lambda: customer.open("/nominacion"))
    began = time.monotonic()
    for _ in range(5):
        refused(lambda: customer.open("/nominacion"))
    assert time.monotonic() - began < ANSWERED_SECONDS, "five in the time of one: they do not wait one after the other"


def test_a_pool_that_is_all_in_use_answers_503(portal: RunningPortal, customer: Customer):
    engine = portal.app.extensions["portal.engine"]
    held = [engine.connect() for _ in range(engine.pool.size() + engine.pool._max_overflow)]
    refused(lambda: customer.open("/nominacion"))
    for connection in held:
        connection.close()
    assert customer.open("/nominacion").status == 200


def test_a_command_is_not_held_to_the_limits_of_a_page(postgres_url: str, vault):
    """Migrations, imports and verifications take what they take."""
    engine = make_engine(postgres_url, patience=COMMANDS)
    with session_factory(engine, vault)() as session:
        assert session.connection().exec_driver_sql("SHOW statement_timeout").scalar() == "0"
        assert session.connection().exec_driver_sql("SELECT pg_sleep(5.5)").one() is not None
    engine.dispose()
