"""Answers as they are sent: compressed for who takes it, the same behind it, and no length that tells a secret."""

from __future__ import annotations

import gzip
import random
import statistics
import zlib
from collections.abc import Callable

import pytest

from portal.domain.accounts import Role
from portal.web import form_tokens
from portal.web.form_tokens import mask, unmask
from tests.application import RunningPortal
from tests.customer import Customer

GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def sheet_of(customer: Customer) -> str:
    return f"/cuentas-de-balance/{customer.modality}/{customer.point}"


def without_token(body: bytes, token: str) -> bytes:
    assert token.encode() in body
    return body.replace(token.encode(), b"")


def token_in(body: bytes) -> str:
    return body.split(b'name="csrf_token" value="')[1].split(b'"')[0].decode()


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("where", ["", "/anio"])
def test_a_kept_page_is_the_same_plain_and_compressed(customer: Customer, where: str, *, htmx: bool):
    customer.use_keys()
    url, client = sheet_of(customer) + where, customer.browser.client
    swap = {"HX-Request": "true"} if htmx else {}
    plain = [client.get(url, headers=swap).data for _ in range(2)]
    compressed = [client.get(url, headers=swap | GZIP) for _ in range(2)]
    assert {answer.headers["Content-Encoding"] for answer in compressed} == {"gzip"}
    bodies = [*plain, *[gzip.decompress(answer.data) for answer in compressed]]
    if not htmx:
        bodies = [without_token(body, token_in(body)) for body in bodies]
    assert len(set(bodies)) == 1
    for answer in compressed:
        assert {"HX-Request", "Accept-Encoding", "Cookie"} <= set(answer.vary)
        assert answer.headers["Cache-Control"] == "no-store"
        assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_every_way_that_a_page_is_made_carries_it_compressed(portal: RunningPortal, customer: Customer):
    customer.use_keys()
    operator = portal.staff(Role.OPERATOR)
    ways = {
        sheet_of(customer): customer.browser,
        f"{sheet_of(customer)}/hoja.csv": customer.browser,
        "/inicio": customer.browser,
        f"/nominacion/{customer.modality}/nueva": customer.browser,
        "/consola": operator,
        "/ingreso": portal.browser(),
    }
    for url, browser in ways.items():
        answer, plain = browser.client.get(url, headers=GZIP), browser.client.get(url)
        assert answer.headers["Content-Encoding"] == "gzip", url
        assert "Content-Encoding" not in plain.headers, url
        assert abs(len(gzip.decompress(answer.data)) - len(plain.data)) < 8, url
        assert len(answer.data) < len(plain.data) / 2, url
        assert "Accept-Encoding" in answer.vary, url
        assert "Accept-Encoding" in plain.vary, url


def test_what_is_compressed_already_or_short_is_left(customer: Customer):
    customer.use_keys()
    for name in ("estado.pdf", "hoja.xlsx"):
        answer = customer.browser.client.get(f"{sheet_of(customer)}/{name}", headers=GZIP)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
    answer = customer.browser.client.get("/salud", headers=GZIP)
    assert (answer.data, "Content-Encoding" in answer.headers) == (b"vivo\n", False)


def test_head_says_the_length_and_coding_of_get(customer: Customer):
    customer.use_keys()
    for url in (sheet_of(customer), "/nominacion"):
        head, get = (ask(url, headers=GZIP) for ask in (customer.browser.client.head, customer.browser.client.get))
        assert head.data == b""
        assert head.headers["Content-Encoding"] == get.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_asked_for_in_its_words_is_left_plain(customer: Customer, site: str):
    customer.use_keys()
    for url in (f"{sheet_of(customer)}?mes=11&anio=2026", "/buscar?q=gas"):
        of_others = customer.browser.client.get(url, headers=GZIP | {"Sec-Fetch-Site": site})
        assert "Content-Encoding" not in of_others.headers, url
        for own in ("same-origin", "none"):
            answer = customer.browser.client.get(url, headers=GZIP | {"Sec-Fetch-Site": own})
            assert answer.headers["Content-Encoding"] == "gzip", url
    # A link of a mail, without a question of its own.
    answer = customer.browser.client.get(sheet_of(customer), headers=GZIP | {"Sec-Fetch-Site": site})
    assert answer.headers["Content-Encoding"] == "gzip"


def lengths(ask: Callable[[str], int], guesses: list[str]) -> list[int]:
    return [ask(guess) for guess in guesses]


def test_the_length_of_an_answer_tells_nothing_of_the_token(portal: RunningPortal, customer: Customer):
    """The guess stands in the page in front of the same words as the token, as an attacker would put it."""
    client = customer.browser.client
    token = token_in(client.get("/buscar?q=gas").data)
    of_session = unmask(token)
    assert of_session is not None
    chosen = random.Random(24)

    def asked(guess: str) -> int:
        answer = client.get("/buscar", query_string={"q": f'csrf_token" value="{guess}'}, headers=GZIP)
        assert guess.encode() in gzip.decompress(answer.data), "the guess is not in the page"
        return len(answer.data)

    # A token that stood in an earlier answer, and all that never changes about it.
    right = {
        "its mask": token[:24],
        "under its mask": token[-24:],
        "signed": form_tokens_signed(portal, of_session)[:24],
        "raw": of_session.hex()[:24],
    }
    for name, guess in right.items():
        # Of the same letters, so that each costs as many bits by itself.
        wrong = ["".join(chosen.sample(guess, len(guess))) for _ in range(40)]
        of_right, of_wrong = statistics.mean([asked(guess) for _ in range(10)]), lengths(asked, wrong)
        assert min(of_wrong) - 2 <= of_right <= max(of_wrong) + 2, name


def form_tokens_signed(portal: RunningPortal, token: bytes) -> str:
    with portal.app.app_context():
        return form_tokens.signed(token)


def test_the_token_of_a_kept_page_stands_in_it_uncompressed(customer: Customer):
    customer.use_keys()
    customer.open(sheet_of(customer))
    sent = customer.browser.client.get(sheet_of(customer), headers=GZIP).data
    token = token_in(gzip.decompress(sent)).encode()
    assert token in sent
    # A block of its own: type 0, its length, and nothing before it that it could refer to.
    at = sent.index(token)
    assert sent[at - 5 : at] == b"\x00" + len(token).to_bytes(2, "little") + (len(token) ^ 0xFFFF).to_bytes(2, "little")
    # The block around which the frame stands was compressed by itself, so no page's frame changes its bytes.
    rest = zlib.decompressobj(-zlib.MAX_WBITS)
    assert rest.decompress(sent[at + len(token) :]).startswith(b'"')


def test_a_mask_makes_equal_tokens_share_nothing():
    token = b"\x01" * 20
    seen = [mask(token) for _ in range(200)]
    assert len({each[at : at + 4] for each in seen for at in range(0, 48, 4)}) > 2000
