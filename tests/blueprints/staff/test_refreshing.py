"""The board and the book ask by themselves whether they are old; that is no use of the session."""

from __future__ import annotations

import pytest

from portal.domain.timetable import RequestKind
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Browser
from tests.services.book_stage import TOMORROW, Stage, nominate, set_up

HTMX = {"HX-Request": "true"}
BOOK = f"/consola/libro/{TOMORROW.isoformat()}"


@pytest.fixture
def stage(portal: RunningPortal) -> Stage:
    with portal.session() as session:
        return set_up(session)


@pytest.fixture
def operator(portal: RunningPortal, stage: Stage) -> Browser:
    assert stage.operator.user_id is not None
    return portal.signed_in(stage.operator.user_id)


def change(portal: RunningPortal, stage: Stage) -> None:
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.first), "13000", revision=2, kind=RequestKind.RENOMINATION)


def test_the_book_says_that_it_changed_and_nothing_while_it_did_not(
    portal: RunningPortal, stage: Stage, operator: Browser
):
    poll = str(operator.open(BOOK).one("#cambios-del-libro")["hx-get"])
    assert poll.startswith(f"{BOOK}/pulso?visto=")
    assert operator.client.get(poll, headers=HTMX).status_code == 204
    change(portal, stage)
    answer = operator.client.get(poll, headers=HTMX)
    assert answer.status_code == 200
    assert "El libro cambió" in answer.get_data(as_text=True)
    assert "<form" not in answer.get_data(as_text=True)


def test_the_board_is_sent_again_only_when_it_says_something_else(
    portal: RunningPortal, stage: Stage, operator: Browser
):
    portal.clock.forward(hours=4)
    operator = portal.signed_in(stage.operator.user_id or 0)
    page = operator.open("/consola")
    seen = str(page.one("#tablero-visto")["value"])
    assert page.one("[data-waiting=to-authorise]")["data-count"] == "2"
    assert operator.client.get(f"/consola/pulso?visto={seen}", headers=HTMX).status_code == 204
    with portal.session() as session, transaction(session):
        nominate(session, session.merge(stage.silent), "100")
    answer = operator.client.get(f"/consola/pulso?visto={seen}", headers=HTMX)
    assert answer.status_code == 200
    assert 'data-waiting="to-authorise" data-count="3"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(("page", "poll"), [("/consola", "/consola/pulso"), (BOOK, f"{BOOK}/pulso")])
def test_asking_by_itself_keeps_no_session_alive(portal: RunningPortal, operator: Browser, page: str, poll: str):
    operator.open(page)
    for _ in range(14):
        portal.clock.forward(minutes=1)
        assert operator.client.get(poll, headers=HTMX).status_code == 200
    portal.clock.forward(minutes=2)
    answer = operator.client.get(poll, headers=HTMX)
    assert answer.headers["HX-Redirect"].startswith("/ingreso?siguiente=")
    assert "pulso" not in answer.headers["HX-Redirect"], "to the page, not to what it asks"


def test_no_header_keeps_another_request_from_counting(portal: RunningPortal, operator: Browser):
    for _ in range(3):
        portal.clock.forward(minutes=10)
        answer = operator.client.get("/consola/libro/pulso", headers={"HX-Request": "true", "HX-Trigger": "tablero"})
        assert answer.status_code == 404
        assert operator.client.get(BOOK, headers={"HX-Request": "true", "HX-Target": "tablero"}).status_code == 200


def test_a_frozen_version_is_marked_as_sent_and_downloads_as_what_it_is(portal: RunningPortal, operator: Browser):
    page = operator.open(BOOK)
    assert "sin congelar" in page.text
    page = page.form("form#congelar").submit()
    assert "sin enviar" in page.text
    page = page.form("form#enviado").submit()
    assert "quedó marcada como enviada" in page.text
    assert "enviada el" in page.text
    assert not page.select("form#enviado")
    link = page.one("a[href*='libro.csv']")
    answer = operator.client.get(f"/consola/libro/{link['href']}")
    assert f"libro-{TOMORROW.isoformat()}-v1.csv" in answer.headers["Content-Disposition"]
