"""The form of the seasonal pattern."""

from __future__ import annotations

from wtforms import SelectChoice, SelectMultipleField, TextAreaField, widgets

from portal.domain.calendar import MONTHS
from portal.web.forms import TypedForm


class MonthBoxes(SelectMultipleField):
    """Months as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class PatternForm(TypedForm):
    """The months with another consumption, and why."""

    months = MonthBoxes(
        "Meses en que su consumo cambia",
        choices=[SelectChoice(str(number), name.capitalize()) for number, name in enumerate(MONTHS, start=1)],
        # The service says what is wrong with a month that is none.
        validate_choice=False,
    )
    note = TextAreaField("Por qué cambia")

    @property
    def chosen(self) -> set[int]:
        """The numbers of the months that were ticked; 0 stands for what is no number."""
        return {
            int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0 for text in self.months.data or ()
        }
