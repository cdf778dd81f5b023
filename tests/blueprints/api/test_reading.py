"""What a system reads: its own rows, exact, and only once their key was given."""

from __future__ import annotations

from portal.domain.accounts import Scope
from portal.domain.settings import SettingName
from portal.models import Binding, SettingRow
from portal.services import keys, ledger
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.api.system import System, system
from tests.customer import TODAY, TOMORROW, YESTERDAY
from tests.factories import NOW

MONTH = YESTERDAY.isoformat()[:7]


def test_the_points_of_the_company_are_listed_with_their_contract(erp: System, stranger: System):
    (point,) = erp.ask("/api/v1/delivery-points").json["delivery_points"]
    assert (point["id"], point["unit"], point["figures_open"]) == (erp.customer.point, "m3", True)
    assert point["contract"]["daily_maximum"] == {"amount": "20000", "unit": "m3"}
    assert erp.ask(erp.point).json == point


def test_the_tolerance_is_the_one_that_holds_today(portal: RunningPortal, erp: System):
    assert erp.ask(erp.point).json["contract"]["tolerance_percent"] == "5"
    with portal.session() as session, transaction(session):
        for day, basis_points in ((TODAY, "350"), (TOMORROW, "800")):
            session.add(
                SettingRow(
                    name=SettingName.TOLERANCE,
                    contract_id=erp.customer.way.contract.id,
                    value=basis_points,
                    valid_from=day,
                    reason="Otrosí 2",
                    recorded_at=NOW,
                    recorded_by_id=erp.customer.way.actor.user_id,
                )
            )
    assert erp.ask(erp.point).json["contract"]["tolerance_percent"] == "3.5"


def test_the_maximum_is_the_one_that_holds_today(portal: RunningPortal, erp: System):
    with portal.session() as session, transaction(session):
        for day, m3 in ((TODAY, "12500"), (TOMORROW, "30000")):
            session.add(
                SettingRow(
                    name=SettingName.DAILY_MAXIMUM,
                    contract_id=erp.customer.way.contract.id,
                    value=m3,
                    valid_from=day,
                    reason="Otrosí 2",
                    recorded_at=NOW,
                    recorded_by_id=erp.customer.way.actor.user_id,
                )
            )
    assert erp.ask(erp.point).json["contract"]["daily_maximum"] == {"amount": "12500", "unit": "m3"}


def test_a_contract_that_the_maker_of_the_token_never_opened_is_not_there(portal: RunningPortal, erp: System):
    way = erp.customer.way
    with portal.session() as session, transaction(session):
        other = factories.contract(session, company_id=way.contract.company_id)
        hidden = factories.delivery_point(session, contract=other).public_id
    assert len(erp.ask("/api/v1/delivery-points").json["delivery_points"]) == 1
    assert erp.ask(f"/api/v1/delivery-points/{hidden}").status_code == 404


def test_a_token_of_one_company_says_nothing_of_another_of_the_same_person(portal: RunningPortal, erp: System):
    actor = erp.customer.way.actor
    with portal.session() as session, transaction(session):
        other = factories.delivery_point(session)
        session.add(Binding(user_id=actor.user_id, contract_id=other.contract_id, may_nominate=True, created_at=NOW))
        theirs = other.public_id
    assert len(erp.ask("/api/v1/delivery-points").json["delivery_points"]) == 1
    assert erp.ask(f"/api/v1/delivery-points/{theirs}").status_code == 404


def test_many_revisions_come_two_hundred_at_a_time(portal: RunningPortal, erp: System):
    days = [TODAY.plus(ahead) for ahead in range(3)]
    with portal.session() as session, transaction(session):
        point = session.get_one(type(erp.customer.way.point), erp.customer.way.point.id)
        for day in days:
            for revision in range(1, 71):
                factories.nomination(session, point, day, "5000", revision=revision)
    address = f"{erp.point}/nominations?from={days[0]}&to={days[2]}"
    first = erp.ask(address).json
    rest = erp.ask(f"{address}&after={first['next']}").json
    assert (first["next"], rest["next"]) == (f"{days[2]}.60", None)
    told = [(each["gas_day"], each["revision"]) for each in [*first["nominations"], *rest["nominations"]]]
    assert told == [(day.isoformat(), revision) for day in days for revision in range(1, 71)]
    for wrong in ("", "60", f"{days[2]}.x", "2026-13-01.1"):
        assert erp.ask(f"{address}&after={wrong}").json["errors"][0]["field"] == "after"


def test_a_month_is_told_as_the_sheet_has_it(portal: RunningPortal, erp: System):
    with portal.session() as session, transaction(session):
        point = session.get_one(type(erp.customer.way.point), erp.customer.way.point.id)
        factories.nomination(session, point, YESTERDAY, "5000")
        factories.reading(session, point, YESTERDAY, "5320.5")
        ledger.rewrite_day(session, delivery_point=point, gas_day=YESTERDAY)
    month = erp.ask(f"{erp.point}/balances/{MONTH}").json
    day = next(each for each in month["days"] if each["gas_day"] == YESTERDAY.isoformat())
    assert day["imbalance"] == {"amount": "-320.5", "unit": "m3"}
    assert (day["variation_percent"], day["out_of_tolerance"]) == ("6.41", True)
    assert month["imbalance"] == month["closing"] == {"amount": "-320.5", "unit": "m3"}
    other = erp.ask(f"{erp.point}/balances/{MONTH}?unit=MBTU").json
    assert (other["unit"], other["converted"]) == ("MBTU", True)


def test_a_month_or_a_unit_that_is_none_is_refused(erp: System):
    for url in ("balances/2026-13", "balances/0000-01", "balances/2099-01", "balances/x", f"balances/{MONTH}?unit=kg"):
        answer = erp.ask(f"{erp.point}/{url}")
        assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_the_revisions_of_a_range_say_which_is_in_force(erp: System):
    first, second = erp.nominate().json, erp.nominate(amount="9000").json
    found = erp.ask(f"{erp.point}/nominations?from={TOMORROW}&to={TOMORROW}").json["nominations"]
    assert [(each["id"], each["revision"], each["in_force"]) for each in found] == [
        (first["id"], 1, False),
        (second["id"], 2, True),
    ]
    assert erp.ask(f"{erp.point}/nominations?from={YESTERDAY}&to={YESTERDAY}").json["nominations"] == []


def test_a_range_is_at_most_92_days(erp: System):
    def status(first: str, last: str) -> int:
        return erp.ask(f"{erp.point}/nominations?from={first}&to={last}").status_code

    assert status("2026-01-01", "2026-04-02") == 200
    assert status("2026-01-01", "2026-04-03") == 422
    assert status("2026-01-02", "2026-01-01") == 422
    assert status("2026-02-30", "2026-03-01") == 422
    told = erp.ask(f"{erp.point}/nominations").json
    assert (told["from"], told["to"]) == (TODAY.isoformat(), TODAY.plus(31).isoformat())


def test_a_receipt_is_told_as_it_was_answered_when_it_was_made(erp: System):
    made = erp.nominate()
    assert made.headers["Location"] == f"/api/v1/receipts/{made.json['id']}"
    assert erp.ask(made.headers["Location"]).json == made.json
    assert made.json["chain"]["position"] == 1


def test_figures_are_told_only_once_the_numeric_key_was_given(portal: RunningPortal):
    erp = system(portal, opened=False)
    assert erp.ask(erp.point).json["figures_open"] is False
    for url in (f"balances/{MONTH}", f"nominations?from={TOMORROW}&to={TOMORROW}"):
        answer = erp.ask(f"{erp.point}/{url}")
        assert (answer.status_code, answer.json["code"]) == (403, "point-not-opened")
    receipt = erp.nominate().json["id"]
    assert erp.ask(f"/api/v1/receipts/{receipt}").status_code == 200, "the code was given with the nomination"


def test_a_new_letter_after_a_theft_closes_the_figures(portal: RunningPortal, erp: System):
    url = f"{erp.point}/balances/{MONTH}"
    assert erp.ask(url).status_code == 200
    portal.clock.forward(seconds=1)
    with portal.session() as session:
        point = session.get_one(type(erp.customer.way.point), erp.customer.way.point.id)
        keys.issue(Act.at(session, Actor.system(), portal.clock.now), delivery_point=point, compromised=True)
    assert erp.ask(url).json["code"] == "point-not-opened"


def test_what_belongs_to_another_company_is_answered_as_what_is_not_there(erp: System, stranger: System):
    receipt = stranger.nominate().json["id"]
    theirs = (
        f"{stranger.point}",
        f"{stranger.point}/balances/{MONTH}",
        f"{stranger.point}/nominations?from={TOMORROW}&to={TOMORROW}",
        f"/api/v1/receipts/{receipt}",
    )
    absent = erp.ask("/api/v1/delivery-points/nada").json | {"request_id": None}
    for url in theirs:
        answer = erp.ask(url)
        assert (answer.status_code, answer.json | {"request_id": None}) == (404, absent)
    order = {"json": erp.order(), "headers": {"Idempotency-Key": "a"}}
    assert erp.ask(f"{stranger.point}/nominations", method="POST", **order).status_code == 404


def test_a_token_that_may_only_read_does_not_nominate(portal: RunningPortal):
    erp = system(portal, scopes={Scope.READ})
    assert erp.ask(erp.point).status_code == 200
    answer = erp.nominate()
    assert (answer.status_code, answer.json["code"]) == (403, "scope-missing")
