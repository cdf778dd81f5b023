"""Ceremonies of passkeys: what a browser is asked for, and what its answer proves (W3C WebAuthn, level 2).

The library takes 8 MB and a tenth of a second of CPU, so it is loaded by the first press of the button (adr/0177).
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import structlog

from portal.services.store.refusals import Refusal, Rejected

# An answer of an authenticator without attestation takes less than 2 kB.
MOST_CHARACTERS = 16_000
USUAL_PORTS = {"http": 80, "https": 443}
Proved = TypeVar("Proved")
log = structlog.get_logger(__name__)


class Site(NamedTuple):
    """Site of passkeys: the host name that they belong to, and the only origin from which they are used."""

    host: str
    origin: str


class Created(NamedTuple):
    """New credential: its name for the authenticator, its public key (COSE), its first count of uses."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def site_of(base_url: str) -> Site | None:
    """Return the site whose passkeys are used at this public address of the portal.

    None where browsers allow none: an address of numbers instead of a name, or plain http elsewhere than on localhost.
    """
    parts = urlsplit(base_url)
    try:
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:
        return None
    is_local = host == "localhost" or host.endswith(".localhost")
    if not host or _is_number(host) or not (parts.scheme == "https" or is_local):
        return None
    place = "" if port is None or port == USUAL_PORTS[parts.scheme] else f":{port}"
    return Site(host, f"{parts.scheme}://{host}{place}")


def read_answer(text: str) -> dict[str, Any]:
    """Return the answer of a browser, which JavaScript sent as JSON; refuses (``Rejected``) what is none."""
    try:
        answer = json.loads(text) if len(text) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Rejected(Refusal.PASSKEY_UNREADABLE)
    return answer


def build_creation_options(
    site: Site,
    *,
    challenge: bytes,
    handle: str,
    email: str,
    name: str,
    distributor: str,
    known: Sequence[bytes],
    milliseconds: int,
) -> dict[str, Any]:
    """Return the options of ``navigator.credentials.create`` as JSON has them.

    ``handle`` names the account without telling who it is; ``known`` are its credentials, of which none is made twice.
    """
    import webauthn
    from webauthn.helpers import structs
    from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm

    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=f"Portal {distributor}",
        user_id=handle.encode(),
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=milliseconds,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        # Telephones and computers, older ones of Windows, security keys.
        supported_pub_key_algs=[
            Algorithm.ECDSA_SHA_256,
            Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
            Algorithm.EDDSA,
        ],
    )
    return _as_json(options)


def build_request_options(site: Site, *, challenge: bytes, known: Sequence[bytes], milliseconds: int) -> dict[str, Any]:
    """Return the options of ``navigator.credentials.get`` for one of the ``known`` credentials, as JSON has them."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=milliseconds,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def verify_creation(site: Site, *, challenge: bytes, answer: dict[str, Any]) -> Created | None:
    """Return the credential that an answer creates at this site for this challenge; None for any other answer."""
    import webauthn

    made = _verified(
        lambda: webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    )
    return None if made is None else Created(made.credential_id, made.credential_public_key, made.sign_count)


def verify_use(site: Site, *, challenge: bytes, answer: dict[str, Any], public_key: bytes) -> int | None:
    """Return the count of uses in an answer signed by this key for this site and challenge; None for any other.

    The count is compared by the caller: only a signed one says anything of a copy.
    """
    import webauthn

    used = _verified(
        lambda: webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    return None if used is None else used.new_sign_count


def credential_of(answer: dict[str, Any]) -> bytes:
    """Return the credential that an answer names, empty when it names none."""
    from webauthn import base64url_to_bytes

    found = _verified(lambda: base64url_to_bytes(str(answer.get("id", ""))))
    return found or b""


def _verified(verify: Callable[[], Proved]) -> Proved | None:
    try:
        return verify()
    # On bytes that no authenticator sends, the parsers raise more than the library's own errors.
    except Exception as error:
        log.info("passkeys.refused", reason=f"{type(error).__name__}: {error}"[:200])
        return None


def _as_json(options: Any) -> dict[str, Any]:
    from webauthn import options_to_json

    shaped: dict[str, Any] = json.loads(options_to_json(options))
    return shaped


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
