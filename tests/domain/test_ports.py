"""A text message takes 160 places at most, in its own alphabet, and keeps its address whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.ports import LONGEST_SMS, count_septets, to_gsm7, write_sms


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Mañana sábado: ¿cuánto?", "Mañana sabado: ¿cuanto?"),
        ("«Recorte» – 9.000 m³ · Día…", '"Recorte" - 9.000 m3 - Dia...'),
        ("Él, índice, à è é ù ì ò, ÑÜ ñü", "Él, indice, à è é ù ì ò, ÑÜ ñü"),
        ("uno\n  dos\tgas ☂", "uno dos gas ?"),
    ],
)
def test_a_text_is_written_in_the_alphabet_of_text_messages(text: str, sent: str) -> None:
    assert to_gsm7(text) == sent


def test_a_sign_of_the_extension_takes_two_places() -> None:
    assert count_septets("a€[") == 5
    with pytest.raises(ValueError, match="á"):
        count_septets("á")


@given(st.text(min_size=100, max_size=300), st.text(alphabet="abc/:.-_~", max_size=200))
def test_no_text_message_is_longer_than_one(text: str, address: str) -> None:
    assert count_septets(write_sms(text, address)) <= LONGEST_SMS


def test_the_text_is_cut_and_never_the_address() -> None:
    address = "https://clientes.example.co/nominacion/horario"
    sent = write_sms("Aviso crítico: " + "obra " * 60, address)
    assert sent.endswith(f"... {address}")
    assert LONGEST_SMS - 6 < count_septets(sent) <= LONGEST_SMS
    assert write_sms("Corto", address) == f"Corto {address}"
