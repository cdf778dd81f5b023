"""Search for delivery points, their contracts and companies by any of their names and codes.

Every word must stand somewhere in what a point is known by, in any order, whatever its accents and capitals: its name,
kind, carrier's code and town, its contract's number and supplier, its company's name and NIT, its exit point. Each row
keeps its own part of it (``search_text``), so that the database compares; no wildcard of a word is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from portal.domain.searched import bare, comparable, words_of
from portal.domain.typed_text import as_typed
from portal.models import Company, Contract, DeliveryPoint, ExitPoint

Shown = TypeVarTuple("Shown")
Columns = tuple[InstrumentedAttribute[str], ...]
Searched = type[Company] | type[Contract] | type[DeliveryPoint] | type[ExitPoint]
_DIGIT = re.compile("[0-9]")
# A page shows so many of those that were found; with more words it is fewer.
MOST = 30


def find(session: Session, *, text: str) -> Sequence[DeliveryPoint]:
    """Return up to 30 points with every word of ``text``, exact code, NIT or name first; none for blank text."""
    if not words_of(as_typed(text)):
        return []
    rows = select_joined(select(DeliveryPoint), text).order_by(*order_points(text)).limit(MOST)
    # The page shows the tables joined for the words: load them from the same join.
    own = contains_eager(DeliveryPoint.contract).contains_eager(Contract.company)
    return session.scalars(rows.options(own, contains_eager(DeliveryPoint.exit_point))).unique().all()


def find_ids(session: Session, *, text: str) -> frozenset[str]:
    """Return the public ids of all points with every word of ``text``; of every point for a blank one."""
    return frozenset(session.scalars(select_joined(select(DeliveryPoint.public_id), text)))


def select_joined(rows: Select[*Shown], text: str) -> Select[*Shown]:
    """Return a select of points joined with contract, company and exit point, filtered by every word."""
    return (
        rows.join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
        .where(match_text(text, DeliveryPoint, Contract, Company, ExitPoint))
    )


def match_text(text: str, *tables: Searched) -> ColumnElement[bool]:
    """Return the condition that these tables hold every word of a text; true for a blank text."""
    parts = [match_word(word, *tables) for word in words_of(as_typed(text))]
    return and_(true(), *parts)


def match_word(word: str, *tables: Searched) -> ColumnElement[bool]:
    """Return the condition that these tables hold one word."""
    return or_(*(table.search_text.contains(comparable(word), autoescape=True) for table in tables))


def order_points(text: str) -> tuple[ColumnElement[Any], ...]:
    """Return the ranking of points: exact code, NIT or name; a name with that beginning; then company, name."""
    best = rank_point(
        text, codes=(DeliveryPoint.carrier_code, Contract.number), begin=(DeliveryPoint.sort_name,), of_company=True
    )
    return best, Company.sort_name.expression, DeliveryPoint.sort_name.expression, DeliveryPoint.id.expression


def rank_point(text: str, *, codes: Columns, begin: Columns = (), of_company: bool = False) -> ColumnElement[int]:
    """Return 0 for an exact code, company NIT or name, 1 for one with that beginning, 2 otherwise."""
    wanted, sought = comparable(as_typed(text)), bare(as_typed(text))
    # A code has a digit: without one, skip the comparison without signs for ten thousand rows.
    exact = [_signless(code) == sought for code in codes] if _DIGIT.search(sought) else []
    if of_company and sought.isdecimal():
        exact += [Company.nit == f"{sought[:-1]}-{sought[-1]}", Company.nit.startswith(f"{sought}-", autoescape=True)]
    if wanted:
        exact += [column == wanted for column in begin]
    begins = [column.startswith(wanted, autoescape=True) for column in begin]
    begins += [func.lower(code).startswith(wanted, autoescape=True) for code in codes]
    return case((or_(false(), *exact), 0), (or_(false(), *begins), 1), else_=2)


def _signless(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    said: ColumnElement[str] = func.lower(column)
    for sign in ("-", " ", ".", "/"):
        said = func.replace(said, sign, "")
    return said
