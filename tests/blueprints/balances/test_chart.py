"""The picture of a month: what it shows, in words too, and each of its days within reach of the keyboard."""

from __future__ import annotations

import re

import pytest

from portal.domain.readings import ReadingState

from .conftest import Sheet

Example = dict[str, tuple[str | None, str | None]]


def test_it_is_drawn_with_classes_only_and_says_what_it_shows(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    page = sheet.open()
    chart = page.one("svg#grafico")
    said = (
        f"En noviembre de 2026 {sheet.customer.way.point.name} consumió 10.270 m³ en 4 días con medición;"
        " 1 día quedó fuera de la tolerancia de 5 %. El acumulado total llegó a 270 m³ en contra. Pasar a la tabla"
    )
    assert " ".join(page.one("figcaption").get_text().split()) == said
    assert chart["role"] == "img"
    assert page.one(f"#{str(chart['aria-labelledby']).split()[0]}").name == "title"
    # Four bars, each of one stroke from the ground and back to it.
    assert str(chart.select("path.bar")[0]["d"]).count("z") == 4
    assert len(chart.select("path.line-due, path.line-total, path.band, circle.dot, line.today")) == 5
    assert len(chart.select("circle.out")) == 1
    for tag in page.select(".chart-figure *"):
        assert "style" not in tag.attrs
        assert not [name for name in tag.attrs if name.startswith("on")]


def test_an_estimate_is_drawn_and_named_apart(sheet: Sheet) -> None:
    sheet.fill({"2026-11-01": ("10", "10")})
    assert "Consumo estimado" not in sheet.open().one(".chart-key").get_text()
    sheet.fill({"2026-11-02": ("10", "10")}, state=ReadingState.ESTIMATED)
    page = sheet.open()
    assert [str(bar["d"]).count("z") for bar in page.select("path.bar, path.bar-estimated")] == [1, 1]
    assert "Consumo estimado" in page.one(".chart-key").get_text()


def test_each_day_of_it_leads_to_its_row_and_says_its_figures(sheet: Sheet, example: Example) -> None:
    sheet.fill(example)
    page = sheet.open()
    spots = page.select(".chart-spots li")
    assert len(spots) == 30
    links = {str(link["href"]): link.get_text() for link in page.select(".chart-spots a")}
    assert len(links) == 23
    assert links["#d01"] == "dom 1 nov: autorizado 5.000 m³, consumo 5.320 m³, fuera: 6,40\xa0%"
    assert links["#d04"] == "mié 4 nov: autorizado 0 m³, consumo 50 m³, nada autorizado: n. a."
    assert links["#d05"] == "jue 5 nov: autorizado 5.000 m³, sin medición"
    for place in links:
        assert page.one(place)["data-gas-day"] == f"2026-11-{place[2:]}"
    assert page.one(str(page.one("a.chart-skip")["href"])).name == "caption"


@pytest.mark.parametrize("taken", ["0", "0.000001", "123456789"])
def test_any_amount_fits_into_the_picture(sheet: Sheet, taken: str) -> None:
    sheet.fill({"2026-11-01": ("1", taken)})
    page = sheet.open()
    for tick in page.select("#grafico line"):
        assert 0 <= float(str(tick["y1"]).rstrip("%")) <= 100
    for drawn in page.select("#grafico path"):
        assert all(0 <= y <= 1000 for _, y in corners(str(drawn["d"])))


def corners(path: str) -> list[tuple[float, float]]:
    """The corners of a path of the picture, by its commands: M and V from the edges, m, l and h from where it is."""
    x = y = 0.0
    found, start = [], (0.0, 0.0)
    for command, given in re.findall(r"([MmlhVz])([^MmlhVz]*)", path):
        steps = [float(each) for each in re.findall(r"[+-]?[\d.]+", given)]
        if command == "z":
            x, y = start
        elif command == "V":
            y = steps[0]
        elif command == "h":
            x += steps[0]
        else:
            for across, down in zip(steps[::2], steps[1::2], strict=True):
                x, y = (across, down) if command == "M" else (x + across, y + down)
                if command in "Mm":
                    start = (x, y)
                found.append((x, y))
            continue
        found.append((x, y))
    return found


def test_its_lines_go_through_the_middles_of_the_days_and_its_bars_stand_in_them(sheet: Sheet) -> None:
    sheet.fill({"2026-11-01": ("100", "100"), "2026-11-02": ("100", "50"), "2026-11-05": ("100", "100")})
    page = sheet.open()
    assert page.one("#grafico svg")["viewbox"] == "0 0 60 1000", "November has thirty days"
    bars = corners(str(page.one("path.bar")["d"]))
    # Each bar: ground, top, top, ground, and back.
    lefts = [x for number, (x, _) in enumerate(bars) if number % 5 == 0]
    assert lefts == pytest.approx([0.36, 2.36, 8.36])
    tops = [bars[number][1] for number in (1, 6, 11)]
    ground = bars[0][1]
    assert tops[0] == tops[2] == pytest.approx(ground - 2 * (ground - tops[1]), abs=1)
    total = corners(str(page.one("path.line-total")["d"]))
    assert [x for x, _ in total][:5] == [1, 3, 5, 7, 9]
    due = corners(str(page.one("path.line-due")["d"]))
    assert (due[0][0], due[-1][0]) == (0, 2 * len(total))
