"""Filters of the templates: words and figures in the Spanish of Colombia."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from portal.domain.accounts import Role
from portal.domain.announcements import Severity
from portal.domain.authorisations import CUT_WORDS
from portal.domain.calendar import day_short, day_words, month_words
from portal.domain.codes import print_nit
from portal.domain.counts import agree, counted, digits
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.keys import KeyKind
from portal.domain.modalities import Modality
from portal.domain.nominations import STANDING_WORDS
from portal.domain.quantities import HeatingValue, Quantity, Unit, figure, plain, spell_out, units
from portal.domain.readings import ReadingState
from portal.domain.suggestions import Basis
from portal.domain.telephones import dial
from portal.domain.timetable import KIND_WORDS
from portal.models import DeliveryPoint
from portal.services.store.identity import end_sentence

from .distributor import named
from .places import PLACES

NONE = "–"
UNIT_WORDS = units.UNIT_WORDS
READING_STATE_WORDS = {
    ReadingState.PROVISIONAL: "provisional, de telemetría",
    ReadingState.CERTIFIED: "certificado",
    ReadingState.ESTIMATED: "estimado, porque faltó la medición",
    ReadingState.CORRECTED: "ajustado después de certificado",
}
MODALITY_WORDS = {
    Modality.GNV_SUPPLY: "GNV con contrato de suministro",
    Modality.GNV_ATR: "GNV con contrato ATR",
    Modality.INDUSTRIAL: "Industrial",
}
# Used beside the word "contrato".
CONTRACT_WORDS = {
    Modality.GNV_SUPPLY: "de suministro de GNV",
    Modality.GNV_ATR: "ATR de GNV",
    Modality.INDUSTRIAL: "industrial",
}
MODALITY_HINTS = {
    Modality.GNV_SUPPLY: "Estaciones de servicio de gas vehicular a las que {distributor.name} suministra el gas.",
    Modality.GNV_ATR: "Estaciones que compran su gas a otro proveedor y lo reciben por la red de {distributor.name}.",
    Modality.INDUSTRIAL: "Plantas industriales no reguladas.",
}
ROLE_WORDS = {
    Role.CUSTOMER: "cliente",
    Role.AGENT: "asesor",
    Role.OPERATOR: "operador",
    Role.SUPERVISOR: "supervisor",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "administrador",
}
SEVERITY_WORDS = {
    Severity.CRITICAL: "Crítico",
    Severity.MAINTENANCE: "Mantenimiento",
    Severity.INFORMATION: "Información",
}
SEVERITY_TONES = {
    Severity.CRITICAL: "error",
    Severity.MAINTENANCE: "warning",
    Severity.INFORMATION: "info",
}
BASIS_WORDS = {
    Basis.TODAY: "Como hoy, {weekday}",
    Basis.YESTERDAY: "Como ayer, {weekday}",
    Basis.LAST_WEEK: "Como el {weekday} pasado",
    Basis.SUGGESTED: "Sugerida",
}
KEY_KIND_WORDS = {KeyKind.WEB: "Clave web", KeyKind.NUMERIC: "Clave numérica"}
_NEAR = {-1: "ayer", 0: "hoy", 1: "mañana"}
DECIMALS = {Unit.M3: 0, Unit.MBTU: 2}


def grouped(value: Decimal, decimals: int) -> str:
    """Return the figure as written in Colombia: dot every three digits, decimal comma, half-up."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    return f"−{text}" if rounded < 0 else text


def bare_figure(value: Decimal) -> str:
    """Return the figure with the decimals that it has and no more: ``20``, ``8,9``, ``1.130,25``."""
    exponent = value.normalize().as_tuple().exponent
    return grouped(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def quantity(value: Quantity | None, decimals: int | None = None) -> str:
    """Return the figure of a quantity without its unit: m³ whole, MBTU with two decimals; a dash for None.

    At most six decimals. As ``grouped``, in integers for speed: a sheet has two hundred of them.
    """
    if value is None:
        return NONE
    return figure(value, decimals)


def exact(value: Quantity) -> str:
    """Return the figure of a quantity with its unit and all its decimals, so that a formula adds up as written."""
    decimals = len(plain(value).partition(".")[2])
    return f"{quantity(value, decimals)} {UNIT_WORDS[value.unit]}"


def measure(value: Quantity | None) -> str:
    """Return the figure of a quantity with its unit."""
    return NONE if value is None else f"{quantity(value)} {UNIT_WORDS[value.unit]}"


def size(value: Quantity | None) -> str:
    """Return the figure of a balance with its unit and without its sign: its side stands beside it in words."""
    return NONE if value is None else measure(abs(value))


def heating_value(value: HeatingValue) -> str:
    """Return the figure of a heating value without its unit, with one decimal when it is not whole."""
    return grouped(value.amount, 0 if value.milli % 1000 == 0 else 1)


def exact_heating_value(value: HeatingValue) -> str:
    """Return the figure of a heating value with all its decimals, without its unit."""
    return grouped(value.amount, len(f"{value.amount:f}".rstrip("0").partition(".")[2]))


def clock_words(moment: datetime) -> str:
    """Return a moment as read in Colombia: "22 de noviembre de 2026, 10:32:07"; the page names the zone once."""
    local = moment.astimezone(BOGOTA)
    return f"{day_words(local.date()).split(' ', 1)[1]}, {local:%H:%M:%S}"


def zoned_words(moment: datetime) -> str:
    """Return a moment with its zone: "22 de noviembre de 2026, 10:32:07 (hora de Colombia)"."""
    return f"{clock_words(moment)} (hora de Colombia)"


def has_ended(point: DeliveryPoint, now: datetime) -> bool:
    """Tell whether the last day of a point has passed."""
    return point.ends_on is not None and point.ends_on <= GasDay.of(now)


def served_words(point: DeliveryPoint, now: datetime) -> str:
    """Return from or to which day a point is served, where that distinguishes it from a namesake."""
    if point.starts_on > GasDay.of(now):
        return f"desde el {day_words(point.starts_on.date)}"
    if point.ends_on is None:
        return ""
    return f"{'terminó' if has_ended(point, now) else 'hasta'} el {day_words(point.ends_on.plus(-1).date)}"


def weekday_hour(moment: datetime) -> str:
    """Return "Lunes 30, 12:00": short, and true whenever it is read."""
    local = moment.astimezone(BOGOTA)
    weekday, number, _rest = day_words(local.date()).split(" ", 2)
    return f"{weekday.capitalize()} {number}, {local:%H:%M}"


def hour_words(moment: datetime) -> str:
    """Return day and minute of a moment: "sábado 21 de noviembre de 2026 a las 12:00"."""
    local = moment.astimezone(BOGOTA)
    return f"{day_words(local.date())} a las {local:%H:%M}"


def moment_words(moment: datetime, now: datetime) -> str:
    """Return a moment relative to now: "hoy a las 12:00", "el lunes 30 de noviembre a las 08:00"."""
    local, today = moment.astimezone(BOGOTA), now.astimezone(BOGOTA).date()
    hour = f"a las {local:%H:%M}"
    days = (local.date() - today).days
    if days in _NEAR:
        return f"{_NEAR[days]} {hour}"
    words = day_words(local.date())
    return f"el {words if local.year != today.year else words.rsplit(' de ', 1)[0]} {hour}"


def until_words(moment: datetime) -> str:
    """Return day and minute from which one may try again, rounded up."""
    return hour_words(moment + timedelta(minutes=1, microseconds=-1))


@pass_context
def day_near(context: Context, value: GasDay | date) -> str:
    """Return the day in short, with its year when that is not the present one: "mar 24 nov", "lun 1 dic 2014"."""
    day, now = _day(value), context["now"]
    same = day.year == now.astimezone(BOGOTA).year
    return day_short(day) if same else f"{day_short(day)} {day.year}"


def _day(value: GasDay | date) -> date:
    return value.date if isinstance(value, GasDay) else value


def file_size(length: int) -> str:
    """Return the size of a file in KiB, or in MiB with one decimal."""
    if length < 1024 * 1024:
        return f"{max(1, length // 1024)} KiB"
    return f"{grouped(Decimal(length) / (1024 * 1024), 1)} MiB"


def init_app(app: Flask) -> None:
    """Give the filters to the templates."""
    app.jinja_env.filters |= {
        "agree": agree,
        "counted": counted,
        "digits": digits,
        "quantity": quantity,
        "measure": measure,
        "plain": plain,
        "size": size,
        "end_sentence": end_sentence,
        "unit_words": UNIT_WORDS.__getitem__,
        "role_words": ROLE_WORDS.__getitem__,
        "reading_words": READING_STATE_WORDS.__getitem__,
        "dial": dial,
        "cut_words": CUT_WORDS.__getitem__,
        "standing_words": STANDING_WORDS.__getitem__,
        "day_words": lambda day: day_words(_day(day)),
        "day_short": lambda day: day_short(_day(day)),
        "day_near": day_near,
        "file_size": file_size,
        "month_words": month_words,
        "clock_words": clock_words,
        "zoned_words": zoned_words,
        "hour_words": hour_words,
        "weekday_hour": weekday_hour,
        "hour_of": lambda moment: f"{moment.astimezone(BOGOTA):%H:%M}",
        "has_ended": has_ended,
        "served_words": served_words,
        "moment_words": moment_words,
        "until_words": until_words,
        "spell_out": spell_out,
        "severity_words": SEVERITY_WORDS.__getitem__,
        "severity_tone": SEVERITY_TONES.__getitem__,
        "key_kind_words": KEY_KIND_WORDS.__getitem__,
        "basis_words": BASIS_WORDS.__getitem__,
        "kind_words": KIND_WORDS.__getitem__,
        "bare_figure": bare_figure,
        "grouped": grouped,
        "percent": lambda value: f"{grouped(value, 1)} %",
        "heating_value": heating_value,
        "exact": exact,
        "exact_heating_value": exact_heating_value,
        "gas_day": GasDay.of,
        "nit": print_nit,
        "modality_words": MODALITY_WORDS.__getitem__,
        "place_words": lambda kind: PLACES[kind].title,
        "contract_words": CONTRACT_WORDS.__getitem__,
        "modality_hint": lambda modality: named(MODALITY_HINTS[modality]),
    }
