"""Bodies and queries of API requests: read strictly, each error named by its place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import BadGasDay, GasDay, Month, parse_gas_day, parse_month
from portal.domain.quantities import ENTRY_DECIMALS, LARGEST, Quantity, Unit
from portal.services.account.balances import MonthRange

MOST_DAYS = 92
DAYS_UNLESS_TOLD = 31
KINDS = ("nomination", "renomination")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AFTER = re.compile(r"([0-9-]{10})\.([0-9]{1,6})")
_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_KEY = re.compile(r"[\x21-\x7e]{1,80}")
_CODE_LENGTH = 40

DAY_WORDS = "Escriba un día de gas como 2026-11-24, entre 2014-12-01 y 2099-12-31."


class Unreadable(Exception):
    """Unreadable request: ``code`` of the problem, and each place with its error."""

    def __init__(self, code: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Asked:
    """Body of a nomination, well formed."""

    kind: str
    gas_day: GasDay
    quantity: Quantity
    security_code: str
    confirm_unusual: bool
    replaces_revision: int | None


def idempotency_key() -> str:
    """Return the sender's Idempotency-Key."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Unreadable("idempotency-key-missing")
    return key


def check_parameters(known: Sequence[str]) -> None:
    """Refuse a query with another parameter than the known ones, or with one of them twice."""
    has = f"esta dirección tiene {', '.join(known)}" if known else "esta dirección no tiene ninguno"
    errors = [
        {"field": name, "detail": "El parámetro está más de una vez." if name in known else f"No se conoce; {has}."}
        for name, values in request.args.lists()
        if name not in known or len(values) > 1
    ]
    if errors:
        raise Unreadable("invalid", errors)


def month(text: str, offered: MonthRange) -> Month:
    """Return the month of an address, one that the sheet offers."""
    found = parse_month(text)
    if found is None or found not in offered:
        raise _invalid("month", f"Escriba un mes como 2026-11, entre {offered.first} y {offered.last}.")
    return found


def unit() -> Unit | None:
    """Return the unit in the query; None without one."""
    text = request.args.get("unit")
    if text is None:
        return None
    try:
        return Unit(text)
    except ValueError:
        raise _invalid("unit", "Escriba m3 o MBTU.") from None


def gas_days(today: GasDay) -> tuple[GasDay, GasDay]:
    """Return the first and the last day of the query's range, at most 92 days.

    By default from today to the day a month later.
    """
    errors: list[dict[str, str]] = []
    first = _gas_day(request.args.get("from", today.isoformat()), "from", errors)
    last = _gas_day(request.args.get("to", (first or today).plus(DAYS_UNLESS_TOLD).isoformat()), "to", errors)
    if first is None or last is None:
        raise Unreadable("invalid", errors)
    if not 0 <= (last.date - first.date).days < MOST_DAYS:
        raise _invalid("to", f"El rango va de from a to, ambos incluidos, y tiene {MOST_DAYS} días como máximo.")
    return first, last


def after() -> tuple[GasDay, int] | None:
    """Return the day and the revision at the end of the previous list (its ``next``); None at the beginning."""
    text = request.args.get("after")
    if text is None:
        return None
    read, errors = _AFTER.fullmatch(text), list[dict[str, str]]()
    day = _gas_day(read[1], "after", errors) if read else None
    if read is None or day is None:
        raise _invalid("after", "Envíe lo que dijo next en la respuesta anterior.")
    return day, int(read[2])


def order() -> Asked:
    """Return the body of a nomination; every wrong field is reported."""
    body = _json_object()
    errors = _unknown(body, FIELDS)
    kind = body.get("kind")
    if kind not in KINDS:
        errors.append({"field": "kind", "detail": "Escriba nomination o renomination."})
    day = _gas_day(body.get("gas_day"), "gas_day", errors)
    quantity = _quantity(body.get("quantity"), errors)
    code = _code(body, errors)
    confirm = body.get("confirm_unusual", False)
    if not isinstance(confirm, bool):
        errors.append({"field": "confirm_unusual", "detail": "Envíe true o false."})
    replaces = body.get("replaces_revision")
    if replaces is not None and not (type(replaces) is int and 0 <= replaces < 10**6):
        errors.append({"field": "replaces_revision", "detail": "Envíe el número de la revisión en firme; 0 si no hay."})
    if errors or day is None or quantity is None:
        raise Unreadable("invalid", errors)
    return Asked(str(kind), day, quantity, code, bool(confirm), replaces)


FIELDS = {"kind", "gas_day", "quantity", "security_code", "confirm_unusual", "replaces_revision"}


def cancellation() -> str:
    """Return the security code, the only field of a cancellation."""
    body = _json_object()
    errors = _unknown(body, {"security_code"})
    code = _code(body, errors)
    if errors:
        raise Unreadable("invalid", errors)
    return code


def _unknown(body: dict[str, Any], fields: set[str]) -> list[dict[str, str]]:
    return [{"field": name, "detail": "Este campo no existe."} for name in sorted(body.keys() - fields)]


def _code(body: dict[str, Any], errors: list[dict[str, str]]) -> str:
    code = body.get("security_code")
    if isinstance(code, str) and 0 < len(code) <= _CODE_LENGTH:
        return code
    errors.append({"field": "security_code", "detail": "Envíe la clave numérica del punto como texto."})
    return ""


def _json_object() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        # A signed body has one reading: no duplicate names, no NaN, UTF-8.
        body = json.loads(request.get_data().decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("bad-json") from None
    if not isinstance(body, dict):
        raise Unreadable("bad-json")
    return body


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _gas_day(text: object, field: str, errors: list[dict[str, str]]) -> GasDay | None:
    if isinstance(text, str) and _ISO_DAY.fullmatch(text):
        try:
            return parse_gas_day(text)
        except BadGasDay:
            pass
    errors.append({"field": field, "detail": DAY_WORDS})
    return None


def _quantity(value: object, errors: list[dict[str, str]]) -> Quantity | None:
    if not isinstance(value, dict) or value.keys() != {"amount", "unit"}:
        errors.append({"field": "quantity", "detail": "Envíe un objeto con amount y unit."})
        return None
    amount, unit_text = value["amount"], value["unit"]
    if unit_text not in list(Unit):
        errors.append({"field": "quantity.unit", "detail": "Escriba m3 o MBTU."})
        return None
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
        errors.append({"field": "quantity.amount", "detail": "Envíe la cantidad como texto, «12500» o «250.5»."})
        return None
    found_unit = Unit(unit_text)
    quantity = Quantity.of(amount, found_unit)
    if len(amount.partition(".")[2].rstrip("0")) > ENTRY_DECIMALS[found_unit] or quantity > LARGEST[found_unit]:
        errors.append(
            {"field": "quantity.amount", "detail": "m3 va sin decimales y MBTU con dos como máximo; o es muy grande."}
        )
        return None
    return quantity


def _invalid(field: str, detail: str) -> Unreadable:
    return Unreadable("invalid", [{"field": field, "detail": detail}])


_VERSION = re.compile(r"[1-9][0-9]{0,5}")
_BEFORE = re.compile(r"[1-9][0-9]{0,17}")
_EVENT = re.compile(r"[a-z-]{1,30}(?::[a-z-]{0,30})?")
_PLACE_LENGTH = 60


def day_of_path(text: str) -> GasDay:
    """Return the gas day of an address."""
    errors: list[dict[str, str]] = []
    found = _gas_day(text, "day", errors)
    if found is None:
        raise Unreadable("invalid", errors)
    return found


def version() -> int | None:
    """Return the version of a book that is asked for; None for the book as it stands."""
    text = request.args.get("version")
    if text is None:
        return None
    if not _VERSION.fullmatch(text):
        raise _invalid("version", "Escriba el número de una versión congelada, como 2.")
    return int(text)


def after_key() -> str | None:
    """Return the key at the end of the previous list (its ``next``); None at the beginning."""
    text = request.args.get("after")
    if text is not None and not 0 < len(text) <= _PLACE_LENGTH:
        raise unknown_place()
    return text


def unknown_place() -> Unreadable:
    """Return the refusal of an ``after`` that stands in no list any more."""
    return _invalid("after", "Esa fila salió de la lista: pídala de nuevo desde el principio.")


def audit_days() -> tuple[date | None, date | None]:
    """Return the first and the last day of the events that are asked for; None without a bound."""
    errors: list[dict[str, str]] = []
    found = [
        None if (text := request.args.get(name)) is None else _gas_day(text, name, errors) for name in ("from", "to")
    ]
    if errors:
        raise Unreadable("invalid", errors)
    first, last = [None if day is None else day.date for day in found]
    if first is not None and last is not None and last < first:
        raise _invalid("to", "El rango va de from a to, ambos incluidos: to no puede ser anterior.")
    return first, last


def event() -> str:
    """Return the beginning of the events that are asked for; blank for all."""
    text = request.args.get("event", "")
    if text and not _EVENT.fullmatch(text):
        raise _invalid("event", "Escriba un hecho como nomination:signed, o su comienzo.")
    if not any(known.value.startswith(text) for known in AuditEvent):
        raise _invalid("event", "Ningún hecho se llama así ni comienza así; escriba uno como nomination:signed.")
    return text


def before() -> int | None:
    """Return the number before which the next events stand (the list's ``next``); None at the beginning."""
    text = request.args.get("before")
    if text is None:
        return None
    if not _BEFORE.fullmatch(text):
        raise _invalid("before", "Escriba lo que dijo next en la lista anterior.")
    return int(text)
