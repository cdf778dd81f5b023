"""Words of the mails about a nomination: their kinds and states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.domain.counts import counted, join_words
from portal.domain.ports import Port
from portal.services.mail.outbox_desk import Lot
from portal.services.mail.receipt_mails import ReceiptMail
from portal.web.filters import moment_words

# Kinds of mails that are about a nomination.
KIND_WORDS: Mapping[str, str] = {
    "receipt": "Comprobante",
    "close": "Aviso del cierre",
    "late-decision": "Decisión del operador",
    "cut": "Aviso de recorte",
    "authorised": "Autorizada completa",
}
OTHER_KIND = "Correo"
# After the verb of a message.
PORT_WORDS: Mapping[Port, str] = {
    Port.MAIL: "por correo",
    Port.SMS: "por SMS",
    Port.WHATSAPP: "por WhatsApp",
    Port.PUSH: "en un equipo",
}
# After a count of mails: one, several.
STATE_WORDS: Mapping[Lot, tuple[str, str]] = {
    Lot.SENT: ("entregado", "entregados"),
    Lot.NEW: ("por salir", "por salir"),
    Lot.FAILING: ("que no ha podido salir", "que no han podido salir"),
    Lot.GIVEN_UP: ("que no se pudo entregar", "que no se pudieron entregar"),
}
# Of a receipt on its way: what stands before whom it is for, and after.
WAY_WORDS: Mapping[Lot, tuple[str, str]] = {
    Lot.SENT: ("se envió por correo a", ""),
    Lot.NEW: ("está por salir por correo a", ""),
    Lot.FAILING: ("no ha podido salir por correo a", "; se intenta de nuevo"),
    Lot.GIVEN_UP: ("no se pudo entregar por correo a", ""),
}
ORDER = (Lot.GIVEN_UP, Lot.FAILING, Lot.NEW, Lot.SENT)


def sum_up(mails: Sequence[ReceiptMail]) -> str:
    """Return how many mails are in which state, the worst first: "1 por salir y 2 entregados"."""
    states = [each.state for each in mails]
    return join_words([counted(states.count(lot), *STATE_WORDS[lot]) for lot in ORDER if lot in states])


def tell_way(mails: Sequence[ReceiptMail], *, kind: str, of_signer: bool) -> tuple[str, str] | None:
    """Return the state of the mails of a kind in words, before and after whom they are for; None without any.

    Of the signer's own mail, or of those to everybody: in one sentence when all are in one state, else with counts.
    """
    found = [each for each in mails if each.kind == kind and each.port is Port.MAIL]
    found = [each for each in found if each.is_signers][:1] if of_signer else found
    if not found:
        return None
    if len({each.state for each in found}) == 1:
        return WAY_WORDS[found[0].state]
    return "va por correo a", f": {sum_up(found)}"


def tell_state(mail: ReceiptMail, now: datetime) -> str:
    """Return the state of a mail with its moment, to stand after its recipient."""
    at = moment_words(mail.at, now)
    if mail.state is Lot.SENT:
        return f"entregado {'al servidor de correo' if mail.port is Port.MAIL else 'a quien lleva los mensajes'} {at}"
    if mail.state is Lot.NEW:
        return f"por salir desde {at}"
    if mail.again_at is None:
        return f"no se pudo entregar; se dejó de intentar {at}"
    return f"no salió {at}; se intenta otra vez {moment_words(mail.again_at, now)}"


def name_kind(mail: ReceiptMail) -> str:
    """Return the kind of a message in words, with its port unless it is a mail."""
    kind = KIND_WORDS.get(mail.kind, OTHER_KIND)
    return kind if mail.port is Port.MAIL else f"{kind} {PORT_WORDS[mail.port]}"


def is_trouble(mails: Sequence[ReceiptMail]) -> bool:
    """Tell whether a mail has not left though it was tried."""
    return any(each.state in (Lot.FAILING, Lot.GIVEN_UP) for each in mails)
