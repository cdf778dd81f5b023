"""Lengths of time and small counts in Spanish words, so that sentences follow their constants."""

from __future__ import annotations

from datetime import timedelta

_SMALL = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce")
_UNITS = (
    (timedelta(days=1), "un día", "días"),
    (timedelta(hours=1), "una hora", "horas"),
    (timedelta(minutes=1), "un minuto", "minutos"),
    (timedelta(seconds=1), "un segundo", "segundos"),
)
# Up to here a length is given in hours: "72 horas".
_LONGEST_IN_HOURS = timedelta(days=3)


def span_words(span: timedelta) -> str:
    """Return a length of whole seconds in its largest whole unit: "15 minutos", "una hora", "72 horas", "180 días".

    Raises ``ValueError`` for a length that is not positive or not of whole seconds.
    """
    if span > timedelta(0):
        for unit, one, several in _UNITS:
            if span % unit == timedelta(0) and (unit < timedelta(days=1) or span > _LONGEST_IN_HOURS):
                return one if span == unit else f"{span // unit} {several}"
    raise ValueError(f"not a length to be said: {span}")


def few(count: int) -> str:
    """Return a small count before a masculine plural noun: "cuatro"; in digits above twelve."""
    return _SMALL[count] if 0 <= count < len(_SMALL) else str(count)
