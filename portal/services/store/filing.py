"""Gap-free yearly numbers of filed documents."""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import FilingCounter

_TAKE = {
    dialect: make(FilingCounter)
    .values(series=bindparam("of_series"), year=bindparam("of_year"), last=1)
    .on_conflict_do_update(index_elements=["series", "year"], set_={"last": FilingCounter.last + 1})
    .returning(FilingCounter.last)
    for dialect, make in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def take_next_number(session: Session, *, series: str, year: int) -> str:
    """Return the next number of the series, such as ``N-2026-000123``, inside the caller's transaction.

    The counter's row stays locked until the commit: a transaction that fails gives its number back, so none is missing.
    """
    take = _TAKE[session.get_bind().dialect.name]
    # On the connection, so that the session flushes nothing before it has the number.
    last = session.connection().execute(take, {"of_series": series, "of_year": year}).scalar_one()
    return f"{series}-{year}-{last:06d}"
