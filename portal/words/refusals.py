"""Facts of refusals in words: days, months and quantities."""

from __future__ import annotations

from collections.abc import Callable

from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity
from portal.services.store.refusals import Rejected
from portal.web.filters import measure


def say_facts(refused: Rejected, *, say_quantity: Callable[[Quantity], str] = measure) -> Rejected:
    """Turn the days, months and quantities of a refusal into the words of its sentence."""
    for name, value in refused.facts.items():
        if isinstance(value, GasDay):
            refused.facts[name] = day_words(value.date)
        elif isinstance(value, Month):
            refused.facts[name] = month_words(value)
        elif isinstance(value, Quantity):
            refused.facts[name] = say_quantity(value)
    return refused
