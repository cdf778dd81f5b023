"""Tables of points and days as people paste them: whichever way they lie, and what they do not say."""

from __future__ import annotations

import re
from datetime import date

import pytest

from portal.blueprints.batches.words import missed_words
from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit
from portal.models import DeliveryPoint
from portal.services.nominations.batches import sources
from portal.services.nominations.groups import pasted
from portal.services.nominations.groups.left_out import Missed, keep_left_out, read_left_out
from portal.services.store.refusals import Refusal, Rejected
from tests.calls import count_calls

TODAY = GasDay(date(2026, 11, 30))
OPEN = [TODAY.plus(ahead) for ahead in range(1, 31)]
NAMES = ("EDS El Morichal", "EDS Brisas del Guatiquía", "EDS La Vega del Ocoa", "EDS La Vega Alta")
POINTS = [
    DeliveryPoint(id=place, public_id=f"punto{place}", name=name, carrier_code=f"C-00{place}", unit=Unit.M3)
    for place, name in enumerate(NAMES, start=1)
]


def read(text: str) -> pasted.PastedTable:
    return pasted.parse_table(text, points=POINTS, open_days=OPEN, today=TODAY)


def taken(text: str) -> dict[tuple[int, int], str]:
    """What was taken: by the place of the point and the day ahead, the quantity or the text that is none."""
    return {
        (point, (given.gas_day.date - TODAY.date).days): str(given.quantity.amount.normalize().__format__("f"))
        if given.quantity
        else f"{given.typed}@{given.cell}"
        for point, of_point in read(text).cells.items()
        for given in of_point
    }


def missed(text: str) -> list[tuple[Missed, str]]:
    return [(each.why, each.fact or each.text) for each in read(text).left_out]


@pytest.mark.parametrize(
    "text",
    [
        "Punto\t01/12/2026\t02/12/2026\nEDS El Morichal\t9.500\t9.600\nEDS La Vega Alta\t7.000\t\n",
        "\t1-dic-26\t02-12-26\r\nMorichal\t9500\t9600\r\nvega alta\t7000\t-\r\nTotal\t16500\t9600\r\n",
        "Código;Punto;martes 1 de diciembre;2 dic;Total\nC-001;EDS El Morichal;9500;9600;19100\nC-004;x;7000;;7000\n",
        "Fecha|EDS El Morichal|C-004\n01/12/2026|9.500|7.000\n02/12/2026|9.600|\nTotal|1|2\n",
        "El Morichal\t01/12/2026\t9.500\nEl Morichal\t02/12/2026\t9.600 m3\nVega Alta\t01/12/2026\t7.000\n",
        '"Punto";"01/12/2026";"02/12/2026"\n"EDS El Morichal";"9.500";"9.600"\n"punto4";"7.000";""\n',
    ],
)
def test_a_table_is_read_whichever_way_it_lies(text: str):
    assert taken(text) == {(1, 1): "9500", (1, 2): "9600", (4, 1): "7000"}
    assert missed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Punto\tCantidad (m3)\nEDS El Morichal\t9.500\nC-004\t7.000",
        "EDS El Morichal  9.500\nEDS La Vega Alta  7.000 m3",
        "EDS El Morichal 9.500\nVega Alta: 7.000",
        "C-001\tEDS El Morichal\t9.500\nC-004\tEDS La Vega Alta\t7.000",
        "N.º\tPunto\tCantidad en m³\n1\tEDS El Morichal\t9.500\n2\tC-004\t7.000",
    ],
)
def test_without_a_day_the_nearest_open_one_is_meant(text: str):
    assert taken(text) == {(1, 1): "9500", (4, 1): "7000"}


def test_a_quantity_that_is_none_stays_in_its_cell():
    text = "Punto\t01/12/2026\t02/12/2026\nEDS El Morichal\t9.500\tdoce mil\nC-004\t1.25\t0"
    assert taken(text) == {(1, 1): "9500", (1, 2): "doce mil@C2", (4, 1): "1.25@B3", (4, 2): "0"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("EDS de otros\t5\t6", (Missed.NO_POINT, "EDS de otros")),
        ("La Vega\t5\t6", (Missed.SEVERAL_POINTS, "La Vega")),
        ("EDS\t5\t6", (Missed.SEVERAL_POINTS, "EDS")),
        ("EDS El Morichal\t9.501\t9.600", (Missed.REPEATED, "B2")),
    ],
)
def test_a_row_that_names_no_single_point_is_told_and_stops_no_other(row: str, why: tuple[Missed, str]):
    text = f"Punto\t01/12/2026\t02/12/2026\nEDS El Morichal\t9.500\t9.600\n{row}"
    assert taken(text) == {(1, 1): "9500", (1, 2): "9600"}
    assert missed(text) == [why]


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("30/11/2026", (Missed.NOT_OPEN, "2026-11-30")),
        ("15/01/2027", (Missed.NOT_OPEN, "2027-01-15")),
        ("08/12/2026", (Missed.TOO_FAR, "2026-12-08")),
        ("32/12/2026", (Missed.NO_DAY, "32/12/2026")),
        ("martes 2 de diciembre", (Missed.OTHER_WEEKDAY, "2026-12-02 1")),
    ],
)
@pytest.mark.parametrize("first", [False, True], ids=["after", "before"])
def test_a_column_that_is_no_open_day_is_told_once(title: str, why: tuple[Missed, str], first: bool):
    titles = [title, "01/12/2026"] if first else ["01/12/2026", title]
    cells = ["5", "9.500"] if first else ["9.500", "5"]
    rows = "\n".join("\t".join([name, *cells]) for name in NAMES[:2])
    text = "\t".join(["Punto", *titles]) + "\n" + rows
    assert taken(text) == {(1, 1): "9500", (2, 1): "9500"}
    assert missed(text) == [why]


@pytest.mark.parametrize(
    "title", ["32/13/2026", "martes 32 de diciembre", "Cantidad del lunes 7", "pasado mañana", "dic 5"]
)
def test_under_a_title_that_is_no_day_nothing_is_taken_for_tomorrow(title: str):
    with pytest.raises(Rejected) as refused:
        read(f"Punto\t{title}\nEDS El Morichal\t9.500\nC-004\t7.000")
    assert [(each.why, each.fact) for each in refused.value.facts["left_out"]] == [(Missed.NO_DAY, title)]
    beside = f"Punto\t{title}\tCantidad\nEDS El Morichal\t5\t9.500"
    assert (taken(beside), missed(beside)) == ({(1, 1): "9500"}, [(Missed.NO_DAY, title)])


@pytest.mark.parametrize(
    ("line", "ahead"),
    [
        ("Nominación para el 2 de diciembre", 2),
        ("NOMINACIONES 03/12/2026", 3),
        ("Programa de gas", 1),
    ],
)
def test_a_day_above_the_table_is_that_of_all_its_quantities(line: str, ahead: int):
    text = f"{line}\nPunto\tCantidad (m3)\nEDS El Morichal\t9.500"
    assert taken(text) == {(1, ahead): "9500"}
    assert missed(text) == []


def test_a_line_above_the_table_that_may_be_a_day_and_is_none_takes_nothing_for_tomorrow():
    with pytest.raises(Rejected) as refused:
        read("Semana del 7 al 13\nPunto\tCantidad\nEDS El Morichal\t9.500")
    assert [(each.why, each.fact) for each in refused.value.facts["left_out"]] == [
        (Missed.NO_DAY, "Semana del 7 al 13")
    ]


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_day_among_the_remarks_is_no_heading_and_a_remark_no_quantity(between: str):
    rows = [
        ["Programa semanal Aceites del Humea"],
        ["Planta", "mar 1 dic", "mié 2 dic", "Obs"],
        ["EDS El Morichal", "752,25", "810", "2 dic"],
        ["Morichalito", "5", "6", "2 dic"],
        ["C-004", "301,5", "290", "280"],
        ["Total", "1053,75", "1100", ""],
    ]
    text = "\n".join(between.join(row) for row in rows)
    # Cubic metres are asked for without decimals: those stay in their cells, to be put right.
    assert taken(text) == {(1, 1): "752,25@B3", (1, 2): "810", (4, 1): "301,5@B5", (4, 2): "290"}
    assert missed(text) == [(Missed.NO_DAY, "Obs"), (Missed.NO_POINT, "Morichalito")]


def test_a_second_table_below_has_a_heading_of_its_own():
    text = "Punto\t1 dic\nEDS El Morichal\t5\nPunto\t3 dic\nEDS El Morichal\t7\nC-004\t8"
    assert taken(text) == {(1, 1): "5", (1, 3): "7", (4, 3): "8"}


@pytest.mark.parametrize(
    ("text", "expected", "left"),
    [
        ("Planta\tCantidad\tObs\nC-001\t752\tok\nC-004\t8\t", {(1, 1): "752", (4, 1): "8"}, [(Missed.NO_DAY, "Obs")]),
        ("C-001\t752\trevisado\nC-004\t8", {(1, 1): "752", (4, 1): "8"}, []),
        ("C-001\t752\t2 dic\nC-004\t8\t3 dic", {(1, 2): "752", (4, 3): "8"}, []),
        ("Planta\tCantidad\tFecha\nC-001\t752\t2 dic", {(1, 2): "752"}, []),
        ("Planta\tFecha\tCantidad\tObs\nC-001\t2 dic\t752\t3 dic", {(1, 2): "752"}, [(Missed.NO_DAY, "Obs")]),
        (
            "Planta\tCantidad\tObs\nC-001\t752\t2 dic\nC-004\t8\t",
            {(4, 1): "8"},
            [(Missed.NO_DAY, "Obs"), (Missed.UNCLEAR_DAY, "2 dic")],
        ),
    ],
)
def test_remarks_beside_a_quantity_are_told_and_never_taken(
    text: str, expected: dict[tuple[int, int], str], left: list[tuple[Missed, str]]
):
    assert (taken(text), missed(text)) == (expected, left)


@pytest.mark.parametrize("title", ["Cantidad (MBTU)", "mar 1 dic (MBTU)", "mar 1 dic MBTU"])
def test_a_column_in_another_unit_than_the_point_is_not_taken(title: str):
    with pytest.raises(Rejected) as refused:
        read(f"Planta\t{title}\nC-001\t752\nC-004\t8")
    assert [(each.why, each.fact) for each in refused.value.facts["left_out"]] == [(Missed.OTHER_UNIT, title)]
    own = title.replace("MBTU", "m³")
    assert taken(f"Planta\t{own}\nC-001\t752\nC-004\t8") == {(1, 1): "752", (4, 1): "8"}


def test_a_word_between_name_and_quantity_is_never_taken_for_tomorrow():
    text = "EDS El Morichal\t01/12/2026\t9.500\nEDS La Vega Alta\tpasado mañana\t7.000"
    assert taken(text) == {(1, 1): "9500"}
    assert missed(text) == [(Missed.NO_DAY, "pasado mañana")]


@pytest.mark.parametrize("text", ["", "hola", "Punto\tCantidad", "x\ty\n1\t2", "Punto\t30/11/2026\nEDS El Morichal\t5"])
def test_a_text_without_any_quantity_for_a_point_and_a_day_is_refused(text: str):
    with pytest.raises(Rejected) as refused:
        read(text)
    assert refused.value.refusal is Refusal.NOTHING_PASTED


@pytest.mark.parametrize(
    "text",
    [
        "Punto\tmié 1 dic\nEDS El Morichal\t9.500",
        "Para el miércoles 1 de diciembre:\nEDS El Morichal\t9.500",
        "Punto\tDía\tCantidad\nEDS El Morichal\tmié 1/12/2026\t9.500",
        "Día\tEDS El Morichal\nmié 1/12/2026\t9.500",
    ],
)
def test_a_weekday_that_the_date_does_not_have_is_told_with_the_date(text: str):
    with pytest.raises(Rejected) as refused:
        read(text)
    told = [(each.why, each.fact) for each in refused.value.facts["left_out"]]
    assert told == [(Missed.OTHER_WEEKDAY, "2026-12-01 2")]


def test_a_line_of_thousands_of_words_is_not_read_from_each_of_them(monkeypatch: pytest.MonkeyPatch):
    tried = count_calls(monkeypatch, sources, "read_day")
    with pytest.raises(Rejected):
        read("1 " * 5_000 + "\nEDS El Morichal\t9.500")
    assert len(tried) < 100


def test_what_was_left_out_is_kept_as_it_was():
    left = read("Punto\t01/12/2026\nEDS El Morichal\t5\nnadie\t6").left_out
    assert read_left_out(keep_left_out(left)) == left
    assert read_left_out(None) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Punto\t1 dic\t2 dic\nC-001\t5\t6\nC-004\t7\t8\nTotal\t12\t14", []),
        ("Punto\t1 dic\t2 dic\nC-001\t5\t6\nC-004\t7\t8\nTotal\t12\t15", [("15", "2026-12-02 14 m3")]),
        ("Punto\tCantidad\nC-001\t5\nC-004\t7\nTOTAL\t13", [("13", "2026-12-01 12 m3")]),
        ("C-001\t5\nC-004\t7\nTotal\t12", []),
        # Parts with totals of their own, and one of all.
        ("Punto\t1 dic\nC-001\t5\nSubtotal\t5\nC-004\t7\nSubtotal\t7\nTotal\t12", []),
        ("Punto\t1 dic\nC-001\t5\nPunto\t1 dic\nC-004\t7\nTotal\t7", []),
        # Nothing to hold a total against: a text among the figures, a total that is none, days down the rows.
        ("Punto\t1 dic\nC-001\tcinco\nC-004\t7\nTotal\t12", []),
        ("Punto\t1 dic\nC-001\t5\nTotal\tver hoja 2", []),
        ("Día\tC-001\tC-004\n1 dic\t5\t7\n2 dic\t6\t8\nTotal\t99\t99", []),
    ],
)
def test_a_total_is_not_taken_but_held_against_what_was(text: str, left: list[tuple[str, str]]):
    found = read(text).left_out
    assert [(each.text, each.fact) for each in found if each.why is Missed.OTHER_TOTAL] == left


def test_a_row_that_is_left_out_shows_in_the_total():
    assert missed("Punto\t1 dic\nC-001\t5\nLa otra\t7\nTotal\t12") == [
        (Missed.NO_POINT, "La otra"),
        (Missed.OTHER_TOTAL, "2026-12-01 5 m3"),
    ]


def test_rows_beyond_those_that_are_read_are_told():
    text = "\n".join(["C-001\t5", *["nadie"] * 398, "C-004\t7", "C-001\t6", "C-001\t8"])
    assert taken(text) == {(1, 1): "5", (4, 1): "7"}
    assert missed(text)[-1] == (Missed.TOO_LONG, "401")


@pytest.mark.parametrize(
    ("text", "expected", "left"),
    [
        (
            "Fecha\tEstación\tm3\n03/12/2026\tEDS El Morichal\t9.700\n2/12/2026\tC-004\t8",
            {(1, 3): "9700", (4, 2): "8"},
            [],
        ),
        ("2/12/2026\tC-001\t9900\n1/12/2026\tC-001\t9800", {(1, 2): "9900", (1, 1): "9800"}, []),
        ("1\tC-001\t9900\n2\tC-004\t8", {(1, 1): "9900", (4, 1): "8"}, []),
        ("N.º\tPunto\tCantidad\n1\tC-001\t9900", {(1, 1): "9900"}, []),
        ("Municipio\tPunto\tCantidad\nAcacías\tC-001\t9900", {(1, 1): "9900"}, [(Missed.NO_DAY, "Municipio")]),
        ("Punto\t02.12.2026\nC-001\t9800", {(1, 2): "9800"}, []),
        ("Punto\t02.12.26\t03.12.26\nC-001\t9800\t9900", {(1, 2): "9800", (1, 3): "9900"}, []),
        ("Pedido del 2 de diciembre\nC-001\t9900", {(1, 2): "9900"}, []),
        ("Pedido n.º 45 del 2 de diciembre\nC-001\t9900", {(1, 2): "9900"}, []),
    ],
)
def test_a_day_is_found_wherever_its_column_or_title_stands(
    text: str, expected: dict[tuple[int, int], str], left: list[tuple[Missed, str]]
):
    assert (taken(text), missed(text)) == (expected, left)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        *[
            (f"{title}\nC-001\t9900\nC-004\t8", title)
            for title in (
                *("NOMINACION MIERCOLES", "Pedido para el jueves", "Nominación para pasado mañana"),
                *("Semana del 7 al 13 de diciembre", "Semana 49: 2 de diciembre", "Del 2 al 4 de diciembre"),
            )
        ],
        ("Punto\tDía\tObs\tCantidad\nC-001\t1\t\t9900", "1"),
        ("Punto\t2\nC-001\t9900", "2"),
        ("Día\tPunto\tCantidad\n2\tC-001\t9900", "2"),
        ("Fecha\tPunto\tCantidad\n\tC-001\t9900", "Fecha"),
    ],
)
def test_what_may_be_a_day_and_is_not_read_is_never_tomorrow(text: str, fact: str):
    with pytest.raises(Rejected) as refused:
        read(text)
    assert [(each.why, each.fact) for each in refused.value.facts["left_out"]] == [(Missed.NO_DAY, fact)]


def test_dates_in_a_second_row_of_titles_are_the_days():
    text = "Punto\tmartes\tmiércoles\n\t1/12/2026\t2/12/2026\nC-001\t5\t6\nC-004\t7\t8\nTotal\t12\t14"
    assert taken(text) == {(1, 1): "5", (1, 2): "6", (4, 1): "7", (4, 2): "8"}
    assert missed(text) == []


def test_the_quantity_may_stand_before_its_point():
    assert taken("Cantidad\tPunto\tFecha\n9900\tC-001\t2 dic\n8\tC-004\t1 dic") == {(1, 2): "9900", (4, 1): "8"}


@pytest.mark.parametrize(
    "text", ["C-001\t752\t280", "2\tC-001\t9900", "9489\tC-001\t4547\t1/12/2026", "C-001\t14402\tmar 1 dic\t8210"]
)
def test_of_several_figures_without_a_title_none_is_taken(text: str):
    with pytest.raises(Rejected) as refused:
        read(text)
    assert [(each.why, each.text) for each in refused.value.facts["left_out"]] == [(Missed.SEVERAL_FIGURES, "C-001")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fecha\tObs\tC-001\n2 dic\t1 dic\t5", {(1, 2): "5"}),
        ("Obs\tFecha\tC-001\n2 dic\t1 dic\t5", {(1, 1): "5"}),
        ("\tObs\tC-001\n2 dic\tok\t5", {(1, 2): "5"}),
        ("\tObs\tC-001\n2 dic\t1 dic\t5", {(1, 2): "5"}),
        ("Punto\tC-001\n2 dic\t5", {(1, 2): "5"}),
    ],
)
def test_points_across_have_their_day_in_the_column_that_says_so(text: str, expected: dict[tuple[int, int], str]):
    assert taken(text) == expected


@pytest.mark.parametrize("text", ["\t\tC-001\n2 dic\t1 dic\t5", "\t\tC-001\nvie 04\t2 dic\t5"])
def test_two_days_before_points_across_are_not_chosen_from(text: str):
    with pytest.raises(Rejected) as refused:
        read(text)
    assert [each.why for each in refused.value.facts["left_out"]] == [Missed.UNCLEAR_DAY]


def test_a_day_among_the_remarks_is_not_that_of_a_row_with_a_weekday_of_its_own():
    with pytest.raises(Rejected) as refused:
        read("C-001\tSÁB 05\t10226 m3\t2 dic")
    assert [each.why for each in refused.value.facts["left_out"]] == [Missed.UNCLEAR_DAY]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("martes\tC-001\t9900", "2026-12-01"),
        ("C-001\t9900\tjueves", "2026-12-03"),
        ("Punto\tCantidad\tFecha\nC-001\t9900\tviernes", "2026-12-04"),
        ("Punto\tlunes\nC-001\t9900", "2026-12-07"),
    ],
)
def test_a_weekday_without_its_date_is_told_with_the_next_one_that_it_may_be(text: str, meant: str):
    with pytest.raises(Rejected) as refused:
        read(text)
    assert [(each.why, each.fact) for each in refused.value.facts["left_out"]] == [(Missed.WEEKDAY_ALONE, meant)]
    words = missed_words(refused.value.facts["left_out"][0])
    assert f"como «{day_words(date.fromisoformat(meant))}»" in words
    shown = re.search("«(Semana del [^»]*)»", words)
    assert shown is not None
    # What the refusal shows is read once it is written so.
    weekday = words.split("»")[0].removeprefix("«")
    assert taken(f"{shown[1]}\nPunto\t{weekday}\nC-001\t9900") != {}
