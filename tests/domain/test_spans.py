"""Lengths of time are said in their largest whole unit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.spans import few, span_words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=30), "30 segundos"),
        (timedelta(minutes=1), "un minuto"),
        (timedelta(seconds=90), "90 segundos"),
        (timedelta(minutes=15), "15 minutos"),
        (timedelta(minutes=90), "90 minutos"),
        (timedelta(hours=1), "una hora"),
        (timedelta(days=1), "24 horas"),
        (timedelta(days=3), "72 horas"),
        (timedelta(days=7), "7 días"),
        (timedelta(days=180), "180 días"),
    ],
)
def test_a_length_is_said_in_its_largest_whole_unit(span: timedelta, words: str) -> None:
    assert span_words(span) == words


@pytest.mark.parametrize("span", [timedelta(0), timedelta(days=-1), timedelta(microseconds=5)])
def test_a_length_that_is_none_is_refused(span: timedelta) -> None:
    with pytest.raises(ValueError, match="not a length"):
        span_words(span)


def test_small_counts_are_said_as_words() -> None:
    assert [few(4), few(12), few(13)] == ["cuatro", "doce", "13"]
