"""Distributor of the portal: one row, read by pages, mails and papers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.distributor import LONGEST

from .base import Base


class DistributorRow(Base):
    """Distributor (fields: ``domain/distributor.py``); ``guessable`` is separated by blanks.

    The migration writes the only row; its history is its audit events.
    """

    __tablename__ = "distributor"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(LONGEST["name"]))
    legal_name: Mapped[str] = mapped_column(String(LONGEST["legal_name"]))
    nit: Mapped[str] = mapped_column(String(LONGEST["nit"]))
    telephone: Mapped[str] = mapped_column(String(LONGEST["telephone"]))
    emergency_line: Mapped[str] = mapped_column(String(LONGEST["emergency_line"]))
    address: Mapped[str] = mapped_column(String(LONGEST["address"]))
    city: Mapped[str] = mapped_column(String(LONGEST["city"]))
    department: Mapped[str] = mapped_column(String(LONGEST["department"]))
    website: Mapped[str] = mapped_column(String(LONGEST["website"]))
    privacy_email: Mapped[str] = mapped_column(String(LONGEST["privacy_email"]))
    nomination_series: Mapped[str] = mapped_column(String(LONGEST["nomination_series"]))
    case_series: Mapped[str] = mapped_column(String(LONGEST["case_series"]))
    statement_series: Mapped[str] = mapped_column(String(LONGEST["statement_series"]))
    token_prefix: Mapped[str] = mapped_column(String(LONGEST["token_prefix"]))
    guessable: Mapped[str] = mapped_column(String(LONGEST["guessable"]))
    brand: Mapped[str] = mapped_column(String(7))
    brand_strong: Mapped[str] = mapped_column(String(7))
    brand_tint: Mapped[str] = mapped_column(String(7))
    dark_brand: Mapped[str] = mapped_column(String(7))
    dark_brand_strong: Mapped[str] = mapped_column(String(7))
    dark_brand_tint: Mapped[str] = mapped_column(String(7))
