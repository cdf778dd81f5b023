"""Requests that are asked wrongly: method, token, origin, size, host. Each is refused before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.domain.accounts import Role
from portal.models import AttemptCounter, AuditEvent, Grant, NominationDraft
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.customer import Customer

WEB_KEY_PAGE = "/nominacion/gnv-suministro/clave-web"


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
            before = (portal.count(AuditEvent), portal.count(Grant))
            form = customer.open(WEB_KEY_PAGE).form().fill(web_key=customer.way.web_key)
            page = form.tamper(csrf_token=token).submit()
            assert (page.status, page.h1) == (400, "La solicitud no se entendió")
            assert (portal.count(AuditEvent), portal.count(Grant)) == before
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
    customer.use_keys(of_point=False)
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


@pytest.mark.parametrize("trusted", ["clientes.example.co", ".example.co"])
def test_monitors_ask_by_whatever_name(sqlite_url: str, tmp_path: Path, clock: SetClock, trusted: str):
    settings = settings_for(sqlite_url, tmp_path, clock, trusted_hosts=(trusted,))
    for portal in run(settings):
        client = portal.app.test_client()
        assert client.get("/salud", base_url="http://10.0.0.7:8000").status_code == 200
        assert client.get("/salud/listo", base_url="http://127.0.0.1:8000").status_code == 200
        assert client.get("/", base_url="http://10.0.0.7:8000").status_code == 400


def test_a_name_of_windows_in_a_part_leaves_the_form_as_it_is(portal: RunningPortal):
    """Older programs write a file's name in Windows-1252, byte by byte, as it stands."""
    operator = portal.staff(Role.OPERATOR)
    token = operator.open("/consola/mediciones/archivo").form("form#archivo")["csrf_token"]
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="Medición de Ñapa – 1.csv"\r\n'
        "Content-Type: text/csv\r\n\r\nfecha;punto\r\n--x--\r\n"
    )
    for encoding in ("cp1252", "utf-8"):
        answer = operator.client.post(
            "/consola/mediciones/archivo",
            data=body.encode(encoding),
            content_type="multipart/form-data; boundary=x",
        )
        assert answer.status_code == 422, "the file is read, and what is wrong with it is said"
    with portal.app.test_request_context(
        method="POST", data=body.encode("cp1252"), content_type="multipart/form-data; boundary=x"
    ) as context:
        assert context.request.files["file"].filename == "Medición de Ñapa – 1.csv"


def test_each_answer_leaves_one_line_of_json_without_what_was_asked(
    customer: Customer, capsys: pytest.CaptureFixture[str]
):
    capsys.readouterr()
    answer = customer.browser.client.get(f"{WEB_KEY_PAGE}?siguiente=/inicio")
    # Static files and health checks leave none.
    customer.browser.client.get("/salud")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["request_id"] == answer.headers["X-Request-ID"]
    assert (said["event"], said["level"], said["method"], said["status"]) == ("request", "info", "GET", 200)
    assert said["route"] == "/nominacion/<modality>/clave-web"
    assert said["milliseconds"] >= 0
    assert said["timestamp"].endswith("Z")
    assert set(said) == {
        *("event", "level", "timestamp", "host", "process", "pid", "client", "account"),
        *("request_id", "method", "route", "status", "milliseconds"),
    }
