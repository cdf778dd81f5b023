"""Passkeys: what proves, what proves nothing and costs an attempt, what spends none, and what their end takes along."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.attempts import PASSKEY_CHALLENGES
from portal.models import AttemptCounter, AuditEvent, OpenCharge, OutboxMessage, Passkey, TrustedDevice, User
from portal.services.people.accounts import passkeys, second_factor, trusted_devices
from portal.services.people.accounts.ceremonies import Site, site_of
from portal.services.store.acts import BASE_URL, Act
from portal.services.store.refusals import NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.vault import Vault
from tests.authenticator import Authenticator, decode, encode
from tests.factories import NOW
from tests.services.account_stage import account, signed_in

HERE = "https://clientes.example.co"
NAME = "Chrome en Android"


@pytest.fixture
def ana(session: Session, vault: Vault) -> Act:
    """Ana's act, in her session, at an address of HTTPS."""
    session.info[BASE_URL] = HERE
    account(session, vault)
    return Act.at(session, signed_in(session, vault), NOW)


def first(act: Act, device: Authenticator, **odd: Any) -> Passkey:
    """Take the account's first passkey, as the page that remembers a device does."""
    asked = passkeys.ask(act)
    assert asked.ceremony == "create"
    return passkeys.prove(act, answer=device.create(asked.options, **{"origin": HERE} | odd), name=NAME, then=kept)


def use(act: Act, device: Authenticator, **odd: Any) -> Passkey:
    asked = passkeys.ask(act)
    assert asked.ceremony == "get"
    return passkeys.prove(act, answer=device.get(asked.options, **{"origin": HERE} | odd), then=kept)


def kept(_user: User, passkey: Passkey) -> Passkey:
    return passkey


def later(act: Act, **by: float) -> Act:
    return Act.at(act.session, act.actor, act.now + timedelta(**by))


def refusal_of(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Rejected) as refused:
        call()
    return refused.value.refusal


def attempts(session: Session) -> int:
    """The wrong answers that count, none of them open."""
    assert session.scalar(select(func.count()).select_from(OpenCharge)) == 0
    found = session.scalar(select(AttemptCounter.count).where(AttemptCounter.scope == second_factor.A_DAY))
    session.rollback()
    return found or 0


def events(session: Session, event: str) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.event == event)) or 0


def mails(session: Session, kind: str) -> int:
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == kind)) or 0


def test_the_first_passkey_proves_at_once_and_later_again_and_its_owner_is_told(ana: Act):
    device = Authenticator()
    made = first(ana, device)
    assert (made.name, made.sign_count) == (NAME, 1)
    assert use(later(ana, hours=1), device).id == made.id
    assert (made.sign_count, made.last_used_at) == (2, NOW + timedelta(hours=1))
    session = ana.session
    assert attempts(session) == 0
    assert (events(session, "passkey:added"), events(session, "passkey:proved")) == (1, 2)
    assert mails(session, "passkey-added") == 1


def test_an_authenticator_that_never_counts_is_good_again_and_again(ana: Act):
    device = Authenticator(counts=False)
    first(ana, device)
    for _ in range(3):
        assert use(ana, device).sign_count == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"challenge": encode(b"another challenge of 32 bytes ..")},
        {"origin": "https://clientes.example.com"},
        {"origin": "http://clientes.example.co"},
        {"site": "example.co"},
        {"unverified": True},
        {"signature": b"no signature"},
    ],
    ids=["another challenge", "another origin", "another scheme", "another site", "person not verified", "not signed"],
)
def test_a_wrong_answer_proves_nothing_and_costs_an_attempt(ana: Act, odd: dict[str, Any]):
    device = Authenticator()
    made = first(ana, device)
    assert refusal_of(lambda: use(ana, device, **odd)) is Refusal.PASSKEY_WRONG
    session = ana.session
    assert attempts(session) == 1
    assert events(session, "passkey:refused") == 1
    assert made.sign_count == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"challenge": encode(b"another challenge of 32 bytes ..")},
        {"origin": "https://clientes.example.com"},
        {"site": "example.co"},
        {"unverified": True},
    ],
    ids=["another challenge", "another origin", "another site", "person not verified"],
)
def test_a_wrong_first_passkey_is_not_kept(ana: Act, odd: dict[str, Any]):
    assert refusal_of(lambda: first(ana, Authenticator(), **odd)) is Refusal.PASSKEY_WRONG
    assert not passkeys.list_live(ana)
    assert attempts(ana.session) == 1


def test_a_challenge_is_good_once_whatever_its_answer_was_worth(ana: Act):
    device = Authenticator()
    first(ana, device)
    asked = passkeys.ask(ana)
    answer = device.get(asked.options, origin=HERE)
    passkeys.prove(ana, answer=answer, then=kept)
    assert refusal_of(lambda: passkeys.prove(ana, answer=answer, then=kept)) is Refusal.PASSKEY_ASKED_AGAIN
    asked = passkeys.ask(ana)
    wrong = device.get(asked.options, origin="https://clientes.example.com")
    assert refusal_of(lambda: passkeys.prove(ana, answer=wrong, then=kept)) is Refusal.PASSKEY_WRONG
    right = device.get(asked.options, origin=HERE)
    assert refusal_of(lambda: passkeys.prove(ana, answer=right, then=kept)) is Refusal.PASSKEY_ASKED_AGAIN
    assert attempts(ana.session) == 1, "an answer to no question spends nothing"


def test_a_challenge_is_of_its_session_its_purpose_and_five_minutes(ana: Act, vault: Vault):
    device = Authenticator()
    first(ana, device)
    answer = device.get(passkeys.ask(ana).options, origin=HERE)
    elsewhere = Act.at(ana.session, signed_in(ana.session, vault), NOW)
    assert refusal_of(lambda: passkeys.prove(elsewhere, answer=answer, then=kept)) is Refusal.PASSKEY_ASKED_AGAIN
    assert refusal_of(lambda: passkeys.add(ana, answer=answer, name=NAME)) is Refusal.PASSKEY_ASKED_AGAIN
    late = later(ana, minutes=5)
    assert refusal_of(lambda: passkeys.prove(late, answer=answer, then=kept)) is Refusal.PASSKEY_ASKED_AGAIN
    assert passkeys.prove(later(ana, minutes=4), answer=answer, then=kept).name == NAME


def test_the_passkey_of_another_account_is_none_of_this_one(ana: Act, vault: Vault):
    theirs = Authenticator()
    first(ana, theirs)
    account(ana.session, vault, email="beto@example.com", name="Beto Gil")
    beto = Act.at(ana.session, signed_in(ana.session, vault, email="beto@example.com"), NOW)
    first(beto, Authenticator())
    assert refusal_of(lambda: use(beto, theirs)) is Refusal.PASSKEY_WRONG
    # Nor is a credential registered twice, by two accounts or by one.
    asked = passkeys.ask_further(beto, typed="", answer="", moments=[NOW])
    assert asked.ceremony == "get"
    passkeys.end(beto, public_id=passkeys.list_live(beto)[0].public_id)
    assert refusal_of(lambda: first(beto, theirs)) is Refusal.PASSKEY_WRONG


def test_a_count_that_goes_back_ends_the_passkey_with_its_devices_and_is_told(ana: Act):
    device = Authenticator()
    made = first(ana, device)
    user = ana.session.get_one(User, ana.actor.user_id)
    trusted_devices.trust(ana, user=user, browser=NAME, passkey_id=made.id)
    trusted_devices.trust(ana, user=user, browser="Firefox en Linux")
    ana.session.commit()
    assert refusal_of(lambda: use(ana, device, stands=True)) is Refusal.PASSKEY_WRONG
    session = ana.session
    assert not passkeys.list_live(ana)
    assert session.scalars(select(TrustedDevice.browser).where(TrustedDevice.ended_at.is_(None))).all() == [
        "Firefox en Linux"
    ]
    assert (mails(session, "passkey-copied"), events(session, "passkey:ended")) == (1, 1)
    assert attempts(session) == 1


def test_an_unsigned_count_ends_nothing(ana: Act):
    device = Authenticator()
    first(ana, device)
    assert refusal_of(lambda: use(ana, device, stands=True, signature=b"none")) is Refusal.PASSKEY_WRONG
    assert len(passkeys.list_live(ana)) == 1


@pytest.mark.parametrize(
    "answer",
    ["", "no JSON", "[]", "7", '"text"', "[" * 15_000, json.dumps({"id": "x" * 16_001})],
    ids=["empty", "no JSON", "a list", "a number", "a text", "deep", "huge"],
)
def test_what_is_no_answer_spends_nothing_and_leaves_the_question(ana: Act, answer: str):
    device = Authenticator()
    first(ana, device)
    asked = passkeys.ask(ana)
    assert refusal_of(lambda: passkeys.prove(ana, answer=answer, then=kept)) is Refusal.PASSKEY_UNREADABLE
    assert attempts(ana.session) == 0
    assert passkeys.prove(ana, answer=device.get(asked.options, origin=HERE), then=kept)


def _bent(answer: str, **parts: Any) -> str:
    whole = json.loads(answer)
    return json.dumps(whole | {"response": whole["response"] | parts})


ODD_BYTES = {
    "not base64": "ñ!",
    "empty": "",
    "no CBOR": encode(b"\xff" * 60),
    "a list of four thousand million": encode(b"\x9a\xff\xff\xff\xff"),
    "bytes of four thousand million": encode(b"\x5a\xff\xff\xff\xff"),
    "deep": encode(b"\x81" * 9_000),
    "deep JSON": encode(b"[" * 9_000),
    "a tag": encode(b"\xc2\x41\x00"),
}


@pytest.mark.parametrize("odd", ODD_BYTES.values(), ids=ODD_BYTES)
@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
def test_odd_bytes_in_a_first_passkey_are_a_wrong_answer(ana: Act, part: str, odd: str):
    answer = Authenticator().create(passkeys.ask(ana).options, origin=HERE)
    bent = _bent(answer, **{part: odd})
    assert refusal_of(lambda: passkeys.prove(ana, answer=bent, name=NAME, then=kept)) is Refusal.PASSKEY_WRONG


@pytest.mark.parametrize("odd", [*ODD_BYTES.values(), None, 7, {}], ids=[*ODD_BYTES, "none", "a number", "an object"])
@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
def test_odd_bytes_from_a_passkey_are_a_wrong_answer(ana: Act, part: str, odd: Any):
    device = Authenticator()
    first(ana, device)
    bent = _bent(device.get(passkeys.ask(ana).options, origin=HERE), **{part: odd})
    assert refusal_of(lambda: passkeys.prove(ana, answer=bent, then=kept)) is Refusal.PASSKEY_WRONG


def test_after_wrong_answers_the_right_one_waits_as_a_code_does(ana: Act):
    device = Authenticator()
    first(ana, device)
    for _ in range(5):
        refusal_of(lambda: use(ana, device, origin="https://clientes.example.com"))
    with pytest.raises(TooManyAttempts):
        use(ana, device)
    assert use(later(ana, minutes=1), device)


def test_the_questions_of_an_account_are_counted(ana: Act):
    for _ in range(PASSKEY_CHALLENGES):
        passkeys.ask(ana)
    with pytest.raises(TooManyAttempts):
        passkeys.ask(ana)
    assert passkeys.ask(later(ana, minutes=10))


def test_who_has_an_authenticator_alone_gives_its_code_before_a_passkey_is_made(ana: Act, vault: Vault):
    secret = enrolled(ana, vault)
    with pytest.raises(NotFound):
        passkeys.ask(ana)
    wrong = "000000"
    assert refusal_of(lambda: further(ana, typed=wrong)) is Refusal.SECOND_FACTOR_WRONG
    assert refusal_of(lambda: further(ana, typed="")) is Refusal.SECOND_FACTOR_FORMAT
    asked = further(ana, typed=second_factor.compute_code(secret, NOW))
    made = passkeys.add(ana, answer=Authenticator().create(asked.options, origin=HERE), name="Celular")
    assert [each.name for each in passkeys.list_live(ana)] == [made.name] == ["Celular"]


def enrolled(act: Act, vault: Vault) -> str:
    secret = second_factor.generate_secret()
    second_factor.enrol(vault=vault, user=act.session.get_one(User, act.actor.user_id), secret=secret)
    act.session.commit()
    return secret


def further(act: Act, *, typed: str = "", answer: str = "") -> passkeys.Asked:
    return passkeys.ask_further(act, typed=typed, answer=answer, moments=[act.now])


def test_a_first_passkey_that_was_asked_for_is_none_once_there_is_an_authenticator(ana: Act, vault: Vault):
    asked = passkeys.ask(ana)
    enrolled(ana, vault)
    answer = Authenticator().create(asked.options, origin=HERE)
    refused = refusal_of(lambda: passkeys.prove(ana, answer=answer, name=NAME, then=kept))
    assert refused is Refusal.PASSKEY_ASKED_AGAIN
    assert not passkeys.list_live(ana)


def test_a_further_passkey_is_made_only_after_one_that_is_there(ana: Act):
    device = Authenticator()
    first(ana, device)
    asked = further(ana)
    assert asked.ceremony == "get"
    made = Authenticator().create(passkeys_creation(asked.options), origin=HERE)
    assert refusal_of(lambda: passkeys.add(ana, answer=made, name="Otra")) is Refusal.PASSKEY_ASKED_AGAIN
    asked = further(ana, answer=device.get(further(ana).options, origin=HERE))
    assert asked.ceremony == "create"
    assert [decode(each["id"]) for each in asked.options["excludeCredentials"]] == [device.credential_id]
    passkeys.add(ana, answer=Authenticator().create(asked.options, origin=HERE), name="Otra")
    assert len(passkeys.list_live(ana)) == 2


def passkeys_creation(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a proof, taken for those of a creation by somebody who skips the proof."""
    return options | {"rp": {"id": options["rpId"]}}


def test_an_eleventh_passkey_is_refused(ana: Act):
    device = Authenticator(counts=False)
    first(ana, device)
    for number in range(passkeys.MOST - 1):
        asked = further(ana, answer=device.get(further(ana).options, origin=HERE))
        passkeys.add(ana, answer=Authenticator().create(asked.options, origin=HERE), name=str(number))
    assert refusal_of(lambda: further(ana)) is Refusal.PASSKEYS_ENOUGH


def test_an_ended_passkey_takes_its_devices_along_and_proves_no_more(ana: Act, vault: Vault):
    device = Authenticator()
    made = first(ana, device)
    user = ana.session.get_one(User, ana.actor.user_id)
    trusted_devices.trust(ana, user=user, browser=NAME, passkey_id=made.id)
    ana.session.commit()
    asked = passkeys.ask(ana)
    passkeys.end(ana, public_id=made.public_id)
    assert not trusted_devices.list_live(ana)
    answer = device.get(asked.options, origin=HERE)
    assert refusal_of(lambda: passkeys.prove(ana, answer=answer, then=kept)) is Refusal.PASSKEY_WRONG
    with pytest.raises(NotFound):
        passkeys.end(ana, public_id=made.public_id)
    assert (mails(ana.session, "passkey-ended"), events(ana.session, "passkey:ended")) == (1, 1)


def test_nobody_ends_the_passkey_of_somebody_else(ana: Act, vault: Vault):
    made = first(ana, Authenticator())
    account(ana.session, vault, email="beto@example.com", name="Beto Gil")
    beto = Act.at(ana.session, signed_in(ana.session, vault, email="beto@example.com"), NOW)
    with pytest.raises(NotFound):
        passkeys.end(beto, public_id=made.public_id)
    assert len(passkeys.list_live(ana)) == 1


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://clientes.example.co", Site("clientes.example.co", "https://clientes.example.co")),
        ("https://Clientes.Example.CO:443", Site("clientes.example.co", "https://clientes.example.co")),
        ("https://clientes.example.co:8443/", Site("clientes.example.co", "https://clientes.example.co:8443")),
        ("http://localhost:8000", Site("localhost", "http://localhost:8000")),
        ("https://señal.example.co", Site("xn--seal-hqa.example.co", "https://xn--seal-hqa.example.co")),
        ("http://clientes.example.co", None),
        ("http://127.0.0.1:8000", None),
        ("https://10.0.0.7", None),
        ("https://[::1]:8000", None),
    ],
)
def test_a_site_has_passkeys_where_browsers_allow_them(address: str, site: Site | None):
    assert site_of(address) == site


def test_no_passkey_is_asked_for_where_browsers_allow_none(ana: Act):
    ana.session.info[BASE_URL] = "http://127.0.0.1:8000"
    with pytest.raises(NotFound):
        passkeys.ask(ana)
