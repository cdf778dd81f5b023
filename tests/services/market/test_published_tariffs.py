"""What the program says of May 2024 is what the publication says, figure by figure, read a second time another way."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month
from portal.domain.tariffs import Concept, Rule
from portal.models import TariffFigure, TariffPublication
from portal.services import market
from portal.services.market.tariffs import FIELDS, FOLDER
from portal.services.store.acts import Act
from tests.factories import NOW
from tests.services.market.source_tables import Found, read_tables, short
from tests.tariffs import FIGURES, MAY, MAY_2024

CODES = {Rule.GENERAL: "137", Rule.OPTION: "048"}


def said() -> Found:
    """Every figure of the sheet under the keys of the second reading."""
    found: Found = {
        ("", "vehicular", ""): MAY_2024.vehicular_distribution,
        ("", "trm", ""): MAY_2024.charges[Concept.EXCHANGE_RATE],
        ("", "suspension", ""): MAY_2024.charges[Concept.SUSPENSION],
        ("", "connection", ""): MAY_2024.charges[Concept.CONNECTION],
        ("", "reinstallation", ""): MAY_2024.charges[Concept.REINSTALLATION],
    }
    for each in MAY_2024.markets:
        name = short(each.name)
        found |= {
            (name, "dm", ""): each.distribution,
            (name, "cm", ""): each.trade,
            (name, "gm", ""): each.gas,
            (name, "tm", ""): each.transport,
        }
        if each.road is not None:
            found[name, "tvm", ""] = each.road
        if each.subsidised_distribution is not None:
            found[name, "dm_subsidiado", ""] = each.subsidised_distribution
        for band in each.ranges:
            first = str(band.first)
            found[name, "fixed", first] = band.fixed
            found[name, "variable", first] = band.variable
            found[name, "dm_pleno", first] = band.full
            found[name, "cv", first] = band.trade
            if band.subsidised is not None:
                found[name, "dm_subsidiado", first] = band.subsidised
            if band.last is not None:
                found[name, "last", first] = Decimal(band.last)
        for cost in each.strata:
            code, stratum = CODES[cost.rule], str(cost.stratum)
            found[name, f"fixed{code}", stratum] = cost.fixed
            found[name, f"cost{code}", stratum] = cost.cost
            found[name, f"subsidy{code}", stratum] = cost.subsidy
            if cost.option is not None:
                found[name, "option", stratum] = cost.option
    return found


def test_a_second_reading_of_the_tables_agrees_figure_by_figure():
    tables = read_tables()
    assert said() == tables
    assert len(tables) == 626


def test_each_row_of_the_file_names_its_source():
    assert all(figure.source for figure in FIGURES)


def test_the_file_is_written_as_it_was_read():
    lines = (FOLDER / "2024-05.csv").read_text(encoding="utf-8").splitlines()
    assert [";".join(row) for row in (FIELDS, *market.list_file_rows(FIGURES))] == lines


def test_an_upgraded_database_has_the_tariffs_once(session: Session):
    before = session.scalar(select(func.count()).select_from(TariffFigure))
    market.seed(session, now=NOW)
    assert session.scalar(select(func.count()).select_from(TariffPublication)) == 1
    assert session.scalar(select(func.count()).select_from(TariffFigure)) == before == len(FIGURES)


def test_what_the_database_keeps_is_what_the_file_says(session: Session):
    found = market.load_month(Act.of_system(session, NOW), month=MAY)
    assert found is not None
    assert found.sheet == MAY_2024
    assert list(found.figures) == FIGURES
    assert (found.published.month, found.published.version) == (MAY, 1)


def test_another_distributor_has_none_of_them(session: Session):
    act = Act.of_system(session, NOW)
    session.execute(TariffPublication.__table__.update().values(published_by="900000000-1"))
    assert market.find_newest_month(act) is None
    assert market.list_published_months(act) == []
    assert market.load_month(act, month=MAY) is None


def test_a_version_is_shown_from_its_day_on_and_the_last_one_counts(session: Session):
    act = Act.of_system(session, NOW)
    (first,) = session.scalars(select(TariffPublication))
    session.add(
        TariffPublication(
            public_id="second",
            published_by=first.published_by,
            month=first.month,
            version=2,
            state=first.state,
            title=first.title,
            file_name="otra.csv",
            digest=first.digest,
            proposed_at=NOW,
            shown_from=NOW.date().replace(year=2027),
            decided_at=NOW,
        )
    )
    session.flush()
    assert [each.version for each in market.list_published_months(act)] == [1]
    later = act.moved(NOW.replace(year=2027, month=12))
    assert [each.version for each in market.list_published_months(later)] == [2]
    assert market.load_month(act, month=Month(2024, 6)) is None
