"""Counters of yearly numbers without gap."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class FilingCounter(Base):
    """Last number given in a series and year; taken in the transaction that uses it, so without gap."""

    __tablename__ = "filing_counters"

    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
