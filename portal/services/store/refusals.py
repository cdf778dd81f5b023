"""Refusals of the services, typed, without words; the words of the screens live with the blueprints."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any


class Refusal(StrEnum):
    """Every reason that a person can correct."""

    # Accounts
    CREDENTIALS_WRONG = "credentials-wrong"
    LINK_SPENT = "link-spent"
    PASSWORD_TOO_SHORT = "password-too-short"  # noqa: S105
    PASSWORD_TOO_LONG = "password-too-long"  # noqa: S105
    PASSWORD_COMMON = "password-common"  # noqa: S105
    PASSWORD_COMPANY_WORDS = "password-company-words"  # noqa: S105
    CURRENT_PASSWORD_WRONG = "current-password-wrong"  # noqa: S105
    CONSENT_MISSING = "consent-missing"
    NAME_MISSING = "name-missing"
    EMAIL_MALFORMED = "email-malformed"
    EMAIL_TAKEN = "email-taken"
    SECOND_FACTOR_WRONG = "second-factor-wrong"
    SECOND_FACTOR_FORMAT = "second-factor-format"
    PASSKEY_WRONG = "passkey-wrong"
    PASSKEY_UNREADABLE = "passkey-unreadable"
    PASSKEY_ASKED_AGAIN = "passkey-asked-again"
    PASSKEYS_ENOUGH = "passkeys-enough"
    RECOVERY_CODE_WRONG = "recovery-code-wrong"
    RECOVERY_CODE_FORMAT = "recovery-code-format"
    OWN_ACCOUNT = "own-account"
    LAST_ADMINISTRATOR = "last-administrator"
    ROLE_UNCHANGED = "role-unchanged"
    NOT_INVITED = "not-invited"
    # Who may do what under a contract
    BINDING_DISABLED = "binding-disabled"
    BINDING_OTHER_STATE = "binding-other-state"
    OWN_BINDING = "own-binding"
    COLLEAGUE_MANAGES = "colleague-manages"
    DISABLED_BY_STAFF = "disabled-by-staff"
    # Keys
    WEB_KEY_WRONG = "web-key-wrong"
    WEB_KEY_FORMAT = "web-key-format"
    NUMERIC_KEY_WRONG = "numeric-key-wrong"
    NUMERIC_KEY_FORMAT = "numeric-key-format"
    NUMERIC_KEY_TYPO = "numeric-key-typo"
    KEY_ENDED = "key-ended"
    KEY_EXPIRED = "key-expired"
    KEY_REPLACED = "key-replaced"
    KEY_REVOKED = "key-revoked"
    # Letters of keys
    LETTER_EMPTY = "letter-empty"
    LETTER_UNDER_WAY = "letter-under-way"
    LETTER_ARRIVED = "letter-arrived"
    LETTERS_SPENT = "letters-spent"
    NO_LETTER_POSSIBLE = "no-letter-possible"
    POINT_NOT_SERVED = "point-not-served"
    CARRIER_MISSING = "carrier-missing"
    TRACKING_MISSING = "tracking-missing"
    NO_KEY_TO_REVOKE = "no-key-to-revoke"
    # Notices to customers
    NOTICE_TITLE = "notice-title"
    NOTICE_TEXT = "notice-text"
    NOTICE_OVER = "notice-over"
    UNKNOWN_EXIT_POINT = "unknown-exit-point"
    # Practice
    PRACTICE_DAY = "practice-day"
    PRACTICE_FULL = "practice-full"
    PRACTICE_CODE = "practice-code"
    # Investigation of a deviation
    INVESTIGATION_STEP = "investigation-step"
    INVESTIGATION_TEXT_MISSING = "investigation-text-missing"
    INVESTIGATION_TEXT_TOO_LONG = "investigation-text-too-long"
    INVESTIGATION_DAY = "investigation-day"
    # Proof of a month from its papers
    PROOF_SHEET = "proof-sheet"
    PROOF_MONTHS = "proof-months"
    PROOF_SEVERAL_POINTS = "proof-several-points"
    PROOF_TOO_MANY = "proof-too-many"
    PROOF_FILE_TOO_LARGE = "proof-file-too-large"
    PROOF_RECEIPT_FILE = "proof-receipt-file"
    PROOF_LINE_NUMBER = "proof-line-number"
    PROOF_LINE_CODE = "proof-line-code"
    PROOF_LINE_DAY = "proof-line-day"
    PROOF_LINE_QUANTITY = "proof-line-quantity"
    PROOF_LINES = "proof-lines"
    PROOF_LINE_SHORT = "proof-line-short"
    # Claims about a day
    CLAIM_DAY_NOT_OVER = "claim-day-not-over"
    CLAIM_DAY_NOT_SERVED = "claim-day-not-served"
    CLAIM_ALREADY_OPEN = "claim-already-open"
    CLAIM_TEXT_MISSING = "claim-text-missing"
    CLAIM_TEXT_TOO_LONG = "claim-text-too-long"
    CLAIM_TEXTS_SPENT = "claim-texts-spent"
    # Petitions, complaints, claims and appeals
    CASE_KIND_MISSING = "case-kind-missing"
    CASE_DOCUMENT = "case-document"
    CASE_TELEPHONE = "case-telephone"
    CASE_EMAIL_MISSING = "case-email-missing"
    CASE_POINT = "case-point"
    CASE_DATE_TO_COME = "case-date-to-come"
    CASE_ARRIVED_ON = "case-arrived-on"
    CASE_TEXT_MISSING = "case-text-missing"
    CASE_TEXT_TOO_LONG = "case-text-too-long"
    CASE_APPEAL_SPOKEN = "case-appeal-spoken"
    CASE_FILES_TOO_MANY = "case-files-too-many"
    CASE_FILE_TOO_LARGE = "case-file-too-large"
    CASE_FILE_KIND = "case-file-kind"
    CASE_FILES_SPENT = "case-files-spent"
    CASE_SENT_BEFORE = "case-sent-before"
    CASE_UNKNOWN = "case-unknown"
    CASE_OUTCOME_MISSING = "case-outcome-missing"
    CASE_OUTCOME_LAPSED = "case-outcome-lapsed"
    # Calls
    CALLER_MISSING = "caller-missing"
    TELEPHONE_MALFORMED = "telephone-malformed"
    CALL_CODE_FORMAT = "call-code-format"
    CALL_CODE_WRONG = "call-code-wrong"
    NO_SUCH_ADDRESS = "no-such-address"
    NO_ADDRESS_ON_FILE = "no-address-on-file"
    CODE_MAILS_SPENT = "code-mails-spent"
    NO_SUCH_TELEPHONE = "no-such-telephone"
    NO_TELEPHONE_ON_FILE = "no-telephone-on-file"
    NOTHING_ASKED = "nothing-asked"
    CALL_WAS_ANSWERED = "call-was-answered"
    NOBODY_FOLLOWED = "nobody-followed"
    # Nominations
    CONTRACT_INACTIVE = "contract-inactive"
    NOT_APPROVED = "not-approved"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    NOT_IN_FORCE = "not-in-force"
    CANCEL_TOO_LATE = "cancel-too-late"
    LATE_DECIDED = "late-decided"
    LATE_REPLACED = "late-replaced"
    LATE_DAY_OVER = "late-day-over"
    TOO_MANY_RENOMINATIONS = "too-many-renominations"
    BELOW_FLOOR = "below-floor"
    ABOVE_MAXIMUM = "above-maximum"
    UNUSUAL_QUANTITY = "unusual-quantity"
    DRAFT_EMPTY = "draft-empty"
    NOTHING_OFFERED = "nothing-offered"
    # The day's book and authorised quantities
    BOOK_DAY_OVER = "book-day-over"
    BOOK_UNCHANGED = "book-unchanged"
    NOTHING_NOMINATED = "nothing-nominated"
    ABOVE_ASKED = "above-asked"
    CUTS_BEYOND = "cuts-beyond"
    CUT_REASON_MISSING = "cut-reason-missing"
    CUT_REASON_NOT_WANTED = "cut-reason-not-wanted"
    ALREADY_AUTHORISED = "already-authorised"
    NOTHING_TO_CONFIRM = "nothing-to-confirm"
    ALL_QUESTIONED = "all-questioned"
    NOTHING_TO_PUBLISH = "nothing-to-publish"
    # Seasonal patterns, and notes of adjustments
    NO_SUCH_MONTH = "no-such-month"
    NOTE_MISSING = "note-missing"
    SHIFT_POINT = "shift-point"
    SHIFT_GATE = "shift-gate"
    SHIFT_COLLEAGUE = "shift-colleague"
    NOTE_TOO_LONG = "note-too-long"
    NOTE_DAY = "note-day"
    NOTES_SPENT = "notes-spent"
    # Adjustments on the page of the balances
    ADJUSTMENT_KIND = "adjustment-kind"
    NETTING_POINT = "netting-point"
    NETTING_TOO_MUCH = "netting-too-much"
    ADJUSTMENT_BY_SUPERVISOR = "adjustment-by-supervisor"
    # Closed months
    MONTH_NOT_OVER = "month-not-over"
    MONTH_NOT_SERVED = "month-not-served"
    MONTH_CLOSED = "month-closed"
    MONTH_OPEN = "month-open"
    MONTH_OUT_OF_ORDER = "month-out-of-order"
    READINGS_MISSING = "readings-missing"
    NO_READING = "no-reading"
    NOTHING_CHANGES = "nothing-changes"
    REASON_MISSING = "reason-missing"
    REASON_TOO_LONG = "reason-too-long"
    CORRECTION_PENDING = "correction-pending"
    VALUE_DAY_OPEN = "value-day-open"
    VALUE_UNCHANGED = "value-unchanged"
    VALUE_BY_SUPERVISOR = "value-by-supervisor"
    OWN_REQUEST = "own-request"
    SUPERVISOR_NEEDED = "supervisor-needed"
    EXCEPTION_INCOMPLETE = "exception-incomplete"
    EXCEPTION_NOT_NEEDED = "exception-not-needed"
    EXCEPTION_BY_SUPERVISOR = "exception-by-supervisor"
    # Many days
    NO_DAYS = "no-days"
    TOO_MANY_DAYS = "too-many-days"
    RANGE_BACKWARDS = "range-backwards"
    EMPTY_WEEK = "empty-week"
    BATCH_NOT_READY = "batch-not-ready"
    NOTHING_PASTED = "nothing-pasted"
    # Settings by dated rows
    SETTING_VALUE = "setting-value"
    SETTING_PLACE = "setting-place"
    SETTING_IN_THE_PAST = "setting-in-the-past"
    SETTING_NOT_A_MONTH = "setting-not-a-month"
    SETTING_UNCHANGED = "setting-unchanged"
    FACTORS_CROSSED = "factors-crossed"
    # The timetable
    CLOSE_IN_THE_PAST = "close-in-the-past"
    CLOSE_OUT_OF_RANGE = "close-out-of-range"
    CLOSE_MOVED_THAT_DAY = "close-moved-that-day"
    WINDOW_UNCHANGED = "window-unchanged"
    HOLIDAY_KNOWN = "holiday-known"
    NO_HOLIDAY = "no-holiday"
    HOLIDAY_NAME_MISSING = "holiday-name-missing"
    HOLIDAY_NAME_TOO_LONG = "holiday-name-too-long"
    HOLIDAY_OUT_OF_RANGE = "holiday-out-of-range"
    # Contacts
    CONTACT_TWICE = "contact-twice"
    LAST_CONTACT = "last-contact"
    TOO_MANY_CONTACTS = "too-many-contacts"
    NO_MOBILE = "no-mobile"
    PUSH_MALFORMED = "push-malformed"
    PUSH_SERVICE_UNKNOWN = "push-service-unknown"
    PUSH_TOO_MANY = "push-too-many"
    PUSH_WITHOUT_TOPIC = "push-without-topic"
    # The registry
    VALUE_MISSING = "value-missing"
    VALUE_TOO_LONG = "value-too-long"
    NIT_MALFORMED = "nit-malformed"
    NIT_CHECK_DIGIT = "nit-check-digit"
    NIT_TAKEN = "nit-taken"
    CONTRACT_NUMBER_TAKEN = "contract-number-taken"
    CARRIER_CODE_TAKEN = "carrier-code-taken"
    SEVERAL_VALIDITIES = "several-validities"
    POINT_NAME_TAKEN = "point-name-taken"
    EXIT_CODE_TAKEN = "exit-code-taken"
    CODE_ALIKE = "code-alike"
    NUMBER_ALIKE = "number-alike"
    CODE_MALFORMED = "code-malformed"
    CODE_FIXED = "code-fixed"
    SUPPLIER_MISSING = "supplier-missing"
    SUPPLIER_NOT_WANTED = "supplier-not-wanted"
    MAXIMUM_NOT_POSITIVE = "maximum-not-positive"
    TOLERANCE_OUT_OF_RANGE = "tolerance-out-of-range"
    PROFILE_MALFORMED = "profile-malformed"
    ENDS_BEFORE_START = "ends-before-start"
    END_UNCONFIRMED = "end-unconfirmed"
    ENDS_AFTER_CONTRACT = "ends-after-contract"
    STARTS_BEFORE_CONTRACT = "starts-before-contract"
    STARTS_AFTER_POINTS = "starts-after-points"
    STARTS_AFTER_FIGURES = "starts-after-figures"
    FIXED_BY_FIGURES = "fixed-by-figures"
    COMPANY_IN_USE = "company-in-use"
    COMPANY_ENDED = "company-ended"
    EXIT_POINT_UNKNOWN = "exit-point-unknown"
    EXIT_POINT_ENDED = "exit-point-ended"
    EXIT_POINT_IN_USE = "exit-point-in-use"
    CHANGE_BEFORE_START = "change-before-start"
    CHANGE_AFTER_END = "change-after-end"
    CHANGE_IN_CLOSED_MONTH = "change-in-closed-month"
    CHANGE_UNCONFIRMED = "change-unconfirmed"
    POINT_HANDED_ON = "point-handed-on"
    MERGER_UNKNOWN = "merger-unknown"
    MERGER_UNMEASURED = "merger-unmeasured"
    SHARE_OUT_OF_RANGE = "share-out-of-range"
    CONTRACT_UNKNOWN = "contract-unknown"
    CONTRACT_OVER = "contract-over"
    FILE_DECIDED = "file-decided"
    NOTHING_TO_IMPORT = "nothing-to-import"
    # Tariffs of a month
    TARIFFS_UNCHANGED = "tariffs-unchanged"
    TARIFFS_PENDING = "tariffs-pending"
    TARIFFS_NOT_REVIEWED = "tariffs-not-reviewed"
    TARIFFS_SHOWN_FROM = "tariffs-shown-from"
    # Odd figures
    FIGURES_NOT_REVIEWED = "figures-not-reviewed"
    # Standing orders
    STANDING_ORDER_OVER = "standing-order-over"
    # Meters
    METER_SERIAL = "meter-serial"
    METER_FACTOR = "meter-factor"
    METER_DIGITS = "meter-digits"
    METER_MAXIMUM = "meter-maximum"
    METER_INDEX_LARGE = "meter-index-large"
    METER_FORMER_INDEX = "meter-former-index"
    METER_NO_FORMER = "meter-no-former"
    METER_DAY = "meter-day"
    METER_DAY_BEFORE = "meter-day-before"
    METER_DAY_CLOSED = "meter-day-closed"
    METER_DAY_READ = "meter-day-read"
    METER_MISSING = "meter-missing"
    INDEX_MISSING = "index-missing"
    INDEX_FELL = "index-fell"
    INDEX_ABOVE_NEXT = "index-above-next"
    # Gates
    GATE_CAPACITY = "gate-capacity"
    GATE_BAND = "gate-band"
    GATE_TERMS_DAY = "gate-terms-day"
    GATE_TERMS_UNCHANGED = "gate-terms-unchanged"
    GATE_VOLUME_LARGE = "gate-volume-large"
    NOTHING_TO_ALLOCATE = "nothing-to-allocate"
    CONFIRMED_WITHOUT_REASON = "confirmed-without-reason"
    SENT_TO_MISSING = "sent-to-missing"
    # Documents
    DOCUMENT_TITLE = "document-title"
    DOCUMENT_KIND = "document-kind"
    DOCUMENT_THERE = "document-there"
    DOCUMENT_CONTRACT_THERE = "document-contract-there"
    DOCUMENT_VALIDITY = "document-validity"
    DOCUMENT_CHANGES = "document-changes"
    DOCUMENT_CHANGES_TOO_LONG = "document-changes-too-long"
    DOCUMENT_SUMMARY = "document-summary"
    DOCUMENT_EMPTY = "document-empty"
    DOCUMENT_NOT_PDF = "document-not-pdf"
    DOCUMENT_TOO_LARGE = "document-too-large"
    DOCUMENT_PENDING = "document-pending"
    DOCUMENT_UNCHANGED = "document-unchanged"
    # Tokens of the API
    TOKENS_SPENT = "tokens-spent"
    POINT_NOT_OPENED = "point-not-opened"
    UNIT_OTHER = "unit-other"
    # Adjustments
    QUANTITY_ZERO = "quantity-zero"
    DAY_TO_COME = "day-to-come"
    DAY_NOT_SERVED = "day-not-served"


class Refused(Exception):
    """Base of everything that a use case refuses."""


class Rejected(Refused):
    """Correctable by the person: same form, 422, words beside ``field`` and in the summary."""

    def __init__(self, refusal: Refusal, field: str | None = None, **facts: Any) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.field = field
        self.facts = facts


class NotFound(Refused):
    """Missing, or of somebody else: the same 404 for both."""


class NotAllowed(Refused):
    """Not allowed for this role."""


class StepMissing(Refused):
    """Too early: ``step`` names the step to do first."""

    def __init__(self, step: str, **where: Any) -> None:
        super().__init__(step)
        self.step = step
        self.where = where


class TooManyAttempts(Refused):
    """Throttled; ``until`` is None while only the distributor's staff can unlock it."""

    def __init__(self, until: datetime | None, **facts: Any) -> None:
        super().__init__("too many attempts")
        self.until = until
        self.facts = facts


class Conflict(Refused):
    """A stale draft or revision: somebody, perhaps another tab, wrote first."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class Busy(Refused):
    """No place for the key check within two seconds; nothing was spent."""


class CallNeeded(Refused):
    """An agent acts only in a verified call: there is none now for this point.

    ``call`` is the public id of the last call in which it was, None for none.
    """

    def __init__(self, call: str | None = None) -> None:
        super().__init__("call needed")
        self.call = call
