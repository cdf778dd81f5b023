"""Text of a mail to an operator: event, point, quantity, effective time, age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from portal.domain.authorisations import OperatorTopic
from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import BOGOTA
from portal.domain.quantities import in_digits
from portal.services.mail import Letter
from portal.services.store.acts import Act

from .occurrences import Occurrence

# Most lines in a mail; the book has them all.
MOST_LINES = 100
# Singular and plural.
_COUNTED: Mapping[OperatorTopic, tuple[str, str]] = {
    OperatorTopic.RENOMINATIONS: ("re-nominación", "re-nominaciones"),
    OperatorTopic.CANCELLATIONS: ("anulación", "anulaciones"),
    OperatorTopic.LATE: ("nominación tardía", "nominaciones tardías"),
    OperatorTopic.BOOK_CHANGED: ("cambio en un libro congelado", "cambios en libros congelados"),
    OperatorTopic.BOOK_NOT_FROZEN: ("libro sin congelar", "libros sin congelar"),
    OperatorTopic.BOOK_NOT_SENT: ("libro sin enviar", "libros sin enviar"),
}


def write_letter(act: Act, news: Sequence[Occurrence]) -> Letter:
    """Return the mail about these occurrences, at least one; it links to their book, or to the board for several."""
    times = Counter(each.topic for each in news)
    many = ", ".join([counted(times[topic], *words) for topic, words in _COUNTED.items() if times[topic]])
    days = {each.gas_day for each in news}
    one_day = next(iter(days)) if len(days) == 1 else None
    of_day = f" para el {day_words(one_day)}" if one_day else ""
    whose = f": {news[0].point}" if len(news) == 1 and news[0].point else ""
    left = len(news) - MOST_LINES
    return Letter(
        subject=f"{many[0].upper()}{many[1:]}{of_day}{whose}",
        says=(f"Desde el último correo hubo: {many}{of_day}.",),
        facts=[_line(each, act.now) for each in news[:MOST_LINES]],
        then=(
            *([f"Y {left} más, que están en el libro."] if left > 0 else []),
            f"Recibe este correo porque lo pidió; puede cambiarlo en {act.link('/consola/seguridad/correos')}",
        ),
        link=("Ver el libro", act.link(f"/consola/libro/{one_day.isoformat()}"))
        if one_day
        else ("Ver el tablero", act.link("/consola")),
    )


def _line(each: Occurrence, now: datetime) -> tuple[str, str]:
    one = _COUNTED[each.topic][0]
    label = f"{one[0].upper()}{one[1:]}"
    if each.point is not None:
        label = f"{each.point} ({one})"
    parts = [f"día de gas {day_words(each.gas_day)}"]
    if each.point is not None:
        asked = "sin nominación" if each.asked is None else in_digits(each.asked)
        before = "" if each.before is None else f", antes {in_digits(each.before)}"
        parts.append(f"{asked}{before}")
        if each.asked is not None:
            starts = each.effective_at or each.gas_day.start
            parts.append(f"rige desde el {_moment(starts)}")
    if each.version is not None:
        parts.append(f"versión {each.version}")
    since = "cerró" if each.topic is OperatorTopic.BOOK_NOT_FROZEN else "congelado"
    parts.append(
        f"{'recibida' if each.asked or each.point else since} el {_moment(each.since)}, {_age(now - each.since)}"
    )
    return label, "; ".join(parts)


def _moment(at: datetime) -> str:
    local = at.astimezone(BOGOTA)
    return f"{day_words(local.date())} a las {local:%H:%M}"


def _age(age: timedelta) -> str:
    """Return how long ago: "hace 5 min", "hace 3 h 20 min"."""
    minutes = max(0, int(age.total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"hace {minutes} min"
    return f"hace {hours} h {rest} min" if rest else f"hace {hours} h"
