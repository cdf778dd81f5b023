"""Messages to browsers leave by the worker: encrypted for each, signed by the push key, dropped where nobody is."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.audit_events import AuditEvent as Event
from portal.domain.ports import Port
from portal.models import AuditEvent, Binding, DeliveryPoint, OutboxMessage, PushMessage, PushSubscription, User
from portal.services.mail import Short, Topic, push_subscriptions, short_messages, web_push
from portal.services.store import push_keys
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.cli.push_sink import PushSink
from tests.factories import NOW
from tests.push_browser import PushBrowser

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CLOSE = NOW + timedelta(hours=3)
SHORT = Short("Falta nominar", "Falta nominar 1 punto para mañana.", until=CLOSE, about=("uno", "mañana"))


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[PushSink]:
    """The push service that the tests' browsers use."""
    with PushSink(tmp_path) as running:
        yield running


@pytest.fixture
def key(portal: Run, point: DeliveryPoint, instance: Path) -> push_keys.PushKey:
    """The push key of the installation, made by its command."""
    assert portal("secrets", "push-key").exit_code == 0
    made = push_keys.read(instance / "push_key.pem")
    assert made is not None
    return made


class Stage:
    """Somebody with access to a contract, whose browser wants cuts and announcements, which no worker posts."""

    def __init__(self, database: Session, environment: dict[str, str], sink: PushSink, key: push_keys.PushKey) -> None:
        self.session, self.key, self.sink = database, key, sink
        self.browser = PushBrowser(f"{sink.origin}/push/a-browser?key=1")
        self.point = database.scalars(select(DeliveryPoint)).one()
        with transaction(database):
            self.user = factories.user(database)
            self.binding = Binding(
                user_id=self.user.id, contract_id=self.point.contract_id, may_nominate=True, created_at=NOW
            )
            database.add(self.binding)
            self.actor = factories.signed_in(database, self.user)
        self.public_id = self.subscribe()

    def subscribe(self, **given: object) -> str:
        """Subscribe the browser, or another."""
        browser = given.pop("browser", self.browser)
        assert isinstance(browser, PushBrowser)
        return push_subscriptions.add(
            Act.at(self.session, self.actor, NOW),
            text=browser.say(),
            services=[self.sink.place],
            key_mark=self.key.mark,
            browser="Chrome en Android",
            topics={Topic.CUTS, Topic.NOTICES},
        )

    def post(self, short: Short = SHORT, *, topic: Topic = Topic.CUTS, now: datetime = NOW) -> int:
        """Post a message to who wants the topic."""
        with transaction(self.session):
            return short_messages.post(
                Act.of_system(self.session, now),
                topic=topic,
                kind="reminder",
                companies={self.point.contract.company_id: ()},
                short=short,
            )

    def messages(self) -> list[OutboxMessage]:
        """The messages for browsers."""
        self.session.rollback()
        self.session.expire_all()
        rows = select(OutboxMessage).where(OutboxMessage.port == Port.PUSH).order_by(OutboxMessage.id)
        return list(self.session.scalars(rows))

    def live(self) -> list[PushSubscription]:
        """The subscriptions in force."""
        self.session.rollback()
        self.session.expire_all()
        return list(self.session.scalars(select(PushSubscription).where(PushSubscription.ended_at.is_(None))))


@pytest.fixture
def stage(database: Session, environment: dict[str, str], sink: PushSink, key: push_keys.PushKey) -> Stage:
    return Stage(database, environment, sink, key)


def test_a_message_comes_encrypted_and_signed_with_its_life_its_urgency_and_its_thread(
    portal: Run, stage: Stage, sink: PushSink
) -> None:
    assert stage.post() == 1
    result = portal("worker", "--once", **sink.settings)
    assert "push: 1 sent, 0 put off." in result.stdout
    assert sink.refused == []
    (taken,) = sink.taken
    assert taken.path == "/push/a-browser?key=1"
    assert taken.key == stage.key.public
    assert taken.claims["sub"] == "https://127.0.0.1"
    assert taken.headers["Content-Encoding"] == "aes128gcm"
    assert taken.headers["TTL"] == str(3 * 3600)
    assert taken.headers["Urgency"] == "high"
    assert len(taken.headers["Topic"]) == 32
    assert b"nominar" not in taken.body
    said = stage.browser.read(taken.body)
    assert said == {
        "title": "Llanogas: Falta nominar",
        "body": "Falta nominar 1 punto para mañana.",
        "path": "/inicio",
        "tag": taken.headers["Topic"],
        "until": int(CLOSE.timestamp() * 1000),
    }
    (row,) = stage.messages()
    assert (row.sent_at, row.attempts, row.recipient) == (NOW, 1, stage.user.email)
    assert stage.live()[0].last_sent_at == NOW
    again = portal("worker", "--once", **sink.settings)
    assert "push: 0 sent, 0 put off." in again.stdout
    assert len(sink.taken) == 1


def test_a_later_message_about_the_same_has_its_thread_and_one_about_another_day_has_not(
    portal: Run, stage: Stage, sink: PushSink
) -> None:
    for about in (("uno", "mañana"), ("uno", "mañana"), ("uno", "pasado")):
        stage.post(Short("Recorte", "Hay un recorte.", about=about), topic=Topic.NOTICES)
    portal("worker", "--once", **sink.settings)
    first, second, other = (each.headers["Topic"] for each in sink.taken)
    assert first == second != other
    assert {each.headers["TTL"] for each in sink.taken} == {str(24 * 3600)}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_the_service_knows_no_more_ends_with_what_waits_for_it(
    portal: Run, stage: Stage, sink: PushSink, status: int
) -> None:
    stage.post()
    stage.post(Short("Recorte", "Hay un recorte."), topic=Topic.NOTICES)
    sink.status = status
    result = portal("worker", "--once", **sink.settings)
    assert "push: 0 sent, 2 put off." in result.stdout
    assert len(sink.taken) == 1, "the second is dropped before it is sent"
    assert stage.messages() == []
    assert stage.live() == []
    ended = stage.session.scalars(select(PushSubscription)).one()
    assert (ended.sealed, ended.endpoint_hash) == (None, None)
    details = stage.session.scalars(select(AuditEvent.details).where(AuditEvent.event == Event.PUSH_ENDED)).one()
    assert '"reason": "gone"' in details or '"reason":"gone"' in details


@pytest.mark.parametrize("status", [301, 307, 400, 403, 413])
def test_a_message_that_is_refused_is_tried_again_and_no_redirect_is_followed(
    portal: Run, stage: Stage, sink: PushSink, status: int
) -> None:
    stage.post()
    sink.status = status
    assert "push: 0 sent, 1 put off." in portal("worker", "--once", **sink.settings).stdout
    assert [each.path for each in sink.taken] == ["/push/a-browser?key=1"]
    (row,) = stage.messages()
    assert (row.attempts, row.last_error) == (1, f"the push service answered {status}")
    sink.status = 201
    later = (NOW + timedelta(minutes=1)).isoformat()
    assert "push: 1 sent" in portal("worker", "--once", PORTAL_NOW=later, **sink.settings).stdout


@pytest.mark.parametrize(("status", "asked", "waits"), [(429, "1200", 1200), (503, "junk", 60), (500, None, 60)])
def test_a_service_that_wants_to_be_left_alone_is_asked_once(
    portal: Run, stage: Stage, sink: PushSink, status: int, asked: str | None, waits: int
) -> None:
    stage.post()
    stage.post(Short("Recorte", "Hay un recorte."), topic=Topic.NOTICES)
    sink.status, sink.retry_after = status, asked
    assert "push: 0 sent, 2 put off." in portal("worker", "--once", **sink.settings).stdout
    assert len(sink.taken) == 1, "the second would meet the same"
    first, second = stage.messages()
    assert first.last_error == f"the push service answered {status}"
    assert "asked for a pause" in (second.last_error or "")
    assert first.next_attempt_at == NOW + timedelta(seconds=waits)
    assert len(stage.live()) == 1


@ON_SQLITE
def test_a_service_that_hangs_is_left_alone_and_its_message_waits(
    portal: Run, stage: Stage, sink: PushSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_push, "SECONDS", 0.3)
    stage.post()
    sink.hangs = True
    assert "push: 0 sent, 1 put off." in portal("worker", "--once", **sink.settings).stdout
    (row,) = stage.messages()
    assert row.last_error == "TimeoutError at the push service"


@ON_SQLITE
def test_a_service_whose_certificate_is_not_trusted_gets_nothing(portal: Run, stage: Stage, sink: PushSink) -> None:
    stage.post()
    result = portal("worker", "--once", PORTAL_PUSH_SERVICES=sink.place)
    assert "push: 0 sent, 1 put off." in result.stdout
    assert sink.taken == []
    assert stage.messages()[0].last_error == "SSLCertVerificationError at the push service"


@ON_SQLITE
def test_a_service_that_is_away_holds_none_of_another(portal: Run, stage: Stage, sink: PushSink) -> None:
    away = PushBrowser("https://127.0.0.1:1/push/x")
    sink_settings = sink.settings | {"PORTAL_PUSH_SERVICES": f"127.0.0.1:1,{sink.place}"}
    push_subscriptions.add(
        Act.at(stage.session, stage.actor, NOW),
        text=away.say(),
        services=["127.0.0.1:1"],
        key_mark=stage.key.mark,
        browser="Firefox",
        topics={Topic.CUTS},
    )
    assert stage.post() == 2
    assert "push: 1 sent, 1 put off." in portal("worker", "--once", **sink_settings).stdout
    assert len(sink.taken) == 1


@ON_SQLITE
def test_a_message_that_came_too_late_is_given_up_and_shown(portal: Run, stage: Stage, sink: PushSink) -> None:
    stage.post()
    late = CLOSE.isoformat()
    assert "push: 0 sent, 1 put off." in portal("worker", "--once", PORTAL_NOW=late, **sink.settings).stdout
    assert sink.taken == []
    listed = portal("mail", "list", "--state", "given-up", PORTAL_NOW=late)
    assert "no salió a tiempo" in listed.stdout


@ON_SQLITE
def test_what_is_told_after_its_day_is_told_all_the_same(portal: Run, stage: Stage, sink: PushSink) -> None:
    stage.post(Short("Recorte", "Hay un recorte.", until=NOW - timedelta(hours=1)), topic=Topic.NOTICES)
    assert "push: 1 sent" in portal("worker", "--once", **sink.settings).stdout


@ON_SQLITE
def test_nothing_leaves_for_an_account_that_lost_its_access_meanwhile(
    portal: Run, stage: Stage, sink: PushSink
) -> None:
    for row, column in ((stage.binding, "disabled_at"), (stage.user, "disabled_at")):
        assert stage.post() == 1
        with transaction(stage.session):
            setattr(row, column, NOW)
        assert stage.post() == 0, "nothing is posted either"
        portal("worker", "--once", **sink.settings)
        assert sink.taken == []
        assert stage.messages() == []
        assert len(stage.live()) == 1, "back with the access"
        with transaction(stage.session):
            setattr(row, column, None)


@ON_SQLITE
def test_a_service_that_was_taken_off_the_list_is_called_no_more(portal: Run, stage: Stage, sink: PushSink) -> None:
    stage.post()
    portal("worker", "--once", **sink.settings | {"PORTAL_PUSH_SERVICES": "push.example.co"})
    assert sink.taken == []
    assert stage.live() == []


@ON_SQLITE
def test_the_key_is_made_once_for_its_owner_and_another_one_ends_every_browser(
    portal: Run, stage: Stage, sink: PushSink, instance: Path
) -> None:
    path = instance / "push_key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    refused = portal("secrets", "push-key")
    assert refused.exit_code == 1
    assert "holds a push key already" in refused.stderr
    stage.post()
    replaced = portal("secrets", "push-key", "--replace")
    assert "1 browsers must be subscribed again" in replaced.stdout
    assert push_keys.read(path).mark != stage.key.mark
    assert stage.live() == []
    portal("worker", "--once", **sink.settings)
    assert sink.taken == []


@ON_SQLITE
def test_a_worker_under_another_key_drops_what_it_cannot_sign(
    portal: Run, stage: Stage, sink: PushSink, instance: Path
) -> None:
    stage.post()
    push_keys.make(instance / "push_key.pem")
    portal("worker", "--once", **sink.settings)
    assert sink.taken == []
    assert stage.live() == []


@ON_SQLITE
def test_without_a_key_no_browser_is_called_and_doctor_says_so(portal: Run, stage: Stage, instance: Path) -> None:
    assert "web push: 1 browsers receive messages, by fcm.googleapis.com" in portal("doctor").stdout
    stage.post()
    (instance / "push_key.pem").unlink()
    assert "push:" not in portal("worker", "--once").stdout
    assert "web push: no push key" in portal("doctor").stdout
    assert stage.messages()[0].attempts == 0


@ON_SQLITE
@pytest.mark.parametrize("content", ["", "junk", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_push_key_is_one_line(portal: Run, point: DeliveryPoint, instance: Path, content: str):
    (instance / "push_key.pem").write_text(content)
    result = portal("worker", "--once")
    assert result.exit_code == 1
    assert "push_key.pem is no push key" in result.stderr


@ON_SQLITE
@pytest.mark.parametrize("services", ["https://push.example.co", "push example", "*.co*", "a,*", "-x.co", "x:0"])
def test_a_list_of_push_services_that_cannot_be_read_is_one_line(portal: Run, point: DeliveryPoint, services: str):
    result = portal("worker", "--once", PORTAL_PUSH_SERVICES=services)
    assert result.exit_code == 1
    assert "PORTAL_PUSH_SERVICES must list hosts" in result.stderr


def test_a_rotated_pepper_still_opens_every_browser(
    portal: Run, stage: Stage, sink: PushSink, environment: dict[str, str]
) -> None:
    sealed = stage.live()[0].sealed
    assert portal("secrets", "rotate", "--lead", "0", "--only", "pepper").exit_code == 0
    later = (NOW + timedelta(minutes=1)).isoformat()
    ended = portal("secrets", "end", "--at-once", "--only", "pepper", PORTAL_NOW=later)
    assert ended.exit_code == 0
    assert stage.live()[0].sealed != sealed
    stage.session.info["vault"] = None
    assert Settings.from_environment(environment).pepper.successor is None
    stage.post()
    assert "push: 1 sent" in portal("worker", "--once", PORTAL_NOW=later, **sink.settings).stdout


def test_a_message_and_its_browser_are_one_row_each(stage: Stage) -> None:
    other = stage.subscribe()
    assert [each.public_id for each in stage.live()] == [other], "a browser has one subscription"
    assert stage.post() == 1
    stage.session.rollback()
    message = stage.session.scalars(select(PushMessage)).one()
    assert message.company_id == stage.point.contract.company_id
    assert stage.session.get_one(User, stage.user.id).email == stage.messages()[0].recipient
