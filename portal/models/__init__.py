"""Typed tables, one noun a file; importing the package registers them all."""

from .authorisations import Authorisation, AuthorisationDraft, DayBook, DayBookLine
from .base import Base
from .claims import Claim, ClaimMessage
from .closings import LateCorrection, MonthClosing
from .consumption import SeasonalPattern
from .contacts import Contact
from .drafts import NominationBatch, NominationBatchLine, NominationDraft
from .filing import FilingCounter
from .keys import AccessKey, AttemptCounter, KeyAttempt
from .ledger import Adjustment, DailyBalance, DailyHeatingValue, MonthlyBalance, Reading, ReadingImport
from .nominations import LateDecision, Nomination, NominationHead, ReceiptHead
from .records import AuditEvent, AuditHead, OutboxMessage
from .registry import Company, Contract, DeliveryPoint, ExitPoint
from .schedule import DayClose, Holiday, PointPolicy, ShiftNote, TimetableRow
from .sessions import Grant, KnownDevice, SignInSession
from .tokens import ApiRequest, ApiToken, FeedToken
from .users import Binding, Consent, EmailLink, User
from .visits import AccountVisit

__all__ = [
    "AccessKey",
    "AccountVisit",
    "Adjustment",
    "ApiRequest",
    "ApiToken",
    "AttemptCounter",
    "AuditEvent",
    "AuditHead",
    "Authorisation",
    "AuthorisationDraft",
    "Base",
    "Binding",
    "Claim",
    "ClaimMessage",
    "Company",
    "Consent",
    "Contact",
    "Contract",
    "DailyBalance",
    "DailyHeatingValue",
    "DayBook",
    "DayBookLine",
    "DayClose",
    "DeliveryPoint",
    "EmailLink",
    "ExitPoint",
    "FeedToken",
    "FilingCounter",
    "Grant",
    "Holiday",
    "KeyAttempt",
    "KnownDevice",
    "LateCorrection",
    "LateDecision",
    "MonthClosing",
    "MonthlyBalance",
    "Nomination",
    "NominationBatch",
    "NominationBatchLine",
    "NominationDraft",
    "NominationHead",
    "OutboxMessage",
    "PointPolicy",
    "Reading",
    "ReadingImport",
    "ReceiptHead",
    "SeasonalPattern",
    "ShiftNote",
    "SignInSession",
    "TimetableRow",
    "User",
]
