"""Receipt of a nomination as PDF; every word and figure ready, the template only places them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from portal.domain.calendar import day_words
from portal.domain.calls import METHOD_WORDS
from portal.domain.keys import print_code
from portal.domain.month_proofs import write_receipt
from portal.domain.nominations import Channel, ReceiptStanding
from portal.domain.quantities import Unit, plain, spell_out
from portal.models import Nomination
from portal.services.files.typst import typeset
from portal.services.nominations import FollowUp, get_follow_up
from portal.services.nominations.mails import name_kind
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from portal.services.trace import receipts
from portal.web.filters import clock_words, hour_words, measure, zoned_words
from portal.words.nominations import RECEIPT_NOTES, WITHDRAWN, receipt_sign, replaced_words, withdrawn_words

from . import qr_codes
from .letterhead import letterhead

TEMPLATE = Path(__file__).parents[1] / "templates" / "nominations" / "receipt.typ"
CHECK_PATH = "/verificar/comprobante"


def as_pdf(act: Act, *, nomination: Nomination) -> bytes:
    """Return the receipt as a PDF of one page, with the standing of the request at ``now``.

    ``base_url`` is where the portal is reached.
    """
    follows = get_follow_up(act, nomination=nomination)
    said = present(nomination, follows=follows, vault=act.vault, base_url=act.base_url, now=act.now)
    data = said | {"letterhead": letterhead(act.distributor)}
    return typeset(TEMPLATE, data, now=act.now, complete_in="la página de la nominación")


def file_name(nomination: Nomination) -> str:
    """Return the name of the file, which contains the radicado."""
    return f"comprobante-{nomination.filing_number}.pdf"


def check_address(nomination: Nomination, *, code: str, base_url: str) -> str:
    """Return the public address that verifies the paper, with radicado and code filled in."""
    asked = urlencode({"radicado": nomination.filing_number, "codigo": print_code(code)})
    return f"{base_url.rstrip('/')}{CHECK_PATH}?{asked}"


def present(nomination: Nomination, *, follows: FollowUp, vault: Vault, base_url: str, now: datetime) -> dict[str, Any]:
    """Return the data of the template."""
    point, code = nomination.delivery_point, receipts.seal(vault, nomination=nomination)
    address = check_address(nomination, code=code, base_url=base_url)
    what, first = name_kind(nomination), nomination.chain_position == 1
    return {
        "title": f"Comprobante {nomination.filing_number}",
        "carried": write_receipt(
            nomination.filing_number or "",
            code,
            nomination.gas_day,
            "0" if nomination.cancels else plain(nomination.quantity),
        ),
        "sign": receipt_sign(follows.standing, what),
        "past": follows.standing.is_past,
        "number": nomination.filing_number,
        "rows": _rows(nomination, what),
        "notes": _notes(nomination, follows, now),
        "chain": [
            f"Comprobante {nomination.chain_position} de {point.name}.",
            f"Huella de este comprobante: {_short(nomination.receipt_hash)}",
            f"Huella del anterior: {'es el primero' if first else _short(nomination.previous_hash)}",
        ],
        "seal": {
            "code": print_code(code),
            "page": base_url.partition("://")[2].rstrip("/") + CHECK_PATH,
            "page-url": base_url.rstrip("/") + CHECK_PATH,
            "address": address,
            "qr": qr_codes.as_svg(address),
            "alt": "Código QR que lleva a la página que dice si este comprobante es auténtico",
        },
        "made": f"Generado el {clock_words(now)}",
    }


def _rows(nomination: Nomination, what: str) -> list[list[str]]:
    point = nomination.delivery_point
    other = nomination.gas.in_unit(Unit.MBTU if nomination.unit is Unit.M3 else Unit.M3)
    quantity = ["Cantidad", measure(nomination.quantity), f"{spell_out(nomination.quantity)} · {measure(other)}"]
    if nomination.cancels:
        quantity = ["Cantidad", "Anulada", WITHDRAWN]
    rows = [
        ["Punto de entrega", point.name, f"{point.contract.company.name} · contrato {point.contract.number}"],
        ["Día de gas", day_words(nomination.gas_day.date), "De 00:00 a 24:00"],
        ["Solicitud", what, f"Versión {nomination.revision} de ese día"],
        quantity,
        ["Hora de llegada", zoned_words(nomination.received_at), "Hora oficial de recibo"],
    ]
    if nomination.effective_at is not None:
        rows.append(["Rige desde", hour_words(nomination.effective_at), ""])
    if nomination.signed_by is not None:
        rows.append(["Firmada por", nomination.signed_by.name, nomination.signed_by.email])
    if nomination.channel is Channel.STANDING_ORDER:
        rows.append(["Cómo llegó", "Por su orden permanente", "Al cierre, porque nadie nominó ese día"])
    if nomination.call is not None and nomination.call.method is not None:
        rows.append(["La pidió", nomination.call.caller, f"en una llamada {METHOD_WORDS[nomination.call.method]}"])
    return rows


def _notes(nomination: Nomination, follows: FollowUp, now: datetime) -> list[str]:
    """Return the standing of the request at the printing, and how it was signed."""
    replaced = "" if follows.replaced_by is None else replaced_words(follows.replaced_by)
    reason = "" if follows.decision is None else follows.decision.reason
    became = RECEIPT_NOTES[follows.standing].format(replaced=replaced, reason=reason)
    if follows.standing is ReceiptStanding.WITHDRAWS:
        became = f"{became} {withdrawn_words(nomination, follows)}"
    what = "La orden permanente se firmó" if nomination.channel is Channel.STANDING_ORDER else "Se firmó"
    return [
        f"Al {hour_words(now)}: {became}",
        f"{what} con el código de seguridad del punto (Ley 527 de 1999).",
    ]


def _short(digest: bytes | None) -> str:
    text = (digest or b"").hex()[:32]
    return " ".join([text[at : at + 8] for at in range(0, len(text), 8)])
