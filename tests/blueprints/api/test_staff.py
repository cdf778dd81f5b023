"""The distributor's own systems: a token of a console account reads what its maker reads, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain.accounts import Role, StaffScope
from portal.models import AuditEvent, DeliveryPoint, OutboxMessage, StaffToken, User
from portal.services import ledger
from portal.services.people import accounts, staff_tokens
from portal.services.store.acts import Act
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.api.system import System, documented, valid
from tests.factories import TODAY

DAY = TODAY.isoformat()
YESTERDAY = TODAY.plus(-1)
ADDRESSES = {
    "book": f"/api/v1/staff/days/{DAY}/book",
    "authorised": f"/api/v1/staff/days/{DAY}/authorised",
    "balances": f"/api/v1/staff/days/{YESTERDAY.isoformat()}/balances",
    "gaps": "/api/v1/staff/gaps",
    "audit": "/api/v1/staff/audit-events",
}


@dataclass
class StaffSystem:
    """A system with the token of an account; ``ask`` returns the answer, held against the document."""

    client: FlaskClient
    token: str

    def ask(self, url: str) -> TestResponse:
        answer = self.client.get(url, headers={"Authorization": f"Bearer {self.token}"})
        adapter = self.client.application.url_map.bind("localhost")
        rule, _ = adapter.match(url.partition("?")[0], method="GET", return_rule=True)
        media_type, schema = documented(str(rule.rule).replace("<", "{").replace(">", "}"), "GET", answer.status_code)
        assert answer.mimetype == media_type
        valid(schema, answer.get_json(force=True))
        assert "Set-Cookie" not in answer.headers
        return answer


def system_of(
    portal: RunningPortal, role: Role = Role.SUPERVISOR, scopes: set[StaffScope] | None = None, days: int = 90
) -> tuple[StaffSystem, int]:
    """A system of a new account of this role, and the account's row."""
    with portal.session() as session, transaction(session):
        user = factories.user(session, role=role, totp_sealed=b"-" * 40)
        actor, user_id = factories.signed_in(session, user, now=portal.clock.now), user.id
    with portal.session() as session:
        act = Act.at(session, actor, portal.clock.now)
        scopes = set(staff_tokens.list_offered(act)) if scopes is None else scopes
        token = staff_tokens.create(act, name="Transportador", scopes=scopes, days=days)
    return StaffSystem(portal.app.test_client(), token), user_id


@pytest.fixture
def points(portal: RunningPortal) -> list[DeliveryPoint]:
    """Two points, one of them nominated, cut and measured."""
    with portal.session() as session, transaction(session):
        contract = factories.contract(session, number="NR-1", starts_on=TODAY.plus(-3))
        found = [
            factories.delivery_point(session, contract=contract, public_id=name, carrier_code=name.upper())
            for name in ("uno", "dos")
        ]
        factories.nomination(session, found[0], TODAY, "5000")
        factories.authorisation(session, found[0], TODAY, "4500", revision=1, cut_reason="CCD")
        factories.reading(session, found[0], YESTERDAY, "320.5")
        for point in found:
            ledger.rebuild_point(session, delivery_point=point)
    return found


def test_a_token_reads_the_day_as_the_consoles_show_it(portal: RunningPortal, points: list[DeliveryPoint]):
    system, _ = system_of(portal)
    book = system.ask(ADDRESSES["book"]).json
    assert book is not None
    (one,) = [each for each in book["points"] if each["delivery_point"] == "uno"]
    assert (one["quantity"], one["kind"], one["origin"]) == ({"amount": "5000", "unit": "m3"}, "nomination", "entered")
    (silent,) = [each for each in book["points"] if each["delivery_point"] == "dos"]
    assert (silent["quantity"], silent["revision"], book["next"], book["version"]) == (None, None, None, None)
    authorised = system.ask(ADDRESSES["authorised"]).json
    assert authorised is not None
    (cut,) = [each for each in authorised["points"] if each["delivery_point"] == "uno"]
    assert (cut["authorised"]["amount"], cut["cut_reason"], cut["authorised_revision"]) == ("4500", "CCD", 1)
    balances = system.ask(ADDRESSES["balances"]).json
    assert balances is not None
    (balance,) = [each for each in balances["points"] if each["delivery_point"] == "uno"]
    assert (balance["imbalance"]["amount"], balance["total_incomplete"]) == ("-320.5", True)
    gaps = system.ask(ADDRESSES["gaps"]).json
    assert gaps is not None
    mine = [(each["gas_day"], each["delivery_point"]) for each in gaps["gaps"] if each["contract"] == "NR-1"]
    assert len(mine) == 5
    events = system.ask(f"{ADDRESSES['audit']}?event=api-token").json
    assert events is not None
    assert events["events"][0]["event"] == "api-token:created"
    assert events["events"][0]["details"]["scopes"] == "staff:read staff:audit"


def test_long_lists_go_on_after_the_last_row(
    portal: RunningPortal, points: list[DeliveryPoint], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.blueprints.api.staff_views.MOST", 2)
    system, _ = system_of(portal)
    with portal.session() as session, transaction(session):
        for number in range(5):
            audit.record(Act.of_system(session, portal.clock.now), event="day:closed", subject=f"d{number}", details={})
    for name, rows, key in (
        ("gaps", "gaps", "after"),
        ("book", "points", "after"),
        ("balances", "points", "after"),
        ("audit", "events", "before"),
    ):
        found, following = [], ""
        while following is not None:
            url = ADDRESSES[name] + (f"?{key}={following}" if following else "")
            answer = system.ask(url).json
            assert answer is not None
            assert len(answer[rows]) <= 2
            found += [str(sorted(each.items(), key=str)) for each in answer[rows]]
            following = answer["next"]
        assert len(found) == len(set(found)) >= 2, name


@pytest.mark.parametrize(
    ("role", "open_"),
    [
        (Role.OPERATOR, {"book", "authorised", "balances", "gaps"}),
        (Role.SUPERVISOR, {"book", "authorised", "balances", "gaps", "audit"}),
        (Role.AUDITOR, {"book", "authorised", "balances", "audit"}),
        (Role.ADMIN, {"audit"}),
    ],
)
def test_a_token_opens_what_its_maker_may_see(portal: RunningPortal, role: Role, open_: set[str]):
    system, _ = system_of(portal, role)
    answers = {name: system.ask(url) for name, url in ADDRESSES.items()}
    assert {name for name, answer in answers.items() if answer.status_code == 200} == open_
    assert {answer.get_json(force=True)["code"] for answer in answers.values() if answer.status_code != 200} <= {
        "scope-missing"
    }


def test_a_scope_that_was_not_given_opens_nothing(portal: RunningPortal):
    system, _ = system_of(portal, scopes={StaffScope.READ})
    assert system.ask(ADDRESSES["audit"]).status_code == 403
    system, _ = system_of(portal, scopes={StaffScope.AUDIT})
    assert system.ask(ADDRESSES["book"]).status_code == 403


def test_who_may_not_make_a_token_or_give_a_scope_is_refused(portal: RunningPortal):
    for role, scopes in ((Role.AGENT, {StaffScope.READ}), (Role.OPERATOR, {StaffScope.AUDIT}), (Role.ADMIN, set())):
        with pytest.raises(NotAllowed):
            system_of(portal, role, scopes)
    with pytest.raises(NotAllowed):
        system_of(portal, days=366)


def test_tokens_of_customers_and_of_the_distributor_never_stand_for_one_another(portal: RunningPortal, erp: System):
    system, _ = system_of(portal)
    assert system.client.get(erp.point, headers={"Authorization": f"Bearer {system.token}"}).status_code == 401
    for url in ADDRESSES.values():
        assert system.client.get(url, headers={"Authorization": f"Bearer {erp.token}"}).status_code == 401
        assert portal.staff(Role.SUPERVISOR).client.get(url).status_code == 401


def disable(act: Act, user: User) -> None:
    accounts.management.disable(act, email=user.email)


def change_role(act: Act, user: User) -> None:
    accounts.staff.change_role(act, public_id=user.public_id, role=Role.AUDITOR)


def give_another_factor(act: Act, user: User) -> None:
    accounts.management.enrol(act, email=user.email, secret="JBSWY3DPEHPK3PXP")


@pytest.mark.parametrize("end", [disable, change_role, give_another_factor])
def test_a_token_ends_with_the_account_its_role_and_its_second_factor(portal: RunningPortal, end):
    system, user_id = system_of(portal)
    assert system.ask(ADDRESSES["book"]).status_code == 200
    with portal.session() as session, transaction(session):
        admin = factories.user(session, role=Role.ADMIN)
        actor = factories.signed_in(session, admin, now=portal.clock.now)
    with portal.session() as session:
        end(Act.at(session, actor, portal.clock.now), session.get_one(User, user_id))
    assert system.ask(ADDRESSES["book"]).status_code == 401
    with portal.session() as session, transaction(session):
        user = session.get_one(User, user_id)
        user.disabled_at, user.role = None, Role.SUPERVISOR
    # It does not come back with the account.
    assert system.ask(ADDRESSES["book"]).status_code == 401


def test_a_token_ends_at_its_day_and_after_120_requests_a_minute_waits(portal: RunningPortal):
    system, _ = system_of(portal, days=30)
    answers = [system.ask(ADDRESSES["gaps"]).status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]
    portal.clock.forward(seconds=61)
    assert system.ask(ADDRESSES["gaps"]).status_code == 200
    portal.clock.forward(seconds=int(timedelta(days=30).total_seconds()))
    assert system.ask(ADDRESSES["gaps"]).status_code == 401


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("/api/v1/staff/days/2026-02-31/book", "day"),
        (f"{ADDRESSES['book']}?version=0", "version"),
        (f"{ADDRESSES['book']}?after=nobody", "after"),
        (f"{ADDRESSES['gaps']}?after=", "after"),
        (f"{ADDRESSES['audit']}?from=ayer", "from"),
        (f"{ADDRESSES['audit']}?before=-1", "before"),
        (f"{ADDRESSES['audit']}?event=%27", "event"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_place(portal: RunningPortal, url: str, field: str):
    answer = system_of(portal)[0].ask(url)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json(force=True)["errors"]] == [field]


def test_a_version_that_is_not_there_is_not_found(portal: RunningPortal):
    assert system_of(portal)[0].ask(f"{ADDRESSES['book']}?version=9").status_code == 404


def test_a_token_is_made_on_its_page_shown_once_and_revoked(portal: RunningPortal):
    supervisor = portal.staff(Role.SUPERVISOR, totp_sealed=b"-" * 40)
    page = supervisor.open("/consola/seguridad").click("Ver y crear tokens")
    refused = page.form("#crear").fill(name="").submit()
    assert refused.status == 422
    assert "Elija qué puede leer el token." in refused.text
    shown = page.form("#crear").fill(name="Transportador", scope="staff:read", life="30").submit()
    token = shown.one("#token").get_text(strip=True)
    system = StaffSystem(portal.app.test_client(), token)
    assert system.ask(ADDRESSES["book"]).status_code == 200
    listed = supervisor.open("/consola/seguridad/tokens")
    assert token not in listed.source
    with portal.session() as session:
        assert session.scalars(select(StaffToken.scopes)).one() == "staff:read"
        assert "staff-token-created" in session.scalars(select(OutboxMessage.kind)).all()
        assert token not in "".join(session.scalars(select(AuditEvent.details)))
    other = portal.staff(Role.SUPERVISOR)
    kept = listed.one("[data-token]")["data-token"]
    forged = other.open("/consola/seguridad/tokens").form("#crear")
    assert forged.names
    assert "ya no abre nada" in listed.form(f'[data-token="{kept}"] form').submit().text
    assert system.ask(ADDRESSES["book"]).status_code == 401
    assert portal.staff(Role.AGENT).open("/consola/seguridad/tokens").status == 403


def test_a_token_is_made_only_after_a_fresh_code(portal: RunningPortal):
    supervisor = portal.staff(Role.SUPERVISOR)
    form = supervisor.open("/consola/seguridad/tokens").form("#crear").fill(name="x", scope="staff:read")
    portal.clock.forward(minutes=6)
    asked = form.submit()
    assert asked.form(asked.url).names
    assert "totp" in asked.form(asked.url).names
    with portal.session() as session:
        assert session.scalars(select(StaffToken)).all() == []


def test_an_account_has_five_live_tokens_at_most(portal: RunningPortal):
    supervisor = portal.staff(Role.SUPERVISOR)
    for number in range(5):
        supervisor.open("/consola/seguridad/tokens").form("#crear").fill(name=f"s{number}", scope="staff:read").submit()
    last = supervisor.open("/consola/seguridad/tokens").form("#crear").fill(name="s6", scope="staff:read").submit()
    assert last.status == 422
    assert "Usted ya tiene 5 tokens vigentes" in last.text


@pytest.mark.parametrize(
    ("address", "query", "field", "words"),
    [
        ("gaps", "q=Garza", "q", "No se conoce; esta dirección tiene after."),
        ("balances", "puerta=PS-01", "puerta", "No se conoce; esta dirección tiene after."),
        ("book", "version=1&version=2", "version", "El parámetro está más de una vez."),
        ("audit", "event=nada", "event", "Ningún hecho se llama así"),
        ("audit", f"from={DAY}&to={YESTERDAY.isoformat()}", "to", "to no puede ser anterior"),
    ],
)
def test_what_a_query_cannot_ask_is_refused_by_its_name_and_never_passed_over(
    portal: RunningPortal, points: list[DeliveryPoint], address: str, query: str, field: str, words: str
) -> None:
    system, _ = system_of(portal)
    answer = system.ask(f"{ADDRESSES[address]}?{query}")
    assert answer.status_code == 422
    (error,) = answer.get_json(force=True)["errors"]
    assert error["field"] == field
    assert words in error["detail"]
