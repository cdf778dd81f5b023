"""Customer with a browser: actions on each page, by its real forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.models import DeliveryPoint
from portal.services import keys
from portal.services.people import sessions
from portal.services.store.acts import Act, Actor
from tests.browser import Browser, Page
from tests.factories import TODAY
from tests.services.way import Way, wrong_numeric_key

TOMORROW, YESTERDAY = TODAY.plus(1), TODAY.plus(-1)
NOMINATION, RENOMINATION = "nominacion", "renominacion"


@dataclass
class Customer:
    """The person with the letter of a contract and a delivery point, signed in in `browser`."""

    way: Way
    browser: Browser

    @property
    def modality(self) -> str:
        """The modality as addresses spell it."""
        return self.way.modality.value

    @property
    def point(self) -> str:
        """The delivery point's id as addresses and forms spell it."""
        return self.way.point.public_id

    @property
    def wrong_code(self) -> str:
        """A numeric key whose check digit is right, and which is not the point's."""
        return wrong_numeric_key(self.way)

    def open(self, url: str, *, htmx: bool = False) -> Page:
        """Type an address."""
        return self.browser.open(url, htmx=htmx)

    def use_keys(self, *, of_point: bool = True) -> None:
        """Open the contract and the point without their pages, for tests that begin behind them: a tenth of the time.

        The session's token changes as it does on the pages; nothing is opened there, so no sheet counts as seen.
        """
        app = self.browser.client.application
        now = app.extensions["portal.settings"].clock()
        with self.browser.client.session_transaction() as cookie, app.extensions["portal.sessions"]() as session:
            person = sessions.look_up(session, token=cookie["_user_id"], now=now)
            assert person is not None, "nobody is signed in"
            given = (person.user_id, person.email, person.name, person.role, person.session_id, "127.0.0.1", "web")
            act = Act.at(session, Actor(*given), now)
            opened = keys.open_contract(act, modality=self.way.modality, typed=self.way.web_key)
            if of_point:
                point = session.get_one(DeliveryPoint, self.way.point.id)
                opened = keys.open_point(act, delivery_point=point, typed=self.way.numeric_key)
            cookie["_user_id"] = opened.session_token

    def open_contract(self, way: str = "nominacion") -> Page:
        """Enter the web key, on the way to a nomination unless told."""
        page = self.browser.open(f"/{way}/{self.modality}/clave-web")
        return page.form().fill(web_key=self.way.web_key).submit()

    def open_point(self) -> Page:
        """Enter the numeric key of the point."""
        page = self.browser.open(f"/cuentas-de-balance/{self.modality}/{self.point}/clave")
        return page.form().fill(numeric_key=self.way.numeric_key).submit()

    def dispute(self, text: str = "El medidor estuvo parado.", day: str = YESTERDAY.isoformat(), **fields: Any) -> Page:
        """Disagree with a day of the opened point; the page that follows is the claim."""
        page = self.browser.open(f"/cuentas-de-balance/{self.modality}/{self.point}/dias/{day}/reclamo")
        return page.form().fill(text=text, **fields).submit("Enviar el reclamo")

    def petition(self, text: str = "Pido copia del contrato.", **fields: Any) -> Page:
        """File a case; the page that follows is its constancia."""
        given = {"kind": "peticion", "document": "1.121.900.300", "consent": True, "electronic_notice": True}
        return self.browser.open("/pqr/nueva").form("#pqr").fill(text=text, **given | fields).submit("Radicar")

    def choose_point(self) -> Page:
        """Wizard, step 1; the page that follows asks for the kind."""
        page = self.browser.open(f"/nominacion/{self.modality}/nueva")
        return page.form().fill(delivery_point=self.point).submit()

    def choose_kind(self, kind: str = NOMINATION) -> Page:
        """Steps 1 and 2; the page that follows asks for the day."""
        return self.choose_point().form().fill(kind=kind).submit()

    def choose_day(self, day: str = TOMORROW.isoformat(), kind: str = NOMINATION) -> Page:
        """Steps 1 to 3; the page that follows asks for the quantity."""
        return self.choose_kind(kind).form().fill(gas_day=day).submit("Continuar")

    def review(self, quantity: str = "12.500", day: str = TOMORROW.isoformat(), kind: str = NOMINATION) -> Page:
        """Steps 1 to 4; the page that follows is the one to sign."""
        return self.choose_day(day, kind).form().fill(quantity=quantity).submit()

    def sign(self, page: Page, code: str | None = None, *, htmx: bool = False) -> Page:
        """Type the security code on the page to sign, the right one unless told, and send it."""
        return page.form().fill(security_code=code or self.way.numeric_key).submit(htmx=htmx)

    def nominate(self, quantity: str = "12.500", day: str = TOMORROW.isoformat(), kind: str = NOMINATION) -> Page:
        """All five steps; the page that follows is the receipt."""
        return self.sign(self.review(quantity, day, kind))
