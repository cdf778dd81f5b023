"""Closed by default: every route says whom it is for, and lets in nobody else."""

from __future__ import annotations

import pytest

from portal.access import Audience, audience_of, open_to
from portal.domain.accounts import Role
from portal.services.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.rules.visit import Visit


def test_every_view_declares_its_audience(portal: RunningPortal):
    undeclared = [name for name, view in portal.app.view_functions.items() if audience_of(view) is None]
    assert not undeclared


def test_a_view_without_an_audience_answers_404_to_everybody(portal: RunningPortal):
    portal.app.add_url_rule("/olvidada", view_func=lambda: "open to all", methods=["GET", "POST"])
    for browser in (portal.browser(), portal.customer().browser):
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            assert browser.client.open("/olvidada", method=method).status_code == 404
        assert browser.open("/olvidada").body == browser.open("/nada").body


def test_routes_take_get_and_post_only(portal: RunningPortal):
    for rule in portal.app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST"}, rule.rule


def test_every_address_answers_its_customer(everything: Visit, subtests: pytest.Subtests):
    for rule, url in everything.urls():
        with subtests.test(rule=rule.rule):
            page = everything.customer.open(url)
            assert page.status == 200
            # Only the sign-in, of somebody signed in, and what a lost session leads back to, lead on.
            leads_on = rule.endpoint in ("login.sign_in", "login.end_other_sessions", "login.stay")
            assert bool(page.history) == leads_on


def test_what_is_for_customers_leads_everybody_else_to_the_sign_in(everything: Visit, subtests: pytest.Subtests):
    client = everything.portal.browser().client
    for method in ("GET", "POST"):
        for rule, url in everything.urls(method):
            if audience_of(everything.portal.app.view_functions[rule.endpoint]) is not Audience.CUSTOMER:
                continue
            with subtests.test(method=method, rule=rule.rule):
                answer = client.open(url, method=method)
                assert (answer.status_code, answer.headers["Location"]) == (303, f"/ingreso?siguiente={url}")
                htmx = client.open(url, method=method, headers={"HX-Request": "true"})
                assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (200, f"/ingreso?siguiente={url}")


def test_what_is_for_customers_is_not_there_for_the_accounts_of_consoles(everything: Visit, subtests: pytest.Subtests):
    portal = everything.portal
    with portal.session() as session, transaction(session):
        staff = [factories.user(session, role=role).id for role in Role if role is not Role.CUSTOMER]
    for user_id in staff:
        client = portal.signed_in(user_id).client
        absent = client.get("/nada").data
        for rule, url in everything.urls():
            if audience_of(portal.app.view_functions[rule.endpoint]) is Audience.CUSTOMER:
                with subtests.test(rule=rule.rule):
                    answer = client.get(url)
                    assert (answer.status_code, answer.data) == (404, absent)


def test_every_form_refuses_what_carries_no_token(everything: Visit, subtests: pytest.Subtests):
    for rule, url in everything.urls("POST"):
        with subtests.test(rule=rule.rule):
            assert everything.customer.browser.client.post(url, data={"web_key": "x"}).status_code == 400


def test_whom_a_view_is_for_is_decided_before_it_runs(portal: RunningPortal):
    ran: list[str] = []

    @open_to(Audience.CUSTOMER)
    def secret() -> str:
        ran.append("ran")
        return "secret"

    portal.app.add_url_rule("/secreta", view_func=secret)
    assert portal.browser().client.get("/secreta").status_code == 303
    assert not ran
