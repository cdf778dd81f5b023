"""Search of an agent: points by what a caller says, by a contact of their company, or by a number on a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from portal.domain.accounts import Function
from portal.domain.searched import comparable, words_of
from portal.domain.telephones import national
from portal.domain.typed_text import as_typed
from portal.models import Case, Company, Contact, Contract, DeliveryPoint, ExitPoint, Nomination
from portal.services.store import point_search
from portal.services.store.acts import Act
from portal.services.store.permissions import require

MOST = 30
_FILED = re.compile(r"[A-Z]{1,6}-?[0-9]{4}-?[0-9]{6,9}", re.IGNORECASE)


def search_points(act: Act, *, text: str) -> Sequence[DeliveryPoint]:
    """Return up to 30 points, the best first; none for blank text.

    By every word of a name, NIT, code, contract, town or exit point, whatever its accents and order; by a contact's
    name, address or telephone; by the radicado of a nomination or a case.
    """
    require(act, Function.TAKE_CALLS)
    typed = as_typed(text)
    if not words_of(typed):
        return []
    filed = _find_filed(act.session, typed)
    if filed:
        return filed
    found = list(point_search.find(act.session, text=typed))
    if len(found) < MOST:
        known = {point.id for point in found}
        found += [point for point in _find_by_contact(act.session, typed) if point.id not in known]
    return found[:MOST]


def _find_filed(session: Session, typed: str) -> list[DeliveryPoint]:
    if _FILED.fullmatch(typed.replace(" ", "")) is None:
        return []
    number = typed.replace(" ", "").upper()
    of_nomination = select(Nomination.delivery_point_id).where(Nomination.filing_number == number)
    of_case = select(Case.delivery_point_id).where(Case.filing_number == number)
    about = [DeliveryPoint.id.in_(each) for each in (of_nomination, of_case)]
    wanted = select(DeliveryPoint).where(or_(*about))
    return list(session.scalars(wanted).unique())


def _find_by_contact(session: Session, typed: str) -> Sequence[DeliveryPoint]:
    """Return the points of the companies with a contact of that name, address or telephone, or with it themselves."""
    number = national(typed)
    companies: set[int] = set()
    at_station: ColumnElement[bool] = false()
    if number:
        digits = [_digits(Contact.phone), _digits(Company.contact_phone)]
        companies |= set(session.scalars(select(Contact.company_id).where(digits[0].contains(number), _present())))
        companies |= set(session.scalars(select(Company.id).where(digits[1].contains(number))))
        at_station = _digits(DeliveryPoint.contact_phone).contains(number)
    else:
        words = [comparable(word) for word in words_of(typed)]
        rows = session.execute(select(Contact.company_id, Contact.name, Contact.email).where(_present()))
        for row in rows:
            known = comparable(f"{row.name} {row.email}")
            if all(word in known for word in words):
                companies.add(row.company_id)
    return (
        session.scalars(
            select(DeliveryPoint)
            .join(DeliveryPoint.contract)
            .join(Contract.company)
            .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
            .where(or_(Company.id.in_(companies), at_station))
            .order_by(Company.sort_name, DeliveryPoint.sort_name)
            .limit(MOST)
            .options(
                contains_eager(DeliveryPoint.contract).contains_eager(Contract.company),
                contains_eager(DeliveryPoint.exit_point),
            )
        )
        .unique()
        .all()
    )


def _present() -> ColumnElement[bool]:
    return Contact.removed_at.is_(None)


def _digits(column: InstrumentedAttribute[str | None]) -> ColumnElement[str]:
    said: ColumnElement[str] = func.coalesce(column, "")
    for sign in (" ", "-", "(", ")", ".", "+"):
        said = func.replace(said, sign, "")
    return said
