"""Layouts of files as their senders confirmed them: what they leave open is not asked again (adr/0125)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.jobs import UploadKind
from portal.models import FileLayout
from portal.services.store.acts import Act
from portal.services.store.constraints import name_of

from .sheet_tables import Table


def complete(session: Session, *, sender: str | None, kind: UploadKind, table: Table) -> None:
    """Answer what a table leaves open as the sender confirmed it for this layout; its own cells and answers come first.

    The table's notes say so where it matters.
    """
    if sender is None or not table.is_open:
        return
    known = _find(session, sender, kind, table.signature)
    if known is None:
        return
    answers = table.answers
    if answers.dots_group is None and table.is_open_figures and known.dots_group is not None:
        answers = replace(answers, dots_group=known.dots_group)
        table.seen.remembered_figures = known.dots_group
    if answers.month_first is None and table.unordered and known.month_first is not None:
        answers = replace(answers, month_first=known.month_first)
        table.seen.remembered_order = known.month_first
    if answers != table.answers:
        table.seen.remembered_at = known.confirmed_at
        table.answer(answers)


def confirm(act: Act, *, sender: str | None, kind: UploadKind, table: Table) -> None:
    """Remember the layout of a file that is being taken in, inside its transaction."""
    session = act.session
    dots_group, month_first = table.figures.dots_group, table.month_first
    if sender is None or (dots_group is None and month_first is None):
        return
    known = _find(session, sender, kind, table.signature)
    if known is None:
        known = FileLayout(sender=sender, kind=kind, signature=table.signature, confirmed_at=act.now)
        try:
            with session.begin_nested():
                session.add(known)
        except IntegrityError as error:
            if name_of(error) != "uq_file_layouts_sender_kind_signature":
                raise
            # Another file of the sender was faster: what it confirmed stands.
            return
    known.dots_group = known.dots_group if dots_group is None else dots_group
    known.month_first = known.month_first if month_first is None else month_first
    known.confirmed_at, known.confirmed_by_id = act.now, act.actor.user_id


def _find(session: Session, sender: str, kind: UploadKind, signature: bytes) -> FileLayout | None:
    return session.scalars(
        select(FileLayout).where(
            FileLayout.sender == sender, FileLayout.kind == kind, FileLayout.signature == signature
        )
    ).one_or_none()
