"""The tariffs of May 2024 as the program brings them along."""

from __future__ import annotations

from portal.domain.gas_day import Month
from portal.domain.tariffs import build_sheet
from portal.services.market.tariffs import FOLDER, read_packaged_figures

MAY = Month(2024, 5)
FIGURES = list(read_packaged_figures(FOLDER / "2024-05.csv"))
MAY_2024 = build_sheet(MAY, FIGURES)
