"""Keys: what opens, what is refused, what an attempt costs (docs/security.md, "Keys", "Attempts")."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.attempts import PAIR_BLOCK, PAIR_FREE, POINT_DAY
from portal.domain.keys import generate_web_key
from portal.domain.modalities import Modality
from portal.models import AccessKey, AttemptCounter, AuditEvent, DeliveryPoint, Grant, KeyAttempt, OutboxMessage
from portal.services import keys
from portal.services.keys import grants
from portal.services.people import bindings
from portal.services.people import sessions as sign_in
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotFound, Refusal, Rejected, StepMissing, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key


def try_numeric(session: Session, vault: Vault, way: Way, typed: str, *, actor: Actor | None = None, now=NOW):
    return keys.open_point(Act.at(session, actor or way.actor, now), delivery_point=way.point, typed=typed)


def test_the_web_key_of_the_letter_opens_the_contract_and_shows_its_points_only(session: Session, vault: Vault):
    way = set_out(session, vault)
    with transaction(session):
        factories.delivery_point(session)  # a competitor's
    with pytest.raises(StepMissing):
        grants.list_opened_contracts(Act.at(session, way.actor, NOW), modality=way.modality)
    open_contract(session, vault, way)
    opened = grants.list_opened_contracts(Act.at(session, way.actor, NOW), modality=way.modality)
    assert [contract.id for contract in opened] == [way.contract.id]
    assert [point.id for point in grants.list_points(session, contracts=opened)] == [way.point.id]


@pytest.mark.parametrize("spelling", [str.lower, lambda key: "-".join(key), lambda key: f"  {key[:4]} {key[4:]} "])
def test_capitals_hyphens_and_blanks_of_a_web_key_do_not_matter(session: Session, vault: Vault, spelling):
    way = set_out(session, vault)
    opened = keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=spelling(way.web_key))
    assert opened.public_id == way.contract.public_id


def counts(session: Session) -> dict[str, int]:
    """The counters of guesses that are not at nothing."""
    session.rollback()
    found = session.execute(select(AttemptCounter.subject, AttemptCounter.count).where(AttemptCounter.count > 0))
    return {row.subject: row.count for row in found}


def test_a_web_key_typed_in_another_modality_opens_its_own_contract_and_costs_nothing(session: Session, vault: Vault):
    way = set_out(session, vault)
    opened = keys.open_contract(Act.at(session, way.actor, NOW), modality=Modality.INDUSTRIAL, typed=way.web_key)
    assert (opened.public_id, opened.modality) == (way.contract.public_id, way.modality)
    assert grants.list_opened_contracts(Act.at(session, way.actor, NOW), modality=way.modality)
    with pytest.raises(StepMissing):
        grants.list_opened_contracts(Act.at(session, way.actor, NOW), modality=Modality.INDUSTRIAL)
    assert counts(session) == {}


def wrong_web_key(session: Session, vault: Vault, way: Way, modality: Modality, *, now=NOW) -> Rejected:
    with pytest.raises(Rejected) as refused:
        keys.open_contract(Act.at(session, way.actor, now), modality=modality, typed=generate_web_key(lambda n: 7 % n))
    return refused.value


def blocked_in(session: Session, vault: Vault, way: Way, modality: Modality) -> datetime:
    """Ten wrong web keys; the moment after them."""
    now = NOW
    for _ in range(PAIR_BLOCK):
        assert wrong_web_key(session, vault, way, modality, now=now).refusal is Refusal.WEB_KEY_WRONG
        now += timedelta(minutes=33)
    return now


@pytest.mark.parametrize("page", [Modality.INDUSTRIAL, Modality.GNV_SUPPLY])
def test_a_block_is_not_passed_by_the_page_of_another_modality(session: Session, vault: Vault, page: Modality):
    way = set_out(session, vault)
    now = blocked_in(session, vault, way, way.modality)
    with pytest.raises(TooManyAttempts) as stopped:
        keys.open_contract(Act.at(session, way.actor, now), modality=page, typed=way.web_key)
    assert stopped.value.until is None


def test_the_key_of_another_modality_does_not_begin_the_count_of_this_page_anew(session: Session, vault: Vault):
    way = set_out(session, vault)
    for left in (PAIR_BLOCK - 1, PAIR_BLOCK - 2):
        assert wrong_web_key(session, vault, way, Modality.INDUSTRIAL).facts["left"] == left
    keys.open_contract(Act.at(session, way.actor, NOW), modality=Modality.INDUSTRIAL, typed=way.web_key)
    assert wrong_web_key(session, vault, way, Modality.INDUSTRIAL).facts["left"] == PAIR_BLOCK - 3


def test_a_key_issued_later_for_the_company_ends_the_block_of_its_people_only(session: Session, vault: Vault):
    way, rival = (open_contract(session, vault, set_out(session, vault)) for _ in range(2))
    now = blocked_in(session, vault, way, way.modality)
    blocked_in(session, vault, rival, way.modality)
    new = keys.issue(Act.at(session, Actor.system(), now), contract=way.contract)
    with pytest.raises(TooManyAttempts):
        keys.open_contract(Act.at(session, rival.actor, now), modality=way.modality, typed=new)
    assert keys.open_contract(Act.at(session, way.actor, now), modality=way.modality, typed=new)


def test_a_key_that_was_right_and_ended_says_how_and_costs_nothing(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    issued = NOW - timedelta(days=1)

    def told(typed: str, now: datetime) -> tuple[Refusal, datetime, bool]:
        before = counts(session)
        with pytest.raises(Rejected) as refused:
            try_numeric(session, vault, way, typed, now=now)
        assert counts(session) == before
        return refused.value.refusal, refused.value.facts["ended_at"], refused.value.facts["newer"]

    late = issued + timedelta(days=30)
    assert told(way.numeric_key, late) == (Refusal.KEY_EXPIRED, late, False)
    second = keys.issue(Act.at(session, Actor.system(), late), delivery_point=way.point)
    assert told(way.numeric_key, late) == (Refusal.KEY_EXPIRED, late, True)
    try_numeric(session, vault, way, second, now=late)
    third = keys.issue(Act.at(session, Actor.system(), late), delivery_point=way.point)
    over = late + timedelta(days=15)
    assert told(second, over) == (Refusal.KEY_REPLACED, over, True)
    try_numeric(session, vault, way, third, now=over)
    assert told(second, over + timedelta(days=1)) == (Refusal.KEY_REPLACED, over, True)
    keys.issue(Act.at(session, Actor.system(), over), delivery_point=way.point, compromised=True)
    assert told(third, over) == (Refusal.KEY_REVOKED, over, True)


def test_a_web_key_that_ended_says_so_on_any_page(session: Session, vault: Vault):
    way = set_out(session, vault)
    late = NOW + timedelta(days=29)
    for page in (way.modality, Modality.INDUSTRIAL):
        with pytest.raises(Rejected) as refused:
            keys.open_contract(Act.at(session, way.actor, late), modality=page, typed=way.web_key)
        assert (refused.value.refusal, refused.value.facts["ended_at"]) == (Refusal.KEY_EXPIRED, late)
    assert counts(session) == {}


def test_while_blocked_a_key_that_ended_is_refused_like_any_other(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    for _ in range(PAIR_FREE + 1):
        with pytest.raises(Rejected):
            try_numeric(session, vault, way, wrong_numeric_key(way), now=NOW + timedelta(days=29))
    with pytest.raises(TooManyAttempts):
        try_numeric(session, vault, way, way.numeric_key, now=NOW + timedelta(days=29))


def test_of_many_former_keys_only_the_newest_are_compared(session: Session, vault: Vault, monkeypatch):
    way = open_contract(session, vault, set_out(session, vault))
    for _ in range(8):
        keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point, compromised=True)
    real, compared = vault.key_matches, []
    monkeypatch.setattr(vault, "key_matches", lambda *given: compared.append(1) or real(*given))
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, wrong_numeric_key(way))
    assert len(compared) == 4, "the one in force and three before it"


def test_a_malformed_key_spends_no_attempt(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    before = session.scalar(select(func.count()).select_from(KeyAttempt))
    last = (int(way.numeric_key[-1]) + 1) % 10
    for typed, expected in (
        ("12", Refusal.NUMERIC_KEY_FORMAT),
        ("４８３920175", Refusal.NUMERIC_KEY_FORMAT),
        (f"{way.numeric_key[:-1]}{last}", Refusal.NUMERIC_KEY_TYPO),
    ):
        with pytest.raises(Rejected) as refused:
            try_numeric(session, vault, way, typed)
        assert refused.value.refusal is expected
    assert session.scalar(select(func.count()).select_from(KeyAttempt)) == before


def test_a_wrong_numeric_key_says_how_many_attempts_are_left(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    with pytest.raises(Rejected) as refused:
        try_numeric(session, vault, way, wrong_numeric_key(way))
    assert refused.value.refusal is Refusal.NUMERIC_KEY_WRONG
    assert refused.value.facts["left"] == PAIR_BLOCK - 1


def test_four_wrong_keys_are_free_and_after_the_fifth_even_the_right_one_waits(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    for _ in range(PAIR_FREE + 1):
        with pytest.raises(Rejected):
            try_numeric(session, vault, way, wrong_numeric_key(way))
    with pytest.raises(TooManyAttempts) as stopped:
        try_numeric(session, vault, way, way.numeric_key)
    assert stopped.value.until == NOW + timedelta(minutes=1)
    assert try_numeric(session, vault, way, way.numeric_key, now=NOW + timedelta(minutes=1)).session_token


def test_ten_wrong_keys_in_a_row_block_the_pair_for_good(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    now = NOW
    for _ in range(PAIR_BLOCK):
        with pytest.raises(Rejected):
            try_numeric(session, vault, way, wrong_numeric_key(way), now=now)
        now += timedelta(minutes=33)
    with pytest.raises(TooManyAttempts) as stopped:
        try_numeric(session, vault, way, way.numeric_key, now=now + timedelta(days=30))
    assert stopped.value.until is None


def test_a_right_key_gives_the_attempt_back_and_resets_the_row(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    for _ in range(3):
        for _ in range(PAIR_FREE):
            with pytest.raises(Rejected):
                try_numeric(session, vault, way, wrong_numeric_key(way))
        try_numeric(session, vault, way, way.numeric_key)


def test_a_rival_cannot_lock_out_who_opened_the_point_before(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    try_numeric(session, vault, way, way.numeric_key)
    with transaction(session):
        rivals = [
            factories.signed_in(session, factories.user(session), address=f"10.0.0.{n}")
            for n in range(1, POINT_DAY // PAIR_FREE + 2)
        ]
    for rival in rivals[:-1]:
        for _ in range(PAIR_FREE):
            with pytest.raises(Rejected):
                try_numeric(session, vault, way, wrong_numeric_key(way), actor=rival)
    with pytest.raises(TooManyAttempts):
        try_numeric(session, vault, way, way.numeric_key, actor=rivals[-1])
    assert try_numeric(session, vault, way, way.numeric_key).session_token
    told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "key-attempts")).all()
    assert [mail.recipient for mail in told] == [way.contract.company.contact_email]


def test_fifty_guesses_at_once_verify_no_more_than_the_free_ones(
    sessions: sessionmaker[Session], session: Session, vault: Vault
):
    way = open_contract(session, vault, set_out(session, vault))
    wrong, point_id = wrong_numeric_key(way), way.point.id

    def guess(_: int) -> str:
        with sessions() as own:
            point = own.get_one(DeliveryPoint, point_id)
            try:
                keys.open_point(Act.at(own, way.actor, NOW), delivery_point=point, typed=wrong)
            except Rejected:
                return "verified"
            except TooManyAttempts:
                return "stopped"
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(50)))
    assert outcomes.count("verified") == PAIR_FREE + 1
    assert outcomes.count("stopped") == 50 - PAIR_FREE - 1


def test_the_old_version_opens_until_the_first_use_of_the_new_one(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    try_numeric(session, vault, way, way.numeric_key)
    new = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point)
    assert try_numeric(session, vault, way, way.numeric_key).session_token
    assert try_numeric(session, vault, way, new).session_token
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, way.numeric_key)


def test_a_version_that_was_replaced_before_it_was_used_opens_for_as_long_and_no_longer(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    new = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point)
    assert try_numeric(session, vault, way, way.numeric_key, now=NOW + timedelta(days=14)).session_token
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, way.numeric_key, now=NOW + timedelta(days=15))
    # Using the older one took nothing from the newer.
    assert try_numeric(session, vault, way, new, now=NOW + timedelta(days=29)).session_token
    newest = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point)
    assert try_numeric(session, vault, way, newest).session_token
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, new)


def test_an_unused_version_lives_no_longer_for_being_replaced(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    late = NOW + timedelta(days=20)
    keys.issue(Act.at(session, Actor.system(), late), delivery_point=way.point)
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, way.numeric_key, now=NOW + timedelta(days=30))


def test_the_old_version_ends_by_itself_after_fifteen_days_and_an_unused_one_after_thirty(
    session: Session, vault: Vault
):
    way = open_contract(session, vault, set_out(session, vault))
    try_numeric(session, vault, way, way.numeric_key)
    new = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point)
    late = NOW + timedelta(days=15)
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, way.numeric_key, now=late)
    assert try_numeric(session, vault, way, new, now=late).session_token
    newer = keys.issue(Act.at(session, Actor.system(), late), delivery_point=way.point)
    with pytest.raises(Rejected):
        try_numeric(session, vault, way, newer, now=late + timedelta(days=30))


def test_revoking_a_key_closes_what_it_opened_on_the_next_request(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    try_numeric(session, vault, way, way.numeric_key)
    assert grants.list_opened_point_ids(Act.at(session, way.actor, NOW)) == {way.point.id}
    keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=way.point, compromised=True)
    assert grants.list_opened_point_ids(Act.at(session, way.actor, NOW)) == set()


def test_a_grant_dies_after_half_an_hour_unused_and_lives_on_while_used(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    at = NOW + timedelta(minutes=29)
    grants.keep_alive(Act.at(session, way.actor, at))
    assert grants.list_opened_contracts(Act.at(session, way.actor, at + timedelta(minutes=29)), modality=way.modality)
    with pytest.raises(StepMissing):
        grants.list_opened_contracts(Act.at(session, way.actor, at + timedelta(minutes=30)), modality=way.modality)


def test_what_one_session_opened_is_closed_to_another_of_the_same_account(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    with transaction(session):
        from portal.models import User

        elsewhere = factories.signed_in(session, session.get_one(User, way.actor.user_id))
    with pytest.raises(StepMissing):
        grants.list_opened_contracts(Act.at(session, elsewhere, NOW), modality=way.modality)


def test_the_point_of_another_contract_and_an_absent_one_are_not_found(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    with transaction(session):
        foreign = factories.delivery_point(session)
    for public_id in (foreign.public_id, "no-such-point"):
        with pytest.raises(NotFound):
            grants.require_reachable_point(Act.at(session, way.actor, NOW), modality=way.modality, public_id=public_id)


def test_an_unlock_gives_the_session_a_new_token_and_the_old_one_ends_within_seconds(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    token = try_numeric(session, vault, way, way.numeric_key).session_token
    newer = try_numeric(session, vault, way, way.numeric_key).session_token
    assert token != newer
    assert sign_in.look_up(session, token=token, now=NOW + timedelta(seconds=20))
    assert sign_in.look_up(session, token=token, now=NOW + timedelta(seconds=31)) is None
    assert sign_in.look_up(session, token=newer, now=NOW + timedelta(seconds=31))


def test_the_first_account_binds_and_one_of_another_mail_domain_waits_for_approval(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    assert bindings.may_nominate(session, user_id=way.actor.user_id or 0, contract_id=way.contract.id)
    with transaction(session):
        stranger = factories.signed_in(session, factories.user(session, email="otro@vecino.example"))
        colleague = factories.signed_in(session, factories.user(session, email="colega@example.com"))
    for person, expected in ((stranger, False), (colleague, True)):
        keys.open_contract(Act.at(session, person, NOW), modality=way.modality, typed=way.web_key)
        assert bindings.may_nominate(session, user_id=person.user_id or 0, contract_id=way.contract.id) is expected
    bindings.approve(Act.at(session, Actor.system(), NOW), email=stranger.email, contract_number=way.contract.number)
    assert bindings.may_nominate(session, user_id=stranger.user_id or 0, contract_id=way.contract.id)
    mails = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "binding-created")).all()
    on_file = way.contract.company.contact_email
    # Of the first account the contact on file hears; of the two later ones whoever decides about them as well.
    assert mails == [on_file, *[on_file, way.actor.email] * 2]


def test_a_sealed_key_moved_to_another_owner_opens_nothing(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    other = set_out(session, vault)
    mine = session.scalars(select(AccessKey).where(AccessKey.delivery_point_id == way.point.id)).one()
    with transaction(session):
        theirs = session.scalars(select(AccessKey).where(AccessKey.delivery_point_id == other.point.id)).one()
        theirs.sealed = mine.sealed
    with pytest.raises(Rejected):
        keys.open_point(Act.at(session, other.actor, NOW), delivery_point=other.point, typed=way.numeric_key)


def test_no_key_can_be_read_in_the_database_or_the_audit(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    try_numeric(session, vault, way, way.numeric_key)
    rows = [
        str(vars(row))
        for model in (AccessKey, AuditEvent, Grant, OutboxMessage)
        for row in session.scalars(select(model))
    ]
    assert rows
    assert not [row for row in rows if way.numeric_key in row or way.web_key in row]
    assert audit.verify(session) is None
