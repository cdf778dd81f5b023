"""Setup of a flood: signed-in people with cheap codes, and complete drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import session as cookie_content
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from portal import create_app
from portal.config import Settings
from portal.domain.quantities import Unit
from portal.domain.timetable import RequestKind
from portal.models import NominationDraft
from portal.models.engine import make_engine
from portal.services import keys
from portal.services.people import sessions
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from portal.web.form_tokens import token_of_answer
from tests import factories
from tests.cheap_vault import cheapen
from tests.factories import NOW, TODAY
from tests.services.way import Way, open_contract, set_out

# Colleagues ask for the same days, so that they meet; each day is asked for this often by each of them.
TIMES_A_DAY = 4


@dataclass(frozen=True)
class Person:
    """A signed-in customer: the cookie of their browser, the code of their point, the drafts to sign, in order."""

    cookie: str
    code: str
    drafts: list[str]


class Stage:
    """A migrated database with its settings, and others `given`; `engine` is the test's own way into it."""

    def __init__(self, database_url: str, folder: Path, given: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = {
            "PORTAL_INSTANCE": str(folder / "instance"),
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_NOW": NOW.isoformat(),
        } | dict(given or {})
        self.settings = Settings.from_environment(self.environment)
        self.engine: Engine = make_engine(database_url)
        # The server's own vault stays as it is.
        self.vault = cheapen(Vault(self.settings.pepper))
        self._app = create_app(self.settings)

    def close(self) -> None:
        """Let the database go."""
        self._app.extensions["portal.engine"].dispose()
        self.engine.dispose()

    def session(self) -> Session:
        """Open a session of the test's own."""
        return session_factory(self.engine, self.vault)()

    def colleagues(self, *, drafts: int) -> tuple[Person, Person]:
        """Two people of one company with the letter of the same point, and as many drafts each."""
        with self.session() as session:
            way = open_contract(session, self.vault, set_out(session, self.vault))
            with transaction(session):
                other = factories.signed_in(session, factories.user(session))
            keys.open_contract(Act.at(session, other, NOW), modality=way.modality, typed=way.web_key)
            first, second = (
                self._person(session, way, actor.session_id, actor.user_id, drafts) for actor in (way.actor, other)
            )
        return first, second

    def _person(self, session: Session, way: Way, session_id: int | None, user_id: int | None, drafts: int) -> Person:
        assert session_id is not None
        with transaction(session):
            token = sessions.rotate(session, session_id=session_id, now=NOW)
            names = [f"d{user_id}-{number}" for number in range(drafts)]
            rows = [
                {
                    "public_id": name,
                    "user_id": user_id,
                    "modality": way.modality,
                    "delivery_point_id": way.point.id,
                    "kind": RequestKind.NOMINATION,
                    "gas_day": TODAY.plus(1 + number // TIMES_A_DAY % 20),
                    "quantity_micro": (9_000 + number) * 10**6,
                    "unit": Unit.M3,
                    "confirmed_unusual": True,
                    "submission_id": f"s{user_id}-{number}",
                    "created_at": NOW,
                    "updated_at": NOW,
                }
                for number, name in enumerate(names)
            ]
            session.execute(insert(NominationDraft), rows)
        return Person(self._cookie(token), way.numeric_key, names)

    def _cookie(self, token: str) -> str:
        with self._app.test_request_context():
            token_of_answer()
            content = dict(cookie_content) | {"_user_id": token, "_fresh": True}
            serializer = self._app.session_interface.get_signing_serializer(self._app)
        return f"{self._app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}"
