"""Import of registry files: kept when readable, previewed, then applied whole or discarded."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.jobs import UploadKind
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services import ledger, nominations
from portal.services.files.intake import Kind, Taking
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal

from .columns import Thing
from .entries import PointEntry
from .files import Parsed, RegistrySheet
from .plans import Plan, Planned, plan
from .rows import Author, put_company, put_contract, put_point, refuse_shared


class RegistryFiles(RegistrySheet, Kind[Parsed, Plan, Plan]):
    """Import files of the registry: previewed, then applied whole or discarded; one without changes is not kept."""

    upload = UploadKind.REGISTRY
    nothing_new = Refusal.NOTHING_TO_IMPORT

    def plan(self, act: Act, parsed: Parsed) -> Plan:
        """Return the effect of the file; ``BadFile`` and ``BadEntries`` list everything that is wrong with it."""
        return plan(act.session, parsed, today=GasDay.of(act.now))

    def hold(self, act: Act) -> None:
        """Lock the registry in the order of a single change: no figures can be added before the write."""
        for model in (Company, Contract):
            act.session.execute(select(model.id).order_by(model.id).with_for_update(key_share=True, of=model))
        ledger.lock_all(act.session)

    def take_in(self, act: Act, parsed: Parsed, taking: Taking) -> Plan:
        """Apply the whole file; return the applied plan."""
        agreed = self.plan(act, parsed)
        taking.agree(agreed.fingerprint, changed="registry-changed")
        _Writer(act.session, Author(act.actor, act.now, taking.name)).write(agreed)
        return agreed


FILES = RegistryFiles()


class _Writer:
    """Find the rows of a plan's entries, including the new ones."""

    def __init__(self, session: Session, author: Author) -> None:
        self._session, self._author = session, author
        self._companies = {row.nit: row for row in session.scalars(select(Company))}
        self._contracts = {row.number: row for row in session.scalars(select(Contract)).unique()}
        points = session.scalars(select(DeliveryPoint)).unique()
        self._points = {(row.carrier_code, row.starts_on): row for row in points}
        self._gates = {row.code: row for row in session.scalars(select(ExitPoint))}

    def write(self, agreed: Plan) -> None:
        """Write all entries into their rows, owners first."""
        order = list(Thing)
        for each in sorted(agreed.planned, key=lambda planned: order.index(planned.thing)):
            self._put(each)
        refuse_shared(self._session)

    def _put(self, each: Planned) -> None:
        session, author = self._session, self._author
        if each.thing is Thing.COMPANY:
            row = self._companies.get(each.key)
            self._companies[each.key] = put_company(session, row, each.after, author=author)
        elif each.thing is Thing.CONTRACT:
            owner = self._companies[each.owner]
            self._contracts[each.key] = put_contract(
                session, self._contracts.get(each.key), each.after, company_id=owner.id, author=author
            )
        else:
            contract, before = self._contracts[each.owner], each.before
            known = self._points[before.carrier_code, before.starts_on] if isinstance(before, PointEntry) else None
            if known is not None and known.ends_on != each.after.ends_on:
                ends_on = each.after.ends_on
                nominations.cancel_after_end(Act.at(session, author.actor, author.now), point=known, ends_on=ends_on)
            put_point(
                session,
                known,
                each.after,
                contract_id=contract.id,
                company_id=contract.company_id,
                exit_point=self._gates[each.after.exit_point],
                author=author,
            )
