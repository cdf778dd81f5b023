"""Full-text search of public texts, on both databases: the same words find the same passages."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.passages import Found, Passage, PassageKind
from portal.models import StoredPassage
from portal.services.store import passages
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.factories import NOW, TODAY

NOMINATE = Passage(PassageKind.GUIDE, "Nominar", "Elija el día de gas y escriba la cantidad total.", "/guia#nominar")
NOMINATION = Passage(PassageKind.TERM, "Nominación", "La cantidad que un punto pide para un día de gas.", "/guia#t")
CLAIM = Passage(PassageKind.SUMMARY, "Contrato: reclamos", "No se admiten contra facturas viejas.", "/contrato#punto-1")
BLOCKED = Passage(
    PassageKind.QUESTION, "Se bloqueó la clave", "Pida otra carta: el des-bloqueo lo hace la empresa.", "/q"
)


def write(session: Session, *found: Passage, source: str = "guide", nit: str | None = None) -> None:
    with transaction(session):
        passages.rewrite(session, source=source, passages=found, published_by=nit)


def search(session: Session, typed: str) -> Found:
    return passages.find(Act.of_system(session, NOW), typed=typed)


def paths(session: Session, typed: str) -> list[str]:
    return [hit.path for hit in search(session, typed).hits]


@pytest.fixture(autouse=True)
def _guide(session: Session) -> None:
    with transaction(session):
        session.execute(delete(StoredPassage))
    write(session, NOMINATE, NOMINATION, CLAIM, BLOCKED)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("nominación", NOMINATION),
        ("NOMINACION", NOMINATION),
        ("nominaciones", NOMINATION),
        ("reclamo", CLAIM),
        ("el reclamo", CLAIM),
        ("clave bloqueada", BLOCKED),
        ("factura vieja", CLAIM),
        ("escribir cantidad", NOMINATE),
        ("desbloqueo", BLOCKED),
        ("des-bloqueo", BLOCKED),
    ],
)
def test_accents_case_endings_and_little_words_do_not_matter(session: Session, typed: str, first: Passage):
    assert first.path in paths(session, typed)


def test_a_word_in_a_title_comes_before_one_in_a_text(session: Session):
    write(
        session,
        Passage(PassageKind.TERM, "Otra cosa", "Aquí se habla de la tolerancia una vez.", "/text"),
        Passage(PassageKind.TERM, "Tolerancia", "Lo que un desbalance puede pasar.", "/title"),
        source="terms",
    )
    assert paths(session, "tolerancia") == ["/title", "/text"]


def test_what_has_all_words_comes_alone_and_without_any_those_with_some(session: Session):
    assert paths(session, "clave carta") == [BLOCKED.path]
    found = search(session, "clave tolerancia")
    assert not found.all_words
    assert [hit.path for hit in found.hits] == [BLOCKED.path]
    assert search(session, "zarzamora").hits == ()


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "«»", "'", '"', "* OR", "NOT", "a & b | !c", "x:*", "\\", "%_", "(" * 200, "ñ" * 120],
)
def test_signs_of_a_query_language_are_only_typed_text(session: Session, typed: str):
    search(session, typed)


def test_a_source_is_written_anew_whole(session: Session):
    write(session, CLAIM)
    assert paths(session, "nominación") == []
    assert paths(session, "reclamo") == [CLAIM.path]
    write(session)
    assert paths(session, "reclamo") == []


def test_a_passage_is_found_in_its_time_alone(session: Session):
    tomorrow = TODAY.plus(1)
    write(
        session,
        Passage(PassageKind.NOTICE, "Mantenimiento pasado", "", "/past", None, GasDay(TODAY.date).start),
        Passage(PassageKind.NOTICE, "Mantenimiento de hoy", "", "/now", TODAY.start, tomorrow.start),
        Passage(PassageKind.NOTICE, "Mantenimiento por venir", "", "/later", tomorrow.start, None),
        source="notices",
    )
    assert paths(session, "mantenimiento") == ["/now"]


def test_what_another_distributor_publishes_is_not_found(session: Session):
    own = Act.of_system(session, NOW).distributor.nit
    write(session, Passage(PassageKind.DOCUMENT, "Reglamento ajeno", "", "/other"), source="a", nit="900999999-1")
    write(session, Passage(PassageKind.DOCUMENT, "Reglamento propio", "", "/own"), source="b", nit=own)
    assert paths(session, "reglamento") == ["/own"]


def test_the_words_found_are_marked_in_title_and_extract(session: Session):
    write(
        session, NOMINATION._replace(text="Una palabra. " * 60 + "Se nomina hasta el cierre, y después no."), source="x"
    )
    hit = next(hit for hit in search(session, "nominar cierre").hits if len(hit.extract) > 1)
    assert [piece.text for piece in hit.title if piece.is_match] == ["Nominación"]
    assert [piece.text for piece in hit.extract if piece.is_match] == ["nomina", "cierre"]
    text = "".join(piece.text for piece in hit.extract)
    assert text.startswith("…")
    assert len(text) <= passages.EXTRACT + 2


def test_a_word_with_a_hyphen_is_marked_whole():
    found = list(passages.mark_matches("La Re-nominación, y las renominaciones.", "renominacion"))
    assert [piece.text for piece in found if piece.is_match] == ["Re-nominación", "renominaciones"]
    assert "".join(piece.text for piece in found) == "La Re-nominación, y las renominaciones."
