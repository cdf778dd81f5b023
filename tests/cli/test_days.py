"""`portal days` and `portal receipts`: the close by hand, the rule of a point, the chains of receipts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel, ClosePolicy
from portal.models import DeliveryPoint, Nomination, PointPolicy
from tests.cli.conftest import Run
from tests.factories import NOW, TODAY

AFTER_THE_CLOSE = (GasDay.of(NOW).start + timedelta(hours=12, minutes=1)).isoformat()


def test_a_close_is_applied_by_hand_once(portal: Run, point: DeliveryPoint, database: Session):
    first = portal("days", "close", PORTAL_NOW=AFTER_THE_CLOSE)
    assert first.exit_code == 0
    assert f"{TODAY.plus(1).isoformat()} gnv-suministro: 1 points nominated by rule." in first.stdout
    again = portal("days", "close", PORTAL_NOW=AFTER_THE_CLOSE)
    assert again.stdout == "Nothing is due.\n"
    rows = database.scalars(select(Nomination).order_by(Nomination.gas_day)).all()
    assert [(row.gas_day, row.channel) for row in rows] == [
        (TODAY, Channel.POLICY),
        (TODAY.plus(1), Channel.POLICY),
    ]


def test_the_rule_of_a_point_is_set_from_a_day_on(portal: Run, point: DeliveryPoint, database: Session):
    done = portal("days", "policy", "M-1", "zero", "--from", "2026-12-01")
    assert (done.exit_code, "zero from 2026-12-01 on." in done.stdout) == (0, True)
    row = database.scalars(select(PointPolicy)).one()
    assert (row.policy, row.valid_from.isoformat()) == (ClosePolicy.ZERO, "2026-12-01")


def test_a_point_a_rule_and_a_day_that_are_none_are_one_line(portal: Run, point: DeliveryPoint, database: Session):
    for given, words in (
        (("M-9", "zero", "--from", "2026-12-01"), "No delivery point has the id or code M-9."),
        (("M-1", "zero", "--from", "mañana"), "mañana is no gas day"),
    ):
        result = portal("days", "policy", *given)
        assert result.exit_code == 1
        assert words in result.stderr
    assert portal("days", "policy", "M-1", "nothing", "--from", "2026-12-01").exit_code == 2
    assert database.scalars(select(PointPolicy)).all() == []


def test_the_chains_of_receipts_are_recomputed(portal: Run, point: DeliveryPoint):
    done = portal("receipts", "verify")
    assert (done.exit_code, done.stdout) == (0, "The chain of receipts of every delivery point holds.\n")
