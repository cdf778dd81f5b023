"""Sources of a day's figures: their formula, their rows and their earlier versions."""

from . import sources
from .days import DayRecord, load_day_record
from .sources import Author, AuthorisationVersion, ConversionUsed, Movement, NominationRevision, ReadingVersion

__all__ = [
    "Author",
    "AuthorisationVersion",
    "ConversionUsed",
    "DayRecord",
    "Movement",
    "NominationRevision",
    "ReadingVersion",
    "load_day_record",
    "sources",
]
