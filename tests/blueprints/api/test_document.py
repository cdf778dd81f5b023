"""The document says what the code does: each address, each word, and whatever a stranger may send."""

from __future__ import annotations

from enum import Enum

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.nominations import Channel, CutReason, QuantityWarning
from portal.domain.quantities import Unit
from portal.domain.readings import ReadingState
from portal.domain.timetable import RequestKind
from portal.web.access import Audience, StaffToken, Token, audience_of
from tests.application import RunningPortal
from tests.blueprints.api.system import DOCUMENT, System

SCHEMAS = DOCUMENT["components"]["schemas"]


def rules(portal: RunningPortal) -> list[tuple[str, str, object]]:
    """Every address of the API with its methods and audience."""
    return [
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower(), audience)
        for rule in portal.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for audience in [audience_of(portal.app.view_functions[rule.endpoint])]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_the_document_is_answered_to_everybody(portal: RunningPortal):
    answer = portal.app.test_client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json) == (200, DOCUMENT)


def test_the_document_lists_each_address_with_the_scope_it_needs(portal: RunningPortal):
    there = {
        (path, method): operation["security"]
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }
    wanted = {
        (path, method): [] if audience is Audience.PUBLIC else [{"token": [audience.scope.value]}]
        for path, method, audience in rules(portal)
        if audience is Audience.PUBLIC or isinstance(audience, Token | StaffToken)
    }
    assert there == wanted


@pytest.mark.parametrize(
    ("said", "enum"),
    [
        (SCHEMAS["Unit"], Unit),
        (SCHEMAS["Nomination"]["properties"]["channel"], Channel),
        (SCHEMAS["DeliveryPoint"]["properties"]["kind"], DeliveryPointKind),
        (SCHEMAS["DeliveryPoint"]["properties"]["contract"]["properties"]["modality"], Modality),
        (SCHEMAS["BalanceDay"]["properties"]["cut_reason"], CutReason),
        (SCHEMAS["BalanceDay"]["properties"]["reading_state"], ReadingState),
        (SCHEMAS["Problem"]["properties"]["warnings"]["items"], QuantityWarning),
    ],
)
def test_the_document_spells_every_word_out(said: dict[str, list[str]], enum: type[Enum]):
    assert {word for word in said["enum"] if word is not None} == {member.value for member in enum}


def test_the_document_spells_the_kinds_as_the_api_does():
    assert SCHEMAS["Kind"]["enum"] == [kind.name.lower() for kind in RequestKind]


def test_whatever_is_sent_the_answer_is_one_of_the_document(portal: RunningPortal, erp: System):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app=portal.app)
    headers = {"Authorization": f"Bearer {erp.token}"}
    checks = [
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
        response_headers_conformance,
    ]
    seen: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
        def send(case: schemathesis.Case) -> None:
            portal.clock.forward(seconds=61)
            if "point" in (case.path_parameters or {}):
                case.path_parameters["point"] = erp.customer.point
            answer = case.call_and_validate(headers=headers, checks=checks)
            seen.add(answer.status_code)

        send()
    assert 200 in seen
    assert max(seen) < 500
