"""Agent on the telephone with a browser: actions on each page of a call, by its real forms."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.accounts import Role
from portal.services.people.accounts import second_factor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.customer import NOMINATION, TOMORROW, Customer

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Agent:
    """An agent with an authenticator, signed in in `browser`."""

    portal: RunningPortal
    browser: Browser
    user_id: int

    @property
    def code(self) -> str:
        """The code that the agent's authenticator shows now."""
        return second_factor.compute_code(SECRET, self.portal.clock.now)

    def open(self, url: str) -> Page:
        """Type an address."""
        return self.browser.open(url)

    def take_call(self, customer: Customer, caller: str = "Marta Rincón", telephone: str = "310 555 0143") -> Page:
        """Search the point, and open the call; the page that follows is the call."""
        page = self.open("/llamadas").form("/llamadas").fill(q=customer.way.point.name).submit("Buscar")
        page = page.click(f"a[data-delivery-point={customer.point}]")
        return page.form("/llamadas/nueva").fill(caller=caller, telephone=telephone).submit("Abrir la llamada")

    def verify(self, page: Page, code: str) -> Page:
        """Type the code that the caller reads out on the page of the call."""
        return method_form(page, "codigo").fill(code=code).submit("Verificar")

    def review(self, page: Page, quantity: str = "12.500", day: str = TOMORROW.isoformat()) -> Page:
        """From the verified call to the page to sign."""
        page = page.click("a#nominar").form().submit()
        page = page.form().fill(kind=NOMINATION).submit()
        page = page.form().fill(gas_day=day).submit("Continuar")
        return page.form().fill(quantity=quantity).submit()

    def sign(self, page: Page, code: str | None = None) -> Page:
        """Sign with the agent's own code."""
        return page.form().fill(totp=code or self.code).submit()


def method_form(page: Page, method: str):  # type: ignore[no-untyped-def]
    """The form of a way to verify the caller."""
    return page.form(f"form:has(input[name=method][value={method}])")


def agent_of(portal: RunningPortal, **person: str) -> Agent:
    """Return an agent of this portal, in a browser of their own."""
    with portal.session() as session, transaction(session):
        user = factories.user(session, role=Role.AGENT, **person)
        second_factor.enrol(vault=portal.vault, user=user, secret=SECRET)
        session.flush()
        user_id = user.id
    return Agent(portal, portal.signed_in(user_id), user_id)


def call_code(customer: Customer) -> str:
    """The code that the customer makes on the page of their account."""
    page = customer.open("/cuenta/codigo-de-llamada").form().submit()
    return page.value("#codigo")
