"""Meaning of each database constraint for the sender of a form: one table, used when a race was lost.

A service looks before it writes; two that look at the same moment both pass, and the constraint stops the second.
SQLite names the columns of a broken unique constraint, PostgreSQL the constraint: ``name_of`` reads either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from portal.models.base import Base

from .refusals import Conflict, Refusal, Rejected


class Taken(NamedTuple):
    """A value already in use, reported beside its field."""

    refusal: Refusal
    field: str | None = None


class Faster(NamedTuple):
    """Somebody wrote at the same moment: reason of the ``Conflict``."""

    reason: str


MEANINGS: Mapping[str, Taken | Faster] = {
    "uq_companies_nit": Taken(Refusal.NIT_TAKEN, "nit"),
    "uq_contracts_number": Taken(Refusal.CONTRACT_NUMBER_TAKEN, "number"),
    "uq_delivery_points_carrier_code_starts_on": Taken(Refusal.CARRIER_CODE_TAKEN, "carrier_code"),
    "uq_delivery_points_contract_id_name_starts_on": Taken(Refusal.POINT_NAME_TAKEN, "name"),
    "uq_exit_points_code": Taken(Refusal.EXIT_CODE_TAKEN, "code"),
    "ix_contacts_one_address": Taken(Refusal.CONTACT_TWICE, "email"),
    "uq_standing_orders_delivery_point_id_version": Faster("shown"),
    "pk_late_decisions": Taken(Refusal.LATE_DECIDED),
    "pk_nomination_heads": Faster("revision"),
    "pk_api_requests": Faster("revision"),
    "uq_nominations_delivery_point_id_gas_day_revision": Faster("revision"),
    "uq_nominations_filing_number": Faster("revision"),
    "uq_nominations_submission_id": Faster("revision"),
    "ix_nominations_one_chain": Faster("revision"),
    "uq_nomination_batches_submission_id": Faster("revision"),
    "uq_nomination_drafts_submission_id": Faster("revision"),
    "uq_readings_delivery_point_id_gas_day_version": Faster("reading-changed"),
    "ix_adjustments_one_opening": Faster("opening-there"),
    "uq_reading_imports_file_hash": Faster("readings-changed"),
    "uq_heating_values_exit_point_id_gas_day_version": Faster("heating-values-changed"),
    "uq_day_books_gas_day_version": Faster("book-frozen"),
    "pk_day_book_sendings": Faster("book-sent"),
    "pk_authorisation_drafts": Faster("recorded"),
    "uq_authorisations_delivery_point_id_gas_day_version": Faster("recorded"),
    "uq_tariff_publications_published_by_month_version": Faster("tariffs-changed"),
    "uq_documents_published_by_slug": Taken(Refusal.DOCUMENT_THERE, "title"),
    "uq_document_versions_document_id_number": Faster("document-changed"),
    "uq_meter_changes_delivery_point_id_gas_day": Faster("meter-changed"),
    "uq_gate_readings_exit_point_id_gas_day_version": Faster("gate-measured"),
    "uq_gate_confirmations_exit_point_id_gas_day_version": Faster("gate-confirmed"),
    "pk_gate_allocation_days": Faster("gate-allocated"),
    "pk_anchors": Faster("anchored"),
    "uq_users_email": Taken(Refusal.EMAIL_TAKEN, "email"),
}


def name_of(error: IntegrityError) -> str | None:
    """Return the name of the violated unique constraint, unique index or primary key; None for any other."""
    said = str(error.orig)
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        # 23505: unique_violation.
        return diagnosis.constraint_name if getattr(error.orig, "sqlstate", None) == "23505" else None
    _, found, columns = said.partition("UNIQUE constraint failed: ")
    return _BY_COLUMNS.get(frozenset(columns.split(", ")), said) if found else None


@contextmanager
def meaning_of_constraints() -> Iterator[None]:
    """Turn the violation of a constraint with a meaning into its refusal; pass any other error on.

    Stands around the transaction, so that nothing is left written when the refusal is raised.
    """
    try:
        yield
    except IntegrityError as error:
        match MEANINGS.get(name_of(error) or ""):
            case Taken(refusal, field):
                raise Rejected(refusal, field) from error
            case Faster(reason):
                raise Conflict(reason) from error
        raise


def unique_of(table: Table) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield primary key, unique constraints and unique indexes of a table by name; columns as SQLite writes them."""
    held = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    for name, columns in (
        *((each.name, each.columns) for each in held),
        *((each.name, each.columns) for each in table.indexes if each.unique),
        (table.primary_key.name or f"pk_{table.name}", table.primary_key.columns),
    ):
        yield str(name), frozenset(f"{table.name}.{column.name}" for column in columns)


_BY_COLUMNS = {columns: name for table in Base.metadata.sorted_tables for name, columns in unique_of(table)}
