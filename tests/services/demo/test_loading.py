"""The demonstration is always the same for the same day, whole, and loaded all or nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay
from portal.models import DailyBalance, DeliveryPoint, Nomination, Reading
from portal.models.engine import make_engine
from portal.services import demo, ledger
from portal.services.demo import loader
from portal.services.ops import installation
from portal.services.store.acts import Act
from portal.services.trace import audit
from portal.web.database import session_factory
from tests.factories import NOW, TODAY
from tests.services.demo.conftest import played

YESTERDAY = TODAY.plus(-1)


def figures(session: Session, until: GasDay) -> list[tuple[Any, ...]]:
    """What was asked, authorised and measured until a day, by the name of the point."""
    rows = session.execute(
        select(
            DeliveryPoint.name,
            DailyBalance.gas_day,
            DailyBalance.nominated_m3,
            DailyBalance.authorised_mbtu,
            DailyBalance.consumed_m3,
        )
        .join(DeliveryPoint, DeliveryPoint.id == DailyBalance.delivery_point_id)
        .where(DailyBalance.gas_day <= until)
        .order_by(DeliveryPoint.id, DailyBalance.gas_day)
    )
    return [tuple(row) for row in rows]


def test_the_same_day_gives_the_same_keys_and_figures_on_every_database(stage, shown, empty, vault):
    with played(empty, vault) as other, other.sessions() as session:
        assert other.notes == stage.notes
        assert figures(session, TODAY.plus(1)) == figures(shown, TODAY.plus(1))
        receipts = select(Nomination.public_id).order_by(Nomination.public_id)
        assert session.scalars(receipts).all() == shown.scalars(receipts).all()


def test_the_next_day_leaves_what_is_a_month_old_as_it_was(stage, shown, empty, vault):
    long_ago = TODAY.plus(-46)
    with played(empty, vault, now=NOW + timedelta(days=1)) as other, other.sessions() as session:
        assert figures(session, long_ago) == figures(shown, long_ago)
        assert other.notes["contracts"] == stage.notes["contracts"]


def test_the_balances_and_the_audit_chain_hold(shown):
    assert ledger.verify(shown) is None
    assert audit.verify(shown) is None


def test_a_second_load_is_refused_and_changes_nothing(stage, vault):
    with stage.sessions() as session:
        before = session.scalar(select(func.count()).select_from(Reading))
        with pytest.raises(demo.NotEmpty):
            demo.load(Act.of_system(session, NOW))
        assert session.scalar(select(func.count()).select_from(Reading)) == before


def test_a_load_that_is_broken_off_leaves_no_company_and_can_be_started_again(empty, vault, monkeypatch):
    engine = make_engine(empty)
    with session_factory(engine, vault)() as session:
        with monkeypatch.context() as broken:
            broken.setattr(loader.ledger, "rebuild_point", _fails)
            with pytest.raises(RuntimeError, match="planted"):
                demo.load(Act.of_system(session, NOW), first=TODAY.plus(-3), points_per_contract=1)
        assert installation.is_empty(session)
        demo.load(Act.of_system(session, NOW), first=TODAY.plus(-3), points_per_contract=1)
        assert not installation.is_empty(session)
        session.rollback()
    engine.dispose()


def test_progress_names_every_stage_and_ends_each_at_its_total(empty, vault):
    seen: dict[str, tuple[int, int]] = {}
    engine = make_engine(empty)
    with session_factory(engine, vault)() as session:
        demo.load(
            Act.of_system(session, NOW),
            first=TODAY.plus(-3),
            points_per_contract=1,
            progress=lambda what, done, total: seen.update({what: (done, total)}),
        )
    engine.dispose()
    assert seen == {"Accounts": (7, 7), "Daily history": (10, 10), "Balance accounts": (10, 10)}


def test_the_whole_demonstration_has_a_row_for_every_day_since_december_2014(empty, vault):
    with played(empty, vault, first=FIRST_GAS_DAY, points=None) as whole, whole.sessions() as session:
        lives = session.execute(
            text(
                "SELECT name, starts_on, min(gas_day), max(gas_day), count(consumed_m3) FROM daily_balances "
                "JOIN delivery_points ON delivery_points.id = delivery_point_id WHERE gas_day < :today "
                "AND ends_on IS NULL GROUP BY name, starts_on"
            ),
            {"today": TODAY.isoformat()},
        ).all()
        assert len(lives) == 23
        since_the_beginning = 0
        for name, starts_on, first, last, measured in lives:
            assert (first, last) == (starts_on, YESTERDAY.isoformat()), name
            days = (TODAY.date - date.fromisoformat(starts_on)).days
            assert days - 3 <= measured <= days, name
            since_the_beginning += starts_on == FIRST_GAS_DAY.isoformat()
        assert since_the_beginning == 18
        netted = session.execute(text("SELECT count(*) FROM adjustments WHERE reason = 'netting'")).scalar_one()
        assert netted > 40
        written = whole.notes
        assert written["today"] == TODAY.isoformat()
        assert sum(len(each["delivery_points"]) for each in written["contracts"]) == 24
        assert set(written["contracts"][0]) >= {
            "company",
            "modality",
            "web_key",
            "unit",
            "max_daily",
            "delivery_points",
        }
        assert set(written["contracts"][0]["delivery_points"][0]) >= {"id", "name", "numeric_key", "unit", "exit_point"}


def _fails(*_args: Any, **_kwargs: Any) -> None:
    raise RuntimeError("planted")
