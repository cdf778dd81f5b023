"""Every constraint of the database has a meaning for whoever sent a form, or a reason why no form can break it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.domain.accounts import Role
from portal.domain.codes import compute_nit_check_digit
from portal.models import Base, Company
from portal.services.store import constraints, duty_runs
from portal.services.store.acts import Act
from portal.services.store.constraints import MEANINGS, Taken, name_of
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal

# Who reads an IntegrityError past `meaning_of_constraints`, and why its table would say something else there.
READ_APART = {
    "portal/web/errors.py": "the net under every view",
    "portal/services/store/constraints.py": "the table itself",
    "portal/services/nominations/day_closes/closes.py": "another worker closed the day: nothing is left to do",
    "portal/services/files/intake.py": "the same file again gets what the first one did, else the table",
    "portal/services/files/layouts.py": "another file of the sender was faster: its layout stands",
    "portal/services/day_book/operator_mails/messages.py": "another worker told it: nothing is left to do",
    "portal/services/announcements/queries.py": "pressed twice is read once",
    "portal/services/calls/protests.py": "pressed twice is one protest",
    "portal/services/store/duty_runs.py": "the duty was taken: its own signal, which no person sees",
    "portal/services/files/jobs/runs.py": "a job ends with a word in its row, not with an answer",
}
ROOT = Path(__file__).parents[2]
NIT = f"901234567-{compute_nit_check_digit('901234567')}"
DRAWN = "drawn at random by the portal, 96 bits or more"
HELD = "the row that stands for it is locked before it is counted on; if two met all the same, the net answers 409"
OURS = "no form writes it: a worker, a command or the portal itself does"
WEIGHED = "a rule of the service refuses it by its field before anything is written"
WHOLE = "columns that one function writes together"
# By the end of a name, what no form breaks, with the reason.
NOT_FROM_A_FORM = {
    "_public_id": DRAWN,
    "_token_hash": DRAWN,
    "_code_hash": DRAWN,
    "uq_worker_heartbeats_host_pid": OURS,
    "ck_distributor_single": OURS,
    "uq_investigation_entries_delivery_point_id_month_number": HELD,
    "ck_punctuality_months_kept_of_what_was_due": OURS,
    "ck_nomination_groups_days_in_order": OURS,
    "uq_outbox_messages_dedup_key": OURS,
    "ix_push_subscriptions_endpoint": "one person at a time sits at a browser; if two met, the net answers 409",
    "ck_tariff_publications_decided_when_not_proposed": WHOLE,
    "ck_tariff_publications_shown_when_published": WHOLE,
    "ck_document_versions_decided_when_not_proposed": WHOLE,
    "ck_document_versions_through_after_from": WEIGHED,
    "uq_passages_source_place": WHOLE,
    "ck_standing_orders_end_is_bare": WHOLE,
    "ck_shift_entries_answers_when_taken_over": WHOLE,
    "ck_shift_entries_given_to_another": WEIGHED,
    "ck_shift_entries_given_when_handed_over": WHOLE,
    "ck_shift_entries_matters_when_handed_over": WHOLE,
    "uq_shift_entries_answers_id": HELD,
    "ck_standing_orders_not_negative": WEIGHED,
    "ck_standing_orders_signed_with_a_key": WHOLE,
    "ck_adjustment_requests_decided_once": WHOLE,
    "ck_adjustment_requests_other_point_of_a_netting": WHOLE,
    "ck_adjustment_requests_two_points": WEIGHED,
    "ck_gate_terms_band_range": WEIGHED,
    "ck_gate_terms_capacity_positive": WEIGHED,
    "ck_gate_readings_volume_not_negative": WEIGHED,
    "ck_gate_confirmations_confirmed_not_negative": WEIGHED,
    "ck_gate_confirmations_nominated_not_negative": WEIGHED,
    "ck_gate_allocations_decided_once": WHOLE,
    "ck_gate_allocations_second_person": WEIGHED,
    "ck_meter_changes_digits_range": WEIGHED,
    "ck_meter_changes_factor_positive": WEIGHED,
    "ck_point_successions_two_points": WEIGHED,
    "uq_point_successions_before_id_after_id_gas_day": HELD,
    "ck_held_rows_decided_when_not_waiting": WHOLE,
    "ck_staff_tokens_ends": WEIGHED,
    "ck_held_rows_reason_when_discarded": WEIGHED,
    "uq_file_layouts_sender_kind_signature": OURS,
    "uq_jobs_upload_id": HELD,
    "uq_late_heating_values_heating_value_id": OURS,
    "uq_late_heating_effects_late_heating_value_id_delivery_point_id": OURS,
    "ck_late_heating_values_decided_once": OURS,
    "ck_late_heating_effects_kept_unless_restated": OURS,
    "uq_passkeys_credential_id": "a known one is a wrong answer of the service; of two at once, the net answers 409",
    "uq_bindings_user_id_contract_id": HELD,
    "uq_access_keys_contract_id_version": HELD,
    "uq_access_keys_delivery_point_id_version": HELD,
    "uq_cases_filing_number": HELD,
    "uq_cases_submission_id": HELD,
    "uq_carried_messages_entry_id": WHOLE,
    "uq_case_mails_digest": OURS,
    "ck_cases_notice_needs_email": WEIGHED,
    "ck_cases_reason_when_extended": WHOLE,
    "ix_cases_one_open_of_a_day": HELD,
    "uq_month_closings_delivery_point_id_month_version": HELD,
    "uq_month_closings_statement_number": HELD,
    "uq_seasonal_patterns_delivery_point_id_version": HELD,
    "ck_pepper_marks_single": OURS,
    "ck_contracts_maximum_positive": WEIGHED,
    "ck_contracts_tolerance_range": WEIGHED,
    "ck_contracts_validity": WEIGHED,
    "ck_contracts_supplier_when_atr": WEIGHED,
    "ck_notices_validity": WEIGHED,
    "ck_timetable_notice_not_negative": WEIGHED,
    "_quantity_not_negative": WEIGHED,
    "_volume_not_negative": WEIGHED,
    "ck_readings_reason_when_corrected": WEIGHED,
    "ck_month_closings_reason_when_restated": WEIGHED,
    "ck_key_letters_renews_something": WEIGHED,
    "_second_person": WEIGHED,
    "ck_late_corrections_exception_whole": WEIGHED,
    "ck_late_decisions_reason_when_refused": WEIGHED,
    "_version_positive": WHOLE,
    "_revision_positive": WHOLE,
    "ck_access_keys_one_owner": WHOLE,
    "ck_call_codes_of_an_account_or_a_call": WHOLE,
    "ck_call_codes_sent_in_a_call": WHOLE,
    "ck_calls_granted_when_verified": WHOLE,
    "ck_followings_opened_when_a_page": WHOLE,
    "ck_calls_outcome_when_closed": WHOLE,
    "ck_calls_reviewed_by_somebody": WHOLE,
    "ck_calls_verified_by_a_method": WHOLE,
    "ck_cases_consent_whole": WHOLE,
    "ck_cases_consent_of_strangers": WHOLE,
    "ck_cases_day_of_a_point": WHOLE,
    "ck_cases_outcome_of_a_day": WHOLE,
    "ck_cases_outcome_when_answered": WHOLE,
    "ck_grants_one_object": WHOLE,
    "ck_late_corrections_decided_once": WHOLE,
    "ck_nominations_call_of_its_channel": WHOLE,
    "ck_nominations_cancels_nothing_else": WHOLE,
    "ck_nominations_chain_whole": WHOLE,
}


def _held() -> list[tuple[str, str]]:
    """Every unique or check constraint and unique index but primary keys: its name, and what a check says."""
    found = []
    for table in Base.metadata.sorted_tables:
        held = [each for each in table.constraints if isinstance(each, UniqueConstraint | CheckConstraint)]
        found += [(str(each.name), str(getattr(each, "sqltext", ""))) for each in held]
        found += [(str(index.name), "") for index in table.indexes if index.unique]
    return found


def test_every_constraint_has_a_meaning_or_a_reason():
    unnamed = [
        name
        for name, said in _held()
        # One of an enum of the code: a form offers these and refuses others as it reads them.
        if name not in MEANINGS and " IN (" not in said and not name.endswith(tuple(NOT_FROM_A_FORM))
    ]
    assert not unnamed, f"give them a meaning in portal/services/store/constraints.py, or a reason here: {unnamed}"


def test_the_map_names_only_what_there_is():
    known = {name for table in Base.metadata.sorted_tables for name, _ in constraints.unique_of(table)}
    assert set(MEANINGS) <= known
    names = [name for name, _ in _held()]
    assert [end for end in NOT_FROM_A_FORM if not any(name.endswith(end) for name in names)] == []


def test_both_databases_name_the_constraint_that_was_broken(session: Session):
    with transaction(session):
        taken = factories.company(session).nit
    with pytest.raises(IntegrityError) as refused, transaction(session):
        factories.company(session, nit=taken)
    assert name_of(refused.value) == "uq_companies_nit"
    assert MEANINGS["uq_companies_nit"] == Taken(constraints.Refusal.NIT_TAKEN, "nit")


def test_what_no_service_foresaw_is_told_as_a_race(portal_on_each: RunningPortal, monkeypatch: pytest.MonkeyPatch):
    portal_on_each.app.testing = False
    staff = portal_on_each.staff(Role.OPERATOR)
    form = staff.open("/consola/registro/empresas/nueva").form().fill(nit=NIT, name="Gases del Ariari")
    form.submit()
    monkeypatch.setattr(constraints, "MEANINGS", {})
    for htmx in (False, True):
        again = staff.open("/consola/registro/empresas/nueva").form().fill(nit=NIT, name="Gases de otro río")
        page = again.submit(htmx=htmx)
        assert page.status == 409
        assert "Nada de lo que acaba de enviar se registró" in page.text
        assert "Gases de otro río" in page.text
    assert portal_on_each.count(Company, nit=NIT.replace(".", "")) == 1


def test_a_row_that_went_under_the_writer_is_a_race_too(portal: RunningPortal):
    portal.app.testing = False
    staff = portal.staff(Role.OPERATOR)
    form = staff.open("/consola/registro/empresas/nueva").form().fill(nit=NIT, name="Gases del Ariari")

    def gone(session: Session, *_: object) -> None:
        if any(isinstance(row, Company) for row in session.new):
            raise StaleDataError("UPDATE statement on table 'companies' expected to update 1 row(s); 0 were matched.")

    event.listen(Session, "before_flush", gone)
    try:
        page = form.submit()
    finally:
        event.remove(Session, "before_flush", gone)
    assert page.status == 409
    assert "Gases del Ariari" in page.text
    assert portal.count(Company, nit=NIT) == 0


def test_who_reads_a_broken_constraint_apart_names_it_or_has_a_reason():
    found = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "portal").rglob("*.py")
        if "IntegrityError" in path.read_text(encoding="utf-8").replace("``IntegrityError``", "")
    }
    assert set(found) == set(READ_APART)
    bare = [
        name
        for name, source in found.items()
        if re.search(r"except IntegrityError", source) and not re.search(r"name_of\(|meaning_of_constraints\(", source)
    ]
    assert bare == []


def test_another_broken_constraint_is_not_taken_for_the_one_that_was_foreseen(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    with transaction(session):
        duty_runs.take(Act.of_system(session, factories.NOW), name="un deber")
    with pytest.raises(duty_runs.Taken), transaction(session):
        duty_runs.take(Act.of_system(session, factories.NOW), name="un deber")
    monkeypatch.setattr(duty_runs, "name_of", lambda error: "uq_companies_nit")
    with pytest.raises(IntegrityError), transaction(session):
        duty_runs.take(Act.of_system(session, factories.NOW), name="un deber")
