"""¿Por qué este número?: each figure of a day as a formula with its values and sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from portal.domain.balance import LateTreatment, tell_side
from portal.domain.calendar import day_words
from portal.domain.nominations import ReceiptStanding
from portal.domain.quantities import Quantity, Unit
from portal.services.account.explanations import DayRecord, Movement
from portal.web.distributor import current
from portal.web.filters import UNIT_WORDS, clock_words, exact, exact_heating_value, grouped, heating_value, measure
from portal.words.nominations import ended

from .cells import percent
from .versions import (
    Version,
    authorisation_versions,
    by,
    nomination_versions,
    reading_versions,
    tell_in_force,
    tell_nothing,
)
from .words import ADJUSTMENT_WORDS, CUT_WORDS, STATE_WORDS, tone

_TWO = 2
_UNMEASURED = "Al día le falta la medición y nada se suma:"
_NO_READING = "No hay medición de ese día todavía: no es cero, y no entra en las sumas hasta que llegue."


class Explanation(NamedTuple):
    """Explanation of a figure: sentence, formula line by line, sources, versions."""

    slug: str
    title: str
    figure: str
    tone: str
    says: tuple[str, ...]
    formula: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()


def explain(record: DayRecord, only: str | None = None) -> list[Explanation]:
    """Return the explanation of every figure of the day in the order of the columns, or of one of them."""
    wanted = [only] if only in _FIGURES else list(_FIGURES)
    return [_FIGURES[slug](record) for slug in wanted]


def _without_reading(record: DayRecord) -> str:
    """Return why a day has no consumption: not measured yet, or after the end of the point."""
    if record.ended_on is None:
        return _NO_READING
    return f"El punto terminó el {day_words(record.ended_on.date)}: ese día ya no se mide en esta cuenta."


def _nominated(record: DayRecord) -> Explanation:
    account, asked = record.day.account, record.sources.nominations
    in_force = next((each for each in asked if each.standing is ReceiptStanding.IN_FORCE), None)
    if account.nominated is None or in_force is None:
        if record.ended_on is not None:
            return _figure("nominada", account.nominated, (_without_reading(record),), (), nomination_versions(asked))
        return _figure("nominada", account.nominated, tell_nothing(asked), (), nomination_versions(asked))
    return _figure(
        "nominada",
        account.nominated,
        tell_in_force(in_force, asked),
        _converted(record, in_force.quantity, account.nominated),
        nomination_versions(asked),
    )


def _authorised(record: DayRecord) -> Explanation:
    account, versions = record.day.account, record.sources.authorisations
    if account.authorised is None or not versions:
        if record.ended_on is not None:
            return _figure("autorizada", account.authorised, (_without_reading(record),))
        if versions:
            return _superseded(record)
        nothing = "No hay una cantidad autorizada registrada: el desbalance se calcula con lo nominado."
        return _figure("autorizada", account.authorised, (nothing,))
    newest = versions[0]
    says = [f"Cantidad del programa final, registrada el {clock_words(newest.at)} por {by(newest.by)}."]
    if newest.cut_reason is not None:
        says.append(f"Es menos de lo nominado: {CUT_WORDS[newest.cut_reason]} ({newest.cut_reason.value}).")
    return _figure(
        "autorizada", account.authorised, says, (), authorisation_versions(versions, record.unit, counts=True)
    )


def _superseded(record: DayRecord) -> Explanation:
    """Explain a day whose authorised quantity was given for what is in force no more: it counts no more (adr/0017)."""
    last = record.sources.authorisations[0]
    cut = "" if last.cut_reason is None else f", con recorte: {CUT_WORDS[last.cut_reason]}"
    asked = "" if last.revision is None else f" para la versión {last.revision} de la nominación"
    says = [f"Antes se autorizó {exact(last.gas.in_unit(record.unit))}{asked}, el {clock_words(last.at)}{cut}."]
    if record.day.account.nominated is None:
        says.append("Después la nominación se anuló: esa cantidad ya no cuenta.")
    else:
        says.append(
            "Después la nominación cambió: esa cantidad ya no cuenta. Mientras no se autorice una para la que está "
            "en firme, el desbalance se calcula con lo nominado."
        )
    versions = authorisation_versions(record.sources.authorisations, record.unit, counts=False)
    return _figure("autorizada", None, says, (), versions)


def _consumed(record: DayRecord) -> Explanation:
    account, versions = record.day.account, record.sources.readings
    if account.consumed is None or not versions:
        return _figure("consumo", account.consumed, (_without_reading(record),))
    return _figure(
        "consumo",
        account.consumed,
        (
            f"Volumen del punto: {exact(versions[0].volume)} ({_origin(record)}).",
            *_late(record),
            *late_value_words(record),
        ),
        _converted(record, versions[0].volume, account.consumed, record.other.account.consumed),
        reading_versions(versions),
    )


def _imbalance(record: DayRecord) -> Explanation:
    account = record.day.account
    if account.imbalance is None or account.consumed is None:
        return _figure("desbalance", account.imbalance, (_without_reading(record),))
    other = record.other.account.imbalance
    return _balance(
        "desbalance",
        account.imbalance,
        (_due_words(record), "Se resta lo consumido: lo que sobra queda a favor y lo que falta, en contra."),
        (
            f"{_plain(account.due)} − {_plain(account.consumed)} = {exact(account.imbalance)}",
            *([f"En la otra unidad: {exact(other)}"] if other is not None else []),
        ),
    )


def _month_to_date(record: DayRecord) -> Explanation:
    account, before = record.day.account, record.before
    start = Quantity.zero(record.unit) if before is None else before.month_to_date
    begins = "El mes comienza en cero." if before is None else "Al acumulado del día anterior se le suma el desbalance."
    if before is not None and account.imbalance is None:
        begins = f"{_UNMEASURED} el acumulado es el del día anterior."
    return _balance(
        "acumulado-mes",
        account.month_to_date,
        (begins, *_gaps(record)),
        _sum_words(start, [account.imbalance], account.month_to_date),
    )


def _total_to_date(record: DayRecord) -> Explanation:
    account, before = record.day.account, record.before
    start = record.opening if before is None else before.total_to_date
    says = [
        "Al saldo con que terminó el mes anterior se le suma el desbalance."
        if before is None
        else "Al acumulado total del día anterior se le suma el desbalance y, si los hay, los ajustes del día."
    ]
    if account.imbalance is None:
        said_before = "el saldo con que terminó el mes anterior" if before is None else "el del día anterior"
        says = [f"{_UNMEASURED} el acumulado total es {said_before}, más los ajustes del día, si los hay."]
    today = [each for each in record.sources.movements if each.gas_day == record.gas_day]
    says += [_movement_words(each, record.unit) for each in today]
    if record.opening_incomplete:
        says.append("En meses anteriores falta alguna medición: el acumulado total no la cuenta y está incompleto.")
    moved = account.adjustment if account.adjustment.micro else None
    return _balance(
        "acumulado-total",
        account.total_to_date,
        (*says, *_gaps(record)),
        _sum_words(start, [account.imbalance, moved], account.total_to_date),
    )


def _variation(record: DayRecord) -> Explanation:
    account = record.day.account
    title = TITLES["variacion"]
    if account.consumed is None:
        return Explanation("variacion", title, "–", "", (_without_reading(record),))
    tolerance = percent(Decimal(record.tolerance_basis_points) / 100, fewest=0)
    if account.variation is None:
        nothing = "Ese día no había cantidad nominada ni autorizada: no hay con qué comparar el consumo."
        return Explanation("variacion", title, "n. a.", "", (nothing,))
    figure = f"{grouped(account.variation, _TWO)} %"
    apart = "está fuera de ella" if record.day.out_of_tolerance else "está dentro de ella"
    says = (_due_words(record), f"La tolerancia del contrato es {tolerance}: el día {apart}.")
    formula = f"100 × |{_plain(account.consumed)} − {_plain(account.due)}| ÷ {_plain(account.due)} = {figure}"
    if account.due.micro == 0:
        formula = "No se nominó ni se consumió: la variación es cero."
    return Explanation("variacion", title, figure, "against" if record.day.out_of_tolerance else "", says, (formula,))


TITLES = {
    "nominada": "Nominación",
    "autorizada": "Autorizada",
    "consumo": "Consumo",
    "desbalance": "Desbalance diario",
    "acumulado-mes": "Acumulado del mes",
    "acumulado-total": "Acumulado total",
    "variacion": "Variación",
}
_FIGURES: dict[str | None, Callable[[DayRecord], Explanation]] = {
    "nominada": _nominated,
    "autorizada": _authorised,
    "consumo": _consumed,
    "desbalance": _imbalance,
    "acumulado-mes": _month_to_date,
    "acumulado-total": _total_to_date,
    "variacion": _variation,
}


def _figure(
    slug: str,
    value: Quantity | None,
    says: Sequence[str],
    formula: Sequence[str] = (),
    versions: tuple[Version, ...] = (),
) -> Explanation:
    figure = "sin dato" if value is None else measure(value)
    return Explanation(slug, TITLES[slug], figure, "", tuple(says), tuple(formula), versions)


def _balance(slug: str, value: Quantity, says: Sequence[str], formula: Sequence[str]) -> Explanation:
    # As shown in the table; the formula below has all decimals.
    figure = f"{measure(abs(value))} {tell_side(value)}".strip()
    return Explanation(slug, TITLES[slug], figure, tone(value), tuple(says), tuple(formula))


def _due_words(record: DayRecord) -> str:
    account = record.day.account
    if account.authorised is not None:
        return f"Cuenta lo autorizado: {exact(account.authorised)}."
    if account.nominated is not None:
        return f"Cuenta lo nominado, porque no hay otra cantidad autorizada: {exact(account.nominated)}."
    return "Sin nominación ni cantidad autorizada, lo que podía tomar es cero."


def _converted(record: DayRecord, given: Quantity, shown: Quantity, other: Quantity | None = None) -> tuple[str, ...]:
    """Return the conversion of the original figure into the shown unit, or into the other one."""
    target = shown if shown.unit is not given.unit else other
    used = record.conversion
    if target is None or target.unit is given.unit:
        return ()
    value = heating_value(used.value)
    if given.unit is Unit.M3:
        formula = f"{_plain(given)} × 35,3146667214886 × {value} ÷ 1.000.000 = {exact(target)}"
    else:
        formula = f"{_plain(given)} × 28.316,846592 ÷ {value} = {exact(target)}"
    return (formula, _conversion_words(record))


def _conversion_words(record: DayRecord) -> str:
    used = record.conversion
    value = f"{heating_value(used.value)} BTU/ft³"
    if used.measured_on is None or used.at is None:
        return (
            f"Poder calorífico (PCS) de referencia, {value}: en {used.exit_point} todavía no se ha registrado ninguno."
        )
    recorded = f"registrado el {clock_words(used.at)}"
    if used.measured_on == record.gas_day:
        return f"Poder calorífico (PCS) del día en {used.exit_point}: {value}, {recorded}."
    return (
        "PC provisional: el día no tiene poder calorífico (PCS) propio; se usa el último conocido de "
        f"{used.exit_point}, {value}, del {day_words(used.measured_on.date)}, {recorded}."
    )


def _origin(record: DayRecord) -> str:
    return STATE_WORDS[record.sources.readings[0].state]


def _late(record: DayRecord) -> list[str]:
    """Return the outcome of the corrections after the month was closed."""
    said = []
    for each in record.late_corrections:
        change = f"de {exact(each.replaced)} a {exact(each.volume)}. {ended(each.reason)}"
        asked = f"Corrección posterior al cierre, pedida el {clock_words(each.requested_at)}: {change}"
        if each.clause is not None:
            asked += (
                f" Excepción de la cláusula {each.clause.value} del contrato (más de cinco meses): "
                f"{ended(each.clause_reason or '')}"
            )
        if each.approved is None or each.decided_at is None:
            said.append(f"{asked} Espera la decisión de otra persona de {current().name}.")
        elif not each.approved:
            said.append(f"{asked} No se aprobó ({clock_words(each.decided_at)}).")
        elif each.is_uncharged:
            said.append(
                f"{asked} Se aprobó el {clock_words(each.decided_at)} y queda anotada sin cobro: pasaron más de cinco "
                "meses (contrato, cláusulas 51 y 68). Su cuenta no cambia."
            )
        elif each.treatment is LateTreatment.ADJUSTMENT:
            said.append(
                f"{asked} Se aprobó el {clock_words(each.decided_at)} y entró en la cuenta como un ajuste de ese día; "
                "las cifras del mes cerrado no cambian."
            )
        else:
            said.append(f"{asked} Se aprobó el {clock_words(each.decided_at)} y el mes cerrado cambió.")
    return said


def _movement_words(movement: Movement, unit: Unit) -> str:
    moved = movement.gas.in_unit(unit)
    return (
        f"{ADJUSTMENT_WORDS[movement.reason]}: {exact(abs(moved))} {tell_side(moved)}. {movement.note} "
        f"Registrado el {clock_words(movement.at)} por {by(movement.by)}."
    )


def _gaps(record: DayRecord) -> list[str]:
    if not record.skipped:
        return []
    named = ", ".join(str(day.date.day) for day in record.skipped)
    return [f"Faltan mediciones de este mes (días {named}): la suma no los cuenta y está incompleta."]


def _sum_words(start: Quantity, added: Sequence[Quantity | None], result: Quantity) -> tuple[str, ...]:
    """Return a sum as a line; none where nothing is added, for the sentence says already where the figure is from."""
    if all(each is None for each in added):
        return ()
    text = _plain(start)
    for each in added:
        if each is not None:
            text += f" {'−' if each.micro < 0 else '+'} {_plain(abs(each))}"
    return (f"{text} = {exact(result)}",)


def _plain(value: Quantity) -> str:
    """Return the figure with all its decimals and without its unit."""
    return exact(value).removesuffix(f" {UNIT_WORDS[value.unit]}")


def late_value_words(record: DayRecord) -> list[str]:
    """Return the outcome of each correction of the heating value that converts the day."""
    said = []
    for each in record.late_values:
        before = "sin valor propio" if each.replaced is None else f"de {exact_heating_value(each.replaced)}"
        asked = (
            f"Corrección del poder calorífico del {day_words(each.gas_day.date)}, pedida el "
            f"{clock_words(each.requested_at)}: {before} a {exact_heating_value(each.value)} BTU/ft³. {each.reason}"
        )
        if each.decided_at is None:
            said.append(f"{asked} Espera la decisión de un supervisor de {current().name}.")
        elif not each.approved:
            said.append(f"{asked} No se aprobó ({clock_words(each.decided_at)}).")
        elif each.treatment is None:
            said.append(
                f"{asked} Se aprobó el {clock_words(each.decided_at)} y queda anotada sin cobro: pasaron más de cinco "
                "meses (contrato, cláusulas 51 y 68). Su cuenta no cambia."
            )
        elif each.treatment is LateTreatment.ADJUSTMENT:
            moved = "no la mueve" if each.effect is None else f"entró como un ajuste de {exact(each.effect)} ese día"
            said.append(
                f"{asked} Se aprobó el {clock_words(each.decided_at)}; en su cuenta {moved}. Las cifras del mes "
                "cerrado siguen con el valor de antes."
            )
        else:
            said.append(f"{asked} Se aprobó el {clock_words(each.decided_at)} y el mes cerrado cambió.")
    return said
