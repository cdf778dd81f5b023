"""Answers that several tabs may change: each change is of the version that its page showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.models import NominationBatch, NominationDraft, NominationGroup
from portal.services.store.refusals import Conflict

Versioned = type[NominationDraft] | type[NominationBatch] | type[NominationGroup]
# What a signed one has, and the word of a conflict.
_SIGNED: Mapping[Versioned, tuple[Any, str]] = {
    NominationDraft: (NominationDraft.nomination_id, "draft"),
    NominationBatch: (NominationBatch.signed_at, "batch"),
    NominationGroup: (NominationGroup.signed_at, "group"),
}


def write_at_version(
    session: Session,
    model: Versioned,
    *,
    row_id: int,
    version: int,
    values: Mapping[str, object],
) -> None:
    """Write values to a row that still is at ``version`` and not signed, inside the caller's transaction.

    ``Conflict`` when another tab changed or signed it. What the session holds of it is not read anew.
    """
    signed, word = _SIGNED[model]
    written = session.scalar(
        update(model)
        .where(model.id == row_id, model.version == version, signed.is_(None))
        .values(**values)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    if written is None:
        raise Conflict(word)
