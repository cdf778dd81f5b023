"""The corpus of messy and hostile files, sent to the pages: the right 4xx, nothing written, the portal as it was."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.jobs import UploadState
from portal.domain.readings import ReadingState
from portal.models import AuditEvent, DailyHeatingValue, HeldRow, Job, Reading, Upload
from portal.services.files.formats import FileFormat
from portal.services.files.problems import Problem, Rule
from portal.services.store.transactions import transaction
from portal.words.files import problem_words
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.factories import TODAY
from tests.html import parse
from tests.services.messy_files import CORPUS, GOOD, Messy
from tests.services.messy_workbooks import WORKBOOKS, in_1904, lying

READINGS, HEATING_VALUES = "/consola/mediciones/archivo", "/consola/poder-calorifico"


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    """The operator, among the points that the corpus speaks of."""
    with portal.session() as session, transaction(session):
        contract = factories.contract(session)
        begun = {"contract": contract, "starts_on": TODAY.plus(-2500)}
        point = factories.delivery_point(
            session, public_id="top-one", carrier_code="TOP-01", name="EDS Piñalito", **begun
        )
        factories.delivery_point(session, carrier_code="OLD-01", ends_on=TODAY.plus(-146), **begun)
        for code in ("N-1", "N-2"):
            factories.delivery_point(session, carrier_code=code, name="Planta Norte")
        factories.reading(session, point, TODAY.plus(-3), "5000")
        factories.reading(session, point, TODAY.plus(-2), "4900", state=ReadingState.PROVISIONAL)
    return portal.staff(Role.OPERATOR)


def send(browser: Browser, content: bytes, address: str = READINGS, name: str = "archivo") -> Page:
    return browser.open(address).form("form#archivo").fill(file=(name, content)).submit()


def told(browser: Browser, content: bytes, address: str = READINGS) -> list[str]:
    """What the page says is wrong; its checks of other words would take those of the file for its own."""
    token = (browser.page or browser.open("/consola")).form("/salir")["csrf_token"]
    answer = browser.client.post(address, data={"csrf_token": token, "file": (io.BytesIO(content), "archivo")})
    if answer.status_code == 303:
        # Some of its rows are good: it waits, with what is wrong, and writes nothing.
        page = browser.open(answer.location)
        said = [item.get_text() for item in page.select("#por-arreglar li")]
        page.form("#decidir").submit("Descartar el archivo")
        return said
    assert answer.status_code == 422
    return [item.get_text() for item in parse(answer.text).select("#resumen-errores li")]


ASKED = (Rule.AMBIGUOUS_NUMBER, Rule.STAMP_UNSAID, Rule.TODAY_TOTAL, Rule.ORDER_UNSAID)


def is_open(messy: Messy) -> bool:
    """Whether one answer would put all of it right: then it is asked."""
    rules = {rule for _, _, rule in messy.problems}
    return len(rules) == 1 and rules <= set(ASKED)


def untouched(portal: RunningPortal) -> bool:
    with portal.session() as session:
        loaded = session.scalars(select(AuditEvent.event).where(AuditEvent.event.like("%:imported"))).all()
        waiting = session.scalars(select(Upload.id).where(Upload.state == UploadState.WAITING)).all()
    counts = [portal.count(model) for model in (Reading, DailyHeatingValue, HeldRow, Job)]
    return (counts, list(loaded), list(waiting)) == ([2, 0, 0, 0], [], [])


def test_every_messy_text_is_refused_with_its_cells(
    portal: RunningPortal, operator: Browser, subtests: pytest.Subtests
):
    assert len(CORPUS) + len(WORKBOOKS) >= 60
    for messy in CORPUS:
        if is_open(messy):
            continue
        with subtests.test(messy.name):
            said = told(operator, messy.content)
            assert len(said) == len(messy.problems)
            line = messy.problems[0][0]
            assert line is None or said[0].startswith(f"Fila {line}")
            assert told(operator, messy.content, HEATING_VALUES)
    assert untouched(portal)


def test_every_hostile_workbook_is_refused_before_it_does_harm(
    portal: RunningPortal, operator: Browser, subtests: pytest.Subtests
):
    for messy in WORKBOOKS:
        if messy.rule in ASKED:
            continue
        with subtests.test(messy.name):
            said = told(operator, messy.content)[0]
            fact = FileFormat.ZIP if messy.rule is Rule.OTHER_FORMAT else "*"
            words = problem_words(Problem(messy.rule, fact=fact)).split("*")[0].lower()
            assert words.rstrip(".") in said.lower()
            assert messy.row is None or said.startswith(f"Fila {messy.row}")
            assert "root:" not in said
    assert told(operator, lying())
    assert untouched(portal)


@pytest.mark.parametrize("content", [in_1904(), GOOD[11].content], ids=["days from 1904", GOOD[11].name])
def test_what_only_looks_messy_is_read_as_what_it_says(operator: Browser, content: bytes):
    page = send(operator, content)
    assert page.status == 200
    row = page.one("#nuevas tbody tr").get_text(" ", strip=True)
    assert "dom 22 nov 2026" in row
    assert "5.320,75 m³" in row


def test_a_long_file_is_taken_whole(operator: Browser):
    rows = [f"TOP-01;{TODAY.plus(-day)};5320,75{' ' * 150}" for day in range(100, 1900)]
    page = send(operator, "\n".join(rows).encode())
    assert page.value("[data-field=new]") == "1800"


def test_what_is_no_file_is_refused(portal: RunningPortal, operator: Browser):
    token = operator.open(READINGS).form("form#archivo")["csrf_token"]
    for data in ({}, {"file": "text, not a file"}, {"file": ""}):
        assert operator.client.post(READINGS, data=data | {"csrf_token": token}).status_code == 422
    assert send(operator, b"\n", name="../../../etc/passwd\0<b>.csv").status in (400, 422)
    assert untouched(portal)


@pytest.mark.parametrize("messy", [each for each in CORPUS if is_open(each)], ids=lambda messy: messy.name)
def test_what_a_file_leaves_open_is_asked_and_taken_as_it_was_answered(
    portal: RunningPortal, operator: Browser, messy: Messy
):
    page = send(operator, messy.content)
    assert page.status == 200
    assert not page.select("#decidir button[value=confirmar]")
    choices = [each["value"] for each in page.select("#pregunta input[name=answer]")]
    assert len(choices) == 2
    for choice in choices:
        page = send(operator, messy.content)
        answer = page.form("#preguntar").fill(answer=choice).submit()
        assert answer.status == 200
        assert not answer.select("#pregunta")
        if messy.problems[0][2] is Rule.STAMP_UNSAID:
            # Answered once for the account: the next file is read so.
            assert "se lee como el" in send(operator, messy.content).one("#entendido").get_text()
            # Of a file without hours nothing is said about them.
            assert "00:00" not in send(operator, GOOD[0].content).one("#entendido").get_text()
            break
    assert portal.count(Reading) == 2
