"""Ports by which a message leaves, and the letters of a text message (adr/0166)."""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class Port(StrEnum):
    """Way by which a message reaches somebody."""

    MAIL = "mail"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    PUSH = "push"


# Alphabet of text messages (3GPP TS 23.038, 6.2.1); a sign of its extension takes two places.
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€")
_PLAIN = {
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "’": "'",
    "‘": "'",
    "–": "-",
    "—": "-",
    "…": "...",
    "³": "3",
    "·": "-",
}
# Places of one text message.
LONGEST_SMS = 160


def count_septets(text: str) -> int:
    """Return how many places a text takes in the alphabet of text messages; ``ValueError`` for any other sign."""
    if strange := set(text) - _GSM7 - _EXTENSION:
        raise ValueError(f"not in the alphabet of text messages: {''.join(sorted(strange))}")
    return len(text) + sum(letter in _EXTENSION for letter in text)


def to_gsm7(text: str) -> str:
    """Return a text in the alphabet of text messages: "á" becomes "a", "ñ" stays; no way: "?"."""
    return "".join([_letter(each) for each in " ".join(text.split())])


def write_sms(text: str, address: str = "") -> str:
    """Return one text message of 160 places at most: the text, then the address; the text is cut before the address."""
    tail = f" {to_gsm7(address)}" if address else ""
    if count_septets(tail) > LONGEST_SMS // 2:
        tail = ""
    words = to_gsm7(text)
    while count_septets(words) + count_septets(tail) > LONGEST_SMS:
        words = words.removesuffix("...")[:-1].rstrip() + "..."
    return words + tail


def _letter(letter: str) -> str:
    if letter in _GSM7 or letter in _EXTENSION:
        return letter
    if letter in _PLAIN:
        return _PLAIN[letter]
    base = "".join([each for each in unicodedata.normalize("NFKD", letter) if each in _GSM7])
    return base or "?"
