"""Operators' choices of mail about the day books, and the mails sent: one row each, so that none is sent twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.day_book import OperatorTopic

from .base import Base
from .types import UtcMoment, Word, one_of


class OperatorMailChoice(Base):
    """Topic that a member of the staff wants by mail, for events after ``chosen_at``."""

    __tablename__ = "operator_mail_choices"
    __table_args__ = (CheckConstraint(one_of("topic", OperatorTopic), name="topic"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    topic: Mapped[OperatorTopic] = mapped_column(Word(OperatorTopic), primary_key=True)
    chosen_at: Mapped[datetime] = mapped_column(UtcMoment)


class OperatorMailTold(Base):
    """Event that was mailed to a person; the transaction that inserts the row posts the mail."""

    __tablename__ = "operator_mails_told"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    topic: Mapped[OperatorTopic] = mapped_column(Word(OperatorTopic), primary_key=True)
    # Identifies the event by its numbers: of a nomination, or of a day, a version and its change.
    occurrence: Mapped[str] = mapped_column(String(80), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
