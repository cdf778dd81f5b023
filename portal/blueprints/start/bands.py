"""Band of a month's imbalance on the start page, and balances in words."""

from __future__ import annotations

from typing import NamedTuple

from portal.domain.balance import tell_side
from portal.domain.gas_day import Month
from portal.domain.quantities import Quantity
from portal.services.account.start import Figures
from portal.web.filters import measure

# Width of the bar; the band takes its middle half, so that values beyond still show.
BAR_WIDTH, BAND_WIDTH = 200, 100


class Band(NamedTuple):
    """Month's imbalance inside its tolerance: place of the mark, and the sentence in two parts.

    ``where`` is its place in the tolerance, "" while no day is measured.
    """

    x: int
    width: int
    tone: str
    words: str
    where: str

    @property
    def sentence(self) -> str:
        """Return both parts in one."""
        return f"{self.words}, {self.where}" if self.where else self.words


def band_of(figures: Figures, running: Month) -> Band:
    """Return the mark, drawn from the middle of the bar: against to the left, in favour to the right."""
    month, limit, out = figures.month, figures.band, figures.out_of_band
    half = BAND_WIDTH // 2
    reach = 0 if limit.micro == 0 else abs(month.micro) * half // limit.micro
    if limit.micro == 0 and month.micro:
        reach = BAR_WIDTH // 2
    reach = max(2 if month.micro else 0, min(reach, BAR_WIDTH // 2))
    middle = BAR_WIDTH // 2
    side = tell_side(month)
    balance = balance_words(month) if side else "en equilibrio"
    where = f"{'fuera' if out else 'dentro'} de la tolerancia de {measure(limit)}"
    is_measured = figures.measures(running)
    return Band(
        x=middle - reach if month.micro < 0 else middle,
        width=reach,
        tone="out" if out else "in",
        words=balance if is_measured else "sin días medidos",
        where=where if is_measured else "",
    )


def balance_words(value: Quantity) -> str:
    """Return size and side of a balance: "1.958 m³ a favor"."""
    side = tell_side(value)
    return f"{measure(abs(value))} {side}" if side else measure(value)
