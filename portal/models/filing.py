"""The counters behind gap-free yearly numbers."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class FilingCounter(Base):
    """The last number given in a series and year; taken inside the transaction that uses it, so no gap."""

    __tablename__ = "filing_counters"

    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
