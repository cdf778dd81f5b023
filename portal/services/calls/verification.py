"""Verification of a caller without any key: by a code, or by a call back with a supervisor's word.

The agent never sees or types a key. What is right opens a grant for the call's point, for a quarter of an hour.
Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, or_, select

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calls import (
    CODE_DIGITS,
    CODE_LIFE,
    CODE_MAILS_A_DAY,
    CODE_TRIES,
    CODE_TRIES_A_DAY,
    CODE_TRIES_PERIOD,
    GRANT_FOR,
    Verification,
)
from portal.domain.telephones import is_same_number, national
from portal.domain.typed_text import as_typed
from portal.models import Binding, Call, CallCode, Contact, DeliveryPoint
from portal.services import mail
from portal.services.keys import grants
from portal.services.mail import outbox
from portal.services.people import sessions
from portal.services.store import charges, counters
from portal.services.store.acts import Act
from portal.services.store.charges import Charged, Counted
from portal.services.store.permissions import require, require_account
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.trace import audit

from . import desk, followings

DAY = timedelta(days=1)
# Wrong codes of one agent at one point, and of everybody at it.
BY_AGENT, BY_POINT = "call-code", "call-code-day"
MAILED = "call-code-mail"


class ShownCode(NamedTuple):
    """Code of a signed-in customer, its end (aware, UTC), and the points for which it is good, by name."""

    code: str
    expires_at: datetime
    points: Sequence[DeliveryPoint]


class CodeUse(NamedTuple):
    """Use of a customer's code: by which agent, for which point, when; and until when the agent acts, None if over."""

    agent: str
    point: str
    used_at: datetime
    acts_until: datetime | None


class Reach(NamedTuple):
    """Way to reach a customer that is on file: whose it is, and the address or number."""

    name: str
    where: str


def make_code(act: Act) -> None:
    """Make a code for the signed-in customer, in place of an earlier one; commits."""
    user_id = require_account(act)
    with transaction(act.session):
        for earlier in act.session.scalars(_valid(act.now).where(CallCode.user_id == user_id)):
            earlier.spent_at = act.now
        _add_code(act, user_id=user_id)
        audit.record(act, event=AuditEvent.CALL_CODE_MADE, subject=act.actor.email)


def get_code(act: Act) -> ShownCode | None:
    """Return the customer's code while it is good, None when there is none."""
    user_id = require_account(act)
    found = act.session.scalars(
        _valid(act.now).where(CallCode.user_id == user_id).order_by(CallCode.id.desc()).limit(1)
    ).one_or_none()
    code = None if found is None else _open(act, found)
    if found is None or code is None:
        return None
    return ShownCode(code, found.expires_at, list_vouched_points(act))


def find_last_use(act: Act) -> CodeUse | None:
    """Return who last used a code of the signed-in customer within a day, None when nobody did."""
    user_id = require_account(act)
    call = act.session.scalars(
        select(Call)
        .where(Call.vouched_by_id == user_id, Call.verified_at > act.now - DAY)
        .order_by(Call.verified_at.desc(), Call.id.desc())
        .limit(1)
    ).one_or_none()
    if call is None or call.verified_at is None:
        return None
    until = call.granted_until if call.is_live_at(act.now) else None
    return CodeUse(call.agent.name, call.delivery_point.name, call.verified_at, until)


def list_vouched_points(act: Act) -> Sequence[DeliveryPoint]:
    """Return the points for which this customer's code is good, by name.

    Those whose numeric key the account gave right, in the version that still opens, under contracts that it may
    nominate for: nobody gets by telephone what their account may not do.
    """
    require_account(act)
    return (
        act.session.scalars(
            select(DeliveryPoint)
            .join(Binding, Binding.contract_id == DeliveryPoint.contract_id)
            .where(
                DeliveryPoint.id.in_(grants.list_proved_point_ids(act)),
                Binding.user_id == act.actor.user_id,
                Binding.disabled_at.is_(None),
                Binding.may_nominate,
            )
            .order_by(DeliveryPoint.sort_name)
        )
        .unique()
        .all()
    )


def list_addresses(act: Act, *, call: Call) -> Sequence[Reach]:
    """Return the registered addresses to which a code of this call may be mailed."""
    email = call.delivery_point.contract.company.contact_email
    return _list_reaches(act, call, email, lambda contact: contact.email, str.casefold)


def list_telephones(act: Act, *, call: Call) -> Sequence[Reach]:
    """Return the numbers on file that may be called back."""
    phone = call.delivery_point.contract.company.contact_phone
    return _list_reaches(act, call, phone, lambda contact: contact.phone, lambda number: national(number) or number)


def mail_code(act: Act, *, public_id: str, address: str | None = None) -> str:
    """Mail a code of this call to a registered address, the first on file unless one is named; return it; commits.

    Refuses (``Rejected``) an address that is not on file, and more than ten codes for a point in a day.
    """
    call = desk.get_call_to_verify(act, public_id=public_id)
    known = list_addresses(act, call=call)
    chosen = [each.where for each in known if address is None or each.where.casefold() == address.casefold()]
    if not chosen:
        raise Rejected(Refusal.NO_SUCH_ADDRESS, "address") if known else Rejected(Refusal.NO_ADDRESS_ON_FILE)
    session, call_id, point_id = act.session, call.id, call.delivery_point_id
    with transaction(session):
        call = desk.lock_call(session, call_id=call_id)
        if not counters.take(act, scope=MAILED, subject=str(point_id), limit=CODE_MAILS_A_DAY, period=DAY):
            raise Rejected(Refusal.CODE_MAILS_SPENT, "address", most=CODE_MAILS_A_DAY)
        for earlier in session.scalars(_valid(act.now).where(CallCode.call_id == call_id)):
            earlier.spent_at = act.now
        plain = _add_code(act, call_id=call_id, sent_to=chosen[0])
        outbox.post(
            act,
            kind="call-code",
            recipient=chosen[0],
            subject="Código para su llamada",
            body=_mail_words(act, call),
            secret=plain,
            expires_at=act.now + CODE_LIFE,
        )
        desk.record(act, AuditEvent.CALL_CODE_SENT, call=call, recipient=chosen[0])
    return chosen[0]


def verify_by_code(act: Act, *, public_id: str, typed: str, spoken_to: str = "") -> Call:
    """Verify the caller of an own call by the code that they read out, and open the grant; commits.

    ``spoken_to`` names who answered, where the distributor called a number: nobody knew it before.
    A code of an account that may nominate for the point, or one mailed within this call. Refuses (``Rejected``) a code
    of another form, which spends nothing, and a wrong, spent or expired one; ``TooManyAttempts`` after five wrong ones.
    """
    code = as_typed(typed).replace(" ", "").replace("-", "")
    if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
        raise Rejected(Refusal.CALL_CODE_FORMAT, "code")
    call = desk.get_call_to_verify(act, public_id=public_id)
    caller = _spoken_to(call, spoken_to)
    return _attempt(act, call_id=call.id, point_id=call.delivery_point_id, code=code, caller=caller)


def ask_to_call_back(act: Act, *, public_id: str, telephone: str, spoken_to: str = "") -> Call:
    """Ask a supervisor for their word on a caller who is called back at a number on file; commits.

    ``spoken_to`` as in ``verify_by_code``. Refuses (``Rejected``) a number that is not on file.
    """
    call = desk.get_call_to_verify(act, public_id=public_id)
    caller = _spoken_to(call, spoken_to)
    known = list_telephones(act, call=call)
    number = next((each.where for each in known if is_same_number(each.where, telephone)), None)
    if number is None:
        raise Rejected(Refusal.NO_SUCH_TELEPHONE, "telephone") if known else Rejected(Refusal.NO_TELEPHONE_ON_FILE)
    call_id = call.id
    with transaction(act.session):
        call = desk.lock_call(act.session, call_id=call_id)
        call.asked_telephone, call.asked_at = number, act.now
        call.session_id = _session_of(act)
        if caller is not None:
            call.caller = caller
        act.session.flush()
        desk.record(act, AuditEvent.CALL_BACK_ASKED, call=call, number=number)
        return call


def decide_call_back(act: Act, *, public_id: str, approves: bool) -> Call:
    """Give a supervisor's word that the caller was called back at the number on file, or refuse it; commits.

    Never about one's own call. Refuses (``Rejected``) one that waits for nobody any more.
    """
    user_id = require(act, Function.SUPERVISE_CALLS)
    call_id = desk.get_call_of_another(act, public_id=public_id).id
    with transaction(act.session):
        call = desk.lock_call(act.session, call_id=call_id)
        if call.asked_telephone is None or not desk.is_open(call, act):
            raise Rejected(Refusal.NOTHING_ASKED)
        number, call.asked_telephone, call.asked_at = call.asked_telephone, None, None
        if approves:
            call.approved_by_id = user_id
            _open_grant(act, call, Verification.CALL_BACK, reached_at=number)
        else:
            act.session.flush()
            desk.record(act, AuditEvent.CALL_BACK_REFUSED, call=call, number=number)
        return call


@dataclass(frozen=True, slots=True)
class _Right:
    code: CallCode
    method: Verification


def _attempt(act: Act, *, call_id: int, point_id: int, code: str, caller: str | None) -> Call:
    """Charge the attempt and commit, then compare; a code that does not fit keeps its charge."""
    session = act.session
    charged = _charge(act, point_id=point_id)
    with charges.give_back_on_error(session, charged) as ending, transaction(session):
        call = desk.lock_call(session, call_id=call_id)
        if not desk.is_open(call, act):
            raise NotFound
        right = _fitting(act, call, code)
        ending.wrong = right is None
        if right is None:
            charges.keep(session, charged)
            desk.record(act, AuditEvent.CALL_CODE_REFUSED, call=call)
        else:
            if right.code.user_id is not None:
                followings.begin(act, call=call, user_id=right.code.user_id)
            charges.give_back(session, charged)
            # After a right one counting begins anew for this agent; what the point takes in a day stays.
            counters.reset(act, scope=BY_AGENT, subject=_pair(act, point_id))
            right.code.spent_at = act.now
            call.vouched_by_id = right.code.user_id
            # The grant is for the browser in which the code was typed.
            call.session_id = _session_of(act)
            if caller is not None:
                call.caller = caller
            if right.code.user_id is not None:
                sessions.let_follow(session, user_id=right.code.user_id, until=act.now + GRANT_FOR, now=act.now)
            _open_grant(act, call, right.method, reached_at=right.code.sent_to)
    if ending.wrong:
        raise Rejected(Refusal.CALL_CODE_WRONG, "code")
    return call


def _spoken_to(call: Call, typed: str) -> str | None:
    """Return the name of who answered an outgoing call, None for one that came in; refuses (``Rejected``) none."""
    if call.about_day is None:
        return None
    return desk.read_caller(typed)


def _session_of(act: Act) -> int:
    if act.actor.session_id is None:
        raise NotAllowed
    return act.actor.session_id


def _charge(act: Act, *, point_id: int) -> Charged:
    """Count the attempt before anything is compared; commits. Refuses (``TooManyAttempts``) without charging."""
    charges.sweep(act)
    subjects = {BY_AGENT: _pair(act, point_id), BY_POINT: str(point_id)}

    def write() -> Charged:
        with transaction(act.session):
            found = counters.lock_all(act, subjects=subjects)
            for scope, most, period in (
                (BY_AGENT, CODE_TRIES, CODE_TRIES_PERIOD),
                (BY_POINT, CODE_TRIES_A_DAY, DAY),
            ):
                ends = counters.roll(found[scope], period=period, now=act.now)
                if found[scope].count >= most:
                    raise TooManyAttempts(ends)
            counted = [Counted(each.scope, each.subject, each.last_at) for each in found.values()]
            for counter in found.values():
                counters.add(counter, now=act.now)
            act.session.flush()
            return charges.begin(act, counted=counted)

    return repeat_after_deadlock(write)


def _pair(act: Act, point_id: int) -> str:
    return f"{act.actor.user_id}:{point_id}"


def _fitting(act: Act, call: Call, code: str) -> _Right | None:
    """Return the good code that was typed: of this call, or of an account that may nominate for its point."""
    bound = select(Binding.user_id).where(
        Binding.contract_id == call.delivery_point.contract_id, Binding.disabled_at.is_(None), Binding.may_nominate
    )
    candidates = act.session.scalars(
        _valid(act.now).where(or_(CallCode.call_id == call.id, CallCode.user_id.in_(bound))).order_by(CallCode.id)
    ).all()
    # All of them are compared, so that the time tells nothing.
    typed_here = [each for each in candidates if hmac.compare_digest(_open(act, each) or "", code)]
    fitting = [each for each in typed_here if each.user_id is None or _vouches(act, each.user_id, call)]
    if not fitting:
        return None
    chosen = fitting[0]
    return _Right(chosen, Verification.CODE if chosen.user_id is not None else Verification.MAIL)


def _vouches(act: Act, user_id: int, call: Call) -> bool:
    """Tell whether an account gave the point's numeric key right, in the version that still opens."""
    return call.delivery_point_id in grants.list_proved_before(act.for_account(user_id))


def _open_grant(act: Act, call: Call, method: Verification, *, reached_at: str | None) -> None:
    call.method, call.verified_at, call.granted_until = method, act.now, act.now + GRANT_FOR
    call.reached_at, call.stopped_at = reached_at, None
    act.session.flush()
    desk.record(act, AuditEvent.CALL_VERIFIED, call=call, method=method.value)


def _valid(now: datetime) -> Select[CallCode]:
    return select(CallCode).where(CallCode.spent_at.is_(None), CallCode.expires_at > now)


def _mail_words(act: Act, call: Call) -> str:
    """Return the words of the mail; the code takes its place when it leaves."""
    minutes, ours, point = int(CODE_LIFE.total_seconds() // 60), act.distributor, call.delivery_point.name
    asks = (
        f"Una persona que dice llamarse {call.caller} está hablando con {ours.name} sobre {point}. Si es usted o "
        "alguien de su empresa, díctele este código:"
    )
    lasts = (
        f"Sirve una sola vez y durante {minutes} minutos. Con él, quien atiende puede nominar por ese punto durante un "
        "cuarto de hora; el comprobante llega a todos los contactos de la empresa."
    )
    warns = (
        "Si nadie de su empresa está llamando, no dé el código a nadie y avise al PBX "
        f"{ours.telephone}. Nunca le pediremos por teléfono su clave web ni su código de seguridad."
    )
    signature = "\n".join(mail.letters.write_closing(ours))
    return f"Hola:\n\n{asks}\n\n{outbox.LINK_PLACE}\n\n{lasts}\n\n{warns}\n\n{signature}\n"


def _add_code(act: Act, *, user_id: int | None = None, call_id: int | None = None, sent_to: str | None = None) -> str:
    """Write a new code, sealed, inside the caller's transaction; return it."""
    public_id = secrets.token_urlsafe(12)
    plain = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    row = CallCode(
        public_id=public_id,
        user_id=user_id,
        call_id=call_id,
        sent_to=sent_to,
        sealed=act.vault.seal_secret(plain, _owner(public_id)),
        made_at=act.now,
        expires_at=act.now + CODE_LIFE,
    )
    act.session.add(row)
    act.session.flush()
    return plain


def _open(act: Act, code: CallCode) -> str | None:
    return act.vault.open_secret(code.sealed, _owner(code.public_id))


def _owner(public_id: str) -> str:
    return f"call-code:{public_id}"


def _list_reaches(
    act: Act,
    call: Call,
    on_file: str | None,
    reach_of: Callable[[Contact], str | None],
    comparable: Callable[[str], str],
) -> Sequence[Reach]:
    """Return where to reach the company, then its contacts: each place once, under the first name that has it."""
    company = call.delivery_point.contract.company
    named = [(company.contact_name or company.name, on_file)]
    named += [(each.name, reach_of(each)) for each in mail.list_contacts(act.session, company_id=company.id)]
    found: dict[str, Reach] = {}
    for name, where in named:
        if where:
            found.setdefault(comparable(where), Reach(name, where))
    return list(found.values())
