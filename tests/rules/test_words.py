"""Every refusal has its words on the screen, in Spanish, and every fact that they name is there to fill in."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import portal.blueprints
import portal.words
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDayProblem
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import QuantityProblem, Unit
from portal.domain.timetable import RequestKind
from portal.services.store.refusals import Refusal
from portal.words.audit_events import EVENT_WORDS

from .texts import files

ROOT = Path(__file__).parents[2]
ENGLISH = re.compile(r"\b(the|must|please|invalid|wrong|field|is not|required)\b", re.IGNORECASE)

# A word that is not used any more, and the one that stands for it.
OUT_OF_USE = {
    r"regla del punto|por la regla de|\(P\)$": "what is nominated at the close: forecast, last nomination or zero",
    r"[Rr]e-?expres|volvió a expresar|expresan? de nuevo": "cambia el mes cerrado",
    r"5320, 5320,75|5320\.75": "5320,75: one example everywhere",
    r"[Nn]o estoy de acuerdo": "Reclamar por",
    r"contrato (?:\S+ )?GNV con": "contrato de suministro de GNV",
    r"Buen día|Nuestro reloj|nuestro servidor": "Hola; Hora oficial",
    r"un milisegundo|instante del cierre": "Se reciben hasta la hora del cierre en punto",
    r"(?:primera|segunda) clave de su carta": "la «clave web», la «clave numérica»",
    r"Nada queda pedido|Igual, no se envía|Ver lo pegado|cómo dar los días": "Sin nominación, Sin cambios, Revisar",
    r"Cerrada con medida|Programada\b": "Consumo registrado, Autorizada",
    r"Elija una cifra|Galletas|[Oo]prim[ae]": "Toque una cifra, Cookies, toque",
    r"número de una vez|escrito para siempre|Queda para siempre": "Recibirá un número; quedará visible en este día",
    r"primeras que alguien probaría|la cadena no cerraría": "Esa contraseña es muy común; así se nota si falta alguno",
    r"ninguno todavía|Todavía no se publica": "Aún no se ha usado; No está activo",
    r"Nadie ha fijado|el de siempre\b": "Rige 5 % en todos los contratos",
    r"mayor que lo posible": "Es más de …: revise la unidad",
    r"tareas que fallaron|puntos sin medición de ayer": "tareas con fallas; mediciones de ayer",
    r"con el cliente en línea": "what the role can do",
    r"exitosamente": "what happened",
}


def tables() -> Iterator[tuple[str, Mapping[Refusal, str]]]:
    """Every table of words for refusals: those that several steps share, and those of each step."""
    names = [module.name for module in pkgutil.iter_modules(portal.words.__path__, "portal.words.")]
    names += [
        module.name
        for module in pkgutil.walk_packages(portal.blueprints.__path__, "portal.blueprints.")
        if module.name.endswith((".words", ".refusals"))
    ]
    for name in names:
        for title, value in vars(importlib.import_module(name)).items():
            if isinstance(value, Mapping) and value and all(isinstance(key, Refusal) for key in value):
                yield f"{name}.{title}", value


def test_every_refusal_has_words():
    said = {refusal for _, table in tables() for refusal in table}
    assert [refusal.name for refusal in Refusal if refusal not in said] == []


def test_the_words_are_whole_sentences_in_spanish():
    for name, table in tables():
        for refusal, words in table.items():
            bare = re.sub(r"\{\w+\}", "", words).strip()
            assert words.strip() == words, f"{name}: {refusal}"
            assert bare[-1] in ".?" or words.endswith("}"), f"{name}: {refusal}"
            assert bare[0].isupper() or bare[0] in "¿«{", f"{name}: {refusal}"
            assert not ENGLISH.search(bare), f"{name}: {refusal}"
            assert "exitosamente" not in words


def test_words_are_filled_by_name_only():
    for name, table in tables():
        for refusal, words in table.items():
            fields = [field for _, field, *_ in Formatter().parse(words) if field is not None]
            assert all(re.fullmatch(r"(?:distributor\.)?[a-z_]+", field) for field in fields), f"{name}: {refusal}"


def test_every_problem_of_a_day_or_a_quantity_has_words():
    from portal.blueprints.nominations import words
    from portal.web.typed_days import DAY_PROBLEMS
    from portal.words.typed_quantities import QUANTITY_PROBLEMS

    assert DAY_PROBLEMS.keys() == set(GasDayProblem)
    assert QUANTITY_PROBLEMS.keys() == set(QuantityProblem)
    assert all(table.keys() == set(Unit) for table in QUANTITY_PROBLEMS.values())
    assert words.WARNINGS.keys() == set(QuantityWarning)
    assert words.KIND_WORDS.keys() == words.KIND_HINTS.keys() == set(RequestKind)


def test_every_rule_of_a_file_has_words_in_spanish():
    from portal.services.files.problems import Problem, Rule
    from portal.words.files import RULES, problem_words

    assert set(RULES) == set(Rule)
    assert not [rule for rule, words in RULES.items() if ENGLISH.search(words) or words[0].isupper()]
    assert problem_words(Problem(Rule.EMPTY, 3, "punto", "\x00" + "y" * 70)).startswith(
        "Fila 3, columna «punto», valor «"
    )
    assert "\x00" not in problem_words(Problem(Rule.EMPTY, 3, "punto", "\x00"))
    # As a workbook hands a fraction on, and as it was written.
    for read, written in (("5320.750000", "5320,75"), ("-1.500000", "-1,5"), ("5320.75", "5320.75")):
        assert f"«{written}»" in problem_words(Problem(Rule.NEGATIVE, 3, "cantidad", read))


def test_every_event_of_the_audit_has_words():
    assert EVENT_WORDS.keys() == set(AuditEvent)
    assert all(words.strip() and not ENGLISH.search(words) for words in EVENT_WORDS.values())


def test_every_event_of_the_audit_is_written_by_somebody():
    sources = [path for room in ("services", "cli") for path in (ROOT / "portal" / room).rglob("*.py")]
    named = set(re.findall(r"AuditEvent\.([A-Z_]+)", "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    assert sorted(AuditEvent.__members__.keys() - named) == []


def test_no_event_of_the_audit_is_written_as_a_text():
    events = {event.value for event in AuditEvent}
    for path in sorted((ROOT / "portal").rglob("*.py")):
        if path.name != "audit_events.py":
            said = set(re.findall(r'"([a-z][a-z-]+:[a-z][a-z-]+)"', path.read_text(encoding="utf-8")))
            assert said & events == set(), path


def test_what_a_rule_of_a_file_compares_with_is_said_in_spanish():
    from portal.services.files.problems import Problem, Rule
    from portal.words.files import problem_words, rule_words

    assert "está certificado:" in rule_words(Problem(Rule.CLOSED, fact="certified"))
    assert "más de 50.000 filas" in rule_words(Problem(Rule.TOO_MANY_ROWS, fact="50,000"))
    assert rule_words(Problem(Rule.FUTURE_DAY, fact="2026-11-28")) == "Ese día no ha llegado; hoy es 28/11/2026."
    assert rule_words(Problem(Rule.MONTH_CLOSED, fact="2026-10")) == "La cuenta está cerrada hasta octubre de 2026."
    most = rule_words(Problem(Rule.TOO_LARGE, fact="10,000,000 m³"))
    assert most == "Es más de 10.000.000 m³: revise la unidad."
    assert "None" not in rule_words(Problem(Rule.TOO_LARGE))
    missing = problem_words(Problem(Rule.MISSING_COLUMN, 1, "gas day", fact="delivery point, gas day, quantity"))
    assert missing == "Fila 1, columna «fecha»: falta la columna; se necesitan punto, fecha, cantidad."


def test_figures_days_and_months_of_the_audit_are_read_as_people_write_them():
    from portal.words.audit import value_words

    assert value_words("200.000000") == "200"
    assert value_words("-1234567.500000") == "−1.234.567,5"
    assert value_words("2026-11-28") == "28/11/2026"
    assert value_words("2026-10") == "octubre de 2026"
    assert value_words("2026-11-24T17:00:00+00:00") == "24/11/2026 12:00"
    assert value_words("2026-99-99") == "2026-99-99"


def test_no_word_out_of_use_is_left():
    found = [
        f"{name}:{text.line} says {each.group()}: {better}"
        for name, texts in files()
        for text in texts
        for worse, better in OUT_OF_USE.items()
        if (each := re.search(worse, text.words))
    ]
    assert found == []


def test_an_hour_says_its_zone_once_a_page():
    """Rows say hours bare; the foot of every page says whose they are, and the one moment of a page may."""
    from datetime import UTC, datetime

    from portal.web.filters import clock_words, hour_words, zoned_words

    moment = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)
    assert clock_words(moment) == "23 de noviembre de 2026, 11:59:59"
    assert "Colombia" not in hour_words(moment)
    assert zoned_words(moment) == "23 de noviembre de 2026, 11:59:59 (hora de Colombia)"
    footer = (ROOT / "portal" / "templates" / "components" / "site.html").read_text(encoding="utf-8")
    assert footer.count("horas de este sitio son de Colombia") == 1
    looped = re.compile(r"\{% for (?:(?!\{% endfor).)*(?:zoned_words|hora de Colombia)", re.DOTALL)
    templates = (ROOT / "portal" / "templates").rglob("*.html")
    assert [path.name for path in templates if looped.search(path.read_text(encoding="utf-8"))] == []
