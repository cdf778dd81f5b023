"""Closed by default: every route says whom it is for, and lets in nobody else."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from portal.services.people import sessions
from portal.services.store.transactions import transaction
from portal.web.access import Audience, audience_of, open_to
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


# Only the sign-in, of somebody signed in, what a lost session leads back to, help for htmx alone, and the day's book
# without a day lead on.
LEADS_ON = (
    "login.sign_in",
    "login.second_factor",
    "login.enrol",
    "login.recover",
    "login.notice_read",
    "staff.audit_evidence",
    "staff.revoke_staff_token",
    "staff.choose_day_sheet",
    "staff.gates_desk",
    "staff.former_claims",
    "staff.former_claim",
    "staff.print_letter",
    "staff.print_batch",
    "login.end_other_sessions",
    "login.forget_device",
    "login.passkey_challenge",
    "login.keep_last_seen",
    "contacts.subscribe",
    "contacts.choose_push_topics",
    "contacts.try_push",
    "contacts.end_push",
    "login.stay",
    "balances.mark_read",
    "calls.accompaniment_pulse",
    "calls.decide",
    "calls.end",
    "calls.lost_keys",
    "calls.followed",
    "calls.prepared",
    "calls.new",
    "calls.review",
    "calls.stop",
    "consumption.pattern",
    "batches.receipt",
    "batches.group_receipt",
    "staff.day_book_pulse",
    "staff.day_books",
    "staff.home_pulse",
    "nominations.quick",
    "nominations.quantity_help",
    "tokens.revoke",
    "tokens.stop_calendar",
)


def test_every_address_answers_whom_it_is_for(everything: Visit, subtests: pytest.Subtests):
    for rule, url in everything.urls():
        with subtests.test(rule=rule.rule):
            page = everything.browser(rule).open(url)
            assert page.status == 200
            assert bool(page.history) == (rule.endpoint in LEADS_ON)


def test_what_is_for_systems_opens_to_a_token_alone(everything: Visit, subtests: pytest.Subtests):
    guest = everything.portal.browser()
    for method in ("GET", "POST", "OPTIONS"):
        for rule, url in everything.urls(method):
            if not everything.is_for_systems(rule):
                continue
            for browser in (guest, everything.customer.browser, everything.staff):
                with subtests.test(method=method, rule=rule.rule):
                    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
                        answer = browser.client.open(url, method=method, headers=headers)
                        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
                        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="portal API"'


def test_every_form_refuses_what_carries_no_token(everything: Visit, subtests: pytest.Subtests):
    for rule, url in everything.urls("POST"):
        if everything.is_for_systems(rule):
            continue
        with subtests.test(rule=rule.rule):
            assert everything.browser(rule).client.post(url, data={"web_key": "x"}).status_code == 400


def test_a_session_that_owes_its_second_factor_opens_nothing(everything: Visit, subtests: pytest.Subtests):
    portal = everything.portal
    with portal.session() as session, transaction(session):
        person = factories.user(session, role=Role.SUPERVISOR)
        token = sessions.begin(
            session, user_id=person.id, now=portal.clock.now, address="127.0.0.1", user_agent="tests", awaiting=True
        )
    browser = portal.browser()
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = token
    for method in ("GET", "POST"):
        for rule, url in everything.urls(method):
            if everything.audience(rule) is not Audience.PUBLIC and not everything.is_for_systems(rule):
                with subtests.test(method=method, rule=rule.rule):
                    answer = browser.client.open(url, method=method)
                    assert (answer.status_code, answer.headers["Location"]) == (
                        303,
                        f"/ingreso?siguiente={url.removesuffix('/pulso').removesuffix('/pagina')}",
                    )
    assert browser.open("/ingreso/segundo-factor").status == 200


def test_whom_a_view_is_for_is_decided_before_it_runs(portal: RunningPortal):
    ran: list[str] = []

    @open_to(Audience.CUSTOMER)
    def secret() -> str:
        ran.append("ran")
        return "secret"

    portal.app.add_url_rule("/secreta", view_func=secret)
    assert portal.browser().client.get("/secreta").status_code == 303
    assert not ran
