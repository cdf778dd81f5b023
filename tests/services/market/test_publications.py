"""Tariffs are proposed by one person and published by another, on both databases."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.publications import PublicationState
from portal.domain.searched import comparable
from portal.domain.tariffs import Concept, Figure
from portal.models import AuditEvent, TariffFigure, TariffPublication
from portal.services import market
from portal.services.files import intake
from portal.services.market import BadTariffFile, TariffFiles
from portal.services.market.tariff_rows import CONCEPTS, _concept_key, parse_month
from portal.services.market.tariffs import digest_figures, list_figures
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.words.tariffs import CONCEPT_WORDS
from tests import factories
from tests.factories import NOW
from tests.tariffs import FIGURES, JUNE, MAY, changed, csv_of, xlsx_of

TRM = Figure(Concept.EXCHANGE_RATE)
NEW = changed(TRM, value=Decimal("3900.00"))


def act_of(session: Session, role: Role) -> Act:
    with transaction(session):
        user = factories.user(session, role=role)
    return Act.at(session, factories.signed_in(session, user, now=NOW), NOW)


@pytest.fixture
def operator(session: Session) -> Act:
    return act_of(session, Role.OPERATOR)


@pytest.fixture
def supervisor(session: Session) -> Act:
    return act_of(session, Role.SUPERVISOR)


def propose(act: Act, figures: list[Figure] = NEW, *, month=JUNE) -> str:
    kind = TariffFiles(month)
    upload = intake.keep(act, kind, name="tarifas.csv", content=csv_of(figures))
    shown = intake.preview_upload(act, kind, upload=upload).plan.fingerprint
    return intake.take_upload(act, kind, upload=upload, shown=shown)


def seen(act: Act, publication: str) -> str:
    return market.compare(act, publication=publication).fingerprint


def publish(act: Act, publication: str, *, day: date = JUNE.first.date, shown: str | None = None):
    shown = seen(act, publication) if shown is None else shown
    return market.publish(act, publication=publication, shown=shown, shown_from=day)


def states(session: Session) -> list[PublicationState]:
    session.rollback()
    return list(session.scalars(select(TariffPublication.state).order_by(TariffPublication.id)))


def test_a_proposal_is_kept_whole_and_shown_by_nobody_until_it_is_published(
    session: Session, operator: Act, supervisor: Act
):
    public_id = propose(operator)
    row = session.scalars(select(TariffPublication).where(TariffPublication.public_id == public_id)).one()
    assert (row.state, row.version, row.month) == (PublicationState.PROPOSED, 1, JUNE.first.date)
    stored = list_figures(session, publication_id=row.id)
    assert stored == NEW
    assert digest_figures(stored) == row.digest
    assert market.load_month(operator, month=JUNE) is None
    done = publish(supervisor, public_id)
    assert (done.state, done.shown_from) == (PublicationState.PUBLISHED, JUNE.first.date)
    found = market.load_month(supervisor, month=JUNE)
    assert found is not None
    assert found.sheet.charges[Concept.EXCHANGE_RATE] == Decimal("3900.00")
    said = session.scalars(select(AuditEvent.event).where(AuditEvent.event.startswith("tariffs:")))
    assert list(said) == ["tariffs:proposed", "tariffs:published"]


def test_a_workbook_and_a_csv_of_the_same_figures_have_one_digest(operator: Act):
    kind = TariffFiles(JUNE)
    plans = [intake.preview(operator, kind, content=content) for content in (csv_of(NEW), xlsx_of(NEW))]
    assert plans[0].fingerprint == plans[1].fingerprint
    assert plans[0].figures == plans[1].figures == tuple(NEW)


@pytest.mark.parametrize("typed", ["-0,00", "-0,6512", "0", "-0,6500"])
def test_a_figure_is_hashed_as_the_database_gives_it_back(session: Session, operator: Act, typed: str):
    content = csv_of().replace(b";p;;;;;-0,65;", f";p;;;;;{typed};".encode())
    kind = TariffFiles(JUNE, market.Review(all_at_once=True, note="Así se sigue."))
    with pytest.MonkeyPatch.context() as patch:
        # p moves the formula further than any publication may be from it.
        patch.setattr("portal.domain.tariffs.sheet.TOLERANCE", Decimal(100))
        plan = intake.preview(operator, kind, content=content)
        session.rollback()
        with transaction(session):
            public_id = kind.take_in(operator, intake.read(kind, content), intake.Taking("a.csv", plan.fingerprint))
    row = session.scalars(select(TariffPublication).where(TariffPublication.public_id == public_id)).one()
    assert digest_figures(list_figures(session, publication_id=row.id)) == row.digest


def test_nobody_decides_about_what_they_proposed(session: Session, supervisor: Act):
    public_id = propose(supervisor)
    with pytest.raises(Rejected) as refused:
        publish(supervisor, public_id)
    assert refused.value.refusal is Refusal.OWN_REQUEST
    with pytest.raises(Rejected) as refused:
        market.reject(supervisor, publication=public_id, reason="No.")
    assert refused.value.refusal is Refusal.OWN_REQUEST
    assert states(session) == [PublicationState.PUBLISHED, PublicationState.PROPOSED]


def test_each_role_does_what_the_table_says(session: Session, operator: Act, supervisor: Act):
    public_id = propose(operator)
    auditor, agent = act_of(session, Role.AUDITOR), act_of(session, Role.AGENT)
    for act in (operator, auditor, agent):
        with pytest.raises(NotAllowed):
            market.reject(act, publication=public_id, reason="No.")
    for act in (auditor, agent):
        with pytest.raises(NotAllowed):
            propose(act, month=MAY)
    assert len(market.list_publications(auditor)) == 2
    with pytest.raises(NotAllowed):
        market.list_publications(agent)
    with pytest.raises(NotAllowed):
        market.compare(agent, publication=public_id)


def test_what_was_decided_is_decided_once(operator: Act, supervisor: Act, session: Session):
    public_id = propose(operator)
    shown = seen(supervisor, public_id)
    market.reject(act_of(session, Role.SUPERVISOR), publication=public_id, reason="  Falta   algo. ")
    assert market.compare(supervisor, publication=public_id).publication.reason == "Falta   algo."
    with pytest.raises(Conflict) as conflict:
        publish(supervisor, public_id, shown=shown)
    assert conflict.value.reason == "tariffs-decided"


def test_what_was_not_shown_is_not_published(session: Session, operator: Act, supervisor: Act):
    july = propose(operator, month=JUNE.next)
    shown = seen(supervisor, july)
    publish(supervisor, propose(operator))
    with pytest.raises(Conflict) as conflict:
        publish(supervisor, july, shown=shown, day=NOW.date())
    assert conflict.value.reason == "tariffs-changed"
    with pytest.raises(Conflict):
        publish(supervisor, july, shown="", day=NOW.date())
    publish(supervisor, july, day=NOW.date())


def test_a_proposal_whose_digest_is_not_that_of_its_figures_is_not_published(
    session: Session, operator: Act, supervisor: Act
):
    public_id = propose(operator)
    with transaction(session):
        session.execute(
            TariffPublication.__table__.update()
            .where(TariffPublication.public_id == public_id)
            .values(digest=bytes(32))
        )
    with pytest.raises(Conflict) as conflict:
        publish(supervisor, public_id)
    assert conflict.value.reason == "tariffs-changed"


@pytest.mark.parametrize(("day", "possible"), [(date(2024, 6, 1), True), (date(2024, 6, 2), False)])
def test_the_first_day_of_its_month_is_the_only_one_that_is_past(
    operator: Act, supervisor: Act, day: date, possible: bool
):
    public_id = propose(operator)
    if possible:
        assert publish(supervisor, public_id, day=day).shown_from == day
    else:
        with pytest.raises(Rejected) as refused:
            publish(supervisor, public_id, day=day)
        assert refused.value.refusal is Refusal.TARIFFS_SHOWN_FROM


def test_a_rejected_version_keeps_its_number(operator: Act, supervisor: Act):
    market.reject(supervisor, publication=propose(operator), reason="No.")
    again = propose(operator)
    found = market.compare(supervisor, publication=again)
    assert found.publication.version == 2
    assert found.base is not None
    assert (found.base.month, found.base.version) == (MAY, 1)


def test_a_version_replaces_the_last_published_one_of_its_month_even_if_that_is_still_to_be_shown(
    operator: Act, supervisor: Act
):
    publish(supervisor, propose(operator, month=MAY), day=date(2027, 1, 1))
    found = market.compare(supervisor, publication=propose(operator, FIGURES, month=MAY))
    assert found.base is not None
    assert (found.base.version, len(found.differences)) == (2, 1)
    first = market.list_publications(supervisor)[-1]
    assert market.compare(supervisor, publication=first.public_id).base is None


def test_a_correction_replaces_its_own_month_and_not_the_one_before(operator: Act, supervisor: Act):
    publish(supervisor, propose(operator))
    found = market.compare(supervisor, publication=propose(operator, FIGURES))
    assert found.base is not None
    assert (found.base.month, found.base.version) == (JUNE, 1)


def test_one_proposal_waits_for_a_month(session: Session, operator: Act):
    propose(operator)
    with pytest.raises(Rejected) as refused:
        propose(operator, changed(TRM, value=Decimal("3901.00")))
    assert refused.value.refusal is Refusal.TARIFFS_PENDING
    propose(operator, month=JUNE.next)
    assert states(session).count(PublicationState.PROPOSED) == 2


def test_what_another_distributor_published_is_not_there(session: Session, operator: Act, supervisor: Act):
    public_id = propose(operator)
    with transaction(session):
        session.execute(TariffPublication.__table__.update().values(published_by="900000000-1"))
    for do in (
        lambda: market.compare(supervisor, publication=public_id),
        lambda: publish(supervisor, public_id, shown=""),
        lambda: market.reject(supervisor, publication=public_id, reason="No."),
    ):
        with pytest.raises(NotFound):
            do()
    assert states(session) == [PublicationState.PUBLISHED, PublicationState.PROPOSED]
    assert market.list_publications(supervisor) == []
    assert intake.preview(operator, TariffFiles(JUNE), content=csv_of(NEW)).base is None


def test_a_bad_file_writes_nothing(session: Session, operator: Act):
    variable = Figure(Concept.VARIABLE, "Granada", first=201)
    with pytest.raises(BadTariffFile) as bad:
        propose(operator, changed(variable, value=Decimal("2065.97")))
    (flawed,) = bad.value.flawed
    assert (flawed.fault.expected, flawed.fault.found) == (Decimal("2065.94"), Decimal("2065.97"))
    assert flawed.line is not None
    assert session.scalar(select(func.count()).select_from(TariffFigure)) == len(FIGURES)


def test_versions_of_a_month_are_named_once_they_are_shown(operator: Act, supervisor: Act):
    publish(supervisor, propose(operator, month=MAY), day=date(2026, 12, 1))
    assert [each.version for each in market.list_versions(operator, month=MAY)] == [1]
    later = operator.moved(NOW.replace(month=12, day=2))
    assert [each.version for each in market.list_versions(later, month=MAY)] == [1, 2]


def test_a_component_is_followed_over_the_months_that_are_shown(operator: Act, supervisor: Act):
    publish(supervisor, propose(operator, month=JUNE.next), day=date(2024, 7, 1))
    found = market.list_component_values(supervisor, of=TRM)
    assert [(each.month, each.figure.value) for each in found] == [
        (MAY, Decimal("3873.44")),
        (JUNE.next, Decimal("3900.00")),
    ]
    band = Figure(Concept.VARIABLE, "Granada", first=201)
    assert [each.figure.last for each in market.list_component_values(supervisor, of=band)] == [500, 500]
    assert market.list_component_values(supervisor, of=Figure(Concept.ROAD, "Granada")) == []


def test_two_supervisors_at_one_moment_one_wins_and_the_other_is_told(
    sessions: sessionmaker[Session], session: Session, operator: Act
):
    public_id = propose(operator)
    deciders = [act_of(session, Role.SUPERVISOR) for _ in range(2)]
    shown = seen(deciders[0], public_id)
    session.rollback()
    start, told = threading.Barrier(2), []

    def decide(act: Act) -> None:
        with sessions() as own:
            mine = Act.at(own, act.actor, NOW)
            start.wait()
            try:
                publish(mine, public_id, shown=shown)
                told.append("published")
            except Conflict as conflict:
                told.append(conflict.reason)

    threads = [threading.Thread(target=decide, args=(act,)) for act in deciders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["published", "tariffs-decided"]
    assert states(session) == [PublicationState.PUBLISHED, PublicationState.PUBLISHED]


def test_two_proposals_of_a_month_at_one_moment_leave_one(
    sessions: sessionmaker[Session], session: Session, operator: Act
):
    other = act_of(session, Role.OPERATOR)
    kind, waiting = TariffFiles(JUNE), []
    for act in (operator, other):
        upload = intake.keep(act, kind, name="tarifas.csv", content=csv_of(NEW))
        waiting.append((act, upload, intake.preview_upload(act, kind, upload=upload).plan.fingerprint))
    session.rollback()
    start, told = threading.Barrier(2), []

    def take(act: Act, upload: str, shown: str) -> None:
        with sessions() as own:
            start.wait()
            try:
                intake.take_upload(Act.at(own, act.actor, NOW), kind, upload=upload, shown=shown)
                told.append("proposed")
            except (Conflict, Rejected):
                told.append("refused")

    threads = [threading.Thread(target=take, args=each) for each in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["proposed", "refused"]
    assert states(session).count(PublicationState.PROPOSED) == 1


@pytest.mark.parametrize("concept", Concept)
def test_a_concept_is_known_by_its_code_and_by_its_words_on_the_pages(concept: Concept):
    for said in (concept.value, concept.value.upper(), CONCEPT_WORDS[concept]):
        assert CONCEPTS[_concept_key(comparable(said))] is concept


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2024-06", JUNE),
        ("202406", JUNE),
        ("06/2024", JUNE),
        ("6/2024", JUNE),
        ("2024-06-01", JUNE),
        ("01/06/2024", JUNE),
        ("JUNIO DE 2024", JUNE),
        ("tarifas_junio_2024.xlsx", JUNE),
        ("Tarifas junio del 2024 (final)", JUNE),
        ("tarifas-2024-06.csv", JUNE),
        ("2024-13", None),
        ("junio", None),
        ("", None),
        ("tarifas.csv", None),
        ("1234202406789", None),
    ],
)
def test_a_month_is_read_as_people_write_it(text: str, month):
    assert parse_month(text) == month
