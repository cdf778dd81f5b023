"""All points of a contract: what one tap fills in, and the table of points and days, editable until all is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.gas_day import GasDay
from portal.domain.lifecycle import DECIDED
from portal.domain.suggestions import Basis
from portal.domain.typed_text import as_typed
from portal.models import Contract, NominationGroup
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import DayStanding, groups
from portal.services.nominations.batches import Given, LineState, ReviewedLine
from portal.services.nominations.groups import GroupReview, LeftOut, TableCell
from portal.services.store.refusals import NotFound, Refusal, Rejected, StepMissing
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.announcements import list_announcements
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import quantity as quantity_words
from portal.web.limits import takes_fields
from portal.web.url_rules import modality_of

from .forms import LinesForm
from .group_forms import PasteTableForm, WayForm
from .views import blueprint
from .words import WORDS, missed_words, said_of, unsaid_words, warning_words

# The basis by the button's word; without one the table is empty.
WAYS: dict[str, Basis | None] = {
    "hoy": Basis.TODAY,
    "ayer": Basis.YESTERDAY,
    "semana-pasada": Basis.LAST_WEEK,
    "sugerida": Basis.SUGGESTED,
    "tabla": None,
}
PASTED, TICK = "pegar", "visto"
# A quantity and a tick per point and day, and what stands beside them.
MOST_FIELDS = 2 * groups.MOST_POINTS * groups.MOST_DAYS + 20
TICK_MISSING = "Marque «Es correcta» en cada cantidad señalada, o corríjala."
NOTHING_GIVEN = "Escriba al menos una cantidad."


@blueprint.route("/nominacion/<modality>/todos", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def give_all(modality: str) -> ResponseReturnValue:
    """Show the points of a contract with what one tap would fill in; the POST opens the table so filled."""
    chosen_modality = modality_of(modality)
    use_grants()
    contracts = grants.list_opened_contracts(act(), modality=chosen_modality)
    contract = _contract_asked(contracts)
    if contract is None:
        return page("batches/choose_contract.html", modality=chosen_modality, contracts=contracts)
    overview = groups.load_overview(act(), contract=contract)
    pastes = request.form.get("como") == PASTED
    way = WayForm.of(overview.days, **({"formdata": None} if pastes else {}))
    paste = PasteTableForm() if pastes else PasteTableForm(formdata=None)
    form: WayForm | PasteTableForm = paste if pastes else way
    left_out: Sequence[LeftOut] = ()
    if overview.days and form.validate_on_submit():
        try:
            made = _open_group(contract, way, paste)
        except Rejected as refused:
            left_out = refused.facts.get("left_out", ())
            show_refusal(form, refused, WORDS)
        else:
            return go(".group_table", group=made.public_id)
    return page(
        "batches/give_all.html",
        form=form,
        way=way,
        paste=paste,
        pastes=pastes,
        left_out=[missed_words(each) for each in left_out],
        modality=chosen_modality,
        contract=contract,
        overview=overview,
        notices=list_announcements(chosen_modality),
        here=url_for(".give_all", modality=modality, contrato=contract.public_id),
    )


def _open_group(contract: Contract, way: WayForm, paste: PasteTableForm) -> NominationGroup:
    """Open the table as the pressed button says."""
    pressed = chosen((*WAYS, PASTED), "como")
    if pressed == PASTED:
        return groups.start_pasted(act(), contract=contract, text=paste.pasted.data or "")
    return groups.start_filled(act(), contract=contract, basis=WAYS[pressed], days=int(way.days.data))


def _contract_asked(contracts: Sequence[Contract]) -> Contract | None:
    """Return the contract that the address names, or the only one; ``NotFound`` for one that is not open here."""
    asked = request.args.get("contrato", "")
    if not asked:
        return contracts[0] if len(contracts) == 1 else None
    found = next((contract for contract in contracts if contract.public_id == asked), None)
    if found is None:
        raise NotFound
    return found


@blueprint.route("/nominacion/grupos/<group>", methods=["GET", "POST"])
@takes_fields(MOST_FIELDS)
@open_to(Audience.CUSTOMER)
def group_table(group: str) -> ResponseReturnValue:
    """Show the table of points and days; the POST stores its quantities and leads on when all are right."""
    found = opened_group(group)
    form = LinesForm(data={"version": found.version})
    if form.validate_on_submit():
        cells = _cells_of_form(groups.review(act(), group=found))
        reviewed = groups.review(act(), group=found, cells=cells)
        if "cerradas" in request.form:
            cells = _without_closed(reviewed)
        looked_at = _are_ticked(reviewed)
        groups.set_cells(act(), group=found, cells=cells, version=form.shown_version, confirmed=looked_at)
        if "firmar" not in request.form:
            return go(".group_table", group=group)
        # As it is stored now: another tab may have signed one of its days meanwhile.
        reviewed = groups.review(act(), group=found)
        if reviewed.may_sign:
            return go(".group_signature", group=group)
        if reviewed.needs_tick:
            form.form_errors.append(TICK_MISSING)
        elif not reviewed.counted and not reviewed.count(LineState.INVALID):
            form.form_errors.append(NOTHING_GIVEN)
        return table_page(reviewed, form, status=422)
    return table_page(groups.review(act(), group=found), form)


@blueprint.post("/nominacion/grupos/<group>/cuenta")
@takes_fields(MOST_FIELDS)
@open_to(Audience.CUSTOMER)
def group_count(group: str) -> ResponseReturnValue:
    """Count what is being typed, without storing it; the fragment below the table."""
    found = opened_group(group)
    form = LinesForm(data={"version": found.version})
    cells = _cells_of_form(groups.review(act(), group=found))
    reviewed = groups.review(act(), group=found, cells=cells)
    return table_page(reviewed, form, fragment="batches/_group_count.html")


def opened_group(group: str, *, signed_too: bool = False) -> NominationGroup:
    """Return the group of the address; a signed one leads to its receipt."""
    use_grants()
    found = groups.load(act(), public_id=group)
    if found.signed_at is not None and not signed_too:
        raise StepMissing("batches.group_receipt", group=group)
    return found


class Flagged(NamedTuple):
    """A quantity that needs a look: its field, its point, the sentence, and the tick that confirms it."""

    line: ReviewedLine
    field: str
    said: str
    tick: str
    is_ticked: bool


class DayFlag(NamedTuple):
    """A day on which the points are above the contract's maximum together, and the tick that confirms it."""

    day: GasDay
    tick: str
    value: int
    is_refused: bool
    is_ticked: bool


class Field(NamedTuple):
    """A day of a point on the page: name and text of its field, and the tone and the note under it."""

    cell: TableCell
    name: str
    text: str
    tone: str


def table_page(
    reviewed: GroupReview, form: LinesForm, *, fragment: str | None = None, status: int = 200
) -> ResponseReturnValue:
    """Answer with the table of a review."""
    found = reviewed.group
    proved = grants.list_proved_point_ids(act())
    closed = {
        cell.gas_day: cell.closed_at for cell in reviewed.cells if cell.line is not None and cell.closed_at is not None
    }
    return page(
        "batches/group.html",
        fragment,
        status=status,
        notices=list_announcements(found.contract.modality),
        form=form,
        group=found,
        reviewed=reviewed,
        proved=proved,
        rows=[(row, [_field_of(cell) for cell in row.cells]) for row in reviewed.rows],
        flagged=[_flag(line, found, proved) for line in reviewed.lines if _tone(line)],
        days_flagged=list(_flag_days(reviewed)),
        closed=closed,
        decided=list_decided(reviewed, proved),
        unsaid=[unsaid_words(each) for each in groups.list_unsaid(act(), reviewed=reviewed)],
        left_out=[missed_words(each) for each in groups.read_left_out(found.left_out)],
        back=url_for(".give_all", modality=found.contract.modality.value, contrato=found.contract.public_id),
    )


def list_decided(reviewed: GroupReview, proved: set[int]) -> dict[tuple[int, GasDay], DayStanding]:
    """Return the days with a nomination in force that is decided already, by row id of the point and day.

    A change of it asks for another decision; quantities only of points that were ``proved``.
    """
    points = {cell.point.id: cell.point for cell in reviewed.cells if cell.in_force is not None}
    if not points:
        return {}
    standings = nominations.load_day_states(act(), points=list(points.values()), gas_days=reviewed.days, proved=proved)
    return {key: each for key, each in standings.items() if each.state in DECIDED}


def _tone(line: ReviewedLine) -> str:
    """Return the tone of a quantity by itself; one that is too much only with other points is told for the day."""
    if line.state is LineState.INVALID:
        return "" if groups.is_refused_together(line) else "error"
    return "warning" if groups.find_own_warnings(line) else ""


def name_of(point: str, day: str, *, prefix: str = "q") -> str:
    """Return the name of a field of a point (public id) and a day."""
    return f"{prefix}-{point}-{day}"


def _field_of(cell: TableCell) -> Field:
    line = cell.line
    tone, text = "", ""
    if line is not None:
        text = (line.typed or "") if line.quantity is None else quantity_words(line.quantity)
        tone = _tone(line)
    return Field(cell, name_of(cell.point.public_id, cell.gas_day.isoformat()), text, tone)


def _flag(line: ReviewedLine, found: NominationGroup, proved: set[int]) -> Flagged:
    point, day = line.weighed.request.point, line.gas_day.isoformat()
    known = point.id in proved
    said = warning_words(groups.warned_line_of(line), proved=known) if line.counts else said_of(line, proved=known)
    ticked = line.counts and (found.confirmed_unusual or _is_ticked(line))
    return Flagged(line, name_of(point.public_id, day), said, name_of(point.public_id, day, prefix=TICK), ticked)


def _flag_days(reviewed: GroupReview) -> Iterator[DayFlag]:
    for day in reviewed.days:
        refused = reviewed.is_refused_together(day)
        if refused or day in reviewed.days_above:
            value = reviewed.sum_of(day).micro
            ticked = reviewed.group.confirmed_unusual or request.form.get(f"{TICK}-{day.isoformat()}") == str(value)
            yield DayFlag(day, f"{TICK}-{day.isoformat()}", value, refused, not refused and ticked)


def _is_ticked(line: ReviewedLine) -> bool:
    """Tell whether this quantity was ticked as it is now."""
    quantity = "" if line.quantity is None else str(line.quantity.micro)
    return request.form.get(name_of(line.weighed.request.point.public_id, line.gas_day.isoformat(), prefix=TICK)) == (
        quantity
    )


def _are_ticked(reviewed: GroupReview) -> bool:
    """Tell whether everything unusual was ticked as it is now."""
    days = [flag.is_ticked for flag in _flag_days(reviewed)]
    return bool(reviewed.warned or days) and all(days) and all(_is_ticked(line) for line in reviewed.warned)


def _cells_of_form(reviewed: GroupReview) -> dict[int, list[Given]]:
    """Return what the form says: a field left blank says nothing, one that is not there what was stored."""
    cells: dict[int, list[Given]] = {}
    for cell in reviewed.cells:
        given = _given(cell)
        if given is not None:
            cells.setdefault(cell.point.id, []).append(given)
    return cells


def _given(cell: TableCell) -> Given | None:
    line = cell.line
    typed = request.form.get(name_of(cell.point.public_id, cell.gas_day.isoformat()))
    if typed is None:
        return None if line is None else line.given
    text = as_typed(typed)
    if not text:
        return None
    return Given.of_text(cell.gas_day, text, cell.point.unit, cell=None if line is None else line.cell)


def _without_closed(reviewed: GroupReview) -> dict[int, list[Given]]:
    """Return what the table says without the days that closed meanwhile."""
    cells: dict[int, list[Given]] = {}
    for line in reviewed.lines:
        if line.refusal is not Refusal.TOO_LATE:
            cells.setdefault(line.weighed.request.point.id, []).append(line.given)
    return cells
