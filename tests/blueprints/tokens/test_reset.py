"""A reset of the password ends what opens something without a session: calendar address and tokens."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.accounts import Scope
from portal.models import Company, OutboxMessage, User
from portal.services.people import api_tokens, feeds
from portal.services.store.acts import Act
from tests.application import RunningPortal
from tests.blueprints.login.visits import link
from tests.services.account_stage import OTHER_PASSWORD


def test_a_reset_ends_the_calendar_and_the_tokens_of_the_account_and_says_so(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys(of_point=False)
    actor, now = customer.way.actor, portal.clock.now
    with portal.session() as session:
        company = customer.way.contract.company_id
        public_id = session.get_one(Company, company).public_id
        feed = feeds.publish(Act.at(session, actor, now))
        named = {"name": "ERP", "scopes": {Scope.READ}, "expires_at": None}
        token = api_tokens.create(Act.at(session, actor, now), company=public_id, **named)
        assert feeds.look_up(session, token=feed)
        assert api_tokens.look_up(session, token=token, address="", now=now)
        email = session.get_one(User, actor.user_id).email
    browser = portal.browser()
    browser.open("/olvido").form().fill(email=email).submit()
    with portal.session() as session:
        page = browser.open(link(session, "restablecer"))
        assert "dejan de servir la dirección de su calendario y los tokens de API" in page.text
        page.form().fill(password=OTHER_PASSWORD).submit("Guardar la contraseña")
        session.rollback()
        assert feeds.look_up(session, token=feed) is None
        assert api_tokens.look_up(session, token=token, address="", now=now) is None
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "password-changed")).one()
        assert "dejaron de servir la dirección de su calendario y los tokens de API" in told.body
