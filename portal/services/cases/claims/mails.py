"""Mails of claims, to the person who opened one and to the company's contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.domain.calendar import day_words
from portal.domain.claims import STATE_WORDS, ClaimState
from portal.domain.gas_day import GasDay
from portal.domain.readings import is_old
from portal.services.mail import outbox
from portal.services.mail.letters import write_closing
from portal.services.store.acts import Act

TERM = "El contrato admite reclamos contra facturas de hasta cinco meses (cláusula 69)."
OUT_OF_TERM = (
    "Ese día tiene más de cinco meses y el contrato no admite reclamos contra facturas de más de cinco meses "
    "(cláusula 69). Lo leemos y le respondemos, pero no cambia por sí solo lo facturado."
)


@dataclass(frozen=True, slots=True)
class About:
    """Claim of a mail, its recipients, and the page of the claim."""

    filing_number: str
    point_name: str
    gas_day: GasDay
    recipients: tuple[str, ...]
    url: str


def acknowledge(act: Act, *, about: About, due: date) -> None:
    """Acknowledge a claim with its number, the last day of an answer, and the contract's term (cl. 69)."""
    _post(
        act,
        about,
        kind="claim-opened",
        subject=f"Recibimos su reclamo {about.filing_number}",
        says=(
            f"Recibimos el reclamo {about.filing_number}.",
            f"Lo respondemos a más tardar el {day_words(due)}. Mientras tanto puede agregar lo que haga falta.",
            OUT_OF_TERM if is_old(about.gas_day, GasDay.of(act.now)) else TERM,
        ),
    )


def post_answer(act: Act, *, about: About, text: str) -> None:
    """Mail the distributor's answer."""
    _post(
        act,
        about,
        kind="claim-answered",
        subject=f"Respuesta a su reclamo {about.filing_number}",
        says=(f"{act.distributor.name} respondió el reclamo {about.filing_number}:", text),
    )


def post_decision(act: Act, *, about: About, state: ClaimState, outcome: str) -> None:
    """Mail the outcome of the claim."""
    words = STATE_WORDS[state].lower()
    _post(
        act,
        about,
        kind="claim-decided",
        subject=f"Su reclamo {about.filing_number}: {words}",
        says=(f"{act.distributor.name} decidió el reclamo {about.filing_number}: {words}.", outcome),
    )


def _post(act: Act, about: About, *, kind: str, subject: str, says: tuple[str, ...]) -> None:
    facts = f"Punto de entrega: {about.point_name}\nDía de gas: {day_words(about.gas_day)}"
    body = (
        "\n\n".join(
            ("Hola:", *says, facts, f"El reclamo completo: {about.url}", "\n".join(write_closing(act.distributor)))
        )
        + "\n"
    )
    for recipient in about.recipients:
        outbox.post(act, kind=kind, recipient=recipient, subject=subject, body=body)
