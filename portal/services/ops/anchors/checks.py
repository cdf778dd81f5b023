"""Checks of the anchors: against one another, the file outside, the days and the rows; and excused days."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.domain.gas_day import GasDay
from portal.models import Anchor, AnchorFile, AuditEvent, FilingCounter
from portal.services.store.acts import Act
from portal.services.store.transactions import one_moment, transaction
from portal.services.trace import audit, sealed_rows
from portal.services.trace.chain_findings import ChainFault, Finding

from . import chain, files
from .files import BadAnchors, Kept

EVENT = audit_events.AuditEvent.ANCHORS_EXCUSED


@dataclass(frozen=True, slots=True)
class Required:
    """Requirements of an installation: in ``production`` at least one anchor, and one of them outside the database."""

    path: Path
    now: datetime
    production: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first fault, None without one; the number of matching anchors; the newest, for a page."""

    broken: Finding | None
    count: int
    newest: Sequence[chain.Written] = ()


def verify(session: Session, *, required: Required) -> Outcome:
    """Compare every anchor with its row, the audit, the file outside and the days, not with the tables' rows."""
    anchors = session.scalars(select(Anchor).order_by(Anchor.number)).all()
    try:
        kept = files.read(required.path, key=chain.key_of(session))
    except BadAnchors as error:
        return Outcome(error.found, len(anchors))
    older = sum(line.number is None for line in kept.lines)
    broken = (
        next(_of_the_database(session, anchors), None)
        or next(_outside(session, anchors, kept, required), None)
        or next(_of_the_audit(session, anchors, kept), None)
        or next(_days(Act.of_system(session, required.now), anchors, kept), None)
    )
    written = [chain.written_of(anchor) for anchor in anchors[-14:]] if broken is None else []
    return Outcome(broken, len(anchors) + older, written)


def _of_the_database(session: Session, anchors: Sequence[Anchor]) -> Iterator[Finding]:
    previous = chain.FIRST_MAC
    for expected, anchor in enumerate(anchors, start=1):
        if anchor.number != expected:
            yield Finding(ChainFault.ANCHOR_MISSING, anchor=expected)
        right = chain.mac_of(session, previous=previous, number=anchor.number, at=anchor.at, content=anchor.content)
        if not hmac.compare_digest(anchor.mac, right) or anchor.day != GasDay.of(anchor.at).date:
            yield Finding(ChainFault.ANCHOR_CHANGED, anchor=anchor.number)
        previous = anchor.mac


def _outside(session: Session, anchors: Sequence[Anchor], kept: Kept, required: Required) -> Iterator[Finding]:
    path, last = required.path, anchors[-1].number if anchors else 0
    places = {row.place: row.number for row in session.scalars(select(AnchorFile))}
    for place, number in sorted(places.items()):
        if number > last:
            yield Finding(ChainFault.WRITTEN_ANCHOR_MISSING, anchor=last + 1, place=place)
    if required.production and not anchors:
        yield Finding(ChainFault.NO_ANCHOR)
    if required.production and not places:
        yield Finding(ChainFault.NO_ANCHOR_OUTSIDE, place=path)
    yield from _of_the_file(anchors, kept, path, begun=files.place_of(path) in places)


def _of_the_file(anchors: Sequence[Anchor], kept: Kept, path: Path, *, begun: bool) -> Iterator[Finding]:
    numbered = [line for line in kept.lines if line.number is not None]
    expected, last = 0, anchors[-1].number if anchors else 0
    for line in numbered:
        # Two hosts may share a file and write one anchor each.
        if line.number != expected:
            expected += 1
        if line.number != expected:
            yield Finding(ChainFault.FILE_LACKS_ANCHOR, anchor=expected, place=path)
    if expected > last:
        yield Finding(ChainFault.DATABASE_LACKS_ANCHOR, anchor=last + 1, place=path)
    if expected < last and (numbered or begun):
        yield Finding(ChainFault.FILE_LACKS_KNOWN_ANCHOR, anchor=expected + 1, at=anchors[expected].at, place=path)
    for line in numbered:
        anchor = chain.written_of(anchors[(line.number or 1) - 1])
        if (anchor.mac, anchor.audit_mac, anchor.sequence) != (line.mac, line.audit_mac, line.sequence):
            yield Finding(ChainFault.OTHER_ANCHOR, anchor=line.number, place=path)


def _of_the_audit(session: Session, anchors: Sequence[Anchor], kept: Kept) -> Iterator[Finding]:
    said = [(line.at, line.sequence, line.audit_mac) for line in kept.lines]
    said += [(each.at.isoformat(), each.sequence, each.audit_mac) for each in map(chain.written_of, anchors)]
    sequences = sorted({sequence for _, sequence, _ in said})
    macs = {0: audit.FIRST_MAC}
    for begin in range(0, len(sequences), 500):
        wanted = AuditEvent.sequence.in_(sequences[begin : begin + 500])
        rows_found = session.execute(select(AuditEvent.sequence, AuditEvent.mac).where(wanted))
        macs |= {row.sequence: row.mac for row in rows_found}
    for at, sequence, mac in said:
        found = macs.get(sequence)
        if found is None:
            yield Finding(ChainFault.ANCHORED_EVENT_MISSING, event=sequence, at=datetime.fromisoformat(at))
        elif not hmac.compare_digest(found, mac):
            yield Finding(ChainFault.ANCHORED_EVENT_OTHER, event=sequence, at=datetime.fromisoformat(at))


def _days(act: Act, anchors: Sequence[Anchor], kept: Kept) -> Iterator[Finding]:
    """Report the days without an anchor since the first; today's may still come."""
    lacking = _missing(act, anchors, kept)
    if lacking:
        yield Finding(ChainFault.DAYS_WITHOUT_ANCHOR, day=lacking[0], more=len(lacking) - 1)


def list_missing_days(act: Act, *, path: Path) -> list[date]:
    """Return the days without an anchor since the first that are not excused; ``BadAnchors`` as ``read``."""
    anchors = act.session.scalars(select(Anchor).order_by(Anchor.number)).all()
    return _missing(act, anchors, files.read(path, key=chain.key_of(act.session)))


def _missing(act: Act, anchors: Sequence[Anchor], kept: Kept) -> list[date]:
    if not anchors:
        return []
    first, today = anchors[0].day, GasDay.of(act.now).date
    every = {first + timedelta(days=n) for n in range((today - first).days)}
    return sorted(every - {anchor.day for anchor in anchors} - kept.void_days - list_excused_days(act.session))


def verify_rows(session: Session) -> str | None:
    """Read every anchored row again and compare; None when all agree, else the table and the place in it.

    Also checks that no counter is below its anchored value.
    """
    with one_moment(session):
        return next(_rows(session), None)


def _rows(session: Session) -> Iterator[str]:
    after: dict[str, int] = dict.fromkeys(sealed_rows.SERIES, 0)
    counters = {
        f"{row.series}-{row.year}": row.last
        for row in session.execute(select(FilingCounter.series, FilingCounter.year, FilingCounter.last))
    }
    for anchor in session.scalars(select(Anchor).order_by(Anchor.number)).all():
        said = chain.content_of(anchor)
        where = f"anchored as number {anchor.number} at {anchor.at.isoformat()}"
        for name, value in said["counters"].items():
            if counters.get(name, 0) < value:
                yield f"the counter {name} stands at {counters.get(name, 0)}; {value} were given, {where}"
        for table, until in said["until"].items():
            yield from _of_a_table(session, table, after.get(table, 0), until, said["added"].get(table, []), where)
            after[table] = until


def _of_a_table(
    session: Session, table: str, after: int, until: int, said: Sequence[Sequence[int | str]], where: str
) -> Iterator[str]:
    now: Mapping[int, sealed_rows.Block] = {
        block.number: block for block in sealed_rows.list_blocks(session, table=table, after=after, until=until)
    }
    then = {int(number): sealed_rows.Block(int(number), int(count), str(digest)) for number, count, digest in said}
    for number in sorted(now.keys() | then.keys()):
        have, right = now.get(number), then.get(number)
        if have == right:
            continue
        least, most = max(after + 1, number * sealed_rows.BLOCK), min(until, (number + 1) * sealed_rows.BLOCK - 1)
        rows_words = f"row {least}" if least == most else f"rows {least} to {most}"
        count, was = (have.count if have else 0), (right.count if right else 0)
        what = "something was changed" if count == was else f"there are {count} and were {was}"
        yield f"{table}, {rows_words}: {what}, {where}"


def list_excused_days(session: Session) -> set[date]:
    """Return the excused days."""
    found: set[date] = set()
    for details in session.scalars(select(AuditEvent.details).where(AuditEvent.event == EVENT)):
        said = json.loads(details)
        first, last = date.fromisoformat(said["first"]), date.fromisoformat(said["last"])
        found |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return found


def excuse(act: Act, *, lacking: Sequence[date], reason: str) -> None:
    """Record the reason why these days have no anchor; commits."""
    runs: list[list[date]] = []
    for day in lacking:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1][1] = day
        else:
            runs.append([day, day])
    with transaction(act.session):
        for first, last in runs:
            audit.record(
                act,
                event=EVENT,
                subject="anchors",
                details={"first": first.isoformat(), "last": last.isoformat(), "reason": reason},
            )
