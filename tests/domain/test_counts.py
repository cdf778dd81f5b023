"""Words agree with their count, and digits are grouped as in Colombia."""

from __future__ import annotations

import pytest

from portal.domain.counts import agree, counted, digits


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 días"), (1, "1 día"), (2, "2 días"), (1000, "1.000 días"), (1234567, "1.234.567 días")]
)
def test_a_count_stands_before_its_noun(count: int, words: str) -> None:
    assert counted(count, "día", "días") == words


def test_verbs_agree_without_the_count_and_sentences_with_it() -> None:
    assert [agree(count, "queda", "quedan") for count in (0, 1, 2)] == ["quedan", "queda", "quedan"]
    said = [agree(count, "Falta una nominación", "Faltan {} nominaciones") for count in (1, 2, 1200)]
    assert said == ["Falta una nominación", "Faltan 2 nominaciones", "Faltan 1.200 nominaciones"]


def test_digits_stand_alone() -> None:
    assert [digits(999), digits(1000)] == ["999", "1.000"]
