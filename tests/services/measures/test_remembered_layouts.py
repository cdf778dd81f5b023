"""What a sender confirmed of a layout is not asked again: by page, by another account, and in the watched folder."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.quantities import plain
from portal.models import DeliveryPoint, FileLayout, Reading
from portal.services.files import intake, jobs, questions, uploads
from portal.services.files.questions import Question, Unanswered
from portal.services.measures import readings
from portal.services.ops import job_runners
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.words.understood import understood
from tests import factories
from tests.factories import NOW
from tests.services.book_stage import staff

HEAD = "Estación;Fecha;Volumen\n"
OPEN = f"{HEAD}M-1;20/11/2026;5.320\n"
SCADA = "Telemetría Norte"


@pytest.fixture
def act(session: Session) -> Act:
    """The operator, with a point M-1."""
    operator = staff(session)
    with transaction(session):
        factories.delivery_point(session, carrier_code="M-1", name="EDS 1")
    return Act.at(session, operator, NOW)


def confirm(act: Act, text: str, *answers: str, sender: str | None = None) -> None:
    """Send a file on the page, answer, confirm, and let the worker take it."""
    act.session.rollback()
    kept = intake.keep(act, readings.FILES, name="x.csv", content=text.encode(), sender=sender)
    for word in answers:
        uploads.answer(act, public_id=kept, word=word)
    plan = intake.preview_upload(act, readings.FILES, upload=kept).plan
    act.session.rollback()
    uploads.confirm(act, public_id=kept, shown=plan.fingerprint)
    ran = jobs.run_next(act.session, runners=job_runners.RUNNERS, clock=lambda: NOW)
    assert ran is not None
    assert ran.state == "done"


def volume(session: Session, day: str) -> str:
    rows = session.execute(
        select(Reading.gas_day, Reading.volume_m3).join(DeliveryPoint, DeliveryPoint.id == Reading.delivery_point_id)
    )
    return {found.isoformat(): plain(amount) for found, amount in rows}[day]


def preview(act: Act, text: str, sender: str | None) -> readings.Plan:
    act.session.rollback()
    return intake.preview(act, readings.FILES, content=text.encode(), sender=sender)


def test_a_confirmed_answer_counts_for_the_next_file_of_the_layout(session: Session, act: Act):
    confirm(act, OPEN, "punto-miles")
    assert volume(session, "2026-11-20") == "5320"
    next_file = OPEN.replace("20/11", "21/11").replace("5.320", "6.120")
    plan = preview(act, next_file, questions.sender_of(act.actor))
    assert [change.row.volume.amount for change in plan.changes] == [6120]
    assert "como se confirmó el 23/11/2026 para este remitente: coma decimal" in " ".join(understood(plan.seen))
    confirm(act, next_file)
    assert volume(session, "2026-11-21") == "6120"


def test_another_layout_and_another_sender_are_asked(act: Act):
    confirm(act, OPEN, "punto-miles")
    other = OPEN.replace("Volumen", "Consumo").replace("20/11", "21/11")
    for text, sender in (
        (other, questions.sender_of(act.actor)),
        (OPEN.replace("20/11", "21/11"), questions.name_sender("otro")),
    ):
        with pytest.raises(Unanswered) as open_:
            preview(act, text, sender)
        assert open_.value.question is Question.FIGURES


def test_what_a_file_proves_by_its_own_cells_is_remembered_and_comes_first(session: Session, act: Act):
    sender = questions.name_sender(SCADA)
    confirm(act, f"{HEAD}M-1;20/11/2026;5320.75\n", sender=sender)
    plan = preview(act, f"{HEAD}M-1;21/11/2026;5.320\n", questions.name_sender("telemetria  NORTE"))
    assert [plain(change.row.volume) for change in plan.changes] == ["5.32"]
    # The file's own sign decides, whatever was confirmed.
    plan = preview(act, f"{HEAD}M-1;21/11/2026;5.320\nM-1;19/11/2026;7,5\n", sender)
    assert [plain(change.row.volume) for change in plan.changes] == ["5320", "7.5"]
    assert plan.seen.remembered_at is None


def test_the_order_of_day_and_month_is_remembered(act: Act):
    sender = questions.name_sender(SCADA)
    us = "Point,Date,Volume\nM-1,11/05/2026,5320.5\n"
    confirm(act, us, "mes-dia", sender=sender)
    plan = preview(act, us.replace("11/05", "11/06"), sender)
    assert [change.gas_day.isoformat() for change in plan.changes] == ["2026-11-06"]


def test_a_file_that_is_not_confirmed_teaches_nothing(session: Session, act: Act):
    kept = intake.keep(act, readings.FILES, name="x.csv", content=OPEN.encode())
    uploads.answer(act, public_id=kept, word="punto-miles")
    uploads.discard(act, public_id=kept)
    assert session.scalars(select(FileLayout)).all() == []


def test_the_watched_folder_reads_as_its_sender_confirmed_on_the_console(session: Session, act: Act):
    sender = questions.name_sender(SCADA)
    with pytest.raises(Unanswered):
        intake.import_file(act, readings.FILES, name="x", content=OPEN.encode(), sender=sender)
    confirm(act, OPEN, "punto-decimal", sender=sender)
    later = OPEN.replace("20/11", "21/11")
    intake.import_file(act, readings.FILES, name="x", content=later.encode(), sender=sender)
    assert volume(session, "2026-11-21") == "5.32"
