"""Web and numeric keys: generation, normal form, printed form (docs/security.md, "Keys")."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum

from portal.domain.typed_text import as_typed

# Crockford's base32, without I, L, O, U: a printed key has one reading.
WEB_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WEB_LENGTH = 12
NUMERIC_RANDOM_DIGITS = 8
NUMERIC_LENGTH = NUMERIC_RANDOM_DIGITS + 1

# Said wherever a device is remembered. True of a contract whose points one code signs as well (adr/0163).
SIGNED_ALL_THE_SAME = "Para firmar una nominación se sigue pidiendo una clave numérica."

_DIGITS = "0123456789"
_SEPARATORS = dict.fromkeys(map(ord, " -"))
_LOOKALIKES = str.maketrans("OIL", "011")

# Damm's quasigroup of order ten: finds each wrong digit and each swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class BadKeyFormat(ValueError):
    """The text cannot be a key; it costs no attempt."""


class BadCheckDigit(BadKeyFormat):
    """Nine digits with a wrong check digit: a typing error, which costs no attempt."""


def generate_web_key(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """Return a new normalised web key: 12 characters, 60 bits, from ``randbelow``."""
    return "".join(WEB_ALPHABET[randbelow(len(WEB_ALPHABET))] for _ in range(WEB_LENGTH))


def normalise_web_key(text: str) -> str:
    """Return the 12 characters of a typed web key (``normalise_code``); raises ``BadKeyFormat``."""
    return normalise_code(text, WEB_LENGTH)


def normalise_code(text: str, length: int) -> str:
    """Return the characters of a typed base32 code: upper case, no blanks or hyphens, O as 0, I and L as 1.

    Raises ``BadKeyFormat`` for other characters or another ``length``.
    """
    typed = as_typed(text).translate(_SEPARATORS)
    if not typed.isascii():
        # Some letters of other alphabets become ASCII in upper case.
        raise BadKeyFormat("a code is made of ASCII letters and digits")
    code = typed.upper().translate(_LOOKALIKES)
    if len(code) != length or not set(code) <= set(WEB_ALPHABET):
        raise BadKeyFormat(f"a code like this has {length} letters and digits")
    return code


def comparable_code(text: str, length: int) -> str:
    """Return a typed code as ``normalise_code``, or an empty text for one of another form: it equals no code."""
    try:
        return normalise_code(text, length)
    except BadKeyFormat:
        return ""


def print_web_key(key: str) -> str:
    """Return a normalised web key as printed in the letter: ``K7QF-2M9X-TB4R``."""
    return print_code(key)


def print_code(code: str) -> str:
    """Return a normalised base32 code in groups of four."""
    return "-".join(_in_groups(code, 4))


def generate_numeric_key(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """Return a new normalised numeric key: 8 digits from ``randbelow`` and their check digit."""
    digits = "".join(_DIGITS[randbelow(10)] for _ in range(NUMERIC_RANDOM_DIGITS))
    return digits + str(compute_damm_digit(digits))


def normalise_numeric_key(text: str) -> str:
    """Return the 9 digits of a typed numeric key, blanks and hyphens dropped.

    Raises ``BadKeyFormat`` for other characters or another length, ``BadCheckDigit`` when the last digit does not fit.
    """
    key = as_typed(text).translate(_SEPARATORS)
    if len(key) != NUMERIC_LENGTH or not set(key) <= set(_DIGITS):
        raise BadKeyFormat("a numeric key has 9 digits")
    if compute_damm_digit(key) != 0:
        raise BadCheckDigit("the check digit does not fit")
    return key


def print_numeric_key(key: str) -> str:
    """Return a normalised numeric key as printed in the letter: ``483 920 175``."""
    return " ".join(_in_groups(key, 3))


def compute_damm_digit(digits: str) -> int:
    """Return the Damm check digit of ASCII ``digits``; 0 when they end with their own."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def _in_groups(key: str, size: int) -> list[str]:
    return [key[start : start + size] for start in range(0, len(key), size)]


class KeyKind(StrEnum):
    """The web key of a contract or the numeric key of a delivery point (guide steps 10 and 12)."""

    WEB = "web"
    NUMERIC = "numeric"


class KeyState(StrEnum):
    """Life of a key version: issued and unused, in use, replaced by a newer version, revoked."""

    ISSUED = "issued"
    ACTIVE = "active"
    REPLACED = "replaced"
    REVOKED = "revoked"


UNUSED_KEY_LIFE = timedelta(days=30)
REPLACED_KEY_LIFE = timedelta(days=15)
GRANT_IDLE = timedelta(minutes=30)


class LetterState(StrEnum):
    """Requested; approved or rejected by another person; printed once; dispatched; cancelled; lost.

    Losing a printed letter ends its keys; another letter may then be requested.
    """

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PRINTED = "printed"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"
    LOST = "lost"


class LetterEvent(StrEnum):
    """Event in the life of a letter."""

    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    PRINT = "print"
    DISPATCH = "dispatch"
    LOSE = "lose"


_State, _Event = LetterState, LetterEvent
# Any other pair is refused. A printed letter carries live keys: it can be lost, which ends them, not cancelled.
TRANSITIONS: Mapping[LetterState, Mapping[LetterEvent, LetterState]] = {
    _State.REQUESTED: {
        _Event.APPROVE: _State.APPROVED,
        _Event.REJECT: _State.REJECTED,
        _Event.CANCEL: _State.CANCELLED,
    },
    _State.APPROVED: {_Event.PRINT: _State.PRINTED, _Event.CANCEL: _State.CANCELLED},
    _State.PRINTED: {_Event.DISPATCH: _State.DISPATCHED, _Event.LOSE: _State.LOST},
    _State.REJECTED: {},
    _State.DISPATCHED: {_Event.LOSE: _State.LOST},
    _State.CANCELLED: {},
    _State.LOST: {},
}
UNDER_WAY = frozenset({_State.REQUESTED, _State.APPROVED, _State.PRINTED})
# Letters counted by the limits of a point; one that will never be sent is not.
COUNTED = UNDER_WAY | {_State.DISPATCHED}
MOST_A_DAY, DAY = 1, timedelta(days=1)
MOST_A_MONTH, MONTH = 4, timedelta(days=30)
# Changes with the letter's text; each letter keeps the version it was printed with.
TEXT_VERSION = "2026-12"


def find_next_state(state: LetterState, event: LetterEvent) -> LetterState | None:
    """Return the state that follows; None when the event is not allowed in ``state``."""
    return TRANSITIONS[state].get(event)
