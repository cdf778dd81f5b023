"""What is past its days is told, then removed in batches with its trace; what proves something stays."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.jobs import UploadKind, UploadState
from portal.domain.keys import KeyKind
from portal.domain.modalities import Modality
from portal.domain.quantities import Unit
from portal.domain.settings import SettingName
from portal.models import (
    AccountView,
    AttemptCounter,
    AuditEvent,
    DutyRun,
    Grant,
    KeyAttempt,
    NominationBatch,
    NominationBatchLine,
    NominationDraft,
    NominationGroup,
    OutboxMessage,
    SettingRow,
    SignInSession,
    Upload,
)
from portal.models.append_only import APPEND_ONLY
from portal.services.keys import issuance
from portal.services.mail import outbox
from portal.services.ops import retention
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY

OLD, FRESH = NOW - timedelta(days=400), NOW - timedelta(days=3)
KEPT = {
    SettingName.KEEP_FILES: 60,
    SettingName.KEEP_SESSIONS: 100,
    SettingName.KEEP_ATTEMPTS: 200,
    SettingName.KEEP_MAILS: 300,
    SettingName.KEEP_DRAFTS: 30,
}


def set_days(session: Session, name: SettingName, value: int) -> None:
    with transaction(session):
        person = factories.user(session, role=Role.ADMIN)
        session.add(
            SettingRow(
                name=name, value=str(value), valid_from=TODAY, reason="x", recorded_at=NOW, recorded_by_id=person.id
            )
        )
        session.flush()
        settings.forget(session)


def draft(person_id: int, point_id: int, name: str, at: datetime, **given: Any) -> NominationDraft:
    return NominationDraft(
        public_id=name,
        user_id=person_id,
        modality=Modality.GNV_SUPPLY,
        delivery_point_id=point_id,
        unit=Unit.M3,
        submission_id=name,
        created_at=at,
        updated_at=at,
        **given,
    )


def sign_in_session(person_id: int, name: str, ended: datetime | None, expires: datetime) -> SignInSession:
    return SignInSession(
        user_id=person_id,
        token_hash=hashlib.sha256(name.encode()).digest(),
        rotated_at=OLD,
        created_at=OLD,
        last_seen_at=OLD,
        expires_at=expires,
        ended_at=ended,
        address="127.0.0.1",
        user_agent=name,
    )


@pytest.fixture
def full(session: Session) -> dict[str, int]:
    """Of every kind one row that may go, one that is too young, and one that stays for what it proves."""
    with transaction(session):
        point = factories.delivery_point(session)
        person = factories.user(session)
        signed = factories.nomination(session, point, TODAY, "1000")
        issuance.add_version(
            Act.of_system(session, OLD), contract_id=None, delivery_point_id=point.id, plain="483920175"
        )
        key_id = session.scalars(select(issuance.AccessKey.id)).one()
        case = factories.claim(session, point, TODAY.plus(-2))
        for name, at, state in (
            ("old", OLD, UploadState.CONFIRMED),
            ("fresh", FRESH, UploadState.CONFIRMED),
            ("waits", OLD, UploadState.WAITING),
        ):
            session.add(
                Upload(
                    public_id=name,
                    kind=UploadKind.READINGS,
                    file_name=name,
                    content=b"x",
                    digest=bytes(32),
                    uploaded_at=at,
                    uploaded_by_id=person.id,
                    state=state,
                )
            )
        rows = {
            name: sign_in_session(person.id, name, ended, expires)
            for name, ended, expires in (
                ("old", OLD, NOW),
                ("fresh", FRESH, NOW),
                ("open", None, NOW + timedelta(hours=1)),
                ("viewed", OLD, OLD),
            )
        }
        session.add_all(rows.values())
        session.flush()
        session.add(
            Grant(
                session_id=rows["old"].id,
                delivery_point_id=point.id,
                access_key_id=key_id,
                created_at=OLD,
                last_used_at=OLD,
            )
        )
        session.add(
            AccountView(
                public_id="v",
                user_id=person.id,
                session_id=rows["viewed"].id,
                delivery_point_id=point.id,
                reason="x",
                opened_at=OLD,
                until=OLD,
            )
        )
        for scope, subject, at in (
            ("address", "old", OLD),
            ("address", "fresh", FRESH),
            ("point-version", "1:1", OLD),
            ("pair", "1:numeric:1:1", OLD),
        ):
            session.add(AttemptCounter(scope=scope, subject=subject, count=3, window_started_at=at, last_at=at))
        for at, fitted in ((OLD, None), (FRESH, None), (OLD, key_id)):
            session.add(
                KeyAttempt(
                    at=at,
                    user_id=person.id,
                    kind=KeyKind.NUMERIC,
                    delivery_point_id=point.id,
                    address="127.0.0.1",
                    outcome="wrong",
                    access_key_id=fitted,
                )
            )
        for name, sent, about in (
            ("old", OLD, None),
            ("fresh", FRESH, None),
            ("case", OLD, case.id),
            ("w", None, None),
        ):
            mail = outbox.post(
                Act.of_system(session, OLD), kind=name, recipient="a@example.co", subject=name, body="texto", html="<p>"
            )
            mail.sent_at, mail.case_id, mail.letter = sent, about, "{}"
        session.add(draft(person.id, point.id, "old", OLD))
        session.add(draft(person.id, point.id, "fresh", FRESH))
        session.add(draft(person.id, point.id, "signed", OLD, nomination_id=signed.id))
        for name, at, when in (("old", OLD, None), ("fresh", FRESH, None), ("signed", OLD, OLD)):
            batch = NominationBatch(
                public_id=name,
                user_id=person.id,
                modality=Modality.GNV_SUPPLY,
                delivery_point_id=point.id,
                submission_id=name,
                signed_at=when,
                created_at=at,
                updated_at=at,
            )
            session.add(batch)
            session.flush()
            session.add(NominationBatchLine(batch_id=batch.id, gas_day=TODAY))
            session.add(
                NominationGroup(
                    public_id=name,
                    user_id=person.id,
                    contract_id=point.contract_id,
                    first_day=TODAY,
                    last_day=TODAY,
                    signed_at=when,
                    created_at=at,
                    updated_at=at,
                )
            )
    return count_all(session)


def count_all(session: Session) -> dict[str, int]:
    session.rollback()
    models = (
        SignInSession,
        Grant,
        AttemptCounter,
        KeyAttempt,
        NominationDraft,
        NominationBatch,
        NominationBatchLine,
        NominationGroup,
        OutboxMessage,
        Upload,
    )
    return {model.__name__: session.scalar(select(func.count()).select_from(model)) or 0 for model in models}


def test_without_a_setting_everything_is_kept(session: Session, full: dict[str, int]):
    act = Act.of_system(session, NOW)
    assert {due.count for due in retention.preview(act)} == {0}
    assert sum(due.count for due in retention.remove(act)) == 0
    assert count_all(session) == full


def test_what_is_told_is_what_goes_and_what_proves_something_stays(
    session: Session, full: dict[str, int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retention, "BATCH", 1)
    for name, days in KEPT.items():
        set_days(session, name, days)
    act = Act.of_system(session, NOW)
    told = retention.preview(act)
    session.rollback()
    assert {due.part: due.count for due in told} == dict.fromkeys([part.name for part in retention.PARTS], 1)
    assert {due.oldest_kept for due in told} == {OLD}, "of every kind one old row proves something"
    assert count_all(session) == full, "a preview writes nothing"
    removed = retention.remove(act)
    assert [(due.part, due.count) for due in removed] == [(due.part, due.count) for due in told]
    left = count_all(session)
    lost = {name: full[name] - left[name] for name in full}
    assert lost == dict.fromkeys(full, 1) | {"OutboxMessage": 0, "Upload": 0}
    contents = {row.file_name: row.content for row in session.scalars(select(Upload))}
    assert contents == {"old": b"", "fresh": b"x", "waits": b"x"}
    bodies = {row.kind: (row.body, row.html, row.letter) for row in session.scalars(select(OutboxMessage))}
    assert bodies["old"] == (outbox.REMOVED_WORDS, None, None)
    assert {bodies[kind] for kind in ("fresh", "case", "w")} == {("texto", "<p>", "{}")}
    assert set(session.scalars(select(AttemptCounter.subject))) == {"fresh", "1:1", "1:numeric:1:1"}
    assert set(session.scalars(select(SignInSession.user_agent))) == {"fresh", "open", "viewed"}
    assert set(session.scalars(select(NominationDraft.public_id))) == {"fresh", "signed"}
    events = session.scalars(select(AuditEvent).where(AuditEvent.event == "records:purged")).all()
    assert len(events) == len(retention.PARTS)
    assert all('"count":1' in event.details.replace(" ", "") for event in events)
    session.rollback()
    assert sum(due.count for due in retention.remove(act)) == 0


def test_a_purge_that_was_stopped_goes_on(session: Session, full: dict[str, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    set_days(session, SettingName.KEEP_ATTEMPTS, 90)
    with transaction(session):
        session.execute(update(AttemptCounter).where(AttemptCounter.scope == "address").values(last_at=OLD))
    act = Act.of_system(session, NOW)

    def killed(_name: str, done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retention.remove(act, progress=killed)
    session.rollback()
    assert count_all(session)["AttemptCounter"] == full["AttemptCounter"] - 1
    assert [due.count for due in retention.remove(act) if due.count] == [1, 1]


def test_the_worker_purges_once_a_day_and_only_where_it_is_set(session: Session, full: dict[str, int]):
    set_days(session, SettingName.KEEP_DRAFTS, 30)
    act = Act.of_system(session, NOW)
    assert retention.remove_due(act) == 0
    assert count_all(session) == full
    set_days(session, SettingName.PURGE_DAILY, 1)
    assert retention.remove_due(act) == 3
    with transaction(session):
        session.execute(update(NominationDraft).where(NominationDraft.public_id == "fresh").values(updated_at=OLD))
    assert retention.remove_due(act) == 0, "the day's is done"
    assert retention.remove_due(act.moved(NOW + timedelta(days=1))) == 1
    assert session.scalar(select(func.count()).select_from(DutyRun).where(DutyRun.name.like("purge:%"))) == 2


def test_no_append_only_table_is_purged():
    for part in retention.PARTS:
        assert part.model.__tablename__ not in APPEND_ONLY
        assert part.first is None or part.first.class_.__tablename__ not in APPEND_ONLY
