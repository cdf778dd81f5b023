"""Lines, sums and differences of a day book for print: figures and words ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.authorisations import CUT_WORDS, LineState, Origin
from portal.domain.calendar import WEEKDAYS
from portal.domain.gas_day import in_bogota
from portal.domain.nominations import Channel
from portal.domain.quantities import Unit, half_up
from portal.domain.timetable import RequestKind
from portal.services.day_book import Difference, Line, Questioned, Total, Totals
from portal.web.filters import MODALITY_WORDS, grouped, measure, quantity

from .words import STATES, doubt_words

MOST_CHANGES = 50
# 1 KPC = 28.316846592 m³, in the 10⁻⁹ of it.
_KPC = 28_316_846_592


class Row(NamedTuple):
    """Line ready for print."""

    id: str
    point: str
    owner: str
    contact: str
    phone: str
    shift_hours: str
    m3: str
    mbtu: str
    kpc: str
    in_m3: bool
    above: bool
    how: str
    by_rule: bool
    allowed: str
    reason: str
    tone: str
    state: str
    needs_work: bool
    doubt: str
    before: str


class Group(NamedTuple):
    """Lines of an exit point on this page, and the sum of all its points."""

    title: str
    rows: Sequence[Row]


class SumRow(NamedTuple):
    """Row of the tables of sums."""

    name: str
    note: str
    points: str
    m3: str
    mbtu: str
    kpc: str
    cap: str = ""
    above: bool = False


class Doubt(NamedTuple):
    """Line that needs a tick before it is confirmed or published, and the reason."""

    id: str
    point: str
    tick: str
    quantity: str
    why: str


class Change(NamedTuple):
    """Nomination of a point in the last version and now."""

    point: str
    owner: str
    before: str
    after: str


def doubt_of(each: Questioned) -> Doubt:
    """Return a doubtful line in words; ``tick`` names it and the shown revision."""
    line = each.line
    gas = line.recorded or line.asked
    return Doubt(
        line.point_public_id,
        line.point,
        f"{line.point_public_id}:{line.revision}",
        "" if gas is None else measure(gas.in_unit(line.unit)),
        doubt_words(each),
    )


def row_of(line: Line, state: LineState, *, above: bool, doubt: str = "") -> Row:
    """Return a line ready for print; ``above``: its contract exceeds its maximum.

    ``doubt`` says why it is not confirmed with the others.
    """
    tone, words = STATES[state]
    allowed, reason, m3, mbtu = line.allowed, line.cut_reason, line.asked_m3, line.asked_mbtu
    return Row(
        line.point_public_id,
        line.point,
        f"{line.company} · {line.contract_number}",
        line.contact or "",
        line.phone or "",
        line.shift_hours or "",
        "" if m3 is None else _whole(m3),
        "" if mbtu is None else _two_decimals(mbtu),
        "" if m3 is None else _two_decimals(half_up(m3 * 10**9, _KPC)),
        line.unit_word == Unit.M3,
        above,
        _how(line),
        line.channel_word == Channel.POLICY,
        "" if allowed is None else measure(allowed.in_unit(line.unit)),
        "" if reason is None else f"{reason.value}: {CUT_WORDS[reason]}",
        tone,
        words,
        state in (LineState.TO_AUTHORISE, LineState.OUTDATED),
        doubt,
        _before(line, state),
    )


def changes_of(differences: Sequence[Difference]) -> list[Change]:
    """Return the first differences, in words."""
    return [
        Change(
            each.line.point,
            f"{each.line.company} · {each.line.contract_number}",
            f"{_said(each.before)}{_left_contract(each)}",
            f"{_said(each.after)}{' (misma cantidad)' if each.same_quantity else ''}",
        )
        for each in differences[:MOST_CHANGES]
    ]


def sum_row(name: str, note: str, total: Total) -> SumRow:
    """Return the row of a sum; rounded only for display."""
    missing = f", {total.missing} sin nominación" if total.missing else ""
    return SumRow(
        name,
        note,
        f"{total.points}{missing}",
        quantity(total.gas.m3),
        quantity(total.gas.mbtu),
        grouped(total.kpc, 2),
    )


def rows_of_totals(totals: Totals) -> tuple[list[SumRow], list[SumRow], SumRow]:
    """Return the rows of the sums of a book: by exit point, by modality, and of all of it."""
    return (
        [sum_row(f"{gate.code} {gate.name}", "", gate.total) for gate in totals.gates],
        [sum_row(MODALITY_WORDS[each.modality], "", each.total) for each in totals.modalities],
        sum_row("Todo el libro", "", totals.all),
    )


def _said(line: Line | None) -> str:
    if line is None:
        return "no estaba en el libro"
    if line.asked is None:
        return "sin nominación"
    return f"{measure(line.asked.in_unit(line.unit))}, versión {line.revision}"


def _left_contract(each: Difference) -> str:
    """Name the contract of the earlier line where the point passed to another one."""
    before, after = each.before, each.after
    if before is None or after is None or before.contract_id == after.contract_id:
        return ""
    return f", con el contrato {before.contract_number}"


def _before(line: Line, state: LineState) -> str:
    """Name what was published for an earlier revision while the one in force waits."""
    gas = line.answered_before
    if gas is None or state is LineState.RECORDED:
        return ""
    given_for = "lo anterior" if line.published_revision is None else f"la versión {line.published_revision}"
    return f"para {given_for}: {measure(gas.in_unit(line.unit))}"


def _how(line: Line) -> str:
    """Describe the origin of the quantity in force: "nominación v1, lun 9:00"."""
    if line.received_at is None:
        return ""
    arrived = in_bogota(line.received_at)
    kind = "re-nominación" if line.kind_word == RequestKind.RENOMINATION else "nominación"
    if line.origin is Origin.POLICY:
        kind = "P, al cierre"
    elif line.channel_word == Channel.STANDING_ORDER:
        kind = "orden permanente"
    said = f"{kind} v{line.revision}, {WEEKDAYS[arrived.weekday()][:3]} {arrived.hour}:{arrived.minute:02}"
    if line.effective_at is None:
        return said
    begins = in_bogota(line.effective_at)
    return f"{said}, rige desde {WEEKDAYS[begins.weekday()][:3]} {begins.hour}:{begins.minute:02}"


def _two_decimals(micro: int) -> str:
    hundredths = half_up(micro, 10_000)
    return f"{hundredths // 100:,}".replace(",", ".") + f",{hundredths % 100:02}"


def _whole(micro: int) -> str:
    return f"{half_up(micro, 10**6):,}".replace(",", ".")
