"""Letters of keys: asked for, approved by another person, printed once, dispatched; keys stopped and pairs let in."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.attempts import PAIR_BLOCK
from portal.domain.keys import TEXT_VERSION, TRANSITIONS, KeyKind, LetterEvent, LetterState, find_next_state
from portal.models import AccessKey, AuditEvent, KeyLetter, OutboxMessage
from portal.papers import letter_paper, qr_codes
from portal.services import keys
from portal.services.keys import letters
from portal.services.keys.letters import Printed, Wanted
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.distributors import BRAND, FIRST, SECOND
from tests.factories import NOW
from tests.services.way import Way, set_out, wrong_numeric_key

BOTH = Wanted(renews_web=True, renews_numeric=True, compromised=False, reason="Carta nueva")
NUMERIC = Wanted(renews_web=False, renews_numeric=True, compromised=False, reason="Se perdió")


def staff(session: Session, role: Role = Role.OPERATOR) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role))


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return set_out(session, vault)


@pytest.fixture
def operator(session: Session) -> Actor:
    return staff(session)


@pytest.fixture
def supervisor(session: Session) -> Actor:
    return staff(session, Role.SUPERVISOR)


def ask(session: Session, actor: Actor, way: Way, wanted: Wanted = BOTH, now: datetime = NOW) -> str:
    return letters.ask(Act.at(session, actor, now), point=way.point.public_id, wanted=wanted).public_id


def refusal(act: Any, *args: Any, **given: Any) -> Refusal:
    with pytest.raises(Rejected) as refused:
        act(*args, **given)
    return refused.value.refusal


class Paper:
    """What went to the printer."""

    def __init__(self) -> None:
        self.pages: list[Printed] = []

    def __call__(self, pages: list[Printed]) -> bytes:
        self.pages += pages
        return b"%PDF"


def printed(session: Session, vault: Vault, actor: Actor, *public_ids: str, paper: Any = None) -> list[Printed]:
    paper = paper or Paper()
    letters.print_letters(Act.at(session, actor, NOW), public_ids=public_ids, compose=paper)
    return list(paper.pages)


@pytest.mark.parametrize("state", LetterState)
@pytest.mark.parametrize("event", LetterEvent)
def test_what_may_follow_is_one_table(state: LetterState, event: LetterEvent):
    assert find_next_state(state, event) == TRANSITIONS[state].get(event)


def test_a_first_letter_speaks_of_no_earlier_keys(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    session.execute(delete(AccessKey))
    session.commit()
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    assert not letters.has_earlier_open_keys(
        Act.of_system(session, NOW), letter=session.scalars(select(KeyLetter)).one()
    )
    (page,) = printed(session, vault, supervisor, name)
    assert not page.earlier_open
    said = letter_paper.as_page(page, FIRST, "https://portal.example", NOW)
    assert "anteriores" not in said["ends"]


def test_a_letter_goes_its_way_and_its_keys_open(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    (page,) = printed(session, vault, supervisor, name)
    assert (page.company.id, page.point.id) == (way.contract.company_id, way.point.id)
    letters.dispatch(Act.at(session, operator, NOW), public_id=name, carrier="Servientrega", tracking_number="98765")
    letter = session.scalars(select(KeyLetter)).one()
    assert (letter.state, letter.tracking_number) == (LetterState.DISPATCHED, "98765")
    assert letter.text_version == TEXT_VERSION
    assert page.web_key
    assert page.numeric_key
    assert page.earlier_open
    keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=page.web_key)
    opened = keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=page.numeric_key)
    assert opened.public_id == way.point.public_id
    # The key before ended with the first use of the new one.
    with pytest.raises(Rejected):
        keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    events = session.scalars(select(AuditEvent.event).where(AuditEvent.subject == name)).all()
    assert events == ["letter:requested", "letter:approved", "letter:printed", "letter:dispatched"]
    said = " ".join(session.scalars(select(AuditEvent.details)).all())
    assert page.web_key not in said
    assert page.numeric_key not in said
    assert audit.verify(session) is None


def test_nobody_decides_about_the_own_request(session: Session, way: Way, supervisor: Actor):
    name = ask(session, supervisor, way)
    assert refusal(letters.approve, Act.at(session, supervisor, NOW), public_id=name) is Refusal.OWN_REQUEST
    assert refusal(letters.reject, Act.at(session, supervisor, NOW), public_id=name, reason="No") is Refusal.OWN_REQUEST
    assert session.scalars(select(KeyLetter.state)).one() is LetterState.REQUESTED


def test_a_letter_is_printed_once_even_at_once(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    session.rollback()

    def print_it(_number: int) -> str:
        with sessions() as own:
            try:
                return printed(own, vault, supervisor, name)[0].numeric_key or ""
            except letters.Spent:
                return "gone"

    with ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(print_it, range(2)), key=len)
    assert done[0] == "gone"
    assert len(done[1]) == 9


def test_paper_that_cannot_be_made_leaves_every_key_as_it_was(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)

    def jams(_pages: list[Printed]) -> bytes:
        raise OSError("planted")

    with pytest.raises(OSError, match="planted"):
        printed(session, vault, supervisor, name, paper=jams)
    session.rollback()
    assert session.scalars(select(KeyLetter.state)).one() is LetterState.APPROVED
    keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=way.web_key)
    assert printed(session, vault, supervisor, name)


def test_what_is_not_approved_is_not_printed_and_what_is_printed_is_not_taken_back(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name = ask(session, operator, way)
    with pytest.raises(Conflict):
        printed(session, vault, supervisor, name)
    with pytest.raises(NotAllowed):
        printed(session, vault, operator, name)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    printed(session, vault, supervisor, name)
    with pytest.raises(Conflict):
        letters.cancel(Act.at(session, operator, NOW), public_id=name)
    assert (
        refusal(letters.dispatch, Act.at(session, operator, NOW), public_id=name, carrier="X", tracking_number=" ")
        is Refusal.TRACKING_MISSING
    )


def test_a_point_gets_one_letter_a_day_and_four_in_thirty_days_but_from_a_supervisor(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    def sent(actor: Actor, now: datetime) -> None:
        name = ask(session, actor, way, NUMERIC, now)
        another = staff(session, Role.SUPERVISOR)
        letters.approve(Act.at(session, another, now), public_id=name)
        printed(session, vault, another, name)
        letters.dispatch(Act.at(session, operator, now), public_id=name, carrier="X", tracking_number="1")

    first = ask(session, operator, way, NUMERIC)
    assert refusal(ask, session, operator, way) is Refusal.LETTER_UNDER_WAY
    letters.cancel(Act.at(session, operator, NOW), public_id=first)
    # One that was taken back does not count.
    sent(operator, NOW)
    assert refusal(ask, session, operator, way) is Refusal.LETTERS_SPENT
    for day in (1, 2, 3):
        sent(operator, NOW + timedelta(days=day))
    assert refusal(ask, session, operator, way, NUMERIC, NOW + timedelta(days=5)) is Refusal.LETTERS_SPENT
    sent(supervisor, NOW + timedelta(days=5))


def test_a_letter_without_a_key_or_a_reason_is_refused(session: Session, way: Way, operator: Actor):
    nothing = Wanted(renews_web=False, renews_numeric=False, compromised=False, reason="x")
    assert refusal(ask, session, operator, way, nothing) is Refusal.LETTER_EMPTY
    silent = Wanted(renews_web=False, renews_numeric=True, compromised=False, reason="  ")
    assert refusal(ask, session, operator, way, silent) is Refusal.REASON_MISSING
    assert session.scalars(select(KeyLetter)).all() == []


def test_letters_of_one_contract_printed_together_carry_the_same_web_key(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    with transaction(session):
        factories.delivery_point(session, contract=session.merge(way.contract))
    company = way.contract.company.public_id
    batch_id = letters.ask_for_company(Act.at(session, operator, NOW), company=company, wanted=BOTH)
    names = [row.letter.public_id for row in letters.list_batch(Act.at(session, operator, NOW), batch_id=batch_id)]
    assert len(names) == 2
    for name in names:
        letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    first, second = printed(session, vault, supervisor, *names)
    assert first.web_key == second.web_key
    assert first.numeric_key != second.numeric_key
    assert (
        refusal(letters.ask_for_company, Act.at(session, operator, NOW), company=company, wanted=BOTH)
        is Refusal.NO_LETTER_POSSIBLE
    )


def test_a_paper_holds_forty_letters_and_never_parts_those_of_one_web_key():
    def letter(name: str, contract: int, *, web: bool) -> KeyLetter:
        return KeyLetter(public_id=name, contract_id=contract, renews_web=web)

    single = [letter(f"n{number}", 1, web=False) for number in range(39)]
    pair = [letter("a", 2, web=True), letter("b", 2, web=True)]
    assert letters.select_next_paper([*single, *pair]) == single
    assert letters.select_next_paper([*single[:38], *pair]) == [*single[:38], *pair]
    many = [letter(f"w{number}", 3, web=True) for number in range(41)]
    assert letters.select_next_paper([*many, *single]) == many


def test_keys_that_end_unused_are_asked_for_together(session: Session, way: Way, operator: Actor):
    assert letters.list_expiring(Act.of_system(session, NOW)) == []
    later = NOW + timedelta(days=20)
    assert [point.id for point in letters.list_expiring(Act.of_system(session, later))] == [way.point.id]
    batch_id = letters.ask_for_expiring(Act.at(session, operator, later), reason="Vencen")
    (row,) = letters.list_batch(Act.at(session, operator, NOW), batch_id=batch_id)
    assert (row.letter.renews_web, row.letter.renews_numeric) == (False, True)


def test_a_revoked_key_opens_nothing_from_that_moment_and_the_company_is_told(
    session: Session, vault: Vault, way: Way, operator: Actor
):
    point = way.point.public_id
    done = letters.revoke(Act.at(session, operator, NOW), point=point, kind=KeyKind.NUMERIC, reason="Robo")
    assert done == 1
    with pytest.raises(Rejected):
        keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "key-revoked")).one()
    assert way.point.name in mail.body
    assert (
        refusal(letters.revoke, Act.at(session, operator, NOW), point=point, kind=KeyKind.NUMERIC, reason="Robo")
        is Refusal.NO_KEY_TO_REVOKE
    )


def test_a_blocked_pair_is_let_in_by_a_supervisor_after_a_check(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=way.web_key)
    point, now = way.point.public_id, NOW

    def type_in(key: str) -> None:
        keys.open_point(Act.at(session, way.actor, now), delivery_point=way.point, typed=key)

    for _ in range(PAIR_BLOCK):
        with pytest.raises(Rejected):
            type_in(wrong_numeric_key(way))
        now += timedelta(hours=1)
        keys.open_contract(Act.at(session, way.actor, now), modality=way.modality, typed=way.web_key)
    with pytest.raises(TooManyAttempts):
        type_in(way.numeric_key)
    (row,) = letters.load_keys_of_point(Act.at(session, operator, now), public_id=point).blocked
    assert (row.email, row.consecutive, row.blocked) == (way.actor.email, PAIR_BLOCK, True)
    given = {"point": point, "email": way.actor.email, "check": "Llamó y dio el radicado"}
    with pytest.raises(NotAllowed):
        letters.unlock(Act.at(session, operator, now), **given)
    assert refusal(letters.unlock, Act.at(session, supervisor, now), **given | {"check": " "}) is Refusal.REASON_MISSING
    letters.unlock(Act.at(session, supervisor, now), **given)
    type_in(way.numeric_key)
    with pytest.raises(NotFound):
        letters.unlock(Act.at(session, supervisor, now), **given)


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.ADMIN, Role.CUSTOMER])
def test_other_roles_have_no_part_in_it(session: Session, way: Way, role: Role):
    nobody = staff(session, role)
    acts = [
        lambda: ask(session, nobody, way),
        lambda: letters.count_letters(Act.at(session, nobody, NOW)),
        lambda: letters.search_points(Act.at(session, nobody, NOW), text="eds"),
        lambda: letters.load_keys_of_point(Act.at(session, nobody, NOW), public_id=way.point.public_id),
        lambda: letters.revoke(Act.at(session, nobody, NOW), point=way.point.public_id, kind=KeyKind.WEB, reason="x"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def printed_letter(session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor) -> tuple[str, Printed]:
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    (page,) = printed(session, vault, supervisor, name)
    return name, page


def test_a_lost_letter_opens_nothing_and_leaves_room_for_another(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name, page = printed_letter(session, vault, way, operator, supervisor)
    assert refusal(ask, session, operator, way) is Refusal.LETTER_UNDER_WAY
    letters.report_lost(Act.at(session, operator, NOW), public_id=name, reason="Se atascó en la impresora")
    with pytest.raises(Rejected):
        keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=str(page.web_key))
    with pytest.raises(Rejected):
        keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=str(page.numeric_key))
    # The keys before it are as good as they were.
    keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=way.web_key)
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    again = ask(session, operator, way)
    assert again != name
    with pytest.raises(letters.Spent):
        printed(session, vault, supervisor, name)
    # It had not left: nobody outside is told.
    assert session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "letter-lost")).all() == []


def test_a_dispatched_letter_that_never_came_is_given_up_and_the_company_told(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name, _ = printed_letter(session, vault, way, operator, supervisor)
    letters.dispatch(Act.at(session, operator, NOW), public_id=name, carrier="Servientrega", tracking_number="1")
    assert (
        refusal(letters.report_lost, Act.at(session, operator, NOW), public_id=name, reason=" ")
        is Refusal.REASON_MISSING
    )
    letters.report_lost(Act.at(session, operator, NOW), public_id=name, reason="No llegó")
    assert len(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "letter-lost")).all()) == 1
    with pytest.raises(Conflict):
        letters.report_lost(Act.at(session, operator, NOW), public_id=name, reason="Otra vez")


def test_a_letter_whose_key_was_used_arrived(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name, page = printed_letter(session, vault, way, operator, supervisor)
    keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=str(page.web_key))
    given = {"public_id": name, "reason": "No llegó"}
    assert refusal(letters.report_lost, Act.at(session, operator, NOW), **given) is Refusal.LETTER_ARRIVED


def test_a_letter_carries_its_web_key_as_a_code_that_no_request_sends_and_the_numeric_key_never(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    (page,) = printed(session, vault, supervisor, name)
    address = letter_paper.web_key_address(page, "https://portal.example/")
    asked, _, key = address.partition("#")
    assert asked == f"https://portal.example/cuentas-de-balance/{way.modality.value}/clave-web"
    assert key == page.web_key
    said = letter_paper.as_page(page, FIRST, "https://portal.example", NOW)
    assert said["qr"] == qr_codes.as_svg(address)
    without = replace(page, web_key=None)
    said = letter_paper.as_page(without, FIRST, "https://portal.example", NOW)
    assert said["qr"] == ""
    assert "QR" not in " ".join(said["steps"])
    for pages in ([page], [without]):
        made = letter_paper.as_pdf(pages, distributor=FIRST, base_url="https://portal.example", now=NOW)
        assert len(PdfReader(io.BytesIO(made)).pages) == 1


def test_the_letter_of_another_distributor_is_its_own(
    session: Session, vault: Vault, way: Way, operator: Actor, supervisor: Actor
):
    name = ask(session, operator, way)
    letters.approve(Act.at(session, supervisor, NOW), public_id=name)
    pages = printed(session, vault, supervisor, name)
    made = letter_paper.as_pdf(pages, distributor=SECOND, base_url="https://portal.example", now=NOW)
    paper = PdfReader(io.BytesIO(made))
    said = "\n".join([*(page.extract_text() for page in paper.pages), str(paper.metadata)])
    assert BRAND.findall(said) == []
    assert f"{FIRST.city}, 23 de" not in said
    for words in (
        SECOND.legal_name,
        f"NIT {SECOND.nit}",
        SECOND.telephone,
        f"{SECOND.city}, 23 de",
        f"Por {SECOND.name}",
    ):
        assert words in said, words
