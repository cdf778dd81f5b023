"""A nomination withdrawn by a system: until the close, once, by whoever reaches its point and knows its code."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Scope
from portal.models import KeyAttempt, Nomination, NominationHead
from tests.application import RunningPortal
from tests.blueprints.api.system import System, system
from tests.customer import TOMORROW


@pytest.fixture
def entered(erp: System) -> str:
    """The id of a nomination for tomorrow."""
    return str(erp.nominate().json["id"])


def test_a_nomination_is_withdrawn_once_with_a_receipt_of_its_own(portal: RunningPortal, erp: System, entered: str):
    answer = erp.cancel(entered)
    told = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/v1/receipts/{told['id']}")
    assert (told["cancels"], told["revision"], told["channel"]) == (True, 2, "api")
    assert told["gas_day"] == TOMORROW.isoformat()
    tried = portal.count(KeyAttempt)
    assert erp.cancel(entered, erp.customer.wrong_code).data == answer.data
    assert portal.count(KeyAttempt) == tried, "what was done is answered without a look at the code"
    assert (portal.count(Nomination), portal.count(NominationHead)) == (2, 0)


def test_what_another_revision_replaced_and_what_withdraws_stay_as_they_are(erp: System, entered: str):
    second = erp.nominate(amount="9000").json["id"]
    assert erp.cancel(entered).json["code"] == "not-in-force"
    withdrawn = erp.cancel(second).json["id"]
    assert erp.cancel(withdrawn).json["code"] == "not-in-force"


def test_after_the_close_it_stays(portal: RunningPortal, erp: System, entered: str):
    portal.clock.now = TOMORROW.start
    answer = erp.cancel(entered)
    assert (answer.status_code, answer.json["code"]) == (422, "cancel-too-late")
    assert answer.json["closed_at"].startswith(TOMORROW.plus(-1).isoformat())


def test_a_wrong_code_is_charged_and_withdraws_nothing(portal: RunningPortal, erp: System, entered: str):
    answer = erp.cancel(entered, erp.customer.wrong_code)
    assert (answer.json["code"], answer.json["left"]) == ("numeric-key-wrong", 9)
    assert portal.count(Nomination) == 1


def test_somebody_elses_receipt_is_as_absent_and_reading_is_not_enough(
    portal: RunningPortal, erp: System, stranger: System, entered: str
):
    for answer in (stranger.cancel(entered), stranger.cancel("AAAAAAAAAAAAAAAA")):
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    reader = system(portal, erp.customer, scopes={Scope.READ})
    assert reader.cancel(entered).json["code"] == "scope-missing"


def test_the_body_says_nothing_but_the_code(erp: System, entered: str):
    answer = erp.ask(f"/api/v1/receipts/{entered}/cancellation", method="POST", json={"code": "1"})
    assert [each["field"] for each in answer.json["errors"]] == ["code", "security_code"]
