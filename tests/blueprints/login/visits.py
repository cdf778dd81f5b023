"""Actions on the pages of accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.services.mail import outbox
from tests.browser import Browser, Page
from tests.services import account_stage
from tests.services.account_stage import EMAIL, PASSWORD

BASE_URL = "http://localhost"
REGISTRATION: dict[str, Any] = {
    "name": "Ana Ruiz",
    "email": EMAIL,
    "company": "Transportes del Ariari",
    "password": PASSWORD,
    "consent": True,
}
NewBrowser = Callable[[], Browser]


def sign_in(browser: Browser, email: str = EMAIL, password: str = PASSWORD, url: str = "/ingreso") -> Page:
    return browser.open(url).form("/ingreso").fill(email=email, password=password).submit("Ingresar")


def register(browser: Browser, **given: Any) -> Page:
    return browser.open("/registro").form("/registro").fill(**REGISTRATION | given).submit("Crear mi cuenta")


def link(session: Session, path: str) -> str:
    """The path of the newest mailed link."""
    session.rollback()
    bodies = [outbox.read_words(session, mail) for mail in account_stage.mails(session)]
    return re.findall(rf"{BASE_URL}(/{path}/[\w-]+)", "\n".join(bodies))[-1]


def count(session: Session, table: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def bare(page: Page, *varying: str) -> str:
    """Return the page without its form token and the given varying parts."""
    text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", page.source)
    for words in varying:
        text = text.replace(words, "…")
    return text


def ask_reset(browser: Browser, email: str = EMAIL) -> Page:
    return browser.open("/olvido").form("/olvido").fill(email=email).submit("Enviarme el enlace")
