"""Words of the commands, English: refusals, and faults of a file."""

from __future__ import annotations

from collections import defaultdict

from portal.domain.day_text import read_clash
from portal.domain.gas_day import Month
from portal.services.files.problems import Problem, Rule
from portal.services.store.refusals import Busy, Conflict, NotAllowed, NotFound, Refusal, Refused, Rejected

REFUSALS = {
    Refusal.PASSWORD_TOO_SHORT: "The password is too short: give at least 15 characters.",
    Refusal.PASSWORD_TOO_LONG: "The password is too long: give at most 128 characters.",
    Refusal.PASSWORD_COMMON: "The password is too common.",
    Refusal.PASSWORD_COMPANY_WORDS: "The password is made of the company's words, or of the person's name or e-mail.",
    Refusal.NAME_MISSING: "The name is missing: give the person's name.",
    Refusal.EMAIL_MALFORMED: "That is no e-mail address: give one like name@company.com.",
    Refusal.EMAIL_TAKEN: "There is an account with that e-mail already: give another one.",
    Refusal.MONTH_NOT_OVER: "The month is not over.",
    Refusal.MONTH_NOT_SERVED: "No gas was delivered at this point in that month.",
    Refusal.MONTH_CLOSED: "The account is closed up to {month}.",
    Refusal.MONTH_OPEN: "The month of that day is not closed: correct it by importing a reading with state A.",
    Refusal.MONTH_OUT_OF_ORDER: "Months are closed in their order: {month} comes first.",
    Refusal.READINGS_MISSING: "These days have no reading: {days}. Estimate them first.",
    Refusal.NO_READING: "That day has no reading.",
    Refusal.NOTHING_CHANGES: "That is the consumption in force already.",
    Refusal.REASON_MISSING: "Give the reason.",
    Refusal.REASON_TOO_LONG: "The reason has more than {most} characters.",
    Refusal.CORRECTION_PENDING: "A correction of that day is waiting to be decided.",
    Refusal.SUPERVISOR_NEEDED: "More than five months ago: a supervisor approves it.",
    Refusal.EXCEPTION_INCOMPLETE: "An exception needs its clause (51 or 68) and its reason.",
    Refusal.EXCEPTION_NOT_NEEDED: "The exception is for more consumption, more than five months ago, only.",
    Refusal.EXCEPTION_BY_SUPERVISOR: "A supervisor states the exception.",
    Refusal.OWN_REQUEST: "Another person has to decide: nobody approves what they asked for.",
    Refusal.NOTE_MISSING: "Give a note; the customer reads it.",
    Refusal.NOTE_TOO_LONG: "The note has more than {most} characters.",
    Refusal.QUANTITY_ZERO: "An adjustment of zero moves nothing: give the quantity.",
    Refusal.DAY_TO_COME: "That gas day is still to come: today is {today}.",
    Refusal.DAY_NOT_SERVED: "The account of this point begins on {first}.",
}
VALUE_LENGTH = 60

RULES = {
    Rule.FILE_TOO_LARGE: "the file is larger than {fact}",
    Rule.TOO_MANY_ROWS: "the file has more than {fact} rows",
    Rule.TOO_MANY_COLUMNS: "there are more than {fact} columns",
    Rule.TOO_MANY_PROBLEMS: "there are more problems than {fact}; from here on nothing was looked at",
    Rule.WORKBOOK: "this is a workbook; save it as CSV first",
    Rule.WORKBOOK_BROKEN: "the workbook cannot be read; save it anew as .xlsx, or as CSV",
    Rule.WORKBOOK_LOCKED: "the workbook is of the old form or has a password; save it as .xlsx without one",
    Rule.WORKBOOK_MACROS: "the workbook carries macros; save it as .xlsx without them",
    Rule.WORKBOOK_TOO_LARGE: "the workbook unpacks to more than {fact}",
    Rule.WORKBOOK_TOO_MUCH: "the workbook holds too much for one import, more than {fact} of text; divide it",
    Rule.OTHER_FORMAT: "this is no CSV and no .xlsx but: {fact}",
    Rule.SHEETS_HIDDEN: "the sheet with the columns, {fact}, is hidden; show it and save the workbook again",
    Rule.SEVERAL_SHEETS: "several sheets have the columns: {fact}; say which (--answer hoja-1, hoja-2 …)",
    Rule.HIDDEN: "rows or columns are hidden; say whether they count (--answer ocultas-si or ocultas-no)",
    Rule.HOUR_TWICE: "hour {fact} stands twice; a gas day has each hour once",
    Rule.ODD_FIGURE: "the figure is unlike those before it ({fact}); somebody has to look at it",
    Rule.HOURS_MISSING: "hours of the gas day are missing: {fact}; without all of them there is no total",
    Rule.NOT_AN_HOUR: "this is no hour of the gas day; hours go from 0 to 23 or from 1 to 24",
    Rule.HOURLY: "these are hours; one value for a gas day is taken, from 00:00 to 24:00",
    Rule.UNCLEAR_TEXT: "the accented letters cannot be read for certain; save the file as UTF-8",
    Rule.SPACED: "only blanks keep the columns apart; separate them by ; or tabs",
    Rule.NOT_TEXT: "this is no text in UTF-8, UTF-16 or Windows-1252",
    Rule.NOT_ENDED: "the last line does not end: the file may be cut; send it again whole",
    Rule.NO_ROWS: "there are no rows",
    Rule.BROKEN_QUOTES: "a quotation mark is not closed, or text follows a closing one",
    Rule.MISSING_COLUMN: "the column is missing; needed are {fact}",
    Rule.SHEETS_APART: "no sheet has the column; if the names of the sheets say it ({fact}), join them with it",
    Rule.REPEATED_COLUMN: "the column is there twice",
    Rule.SECOND_DAYS: "this is a second column of days, of a table beside the first; leave one table in the sheet",
    Rule.SECOND_TABLE: "another table begins here, with other titles or another unit; leave one table in the sheet",
    Rule.MERGED_FIGURE: "this is a merged cell; unmerge it and write the quantity of each point and day",
    Rule.POINT_LEFT_OUT: "this is a point and its figures cannot be taken; leave only figures in it, or remove it",
    Rule.TOO_MANY_VALUES: "the row has more values than {fact} columns; decimal commas need ; between the columns",
    Rule.CELL_TOO_LONG: "a cell has more than {fact} characters",
    Rule.CELL_ERROR: "the cell holds an error of the spreadsheet ({fact})",
    Rule.FORMULA_UNSAVED: "the formula has no stored value; open the workbook and save it again",
    Rule.EMPTY: "nothing stands here; an empty value is never taken as zero",
    Rule.REPEATED_ROW: "line {fact} says something else of the same point and day",
    Rule.REPEATED_DAY: "the day is on the list with another quantity",
    Rule.UNKNOWN_POINT: "no delivery point has this id, carrier's code or name",
    Rule.SEVERAL_POINTS: "this may be more than one point; give one of the codes {fact}",
    Rule.OTHER_NAME: "the name is of another point than the code {fact}",
    Rule.UNKNOWN_EXIT_POINT: "no exit point has this code or name",
    Rule.BEFORE_START: "the delivery point starts on {fact}",
    Rule.AFTER_END: "the delivery point ended on {fact}",
    Rule.MONTH_CLOSED: "the account is closed up to {fact}; late corrections: .venv/bin/portal corrections request",
    Rule.NOT_A_DATE: "this is no date; write YYYY-MM-DD or dd/mm/yyyy",
    Rule.NO_SUCH_DAY: "the calendar has no such day; write YYYY-MM-DD or dd/mm/yyyy",
    Rule.YEAR_UNSAID: "the year is not said; write dd/mm/yyyy, or the month with its year in a line above the table",
    Rule.OTHER_WEEKDAY: "{fact} has another weekday than the one that is written beside it",
    Rule.ONE_HOUR: "all rows have that hour and no other; totals of the day need no column of hours, hours all of them",
    Rule.DAY_WITH_HOUR: "an hour stands beside it; one total for a gas day is taken, from 00:00 to 24:00",
    Rule.STAMP_UNSAID: "00:00: the beginning or the end of the gas day? (--answer hora-inicio or hora-fin)",
    Rule.ORDER_UNSAID: "the days can be read as day/month or as month/day; give --answer dia-mes or mes-dia",
    Rule.SERIAL_UNSAID: "the day is a number that may count from 1900 or from 1904; save it as a date",
    Rule.OTHER_DAY_ABOVE: "the title names another day; this book is of {fact}",
    Rule.SEVERAL_READINGS: "this may be read in more than one way; give the day with its year, the quantity apart",
    Rule.DAY_SECOND: "{fact} before the day may be a number of the line or a year; give the day first",
    Rule.TODAY_TOTAL: "a total of today, which is not over; does it count? (--answer hoy-si or hoy-no)",
    Rule.DAY_OUT_OF_RANGE: "days go from 2014-12-01 to 2099-12-31",
    Rule.FUTURE_DAY: "the day is still to come; today is {fact}",
    Rule.DAY_NOT_OVER: "the day is not over: until then a reading can only be provisional",
    Rule.NOT_A_NUMBER: "this is no number; write it as 5320,75",
    Rule.SHORTENED: "written with an exponent, it may have lost digits; give the column a format without one",
    Rule.METER_INDEX: "it never falls: an index of the meter, not the volume of each day; if it is, title it Volumen",
    Rule.AMBIGUOUS_NUMBER: "this may be two numbers (--answer punto-miles or punto-decimal); write it as 5320,75",
    Rule.NOT_A_WHOLE: "this is no whole number",
    Rule.NEGATIVE: "the value is less than zero",
    Rule.TOO_MANY_DECIMALS: "there are too many decimals",
    Rule.TOO_LARGE: "the value is larger than any that is possible",
    Rule.OUT_OF_RANGE: "the value is outside of {fact}",
    Rule.WRONG_UNIT: "readings are in {fact}",
    Rule.HEATING_VALUE_MISSING: "the heating value of {fact} is missing, which would convert it to m3; load it first",
    Rule.UNKNOWN_STATE: "no such state; write P, C, E or A (provisional, certified, estimated, corrected)",
    Rule.CLOSED: "the day is {fact}: it can only be corrected, state A with a reason",
    Rule.NOTHING_TO_CORRECT: "only a certified reading can be corrected",
    Rule.ALREADY_MEASURED: "the day has a measurement; an estimate does not replace it",
    Rule.FOR_SUPERVISORS: "more than five months ago: only a supervisor corrects it",
    Rule.TOO_OLD_TO_CHARGE: "more than five months ago and more than was recorded: it is not charged (cl. 51, 68)",
    Rule.NOTHING_NEW: "that is the reading in force already",
    Rule.REASON_MISSING: "a correction needs its reason",
    Rule.REASON_NOT_WANTED: "only a correction has a reason",
    Rule.REASON_TOO_LONG: "the reason has more than 500 characters",
    Rule.TURNED: "the titles go down and the rows across; transpose the table",
    Rule.NOT_A_TELEPHONE: "this is no telephone",
    Rule.UNKNOWN_CHOICE: "not known; known are {fact}",
    Rule.CONTRADICTS: "row {fact} says something else of the same thing",
    Rule.OTHER_DAY: "the row is of another day than {fact}",
    Rule.OTHER_REVISION: "revision {fact} is in force by now",
    Rule.NOTHING_NOMINATED: "the point has no nomination for the day",
    Rule.ABOVE_ASKED: "that is more than was asked: {fact}",
    Rule.UNKNOWN_CUT_REASON: "no such reason; known are {fact}",
    Rule.CUT_REASON_MISSING: "that is less than was asked ({fact}); give the reason",
    Rule.CUT_REASON_NOT_WANTED: "all that was asked is authorised; leave the reason out",
}


def refusal_words(refused: Refused) -> str:
    """Return one English line for a refusal of a service."""
    if isinstance(refused, Rejected):
        words = REFUSALS.get(refused.refusal, f"Refused: {refused.refusal.value.replace('-', ' ')}.")
        return words.format_map(defaultdict(lambda: "?", {k: _fact(value) for k, value in refused.facts.items()}))
    if isinstance(refused, Conflict):
        return "Somebody else changed the same rows at the same moment; nothing was written. Try again."
    if isinstance(refused, NotAllowed):
        return "This account may not do that: its role has no such function."
    if isinstance(refused, NotFound):
        return "There is no such thing."
    if isinstance(refused, Busy):
        return "Too many keys are being checked; try again."
    return f"Refused: {type(refused).__name__}."


def _fact(value: object) -> str:
    if isinstance(value, Month):
        return f"{value.year}-{value.number:02d}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def problem_words(problem: Problem) -> str:
    """Return one line for one broken rule: where, what was found, what is expected."""
    where = [f"line {problem.line}"] if problem.line is not None else []
    if problem.column is not None:
        where.append(f"column {_shown(problem.column)}")
    if problem.value is not None:
        where.append(f"value {_shown(problem.value)}")
    fact = problem.fact
    if fact is not None and problem.rule is Rule.OTHER_WEEKDAY:
        fact = read_clash(fact).date.isoformat()
    words = RULES[problem.rule].format(fact=fact)
    return f"{', '.join(where)}: {words}" if where else words


def _shown(text: str) -> str:
    """Return the value found in a file, harmless to a terminal and shortened."""
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return f"“{printable[:VALUE_LENGTH]}{'…' if len(printable) > VALUE_LENGTH else ''}”"
