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


def _notes(instance: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((instance / "demo.json").read_text())
    return found


def account_of(instance: Path, role: Role) -> dict[str, Any]:
    """Return the demonstration's first account in ``role``."""
    return accounts_of(instance, role)[0]


def accounts_of(instance: Path, role: Role) -> list[dict[str, Any]]:
    """Return the demonstration's accounts in ``role``."""
    return [each for each in _notes(instance)["accounts"] if each["role"] == role.value]


@unique
class Point(Enum):
    """The points whose letters the tests hold, by name; no two tests share one.

    The tests of a worker share one portal, in any order: one that nominates finds no day of it taken, one that types
    wrong keys pauses nobody else. The second point of a contract has not nominated for tomorrow when they begin.
    """

    GUIDE = "EDS El Morichal"
    SHEET = "EDS Brisas del Guatiquía"
    KEYBOARD = "Planta extractora El Cumare"
    DOUBLE_CLICK = "EDS Morichal Norte"
    CLAIM = "Molino La Cachamera"
    PAUSED = "EDS Morichal Llano Alto"
    NOT_ARRIVED = "EDS Piedemonte Sur"
    ONE_TAP_NARROW = "EDS Alcaraván Porfía"
    ONE_TAP_WIDE = "EDS El Samán"
    HELP = "Pasteurizadora Vereda Linda"
    WITHOUT_SCRIPT = "EDS Piedemonte Centro"
    CALL_WIDE = "Refinería El Cumare"
    CALL_NARROW = "Secadora El Congrio"
    FOLLOWED_WIDE = "EDS Alcaraván Terminal"
    FOLLOWED_NARROW = "EDS La Garza"
    PASTED_DAYS = "EDS Vuelta Larga"
    LONGEST_RANGE = "EDS Laguna Clara"
    DAY_SHEET = "Horno Tierra Roja"


def letter_of(instance: Path, point: Point) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the contract and the point as the letters name them, keys included."""
    lettered = ((contract, each) for contract in _notes(instance)["contracts"] for each in contract["delivery_points"])
    return next((contract, each) for contract, each in lettered if each["name"] == point.value)


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
