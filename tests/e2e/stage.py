"""The portal that the browser tests walk: a small demonstration under a frozen clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum, unique
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Page

from portal.config import Settings
from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.migrations import runner
from portal.models.engine import make_engine
from portal.services import demo
from portal.services.people import accounts
from portal.services.store.acts import Act, Actor
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

# A Monday, nine in the morning in Colombia: nominations for Tuesday are open for three more hours.
NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NOON_AND_A_HALF = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


def set_the_stage(instance: Path, now: datetime) -> dict[str, str]:
    """Migrate and fill a database in ``instance``; return the environment with which to serve it."""
    environment = {"PORTAL_INSTANCE": str(instance), "PORTAL_NOW": now.isoformat()}
    settings = Settings.from_environment(environment)
    engine = make_engine(settings.database_url)
    runner.upgrade(engine)
    # What it seals is checked at the cost that it was sealed with, by the server's own vault too.
    vault = cheapen(Vault(settings.pepper))
    with session_factory(engine, vault)() as session:
        loaded = demo.load(Act.of_system(session, now), first=GasDay.of(now).plus(-70), points_per_contract=2)
    (instance / "demo.json").write_text(json.dumps(loaded.demonstration.as_json(), ensure_ascii=False))
    engine.dispose()
    return environment


def demonstration(instance: Path) -> dict[str, Any]:
    """Return what the demonstration wrote for people: accounts and letters."""
    found: dict[str, Any] = json.loads((instance / "demo.json").read_text())
    return found


@unique
class Point(Enum):
    """The points with which the tests nominate, by company and place in its contract; no two tests share one.

    The tests of a worker share one portal, in any order. The second point of a contract has not nominated for
    tomorrow when they begin: a test that counts on it must be the only one that changes it.
    """

    ONE_TAP_NARROW = ("Transportadores", 1)
    ONE_TAP_WIDE = ("Servicentros", 1)
    HELP = ("Lácteos", 0)
    WITHOUT_SCRIPT = ("GNV Piedemonte", 0)
    CALL_WIDE = ("Aceites", 1)
    CALL_NARROW = ("Molinos", 1)
    FOLLOWED_WIDE = ("Transportadores", 0)
    FOLLOWED_NARROW = ("Servicentros", 0)
    PASTED_DAYS = ("Estaciones", 0)
    LONGEST_RANGE = ("Estaciones", 1)


def letter_of(instance: Path, point: Point) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the contract and the point as the letters name them, keys included."""
    company, place = point.value
    contract = next(each for each in demonstration(instance)["contracts"] if each["company"].startswith(company))
    return contract, contract["delivery_points"][place]


def employ(instance: Path, role: Role, name: str) -> dict[str, str]:
    """Make an account of the consoles that no other test signs in with: a code is good once."""
    settings = Settings.from_environment({"PORTAL_INSTANCE": str(instance), "PORTAL_NOW": NINE.isoformat()})
    engine = make_engine(settings.database_url)
    person = {
        "email": f"{name}@llanogas.example",
        "password": "cometa que no cae",
        "totp_secret": pyotp.random_base32(),
    }
    vault = cheapen(Vault(settings.pepper))
    with session_factory(engine, vault)() as session:
        accounts.management.create(Act.at(session, Actor.system(), NINE), name=name.title(), role=role, **person)
    engine.dispose()
    return person


def sign_in(page: Page, person: dict[str, str]) -> None:
    """Sign in to the consoles on the page that asks for it, without the mouse."""
    page.fill("#email", person["email"])
    page.fill("#password", person["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#totp")
    page.fill("#totp", pyotp.TOTP(person["totp_secret"]).at(NINE))
    page.keyboard.press("Enter")
    page.wait_for_selector("#totp", state="detached")
