"""Gap-free yearly numbers for what is filed."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import FilingCounter


def next_number(session: Session, *, series: str, year: int) -> str:
    """Return the next number of the series, such as ``N-2026-000123``, inside the caller's transaction.

    The counter's row stays locked until the commit: a transaction that fails gives its number back, so none is missing.
    """
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    number = session.scalar(
        make(FilingCounter)
        .values(series=series, year=year, last=1)
        .on_conflict_do_update(index_elements=["series", "year"], set_={"last": FilingCounter.last + 1})
        .returning(FilingCounter.last)
    )
    return f"{series}-{year}-{number:06d}"
