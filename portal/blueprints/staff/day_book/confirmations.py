"""Answers of the transporter for the gates of a day, typed; and the cuts that follow at a gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree, counted
from portal.domain.gas_day import GasDay
from portal.domain.gates import CutRule
from portal.domain.nominations import CutReason
from portal.domain.quantities import BadQuantity, Gas, Quantity, QuantityProblem, Unit, parse_quantity
from portal.services import day_book as books
from portal.services.day_book import GateOfBook, NewConfirmation, Proposal
from portal.services.measures import gates
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, refusal_words, show_refusal
from portal.web.filters import DECIMALS, UNIT_WORDS, bare_figure, measure, quantity
from portal.web.forms import TypedForm, argument, whole
from portal.web.limits import takes_fields
from portal.words.gates import CUT_RULE_WORDS

from .days import asked_day
from .gate_rows import gate_rows
from .words import BOOK_WORDS, QUANTITY_PROBLEMS, REASON_CHOICES, excess_words, spoken

MOST_GATES, MOST_LINES = 200, 10_000
RULES: Mapping[str, CutRule] = {"prorrata": CutRule.PRO_RATA, "prioridad": CutRule.BY_PRIORITY}
_CODES: Mapping[str, CutReason] = {code.value: code for code in CutReason}

CUTS_OVERTAKEN = (
    "Mientras usted editaba cambió una nominación o la confirmación, o alguien registró o publicó cantidades de esta "
    "puerta. Esta es la propuesta de ahora, con las líneas que usted cambió: revísela y regístrela."
)
GATE_PROBLEMS = {
    **QUANTITY_PROBLEMS,
    QuantityProblem.TOO_MANY_DECIMALS: "Tiene más de seis decimales.",
    QuantityProblem.TOO_LARGE: "Es más de lo que pasa por una puerta en un día: revise la unidad.",
}


class SheetForm(TypedForm):
    """Form of many rows; its fields are named by gates or points, and read row by row. ``shown`` is its digest."""

    shown = HiddenField()
    beyond = BooleanField("Registrar así, por encima de lo confirmado o del máximo")


class Typed(NamedTuple):
    """Fields of a row as typed, and what is wrong with them."""

    nominated: str
    confirmed: str
    unit: str
    reason: str
    note: str
    error: str = ""


class Tried(NamedTuple):
    """Outcome of edited cuts: how many were recorded, what is wrong with a line or the sums, what changed meanwhile."""

    recorded: int = 0
    errors: Mapping[str, str] = {}
    is_beyond: bool = False
    is_overtaken: bool = False


@blueprint.route("/consola/libro/<day>/confirmacion", methods=["GET", "POST"])
@takes_fields(6 * MOST_GATES + 10)
@open_to(Staff(Function.AUTHORISE))
def day_book_confirmation(day: str) -> ResponseReturnValue:
    """Show what each gate asks for; take what the transporter nominated and confirmed there, and why less."""
    gas_day = asked_day(day)
    found = books.load_gates(act(), gas_day=gas_day)
    form, typed = SheetForm(), {gate.code: _typed(gate) for gate in found}
    if form.validate_on_submit():
        typed = {gate.code: _sent(gate) for gate in found}
        answers = _read(found, typed)
        if not any(each.error for each in typed.values()):
            try:
                many = books.record_confirmations(act(), gas_day=gas_day, answers=answers)
            except Rejected as refused:
                code = str(refused.facts.get("gate", ""))
                typed[code] = typed[code]._replace(error=refusal_words(spoken(refused), BOOK_WORDS))
            except Conflict:
                _name_overtaken(books.load_gates(act(), gas_day=gas_day), typed)
            else:
                flash(_said(many), "success" if many else "info")
                return go(".day_book_confirmation", day=day)
        found = books.load_gates(act(), gas_day=gas_day)
    failed, rows = bool(form.form_errors) or any(each.error for each in typed.values()), gate_rows(found)
    return page(
        "staff/day_book_confirmation.html",
        status=422 if failed else 200,
        failed=failed,
        form=form,
        day=gas_day,
        rows=[(row, typed[row.gate.code]) for row in rows],
        reasons=[(value, "Completa" if not value else label) for value, label in REASON_CHOICES],
        units=[(unit.value, UNIT_WORDS[unit]) for unit in (Unit.MBTU, Unit.M3)],
        short=[row for row in rows if row.gate.is_short],
    )


@blueprint.route("/consola/libro/<day>/recortes/<gate>", methods=["GET", "POST"])
@takes_fields(3 * MOST_LINES + 20)
@open_to(Staff(Function.AUTHORISE))
def day_book_cuts(day: str, gate: str) -> ResponseReturnValue:
    """Show the cuts that bring a gate to what was confirmed, every line editable; record all of them or none."""
    gas_day = asked_day(day)
    name = argument("regla", longest=20)
    rule = RULES.get(name, CutRule.PRO_RATA)
    form, tried = SheetForm(), Tried()
    proposal = books.propose_cuts(act(), gas_day=gas_day, code=gate, rule=rule)
    typed, reasons = _proposed(proposal)
    if form.validate_on_submit():
        for each in proposal.lines:
            point = each.line.point_public_id
            typed[point] = request.form.get(f"quantity-{point}", typed[point]).strip()
            reasons[point] = request.form.get(f"reason-{point}", reasons[point])
        edited, errors = _edited(proposal, typed, reasons)
        tried = Tried(errors=errors) if errors else _record_cuts(form, gas_day, gate, rule, edited)
        if tried.recorded:
            said = agree(tried.recorded, "Quedó registrada 1 cantidad", "Quedaron registradas {} cantidades")
            flash(f"{said} de la puerta {gate}. Publíquelas para que los clientes las vean.", "success")
            return go(".day_book", day=day)
        if tried.is_overtaken:
            sent, why = typed, reasons
            proposal = books.propose_cuts(act(), gas_day=gas_day, code=gate, rule=rule)
            typed, reasons = _proposed(proposal)
            for point in typed.keys() & sent.keys():
                # What was edited stays; what stood as proposed is proposed anew.
                if sent[point] != request.form.get(f"proposed-{point}"):
                    typed[point], reasons[point] = sent[point], why[point]
    form.shown.data = proposal.shown
    return page(
        "staff/day_book_cuts.html",
        status=422 if form.errors or tried.errors else 200,
        form=form,
        day=gas_day,
        proposal=proposal,
        is_beyond=tried.is_beyond,
        proposed=_proposed(proposal)[0],
        row=gate_rows([proposal.gate])[0],
        rule=next(slug for slug, each in RULES.items() if each is rule),
        rules=[(slug, CUT_RULE_WORDS[each]) for slug, each in RULES.items()],
        lines=[
            (
                each,
                typed[each.line.point_public_id],
                reasons[each.line.point_public_id],
                tried.errors.get(each.line.point_public_id, ""),
                measure(_asked(each.line)),
                UNIT_WORDS[each.line.unit],
            )
            for each in proposal.lines
        ],
        total=measure(proposal.total.in_unit(_unit_of(proposal))),
        reasons=REASON_CHOICES,
        address=url_for(".day_book_cuts", day=day, gate=gate, regla=name or None),
    )


def _record_cuts(
    form: SheetForm, gas_day: GasDay, gate: str, rule: CutRule, edited: Mapping[str, books.Edited]
) -> Tried:
    """Record the lines as they were edited; what is refused stands in the form, or beside its line."""
    try:
        many = books.record_cuts(
            act(),
            gas_day=gas_day,
            code=gate,
            rule=rule,
            edited=edited,
            shown=str(form.shown.data or ""),
            knows_excess=bool(form.beyond.data),
        )
    except Conflict:
        form.form_errors.append(CUTS_OVERTAKEN)
        return Tried(is_overtaken=True)
    except Rejected as refused:
        if refused.refusal is Refusal.NOTHING_TO_CONFIRM:
            form.form_errors.append("Estas cantidades ya están registradas: no queda nada por registrar.")
        elif refused.refusal is Refusal.CUTS_BEYOND:
            refused.field = "beyond"
            refused.facts["told"] = " ".join(excess_words(each) for each in refused.facts.pop("excesses"))
            show_refusal(form, refused, BOOK_WORDS)
            return Tried(is_beyond=True)
        elif point := str(refused.facts.get("id", "")):
            return Tried(errors={point: refusal_words(spoken(refused), BOOK_WORDS)})
        else:
            refused.field = None
            show_refusal(form, spoken(refused), BOOK_WORDS)
        return Tried()
    return Tried(recorded=many)


def _proposed(proposal: Proposal) -> tuple[dict[str, str], dict[str, str]]:
    """Return the proposed quantities and reasons by point, as its fields show them."""
    lines = {each.line.point_public_id: each for each in proposal.lines}
    return (
        {point: _shown(each.quantity) for point, each in lines.items()},
        {point: each.cut_reason.value if each.cut_reason else "" for point, each in lines.items()},
    )


def _asked(line: books.Line) -> Quantity:
    return (line.asked or Gas.zero()).in_unit(line.unit)


def _unit_of(proposal: Proposal) -> Unit:
    found = proposal.gate.confirmation
    return Unit.M3 if found is None else found.confirmed.unit


def _edited(
    proposal: Proposal, typed: Mapping[str, str], reasons: Mapping[str, str]
) -> tuple[dict[str, books.Edited], dict[str, str]]:
    edited, errors = dict[str, books.Edited](), dict[str, str]()
    for each in proposal.lines:
        point = each.line.point_public_id
        try:
            amount = parse_quantity(typed[point], each.line.unit)
        except BadQuantity as bad:
            errors[point] = QUANTITY_PROBLEMS[bad.problem]
            continue
        asked = _asked(each.line)
        if typed[point] == _shown(asked):
            # What was asked may have more digits than are typed.
            amount = asked
        # The page proposes a reason for each cut line: where all is given it is not wanted.
        reason = None if amount == asked else _CODES.get(reasons[point])
        edited[point] = books.Edited(amount, reason)
    return edited, errors


def _shown(amount: Quantity) -> str:
    return quantity(amount, DECIMALS[amount.unit])


def _typed(gate: GateOfBook) -> Typed:
    """Return the fields of a gate before anything was typed: what counts, else all that was asked."""
    found = gate.confirmation
    if found is None:
        return Typed("", "", Unit.MBTU.value, "", "")
    return Typed(
        "" if found.nominated is None else bare_figure(found.nominated.amount),
        bare_figure(found.confirmed.amount),
        found.confirmed.unit.value,
        found.cut_reason.value if found.cut_reason else "",
        found.note,
    )


def _sent(gate: GateOfBook) -> Typed:
    def value(name: str) -> str:
        return " ".join(request.form.get(f"{name}-{gate.code}", "").split())

    return Typed(value("nominated"), value("confirmed"), value("unit"), value("reason"), value("note"))


def _name_overtaken(found: list[GateOfBook], typed: dict[str, Typed]) -> None:
    """Say beside each row what somebody else recorded since the page was opened, who, and what to do."""
    for gate in found:
        there, seen = gate.confirmation, whole(request.form.get(f"seen-{gate.code}", "")) or 0
        if there is not None and there.version != seen and gate.code in typed and typed[gate.code].confirmed:
            said = f"{there.recorded_by} registró {measure(there.confirmed)} mientras tanto: eso vale."
            again = "Si lo suyo es lo correcto, regístrelo otra vez."
            typed[gate.code] = typed[gate.code]._replace(error=f"{said} {again}")


def _read(found: list[GateOfBook], typed: dict[str, Typed]) -> list[NewConfirmation]:
    """Return the answers that were typed; rows that break a rule get their error, empty ones say nothing."""
    answers = []
    exit_points = gates.load_gates(database.current(), [gate.code for gate in found])
    for gate in found:
        each = typed[gate.code]
        if not each.confirmed:
            if each.nominated or each.reason:
                typed[gate.code] = each._replace(error="Escriba cuánto se confirma, o deje vacía toda la fila.")
            continue
        unit = Unit.M3 if each.unit == Unit.M3.value else Unit.MBTU
        try:
            confirmed = parse_quantity(each.confirmed, unit, decimals=6)
            nominated = parse_quantity(each.nominated, unit, decimals=6) if each.nominated else None
        except BadQuantity as bad:
            typed[gate.code] = each._replace(error=GATE_PROBLEMS[bad.problem])
            continue
        answers.append(
            NewConfirmation(
                exit_points[gate.code],
                nominated,
                confirmed,
                _CODES.get(each.reason),
                each.note,
                whole(request.form.get(f"seen-{gate.code}", "")) or 0,
            )
        )
    return answers


def _said(many: int) -> str:
    return f"{counted(many, 'respuesta registrada', 'respuestas registradas')} del transportador."
