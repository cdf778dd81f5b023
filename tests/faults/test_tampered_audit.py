"""Seven ways to tamper with the audit, at random places, by somebody with the database and without the pepper."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Update, delete, insert, select, text, update
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent as Event
from portal.models import AuditEvent, AuditHead
from portal.models.append_only import unprotect
from portal.services.ops import anchors
from portal.services.ops.anchors import Required
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests.factories import NOW

EVENTS = 40
TIMES = int(os.environ.get("FAULTS_TAMPERINGS", "5"))
WORDS = ("event", "actor", "channel", "address", "subject", "details")
# Those of anchors say days, which the verification reads.
PLAIN = [each for each in Event if "anchor" not in each]
Tampering = Callable[[Session, random.Random], None]


def change_a_word(session: Session, chance: random.Random) -> None:
    """Another word in a column of an event."""
    column = chance.choice(WORDS)
    session.execute(_at(chance.randint(1, EVENTS)).values({column: f"x{chance.random()}"[:20]}))


def change_a_moment(session: Session, chance: random.Random) -> None:
    """Another moment, by as little as a second."""
    number = chance.randint(1, EVENTS)
    moment = session.scalars(select(AuditEvent.at).where(AuditEvent.sequence == number)).one()
    session.execute(_at(number).values(at=moment + timedelta(seconds=chance.choice((-1, 1)) * chance.randint(1, 9999))))


def take_one_away(session: Session, chance: random.Random) -> None:
    """An event gone, and those after it moved up."""
    number = chance.randint(1, EVENTS - 1)
    session.execute(delete(AuditEvent).where(AuditEvent.sequence == number))
    _move(session, number + 1, -1)


def put_one_in(session: Session, chance: random.Random) -> None:
    """An event that never was, with those after it moved down."""
    number = chance.randint(1, EVENTS)
    _move(session, number, 1)
    likeness = _row(session, number + 1)
    session.execute(insert(AuditEvent).values(**likeness | {"sequence": number, "subject": "otro"}))


def swap_two(session: Session, chance: random.Random) -> None:
    """Two events in each other's place."""
    one, other = sorted(chance.sample(range(1, EVENTS + 1), 2))
    first, second = _row(session, one), _row(session, other)
    session.execute(_at(one).values(second | {"sequence": one}))
    session.execute(_at(other).values(first | {"sequence": other}))


def cut_the_end_off(session: Session, chance: random.Random) -> None:
    """The last events gone, and the end of the chain set to what is left."""
    last = chance.randint(1, EVENTS - 1)
    session.execute(delete(AuditEvent).where(AuditEvent.sequence > last))
    session.execute(update(AuditHead).values(sequence=last, mac=_row(session, last)["mac"]))


def chain_anew(session: Session, chance: random.Random) -> None:
    """An event changed, and every link from there on made anew under a key of one's own."""
    number = chance.randint(1, EVENTS)
    session.execute(_at(number).values(subject="otro"))
    mac = b""
    for each in range(number, EVENTS + 1):
        mac = hashlib.sha256(mac + str(_row(session, each)).encode()).digest()
        session.execute(_at(each).values(mac=mac))
    session.execute(update(AuditHead).values(mac=mac))


TAMPERINGS = (
    change_a_word,
    change_a_moment,
    take_one_away,
    put_one_in,
    swap_two,
    cut_the_end_off,
    chain_anew,
)


def _at(number: int) -> Update:
    return update(AuditEvent).where(AuditEvent.sequence == number)


def _row(session: Session, number: int) -> dict[str, object]:
    table = AuditEvent.__table__
    return dict(session.execute(select(*table.c).where(table.c.sequence == number)).one()._mapping)


def _move(session: Session, first: int, by: int) -> None:
    """Renumber the events from ``first`` on; none is ever in the place of another."""
    session.execute(update(AuditEvent).where(AuditEvent.sequence >= first).values(sequence=AuditEvent.sequence + 1000))
    session.execute(
        update(AuditEvent).where(AuditEvent.sequence >= 1000).values(sequence=AuditEvent.sequence - 1000 + by)
    )
    session.execute(update(AuditHead).values(sequence=AuditHead.sequence + by))


@pytest.fixture
def anchored(session: Session, tmp_path: Path) -> Session:
    """A chain of some events with an anchor over its end, whose tables take any change."""
    with transaction(session):
        for number in range(EVENTS - 1):
            event = PLAIN[number % len(PLAIN)]
            audit.record(
                Act.of_system(session, NOW + timedelta(seconds=number)), event=event, subject=f"s{number}", details={}
            )
    anchors.anchor(Act.of_system(session, NOW + timedelta(hours=1)), path=tmp_path / "anchors")
    with transaction(session):
        audit.record(Act.of_system(session, NOW + timedelta(hours=2)), event=PLAIN[0], subject="after")
        for line in unprotect(session.get_bind().dialect.name, "audit_events"):
            session.execute(text(line))
    return session


def is_found(session: Session, folder: Path) -> bool:
    required = Required(folder / "anchors", NOW + timedelta(hours=3))
    return audit.verify(session) is not None or anchors.verify(session, required=required).broken is not None


def test_what_nobody_touched_is_whole(anchored: Session, tmp_path: Path):
    assert not is_found(anchored, tmp_path)
    assert anchored.scalar(select(AuditEvent.sequence).order_by(AuditEvent.sequence.desc()).limit(1)) == EVENTS


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda each: each.__name__)
def test_every_tampering_is_found_wherever_it_is_done(anchored: Session, tmp_path: Path, tampering: Tampering):
    chance = random.Random(tampering.__name__)
    missed = []
    for time in range(TIMES):
        tampering(anchored, chance)
        anchored.expire_all()
        # The one event after the anchor may be cut off unseen until the next anchor: that is its price.
        if not is_found(anchored, tmp_path) and not _only_the_last_is_gone(anchored):
            missed.append(time)
        anchored.rollback()
    assert missed == []


def _only_the_last_is_gone(session: Session) -> bool:
    return session.scalar(select(AuditHead.sequence)) == EVENTS - 1
