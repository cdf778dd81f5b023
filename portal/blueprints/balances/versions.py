"""Versions behind a figure, newest first: value, author, moment, origin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.quantities import Unit
from portal.domain.timetable import KIND_WORDS
from portal.services.account.explanations import Author, AuthorisationVersion, NominationRevision, ReadingVersion
from portal.web.distributor import current, named
from portal.web.filters import clock_words, exact

from .words import CHANNEL_WORDS, CUT_WORDS, STATE_WORDS


class Version(NamedTuple):
    """Version of a figure; the first of a list is in force."""

    name: str
    figure: str
    words: str
    moment: str
    source: str
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
                exact(each.quantity),
                KIND_WORDS[each.kind].lower(),
                f"recibida el {clock_words(each.at)}",
                named(CHANNEL_WORDS[each.channel]) + (f", {by(each.by)}" if each.by else ""),
                each.public_id if each.filing_number else None,
            )
            for each in revisions
        ]
    )


def authorisation_versions(versions: Sequence[AuthorisationVersion], unit: Unit) -> tuple[Version, ...]:
    """Return the versions of the authorised quantity, in ``unit``."""
    return tuple(
        [
            Version(
                f"Versión {each.version}",
                exact(each.gas.in_unit(unit)),
                "sin recorte" if each.cut_reason is None else f"recorte: {CUT_WORDS[each.cut_reason]}",
                f"registrada el {clock_words(each.at)}",
                by(each.by),
            )
            for each in versions
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
            )
            for each in versions
        ]
    )
