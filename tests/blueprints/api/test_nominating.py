"""A nomination by a system: signed with the code, once for each key, refused as on the pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.models import ApiRequest, Binding, Contract, KeyAttempt, Nomination, OutboxMessage
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.blueprints.api.system import System, system
from tests.customer import TOMORROW, YESTERDAY
from tests.factories import TODAY

NOT_OF_THE_SHAPE: list[tuple[dict[str, Any], str]] = [
    ({"kind": "nominacion"}, "kind"),
    ({"kind": ["nomination"]}, "kind"),
    ({"gas_day": "24/11/2026"}, "gas_day"),
    ({"gas_day": 20261124}, "gas_day"),
    ({"amount": 12500}, "quantity.amount"),
    ({"amount": "12.500"}, "quantity.amount"),
    ({"amount": "12500.5"}, "quantity.amount"),
    ({"amount": "-1"}, "quantity.amount"),
    ({"amount": "1e3"}, "quantity.amount"),
    ({"amount": "١٢"}, "quantity.amount"),
    ({"amount": ""}, "quantity.amount"),
    ({"amount": "99999999999"}, "quantity.amount"),
    ({"unit": "kg"}, "quantity.unit"),
    ({"quantity": "12500"}, "quantity"),
    ({"security_code": 483920175}, "security_code"),
    ({"security_code": "1" * 41}, "security_code"),
    ({"confirm_unusual": "yes"}, "confirm_unusual"),
    ({"replaces_revision": True}, "replaces_revision"),
    ({"replaces_revision": -1}, "replaces_revision"),
    ({"security_key": "x"}, "security_key"),
]


def test_a_nomination_is_entered_with_radicado_and_told_by_mail(portal: RunningPortal, erp: System):
    answer = erp.nominate(amount="12500")
    told = answer.json
    assert answer.status_code == 201
    assert (told["quantity"], told["channel"], told["revision"]) == ({"amount": "12500", "unit": "m3"}, "api", 1)
    assert told["filing_number"].startswith("N-2026-")
    assert portal.count(OutboxMessage, kind="receipt") >= 1
    page = erp.customer.open(f"/nominacion/comprobantes/{told['id']}")
    assert (page.status, told["filing_number"] in page.text) == (200, True)


def test_the_same_request_again_is_answered_the_same_and_enters_nothing(portal: RunningPortal, erp: System):
    first = erp.nominate("uno")
    erp.nominate(amount="100", confirm_unusual=True)
    again = erp.nominate("uno")
    assert (again.status_code, again.data) == (201, first.data)
    assert portal.count(Nomination) == 2


def test_the_same_request_again_costs_no_look_at_the_code(portal: RunningPortal, erp: System):
    first = erp.nominate("uno")
    tried = portal.count(KeyAttempt)
    assert erp.nominate("uno", security_code=erp.customer.wrong_code).data == first.data
    assert portal.count(KeyAttempt) == tried


def test_a_key_that_made_something_else_is_refused(portal: RunningPortal, erp: System):
    erp.nominate("uno")
    for other in ({"amount": "12501"}, {"gas_day": TOMORROW.plus(1).isoformat()}, {"confirm_unusual": True}):
        answer = erp.nominate("uno", **other)
        assert (answer.status_code, answer.json["code"]) == (409, "idempotency-key")
    assert portal.count(Nomination) == 1


def test_a_key_belongs_to_its_token(portal: RunningPortal, erp: System, stranger: System):
    assert erp.nominate("uno").status_code == stranger.nominate("uno").status_code == 201


def test_a_refused_request_may_be_put_right_under_its_key(erp: System):
    assert erp.nominate("uno", gas_day=YESTERDAY.isoformat()).json["code"] == "too-late"
    assert erp.nominate("uno").status_code == 201


def test_the_hash_that_is_kept_says_nothing_of_the_code(portal: RunningPortal, erp: System):
    erp.nominate("uno")
    order = erp.order(security_code="000000000")
    with portal.session() as session:
        kept = session.scalars(select(ApiRequest)).one()
    answer = erp.nominate("uno", security_code=order["security_code"])
    assert answer.status_code == 201, "the same order with another code has the same hash"
    assert len(kept.body_hash) == 32


def test_doubles_at_once_enter_one_nomination(portal_on_each: RunningPortal):
    erp = system(portal_on_each)
    headers = {"Authorization": f"Bearer {erp.token}", "Idempotency-Key": "uno"}

    def send(_: int) -> tuple[int, bytes]:
        client = portal_on_each.app.test_client()
        answer = client.post(f"{erp.point}/nominations", json=erp.order(), headers=headers)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(8)))
    assert {status for status, _ in answers} == {201}
    assert len({body for _, body in answers}) == 1
    assert portal_on_each.count(Nomination) == 1
    assert portal_on_each.count(KeyAttempt, outcome="charged") == 0, "every attempt was settled"


def test_a_wrong_code_is_charged_and_in_the_end_throttled(portal: RunningPortal, erp: System):
    seen = [erp.nominate(security_code=erp.customer.wrong_code) for _ in range(6)]
    assert seen[0].json["code"] == "numeric-key-wrong"
    assert seen[0].json["left"] == 9
    assert (seen[5].status_code, seen[5].json["code"]) == (429, "too-many")
    assert int(seen[5].headers["Retry-After"]) > 0
    assert erp.nominate().status_code == 429, "the right code waits as well"
    assert portal.count(Nomination) == 0


def test_what_cannot_be_a_code_costs_no_attempt(portal: RunningPortal, erp: System):
    tried = portal.count(KeyAttempt)
    wrong = erp.customer.way.numeric_key[:-1] + str((int(erp.customer.way.numeric_key[-1]) + 1) % 10)
    assert erp.nominate(security_code="12").json["code"] == "numeric-key-format"
    assert erp.nominate(security_code=wrong).json["code"] == "numeric-key-typo"
    assert portal.count(KeyAttempt) == tried


def test_every_rule_of_the_pages_holds(portal: RunningPortal, erp: System):
    def code(**given: Any) -> str:
        return erp.nominate(**given).json["code"]

    assert code(gas_day=TODAY.isoformat()) == "too-late"
    assert code(gas_day=TODAY.plus(40).isoformat()) == "too-early"
    assert code(unit="MBTU", amount="1") == "unit-other"
    above = erp.nominate(amount="30000")
    assert (above.json["code"], above.json["warnings"]) == ("unusual-quantity", ["above-maximum"])
    assert above.json["maximum"] == {"amount": "20000", "unit": "m3"}
    assert erp.nominate(amount="30000", confirm_unusual=True).status_code == 201
    with portal.session() as session, transaction(session):
        session.execute(update(Contract).values(maximum_blocks=True))
    assert code(amount="30000", confirm_unusual=True) == "above-maximum"
    with portal.session() as session, transaction(session):
        session.execute(update(Binding).values(may_nominate=False))
    refused = erp.nominate()
    assert (refused.status_code, refused.json["code"]) == (403, "not-approved")


def test_a_renomination_is_taken_after_the_close_and_a_late_one_waits(portal: RunningPortal, erp: System):
    erp.nominate()
    portal.clock.forward(hours=4)
    told = erp.nominate(kind="renomination", amount="9000").json
    assert (told["kind"], told["is_late"]) == ("renomination", False)
    other = system(portal)
    late = other.nominate(kind="renomination").json
    assert late["is_late"] is True
    (row,) = other.ask(f"{other.point}/nominations?from={TOMORROW}&to={TOMORROW}").json["nominations"]
    assert (row["in_force"], row["late_decision"]) == (False, "awaiting")


def test_who_says_what_is_replaced_is_told_when_it_is_not(erp: System):
    assert erp.nominate(replaces_revision=1).json["code"] == "revision"
    assert erp.nominate(replaces_revision=0).status_code == 201
    answer = erp.nominate(replaces_revision=0)
    assert (answer.status_code, answer.json["code"]) == (409, "revision")
    assert erp.nominate(replaces_revision=1).status_code == 201


def test_a_token_that_ends_ends_its_nominations(portal: RunningPortal, erp: System):
    page = erp.customer.open("/cuenta/api")
    page.form("/cuenta/api/revocar").submit()
    assert erp.nominate().status_code == 401
    assert portal.count(Nomination) == 0


def test_what_is_not_of_the_shape_is_told_by_its_place(erp: System, subtests: pytest.Subtests):
    for given, field in NOT_OF_THE_SHAPE:
        with subtests.test(given=given):
            answer = erp.nominate(**given)
            assert answer.status_code == 422
            assert [error["field"] for error in answer.json["errors"]] == [field]
