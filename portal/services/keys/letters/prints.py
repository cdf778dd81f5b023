"""Printing of letters: keys are made, put on paper and sealed in one call; they cannot be printed again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.keys import (
    TEXT_VERSION,
    UNUSED_KEY_LIFE,
    KeyKind,
    KeyState,
    LetterEvent,
    LetterState,
    find_next_state,
    generate_numeric_key,
    generate_web_key,
)
from portal.models import AccessKey, Company, Contract, DeliveryPoint, KeyLetter
from portal.services import keys
from portal.services.keys.key_proofs import OPENS
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .decisions import lock_letter, move
from .requests import LONGEST_REASON

MOST_ON_PAPER = 40


@dataclass(frozen=True, slots=True)
class Printed:
    """Content of one letter: recipient, objects, and its keys in plain text (None: this key is not renewed)."""

    letter: str
    company: Company
    contract: Contract
    point: DeliveryPoint
    web_key: str | None
    numeric_key: str | None
    ends_at: datetime
    earlier_open: bool


def select_next_paper(approved: Sequence[KeyLetter]) -> list[KeyLetter]:
    """Return the approved letters for one paper: forty, unless one contract's new web key needs more.

    Making keys takes time in which nobody else can write on SQLite. Letters that renew a contract's web key stay
    together, since they carry the same one.
    """
    together: dict[object, list[KeyLetter]] = {}
    for letter in approved:
        together.setdefault(letter.contract_id if letter.renews_web else letter.public_id, []).append(letter)
    paper: list[KeyLetter] = []
    for group in together.values():
        if paper and len(paper) + len(group) > MOST_ON_PAPER:
            break
        paper += group
    return paper


class Spent(Exception):
    """The letter was printed before: its keys are on that paper and nowhere else."""


def print_letters(act: Act, *, public_ids: Sequence[str], compose: Callable[[list[Printed]], bytes]) -> bytes:
    """Make the keys of approved letters, print them with ``compose``, seal them; return the paper; commits.

    Letters that renew one contract's web key carry the same one. The plain text of the keys exists in this call and on
    the paper only. ``Spent`` if one was printed before, ``Conflict`` if one is not approved, ``NotFound``, ``Rejected``
    for one's own request: the person who requests keys never holds them. On a refusal, and if the paper cannot be made,
    nothing is written and every earlier key stays valid.
    """
    session = act.session
    user_id = require(act, Function.APPROVE_KEYS)
    with act.vault.slot(), transaction(session):
        letters = [lock_letter(session, public_id) for public_id in sorted(public_ids)]
        if not letters:
            raise NotFound
        for letter in letters:
            if letter.state in (LetterState.PRINTED, LetterState.DISPATCHED, LetterState.LOST):
                raise Spent
            if find_next_state(letter.state, LetterEvent.PRINT) is None:
                raise Conflict("letter-moved")
        if any(letter.requested_by_id == user_id for letter in letters):
            raise Rejected(Refusal.OWN_REQUEST)
        web_keys: dict[int, str] = {}
        # Check before any key is made: letters of one contract carry the same new one.
        earlier = [not letter.compromised and has_earlier_open_keys(act, letter=letter) for letter in letters]
        pages = [
            _make(act, letter, web_keys, earlier_open) for letter, earlier_open in zip(letters, earlier, strict=True)
        ]
        for letter in letters:
            letter.state, letter.printed_at, letter.printed_by_id = LetterState.PRINTED, act.now, user_id
            letter.text_version = TEXT_VERSION
            letter.web_key_id = _newest(session, AccessKey.contract_id == letter.contract_id, letter.renews_web)
            letter.numeric_key_id = _newest(
                session, AccessKey.delivery_point_id == letter.delivery_point_id, letter.renews_numeric
            )
        session.flush()
        for letter in letters:
            audit.record(
                act,
                event=AuditEvent.LETTER_PRINTED,
                subject=letter.public_id,
                company_id=letter.delivery_point.contract.company_id,
                details={"point": letter.delivery_point.public_id, "text_version": TEXT_VERSION},
            )
        return compose(pages)


def _make(act: Act, letter: KeyLetter, web_keys: dict[int, str], earlier_open: bool) -> Printed:
    point = letter.delivery_point
    contract = point.contract
    if letter.renews_web and contract.id not in web_keys:
        web_keys[contract.id] = keys.add_version(
            act,
            contract_id=contract.id,
            delivery_point_id=None,
            plain=generate_web_key(secrets.randbelow),
            compromised=letter.compromised,
        )
    numeric_key = None
    if letter.renews_numeric:
        numeric_key = keys.add_version(
            act,
            contract_id=None,
            delivery_point_id=point.id,
            plain=generate_numeric_key(secrets.randbelow),
            compromised=letter.compromised,
        )
    return Printed(
        letter=letter.public_id,
        company=contract.company,
        contract=contract,
        point=point,
        web_key=web_keys.get(contract.id) if letter.renews_web else None,
        numeric_key=numeric_key,
        ends_at=act.now + UNUSED_KEY_LIFE,
        earlier_open=earlier_open,
    )


def _newest(session: Session, owner: object, renewed: bool) -> int | None:
    if not renewed:
        return None
    return session.scalars(select(AccessKey.id).where(owner).order_by(AccessKey.version.desc()).limit(1)).one()  # type: ignore[arg-type]


def has_earlier_open_keys(act: Act, *, letter: KeyLetter) -> bool:
    """Tell whether another version of a key that the letter renews opens at ``now``; false for a first letter."""
    owners = [
        and_(owner, AccessKey.id != (own or 0))
        for renews, owner, own in (
            (letter.renews_web, AccessKey.contract_id == letter.contract_id, letter.web_key_id),
            (letter.renews_numeric, AccessKey.delivery_point_id == letter.delivery_point_id, letter.numeric_key_id),
        )
        if renews
    ]
    unended = or_(AccessKey.valid_until.is_(None), AccessKey.valid_until > act.now)
    return bool(act.session.scalar(select(exists().where(or_(*owners), AccessKey.state.in_(OPENS), unended))))


def report_lost(act: Act, *, public_id: str, reason: str) -> KeyLetter:
    """Give up a printed letter as damaged or lost and end the keys that it carries; commits.

    Earlier keys stay valid as long as they would have been. Writes to the company if the letter had been dispatched.
    Refuses (``Rejected``) without a reason, and if a key of the letter was used: then it arrived, and is stopped by
    ``revoke``. ``Conflict`` if it is not printed or already given up.
    """
    session = act.session
    require(act, Function.REVOKE_KEYS)
    words = check_reason(reason, most=LONGEST_REASON)
    with transaction(session):
        letter = lock_letter(session, public_id)
        left = letter.state is LetterState.DISPATCHED
        carried = [each for each in (letter.web_key_id, letter.numeric_key_id) if each is not None]
        keys = session.scalars(
            select(AccessKey).where(AccessKey.id.in_(carried)).order_by(AccessKey.id).with_for_update(key_share=True)
        ).all()
        if any(key.activated_at is not None for key in keys):
            raise Rejected(Refusal.LETTER_ARRIVED)
        move(act, letter=letter, event=LetterEvent.LOSE, reason=words)
        for key in keys:
            if key.state is KeyState.ISSUED:
                key.state, key.ended_at = KeyState.REVOKED, act.now
        session.flush()
        contract = letter.delivery_point.contract
        for key in keys:
            audit.record(
                act,
                event=AuditEvent.WEB_KEY_REVOKED if key.kind is KeyKind.WEB else AuditEvent.NUMERIC_KEY_REVOKED,
                subject=contract.public_id if key.contract_id else letter.delivery_point.public_id,
                company_id=contract.company_id,
                details={"versions": 1, "reason": words, "letter": letter.public_id},
            )
        if left and contract.company.contact_email:
            outbox.post(
                act,
                kind="letter-lost",
                recipient=contract.company.contact_email,
                subject="Una carta con claves no llegó",
                body=f"La carta con claves para {letter.delivery_point.name} (contrato {contract.number}) se dio por "
                "perdida. Sus claves no abren nada; las anteriores siguen como estaban. Enviaremos otra carta.\n\n"
                f"Si usted la recibió, o no esperaba este aviso, llame al {act.distributor.telephone}.\n",
            )
        return letter
