"""Pack of a company's month: statement and workbook of each of its points, as one ZIP that the worker makes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from urllib.parse import urlencode

from portal.domain.calendar import month_words
from portal.domain.gas_day import BOGOTA, GasDay, Month
from portal.domain.keys import print_code
from portal.domain.typed_text import plain_name
from portal.services.account import balance_files
from portal.services.account.opened_points import OpenedPoint
from portal.services.account.statement_packs import PackPoint, PackRequest
from portal.services.files.typst import typeset
from portal.services.store.acts import Act

from .statement import TEMPLATE, present, reference_of
from .workbook import write_xlsx

# Where a paper is verified: the address of the form, and of the QR code.
VERIFICATION = "/verificar/estado"


def write_pack(act: Act, asked: PackRequest, told: Callable[[int, int], None]) -> bytes:
    """Return the ZIP: ``estado-…pdf`` and ``balance-…xlsx`` of each point, by code; of nobody else."""
    held = io.BytesIO()
    moment = act.now.astimezone(BOGOTA)
    stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as pack:
        for done, each in enumerate(asked.points, start=1):
            papers = (("estado", "pdf", _statement), ("balance", "xlsx", _workbook))
            for what, kind, write in papers:
                entry = zipfile.ZipInfo(_name(each, what, asked.month, kind), stamp)
                pack.writestr(entry, write(act, each.point, asked.month), zipfile.ZIP_DEFLATED)
            told(done, len(asked.points))
    return held.getvalue()


def _statement(act: Act, point: OpenedPoint, month: Month) -> bytes:
    found = balance_files.load_month_statement(
        act.session, vault=act.vault, point=point, month=month, today=GasDay.of(act.now)
    )
    asked = urlencode({"referencia": reference_of(found), "codigo": print_code(found.code)})
    data = present(
        found,
        distributor=act.distributor,
        address=act.link(f"{VERIFICATION}?{asked}"),
        page=act.link(VERIFICATION),
        now=act.now,
    )
    return typeset(TEMPLATE, data, now=act.now, complete_in="la cuenta de balance")


def _workbook(act: Act, point: OpenedPoint, month: Month) -> bytes:
    span = balance_files.load_account_span(
        act.session, point=point, unit=point.unit, first=month, last=month, today=GasDay.of(act.now)
    )
    held = io.BytesIO()
    write_xlsx(span, month_words(month), held, company=act.distributor.name)
    return held.getvalue()


def _name(of: PackPoint, what: str, month: Month, kind: str) -> str:
    """Return ``estado-t00001-eds-la-grama-2026-10.pdf``: the code tells namesakes apart."""
    parts = (what, plain_name(of.carrier_code) or of.point.public_id, plain_name(of.point.name), str(month))
    return "-".join(filter(None, parts)) + f".{kind}"
