"""Mails to customers about corrected readings and heating values of closed months."""

from __future__ import annotations

from portal.domain.balance import LateTreatment, tell_side
from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import Month
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.models import DeliveryPoint, ExitPoint, LateCorrection, LateHeatingValue
from portal.services.mail import outbox
from portal.services.store.acts import Act

from .late_value_effects import PointEffect


def change_words(found: LateCorrection) -> str:
    """Write the change of a consumption, from one figure to the other."""
    return f"de {_words(found.replaced_m3)} a {_words(found.volume_m3)} m³"


def _words(volume: Quantity) -> str:
    return _grouped(plain(volume))


def _grouped(figure: str) -> str:
    """Write an exact figure in Colombian form, every decimal kept: "5.320,75"."""
    whole, _, rest = figure.partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{rest}" if rest else "")


def tell_corrected(act: Act, point: DeliveryPoint, found: LateCorrection) -> None:
    """Write to the company's contact about an approved correction, inside the caller's transaction."""
    company = point.contract.company
    if not company.contact_email:
        return
    month = month_words(Month.of(found.gas_day))
    how = (
        "Pasaron más de cinco meses desde ese día: la corrección queda anotada y no se cobra ni mueve su cuenta "
        "(contrato, cláusulas 51 y 68)."
        if found.treatment is None
        else "La diferencia quedó como un ajuste con fecha de hoy; el estado de cuenta del mes cerrado no cambia."
        if found.treatment is LateTreatment.ADJUSTMENT
        else f"El estado de cuenta de {month} tiene una nueva versión; la anterior se conserva."
    )
    if found.exception_clause is not None:
        how = (
            "Pasaron más de cinco meses desde ese día y se cobra por la excepción de la cláusula "
            f"{found.exception_clause.value} del contrato: {found.exception_reason}\n\n{how}"
        )
    outbox.post(
        act,
        kind="late-correction",
        recipient=company.contact_email,
        subject=f"Se corrigió un consumo de {month} de {point.name}",
        body=f"Señores {company.name}:\n\n"
        f"{act.distributor.name} corrigió el consumo de {point.name} del {day_words(found.gas_day.date)}: "
        f"{change_words(found)}.\n\nMotivo: {found.reason}\n\n{how}\n",
    )


def value_words(found: LateHeatingValue) -> str:
    """Write the change of a heating value, from one figure to the other."""
    before = "sin valor propio" if found.replaced is None else f"de {_value(found.replaced)}"
    return f"{before} a {_value(found.heating_value)} BTU/ft³"


def _value(value: HeatingValue) -> str:
    return _grouped(f"{value.amount:f}".rstrip("0").rstrip("."))


def _moved_words(moved: Quantity) -> str:
    unit = "m³" if moved.unit is Unit.M3 else "MBTU"
    return f"{_words(abs(moved))} {unit} {tell_side(moved)}".rstrip()


def tell_value_corrected(act: Act, effect: PointEffect, found: LateHeatingValue, gate: ExitPoint) -> None:
    """Write to a point's company about an approved heating value, inside the caller's transaction."""
    point, company = effect.point, effect.point.contract.company
    if not company.contact_email:
        return
    month = month_words(Month.of(found.gas_day))
    units = sorted(Unit, key=lambda unit: unit is not point.unit)
    difference = "La diferencia en su cuenta es de " + " y ".join(
        _moved_words(effect.effect.in_unit(unit)) for unit in units
    )
    how = (
        "Pasaron más de cinco meses desde ese día: la corrección queda anotada y no se cobra ni mueve su cuenta "
        "(contrato, cláusulas 51 y 68)."
        if effect.treatment is None
        else f"El estado de cuenta de {month} y los siguientes tienen una nueva versión; las anteriores se conservan. "
        f"{difference}."
        if effect.treatment is LateTreatment.RESTATEMENT
        else "Su cuenta no se mueve y el estado de cuenta del mes cerrado no cambia."
        if effect.effect == effect.effect.zero()
        else f"{difference} y quedó como un ajuste con fecha de hoy; el estado de cuenta del mes cerrado no cambia."
    )
    outbox.post(
        act,
        kind="late-correction",
        recipient=company.contact_email,
        subject=f"Se corrigió un poder calorífico de {month} de {point.name}",
        body=f"Señores {company.name}:\n\n"
        f"{act.distributor.name} corrigió el poder calorífico con que se convierte el gas de {point.name} "
        f"({gate.name}) del {day_words(found.gas_day.date)}: {value_words(found)}.\n\n"
        f"Motivo: {found.reason}\n\n{how}\n",
    )
