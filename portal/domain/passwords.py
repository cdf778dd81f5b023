"""Rules of passwords: long, not common, not made of the company's words (docs/security.md, "Passwords")."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

SHORTEST = 15
# For an account with a second factor (TOTP).
SHORTEST_WITH_TOTP = 10
LONGEST = 128

# Letters that must remain without guessable words, digits and punctuation.
_OWN_LETTERS = 6
# A run: fewer different characters than this, or three of four steps to a neighbour.
_DIFFERENT = 5

_TRADE_WORDS = (
    "gases", "gas", "gnv", "gnc", "atr", "eds",
    "nominacion", "nominaciones", "cliente", "clientes", "clave", "contrasena", "portal", "balance", "cuenta",
)  # fmt: skip
_COMMON_WORDS = (
    "password", "pass", "word", "secret", "secreto", "secreta", "admin", "administrador", "usuario",
    "user", "login", "welcome", "bienvenido", "bienvenidos", "letmein", "iloveyou", "teamo", "tequiero", "hola",
    "mundo", "dios", "jesus", "cristo", "amor", "familia", "colombia", "bogota", "nacional", "millonarios", "america",
    "futbol", "qwerty", "qwertyuiop", "asdf", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "abc", "abcd", "abcdef",
    "micontrasena", "football", "baseball", "dragon", "monkey", "princess", "princesa",
    "superman", "batman", "changeme", "cambiame", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
    "agosto", "septiembre", "octubre", "noviembre", "diciembre", "correcthorsebatterystaple", "iamtheadministrator",
    "nosequeponer", "unodostrescuatro", "unodostres",
)  # fmt: skip
_ROWS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_NEIGHBOURS = frozenset(pair for row in _ROWS for line in (row, row[::-1]) for pair in itertools.pairwise(line))


class PasswordProblem(StrEnum):
    """Reason why a password is refused."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    COMMON = "common"
    COMPANY_WORDS = "company-words"


def find_password_problem(
    password: str, *, name: str = "", email: str = "", company_words: Iterable[str] = (), shortest: int = SHORTEST
) -> PasswordProblem | None:
    """Return why ``password`` is refused, None when it is accepted.

    Counted in characters of its NFC form; no mix of kinds is required. Refused are repetitions, sequences and keyboard
    rows, and passwords with fewer than six letters left without common words (``COMMON``), the words of the company and
    its trade, ``company_words``, the parts of ``name`` and ``email`` (``COMPANY_WORDS``), digits and punctuation.
    """
    composed = normalise_password(password)
    if len(composed) < shortest:
        return PasswordProblem.TOO_SHORT
    if len(composed) > LONGEST:
        return PasswordProblem.TOO_LONG
    folded = _fold(composed)
    if _is_patterned(folded) or _is_made_of(folded, _COMMON_WORDS):
        return PasswordProblem.COMMON
    own = {*_words(name), *_words(email), *[word for text in company_words for word in _words(text)]}
    if _is_made_of(folded, {*_TRADE_WORDS, *own}) or _is_made_of(folded, {*_TRADE_WORDS, *_COMMON_WORDS, *own}):
        return PasswordProblem.COMPANY_WORDS
    return None


def normalise_password(password: str) -> str:
    """Return the form of a password that is counted and hashed: Unicode NFC."""
    return unicodedata.normalize("NFC", password)


def _fold(text: str) -> str:
    """Drop case and accents: "Contraseña" matches "contrasena"."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))


def _words(text: str) -> list[str]:
    folded = _fold(text)
    words = [word for word in re.split(r"[\W\d_]+", folded) if len(word) >= 3]
    return [*words, "".join(words)] if words else []


def _is_made_of(folded: str, words: Iterable[str]) -> bool:
    """Tell whether fewer than six letters are left without ``words``, of which at least one occurs."""
    left = "".join(character for character in folded if character.isalpha())
    found = False
    for word in sorted(words, key=len, reverse=True):
        if word in left:
            found = True
            # A space keeps the two sides from joining into a word that was not typed.
            left = left.replace(word, " ")
    return found and sum(character != " " for character in left) < _OWN_LETTERS


def _is_patterned(folded: str) -> bool:
    """Tell whether it is a run or a repetition, also when blanks and punctuation break it up: 1111-2222-3333."""
    core = "".join(character for character in folded if character.isalnum())
    candidates = (folded, core) if 2 * len(core) > len(folded) else (folded,)
    return any(_is_run(text) or _is_repetition(text) for text in candidates)


def _is_run(text: str) -> bool:
    """Tell whether nearly every step goes to the same character or a neighbour: aaaa, 1234, qwerty, 1q2w3e."""
    steps = list(itertools.pairwise(text))
    near = sum(one == other or (one, other) in _NEIGHBOURS for one, other in steps)
    return len(set(text)) < _DIFFERENT or 4 * near >= 3 * len(steps)


def _is_repetition(text: str) -> bool:
    """Tell whether it repeats one piece, the last time perhaps cut off."""
    longest = min(len(text) // 2, SHORTEST_WITH_TOTP)
    return any(text == (text[:period] * len(text))[: len(text)] for period in range(1, longest + 1))
