"""Typed tables, one noun a file; importing the package registers them all."""

from .authorisations import Authorisation, AuthorisationDraft, DayBook, DayBookFile, DayBookLine, DayBookSending
from .base import Base
from .calls import Call, CallCode, CallProtest, Following
from .cases import CarriedMessage, Case, CaseEntry, CaseFile, CaseMail
from .closings import LateCorrection, LateHeatingEffect, LateHeatingValue, MonthClosing
from .contacts import Contact, ContactPort, Notice, NoticeRead, OperatorMailChoice, OperatorMailTold
from .distributor import DistributorRow
from .documents import Document, DocumentFile, DocumentPoint, DocumentVersion
from .drafts import NominationBatch, NominationBatchLine, NominationDraft, NominationGroup
from .gates import GateAllocation, GateAllocationDay, GateConfirmation, GateReading, GateTerms
from .installation import BackupRun, FilingCounter, PepperMark, SettingRow, WorkerHeartbeat
from .investigations import InvestigationEntry, begins_open_investigation
from .jobs import FileLayout, FileSender, HeldRow, Job, JobLease, StatementPack, Upload
from .keys import AccessKey, AttemptCounter, KeyAttempt, KeyLetter, OpenCharge
from .ledger import (
    Adjustment,
    AdjustmentRequest,
    DailyBalance,
    DailyHeatingValue,
    MonthlyBalance,
    Reading,
    ReadingImport,
)
from .meters import IndexReading, MeterChange
from .nominations import LateDecision, Nomination, NominationHead, ReceiptHead, is_head_of
from .passages import StoredPassage
from .practice import PracticeNomination
from .punctuality import PunctualityCut, PunctualityMonth
from .push import PushMessage, PushSubscription, PushTopic
from .records import Anchor, AnchorFile, AuditEvent, AuditHead, NominationMail, OutboxMessage
from .registry import Company, Contract, DeliveryPoint, ExitPoint, PointSuccession, SeasonalPattern
from .schedule import DayClose, DutyRun, Holiday, PointPolicy, ShiftNote, TimetableRow
from .sessions import (
    AccountView,
    AccountVisit,
    ApiRequest,
    ApiToken,
    FeedToken,
    Grant,
    KnownDevice,
    Passkey,
    RememberedKey,
    SignInSession,
    StaffToken,
    TrustedDevice,
)
from .shift_log import ShiftEntry
from .standing_orders import StandingOrder, StandingOrderUse
from .tariffs import TariffFigure, TariffPublication
from .users import Binding, Consent, EmailLink, RecoveryCode, User

__all__ = [
    "AccessKey",
    "AccountView",
    "AccountVisit",
    "Adjustment",
    "AdjustmentRequest",
    "Anchor",
    "AnchorFile",
    "ApiRequest",
    "ApiToken",
    "AttemptCounter",
    "AuditEvent",
    "AuditHead",
    "Authorisation",
    "AuthorisationDraft",
    "BackupRun",
    "Base",
    "Binding",
    "Call",
    "CallCode",
    "CallProtest",
    "CarriedMessage",
    "Case",
    "CaseEntry",
    "CaseFile",
    "CaseMail",
    "Company",
    "Consent",
    "Contact",
    "ContactPort",
    "Contract",
    "DailyBalance",
    "DailyHeatingValue",
    "DayBook",
    "DayBookFile",
    "DayBookLine",
    "DayBookSending",
    "DayClose",
    "DeliveryPoint",
    "DistributorRow",
    "Document",
    "DocumentFile",
    "DocumentPoint",
    "DocumentVersion",
    "DutyRun",
    "EmailLink",
    "ExitPoint",
    "FeedToken",
    "FileLayout",
    "FileSender",
    "FilingCounter",
    "Following",
    "GateAllocation",
    "GateAllocationDay",
    "GateConfirmation",
    "GateReading",
    "GateTerms",
    "Grant",
    "HeldRow",
    "Holiday",
    "IndexReading",
    "InvestigationEntry",
    "Job",
    "JobLease",
    "KeyAttempt",
    "KeyLetter",
    "KnownDevice",
    "LateCorrection",
    "LateDecision",
    "LateHeatingEffect",
    "LateHeatingValue",
    "MeterChange",
    "MonthClosing",
    "MonthlyBalance",
    "Nomination",
    "NominationBatch",
    "NominationBatchLine",
    "NominationDraft",
    "NominationGroup",
    "NominationHead",
    "NominationMail",
    "Notice",
    "NoticeRead",
    "OpenCharge",
    "OperatorMailChoice",
    "OperatorMailTold",
    "OutboxMessage",
    "Passkey",
    "PepperMark",
    "PointPolicy",
    "PointSuccession",
    "PracticeNomination",
    "PunctualityCut",
    "PunctualityMonth",
    "PushMessage",
    "PushSubscription",
    "PushTopic",
    "Reading",
    "ReadingImport",
    "ReceiptHead",
    "RecoveryCode",
    "RememberedKey",
    "SeasonalPattern",
    "SettingRow",
    "ShiftEntry",
    "ShiftNote",
    "SignInSession",
    "StaffToken",
    "StandingOrder",
    "StandingOrderUse",
    "StatementPack",
    "StoredPassage",
    "TariffFigure",
    "TariffPublication",
    "TimetableRow",
    "TrustedDevice",
    "Upload",
    "User",
    "WorkerHeartbeat",
    "begins_open_investigation",
    "is_head_of",
]
