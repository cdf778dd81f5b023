"""Every refusal is one JSON object of a known code, whatever was sent and whatever fails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from portal.blueprints.api.refusals import WORDS
from portal.domain.attempts import API_TOKEN
from portal.models import ApiToken, Binding, User
from portal.services.store.transactions import transaction
from portal.web import problems
from portal.web.access import Audience, open_to
from tests.application import RunningPortal
from tests.blueprints.api.system import DOCUMENT, System, valid
from tests.blueprints.database_away import on_engine

PROBLEM = {"$ref": "#/components/schemas/Problem"}
UNREADABLE = [
    b"",
    b"[]",
    b"null",
    b"{",
    b'{"kind": NaN}',
    b'{"kind": "nomination", "kind": "renomination"}',
    b'{"kind": "\xff"}',
    b"[" * 60_000,
    b'{"replaces_revision": ' + b"9" * 5000 + b"}",
    '{"kind": "nomination"}'.encode("utf-16"),
]


def refused(erp: System, url: str, status: int, code: str, *, method: str = "GET", **options: object) -> None:
    """Fail unless the address refuses so; for what the document does not list by address."""
    headers = {"Authorization": f"Bearer {erp.token}"} | dict(options.pop("headers", {}))  # type: ignore[call-overload]
    answer = erp.client.open(url, method=method, headers=headers, **options)
    assert (answer.status_code, answer.mimetype) == (status, problems.MEDIA_TYPE)
    valid(PROBLEM, answer.get_json(force=True))
    assert (answer.json["code"], answer.json["status"]) == (code, status)
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_what_any_address_may_refuse_is_a_problem(portal: RunningPortal, erp: System):
    refused(erp, "/api/v1/nada", 404, "not-found")
    refused(erp, "/api", 404, "not-found")
    refused(erp, "/api/v1/delivery-points", 405, "method-not-allowed", method="POST")
    refused(erp, "/api/v1/delivery-points", 401, "token-missing", headers={"Authorization": "Bearer \xff"})
    refused(erp, "/api/v1/delivery-points/%00", 404, "not-found")
    order = f"{erp.point}/nominations"
    key = {"Idempotency-Key": "a"}
    refused(erp, order, 415, "media-type", method="POST", data={"kind": "nomination"}, headers=key)
    refused(erp, order, 413, "too-large", method="POST", json={"kind": "x" * 70_000}, headers=key)
    refused(erp, order, 400, "idempotency-key-missing", method="POST", json=erp.order())
    refused(erp, order, 400, "idempotency-key-missing", method="POST", json={}, headers={"Idempotency-Key": "a b"})
    with on_engine(portal, "sqlite:////nowhere/portal.db"):
        refused(erp, "/api/v1/delivery-points", 503, "unavailable")


def test_a_failure_of_ours_is_a_problem_without_its_trace(portal: RunningPortal):
    @open_to(Audience.PUBLIC)
    def fail() -> str:
        raise ZeroDivisionError("secret")

    portal.app.add_url_rule("/api/falla", view_func=fail)
    answer = portal.app.test_client().get("/api/falla")
    assert (answer.status_code, answer.json["code"], answer.mimetype) == (500, "failure", problems.MEDIA_TYPE)
    assert b"secret" not in answer.data


def test_a_body_that_can_be_read_in_two_ways_or_none_is_refused(erp: System, subtests: pytest.Subtests):
    headers = {"Idempotency-Key": "a", "Content-Type": "application/json"}
    for body in UNREADABLE:
        with subtests.test(body=body[:20]):
            refused(erp, f"{erp.point}/nominations", 400, "bad-json", method="POST", data=body, headers=headers)


def test_forged_text_is_refused_in_its_place(erp: System):
    for text in ("\0", "\ud800", "\N{RIGHT-TO-LEFT OVERRIDE}", "' OR 1=1 --", "{0.__class__}", "9" * 4000, ""):
        for field in ("kind", "gas_day", "security_code"):
            body = json.dumps(erp.order(**{field: text}))
            headers = {"Idempotency-Key": "a", "Content-Type": "application/json"}
            answer = erp.ask(f"{erp.point}/nominations", method="POST", data=body, headers=headers)
            assert answer.status_code in (422, 429)


def test_a_token_asks_so_often_in_a_minute(portal: RunningPortal, erp: System, stranger: System):
    for _ in range(API_TOKEN):
        assert erp.client.get(erp.point, headers={"Authorization": f"Bearer {erp.token}"}).status_code == 200
    stopped = erp.ask(erp.point)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "60")
    assert stranger.ask(stranger.point).status_code == 200
    portal.clock.forward(seconds=61)
    assert erp.ask(erp.point).status_code == 200


def test_a_token_that_has_ended_opens_nothing(portal: RunningPortal, erp: System, subtests: pytest.Subtests):
    now = portal.clock.now
    for ended, alive in (
        (update(ApiToken).values(revoked_at=now), update(ApiToken).values(revoked_at=None)),
        (update(ApiToken).values(expires_at=now), update(ApiToken).values(expires_at=None)),
        (update(User).values(disabled_at=now), update(User).values(disabled_at=None)),
        (delete(Binding), None),
    ):
        with subtests.test(ended=str(ended)):
            with portal.session() as session, transaction(session):
                session.execute(ended)
            assert erp.ask(erp.point).status_code == 401
        if alive is not None:
            with portal.session() as session, transaction(session):
                session.execute(alive)
            assert erp.ask(erp.point).status_code == 200


def test_a_session_of_a_browser_opens_nothing_of_the_api(erp: System):
    answer = erp.customer.browser.client.get("/api/v1/delivery-points")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="portal API"')


def test_every_code_is_in_the_document_and_in_the_guide():
    codes = {*problems.PROBLEMS, *(refusal.value for refusal in WORDS)}
    assert set(DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"]) == codes
    guide = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    assert [code for code in sorted(codes) if f"`{code}`" not in guide] == []
    assert set(re.findall(r"^\| `([a-z-]+)` \| [0-9]{3} ", guide, re.MULTILINE)) == codes
