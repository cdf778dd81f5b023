"""The wizard as two people of one company really use it: old tabs, Back, both at once, past the close, wrong codes.

Whatever the order of the steps, no answer is a 500, and the database holds each acknowledged nomination exactly once,
in order, received within its time. ``PORTAL_MACHINE`` says how many random courses are taken.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from bs4 import Tag
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import and_, select

from portal.domain.gas_day import GasDay
from portal.domain.timetable import RequestKind
from portal.models import DailyBalance, Nomination, NominationHead
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.browser import Page
from tests.databases.fixtures import copy_sqlite
from tests.factories import TODAY
from tests.faults import judge

COURSES = int(os.environ.get("PORTAL_MACHINE", "5"))
STEPS = 25
# Days that are open, closed, over and far; quantities that are usual, odd, too much and no quantity.
DAYS = st.sampled_from([*[TODAY.plus(ahead).isoformat() for ahead in (1, 1, 1, 1, 2, 3, 0, -1, 40)], "31/02/2027"])
QUANTITIES = st.sampled_from(["12.500", "12.600", "9.000", "0", "1", "99.999.999", "doce"])
RECEIPT = "/nominacion/comprobantes/"


@dataclass(frozen=True)
class Portals:
    """Give a new portal, on a migrated database of its own."""

    opened: Callable[[], AbstractContextManager[RunningPortal]]


class Wizard(RuleBasedStateMachine):
    """Two people and the tabs that each has open, on a portal of this course's own."""

    portals: ClassVar[Portals]
    signed: ClassVar[int] = 0
    pages = Bundle("pages")

    def __init__(self) -> None:
        super().__init__()
        self.held = ExitStack()
        self.portal = self.held.enter_context(type(self).portals.opened())
        self.acknowledged: dict[str, set[str]] = defaultdict(set)
        owner = self.portal.customer()
        self.people = (owner, self.portal.colleague_of(owner))
        for person in self.people:
            person.open_contract()

    @rule(target=pages, who=st.integers(0, 1), day=DAYS, steps=st.sampled_from([5, 5, 4, 4, 2, 0]))
    def begin(self, who: int, day: str, steps: int) -> Any:
        """Open the wizard in a tab of its own and answer the first steps, as far as the day is one that is taken."""
        page = self.people[who].open(f"/nominacion/{self.people[who].modality}/nueva")
        kept = [page]
        for _ in range(steps):
            page = self._answered(page, kind="nominacion", gas_day=day, quantity="12.500")
            kept.append(page)
            if page.status != 200 or not _is_step(page):
                break
        return self._kept(*kept)

    @rule(
        target=pages,
        page=consumes(pages),
        kind=st.sampled_from(["nominacion", "nominacion", "renominacion"]),
        day=DAYS,
        quantity=QUANTITIES,
        ticks=st.booleans(),
        is_right=st.sampled_from([True, True, True, False]),
        htmx=st.booleans(),
    )
    def answer(self, page: Page, kind: str, day: str, quantity: str, ticks: bool, is_right: bool, htmx: bool) -> Any:
        """Answer the step of a page, however old it is; the page itself stays open in its tab."""
        given = {"kind": kind, "gas_day": day, "quantity": quantity}
        return self._kept(self._answered(page, ticks=ticks, is_right=is_right, htmx=htmx, **given), page)

    @rule(target=pages, page=pages)
    def go_back(self, page: Page) -> Any:
        return self._kept(page.click("Volver")) if "Volver" in page.text else multiple()

    @rule(minutes=st.sampled_from([1, 20, 40, 181]))
    def wait(self, minutes: int) -> None:
        """Let time pass; a session that ended begins anew, and the tabs of before are old."""
        self.portal.clock.forward(minutes=minutes)
        for person in self.people:
            if person.open("/cuenta").url.startswith("/ingreso"):
                assert person.way.actor.user_id is not None
                self.portal.sign_in(person.browser, person.way.actor.user_id)
                person.open_contract()

    @invariant()
    def each_acknowledged_nomination_is_there_once_and_in_time(self) -> None:
        with self.portal.session() as session:
            assert judge.verdict(judge.read(session), self.acknowledged) == []
            in_force = (
                select(Nomination.gas_day, Nomination.kind, Nomination.received_at, DailyBalance.nominated_m3)
                .join(NominationHead, NominationHead.nomination_id == Nomination.id)
                .outerjoin(
                    DailyBalance,
                    and_(
                        DailyBalance.delivery_point_id == Nomination.delivery_point_id,
                        DailyBalance.gas_day == Nomination.gas_day,
                    ),
                )
            )
            for row in session.execute(in_force):
                assert row.nominated_m3 is not None, "in force, and not in the account"
                if row.kind is RequestKind.NOMINATION:
                    assert row.received_at <= _close_of(row.gas_day), "taken after its close"

    def teardown(self) -> None:
        """Let the portal of the course go."""
        type(self).signed += self.portal.count(Nomination)
        self.held.close()

    def _answered(
        self, page: Page, *, ticks: bool = True, is_right: bool = True, htmx: bool = False, **given: str
    ) -> Page:
        person = next(each for each in self.people if each.browser is page.browser)
        given |= {"delivery_point": person.point}
        given |= {"security_code": person.way.numeric_key if is_right else person.wrong_code}
        form = page.form()
        form.fill(**{name: value for name, value in given.items() if name in form.names})
        if "confirm_unusual" in form.names:
            form.fill(confirm_unusual=ticks)
        return form.submit(_button_of(page), htmx=htmx)

    def _kept(self, *pages: Page) -> Any:
        for page in pages:
            assert page.status < 500, page
            signed = next((url for _, url in page.history if url.endswith("/firma")), None)
            if signed and page.url.startswith(RECEIPT):
                self.acknowledged[signed.split("/")[3]].add(page.url.removeprefix(RECEIPT).partition("?")[0])
        return multiple(*[page for page in pages if _is_step(page)])


def _is_step(page: Page) -> bool:
    """Tell whether a page is one of the wizard, with a form to answer."""
    return page.is_html and not page.is_fragment and "Paso " in page.text and _button_of(page) is not None


def _button_of(page: Page) -> Tag | None:
    """Return the button that sends the form of a step."""
    named = ("Continuar", "Firmar y enviar la nominación", "Firmar y enviar la re-nominación")
    return next((each for each in page.tags("button") if " ".join(each.get_text().split()) in named), None)


def _close_of(day: GasDay) -> datetime:
    """Return the usual close of the nomination of a day: noon of the day before."""
    return day.plus(-1).start + timedelta(hours=12)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def portals(request: pytest.FixtureRequest, tmp_path: Path) -> Portals:
    """Give new portals, each on a migrated database of its own."""
    numbers = count()

    @contextmanager
    def opened() -> Iterator[RunningPortal]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        with ExitStack() as held:
            if request.param == "sqlite":
                url = copy_sqlite(request.getfixturevalue("sqlite_template"), folder)
            else:
                server, template = map(request.getfixturevalue, ("postgres_server", "postgres_template"))
                url = held.enter_context(server.database(template))
            yield from run(settings_for(url, folder, SetClock()))

    return Portals(opened)


def test_no_course_through_the_wizard_loses_doubles_or_takes_too_late(portals: Portals):
    Wizard.portals, Wizard.signed = portals, 0
    run_state_machine_as_test(
        Wizard,
        settings=settings(
            max_examples=COURSES,
            stateful_step_count=STEPS,
            deadline=None,
            # The same courses in every run of the suite; the long one looks for new ones.
            derandomize="PORTAL_MACHINE" not in os.environ,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    assert Wizard.signed > 0, "no course came to its end"
