"""Every address of the portal, with something real behind it: what the rules walk along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.routing import Rule

from portal.access import Audience, Staff, audience_of
from portal.domain.accounts import Role
from tests.application import RunningPortal
from tests.browser import Browser
from tests.customer import TOMORROW, Customer
from tests.factories import TODAY
from tests.services import people


@dataclass
class Visit:
    """A customer who has opened everything, a supervisor, and what stands for each part of an address."""

    portal: RunningPortal
    customer: Customer
    staff: Browser
    parts: dict[str, str]

    def audience(self, rule: Rule) -> Audience | Staff | None:
        """Whom an address is for."""
        return audience_of(self.portal.app.view_functions[rule.endpoint])

    def is_for_staff(self, rule: Rule) -> bool:
        """Whether an address belongs to the consoles."""
        audience = self.audience(rule)
        return audience is Audience.STAFF or isinstance(audience, Staff)

    def browser(self, rule: Rule) -> Browser:
        """The browser of somebody for whom the address is."""
        return self.staff if self.is_for_staff(rule) else self.customer.browser

    def urls(self, method: str = "GET") -> Iterator[tuple[Rule, str]]:
        """Every rule that takes this method, with an address that answers; an unknown part of one is an error here."""
        for rule in sorted(self.portal.app.url_map.iter_rules(), key=str):
            if method in (rule.methods or ()):
                yield rule, re.sub(r"<(?:\w+:)?(\w+)>", lambda part, rule=rule: self._part(rule, part[1]), rule.rule)

    def _part(self, rule: Rule, name: str) -> str:
        found = self.parts.get(f"{rule.endpoint} {name}", self.parts.get(name))
        assert found, f"say in tests/rules/visit.py what stands for <{name}> in {rule.rule}"
        return found


def visit(portal: RunningPortal, customer: Customer | None = None) -> Visit:
    """Set it out: contract and point open, a nomination, a draft ready to sign, a claim, a frozen book, both links."""
    customer = customer or portal.customer()
    customer.open_contract()
    customer.open_point()
    receipt = customer.nominate().url.rsplit("/", 1)[1]
    draft = customer.review("9.000").url.split("/")[3]
    claim = customer.dispute().url.rsplit("/", 1)[1]
    with portal.session() as session:
        people.register(session, portal.vault, now=portal.clock.now)
        people.ask_reset(session, email=customer.way.actor.email, now=portal.clock.now)
        links = {path: people.tokens(session, path)[-1] for path in ("verificar", "restablecer")}
    staff = portal.staff(Role.SUPERVISOR)
    staff.open(f"/consola/libro/{TOMORROW.isoformat()}").form("form#congelar").submit()
    parts = {
        "modality": customer.modality,
        "point": customer.point,
        "day": TOMORROW.isoformat(),
        "draft": draft,
        "receipt": receipt,
        "claim": claim,
        "version": "1",
        "claims.dispute day": TODAY.plus(-2).isoformat(),
        "name": "css/site.css",
        "login.verify token": links["verificar"],
        "login.reset token": links["restablecer"],
    }
    return Visit(portal, customer, staff, parts)
