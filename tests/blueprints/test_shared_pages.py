"""Pages that every stranger gets alike: 304 while nothing changed, compressed, light; nothing of a person in them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Response
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal.domain.accounts import Role
from portal.domain.announcements import Severity
from portal.models import DistributorRow
from portal.services import announcements
from portal.services.announcements import Draft
from portal.services.store import distributors
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.web.access import Audience, open_to
from portal.web.form_tokens import token_of_answer
from portal.web.shared_pages import share
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.test_notices_where_one_decides import publish as publish_notice
from tests.blueprints.test_site_files import BASE, mapped
from tests.services.market import test_publications as publications

FIRST_VISIT_BYTES, AFTERWARDS_BYTES, LATER_BYTES = 50_000, 6_000, 15_000
GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd"}
CODINGS = ({}, GZIP)
# Pages with a form token, which are one visitor's own.
OWN = ("/ingreso", "/registro", "/pqr/nueva", "/pqr/estado")


def paths(portal: RunningPortal) -> list[str]:
    return [address.removeprefix(BASE) for address in mapped(portal)]


def again(client: FlaskClient, path: str, tag: str, **headers: str) -> TestResponse:
    return client.get(path, headers={"If-None-Match": tag, **headers})


def test_every_public_page_answers_304_a_minute_later(portal: RunningPortal):
    for coding in CODINGS:
        client = portal.app.test_client()
        tags = {path: client.get(path, headers=coding).headers["ETag"] for path in paths(portal)}
        portal.clock.forward(minutes=1)
        for path, tag in tags.items():
            answer = again(portal.app.test_client(), path, tag, **coding)
            assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag), path
            assert answer.headers["Cache-Control"] == "private, no-cache", path
            assert {"Accept-Encoding", "Cookie", "HX-Request"} <= set(answer.vary), path


def test_compressed_and_plain_are_two_validators_of_the_same_page(portal: RunningPortal):
    client = portal.app.test_client()
    for path in paths(portal):
        plain, compressed = (client.get(path, headers=coding) for coding in CODINGS)
        assert gzip.decompress(compressed.data) == plain.data
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert again(client, path, compressed.headers["ETag"]).status_code == 200
        assert again(client, path, plain.headers["ETag"], **GZIP).status_code == 200


@pytest.mark.parametrize(
    ("said", "coding"),
    [
        ("gzip;q=0", None),
        ("identity", None),
        ("br, zstd", None),
        ("*;q=0", None),
        ("*", "gzip"),
        ("br, gzip;q=1", "gzip"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/tarifas/2024-05.json", "/estaticos/css/site.css"])
def test_only_who_takes_gzip_gets_it(portal: RunningPortal, path: str, said: str, coding: str | None):
    answer = portal.app.test_client().get(path, headers={"Accept-Encoding": said})
    assert answer.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in answer.vary


def _publish_tariffs(portal: RunningPortal) -> None:
    with portal.session() as session:
        proposal = publications.propose(publications.act_of(session, Role.OPERATOR))
        publications.publish(publications.act_of(session, Role.SUPERVISOR), proposal)


def _pass_the_close(portal: RunningPortal) -> None:
    portal.clock.now = datetime(2026, 11, 22, 17, 0, 1, tzinfo=UTC)


def _pass_midnight(portal: RunningPortal) -> None:
    portal.clock.now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def _release(portal: RunningPortal) -> None:
    portal.app.jinja_env.globals["asset"] = lambda name: f"/estaticos/{name}?v=next"
    portal.app.extensions.pop("portal.once")


def _change_the_telephone(portal: RunningPortal) -> None:
    with portal.session() as session, transaction(session):
        session.execute(update(DistributorRow).values(telephone="(601) 601 7777"))
    with portal.session() as session:
        distributors.forget(session)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/", publish_notice),
        ("/avisos", publish_notice),
        ("/calendario", publish_notice),
        ("/", _publish_tariffs),
        ("/tarifas", _publish_tariffs),
        ("/tarifas/calculadora", _publish_tariffs),
        ("/", _pass_the_close),
        ("/", _pass_midnight),
        ("/calendario", _pass_midnight),
        ("/", _release),
        ("/privacidad", _release),
        ("/", _change_the_telephone),
        ("/privacidad", _change_the_telephone),
    ],
)
def test_a_page_is_sent_anew_as_soon_as_something_that_it_shows_changed(
    portal: RunningPortal, path: str, change: Callable[[RunningPortal], object]
):
    portal.clock.now = datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)
    client = portal.app.test_client()
    tag = client.get(path, headers=GZIP).headers["ETag"]
    assert again(client, path, tag, **GZIP).status_code == 304
    change(portal)
    assert again(client, path, tag, **GZIP).status_code == 200


def test_a_notice_that_ended_is_gone_from_a_page_that_was_kept(portal: RunningPortal):
    now = portal.clock.now
    with portal.session() as session:
        with transaction(session):
            actor = factories.signed_in(session, factories.user(session, role=Role.OPERATOR))
        begins, ends = now - timedelta(hours=1), now + timedelta(minutes=5)
        draft = Draft(Severity.CRITICAL, "Falla", "Sin gas.", begins, ends, None, None)
        announcements.publish(Act.at(session, actor, now), draft=draft)
    client = portal.app.test_client()
    tag = client.get("/").headers["ETag"]
    portal.clock.forward(minutes=4)
    assert again(client, "/", tag).status_code == 304
    portal.clock.forward(minutes=1)
    answer = again(client, "/", tag)
    assert answer.status_code == 200
    assert "Sin gas." not in answer.text


def test_what_a_browser_keeps_of_the_front_door_says_nothing_that_time_makes_untrue(portal: RunningPortal):
    portal.clock.now = datetime(2026, 11, 22, 14, 46, tzinfo=UTC)
    page = portal.browser().open("/")
    assert not re.search(r"Quedan? \d|hoy|mañana a las", page.one("main").get_text())
    assert page.one("[data-deadline]").get_text() == "Domingo 22, 12:00"
    assert page.one("[data-elapsed]")["width"] == "0"
    assert "data-server-now" not in page.source


def test_a_signed_in_person_never_shares_a_page(portal: RunningPortal):
    stranger, customer = portal.app.test_client(), portal.customer().browser.client
    staff = portal.staff(Role.OPERATOR).client
    for path in paths(portal):
        tag = stranger.get(path, headers=GZIP).headers["ETag"]
        for client in (customer, staff):
            for asked in (tag, "*", f"W/{tag}"):
                answer = again(client, path, asked, **GZIP)
                assert answer.status_code == 200, path
                assert answer.headers["Cache-Control"] == "no-store", path
                assert "ETag" not in answer.headers, path
                assert {"Accept-Encoding", "Cookie"} <= set(answer.vary), path


def test_pages_with_a_form_token_are_not_kept(portal: RunningPortal):
    for path in OWN:
        answer = portal.app.test_client().get(path, headers=GZIP)
        assert b"csrf_token" in gzip.decompress(answer.data)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers, path


def test_a_page_is_shared_only_without_a_token_and_without_a_person(portal: RunningPortal):
    @open_to(Audience.PUBLIC)
    def bare() -> Response:
        return share(Response("<p>Igual para todos</p>", mimetype="text/html"))

    @open_to(Audience.PUBLIC)
    def with_token() -> Response:
        return share(Response(token_of_answer(), mimetype="text/html"))

    portal.app.add_url_rule("/igual", view_func=bare)
    portal.app.add_url_rule("/con-ficha", view_func=with_token)
    customer, stranger = portal.customer().browser.client, portal.app.test_client()
    assert "ETag" in stranger.get("/igual").headers
    assert "ETag" not in customer.get("/igual").headers
    # The second time the cookie has the token already.
    for _ in range(2):
        assert "ETag" not in stranger.get("/con-ficha", headers=GZIP).headers


def test_who_looked_at_the_sign_in_still_shares_the_public_pages(portal: RunningPortal):
    client, other = portal.app.test_client(), portal.app.test_client()
    assert "Set-Cookie" in client.get("/ingreso").headers
    tag = other.get("/").headers["ETag"]
    answer = again(client, "/", tag)
    assert answer.status_code == 304
    assert "Set-Cookie" not in answer.headers


def test_a_passing_message_is_nobody_elses(portal: RunningPortal):
    client = portal.app.test_client()
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("info", "Solo para usted.")]
    answer = client.get("/", headers=GZIP)
    assert "Solo para usted." in gzip.decompress(answer.data).decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    after = client.get("/")
    assert "Solo para usted." not in after.text
    assert "ETag" in after.headers


def test_no_public_page_sets_a_cookie(portal: RunningPortal):
    for path in [*paths(portal), "/tarifas/1999-01", "/poder-calorifico/NADA", "/tarifas/calculadora?m3=x"]:
        assert "Set-Cookie" not in portal.app.test_client().get(path).headers, path


def test_head_has_the_validator_of_get_and_no_part_is_sent(portal: RunningPortal):
    client = portal.app.test_client()
    for coding in CODINGS:
        whole = client.get("/", headers=coding)
        head = client.head("/", headers=coding)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == whole.headers["ETag"]
        assert head.headers["Content-Length"] == whole.headers["Content-Length"]
        part = client.get("/", headers={"Range": "bytes=0-99", "If-Range": whole.headers["ETag"], **coding})
        assert (part.status_code, part.data) == (200, whole.data)
        assert client.head("/", headers={"If-None-Match": whole.headers["ETag"], **coding}).status_code == 304


def test_the_answers_of_a_form_and_mistakes_keep_their_status(portal: RunningPortal):
    client = portal.app.test_client()
    for path in ("/tarifas/1999-01", "/tarifas/2024-05/nada", "/poder-calorifico/NADA"):
        answer = client.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


def loaded(page: TestResponse) -> Iterator[str]:
    """Addresses that a browser asks for with a page, before anybody scrolls."""
    soup = BeautifulSoup(page.text if "Content-Encoding" not in page.headers else gzip.decompress(page.data), "lxml")
    for tag in soup.select("script[src], link[rel=stylesheet], link[rel=icon], img[src]:not([loading=lazy])"):
        yield str(tag.get("src") or tag.get("href"))
    body = soup.select_one("body")
    if soup.select_one("[data-deadline]"):
        yield str(body["data-hour"])


def loaded_afterwards(page: TestResponse) -> Iterator[str]:
    """Addresses that a browser asks for once the page stands: the worker, its page, the manifest."""
    body = BeautifulSoup(gzip.decompress(page.data), "lxml").select_one("body")
    # The style sheet of the worker's page is there already.
    yield from (str(body["data-worker"]), "/sin-red", "/manifest.webmanifest")


def weight(answer: TestResponse) -> int:
    """Bytes of an answer with its headers, as HTTP/1.1 sends them."""
    return len(answer.data) + sum(len(name) + len(value) + 4 for name, value in answer.headers) + 19


def test_a_first_visit_takes_50_kilobytes_at_most_and_a_later_one_15(portal: RunningPortal):
    _publish_tariffs(portal)
    for _ in range(12):
        publish_notice(portal)
    client = portal.app.test_client()
    for path in [*paths(portal), *OWN]:
        page = client.get(path, headers=GZIP)
        assert page.status_code == 200
        rest = [client.get(address, headers=GZIP) for address in loaded(page)]
        assert len(rest) >= 5
        afterwards = [client.get(address, headers=GZIP) for address in loaded_afterwards(page)]
        assert sum(map(weight, afterwards)) <= AFTERWARDS_BYTES, path
        # All told: page, styles, scripts, icons, the service worker and what it keeps.
        assert weight(page) + sum(map(weight, [*rest, *afterwards])) <= FIRST_VISIT_BYTES, path
        assert weight(page) <= LATER_BYTES, path


def test_a_static_file_has_a_validator_for_each_coding(portal: RunningPortal):
    client = portal.app.test_client()
    address = next(each for each in loaded(client.get("/")) if "site.css" in each)
    tags = [client.get(address, headers=coding).headers["ETag"] for coding in CODINGS]
    assert len(set(tags)) == 2
    for tag, coding in zip(tags, CODINGS, strict=True):
        assert again(client, address, tag, **coding).status_code == 304
        assert "immutable" in again(client, address, tag, **coding).headers["Cache-Control"]
