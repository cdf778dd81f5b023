"""Changes of the distributor's row: by the operator's command, or for a demonstration of another distributor."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.distributor import Distributor, check_fields
from portal.models import DistributorRow
from portal.services.store import distributors
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

LONGEST_REASON = 200


def change(act: Act, *, given: Mapping[str, str], reason: str) -> Distributor:
    """Write these fields, each by its column's name, and return the distributor with them. Commits.

    Raises ``BadDistributor`` for the first field that does not fit; refuses (``Rejected``) a blank reason and
    fields that are all unchanged. Other processes show the change within five seconds.
    """
    session = act.session
    why = check_reason(reason, most=LONGEST_REASON)
    with transaction(session):
        before = _locked(session)
        after = distributors.change_fields(before, given)
        if after == before:
            raise Rejected(Refusal.NOTHING_CHANGES)
        _write(act, before, after, reason=why)
    # Again: another request of this process may have cached the old row until now.
    distributors.forget(session)
    return after


def replace(session: Session, distributor: Distributor) -> None:
    """Write another distributor, checked, inside the caller's transaction, without audit event: for a demonstration."""
    session.execute(update(DistributorRow).values(distributors.make_row(check_fields(distributor))))
    distributors.forget(session)


def _locked(session: Session) -> Distributor:
    session.execute(select(DistributorRow.id).with_for_update(key_share=True)).one()
    return distributors.read(session)


def _write(act: Act, before: Distributor, after: Distributor, *, reason: str) -> None:
    old, new = distributors.make_row(before), distributors.make_row(after)
    changed = [name for name in new if new[name] != old[name]]
    act.session.execute(update(DistributorRow).values({name: new[name] for name in changed}))
    details: dict[str, str | int | bool | None] = {f"old_{name}": old[name] for name in changed}
    details |= {f"new_{name}": new[name] for name in changed}
    audit.record(act, event=AuditEvent.DISTRIBUTOR_CHANGED, subject=after.nit, details=details | {"reason": reason})
    distributors.forget(act.session)
