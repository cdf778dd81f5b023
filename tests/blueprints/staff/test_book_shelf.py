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
