"""The form of the seasonal pattern."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, TextAreaField, widgets

from portal.domain.calendar import MONTHS


class PatternForm(FlaskForm):
    """The months with another consumption, and why."""

    months = SelectMultipleField(
        "Meses en que su consumo cambia",
        choices=[(str(number), name.capitalize()) for number, name in enumerate(MONTHS, start=1)],
        # The service says what is wrong with a month that is none.
        validate_choice=False,
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    note = TextAreaField("Por qué cambia")

    @property
    def chosen(self) -> set[int]:
        """The numbers of the months that were ticked; 0 stands for what is no number."""
        return {
            int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0 for text in self.months.data or ()
        }
