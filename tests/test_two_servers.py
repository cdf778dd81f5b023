"""Two servers on one database: each request may go to the other, and what one changes the other shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from portal.domain.accounts import Role
from portal.models import Nomination
from portal.services.mail import outbox
from portal.services.ops import distributor_changes
from portal.services.store import distributors
from portal.services.store.acts import Act, Actor
from portal.services.timetable import holidays
from portal.web import distributor as shown_distributor
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.journeys.whole_way import walk
from tests.services import account_stage

# Promised to staff: what they edit is shown by every server after so many seconds.
SHOWN_SECONDS = 5.0


@pytest.fixture
def servers(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[tuple[RunningPortal, RunningPortal]]:
    """Two applications on one database, as on two machines: each has a folder of its own."""
    running = contextmanager(run)
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(running(settings_for(database_url, tmp_path / name, clock))) for name in ("a", "b")
        )
        yield first, second


@pytest.fixture
def balanced(servers: tuple[RunningPortal, RunningPortal], monkeypatch: pytest.MonkeyPatch) -> RunningPortal:
    """The first of the two, of whose requests every other one is answered by the second."""
    turns = cycle([portal.app.wsgi_app for portal in servers])

    def to_the_next(environ: Any, start: Any) -> Any:
        return next(turns)(environ, start)

    monkeypatch.setattr(servers[0].app, "wsgi_app", to_the_next)
    return servers[0]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what a process keeps for a while become as old as staff were promised."""
    for module in (distributors, holidays, shown_distributor):
        monkeypatch.setattr(module, "monotonic", lambda: monotonic() + SHOWN_SECONDS)
    return


def read_link(portal: RunningPortal) -> str:
    """The path of the newest mailed link."""
    with portal.session() as session:
        body = outbox.read_words(session, account_stage.mails(session)[-1])
    found = re.search(r"http://localhost(/\S+)", body)
    assert found, body
    return found[1]


def test_the_24_steps_may_go_to_another_server_at_each_request(balanced: RunningPortal):
    walk(balanced.browser(), balanced.customer().way, lambda: read_link(balanced))
    assert balanced.count(Nomination) == 1


def test_wrong_codes_are_counted_together(servers: tuple[RunningPortal, RunningPortal], balanced: RunningPortal):
    customer = balanced.customer()
    customer.use_keys(of_point=False)
    page = customer.review()
    answers = [customer.sign(page, customer.wrong_code).status for _ in range(6)]
    assert answers == [422] * 5 + [429], "the sixth waits, whoever compared the others"
    for server in servers:
        there = server.holder_of(customer.way)
        there.use_keys(of_point=False)
        assert there.sign(there.review()).status == 429, "also the right one"


def test_a_session_that_ended_on_one_server_is_over_on_the_other(balanced: RunningPortal):
    customer = balanced.customer()
    customer.use_keys()
    sheet = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    assert [customer.open(sheet).url for _ in range(2)] == [sheet, sheet]
    customer.open("/").click("Salir")
    assert {customer.open(sheet).url for _ in range(2)} == {f"/ingreso?siguiente={sheet}"}


def test_a_notice_is_shown_by_both_servers_at_once(servers: tuple[RunningPortal, RunningPortal]):
    desk = servers[0].staff(Role.OPERATOR).open("/consola/avisos").form("form.form-column")
    seen = desk.fill(severity="critical", title="Falla en Apiay", text="No hay gas.", ends_at="25/11/2026 06:00")
    seen.submit("Ver a quién llega").form("form.form-column").submit("Publicar el aviso")
    for server in servers:
        assert "Falla en Apiay" in server.browser().open("/avisos").text


def test_the_other_server_shows_a_changed_telephone_within_seconds(
    servers: tuple[RunningPortal, RunningPortal], request: pytest.FixtureRequest
):
    for server in servers:
        assert "(608) 555 0100" not in server.browser().open("/").text
    with servers[0].session() as session:
        act = Act.at(session, Actor.system(), servers[0].clock.now)
        distributor_changes.change(act, given={"telephone": "(608) 555 0100"}, reason="Nueva central")
    request.getfixturevalue("later")
    for server in servers:
        assert "(608) 555 0100" in server.browser().open("/").text


def test_the_other_server_counts_a_new_holiday_within_seconds(
    servers: tuple[RunningPortal, RunningPortal], request: pytest.FixtureRequest
):
    day = servers[0].clock.now.date().replace(month=12, day=11)
    for server in servers:
        with server.session() as session:
            assert day not in holidays.load_known(session)
    form = servers[0].staff(Role.OPERATOR).open("/consola/horario/festivos").form("form#festivo")
    seen = form.fill(day="11/12/2026", name="Día cívico", reason="Decreto 1 de 2026").submit()
    seen.form("form#festivo").submit("Agregar el festivo")
    request.getfixturevalue("later")
    for server in servers:
        with server.session() as session:
            assert day in holidays.load_known(session)


def test_a_file_that_one_server_took_is_reviewed_on_the_other(
    servers: tuple[RunningPortal, RunningPortal], balanced: RunningPortal
):
    code = balanced.customer().way.point.public_id
    content = f"punto;fecha;volumen\n{code};22/11/2026;1500\n".encode()
    desk = balanced.staff(Role.OPERATOR)
    page = desk.open("/consola/mediciones/archivo").form("form#archivo").fill(file=("leido.csv", content)).submit()
    assert page.status == 200
    rows = [desk.open(page.url).select("tr[data-gas-day]") for _ in range(2)]
    assert [len(each) for each in rows] == [1, 1]
