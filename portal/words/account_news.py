"""Sentence about what changed in the account of a point since its reader last knew it."""

from __future__ import annotations

from portal.domain.calendar import month_words
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay
from portal.services.account.changes import PointNews
from portal.web.filters import measure


def news_words(news: PointNews) -> str:
    """Return how many figures changed, since when, and how the balance moved.

    Who never marked anything as read has no last visit: the day from which changes are told is named.
    """
    what = agree(len(news.changes), "Cambió 1 dato", "Cambiaron {} datos")
    first = GasDay.of(news.since)
    since = f"el {first.date.day} de {month_words(first)}" if news.first_visit else "su última visita"
    if not news.effect.micro:
        return f"{what} desde {since}: su saldo quedó igual"
    better = "mejoró" if news.effect.micro > 0 else "bajó"
    return f"{what} desde {since}: su saldo {better} {measure(abs(news.effect))}"
