"""What operators want by mail about the books, and what each was told: a row each, so that nothing is told twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.day_book import OperatorTopic

from .base import Base
from .types import UtcMoment, Word, one_of


class OperatorMailChoice(Base):
    """Something that a member of the staff wants by mail; what happened before ``chosen_at`` is not told."""

    __tablename__ = "operator_mail_choices"
    __table_args__ = (CheckConstraint(one_of("topic", OperatorTopic), name="topic"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    topic: Mapped[OperatorTopic] = mapped_column(Word(OperatorTopic), primary_key=True)
    chosen_at: Mapped[datetime] = mapped_column(UtcMoment)


class OperatorMailTold(Base):
    """An occurrence that a person was told of by mail: who writes the row posts the mail."""

    __tablename__ = "operator_mails_told"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    topic: Mapped[OperatorTopic] = mapped_column(Word(OperatorTopic), primary_key=True)
    # What happened, by its numbers: a nomination's, or a day, a version and what changed in it.
    occurrence: Mapped[str] = mapped_column(String(80), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcMoment, index=True)
