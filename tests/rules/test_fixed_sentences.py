"""No fixed sentence about something that changes: figures come from their constants, denials stand under a condition.

A template, a paper, a mail or a table of words may not write out an hour, a number of days or minutes, a rate or the
month of a publication: it names the constant or reads the data (``terms.…``, ``span_words``). And it may not say that
there is none of something, or that something did not happen yet, unless a condition decides whether that is so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from portal.blueprints.staff.api_tokens import LIVES as STAFF_LIVES
from portal.blueprints.tokens.words import LIVES
from portal.domain import deviations, readings

from .texts import Text, files, texts_of_module, texts_of_template

_COUNT = (
    r"(?:\d+|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|quince|veinte|treinta|sesenta|noventa|medi[oa]|"
    r"un(?= minuto| segundo(?! (?:paso|factor)\b))|una(?= hora\b))"
)
_MONTHS = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
FIGURES = {
    # The bounds of the gas day are no terms; "a las doce" is an hour too.
    "an hour": re.compile(
        r"(?<![\d:/])(?!00:00|24:00)\d{1,2}:\d{2}(?![\d:])|mediod[ií]a|"
        r"\blas (?:doce|once|trece|ocho|diez|\d{1,2}\b(?!:))"
    ),
    "a number of days, hours or times": re.compile(
        rf"\b(?<!0 a )(?!1 d[ií]a)(?:{_COUNT}) (?:d[ií]as?|horas?|minutos?|segundos?|mes(?:es)?|semanas?|veces|"
        r"años?)\b",
        re.IGNORECASE,
    ),
    "a month": re.compile(rf"\b(?:{_MONTHS}) de \d{{4}}"),
    "a rate": re.compile(r"\d %|\$ ?\d"),
}
DENIAL = re.compile(
    r"\b(?:[Tt]odav[ií]a no|[Aa][uú]n no|[Nn]o hay|Ning[uú]n[oa]?|(?:tiene|queda|existe|se registró) ning[uú]n[oa]?|"
    r"[Nn]adie (?:ha|est[aá]|espera)|[Pp]or ahora|[Hh]asta ahora)\b"
)
# A figure that stands as an example, and a denial that its own sentence makes a case: "si no hay otra".
EXAMPLE = re.compile(r"(?:\b[Cc]omo|por ejemplo|de 0 a 24 horas:)[^.;]{0,30}$")
CASE = re.compile(r"\b(?:[Ss]i|[Cc]uando|o)\b[^.;:]*$")


class Excepted(NamedTuple):
    """Words that may stand as they are: where (every file that starts so), which, why, and what must hold."""

    where: str
    words: str
    why: str
    holds: bool = True


EXCEPTIONS = (
    Excepted(
        "", "cinco meses", "clauses 51, 68 and 69 of the contract say so, cited beside it", readings.OLD_MONTHS == 5
    ),
    Excepted(
        "blueprints/consumption",
        r"30 días|doce meses|seis meses",
        "annex 4 of the contract",
        (deviations.NORMAL_DAYS, deviations.PERIODS, deviations.RECENT_PERIODS) == (30, 12, 6),
    ),
    Excepted("templates/consumption/alarm.html", "30 días", "annex 4 of the contract", deviations.NORMAL_DAYS == 30),
    Excepted(
        "blueprints/tokens/words.py",
        "30 días|90 días|Un año",
        "choices that stand beside what they send",
        set(LIVES) == {"30", "90", "365", ""},
    ),
    Excepted(
        "blueprints/staff/api_tokens.py",
        "30 días|90 días|Un año",
        "choices that stand beside what they send",
        set(STAFF_LIVES) == {"30", "90", "365"},
    ),
    Excepted("blueprints/batches", "siete días", "a week"),
    Excepted("templates/staff/registry/point.html", "24 horas", "the hours of a day"),
    Excepted("domain/spans.py", ".*", "the words themselves"),
    Excepted("words/files.py", "trae una hora", "an hour beside a day, no length"),
    Excepted("blueprints/balances/reasons.py", "No hay medición", "used only where the day has no reading"),
    Excepted("services/nominations/reminders.py", "Todavía no", "written for the points that have nothing then"),
    Excepted("templates/market/privacy.html", "No hay publicidad", "what the portal is made of"),
    Excepted("web/problems.py", "dos veces", "said of once only"),
    Excepted("words/files.py", "dos veces", "found twice in the file"),
    Excepted("words/tariffs.py", "dos veces", "found twice in the file"),
    Excepted("templates/staff/readings/file.html", "dos veces", "said of any repetition"),
    Excepted("", r"[Tt]odavía no se (?:hizo|cambió|ha enviado)", "the page stands before the act that it asks for"),
)


def faults(name: str, texts: Iterator[Text]) -> list[str]:
    """Return what a file says for ever that may change."""
    found = []
    for line, words, is_conditional in texts:
        said = " ".join(words.split())
        for kind, pattern in FIGURES.items():
            found += [
                f"{name}:{line} {kind}: …{said[max(0, each.start() - 40) : each.end() + 20]}…"
                for each in pattern.finditer(said)
                if not EXAMPLE.search(said[: each.start()]) and not _is_excepted(name, each.group(), said)
            ]
        found += [
            f"{name}:{line} a denial: …{said[max(0, each.start() - 40) : each.end() + 30]}…"
            for each in DENIAL.finditer(said)
            if not is_conditional
            and not CASE.search(said[: each.start()])
            and not _is_excepted(name, each.group(), said)
        ]
    return found


def _is_excepted(name: str, words: str, said: str) -> bool:
    return any(
        name.startswith(each.where) and any(words in match.group() for match in re.finditer(each.words, said))
        for each in EXCEPTIONS
    )


def test_no_fixed_sentence_speaks_of_what_changes() -> None:
    assert [fault for name, texts in files() for fault in faults(name, texts)] == []


def test_every_exception_is_used_and_holds() -> None:
    said = [(name, " ".join(text.words.split())) for name, texts in files() for text in texts]
    for each in EXCEPTIONS:
        assert each.holds, each
        assert any(name.startswith(each.where) and re.search(each.words, words) for name, words in said), each


@pytest.mark.parametrize(
    "source",
    [
        "<p>Los recordatorios salen a las 08:00.</p>",
        '{{ field(form.last, hint="Hasta 62 días.") }}',
        "{% if x %}<p>Sirve 24 horas.</p>{% endif %}",
        "<p>Vale por cinco minutos.</p>",
        "<p>Espere una hora.</p>",
        "<p>Se recibe hasta las 12.</p>",
        "<p>Tarifas de mayo de 2024</p>",
        "<p>La tolerancia es 5 %.</p>",
        "<p>No hay avisos vigentes.</p>",
        "{% for each in them %}{{ each }}<p>Ningún otro.</p>{% endfor %}",
        "<p>Todavía no se publica.</p>",
        '{{ call("Aún no se ha usado.") }}',
    ],
)
def test_a_fixed_sentence_of_a_template_is_found(source: str) -> None:
    assert faults("templates/x.html", texts_of_template(source))


@pytest.mark.parametrize(
    "source",
    [
        "WORDS = {A: 'Sirve 24 horas.'}",
        "def say():\n    return f'Quedan {n}, hasta las 12:00.'",
        "def say():\n    return 'No hay avisos vigentes.'",
        "NONE = 'Todavía no hay nada.'",
    ],
)
def test_a_fixed_sentence_of_a_module_is_found(source: str) -> None:
    assert faults("x_words.py", texts_of_module(source))


@pytest.mark.parametrize(
    "source",
    [
        "{% if not them %}<p>No hay avisos vigentes.</p>{% endif %}",
        "{% for each in them %}{{ each }}{% else %}<p>Ninguno.</p>{% endfor %}",
        '<p>{{ "Aún no se ha usado." if not used else used }}</p>',
        '{{ field(form.hour, hint="Escriba la hora, como 14:00.") }}',
        "<p>El día de gas va de 00:00 a 24:00.</p><p>Si al cierre no hay otra, se aplica la regla.</p>",
        "<p>Sirve {{ terms.reset }}.</p>{# No hay, 24 horas #}",
    ],
)
def test_what_a_condition_or_a_constant_decides_is_no_fault(source: str) -> None:
    assert not faults("templates/x.html", texts_of_template(source))


def test_a_module_may_deny_under_a_condition() -> None:
    for source in (
        "def say(x):\n    if x:\n        return 'Hay.'\n    return 'No hay avisos.'",
        "WORDS = {A: 'No hay nada que anular.'}",
        "def say(x):\n    '''No hay: 24 horas.'''\n    return 'Hay.' if x else 'Ninguno.'",
    ):
        assert not faults("x_words.py", texts_of_module(source))
