"""Columns of the account's files: titles, and values of a day."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal.blueprints.balances.words import ADJUSTMENT_WORDS, CUT_WORDS, STATE_FLAGS, days, pending_words
from portal.domain.balance import DayAccount, MonthAccount, tell_side
from portal.domain.calendar import WEEKDAYS, day_words
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay
from portal.domain.month_proofs import ENDED_NOTE, INSIDE, OUTSIDE, SIDE_NOTE, UNASKED_NOTE, UNMEASURED_NOTE
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.services.account.balance_files import AccountSpan, FileDay, FileMonth, Movement
from portal.services.files import excel_csv
from portal.services.files.cells import disarm
from portal.web.filters import UNIT_WORDS, quantity

COMPLETE_TITLE = "¿Completo?"
PROVISIONAL = "PC provisional"
Figures = tuple[Quantity | None, ...]


def figure_titles(unit: Unit) -> tuple[str, ...]:
    """Return the titles of the columns with quantities, in the order of ``figures_of``."""
    word = UNIT_WORDS[unit]
    return (
        f"Nominación ({word})",
        f"Autorizada ({word})",
        f"Consumo ({word})",
        f"Desbalance diario ({word})",
        f"Acumulado del mes ({word})",
        f"Ajuste ({word})",
        f"Acumulado total ({word})",
    )


def figures_of(account: DayAccount) -> Figures:
    """Return the quantities of a day; None is absent, not zero."""
    return (
        account.nominated,
        account.authorised,
        account.consumed,
        account.imbalance,
        account.month_to_date,
        account.adjustment,
        account.total_to_date,
    )


def totals_of(account: MonthAccount) -> Figures:
    """Return the sums of a month's measured days, and the account at its end."""
    sums = (account.nominated, account.authorised, account.consumed, account.imbalance, account.imbalance)
    return (*sums, account.adjustment, account.closing)


class Totals:
    """Sums of several months' measured days, added month by month, and the sums of the days without reading.

    Both accumulated columns end with the last month.
    """

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self._sums = {unit: [Quantity.zero(unit)] * 7 for unit in units}
        self._pending = {unit: [Quantity.zero(unit)] * 2 for unit in units}
        self.pending_days = 0
        self.measured_until: GasDay | None = None
        self.incomplete = False
        self.days_out = self.measured_days = self.missing_days = 0
        self.months = 0

    def add(self, month: FileMonth) -> None:
        """Add a month."""
        for unit, sums in self._sums.items():
            account = month.accounts[unit]
            for place, amount in ((0, account.nominated), (1, account.authorised), (2, account.consumed)):
                sums[place] += amount
            sums[3] += account.imbalance
            sums[4] = account.imbalance
            sums[5] += account.adjustment
            sums[6] = account.closing
            self._pending[unit][0] += account.pending.nominated
            self._pending[unit][1] += account.pending.authorised
            self.incomplete = account.closing_incomplete
        self.pending_days += account.pending.days
        self.measured_until = account.measured_until or self.measured_until
        self.measured_days += month.measured_days
        self.missing_days += month.missing_days
        self.days_out += month.days_out
        self.months += 1

    @property
    def label(self) -> str:
        """Label of the sums."""
        if self.pending_days:
            return f"Total de {days(self.measured_days)} con medición"
        return agree(self.months, "Total del mes", "Total")

    @property
    def pending_label(self) -> str:
        """Number of days without reading, in words."""
        return pending_words(self.pending_days)

    @property
    def balance_label(self) -> str:
        """Label of the balance at the end."""
        if self.measured_until is None:
            return "Saldo, sin mediciones en este período"
        until = day_words(self.measured_until.date).split(" ", 1)[1]
        return f"Saldo con mediciones hasta el {until}"

    def pending(self, unit: Unit) -> Figures:
        """Return the quantities nominated and authorised for the days without reading."""
        return tuple(self._pending[unit])

    def figures(self, unit: Unit) -> Figures:
        """Return the sums in the order of ``figures_of``; over several months without the sum "of the month"."""
        sums: list[Quantity | None] = [*self._sums[unit]]
        if self.months > 1:
            sums[4] = None
        return tuple(sums)


def state_of(day: FileDay) -> str:
    """Return the letter of the consumption's state."""
    return "" if day.state is None else STATE_FLAGS[day.state]


def variation_of(day: FileDay, unit: Unit) -> Decimal | None:
    """Return the variation in per cent."""
    return day.accounts[unit].variation


def tolerance_of(day: FileDay, unit: Unit) -> str:
    """Return whether the day is in or out of the contract's tolerance; empty without a variation."""
    if variation_of(day, unit) is None:
        return ""
    return OUTSIDE if day.out_of_tolerance else INSIDE


def completeness_of(day: FileDay, unit: Unit) -> str:
    """Return whether the accumulated total of a day counts every day until it, and the day itself: "sí" or "no"."""
    account = day.accounts[unit]
    unmeasured = account.consumed is None and not day.after_end
    return complete_word(incomplete=account.total_incomplete or unmeasured)


def complete_word(*, incomplete: bool) -> str:
    """Return the value of the column about completeness."""
    return "no" if incomplete else "sí"


def notes_of(day: FileDay, unit: Unit, *, says_side: bool = False) -> str:
    """Return the notes of a day, sentences separated by semicolons; ``says_side`` where no figure does."""
    account = day.accounts[unit]
    said = []
    if day.holiday is not None:
        said.append(f"Festivo: {day.holiday}")
    if day.after_end:
        said.append(ENDED_NOTE)
    if account.without_nomination:
        said.append(UNASKED_NOTE)
    if account.consumed is None and day.has_passed:
        said.append(UNMEASURED_NOTE)
    if day.cut_reason is not None:
        said.append(f"Recorte: {CUT_WORDS[day.cut_reason]}")
    if says_side and account.imbalance is not None and account.imbalance.micro:
        said.append(f"{SIDE_NOTE} {tell_side(account.imbalance)}")
    said += [movement_words(movement, unit) for movement in day.movements]
    if day.heating_value_provisional and account.consumed is not None:
        said.append(PROVISIONAL)
    return "; ".join(said)


def movement_words(movement: Movement, unit: Unit) -> str:
    """Return an adjustment in words: "Devolución de 1.200 m³ a favor: Acta 12"."""
    return f"{ADJUSTMENT_WORDS[movement.reason]} de {balance_words(movement.quantity.in_unit(unit))}: {movement.note}"


def balance_words(amount: Quantity) -> str:
    """Return a balance with its unit and its side: "1.200 m³ a favor"."""
    return f"{quantity(abs(amount))} {UNIT_WORDS[amount.unit]} {tell_side(amount)}".strip()


def as_csv(span: AccountSpan) -> Iterator[bytes]:
    """Yield the CSV a month at a time: head, a row for each day, sums."""
    yield excel_csv.write_rows([_head(span)])
    totals = Totals(span.units)
    for month in span.months():
        totals.add(month)
        yield excel_csv.write_rows([_row(day, span) for day in month.days], mark=False)
    yield excel_csv.write_rows(_ends(totals, span), mark=False)


def _head(span: AccountSpan) -> list[str]:
    own, other = [figure_titles(unit) for unit in span.units]
    return [
        *("Día de gas", "Día"),
        *own[:3],
        "Estado",
        *own[3:],
        *("Variación (%)", "Tolerancia", COMPLETE_TITLE, "Notas"),
        *other,
        *("Poder calorífico (BTU/pie³)", "PC"),
    ]


def _row(day: FileDay, span: AccountSpan) -> list[str]:
    unit, second = span.units
    own, other = [[_comma(figure) for figure in figures_of(day.accounts[each])] for each in (unit, second)]
    return [
        day.gas_day.isoformat(),
        WEEKDAYS[day.gas_day.date.weekday()],
        *own[:3],
        state_of(day),
        *own[3:],
        _comma(variation_of(day, unit)),
        tolerance_of(day, unit),
        completeness_of(day, unit),
        disarm(notes_of(day, unit, says_side=True)),
        *other,
        _comma(day.heating_value),
        "provisional" if day.heating_value_provisional else "",
    ]


def _ends(totals: Totals, span: AccountSpan) -> Iterator[list[str]]:
    """Yield the sums of the measured days and, if there are other days, their nominated and authorised sums."""
    complete = complete_word(incomplete=totals.incomplete or totals.pending_days > 0)
    yield _sums(totals.label, [totals.figures(unit) for unit in span.units], complete)
    if totals.pending_days:
        nothing = (None,) * 5
        yield _sums(totals.pending_label, [(*totals.pending(unit), *nothing) for unit in span.units], "")


def _sums(label: str, figures: list[Figures], complete: str) -> list[str]:
    own, other = [[_comma(figure) for figure in each] for each in figures]
    return [
        *(label, ""),
        *own[:3],
        "",
        *own[3:],
        *("", "", complete, ""),
        *other,
        *("", ""),
    ]


def _comma(value: Quantity | Decimal | HeatingValue | None) -> str:
    if value is None:
        return ""
    return plain(value.amount if isinstance(value, HeatingValue) else value).replace(".", ",")
