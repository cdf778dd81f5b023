"""Pages read by the connection of their thread: what another thread or process committed shows at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import update

from portal.models import DeliveryPoint, SignInSession
from portal.services.store.transactions import transaction
from tests.application import RunningPortal

EXECUTE = """
import sys
from sqlalchemy import create_engine, text
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text(sys.argv[2]))
"""


def test_a_page_shows_what_another_thread_committed_just_before(portal_on_each: RunningPortal):
    customer = portal_on_each.customer()
    customer.use_keys()
    url, point = f"/cuentas-de-balance/{customer.modality}/{customer.point}", customer.way.point.id

    def rename(name: str) -> None:
        with portal_on_each.session() as session, transaction(session):
            session.execute(update(DeliveryPoint).where(DeliveryPoint.id == point).values(name=name))

    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        for name in ("Estación Alba", "Estación Brisa", "Estación Cima"):
            writer.submit(rename, name).result()
            page = reader.submit(customer.open, url).result()
            assert name in page.text


def test_a_session_that_another_process_ended_opens_nothing(portal_on_each: RunningPortal):
    customer = portal_on_each.customer()
    customer.use_keys()
    sheet = f"/cuentas-de-balance/{customer.modality}/{customer.point}"
    assert customer.open(sheet).status == 200
    url = portal_on_each.app.extensions["portal.engine"].url.render_as_string(hide_password=False)
    end = f"UPDATE {SignInSession.__tablename__} SET ended_at = '2026-11-30 00:00:00.000000'"
    subprocess.run([sys.executable, "-c", EXECUTE, url, end], check=True)
    assert "/ingreso" in customer.open(sheet).url
