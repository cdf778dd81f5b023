"""What is not there, or not yours, is one page; our own failures are another, and neither needs the database."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError
from werkzeug.test import TestResponse

from portal.models import NominationDraft
from portal.services.store.refusals import NotAllowed
from portal.web.access import Audience, open_to
from tests.application import RunningPortal
from tests.blueprints.database_away import failing_at_commit
from tests.customer import Customer

WEB_KEY_PAGE = "/nominacion/gnv-suministro/clave-web"


def test_an_address_that_does_not_exist_answers_a_page_that_leads_home(portal: RunningPortal):
    page = portal.browser().open("/nada")
    assert (page.status, page.h1) == (404, "No encontramos esa página")
    assert page.one("main a.button")["href"] == "/"


def test_somebody_elses_object_and_an_absent_one_answer_the_same_bytes(portal_on_each: RunningPortal):
    owner, stranger = portal_on_each.customer(), portal_on_each.customer()
    owner.open_contract()
    stranger.open_contract()
    draft = owner.choose_point().url.split("/")[3]
    receipt = owner.nominate().url.rsplit("/", 1)[1]
    foreign = {
        "/cuentas-de-balance/gnv-suministro/{}/clave": owner.point,
        "/nominacion/borradores/{}/tipo": draft,
        "/nominacion/borradores/{}/fecha": draft,
        "/nominacion/borradores/{}/cantidad": draft,
        "/nominacion/borradores/{}/firma": draft,
        "/nominacion/comprobantes/{}": receipt,
    }
    for url, theirs in foreign.items():
        assert owner.open(url.format(theirs)).status == 200
        for method in ("GET",) if "comprobantes" in url else ("GET", "POST"):
            answers = [ask(stranger, method, url.format(name)) for name in (theirs, "nada", "á", "%00", "x" * 500)]
            assert {answer.status_code for answer in answers} == {404}, f"{method} {url}"
            assert len({answer.data for answer in answers}) == 1
            headers = [{name: value for name, value in answer.headers if name != "X-Request-ID"} for answer in answers]
            assert all(header == headers[0] for header in headers)


def test_a_colleagues_draft_is_nobody_elses_and_their_receipt_is_shown_with_the_numeric_key_only(
    portal_on_each: RunningPortal,
):
    owner = portal_on_each.customer()
    owner.open_contract()
    colleague = portal_on_each.colleague_of(owner)
    colleague.open_contract()
    draft, receipt = owner.review("9.000").url, owner.nominate().url
    absent = colleague.open("/nada").body
    for method in ("GET", "POST"):
        for step in ("tipo", "fecha", "cantidad", "firma"):
            answer = ask(colleague, method, draft.replace("firma", step), kind="nominacion", quantity="7")
            assert (answer.status_code, answer.data) == (404, absent), f"{method} {step}"
    assert colleague.open(receipt).body == absent
    colleague.open_point()
    assert colleague.open(receipt).status == 200
    assert colleague.open(draft).body == absent


def ask(customer: Customer, method: str, url: str, **fields: str) -> TestResponse:
    """Send a request with the token of this customer's session."""
    if method == "GET":
        return customer.browser.client.get(url)
    token = customer.open(WEB_KEY_PAGE).form()["csrf_token"]
    return customer.browser.client.post(url, data=fields | {"csrf_token": token})


def test_a_point_of_another_contract_is_not_there_for_the_wizard(portal: RunningPortal):
    owner, stranger = portal.customer(), portal.customer()
    stranger.open_contract()
    answers = [
        ask(stranger, "POST", "/nominacion/gnv-suministro/nueva", delivery_point=point)
        for point in (owner.point, "nada", "' OR 1=1 --")
    ]
    assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}
    assert portal.count(NominationDraft) == 0


def test_a_modality_that_does_not_exist_is_not_there(customer: Customer, subtests: pytest.Subtests):
    for url in ["/nominacion/{}", "/nominacion/{}/nueva", "/nominacion/{}/clave-web"]:
        for modality in ["gnv", "GNV-SUMINISTRO", "borradores", "%00"]:
            with subtests.test(url=url, modality=modality):
                assert customer.open(url.format(modality)).status == 404


def test_what_a_role_may_not_do_is_not_there_either(portal: RunningPortal):
    @open_to(Audience.PUBLIC)
    def refuse() -> str:
        raise NotAllowed

    portal.app.add_url_rule("/vedado", view_func=refuse)
    assert portal.browser().open("/vedado").body == portal.browser().open("/nada").body


@pytest.fixture
def failing(portal: RunningPortal) -> RunningPortal:
    """The application with a view that fails as no view should."""

    @open_to(Audience.PUBLIC)
    def fail() -> str:
        raise ZeroDivisionError("a secret that stays in the log")

    portal.app.add_url_rule("/falla", view_func=fail)
    return portal


@pytest.mark.parametrize("htmx", [False, True])
def test_an_unexpected_failure_answers_a_page_with_the_number_of_the_request(failing: RunningPortal, htmx: bool):
    page = failing.browser().open("/falla", htmx=htmx)
    assert (page.status, page.h1) == (500, "Algo falló de nuestro lado")
    assert page.headers["X-Request-ID"] in page.text
    assert "secret" not in page.source


def test_the_page_of_a_failure_asks_nothing_of_the_database(failing: RunningPortal):
    asked: list[str] = []

    @event.listens_for(failing.app.extensions["portal.engine"], "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    person = failing.customer()
    asked.clear()
    assert person.open("/falla").status == 500
    assert person.open("/nada").status == 404
    assert not asked


def test_a_database_error_that_will_not_pass_is_our_fault(portal: RunningPortal, customer: Customer):
    error = DatabaseError("COMMIT", {}, sqlite3.DatabaseError("malformed statement"))
    with failing_at_commit(portal, error):
        assert customer.open_contract().status == 500


def test_error_pages_are_the_same_for_everybody(portal: RunningPortal, customer: Customer):
    assert customer.open("/nada").body == portal.browser().open("/nada").body


@pytest.mark.parametrize("host", ["a..b", ".", "x" * 300, "a b", "[::1", "localhost:99999", "-a-"])
def test_a_site_name_that_is_none_is_refused_in_words_and_never_500(portal: RunningPortal, host: str):
    answer = portal.browser().client.get("/ingreso", headers={"Host": host})
    assert answer.status_code in (200, 400)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.status_code == 400:
        assert "sitio" in answer.get_data(as_text=True)
