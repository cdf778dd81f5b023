"""Answers that several tabs may change: each change is of the version that its page showed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from portal.models import NominationBatch, NominationDraft, NominationGroup
from portal.services.store.refusals import Conflict

Versioned = type[NominationDraft] | type[NominationBatch] | type[NominationGroup]


def write_at_version(
    session: Session,
    model: Versioned,
    *,
    row_id: int,
    version: int,
    unsigned: ColumnElement[bool],
    values: Mapping[str, object],
    word: str,
) -> None:
    """Write values to a row that still is at ``version`` and ``unsigned``, inside the caller's transaction.

    ``Conflict`` with the word when another tab changed or signed it. What the session holds of it is not read anew.
    """
    written = session.scalar(
        update(model)
        .where(model.id == row_id, model.version == version, unsigned)
        .values(**values)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    if written is None:
        raise Conflict(word)
