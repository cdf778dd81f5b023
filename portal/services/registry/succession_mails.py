"""Mail about the succession of a point, to the company that has it from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA
from portal.domain.nominations import POLICY_WORDS, ClosePolicy
from portal.domain.quantities import Quantity, in_digits, in_digits_and_words
from portal.domain.quantities.units import UNIT_WORDS
from portal.models import Contract, Nomination
from portal.services import mail
from portal.services.mail import Letter, Topic
from portal.services.people import bindings
from portal.services.store.acts import Act

from .rows import Author

if TYPE_CHECKING:
    from .succession import Succession


def post(
    session: Session,
    *,
    done: Succession,
    contract: Contract,
    withdrawn: Sequence[tuple[Nomination, Nomination]],
    letter: bool,
    author: Author,
) -> None:
    """Mail the company's contacts for receipts and notices, the bound signers of withdrawn days, and the author.

    ``withdrawn`` never has another company's figures. Inside the caller's transaction.
    """
    signers = {before.signed_by for before, _ in withdrawn if before.signed_by is not None}
    bound = sorted(
        who.email for who in signers if bindings.is_bound(session, user_id=who.id, contract_id=_contract_of(withdrawn))
    )
    recipients = find_recipients(session, company_id=contract.company_id, besides=[author.actor.email, *bound])
    act = Act.of_system(session, author.now)
    mail.post(
        act,
        letter=_letter(act, done, contract, withdrawn, letter=letter),
        kind="receipt",
        recipients=recipients,
    )


def post_former(act: Act, *, done: Succession, contract: Contract) -> None:
    """Mail the company that had the point: until when, which days left its account, and where its balance is.

    Nothing about the company that has it now. Inside the caller's transaction.
    """
    session, day = act.session, done.after.starts_on
    unit, balance = done.before.unit, done.accounts.left
    says = [
        f"{done.before.name} ({done.before.carrier_code}) está en su cuenta hasta el {day_words(day.plus(-1).date)}.",
        f"Lo medido y lo autorizado desde el {day_words(day.date)} ya no está en su cuenta de balance.",
    ]
    side = balance_words(balance.in_unit(unit))
    if done.accounts.carried is None:
        kept = f"El saldo de {side} queda en su cuenta."
    else:
        kept = f"El saldo de {side} pasó a la cuenta que sigue, y la suya quedó en cero."
    letter = Letter(
        subject=f"{done.before.name}: su cuenta termina",
        says=[*says, kept],
        then=(f"Si algo de esto no es así, llame al PBX {act.distributor.telephone}.",),
        link=("Ver la cuenta", act.link(f"/cuentas-de-balance/{contract.modality.value}")),
    )
    recipients = find_recipients(session, company_id=contract.company_id, besides=[act.actor.email])
    mail.post(act, letter=letter, kind="receipt", recipients=recipients)


def find_recipients(session: Session, *, company_id: int, besides: Sequence[str]) -> Sequence[str]:
    """Return who of a company wants receipts or notices, each once; ``besides`` gets the receipt too."""
    receipts = mail.list_addresses(session, company_id=company_id, topic=Topic.RECEIPTS, besides=besides)
    return mail.deduplicate([*receipts, *mail.list_addresses(session, company_id=company_id, topic=Topic.NOTICES)])


def balance_words(balance: Quantity) -> str:
    """Return a balance by its size and side: "1.250 m³ a favor"."""
    side = " a favor" if balance.micro > 0 else " en contra" if balance.micro < 0 else ""
    return f"{in_digits(abs(balance))}{side}"


def rule_words(done: Succession) -> str:
    """Return in words the rule for a day of the new point that nobody nominates by its close.

    In another company there are no earlier days: its first days are zero under any rule.
    """
    if done.policy is ClosePolicy.ZERO:
        return POLICY_WORDS[done.policy]
    if done.within_company:
        return f"{POLICY_WORDS[done.policy]}, contando los de la cuenta de antes"
    return "se nomina cero mientras la cuenta nueva no tenga mediciones ni nominaciones"


def _letter(
    act: Act,
    done: Succession,
    contract: Contract,
    withdrawn: Sequence[tuple[Nomination, Nomination]],
    *,
    letter: bool,
) -> Letter:
    new, day = done.after, day_words(done.after.starts_on.date)
    if done.within_company:
        says = [
            f"Desde el {day}, {new.name} ({new.carrier_code}) sigue con otra cuenta de balance y otra clave numérica.",
            f"La cuenta de antes termina el {day_words(done.after.starts_on.plus(-1).date)}, con sus cifras de antes.",
        ]
        changed = [
            ("Unidad", UNIT_WORDS[done.before.unit], UNIT_WORDS[new.unit]),
            ("Punto de salida", done.before.exit_point, new.exit_point),
            ("Contrato", done.old_contract, done.new_contract),
        ]
        facts = [(what, f"{old}, desde ese día {this}") for what, old, this in changed if old != this]
        if done.move.before:
            first, last = done.move.before[0].gas_day, done.move.before[-1].gas_day
            facts.append(("Días que pasan a la cuenta nueva", f"del {day_words(first.date)} al {day_words(last.date)}"))
    else:
        says = [f"Desde el {day}, {new.name} ({new.carrier_code}) es un punto de entrega de su contrato."]
        facts = [("Contrato", done.new_contract), ("Unidad", UNIT_WORDS[new.unit]), ("Punto de salida", new.exit_point)]
    if done.accounts.carried is not None:
        facts.append(("Saldo que trae", balance_words(done.accounts.carried.in_unit(new.unit))))
    facts += [
        (
            f"{day_words(each.gas_day.date)}, {each.filing_number}",
            f"sin nominación: {in_digits_and_words(before.quantity)} quedó sin efecto",
        )
        for before, each in withdrawn
    ]
    key = "La clave numérica del punto llega por carta" + ("; ya se pidió." if letter else ".")
    until = ""
    if done.closes_at is not None:
        closes_at = done.closes_at.astimezone(BOGOTA)
        until = f" Para el {day}, hasta el {day_words(closes_at.date())} a las {closes_at:%H:%M}."
    if done.old_contract != done.new_contract:
        key = f"El contrato {done.new_contract} se abre con su propia clave web. {key}"
    return Letter(
        subject=f"{new.name} cambia desde el {day}" if done.within_company else f"Punto nuevo: {new.name}",
        says=says,
        facts=facts,
        then=(
            f"{key} La de antes no sirve para el punto nuevo." if done.within_company else key,
            f"Con ella nomine {'de nuevo ' if withdrawn else ''}los días que vienen.{until}",
            f"De un día que nadie nomine hasta su cierre, {rule_words(done)}.",
            f"Si algo de esto no es así, llame al PBX {act.distributor.telephone}.",
        ),
        link=("Ir a nominar", act.link(f"/nominacion/{contract.modality.value}")),
    )


def _contract_of(withdrawn: Sequence[tuple[Nomination, Nomination]]) -> int:
    return withdrawn[0][0].delivery_point.contract_id
