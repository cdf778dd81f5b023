"""``portal history``: the former system's balance sheets, previewed, held against their own totals, and loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.counts import agree
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.searched import bare
from portal.models import Company
from portal.services.files.formats import COMPOUND, ZIP
from portal.services.files.problems import BadFile
from portal.services.files.sheet_tables import UPLOAD
from portal.services.ops.history import imports, parts, plans
from portal.services.ops.history.shapes import WRITTEN, Figure
from portal.services.store.acts import Act
from portal.words.understood import understood

from .files import ANSWERS, FILE, known_answers
from .folders import shown
from .installation import ACTOR, opened, staff_member
from .progress import Stages
from .words import problem_words

MOST_LINES = 40
LONGEST_REASON = 500
FIGURES = {
    Figure.NOMINATED: "nominated",
    Figure.AUTHORISED: "authorised",
    Figure.CONSUMED: "consumed",
    Figure.IMBALANCE: "daily imbalance",
    Figure.ACCUMULATED: "accumulated total",
    Figure.MONTH_ACCUMULATED: "accumulated total of the month",
    Figure.OPENING: "opening balance",
}
OPENINGS = {
    plans.OpeningFrom.SAID: "as the sheet says",
    plans.OpeningFrom.FIRST_TOTAL: "so that the sheet's total of its first day is right",
}


class HistoryRefused(click.ClickException):
    """Refused files: a line for each sheet or point, with the broken rules below it."""

    def __init__(self, places: Iterable[tuple[str, BadFile]]) -> None:
        lines: list[str] = []
        for place, bad in places:
            count = len(bad.problems)
            lines.append(
                f"{shown(place)} was refused and nothing was written ({count} {agree(count, 'problem', 'problems')}):"
            )
            lines += [f"  {problem_words(problem)}" for problem in bad.problems[:MOST_LINES]]
            if count > MOST_LINES:
                lines.append(f"  … and {count - MOST_LINES} more")
        super().__init__("\n".join(lines))


@click.group()
def history() -> None:
    """The history of the former system."""


@history.command("import")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--take", is_flag=True, help="Load what the preview shows; without it nothing is written.")
@click.option("--company", "nit", help="Only the points of the company with this NIT.")
@click.option(
    "--accept-difference",
    "reason",
    metavar="REASON",
    help="Load although an account differs from the sheet's, or the sheet has no total; the reason is kept.",
)
@click.option("--opposite-sign", is_flag=True, help="The sheets count consumed minus due: their totals change sign.")
@click.option("--by", "email", help="Who loads it: the e-mail of a staff account.")
@ANSWERS
def import_history(
    files: tuple[Path, ...],
    take: bool,
    nit: str | None,
    reason: str | None,
    opposite_sign: bool,
    email: str | None,
    answers: tuple[str, ...],
) -> None:
    """Show, or with --take load, the past of balance sheets: CSV or Excel, long, wide or one point a sheet.

    Nominated, authorised and consumed gas, opening balances; the sheets' own totals are compared day by day. All of it
    is written in one transaction, or nothing. Days that the portal has figures of keep them. Status 0 only if every
    account equals the sheet's, or its difference is accepted.
    """
    if reason is not None and not 0 < len(" ".join(reason.split())) <= LONGEST_REASON:
        raise click.BadParameter(
            f"give a reason of at most {LONGEST_REASON} characters", param_hint="--accept-difference"
        )
    with opened() as portal, portal.sessions() as session, ExitStack() as stack:
        wanted = imports.Wanted(
            [parts.File(path.name, _open(path, stack)) for path in files],
            None if nit is None else _company(session, nit),
            known_answers(answers),
            opposite_sign,
        )
        act = Act.at(session, ACTOR if email is None else staff_member(session, email), portal.now())
        try:
            if take:
                with Stages() as stages:
                    done = imports.take_history(
                        act,
                        wanted,
                        accepted=None if reason is None else " ".join(reason.split()),
                        progress=stages.stage("Points"),
                    )
            else:
                done = imports.preview_history(act, wanted)
        except parts.Refused as refused:
            raise HistoryRefused(refused.places) from None
        except imports.NotReconciled as error:
            _show(error.history, taken=False)
            raise click.ClickException(
                f"Nothing was written: {_open_words(error.history.open)} (--accept-difference REASON loads it so)."
            ) from None
        _show(done, taken=take)
    if done.open and reason is None:
        raise click.ClickException(f"{_open_words(done.open)}.")


def _open(path: Path, stack: ExitStack) -> bytes | BinaryIO:
    """Return a workbook's bytes, at most one beyond the limit; a text as a stream."""
    opened_file = stack.enter_context(path.open("rb"))
    start = opened_file.read(4)
    opened_file.seek(0)
    return opened_file.read(UPLOAD.bytes + 1) if start.startswith((ZIP, COMPOUND)) else opened_file


def _company(session: Session, nit: str) -> Company:
    """Return the company with this NIT, with or without its signs."""
    for company in session.scalars(select(Company)).unique():
        if bare(company.nit) == bare(nit):
            return company
    raise click.ClickException(f"No company has the NIT {nit}.")


def _show(done: imports.History, *, taken: bool) -> None:
    """Print what was understood, then each point."""
    _show_parts(done)
    for place in done.passed_over:
        click.echo(f"{shown(place)}: no figures of an account, not read.")
    if done.unknown:
        click.echo(f"Left out, no point of the portal: {', '.join(map(shown, done.unknown))}.")
    if done.others:
        click.echo(f"Left out, points of other companies: {done.others} {agree(done.others, 'figure', 'figures')}.")
    for plan in done.plans:
        _show_point(plan)
    if not done.plans:
        click.echo("The files say nothing of any point.")
    elif done.is_empty:
        click.echo("Nothing is new: the portal has every day of it already.")
    else:
        counts = ", ".join(
            f"{sum(len(plan.added[figure]) for plan in done.plans)} {FIGURES[figure]}" for figure in WRITTEN
        )
        openings = sum(plan.opening is not None for plan in done.plans)
        points = sum(not plan.is_empty for plan in done.plans)
        said = "Loaded" if taken else "Would load (--take does)"
        click.echo(
            f"{said}: {counts} {agree(2, 'quantity', 'quantities')}, {openings} opening "
            f"{agree(openings, 'balance', 'balances')}, at {points} {agree(points, 'point', 'points')}."
        )


def _show_parts(done: imports.History) -> None:
    """Print what was understood of each figure of each sheet."""
    told: set[tuple[str, str]] = set()
    for part in done.parts:
        # A column that another figure of the sheet is read from was not left out.
        others = [each.table.seen.left_out for each in done.parts if each.place == part.place]
        seen = part.table.seen
        seen.left_out = tuple([title for title in seen.left_out if all(title in titles for titles in others)])
        sentences = understood(seen)
        click.echo(f"{shown(part.place)}, {FIGURES[part.figure]}: {shown(sentences[0])}")
        for sentence in sentences[1:]:
            if (part.place, sentence) not in told:
                click.echo(f"  {shown(sentence)}", err=True)
                told.add((part.place, sentence))
        if part.read_as_others is not None:
            sign = "comma" if part.read_as_others else "point"
            click.echo(f"  figures read with a decimal {sign}, as the others of these files", err=True)


def _show_point(plan: plans.PointPlan) -> None:
    point, told = plan.point, plan.told
    click.echo(f"{point.carrier_code} {point.name} ({point.contract.company.name}), {point.unit.value}")
    for figure in WRITTEN:
        days = told.days[figure]
        if days:
            unit = Unit.M3 if figure is Figure.CONSUMED else point.unit
            click.echo(f"  {FIGURES[figure]}: {_span(days)}, sum {_figure(sum(days.values()), unit)} {unit.value}")
        kept = plan.kept.get(figure)
        if kept is not None:
            click.echo(f"    {_kept_words(kept)}")
    if told.to_come and told.first_to_come is not None:
        click.echo(
            f"  left out: {told.to_come} {agree(told.to_come, 'figure', 'figures')} of days that are not over, from "
            f"{told.first_to_come.isoformat()} on"
        )
    if told.zeros_outside:
        zeros = told.zeros_outside
        click.echo(f"  left out: {zeros} {agree(zeros, 'zero', 'zeros')} of days on which the point is not served")
    if plan.opening is not None:
        found = plan.opening
        click.echo(
            f"  opening balance: {plain(found.quantity)} {found.quantity.unit.value} before {found.day.isoformat()}, "
            f"{OPENINGS[found.source]}"
        )
    for line in _held_words(plan):
        click.echo(f"  {line}")


def _kept_words(kept: plans.Kept) -> str:
    there = f"{kept.days} {agree(kept.days, 'day is', 'days are')} there already and stay, the first {kept.first}"
    if kept.first_different is None:
        return there
    return f"{there}; the file says {kept.different} of them otherwise, the first {kept.first_different}"


def _held_words(plan: plans.PointPlan) -> list[str]:
    """Return how the account compares with the sheet's."""
    held, found = plan.held, plan.difference
    unit = held.unit.value
    if held.figure is None:
        return [f"account: {_figure(plan.closing[0], Unit.M3)} m3; the sheet has no total to hold it against"]
    name = FIGURES[held.figure]
    if found is None:
        return [
            (
                f"{name}: equal on {held.days} {agree(held.days, 'day', 'days')}, on {held.last} "
                f"the portal's {_figure(held.computed, held.unit)}, the sheet's {_figure(held.said, held.unit)} {unit}"
            )
        ]
    differs = (
        f"{name}: DIFFERS first on {found.day}: the portal's {_figure(found.computed, found.unit)}, "
        f"the sheet's {_figure(found.said, found.unit)} {unit}, "
        f"difference {_figure(found.computed - found.said, found.unit)}"
    )
    said = "–" if found.said_imbalance is None else _figure(found.said_imbalance, found.unit)
    day = [f"{FIGURES[figure]} {_of_day(plan, figure, found.day)}" for figure in WRITTEN]
    of_day = (
        f"  of that day: {', '.join(day)}; imbalance the portal's {_figure(found.imbalance, found.unit)}, "
        f"the sheet's {said}"
    )
    lines = [differs, of_day]
    if found.is_opposite:
        lines.append("  with the signs the other way round it is equal: --opposite-sign")
    return lines


def _of_day(plan: plans.PointPlan, figure: Figure, day: date) -> str:
    micro = plan.told.days[figure].get(day)
    return "–" if micro is None else _figure(micro, plan.point.unit)


def _open_words(found: Sequence[plans.PointPlan]) -> str:
    """Return in one line which accounts are not the sheet's."""
    first = found[0]
    count = len(found)
    where = f"{first.point.carrier_code} {first.point.name}"
    if first.difference is None:
        what = f"{where} has no total to hold its account against"
    else:
        difference = first.difference
        what = (
            f"{where} differs from {difference.day} on: the portal's {_figure(difference.computed, difference.unit)}, "
            f"the sheet's {_figure(difference.said, difference.unit)} {difference.unit.value}"
        )
    return what if count == 1 else f"{what}; and {count - 1} more {agree(count - 1, 'point', 'points')}"


def _span(days: Iterable[date]) -> str:
    listed = list(days)
    count = len(listed)
    return f"{count} {agree(count, 'day', 'days')} {min(listed)} to {max(listed)}"


def _figure(micro: int, unit: Unit) -> str:
    return plain(Quantity.from_micro(micro, unit))
