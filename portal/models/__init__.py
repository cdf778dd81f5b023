"""Typed tables, one noun a file; importing the package registers them all."""

from .base import Base
from .claims import Claim, ClaimMessage
from .closings import LateCorrection, MonthClosing
from .consumption import SeasonalPattern
from .keys import AccessKey, AttemptCounter, KeyAttempt
from .ledger import Adjustment, DailyBalance, DailyHeatingValue, MonthlyBalance, Reading, ReadingImport
from .nominations import Authorisation, FilingCounter, Nomination, NominationDraft, NominationHead
from .records import AuditEvent, AuditHead, OutboxMessage
from .registry import Company, Contract, DeliveryPoint, ExitPoint
from .schedule import Holiday, TimetableRow
from .sessions import Grant, KnownDevice, SignInSession
from .users import Binding, Consent, EmailLink, User
from .visits import AccountVisit

__all__ = [
    "AccessKey",
    "AccountVisit",
    "Adjustment",
    "AttemptCounter",
    "AuditEvent",
    "AuditHead",
    "Authorisation",
    "Base",
    "Binding",
    "Claim",
    "ClaimMessage",
    "Company",
    "Consent",
    "Contract",
    "DailyBalance",
    "DailyHeatingValue",
    "DeliveryPoint",
    "EmailLink",
    "ExitPoint",
    "FilingCounter",
    "Grant",
    "Holiday",
    "KeyAttempt",
    "KnownDevice",
    "LateCorrection",
    "MonthClosing",
    "MonthlyBalance",
    "Nomination",
    "NominationDraft",
    "NominationHead",
    "OutboxMessage",
    "Reading",
    "ReadingImport",
    "SeasonalPattern",
    "SignInSession",
    "TimetableRow",
    "User",
]
