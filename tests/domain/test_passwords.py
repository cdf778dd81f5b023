"""A password is long, and neither common nor made of the company's words; nothing else is asked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.passwords import (
    LONGEST,
    SHORTEST,
    SHORTEST_WITH_TOTP,
    PasswordProblem,
    find_password_problem,
    normalise_password,
)
from tests.distributors import FIRST

NAME, EMAIL = "Juan Pérez Gómez", "jperez.eds@ventarrones.example"
OURS = FIRST.password_words


@pytest.mark.parametrize(
    "password",
    [
        "casa azul perro lento",
        "llave mansa tornillo",
        "gasolina verde lenta",
        "el gas del llano grande es mi clave",
        "mi perro se llama Rocky",
        "jardín 🌵 con luna llena",
        "日本語の長い合言葉ですよろしく",
        "739182640173551",
        "x9$Kw!27bQp#mZ4",
        "$%&/()=?¡*+{}[]a",
        "tornillo Pérez manso verde",
        " blancos alrededor ",
    ],
)
def test_long_and_own_is_enough(password: str) -> None:
    assert find_password_problem(password, name=NAME, email=EMAIL, company_words=OURS) is None


@pytest.mark.parametrize(
    "password",
    [
        "a" * 15,
        "🌵" * 20,
        "123456789012345",
        "987654321098765",
        "1111-2222-3333-44",
        "abcdefghijklmno",
        "abcabcabcabcabcabc",
        "aaaabbbbccccdddd",
        "tornillotornillo",
        "qwertyuiopasdfgh",
        "QWERTYUIOPASDFGH",
        "poiuytrewqlkjhg",
        "1q2w3e4r5t6y7u8i",
        "passwordpassword",
        "Password2026!!!!",
        "correcthorsebatterystaple",
        "Bienvenido2026!",
        "tequieromucho2020",
        "noviembre 2026 hola",
    ],
)
def test_repetitions_sequences_and_common_words_are_common(password: str) -> None:
    assert find_password_problem(password) is PasswordProblem.COMMON


@pytest.mark.parametrize(
    "password",
    [
        "Llanogas-Villavicencio-2026",
        "llanogas2026llano",
        "Contraseña2026!!!",
        "Nominación cliente meta",
        "gnv gas villavicencio 1",
        "L.l.a.n.o.g.a.s-1234567",
        "clave de llanogas",
        "JuanPerezGomez1980",
        "juan perez de llanogas",
        "jperez.eds@ventarrones",
        "gas 7391 8264 0173 55",
        "llanogas password 1",
    ],
)
def test_the_companys_words_and_ones_own_name_do_not_make_a_password(password: str) -> None:
    assert find_password_problem(password, name=NAME, email=EMAIL, company_words=OURS) is PasswordProblem.COMPANY_WORDS


def test_somebody_elses_name_may_be_in_it() -> None:
    assert find_password_problem("JuanPerezGomez1980") is None


def test_the_limits_are_counted_in_characters() -> None:
    long = "tornillo verde y manso " * 10
    varied = "".join(chr(0x4E00 + 7 * place) for place in range(LONGEST))
    assert find_password_problem("casa azul lenta") is None
    assert len("casa azul lenta") == SHORTEST
    assert find_password_problem("casa azul lent") is PasswordProblem.TOO_SHORT
    assert find_password_problem("") is PasswordProblem.TOO_SHORT
    assert find_password_problem(varied) is None
    assert find_password_problem(f"{varied}x") is PasswordProblem.TOO_LONG
    assert find_password_problem(long) is PasswordProblem.TOO_LONG


def test_ten_characters_are_enough_with_a_second_factor() -> None:
    assert find_password_problem("casa lenta", shortest=SHORTEST_WITH_TOTP) is None
    assert find_password_problem("casa lent", shortest=SHORTEST_WITH_TOTP) is PasswordProblem.TOO_SHORT


def test_an_accent_typed_apart_counts_as_one_character() -> None:
    composed = "café señal níquel"
    apart = unicodedata.normalize("NFD", composed)
    assert len(apart) > len(composed)
    assert normalise_password(apart) == composed
    fifteen = unicodedata.normalize("NFD", "ñandú áéíóú lío")
    assert find_password_problem(fifteen) is None
    assert find_password_problem(fifteen[:-1]) is PasswordProblem.TOO_SHORT


@given(st.text(max_size=140), st.text(max_size=20), st.text(max_size=20))
def test_any_text_gets_an_answer_and_the_same_in_both_normal_forms(password: str, name: str, email: str) -> None:
    problem = find_password_problem(password, name=name, email=email)
    assert problem is None or problem in PasswordProblem
    apart = unicodedata.normalize("NFD", normalise_password(password))
    assert find_password_problem(apart, name=name, email=email) == problem


@given(
    st.lists(st.sampled_from(["Llanogas", "gas", "Gnv", "clave", "hola", "Colombia", "admin", "Pérez"]), min_size=1),
    st.text(alphabet="0123456789 .-_!#", min_size=9, max_size=20),
)
def test_guessable_words_stay_guessable_with_figures_between_them(words: list[str], between: str) -> None:
    assume(SHORTEST <= len(password := between.join([*words, ""])) <= LONGEST)
    assert find_password_problem(password, name=NAME, company_words=OURS) is not None
