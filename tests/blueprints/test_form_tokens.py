"""Form token under a mask: other bytes in each answer, the same right to send a form."""

from __future__ import annotations

import pytest
from itsdangerous import URLSafeTimedSerializer

from portal.models import Grant
from portal.web.form_tokens import BYTES, mask, unmask
from tests.application import RunningPortal
from tests.customer import Customer

WEB_KEY_PAGE = "/nominacion/gnv-suministro/clave-web"


def test_no_two_answers_carry_the_same_bytes_and_each_opens_its_form(portal: RunningPortal, customer: Customer):
    pages = [customer.open(WEB_KEY_PAGE) for _ in range(5)]
    given = [page.form("main form")["csrf_token"] for page in pages]
    # One token a page: its forms share it.
    assert given == [page.form("/salir")["csrf_token"] for page in pages]
    assert len(set(given)) == len({token[:27] for token in given}) == len({token[-27:] for token in given}) == 5
    assert len({unmask(token) for token in given}) == 1
    assert pages[0].form("main form").fill(web_key=customer.way.web_key).submit().status == 200
    assert portal.count(Grant) == 1


def test_a_mask_of_anything_else_is_refused(portal: RunningPortal, customer: Customer, subtests: pytest.Subtests):
    form = customer.open(WEB_KEY_PAGE).form("main form")
    token = form["csrf_token"]
    of_session = unmask(token)
    assert of_session is not None
    unmasked = URLSafeTimedSerializer(portal.app.secret_key or "", salt="wtf-csrf-token").dumps(of_session.hex())
    others = {
        "of another token": mask(bytes(BYTES)),
        "unmasked, as the library signs it": unmasked,
        "unmasked": of_session.hex(),
        "shortened": token[:-2],
        "lengthened": f"{token}AA",
        "another letter": token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:],
        "not of base 64": "ñ" * len(token),
    }
    for name, other in others.items():
        with subtests.test(name):
            page = customer.open(WEB_KEY_PAGE).form("main form").fill(web_key=customer.way.web_key)
            assert page.tamper(csrf_token=other).submit().status == 400
            assert portal.count(Grant) == 0


def test_a_token_without_its_mask_is_what_it_was():
    for number in range(50):
        token = bytes([number]) * BYTES
        assert unmask(mask(token)) == token
