"""Prepared statements: rows named by a shape whose fields are the columns."""

from typing import NamedTuple

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.models import User
from portal.services.store.statements import Statement, is_listed
from portal.services.store.transactions import transaction
from tests import factories


class Person(NamedTuple):
    email: str
    called: str


class Swapped(NamedTuple):
    called: str
    email: str


PEOPLE = Statement(select(User.email, User.name.label("called")).where(User.email == bindparam("address")))


def test_rows_have_the_names_of_their_shape(sqlite_session: Session):
    with transaction(sqlite_session):
        factories.user(sqlite_session, email="ana@example.com", name="Ana")
    assert PEOPLE.named(sqlite_session, Person, address="ana@example.com") == [Person("ana@example.com", "Ana")]
    assert PEOPLE.named(sqlite_session, Person, address="nobody@example.com") == []


def test_a_shape_whose_fields_are_not_the_columns_in_their_places_is_refused(sqlite_session: Session):
    with pytest.raises(ValueError, match=r"Swapped has the fields"):
        PEOPLE.named(sqlite_session, Swapped, address="ana@example.com")


class Called(NamedTuple):
    email: str


LISTED = Statement(select(User.email).where(is_listed(User.id)).order_by(User.email))


def test_every_row_of_a_list_of_ids_is_found_once_however_many_they_are(sqlite_session: Session):
    with transaction(sqlite_session):
        people = [factories.user(sqlite_session, email=f"{number:02}@example.com") for number in range(30)]
    ids = [person.id for person in people]
    assert [row.email for row in LISTED.listed(sqlite_session, Called, ids)] == [person.email for person in people]
    assert [row.email for row in LISTED.listed(sqlite_session, Called, ids[:1])] == ["00@example.com"]
    assert LISTED.listed(sqlite_session, Called, []) == []
