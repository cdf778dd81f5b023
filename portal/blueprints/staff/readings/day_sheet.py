"""All points of a gas day on one sheet, typed or pasted down the column, saved row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import counted
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.oddities import MEAN_DAYS, Oddity
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.services.files.cells import BadCell
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.measures import meters
from portal.services.measures import readings as measured
from portal.services.measures.meters import IndexState
from portal.services.measures.readings import ON_A_PAGE, USUAL_DAYS, Cursor, SheetRow, Wanted, Writable, Written
from portal.services.store.refusals import Conflict, NotFound, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import page, refusal_words
from portal.web.extensions import htmx
from portal.web.filters import exact, grouped
from portal.web.forms import TypedForm, argument, whole
from portal.web.limits import takes_fields
from portal.web.listed import LONGEST_SEARCH
from portal.words.files import PAGE_EXAMPLE, rule_words
from portal.words.meters import WORDS, spoken
from portal.words.oddities import ODDITY_WORDS

from .forms import parse_typed_figure
from .words import STATES, WRITABLE

ADDRESS = "/consola/mediciones/dia/<day>"
# What is typed: the volume of the day, or the index of its meter at the end of it.
INDEX = "indice"
KINDS = ("volume", INDEX)
# Odd also of a day that is not over.
ODD_SO_FAR = frozenset({Oddity.ABOVE_MAXIMUM, Oddity.TIMES_MORE})
# Points with an odd figure that the one line over the page names.
MOST_NAMED = 5


class Line(NamedTuple):
    """Row as it is shown: what stands in its field, what was done, and what is odd about it."""

    row: SheetRow
    typed: str
    said: str = ""
    error: str = ""
    odd: str = ""
    of_meter: IndexState | None = None


class SheetForm(TypedForm):
    """Form of the whole sheet; its fields are named by the points, and read row by row."""

    shown = HiddenField()


@blueprint.get("/consola/mediciones/dia")
@open_to(Staff(Function.LOAD_READINGS))
def choose_day_sheet() -> ResponseReturnValue:
    """Lead to the sheet of ``?dia=``; without one, or for what is no day, to that of yesterday."""
    try:
        day = parse_gas_day(argument("dia"))
    except BadGasDay:
        day = GasDay.of(runtime.now()).plus(-1)
    return redirect(url_for(".day_sheet", day=min(day, GasDay.of(runtime.now())).isoformat()), 303)


@blueprint.get(ADDRESS)
@open_to(Staff(Function.LOAD_READINGS))
def day_sheet(day: str) -> ResponseReturnValue:
    """Show the points served on a day, those of ``?q=&salida=&faltan=``, a hundred at a time."""
    return _show(_gas_day(day), {})


@blueprint.post(ADDRESS)
@takes_fields(2 * ON_A_PAGE + 10)
@open_to(Staff(Function.LOAD_READINGS))
def save_day_sheet(day: str) -> ResponseReturnValue:
    """Save what was typed on the page, each row by itself: one that breaks a rule keeps its text and its reason."""
    gas_day, lines = _gas_day(day), {}
    for name in request.form:
        kind, _, point = name.partition("-")
        if kind in KINDS and request.form[name].strip():
            line = _save(gas_day, point, kind)
            if line.said or line.error:
                lines[line.row.point] = line
    if gas_day > GasDay.of(runtime.now()):
        return _show_day_to_come(gas_day, lines)
    saved = sum(bool(line.said) for line in lines.values())
    odd = [line.row.name for line in lines.values() if line.odd]
    also = f"; {_list_odd(odd)}" if odd else ""
    flash(f"{counted(saved, 'medición guardada', 'mediciones guardadas')}{also}.", "success" if saved else "info")
    return _show(gas_day, lines, status=422 if any(line.error for line in lines.values()) else 200)


@blueprint.post(f"{ADDRESS}/<point>")
@takes_fields(2 * ON_A_PAGE + 10)
@open_to(Staff(Function.LOAD_READINGS))
def save_day_sheet_row(day: str, point: str) -> ResponseReturnValue:
    """Save the row of a point; with htmx answer with the row and the totals, else with the page."""
    gas_day = _gas_day(day)
    line = _save(gas_day, point, next((kind for kind in KINDS if f"{kind}-{point}" in request.form), "volume"))
    if not htmx:
        if gas_day > GasDay.of(runtime.now()):
            return _show_day_to_come(gas_day, {point: line})
        return _show(gas_day, {point: line}, status=422 if line.error else 200)
    wanted = _wanted()
    totals = measured.load_totals(act(), gas_day=gas_day, wanted=wanted)
    return page(
        "staff/readings/_day_sheet_row.html",
        status=422 if line.error else 200,
        line=line,
        day=gas_day,
        today=GasDay.of(runtime.now()),
        totals=totals,
        wanted=wanted,
        kept=_kept(wanted, by_index=line.of_meter is not None),
        states=STATES,
        writable=WRITABLE,
        alone=True,
        by_index=line.of_meter is not None,
    )


def _list_odd(names: Sequence[str]) -> str:
    """Return how many saved figures are odd and of which points, the first five by name."""
    shown = ", ".join(f"«{name}»" for name in names[:MOST_NAMED])
    more = f" y {len(names) - MOST_NAMED} más" if len(names) > MOST_NAMED else ""
    return f"{counted(len(names), 'llama la atención', 'llaman la atención')}: {shown}{more}"


def _save(gas_day: GasDay, point: str, kind: str) -> Line:
    """Write what was typed for a point; the line says what happened. ``NotFound`` for a point not served that day."""
    typed = request.form.get(f"{kind}-{point}", "").strip()
    row = measured.load_sheet_row(act(), gas_day=gas_day, point=point)
    known = _indices([row], gas_day).get(row.row_id)
    index = known if kind == INDEX else None
    if gas_day > (today := GasDay.of(runtime.now())):
        return Line(row, typed, error=rule_words(Problem(Rule.FUTURE_DAY, fact=today.isoformat())), of_meter=index)
    if row.writable is not Writable.YES:
        return Line(row, _shown(row), error="Ya no se escribe aquí: abra el día para corregirla.", of_meter=index)
    try:
        figure = Quantity.of(parse_typed_figure(typed), Unit.M3)
    except BadCell as bad:
        return Line(row, typed, error=rule_words(Problem(bad.rule), example=PAGE_EXAMPLE), of_meter=index)
    if figure == (row.volume if index is None else index.typed) and row.state is ReadingState.PROVISIONAL:
        return _line(row, index)
    try:
        recounted = _record(gas_day, row, kind, figure)
    except BadFile as bad:
        return Line(row, typed, error=" ".join(rule_words(problem) for problem in bad.problems), of_meter=index)
    except Rejected as refused:
        return Line(row, typed, error=refusal_words(spoken(refused), WORDS), of_meter=index)
    except Conflict:
        return Line(row, typed, error=_overtaken(row), of_meter=index)
    saved = measured.load_sheet_row(act(), gas_day=gas_day, point=point)
    state = _indices([saved], gas_day).get(saved.row_id) if kind == INDEX else None
    said = "Guardada"
    if recounted is not None:
        said = f"Guardada, y se volvió a contar el día siguiente: {exact(recounted)}"
    elif kind != INDEX and known is not None and known.typed is not None:
        said = f"Guardada; el índice de ese día, {exact(known.typed)}, ya no cuenta"
    return _line(saved, state)._replace(said=said, odd=_odd_words(saved, gas_day))


def _record(gas_day: GasDay, row: SheetRow, kind: str, figure: Quantity) -> Quantity | None:
    """Write a figure; return the m³ of the day after where an index made it count anew."""
    seen = whole(request.form.get(f"seen-{row.point}", ""))
    # A form without it has seen nothing that can count.
    version = -1 if seen is None else seen
    if kind == INDEX:
        recorded = meters.record_index(act(), point=row.point, gas_day=gas_day, index=figure, seen=version)
        return recorded.recounted
    written = Written(gas_day, figure, ReadingState.PROVISIONAL, None, version)
    measured.record(act(), point=row.point, written=written)
    return None


def _indices(rows: Sequence[SheetRow], gas_day: GasDay) -> Mapping[int, IndexState]:
    return meters.find_index_states(database.current(), point_ids=[row.row_id for row in rows], gas_day=gas_day)


def _line(row: SheetRow, index: IndexState | None) -> Line:
    """Return the row with what is in force: its volume, or the index of the day."""
    if index is None:
        return Line(row, _shown(row))
    return Line(row, "" if index.typed is None else exact(index.typed).partition(" ")[0], of_meter=index)


def _overtaken(row: SheetRow) -> str:
    now = "ninguna" if row.volume is None else f"{exact(row.volume)}, {STATES[row.state][1]}" if row.state else ""
    return f"Alguien la cambió mientras usted escribía; ahora vale: {now}. Envíela otra vez para reemplazarla."


def _odd_words(row: SheetRow, gas_day: GasDay) -> str:
    """Return what is odd about a saved figure, as about one of a file, and how far it is from its mean; else empty."""
    if row.volume is None:
        return ""
    weighed = measured.weigh_reading(database.current(), point_id=row.row_id, gas_day=gas_day, volume=row.volume)
    runs = gas_day >= GasDay.of(runtime.now())
    # The total so far of a day that runs is small, and is no sum of its gate.
    words = [ODDITY_WORDS[oddity] for oddity in weighed.oddities if not runs or oddity in ODD_SO_FAR]
    times = weighed.times(row.volume.micro)
    if words and times:
        mean, shown = f"su media de {counted(MEAN_DAYS, 'día', 'días')}", _shown_times(max(times, 1 / times))
        words.append(f"es {shown} veces {mean}" if times >= 1 else f"{mean} es {shown} veces esa cifra")
    gate = None if runs else measured.find_gate_sum(database.current(), point_id=row.row_id, gas_day=gas_day)
    if gate is not None:
        words.append(f"la puerta {gate.code} midió {exact(gate.measured)} y sus puntos suman {exact(gate.counted)}")
    return "; ".join(words)


def _shown_times(times: Fraction) -> str:
    return grouped(Decimal(times.numerator) / Decimal(times.denominator), 1)


def _shown(row: SheetRow) -> str:
    return "" if row.volume is None else exact(row.volume).partition(" ")[0]


def _gas_day(day: str) -> GasDay:
    try:
        return parse_gas_day(day)
    except BadGasDay:
        raise NotFound from None


def _wanted() -> Wanted:
    return Wanted(argument("q", longest=LONGEST_SEARCH), argument("salida", longest=20), bool(argument("faltan")))


def _kept(wanted: Wanted, *, by_index: bool) -> Mapping[str, str | None]:
    """Return the filters and the kind of figure as an address carries them on."""
    return {
        "modo": INDEX if by_index else None,
        "q": wanted.text or None,
        "salida": wanted.gate or None,
        "faltan": "1" if wanted.missing_only else None,
    }


def _cursor() -> Cursor | None:
    """Return the place of ``?desde=``, three parts set apart by tabs; None for anything else."""
    gate, _, rest = request.args.get("desde", "").partition("\t")
    name, _, row_id = rest.partition("\t")
    number = whole(row_id)
    return None if number is None else Cursor(gate, name, number)


def _show(gas_day: GasDay, lines: Mapping[str, Line], *, status: int = 200) -> ResponseReturnValue:
    wanted = _wanted()
    sheet = measured.load_day_sheet(act(), gas_day=gas_day, wanted=wanted, after=_cursor())
    by_index = argument("modo") == INDEX
    states = _indices(sheet.rows, gas_day) if by_index else {}
    shown = [lines.get(row.point) or _line(row, states.get(row.row_id)) for row in sheet.rows]
    writable = [line for line in shown if line.row.writable is Writable.YES]
    return page(
        "staff/readings/day_sheet.html",
        status=status,
        form=SheetForm(formdata=None),
        sheet=sheet,
        lines=shown,
        any_writable=bool(writable),
        any_field=any(line.of_meter is not None or not by_index for line in writable),
        by_index=by_index,
        wanted=wanted,
        day=gas_day,
        today=GasDay.of(runtime.now()),
        kept=_kept(wanted, by_index=by_index),
        more="\t".join(map(str, sheet.more)) if sheet.more else None,
        gates=measured.list_gates(act()),
        failed=any(line.error for line in lines.values()),
        states=STATES,
        writable=WRITABLE,
        usual_days=USUAL_DAYS,
        totals=sheet.totals,
        alone=False,
    )


def _show_day_to_come(gas_day: GasDay, lines: Mapping[str, Line]) -> ResponseReturnValue:
    """Refuse what was sent for a day that has not come, and give it back to be copied."""
    return page(
        "staff/readings/day_to_come.html",
        status=422,
        day=gas_day,
        today=GasDay.of(runtime.now()),
        lines=list(lines.values()),
    )
