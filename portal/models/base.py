"""Declarative base: one metadata, one naming convention for constraints."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# SQLite numbers rows automatically only in a column that is exactly INTEGER.
WholeNumber = BigInteger().with_variant(Integer, "sqlite")
RowId = Annotated[int, mapped_column(WholeNumber, primary_key=True)]


class Base(DeclarativeBase):
    """Base of every table; constraint names are stable, because races are recognised by them."""

    metadata = MetaData(naming_convention=NAMING)
