"""Documents: a version proposed by one person, published by another, in force in its days; on both databases."""

from __future__ import annotations

import hashlib
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.documents import DocumentKind
from portal.domain.gas_day import GasDay
from portal.domain.publications import PublicationState
from portal.models import AuditEvent, Document, DocumentVersion
from portal.services import market
from portal.services.market import Draft, Validity
from portal.services.store import passages
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.case_stage import PDF

SUMMARY = "# Plazos\nLa zarzaparrilla se responde en quince días. [art. 4]"
OTHER = "# Plazos\nLa zarzaparrilla se responde en diez días. [art. 4]\nTodo queda por escrito. [art. 5]"
SLUG = "reglamento-de-espera"


def act_of(session: Session, role: Role, at=NOW) -> Act:
    with transaction(session):
        user = factories.user(session, role=role)
    return Act.at(session, factories.signed_in(session, user, now=NOW), at)


@pytest.fixture
def operator(session: Session) -> Act:
    return act_of(session, Role.OPERATOR)


@pytest.fixture
def supervisor(session: Session) -> Act:
    return act_of(session, Role.SUPERVISOR)


def draft(**said) -> Draft:
    usual = {
        "slug": None,
        "kind": DocumentKind.REGULATION,
        "title": "Reglamento de espera",
        "valid_from": TODAY.date,
        "valid_through": None,
        "changes": "",
        "summary": SUMMARY,
        "file_name": "Reglamento.PDF",
        "content": PDF,
    }
    return Draft(**usual | said)


def another(**said) -> Draft:
    return draft(slug=SLUG, kind=None, title="", changes="Otro plazo.", summary=OTHER, **said)


def publish(operator: Act, supervisor: Act, said: Draft) -> str:
    version = market.propose_version(operator, draft=said)
    market.publish_version(supervisor, version=version)
    return version


def refusal(act: Act, said: Draft) -> Refusal:
    with pytest.raises(Rejected) as refused:
        market.propose_version(act, draft=said)
    act.session.rollback()
    return refused.value.refusal


def found(act: Act, typed: str = "zarzaparrilla") -> list[str]:
    return [hit.path for hit in passages.find(act, typed=typed).hits]


def test_nobody_sees_a_version_before_another_person_published_it(operator: Act, supervisor: Act):
    version = market.propose_version(operator, draft=draft())
    with pytest.raises(NotFound):
        market.open_document(operator, slug=SLUG)
    with pytest.raises(NotFound):
        market.load_file(operator, slug=SLUG, number=1)
    assert found(operator) == []
    market.publish_version(supervisor, version=version)
    opened = market.open_document(operator, slug=SLUG)
    assert [point.clause for point in opened.points] == ["art. 4"]
    stored, content = market.load_file(operator, slug=SLUG, number=1)
    assert (stored.name, stored.digest, content) == ("Reglamento.pdf", hashlib.sha256(PDF).digest(), PDF)
    assert found(operator) == [f"/documentos/{SLUG}?version=1#punto-1"]


def test_a_version_is_in_force_until_the_day_before_the_next_one(operator: Act, supervisor: Act):
    publish(operator, supervisor, draft(valid_from=date(2020, 1, 1)))
    tomorrow = TODAY.plus(1)
    publish(operator, supervisor, another(valid_from=tomorrow.date))
    opened = market.open_document(operator, slug=SLUG)
    assert (opened.version.number, opened.version.spans[-1].last) == (1, TODAY.date)
    assert [each.validity for each in opened.document.versions] == [Validity.TO_COME, Validity.IN_FORCE]
    assert found(operator) == [f"/documentos/{SLUG}?version=1#punto-1"]

    later = operator.moved(NOW + timedelta(days=1))
    opened = market.open_document(later, slug=SLUG)
    assert (opened.version.number, opened.version.spans[-1].last) == (2, None)
    assert [(each.before is None, each.after is None) for each in opened.changes] == [(False, False), (True, False)]
    assert found(later) == [f"/documentos/{SLUG}?version=2#punto-1"]
    assert market.open_document(later, slug=SLUG, number=2, base=1).base.number == 1


def test_a_version_with_a_last_day_ends_by_itself(operator: Act, supervisor: Act):
    publish(operator, supervisor, draft(valid_through=TODAY.date))
    assert market.open_document(operator, slug=SLUG).version.validity is Validity.IN_FORCE
    later = operator.moved(NOW + timedelta(days=1))
    assert market.open_document(later, slug=SLUG).version.validity is Validity.OVER
    assert found(later) == []


def test_where_a_version_ends_by_itself_the_one_before_is_in_force_again(operator: Act, supervisor: Act):
    publish(operator, supervisor, draft(valid_from=date(2020, 1, 1)))
    waits = market.propose_version(operator, draft=another(valid_from=TODAY.date, valid_through=TODAY.date))
    effect = market.review_version(supervisor, version=waits).effects[0]
    assert (effect.version.number, len(effect.before), len(effect.after)) == (1, 1, 2)
    market.publish_version(supervisor, version=waits)
    assert market.open_document(operator, slug=SLUG).version.number == 2
    assert found(operator) == [f"/documentos/{SLUG}?version=2#punto-1"]
    later = operator.moved(NOW + timedelta(days=1))
    assert market.open_document(later, slug=SLUG).version.number == 1
    assert found(later) == [f"/documentos/{SLUG}?version=1#punto-1"]


def test_of_two_that_begin_on_one_day_the_later_one_counts_and_is_opened(operator: Act, supervisor: Act):
    tomorrow = TODAY.plus(1).date
    publish(operator, supervisor, draft(valid_from=tomorrow))
    publish(operator, supervisor, another(valid_from=tomorrow))
    opened = market.open_document(operator, slug=SLUG)
    assert opened.version.number == 2
    assert [each.validity for each in opened.document.versions] == [Validity.TO_COME, Validity.REPLACED]


def test_one_takes_back_what_one_proposed_and_nobody_else_does(session: Session, operator: Act):
    version = market.propose_version(operator, draft=draft())
    with pytest.raises(NotAllowed):
        market.withdraw_version(act_of(session, Role.OPERATOR), version=version)
    market.withdraw_version(operator, version=version)
    market.propose_version(operator, draft=draft(slug=SLUG, kind=None, title="", changes="Otra vez."))
    with pytest.raises(Conflict):
        market.withdraw_version(operator, version=version)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"title": ""}, Refusal.DOCUMENT_TITLE),
        ({"title": "¿?"}, Refusal.DOCUMENT_TITLE),
        ({"title": "x" * 121}, Refusal.DOCUMENT_TITLE),
        ({"kind": None}, Refusal.DOCUMENT_KIND),
        ({"kind": DocumentKind.CONTRACT}, Refusal.DOCUMENT_CONTRACT_THERE),
        ({"title": "Contrato"}, Refusal.DOCUMENT_THERE),
        ({"valid_through": TODAY.plus(-1).date}, Refusal.DOCUMENT_VALIDITY),
        ({"changes": "x" * 2001}, Refusal.DOCUMENT_CHANGES_TOO_LONG),
        ({"summary": "Sin título. [art. 1]"}, Refusal.DOCUMENT_SUMMARY),
        ({"summary": "", "content": b"", "file_name": ""}, Refusal.DOCUMENT_EMPTY),
        ({"content": b""}, Refusal.DOCUMENT_NOT_PDF),
        ({"content": b"%PDF-1.7 cortado"}, Refusal.DOCUMENT_NOT_PDF),
        ({"content": b"PK\x03\x04"}, Refusal.DOCUMENT_NOT_PDF),
        ({"content": PDF + b" " * market.LARGEST_PDF}, Refusal.DOCUMENT_TOO_LARGE),
    ],
)
def test_what_cannot_be_published_is_refused_and_writes_nothing(operator: Act, said: dict, refused: Refusal):
    assert refusal(operator, draft(**said)) is refused
    kept = list(operator.session.scalars(select(Document.slug)))
    assert kept == ["contrato"]
    operator.session.rollback()


def test_a_later_version_says_what_changed_and_changes_something(operator: Act, supervisor: Act):
    publish(operator, supervisor, draft())
    assert refusal(operator, another()._replace(changes="")) is Refusal.DOCUMENT_CHANGES
    same = draft(slug=SLUG, changes="Nada.", file_name="otro.pdf")
    assert refusal(operator, same) is Refusal.DOCUMENT_UNCHANGED
    market.propose_version(operator, draft=another())
    assert refusal(operator, another()) is Refusal.DOCUMENT_PENDING
    with pytest.raises(NotFound):
        market.propose_version(operator, draft=another()._replace(slug="otro"))


def test_nobody_decides_about_the_own_version_and_nothing_is_decided_twice(session: Session, supervisor: Act):
    version = market.propose_version(supervisor, draft=draft())
    with pytest.raises(Rejected) as refused:
        market.publish_version(supervisor, version=version)
    assert refused.value.refusal is Refusal.OWN_REQUEST
    other = act_of(session, Role.SUPERVISOR)
    market.reject_version(other, version=version, reason="Falta la firma.")
    with pytest.raises(Conflict):
        market.publish_version(other, version=version)
    assert market.review_version(other, version=version).version.reason == "Falta la firma."
    assert market.list_documents(other)[0].slug == "contrato"
    assert len(market.list_documents(other)) == 1


def test_every_step_is_in_the_audit_with_the_checksum(session: Session, operator: Act, supervisor: Act):
    publish(operator, supervisor, draft())
    events = list(session.scalars(select(AuditEvent).where(AuditEvent.event.startswith("document:"))))
    assert [each.event for each in events] == ["document:proposed", "document:published"]
    assert all(hashlib.sha256(PDF).hexdigest() in each.details for each in events)


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_others_propose_and_publish_nothing(session: Session, operator: Act, role: Role):
    version = market.propose_version(operator, draft=draft())
    act = act_of(session, role)
    with pytest.raises(NotAllowed):
        market.propose_version(act, draft=draft(title="Otro"))
    with pytest.raises(NotAllowed):
        market.publish_version(act, version=version)


def test_two_who_publish_at_once_publish_once(sessions: sessionmaker[Session], operator: Act, session: Session):
    version = market.propose_version(operator, draft=draft())
    actors = [act_of(session, Role.SUPERVISOR).actor for _ in range(2)]
    session.rollback()
    outcomes: list[str] = []

    def work(actor) -> None:
        with sessions() as own:
            try:
                market.publish_version(Act.at(own, actor, NOW), version=version)
                outcomes.append("published")
            except Conflict:
                outcomes.append("decided")

    threads = [threading.Thread(target=work, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", "published"]
    row = session.scalars(select(DocumentVersion).where(DocumentVersion.public_id == version)).one()
    assert row.state is PublicationState.PUBLISHED


def test_the_contract_that_the_program_brings_is_in_force_since_july_2024(operator: Act):
    opened = market.open_document(operator, slug="contrato")
    assert opened.version.valid_from == date(2024, 7, 24)
    assert {"Medición", "Cómo se determina el consumo", "Plazos y notificaciones", "Datos personales"} <= {
        point.section for point in opened.points
    }
    assert all(point.clause.startswith(("cl. ", "anexo ")) for point in opened.points)
    assert GasDay(opened.version.valid_from).plus(-1).date == date(2024, 7, 23)
