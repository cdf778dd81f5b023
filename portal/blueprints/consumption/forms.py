"""Form of the seasonal pattern."""

from __future__ import annotations

from wtforms import SelectChoice, SelectMultipleField, TextAreaField, widgets

from portal.domain.calendar import MONTHS
from portal.web.forms import TypedForm


class MonthBoxes(SelectMultipleField):
    """Months as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class PatternForm(TypedForm):
    """Months with another consumption, and the reason."""

    months = MonthBoxes(
        "Meses en que su consumo cambia",
        choices=[SelectChoice(str(number), name.capitalize()) for number, name in enumerate(MONTHS, start=1)],
        # The service checks the months.
        validate_choice=False,
    )
    note = TextAreaField("Por qué cambia")

    @property
    def chosen(self) -> set[int]:
        """Numbers of the ticked months; 0 for an invalid one."""
        return {
            int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0 for text in self.months.data or ()
        }
