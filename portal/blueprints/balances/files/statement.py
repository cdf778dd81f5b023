"""Statement of a month for its template: every figure and word ready, the template only places them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from portal.blueprints.balances.words import (
    ADJUSTMENT_WORDS,
    CUT_WORDS,
    STATE_FLAGS,
    STATE_WORDS,
    days,
    pending_words,
    tone,
)
from portal.domain.balance import DayAccount, MonthAccount, tell_side
from portal.domain.calendar import WEEKDAYS, month_words
from portal.domain.counts import agree
from portal.domain.distributor import Distributor
from portal.domain.keys import print_code
from portal.domain.month_proofs import write_sheet
from portal.domain.quantities import Gas, Quantity, Unit, plain
from portal.papers import qr_codes
from portal.papers.letterhead import letterhead
from portal.services.account.balance_files import FileDay, MonthStatement
from portal.services.account.balance_files.seals import print_total
from portal.web.filters import (
    CONTRACT_WORDS,
    NONE,
    UNIT_WORDS,
    clock_words,
    grouped,
    heating_value,
    measure,
    quantity,
    zoned_words,
)

from .columns import figures_of

TEMPLATE = Path(__file__).parents[3] / "templates" / "balances" / "statement.typ"
_SATURDAY = 5
# Limits of one page; the rest stands in the workbook, and the sums count all.
_MOVEMENTS, _LONGEST_NOTE, _CUTS = 8, 150, 4


def present(
    statement: MonthStatement, *, distributor: Distributor, address: str, page: str, now: datetime
) -> dict[str, Any]:
    """Return the data of the template. ``address`` verifies this paper, ``page`` takes its code."""
    span, month, point = statement.span, statement.month, statement.span.point
    when = month_words(month.month)
    return {
        "letterhead": letterhead(distributor),
        "title": f"Estado de la cuenta de balance, {when}",
        "carried": _carried(statement),
        "month": when[0].upper() + when[1:],
        "status": _status(statement, now),
        "parties": _parties(statement),
        "units": [UNIT_WORDS[unit] for unit in span.units],
        "balances": _balances(statement),
        "rows": [_row(day, span.units) for day in month.days],
        "totals": _totals(statement),
        "movements": _movements(statement),
        "notices": _notices(statement, distributor),
        "legend": _legend(statement),
        "signatures": [
            {"by": f"Por {distributor.legal_name}", "lines": ["Nombre y cargo", "Fecha"]},
            {"by": f"Por {point.company_name}", "lines": ["Nombre y cargo", "Fecha"]},
        ],
        "seal": {
            "code": print_code(statement.code),
            "reference": reference_of(statement),
            "page": page.partition("://")[2],
            "page-url": page,
            "address": address,
            "qr": qr_codes.as_svg(address),
            "alt": "Código QR que lleva a la página que dice si este estado es auténtico",
        },
        "made": f"Generado el {zoned_words(now)}",
    }


def _carried(statement: MonthStatement) -> str:
    """Return what the paper says of itself to programs: its seal, and its days in the unit of the point."""
    unit = statement.span.point.unit
    account = statement.month.accounts[unit]
    days = [
        (day.gas_day, ["" if figure is None else plain(figure) for figure in figures_of(day.accounts[unit])])
        for day in statement.month.days
    ]
    return write_sheet(reference_of(statement), statement.code, print_total(account.closing), days)


def reference_of(statement: MonthStatement) -> str:
    """Return the reference by which the verification page finds point and month."""
    return f"{statement.span.point.public_id}-{statement.month.month}"


def _status(statement: MonthStatement, now: datetime) -> list[str]:
    closed = statement.closed
    if closed is None and statement.frozen:
        return ["Mes cerrado, anterior a los estados numerados", f"Cifras al {_date_words(now)}"]
    if closed is None:
        return ["Mes abierto, sin estado numerado", f"Cifras al {_date_words(now)}"]
    said = f"Estado de cuenta N.º {closed.number}"
    if closed.version == 1:
        return [said, f"Mes cerrado el {_date_words(closed.closed_at)}"]
    return [f"{said}, versión {closed.version}", f"Mes cerrado de nuevo el {_date_words(closed.closed_at)}"]


def _date_words(moment: datetime) -> str:
    return clock_words(moment).partition(",")[0]


def _parties(statement: MonthStatement) -> list[list[str]]:
    point, parties = statement.span.point, statement.parties
    found = [
        ["Cliente", point.company_name],
        ["NIT", parties.nit],
        ["Contrato", f"{point.contract_number}, {CONTRACT_WORDS[point.modality]}"],
        ["Punto de entrega", f"{point.name}, {point.municipality} (código {parties.carrier_code})"],
        ["Punto de salida", f"{parties.exit_point_code}, {parties.exit_point_name}"],
    ]
    if point.supplier_name:
        found.append(["Comercializador", point.supplier_name])
    return found


def _balances(statement: MonthStatement) -> list[dict[str, Any]]:
    own, other = [statement.month.accounts[unit] for unit in statement.span.units]
    return [
        {"label": label, **_both(getattr(own, name), getattr(other, name))}
        for label, name in (
            ("Saldo inicial", "opening"),
            ("Desbalance del mes", "imbalance"),
            ("Ajustes del mes", "adjustment"),
            ("Saldo final", "closing"),
        )
    ]


def _both(own: Quantity, other: Quantity) -> dict[str, str]:
    return {"own": quantity(abs(own)), "other": quantity(abs(other)), "words": tell_side(own), "tone": tone(own)}


def _row(day: FileDay, units: tuple[Unit, Unit]) -> dict[str, Any]:
    own, other = [day.accounts[unit] for unit in units]
    date = day.gas_day.date
    imbalance = {"own": NONE, "other": NONE, "words": "", "tone": ""}
    if own.imbalance is not None and other.imbalance is not None:
        imbalance = _both(own.imbalance, other.imbalance)
    return {
        "day": f"{WEEKDAYS[date.weekday()][:3]} {date.day}",
        "rest": date.weekday() >= _SATURDAY or day.holiday is not None,
        "holiday": day.holiday is not None,
        "figures": _asked(own, other),
        "cut": day.cut_reason is not None,
        "consumed": [quantity(own.consumed), quantity(other.consumed)],
        "state": "" if day.state is None else STATE_FLAGS[day.state],
        "imbalance": imbalance,
        "month": _both(own.month_to_date, other.month_to_date),
        "total": _both(own.total_to_date, other.total_to_date),
        "incomplete": own.total_incomplete,
        "variation": _percent(own.variation, day),
        "out": day.out_of_tolerance,
        "moved": bool(day.movements),
    }


def _asked(own: DayAccount | MonthAccount, other: DayAccount | MonthAccount) -> list[str]:
    """Return the nominated and the authorised quantity, each in both units."""
    return [quantity(each) for each in (own.nominated, other.nominated, own.authorised, other.authorised)]


def _percent(variation: Decimal | None, day: FileDay) -> str:
    if variation is None:
        return NONE if day.state is None else "n. a."
    return grouped(variation, 2)


def _totals(statement: MonthStatement) -> dict[str, Any]:
    own, other = [statement.month.accounts[unit] for unit in statement.span.units]
    return {
        "figures": _asked(own, other),
        "consumed": [quantity(own.consumed), quantity(other.consumed)],
        "imbalance": _both(own.imbalance, other.imbalance),
        "month": _both(own.imbalance, other.imbalance),
        "total": _both(own.closing, other.closing),
    }


def _movements(statement: MonthStatement) -> dict[str, Any]:
    found = statement.month.movements
    left = len(found) - _MOVEMENTS
    return {
        "rows": [
            {
                "day": f"{WEEKDAYS[movement.gas_day.date.weekday()][:3]} {movement.gas_day.date.day}",
                "reason": ADJUSTMENT_WORDS[movement.reason],
                "note": _shortened(movement.note),
                **_gas(movement.quantity, statement.span.units),
            }
            for movement in found[:_MOVEMENTS]
        ],
        "left": f"Y {left} más, que están en el archivo de Excel; los totales los cuentan todos." if left > 0 else "",
    }


def _gas(amount: Gas, units: tuple[Unit, Unit]) -> dict[str, str]:
    own, other = [amount.in_unit(unit) for unit in units]
    return _both(own, other)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE].rstrip()}…"


def _notices(statement: MonthStatement, distributor: Distributor) -> list[str]:
    month, own = statement.month, statement.month.accounts[statement.span.unit]
    missing = [day.gas_day.date.day for day in month.days if day.has_passed and _unmeasured(day)]
    said = []
    if statement.differs and statement.closed is not None:
        said.append(
            f"Atención: la cuenta ya no dice lo que se cerró en el estado {statement.closed.number}. Pida a"
            f" {distributor.name} que lo revise antes de firmar."
        )
    if statement.closed is not None and statement.closed.reason:
        said.append(f"Motivo de la versión {statement.closed.version}: {_shortened(statement.closed.reason)}")
    if missing:
        said.append(
            f"Incompleto: falta la medición de {days(len(missing))} ({_listed(missing)}); los acumulados no"
            f" {agree(len(missing), 'lo cuentan', 'los cuentan')}."
        )
    if own.pending.days:
        said.append(
            f"Las sumas son de {days(own.measured_days)} con medición. Sin contar"
            f" {pending_words(own.pending.days)}: nominación {measure(own.pending.nominated)},"
            f" autorizada {measure(own.pending.authorised)}."
        )
    if own.closing_incomplete and not own.incomplete:
        said.append("Incompleto: faltan mediciones de meses anteriores, que el saldo no cuenta.")
    if month.provisional_days and not statement.frozen:
        said.append(f"Todavía puede cambiar: {days(month.provisional_days)} con medición provisional o estimada.")
    after = [day.gas_day.date.day for day in month.days if day.after_end and not _unmeasured(day)]
    if after:
        said.append(f"Medido después del fin del punto: {days(len(after))} ({_listed(after)}).")
    cuts = [day for day in month.days if day.cut_reason is not None]
    if cuts:
        reasons = [f"día {day.gas_day.date.day}, {CUT_WORDS[day.cut_reason]}" for day in cuts[:_CUTS] if day.cut_reason]
        more = f"; y {len(cuts) - _CUTS} más" if len(cuts) > _CUTS else ""
        said.append(f"Recortes de lo autorizado (marca R): {'; '.join(reasons)}{more}.")
    return said


def _unmeasured(day: FileDay) -> bool:
    """Tell whether a day has no reading."""
    return all(account.consumed is None for account in day.accounts.values())


def _listed(numbers: Sequence[int]) -> str:
    """Return days of a month in words: "3, 9 y 10", and "3 a 31" for a long run."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} a {numbers[-1]}"
    *most, last = [str(number) for number in numbers]
    return f"{', '.join(most)} y {last}" if most else last


def _legend(statement: MonthStatement) -> list[str]:
    month, point = statement.month, statement.span.point
    tolerance = grouped(Decimal(point.tolerance.on(month.month.first)) / 100, 2).removesuffix("00").removesuffix(",")
    measured = month.accounts[statement.span.unit].measured_days
    out = f"{days(month.days_out)} de {measured} con medición {agree(month.days_out, 'quedó', 'quedaron')} fuera"
    states = "; ".join([f"{STATE_FLAGS[state]} {words}" for state, words in STATE_WORDS.items()])
    values = sorted({day.heating_value for day in month.days if day.heating_value is not None})
    return [
        f"Tolerancia del contrato: {tolerance} %; {out}. Variación: cuánto se apartó el consumo de lo autorizado.",
        "A favor: lo que el cliente dejó de tomar; en contra: lo que tomó de más. MBTU: un millón de BTU; los m³ son"
        " estándar (14,65 psia y 60 °F)." + (f" {_heating(values)}" if values else ""),
        f"Consumo: {states}. F: festivo; R: recorte; *: día con ajuste de la cuenta.",
    ]


def _heating(values: Sequence[Any]) -> str:
    first, last = heating_value(values[0]), heating_value(values[-1])
    between = first if first == last else f"{first} a {last}"
    return f"Poder calorífico: {between} BTU/pie³."
