"""Telephone calls of customers: how a caller is verified, how long an agent may act for them, how a call ends.

Source: docs/security.md, "On behalf".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

# An agent acts for a verified caller for so long, at one point.
GRANT_FOR = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 6
# Wrong codes that one agent may type for one point before waiting, and that a point takes from all agents in a day.
CODE_TRIES = 5
CODE_TRIES_PERIOD = timedelta(minutes=30)
CODE_TRIES_A_DAY = 20
# Codes that are mailed to one point in a day: each is a mail to somebody.
CODE_MAILS_A_DAY = 10
# An open call ends by itself: nobody speaks longer with one customer.
LONGEST_CALL = timedelta(hours=2)
LONGEST_NOTE = 500


class Verification(StrEnum):
    """Proof that the caller may speak for the point: none of them is a key of the customer.

    A code that the caller reads from their signed-in page, a code mailed to a registered address, or a call back to a
    number on file with a supervisor's word.
    """

    CODE = "codigo"
    MAIL = "correo"
    CALL_BACK = "devolucion"


# How a caller was verified, after "en una llamada,".
METHOD_WORDS: Mapping[Verification, str] = {
    Verification.CODE: "verificada con el código que se muestra en el portal",
    Verification.MAIL: "verificada con un código enviado a un correo registrado",
    Verification.CALL_BACK: "verificada llamando de vuelta al número registrado",
}


class CallOutcome(StrEnum):
    """End of a call: the customer was attended, nobody answered, or it was left open and ended by itself."""

    ATTENDED = "attended"
    NO_ANSWER = "no-answer"
    ABANDONED = "abandoned"


METHOD_NAMES: Mapping[Verification, str] = {
    Verification.CODE: "código del portal",
    Verification.MAIL: "código por correo",
    Verification.CALL_BACK: "devolución de la llamada",
}
OUTCOME_WORDS: Mapping[CallOutcome, str] = {
    CallOutcome.ATTENDED: "atendida",
    CallOutcome.NO_ANSWER: "no contesta",
    CallOutcome.ABANDONED: "quedó abierta",
}
