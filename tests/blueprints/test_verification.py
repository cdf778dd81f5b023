"""A paper is ours or it is not: what its code says, and that nothing else is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from portal.domain.attempts import VERIFY_ADDRESS, VERIFY_ADDRESS_PERIOD
from portal.models import AttemptCounter
from portal.services.account.balance_files import seals
from portal.services.store.vault import Vault
from tests.application import RunningPortal
from tests.blueprints.balances.conftest import Sheet, opened_by
from tests.blueprints.balances.test_statement import OCTOBER, close, code_of, correct, pdf, whole_month
from tests.browser import Page
from tests.services.ledger_rows import day

URL = "/verificar/estado"
GENUINE = "El estado es auténtico y sigue vigente"
OUTDATED = "El estado es auténtico, pero la cuenta cambió después"
UNKNOWN = "No podemos decir que este estado sea auténtico"


@pytest.fixture
def sheet(portal: RunningPortal) -> Sheet:
    """A point with October measured: it closes with 3,100 m³ a favor."""
    found = opened_by(portal, starts_on=day("2026-10-01"), restates_closed_months=True)
    whole_month(found)
    return found


@pytest.fixture
def paper(sheet: Sheet) -> dict[str, str]:
    """What the paper of October says of itself, as typed into the form."""
    return {**code_of(pdf(sheet)), "total": "3.100", "lado": "a-favor"}


def ask(portal: RunningPortal, paper: Mapping[str, str]) -> Page:
    return portal.browser().open(URL).form(URL).fill(**paper).submit("Verificar")


def test_the_qr_code_leads_to_the_form_with_all_but_the_balance_filled_in(
    portal: RunningPortal, paper: dict[str, str]
) -> None:
    page = portal.browser().open(f"{URL}?referencia={paper['referencia']}&codigo={paper['codigo']}")
    assert (page.one("#referencia")["value"], page.one("#codigo")["value"]) == (paper["referencia"], paper["codigo"])
    assert page.one("#total").get("value", "") == ""
    answer = page.form(URL).fill(total=paper["total"], lado=paper["lado"]).submit("Verificar")
    assert (answer.status, answer.h1) == (200, GENUINE)


@pytest.mark.parametrize("total", ["3.100", "3100", " 3 100 ", "−3.100", "3.100,00"])
def test_the_balance_may_be_typed_as_it_is_read(portal: RunningPortal, paper: dict[str, str], total: str) -> None:
    assert ask(portal, {**paper, "total": total}).h1 == GENUINE


def test_the_code_may_be_typed_as_it_is_read(portal: RunningPortal, paper: dict[str, str]) -> None:
    code = paper["codigo"].replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert ask(portal, {**paper, "codigo": code, "referencia": paper["referencia"].upper()}).h1 == GENUINE


def test_an_altered_paper_is_refused_whatever_was_altered(portal: RunningPortal, paper: dict[str, str]) -> None:
    last = paper["codigo"][-1]
    altered = {
        "another balance": {"total": "3.101"},
        "the other side": {"lado": "en-contra"},
        "another month": {"referencia": paper["referencia"].replace("2026-10", "2026-09")},
        "another point": {"referencia": "nadie-2026-10"},
        "the end of the code": {"codigo": paper["codigo"][:-1] + ("2" if last != "2" else "3")},
        "the figures in the code": {"codigo": ("2" if paper["codigo"][0] != "2" else "3") + paper["codigo"][1:]},
    }
    answers = {name: ask(portal, {**paper, **each}) for name, each in altered.items()}
    assert {name: answer.h1 for name, answer in answers.items()} == dict.fromkeys(altered, UNKNOWN)
    # An unknown point, a forged code and a wrong figure are answered with the same bytes.
    assert len({answer.body for answer in answers.values()}) == 1


def test_a_paper_of_another_point_does_not_fit_this_one(portal: RunningPortal, paper: dict[str, str]) -> None:
    other = opened_by(portal, starts_on=day("2026-10-01"))
    whole_month(other)
    same = code_of(pdf(other))
    assert ask(portal, {**paper, "codigo": same["codigo"]}).h1 == UNKNOWN
    assert ask(portal, {**paper, **same}).h1 == GENUINE


def test_a_changed_account_leaves_its_papers_genuine_but_outdated(
    portal: RunningPortal, sheet: Sheet, paper: dict[str, str]
) -> None:
    sheet.fill({"2026-10-07": (None, "5000")}, version=2)
    assert ask(portal, paper).h1 == OUTDATED
    assert ask(portal, {**paper, "total": "3.000"}).h1 == UNKNOWN
    newer = code_of(pdf(sheet))
    assert ask(portal, {**paper, **newer, "total": "3.000"}).h1 == GENUINE


def test_what_does_not_change_a_figure_changes_no_paper(
    portal: RunningPortal, sheet: Sheet, paper: dict[str, str]
) -> None:
    sheet.fill({"2026-11-02": ("5000", "9000")})
    sheet.fill({"2026-10-07": (None, "4900")}, version=2)
    assert ask(portal, paper).h1 == GENUINE
    close(sheet)
    assert ask(portal, paper).h1 == GENUINE


def test_the_paper_of_a_closed_month_outlives_its_restatement(portal: RunningPortal, sheet: Sheet) -> None:
    close(sheet)
    closed = {**code_of(pdf(sheet)), "total": "3.100", "lado": "a-favor"}
    assert ask(portal, closed).h1 == GENUINE
    correct(sheet, "2026-10-07", "5000")
    assert ask(portal, closed).h1 == OUTDATED


def test_no_answer_shows_a_figure_or_a_name(portal: RunningPortal, sheet: Sheet, paper: dict[str, str]) -> None:
    point = sheet.customer.way.point
    for answer in (ask(portal, paper), ask(portal, {**paper, "total": "1"})):
        for secret in ("3.100", "4.900", point.name, point.public_id, paper["codigo"]):
            assert secret not in answer.one("main").get_text()
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("referencia", "", "Escriba la referencia"),
        ("referencia", "abc", "Esa referencia no es de un estado de cuenta."),
        ("referencia", "abc123def4-2026-13", "Esa referencia no es de un estado de cuenta."),
        ("referencia", "abc123def4-0000-01", "Esa referencia no es de un estado de cuenta."),
        ("referencia", "ｐun1-2026-10", "Esa referencia no es de un estado de cuenta."),
        ("codigo", "", "Escriba el código de verificación"),
        ("codigo", "7K2M-9QXT", "Ese código no está completo"),
        ("codigo", "U" * 20, "Ese código no está completo"),
        ("total", "", "Escriba el saldo final"),
        ("total", "tres mil", "Escriba la cifra del saldo final"),
        ("total", "３１００", "Escriba la cifra del saldo final"),
        ("total", "1e3", "Escriba la cifra del saldo final"),
    ],
)
def test_what_cannot_be_on_a_paper_is_told_at_once_and_costs_no_attempt(
    portal: RunningPortal, field: str, typed: str, words: str
) -> None:
    right = {"referencia": "abc123def4-2026-10", "codigo": "0" * 20, "total": "1", "lado": "a-favor"}
    page = ask(portal, {**right, field: typed})
    assert page.status == 422
    assert words in page.one(f"#{field}-error").get_text()
    assert portal.count(AttemptCounter, scope="statement-address") == 0


def test_the_side_must_be_said(portal: RunningPortal, paper: dict[str, str]) -> None:
    del paper["lado"]
    page = ask(portal, paper)
    assert (page.status, "Diga si el saldo final está a favor o en contra." in page.text) == (422, True)


def test_one_address_may_ask_thirty_times_in_five_minutes(portal: RunningPortal, paper: dict[str, str]) -> None:
    form = portal.browser().open(URL)
    for _ in range(VERIFY_ADDRESS):
        assert form.form(URL).fill(**{**paper, "total": "1"}).submit("Verificar").status == 200
    # Also the right paper, so that the limit cannot be felt for.
    stopped = form.form(URL).fill(**paper).submit("Verificar")
    assert stopped.status == 429
    assert int(stopped.headers["Retry-After"]) <= VERIFY_ADDRESS_PERIOD.total_seconds()
    portal.clock.now += VERIFY_ADDRESS_PERIOD + timedelta(seconds=1)
    assert ask(portal, paper).h1 == GENUINE


def test_a_code_says_nothing_without_the_key(portal: RunningPortal, sheet: Sheet, paper: dict[str, str]) -> None:
    code = seals.normalise(paper["codigo"])
    made = seals.seal(
        Vault(b"another pepper, as long as the one that the portal was started with"),
        point=sheet.customer.way.point.public_id,
        month=OCTOBER,
        closed=None,
        figures=seals.read_figures(code),
        total="+3100",
    )
    assert made != code
    assert ask(portal, {**paper, "codigo": made}).h1 == UNKNOWN
