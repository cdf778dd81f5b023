"""Every kind of failure answers as docs/architecture.md says, in Spanish, and leaves nothing half written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from werkzeug.test import TestResponse

from portal.access import Audience, open_to
from portal.database import session_factory
from portal.models import AttemptCounter, AuditEvent, Grant, Nomination, NominationDraft, OutboxMessage
from portal.models.engine import make_engine
from portal.services.refusals import Busy, NotAllowed
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.customer import Customer

WEB_KEY_PAGE = "/nominacion/gnv-suministro/clave-web"


@contextmanager
def on_engine(portal: RunningPortal, url: str, **options: Any) -> Iterator[Engine]:
    """Run the application on another engine, and back on its own afterwards."""
    own = portal.app.extensions["portal.sessions"]
    other = make_engine(url, **options)
    portal.app.extensions["portal.sessions"] = session_factory(other, portal.vault)
    try:
        yield other
    finally:
        portal.app.extensions["portal.sessions"] = own
        other.dispose()


@contextmanager
def failing_at_commit(portal: RunningPortal, error: Exception) -> Iterator[None]:
    """Let every commit of the application fail with `error`."""
    engine: Engine = portal.app.extensions["portal.engine"]

    def fail(_connection: Connection) -> None:
        raise error

    event.listen(engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(engine, "commit", fail)


def said_unavailable(answer: TestResponse | Any) -> bool:
    text = answer.text
    return answer.headers.get("Retry-After") == "30" and "no se registró" in text and "Nada quedó a medias" in text


def rows(portal: RunningPortal) -> dict[str, int]:
    """How much there is of what a signature writes."""
    tables = (Nomination, AuditEvent, OutboxMessage, Grant)
    return {table.__tablename__: portal.count(table) for table in tables}


# --- not there -------------------------------------------------------------------------------------------------------


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


# --- asked wrongly ---------------------------------------------------------------------------------------------------


def test_another_method_answers_405_and_names_those_that_are_allowed(customer: Customer, subtests: pytest.Subtests):
    for method in ["PUT", "PATCH", "DELETE"]:
        with subtests.test(method=method):
            answer = customer.browser.client.open(WEB_KEY_PAGE, method=method)
            assert answer.status_code == 405
            assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
            assert "Nada se registró" in answer.text


def test_a_page_that_is_only_read_takes_no_post(customer: Customer):
    answer = customer.browser.client.post("/nominacion/gnv-suministro")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_head_answers_as_get_without_the_page(customer: Customer):
    head, get = customer.browser.client.head(WEB_KEY_PAGE), customer.browser.client.get(WEB_KEY_PAGE)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_a_form_without_its_token_is_refused_and_writes_nothing(
    portal: RunningPortal, customer: Customer, subtests: pytest.Subtests
):
    for token in [None, "", "otro", "x" * 5000]:
        with subtests.test(token=token):
            before = rows(portal)
            form = customer.open(WEB_KEY_PAGE).form().fill(web_key=customer.way.web_key)
            page = form.tamper(csrf_token=token).submit()
            assert (page.status, page.h1) == (400, "La solicitud no se entendió")
            assert rows(portal) == before
            assert portal.count(AttemptCounter) == 0


def test_the_token_of_another_session_is_refused(portal: RunningPortal, customer: Customer):
    stranger = portal.customer()
    token = stranger.open(WEB_KEY_PAGE).form()["csrf_token"]
    form = customer.open(WEB_KEY_PAGE).form().fill(web_key=customer.way.web_key)
    assert form.tamper(csrf_token=token).submit().status == 400
    assert portal.count(Grant) == 0


def test_a_form_sent_by_another_site_is_refused_and_writes_nothing(
    portal: RunningPortal, customer: Customer, subtests: pytest.Subtests
):
    for headers in [
        {"Origin": "https://otro.example"},
        {"Origin": "http://localhost.otro.example"},
        {"Origin": "https://localhost"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]:
        with subtests.test(headers=headers):
            page = customer.open(WEB_KEY_PAGE)
            customer.browser.headers = {}
            form = page.form().fill(web_key=customer.way.web_key)
            answer = customer.browser.client.post(
                WEB_KEY_PAGE, data=dict(form.values), headers={"Origin": "http://localhost"} | headers
            )
            assert answer.status_code == 400
            assert portal.count(Grant) == 0
            assert portal.count(AttemptCounter) == 0


def test_a_form_beyond_64_kib_is_refused(portal: RunningPortal, customer: Customer):
    form = customer.open(WEB_KEY_PAGE).form().tamper(web_key="x" * 65 * 1024)
    page = form.submit()
    assert (page.status, page.h1) == (413, "El envío es demasiado grande")
    assert portal.count(AttemptCounter) == 0


def test_a_form_of_more_than_fifty_fields_is_refused(customer: Customer, subtests: pytest.Subtests):
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data"]:
        for fields, status in [(50, 422), (51, 413)]:
            with subtests.test(kind=kind, fields=fields):
                token = customer.open(WEB_KEY_PAGE).form()["csrf_token"]
                data = {"csrf_token": token} | {f"f{n}": "x" for n in range(fields - 1)}
                assert customer.browser.client.post(WEB_KEY_PAGE, data=data, content_type=kind).status_code == status


def test_one_field_sent_many_times_counts_as_many(customer: Customer, subtests: pytest.Subtests):
    for fields, status in [(50, 422), (51, 413)]:
        with subtests.test(fields=fields, status=status):
            token = customer.open(WEB_KEY_PAGE).form()["csrf_token"]
            data = {"csrf_token": token, "x": ["1"] * (fields - 1)}
            assert customer.browser.client.post(WEB_KEY_PAGE, data=data).status_code == status


@pytest.mark.parametrize("field", ["delivery_point", "otro\0campo"])
def test_a_nul_character_is_refused_before_any_database_sees_it(portal_on_each: RunningPortal, field: str):
    customer = portal_on_each.customer()
    customer.open_contract()
    form = customer.open("/nominacion/gnv-suministro/nueva").form()
    assert form.tamper(**{field: "a\0b"}).submit().status == 400
    assert portal_on_each.count(NominationDraft) == 0


def test_another_host_name_is_refused_in_one_line(sqlite_url: str, tmp_path: Path, clock: SetClock):
    settings = settings_for(sqlite_url, tmp_path, clock, trusted_hosts=("localhost",))
    for portal in run(settings):
        client = portal.app.test_client()
        answer = client.get("/nominacion", base_url="http://otro.example")
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert answer.headers["Content-Security-Policy"]
        assert client.get("/salud").status_code == 200


# --- the database is away --------------------------------------------------------------------------------------------


def test_without_a_database_every_page_says_that_nothing_was_taken(portal: RunningPortal, customer: Customer):
    client = customer.browser.client
    with on_engine(portal, "sqlite:////nowhere/portal.db"):
        for url in ("/nominacion", WEB_KEY_PAGE, "/salud/listo"):
            answer = client.get(url)
            assert answer.status_code == 503, url
            assert said_unavailable(answer)
            assert answer.headers["Cache-Control"] == "no-store"
        assert client.get("/salud").text == "vivo\n"
        assert client.get("/nada").status_code == 404
    assert client.get("/salud/listo").text == "listo\n"


def test_an_empty_database_answers_503_not_500(portal: RunningPortal, customer: Customer, tmp_path: Path):
    with on_engine(portal, f"sqlite:///{tmp_path / 'empty.db'}"):
        assert customer.browser.client.get("/nominacion").status_code == 503


def test_a_database_that_somebody_holds_locked_answers_503_and_is_well_again_afterwards(
    portal: RunningPortal, customer: Customer, sqlite_url: str
):
    customer.open_contract()
    page = customer.review()
    before = rows(portal)
    holder = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with on_engine(portal, sqlite_url, busy_timeout_ms=50):
        refused = customer.sign(page)
        assert refused.status == 503
        assert said_unavailable(refused)
    holder.execute("ROLLBACK")
    holder.close()
    assert rows(portal) == before
    assert portal.count(AttemptCounter, count=1) == 0, "nothing was spent"
    assert customer.sign(page).one("#radicado")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error")),
        OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full")),
        DatabaseError("COMMIT", {}, sqlite3.DatabaseError("attempt to write a readonly database")),
        DatabaseError("COMMIT", {}, Exception("gone"), connection_invalidated=True),
    ],
    ids=["input-output", "full", "read-only", "connection-lost"],
)
def test_a_commit_that_fails_for_a_passing_reason_answers_503_and_leaves_nothing(
    portal: RunningPortal, customer: Customer, error: Exception
):
    customer.open_contract()
    page = customer.review()
    before = rows(portal)
    with failing_at_commit(portal, error):
        refused = customer.sign(page)
    assert refused.status == 503
    assert said_unavailable(refused)
    assert rows(portal) == before
    receipt = customer.sign(page)
    assert receipt.one("#radicado").get_text() == "N-2026-000001", "no number is lost"


def test_a_full_disk_answers_503_and_leaves_nothing(portal: RunningPortal, customer: Customer, sqlite_url: str):
    customer.open_contract()
    form = customer.open("/nominacion/gnv-suministro/nueva").form()
    with on_engine(portal, sqlite_url) as engine:

        @event.listens_for(engine, "connect")
        def fill(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count=1")

        # The file cannot grow any more: when the room inside its pages is used, SQLite says that the disk is full.
        taken = 0
        while (page := form.submit()).status == 200:
            taken += 1
        assert page.status == 503
        assert said_unavailable(page)
        assert portal.count(NominationDraft) == taken
    assert form.submit().status == 200


def test_no_room_for_a_key_check_answers_503_and_spends_no_attempt(
    portal: RunningPortal, customer: Customer, monkeypatch: pytest.MonkeyPatch
):
    def full(_vault: object) -> Any:
        raise Busy

    monkeypatch.setattr(type(portal.vault), "slot", full)
    page = customer.open_contract()
    assert page.status == 503
    assert said_unavailable(page)
    assert portal.count(AttemptCounter) == 0


# --- our own fault ---------------------------------------------------------------------------------------------------


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
