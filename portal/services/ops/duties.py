"""Duties of the worker besides mail: rules at the close, reminders, terms of cases, old files, a daily anchor."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.ports import Port
from portal.services import calls, market, registry
from portal.services.account import consumption, statement_packs
from portal.services.cases import pqr
from portal.services.day_book import operator_mails
from portal.services.files import uploads
from portal.services.mail import delivery, outbox
from portal.services.nominations import day_closes, practice, reminders
from portal.services.store import charges
from portal.services.store.acts import Act
from portal.services.timetable import holiday_news

from . import anchors as daily_anchors
from . import retention

log = structlog.get_logger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done:
    """Result of a round: reminders and mails to operators posted, closes applied, points they filled, files deleted.

    ``failed`` names the duties that failed; each is due again in the next round.
    """

    reminders: int = 0
    closes: int = 0
    filled: int = 0
    expired: int = 0
    operator_mails: int = 0
    failed: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """True when the round did anything."""
        return bool(self.reminders or self.closes or self.expired or self.operator_mails)


def perform(
    act: Act, *, anchors: Path, anchor_mail: tuple[str, ...] = (), ports: Collection[Port] = tuple(Port)
) -> Done:
    """Do the due duties; commits. Each duty is done once for any number of calls.

    ``anchors`` is the file in which this host keeps the daily anchors, ``anchor_mail`` the recipient of each;
    ``ports`` are those with a gateway. A duty that fails is logged, and stops no other.
    """
    first = perform_at_hours(act)
    told = tell_operators(act)
    then = perform_upkeep(act, anchors=anchors, anchor_mail=anchor_mail, ports=ports)
    failed = (*first.failed, *told.failed, *then.failed)
    return Done(first.reminders, first.closes, first.filled, then.expired, told.operator_mails, failed)


def perform_at_hours(act: Act) -> Done:
    """Do the duties with an hour: the rule at the close, then reminders."""
    none: dict[tuple[GasDay, Modality], int] = {}
    closes, closes_failed = _attempt(act.session, "closes", lambda: day_closes.apply_due(act), none)
    reminded, reminders_failed = _attempt(act.session, "reminders", lambda: reminders.post_due(act), 0)
    escalated, escalations_failed = _attempt(act.session, "escalations", lambda: reminders.post_last_call(act), 0)
    return Done(
        reminded + escalated,
        len(closes),
        sum(closes.values()),
        failed=closes_failed + reminders_failed + escalations_failed,
    )


def tell_operators(act: Act) -> Done:
    """Post the mails that operators chose."""
    told, failed = _attempt(act.session, "operator-mails", lambda: operator_mails.post_due(act), 0)
    return Done(operator_mails=told, failed=failed)


def perform_upkeep(
    act: Act, *, anchors: Path, anchor_mail: tuple[str, ...] = (), ports: Collection[Port] = tuple(Port)
) -> Done:
    """Do the duties without an hour: old files, links, charges, calls, cases, balances, holidays, deviations, purge.

    Messages by a port that is none of ``ports`` are given up.
    The anchor comes last: a full disk can refuse it.
    """
    session = act.session
    expired, expiry_failed = _attempt(
        session, "old-files", lambda: uploads.expire(act) + statement_packs.expire(act), 0
    )
    _, charges_failed = _attempt(session, "open-charges", lambda: charges.sweep(act), 0)
    _, calls_failed = _attempt(session, "forgotten-calls", lambda: calls.end_forgotten_calls(act), 0)
    _, pages_failed = _attempt(session, "followed-pages", lambda: calls.followings.forget_pages(act), 0)
    _, links_failed = _attempt(session, "forgotten-links", lambda: outbox.forget_due(act), None)
    _, messages_failed = _attempt(
        session, "messages-without-gateway", lambda: delivery.give_up_without_gateway(act, ports=ports), 0
    )
    _, cases_failed = _attempt(session, "cases", lambda: pqr.watch_due(act), 0)
    _, balances_failed = _attempt(session, "balances", lambda: registry.balances.carry_due(act), 0)
    _, holidays_failed = _attempt(session, "holidays", lambda: holiday_news.learn_due(act), 0)
    _, punctuality_failed = _attempt(session, "punctuality", lambda: market.punctuality.count_due(act), 0)
    _, deviations_failed = _attempt(session, "deviations", lambda: consumption.investigations.open_due(act), 0)
    _, practice_failed = _attempt(session, "practice", lambda: practice.reset_due(act), 0)
    _, purge_failed = _attempt(session, "purge", lambda: retention.remove_due(act), 0)
    _, anchor_failed = _attempt(
        session, "anchor", lambda: daily_anchors.anchor_due(act, path=anchors, mail_to=anchor_mail), False
    )
    return Done(
        expired=expired,
        failed=(
            *expiry_failed,
            *charges_failed,
            *calls_failed,
            *pages_failed,
            *links_failed,
            *messages_failed,
            *cases_failed,
            *balances_failed,
            *holidays_failed,
            *punctuality_failed,
            *deviations_failed,
            *practice_failed,
            *purge_failed,
            *anchor_failed,
        ),
    )


def _attempt(session: Session, duty: str, do: Callable[[], Result], nothing: Result) -> tuple[Result, tuple[str, ...]]:
    """Do one duty; log any error of it, so that the others are still done."""
    began = time.monotonic()
    try:
        result = do()
    except Exception as error:
        with contextlib.suppress(SQLAlchemyError):
            session.rollback()
        expected = isinstance(error, (OSError, SQLAlchemyError))
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[:1]
        log.error("duty failed", duty=duty, error=type(error).__name__, reason="".join(reason), exc_info=not expected)
        return nothing, (duty,)
    if result:
        count = sum(result.values()) if isinstance(result, dict) else int(result)  # type: ignore[call-overload]
        log.info("duty", duty=duty, count=count, ms=round((time.monotonic() - began) * 1000, 1))
    return result, ()
