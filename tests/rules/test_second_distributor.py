"""Another distributor's portal shows its own name, numbers and colours, and nothing of the first one's anywhere."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.models import OutboxMessage
from portal.services.ops import distributor_changes
from portal.services.people.accounts import second_factor
from portal.services.store import distributors
from portal.services.store.distributors import distributor_of
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.distributors import BRAND, FIRST, SECOND
from tests.rules.visit import Visit, visit
from tests.services.mail_stage import rendered

# Its yearly numbers; a company's contract may be called anything.
NUMBERS = re.compile(rf"\b(?:{FIRST.nomination_series}|{FIRST.case_series}|{FIRST.statement_series})-2\d{{3}}-\d")
TOWN = re.compile(rf"\b{FIRST.city}, {FIRST.department}\b|^{FIRST.city}, \d", re.MULTILINE)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def second(portal: RunningPortal) -> Visit:
    """A portal of the second distributor, with something real behind every address."""
    with portal.session() as session, transaction(session):
        distributor_changes.replace(session, SECOND)
    return visit(portal)


def said_by(answer: TestResponse) -> str:
    """Return whatever somebody reads in an answer, with the properties of a file."""
    body = answer.get_data()
    if answer.mimetype == "application/pdf":
        paper = PdfReader(io.BytesIO(body))
        return "\n".join([*(page.extract_text() for page in paper.pages), str(paper.metadata)])
    if answer.mimetype == WORKBOOK:
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return body.decode("utf-8", "replace")


def of_the_first(text: str) -> list[str]:
    return [found[0] for pattern in (BRAND, NUMBERS, TOWN) for found in pattern.finditer(text)]


def test_no_answer_says_anything_of_the_first_distributor(second: Visit, subtests: pytest.Subtests):
    named = 0
    for who in ("guest", "whom it is for"):
        for rule, url in second.urls():
            client = second.portal.browser().client if who == "guest" else second.browser(rule).client
            with subtests.test(who=who, rule=rule.rule):
                answer = client.get(url, follow_redirects=True)
                said = said_by(answer)
                assert of_the_first(said) == []
                named += SECOND.name in said or SECOND.legal_name in said
    assert named > 150


def test_every_page_of_an_error_names_the_second(second: Visit, subtests: pytest.Subtests):
    from portal.web.errors import KNOWN, page_of

    for status in KNOWN:
        with subtests.test(status=status), second.portal.app.test_request_context("/"):
            said = page_of(status).get_data(as_text=True)
            assert of_the_first(said) == []
            assert SECOND.legal_name in said
            assert SECOND.telephone in said


def test_what_is_written_for_the_second_carries_its_names(second: Visit):
    customer, point = second.customer, f"/cuentas-de-balance/gnv-suministro/{second.customer.point}"
    receipt = f"/nominacion/comprobantes/{second.parts['receipt']}"

    def got(url: str) -> str:
        answer = customer.browser.client.get(url)
        assert answer.status_code == 200, url
        return said_by(answer)

    page = got("/inicio")
    assert f"<b>{SECOND.name}</b>" in page
    assert f"NIT {SECOND.nit}" in page
    assert f"tel:{SECOND.dialled}" in page
    assert SECOND.emergency_line in page
    assert SECOND.colours.brand in page
    paper = got(f"{receipt}/comprobante.pdf")
    assert SECOND.legal_name in paper
    assert SECOND.telephone in paper
    assert f"{SECOND.nomination_series}-2026-000" in paper
    assert f"{SECOND.nomination_series}-2026-000" in got(receipt)
    assert SECOND.legal_name in got(f"{point}/estado.pdf?mes=11&anio=2026")
    assert SECOND.name in got(f"{point}/hoja.xlsx?mes=11&anio=2026")
    document = got("/api/v1/openapi.json")
    assert f'"name": "{SECOND.legal_name}"' in document
    assert f"{SECOND.nomination_series}-2026-000123" in document


def test_every_mail_for_the_second_is_signed_by_it(second: Visit):
    with second.portal.session() as session:
        mails = session.scalars(select(OutboxMessage)).all()
        assert {mail.kind for mail in mails} >= {"receipt", "case-filed"}
        for mail in mails:
            assert of_the_first("\n".join([mail.subject, *rendered(session, mail)])) == [], mail.kind
        receipts = [rendered(session, mail) for mail in mails if mail.kind == "receipt"]
        assert all(SECOND.legal_name in text and SECOND.colours.brand in html for text, html in receipts)


def test_what_systems_and_authenticators_keep_carries_the_seconds_name(second: Visit):
    assert second.system.client.environ_base["HTTP_AUTHORIZATION"].startswith(f"Bearer {SECOND.token_prefix}")
    with second.portal.session() as session:
        offered = second_factor.address_of(
            second_factor.generate_secret(), "a@example.com", distributor=distributor_of(session).name
        )
    assert "issuer=Portal%20Gasp%C3%A1ramo" in offered


def test_the_style_sheet_carries_the_seconds_colours_at_an_address_of_its_own(portal: RunningPortal):
    def sheet() -> tuple[str, str]:
        found = re.search(r'href="(/estaticos/css/site\.css\?v=\w+)"', portal.browser().open("/").source)
        assert found
        answer = portal.app.test_client().get(found[1])
        assert "immutable" in answer.headers["Cache-Control"]
        return found[1], answer.get_data(as_text=True)

    before, first = sheet()
    assert f"--brand:{FIRST.colours.brand}" in first
    with portal.session() as session, transaction(session):
        distributor_changes.replace(session, SECOND)
    after, second = sheet()
    assert after != before
    for colour in distributors.COLOURS:
        assert getattr(SECOND.colours, colour) in second


def test_the_search_would_find_the_first():
    assert of_the_first(f"{FIRST.legal_name} {FIRST.nit} N-2026-000001 Villavicencio, Meta") != []
    assert of_the_first("Villavicencio, 24 de noviembre de 2026") != []
    assert of_the_first(" ".join(map(str, distributors.make_row(SECOND).values()))) == []
