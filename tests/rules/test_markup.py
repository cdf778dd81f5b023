"""Text that somebody typed is shown as text: no page turns a name, a note or an address into markup."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from portal.models import Case, CaseEntry, Company, Contract, DeliveryPoint, ExitPoint, Holiday, User
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.factories import TODAY, adjustment, reading
from tests.forms import Form
from tests.rules.visit import visit

# Closes whatever it stands in: a tag, an attribute in either quotes, a comment, a title.
PLANTED = "'\"></title></p>--><planted>&amp;"


def test_no_page_turns_stored_text_into_markup(portal: RunningPortal, subtests: pytest.Subtests):
    customer = portal.customer()
    with portal.session() as session, transaction(session):
        for model, columns in (
            (Company, ("name", "contact_name")),
            (DeliveryPoint, ("name", "municipality")),
            (ExitPoint, ("name",)),
            (Contract, ("number",)),
            (User, ("name", "company_claim")),
            (Holiday, ("name",)),
        ):
            session.execute(update(model).values(dict.fromkeys(columns, PLANTED)))
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        adjustment(session, point, TODAY.plus(-2), "-5", note=PLANTED)
        reading(session, point, TODAY.plus(-3), "5000", state="corrected", reason=PLANTED)
    everything = visit(portal, customer)
    with portal.session() as session, transaction(session):
        of_a_day = Case.gas_day.is_not(None)
        session.execute(update(Case).where(of_a_day).values(state="answered", outcome="upheld", name=PLANTED))
        claim = session.scalars(select(Case).where(of_a_day)).one()
        for kind in ("written", "told", "answered"):
            entry = {"kind": kind, "author_id": claim.account_id, "text": PLANTED, "written_at": portal.clock.now}
            session.add(CaseEntry(case_id=claim.id, **entry))
    assert "planted" in customer.open("/nominacion/gnv-suministro").text, "the text is shown"
    for rule, url in everything.urls():
        if rule.endpoint in ("assets", "balances.as_csv", "balances.as_xlsx"):
            continue
        for address in (url, f"{url}?siguiente={PLANTED}&mes={PLANTED}&anio={PLANTED}&punto={PLANTED}"):
            for htmx in (False, True):
                with subtests.test(rule=rule.rule, htmx=htmx):
                    page = everything.browser(rule).open(address, htmx=htmx)
                    if page.is_html:
                        assert "<planted>" not in page.source
                        assert not page.select("planted")


def test_no_form_turns_what_was_typed_into_markup(portal: RunningPortal, subtests: pytest.Subtests):
    everything = visit(portal)
    for rule, url in everything.urls("POST"):
        with subtests.test(rule=rule.rule):
            if "GET" not in (rule.methods or ()):
                continue
            page = everything.browser(rule).open(url)
            for form in page.select("main form[method=post]"):
                wanted = Form(page, form)
                names = [name for name in wanted.names if name not in ("csrf_token", "version")]
                answer = wanted.tamper(**dict.fromkeys(names, PLANTED)).submit()
                assert b"<planted>" not in answer.body
                assert answer.status < 500
