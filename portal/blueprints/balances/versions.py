"""Versions behind a figure of a day, each with its standing; which of the requests of a day counts, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.nominations import STANDING_WORDS, Channel, ReceiptStanding
from portal.domain.quantities import Unit
from portal.domain.timetable import KIND_WORDS
from portal.services.account.explanations import Author, AuthorisationVersion, NominationRevision, ReadingVersion
from portal.web.distributor import current, named
from portal.web.filters import clock_words, exact

from .words import CHANNEL_WORDS, CUT_WORDS, STATE_WORDS

_SENT = "Vale la última que usted envió (versión {version})"
_SENT_BEFORE = "Vale la que usted envió antes (versión {version})"
_ORIGINS = {
    Channel.POLICY: "Nadie nominó: vale lo que se nominó por usted al cierre (versión {version})",
    Channel.STANDING_ORDER: "Nadie más nominó: vale lo de su orden permanente (versión {version})",
    Channel.CARRIED_OVER: "Viene de antes del portal (versión {version})",
}
_ORIGINS_BEFORE_LATE = _ORIGINS | {
    Channel.POLICY: "Nadie nominó a tiempo: vale lo que se nominó por usted al cierre (versión {version})",
    Channel.STANDING_ORDER: "Nadie más nominó a tiempo: vale lo de su orden permanente (versión {version})",
}
# After "La solicitud tardía de 6.000 m³ (versión 2) ": its outcome, where it came after the one in force.
_LATE = {
    ReceiptStanding.AWAITING: "espera la decisión del operador: mientras tanto no cuenta.",
    ReceiptStanding.REFUSED: "no cuenta: el operador no la aceptó.",
    ReceiptStanding.LAPSED: "no cuenta: el día terminó sin que el operador la decidiera.",
}
_NOTHING = "Ese día no tiene nominación en firme. Mientras no la tenga, ni haya cantidad autorizada, cuenta como cero."


def tell_in_force(in_force: NominationRevision, asked: Sequence[NominationRevision]) -> list[str]:
    """Return why this revision counts, and the outcome of the late ones after it."""
    late = _tell_late([each for each in asked if each.revision > in_force.revision])
    origin = _origin_of(in_force, before_late=bool(late)).format(version=in_force.revision)
    return [f"{origin}: {exact(in_force.quantity)}.", *late]


def tell_nothing(asked: Sequence[NominationRevision]) -> list[str]:
    """Return why a day has no nomination in force."""
    withdrawn = next((each for each in asked if each.standing is ReceiptStanding.WITHDRAWS), None)
    says = [] if withdrawn is None else [f"La nominación se anuló el {clock_words(withdrawn.at)}."]
    return [*says, *_tell_late(asked), _NOTHING]


def _tell_late(asked: Sequence[NominationRevision]) -> list[str]:
    """Return of each late request that is not in force, the oldest first, why."""
    return [
        f"La solicitud tardía de {exact(each.quantity)} (versión {each.revision}) {_LATE[each.standing]}"
        for each in reversed(asked)
        if each.standing in _LATE
    ]


def _origin_of(in_force: NominationRevision, *, before_late: bool) -> str:
    """Return who asked for a nomination, with a blank for its version."""
    origins = _ORIGINS_BEFORE_LATE if before_late else _ORIGINS
    if in_force.channel in origins:
        return origins[in_force.channel]
    if in_force.is_handed:
        return named("{distributor.name} la llevó de la cuenta de antes de este punto (versión {{version}})")
    if in_force.is_restated:
        return named("{distributor.name} la escribió al unir o dividir el punto (versión {{version}})")
    return _SENT_BEFORE if before_late else _SENT


class Version(NamedTuple):
    """Version of a figure; ``standing`` is its outcome in a word or two."""

    name: str
    figure: str
    words: str
    moment: str
    source: str
    standing: str = ""
    is_in_force: bool = False
    receipt: str | None = None


def by(author: Author | None) -> str:
    """Return the author: a person of the company by name, the distributor's people as such."""
    if author is None:
        return current().name
    return f"{current().name} ({author.name})" if author.is_staff else author.name


def nomination_versions(revisions: Sequence[NominationRevision]) -> tuple[Version, ...]:
    """Return the revisions of the nomination, each with its receipt when it has one."""
    return tuple(
        [
            Version(
                f"Versión {each.revision}",
                "Anulada" if each.cancels else exact(each.quantity),
                _kind_words(each),
                f"recibida el {clock_words(each.at)}",
                named(CHANNEL_WORDS[each.channel]) + (f", {by(each.by)}" if each.by else ""),
                STANDING_WORDS[_outcome(each, revisions[place - 1] if place else None)],
                each.standing is ReceiptStanding.IN_FORCE,
                each.public_id if each.filing_number else None,
            )
            for place, each in enumerate(revisions)
        ]
    )


def _outcome(asked: NominationRevision, later: NominationRevision | None) -> ReceiptStanding:
    """Return the outcome of a revision of a day without any in force: only the last one was cancelled."""
    if asked.standing is ReceiptStanding.CANCELLED and later is not None and not later.cancels:
        return ReceiptStanding.REPLACED
    return asked.standing


def authorisation_versions(
    versions: Sequence[AuthorisationVersion], unit: Unit, *, counts: bool
) -> tuple[Version, ...]:
    """Return the versions of the authorised quantity, in ``unit``; the last one ``counts`` or none does."""
    return tuple(
        [
            Version(
                f"Versión {each.version}",
                exact(each.gas.in_unit(unit)),
                "sin recorte" if each.cut_reason is None else f"recorte: {CUT_WORDS[each.cut_reason]}",
                f"registrada el {clock_words(each.at)}",
                by(each.by),
                *_is_first(place, counts=counts),
            )
            for place, each in enumerate(versions)
        ]
    )


def reading_versions(versions: Sequence[ReadingVersion]) -> tuple[Version, ...]:
    """Return the versions of the reading, in m³, each with its file and row or its author."""
    return tuple(
        [
            Version(
                f"Versión {each.version}",
                exact(each.volume),
                STATE_WORDS[each.state] if each.reason is None else f"{STATE_WORDS[each.state]}: {each.reason}",
                f"registrada el {clock_words(each.at)}",
                by(each.by) if each.file_name is None else f"archivo {each.file_name}, fila {each.line}",
                *_is_first(place, counts=True),
            )
            for place, each in enumerate(versions)
        ]
    )


def _is_first(place: int, *, counts: bool) -> tuple[str, bool]:
    """Return standing and mark of the version at ``place`` of a list whose first one counts, if any does."""
    return (STANDING_WORDS[ReceiptStanding.IN_FORCE], True) if counts and place == 0 else ("", False)


def _kind_words(asked: NominationRevision) -> str:
    if asked.cancels:
        return "anulación"
    return "solicitud tardía" if asked.is_late else KIND_WORDS[asked.kind].lower()
