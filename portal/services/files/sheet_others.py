"""Columns of a sheet that hold something else than their titles say."""

from __future__ import annotations

from portal.domain.searched import comparable

from .hours import OneHour
from .problems import BadFile, Problem, Rule
from .sheet_columns import Holds
from .sheet_headers import Layout
from .sheet_notes import Seen
from .sheet_surveys import Survey


def leave_out_others(layout: Layout, survey: Survey, seen: Seen) -> Layout:
    """Return the layout without the columns that hold something else than their titles say, and note them.

    ``BadFile`` for hours that cannot be taken as those of totals.
    """
    for column in survey.columns:
        texts = sorted(filter(None, survey.spoken.get(column.name, ())))
        if texts and layout.has_header and all(comparable(text) in column.others for text in texts):
            seen.others[layout.shown[column.name]] = tuple(texts)
            layout = layout.without(column.name)
    if Holds.NAME in survey.loose:
        name = next(column.name for column in survey.columns if column.holds is Holds.NAME)
        seen.left_out = (*seen.left_out, layout.shown[name])
        layout = layout.without(name)
        survey.pairs.clear()
    layout = _leave_out_hours(layout, survey, seen)
    _refuse_hours(layout, survey)
    return layout


def _leave_out_hours(layout: Layout, survey: Survey, seen: Seen) -> Layout:
    """Return the layout without a column of hours that has one hour, or none: the figures are totals of their days.

    ``BadFile`` for one hour that neither begins nor ends a gas day.
    """
    hour = next((column.name for column in survey.columns if column.holds is Holds.HOUR), "")
    if not survey.has_no_hours and survey.one_hour is None:
        return layout
    title, place = layout.shown[hour], layout.places[hour]
    if survey.one_hour is None:
        seen.left_out = (*seen.left_out, title)
    else:
        text, said = survey.one_hour
        if said is OneHour.OTHER:
            raise BadFile([Problem(Rule.ONE_HOUR, layout.first_line, title, text, position=place)])
        seen.one_hour = title, text
        # What 00:00 is of the day is asked as where it stands beside the day in one cell.
        seen.has_hours = said is OneHour.BEGINS
    return layout.without(hour)


def _refuse_hours(layout: Layout, survey: Survey) -> None:
    """Raise ``BadFile`` for several hours of a day, of a kind that has no sum of them."""
    hour = next((column for column in survey.columns if column.holds is Holds.HOUR), None)
    if hour is not None and hour.refuses is not None and survey.hours is not None:
        raise BadFile([Problem(hour.refuses, layout.line, layout.shown.get(hour.name))])
