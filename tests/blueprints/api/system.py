"""Client of the API: sends JSON with its token, and validates every answer against the OpenAPI document."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.blueprints.api import views
from portal.domain.accounts import Scope
from portal.models import Company
from portal.services.people import api_tokens
from portal.services.store.acts import Act
from tests.application import RunningPortal
from tests.customer import TOMORROW, Customer
from tests.distributors import FIRST

DOCUMENT: dict[str, Any] = json.loads(views.text(FIRST))
_keys = itertools.count(1)


def documented(rule: str, method: str, status: int) -> tuple[str, dict[str, Any]]:
    """The media type and the schema that the document gives an answer; fails when it gives none."""
    operation = DOCUMENT["paths"][rule][method.lower()]
    answer = operation["responses"].get(str(status))
    assert answer, f"{method} {rule} says nothing of {status}"
    if "$ref" in answer:
        answer = DOCUMENT["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    ((media_type, content),) = answer["content"].items()
    return media_type, content["schema"]


def valid(schema: dict[str, Any], value: object) -> None:
    """Fail when a value does not fit a schema of the document."""
    jsonschema_rs.validate({**schema, "components": DOCUMENT["components"]}, value, validate_formats=True)


@dataclass
class System:
    """Client with a token; ``ask`` and ``nominate`` return the validated answer."""

    client: FlaskClient
    token: str
    customer: Customer
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def point(self) -> str:
        return f"/api/v1/delivery-points/{self.customer.point}"

    def ask(self, url: str, *, method: str = "GET", **options: Any) -> TestResponse:
        """Send a request with the token."""
        headers = {"Authorization": f"Bearer {self.token}"} | self.headers | options.pop("headers", {})
        answer = self.client.open(url, method=method, headers=headers, **options)
        adapter = self.client.application.url_map.bind("localhost")
        rule, _ = adapter.match(url.partition("?")[0], method=method, return_rule=True)
        media_type, schema = documented(str(rule.rule).replace("<", "{").replace(">", "}"), method, answer.status_code)
        assert answer.mimetype == media_type
        valid(schema, answer.get_json(force=True))
        assert "Set-Cookie" not in answer.headers
        return answer

    def order(self, **given: Any) -> dict[str, Any]:
        """The body of a nomination for tomorrow."""
        quantity = {"amount": given.pop("amount", "12500"), "unit": given.pop("unit", "m3")}
        return {
            "kind": "nomination",
            "gas_day": TOMORROW.isoformat(),
            "quantity": quantity,
            "security_code": self.customer.way.numeric_key,
        } | given

    def nominate(self, key: str | None = None, **given: Any) -> TestResponse:
        """Send a nomination, with a key of its own unless told."""
        headers = {"Idempotency-Key": key or f"k{next(_keys)}"}
        return self.ask(f"{self.point}/nominations", method="POST", json=self.order(**given), headers=headers)

    def cancel(self, receipt: str, code: str | None = None) -> TestResponse:
        """Withdraw the nomination of a receipt, with the right code unless told."""
        body = {"security_code": code or self.customer.way.numeric_key}
        return self.ask(f"/api/v1/receipts/{receipt}/cancellation", method="POST", json=body)


def system(
    portal: RunningPortal, customer: Customer | None = None, *, scopes: set[Scope] | None = None, opened: bool = True
) -> System:
    """A system of the customer's company, by a token of the customer's; may nominate unless told."""
    customer = customer or portal.customer()
    customer.use_keys(of_point=opened)
    with portal.session() as session:
        company = session.get_one(Company, customer.way.contract.company_id)
        token = api_tokens.create(
            Act.at(session, customer.way.actor, portal.clock.now),
            company=company.public_id,
            name="ERP de planta",
            scopes={Scope.NOMINATE} if scopes is None else scopes,
            expires_at=None,
        )
    return System(portal.app.test_client(), token, customer)
