"""A long book is kept while nothing is written that could change it, and never shown otherwise than it stands."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.blueprints.staff.day_book import shelf
from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.models import DeliveryPoint
from portal.services import day_book as books
from portal.services.day_book.news import is_harmless
from portal.services.ops import shift_log
from portal.services.ops.shift_log import Happening
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.staff.test_day_book import BOOK, act, nominate

TOMORROW = factories.TODAY.plus(1)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Keep books of any length, and note how often one was loaded."""
    monkeypatch.setattr(shelf, "LONG", 1)
    loaded: list[int] = []
    load = books.load

    def counted(given: Act, **named: object) -> books.Book:
        loaded.append(1)
        return load(given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(books, "load", counted)
    return loaded


def test_a_book_is_read_once_until_something_may_have_changed_it(portal: RunningPortal, short: list[int]) -> None:
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        first, second = (factories.delivery_point(session, contract=owner, name=f"EDS {each}") for each in "AB")
        nominate(session, first, "100")
        first_id, second_id = first.id, second.id
        author = factories.signed_in(session, factories.user(session, role=Role.OPERATOR))
    browser = portal.staff()
    page = browser.open(BOOK)
    browser.open(f"{BOOK}?q=eds")
    browser.open(f"{BOOK}/pulso", htmx=True)
    assert len(short) == 1
    # Signing in and the shift log change no book.
    other = portal.staff(Role.SUPERVISOR)
    with portal.session() as session:
        shift_log.write(Act.at(session, author, factories.NOW), happening=Happening("Ronda"))
    other.open(BOOK)
    assert len(short) == 1
    # A nomination does, and so do a recorded quantity and the one that takes it back.
    with portal.session() as session, transaction(session):
        nominate(session, session.get_one(DeliveryPoint, second_id), "50")
        audit.record(Act.at(session, author, factories.NOW), event=AuditEvent.NOMINATION_SIGNED, subject="x")
    assert browser.open(BOOK).value("[data-field=total_m3]") == "150"
    assert len(short) == 2
    page = act(browser.open(BOOK), "confirmar")
    assert page.one("form#publicar")
    assert browser.open(BOOK).value("[data-field=to_authorise]") == "0"
    kept = len(short)
    browser.open(BOOK)
    assert len(short) == kept
    assert first_id != second_id


def test_every_event_that_is_not_known_to_be_harmless_renews_a_book(portal: RunningPortal, short: list[int]) -> None:
    with portal.session() as session, transaction(session):
        factories.delivery_point(session)
        author = factories.signed_in(session, factories.user(session, role=Role.OPERATOR))
    browser = portal.staff()
    browser.open(BOOK)
    for event in AuditEvent:
        before = len(short)
        with portal.session() as session, transaction(session):
            audit.record(Act.at(session, author, factories.NOW), event=event, subject="x")
        browser.open(BOOK)
        assert (len(short) > before) is not is_harmless(event), event
    changes = {"nomination:signed", "authorisation:published", "delivery-point:changed", "readings:imported"}
    changes |= {"day-book:frozen", "shift-note:written", "setting:changed", "timetable:changed", "contact:changed"}
    assert not {event for event in changes if is_harmless(event)}


def test_a_short_book_is_never_kept(portal: RunningPortal, short: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "LONG", 2)
    with portal.session() as session, transaction(session):
        factories.delivery_point(session)
    browser = portal.staff()
    browser.open(BOOK)
    browser.open(BOOK)
    assert len(short) == 2
    with portal.session() as session:
        assert len(session.scalars(select(DeliveryPoint)).all()) == 1


def test_a_nomination_that_comes_changes_its_line_and_the_sums_and_reads_no_other_line(
    portal_on_each: RunningPortal, short: list[int]
) -> None:
    portal, customer = portal_on_each, portal_on_each.customer()
    with portal.session() as session, transaction(session):
        nominate(session, factories.delivery_point(session, name="EDS Vecina"), "100")
    browser = portal.staff()
    assert browser.open(BOOK).value("[data-field=total_m3]") == "100"
    customer.use_keys()
    for quantity, total in (("12.500", "12600"), ("9.000", "9100")):
        customer.nominate(quantity)
        assert browser.open(BOOK).value("[data-field=total_m3]") == total
    customer.nominate("7.000", day=TOMORROW.plus(2).isoformat())
    followed = browser.open(BOOK).text
    assert len(short) == 1
    portal.app.extensions[shelf.NAME]._kept.clear()
    assert browser.open(BOOK).text == followed
    assert len(short) == 2


def test_a_book_that_is_followed_is_the_one_that_is_read(portal_on_each: RunningPortal) -> None:
    with portal_on_each.session() as session:
        with transaction(session):
            points = [factories.delivery_point(session, name=f"EDS {each}") for each in "ABC"]
            nominate(session, points[0], "100")
            author = factories.signed_in(session, factories.user(session, role=Role.OPERATOR))
        given = Act.at(session, author, factories.NOW)
        before = books.load(given, gas_day=TOMORROW)
        with transaction(session):
            nominate(session, points[1], "50")
        session.expire_all()
        followed = books.renew_lines(given, book=before, points={points[1].public_id})
        assert followed == books.load(given, gas_day=TOMORROW)
        assert followed != before
        # A line that the book does not have.
        assert books.renew_lines(given, book=before, points={"no-such-point"}) is None
