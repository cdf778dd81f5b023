"""Examination of the portal's public name: whether browsers allow passkeys there, its proxy, its certificate."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, cast

from portal.clock import system_clock
from portal.services.people.accounts import passkeys

from .findings import Finding, Health
from .installation import Portal

PROXY_SECONDS = 5.0
CERTIFICATE_LEFT = timedelta(days=14)
# An address and a name that nobody has (RFC 5737, RFC 2606).
FORGED_ADDRESS, FORGED_HOST = "192.0.2.1", "forged.invalid"


def examine_passkeys(portal: Portal) -> Iterator[Finding]:
    """Tell whether customers may use passkeys at the portal's public address (adr/0177)."""
    address = portal.settings.base_url
    if passkeys.is_possible(address):
        yield Finding("passkeys", Health.OK, f"browsers allow them at {address}")
        return
    found = f"browsers allow none at {address}: customers remember a device by a code alone"
    yield Finding("passkeys", Health.WARNING, found, "set PORTAL_BASE_URL to https:// and a name, or to localhost")


def examine(host: str, port: int) -> Iterator[Finding]:
    """Ask the portal by its public name, as a visitor who forges the headers of a proxy."""
    trusted = ssl.create_default_context()
    connection = http.client.HTTPSConnection(host, port, timeout=PROXY_SECONDS, context=trusted)
    try:
        connection.request("GET", "/salud", headers={"X-Forwarded-For": FORGED_ADDRESS})
        certificate = cast("ssl.SSLSocket", connection.sock).getpeercert() or {}
        answer = connection.getresponse()
        answer.read()
        seen, status = answer.getheader("X-Portal-Client"), answer.status
        connection.request("GET", "/ingreso", headers={"X-Forwarded-Host": FORGED_HOST})
        named = connection.getresponse()
        named.read()
    finally:
        connection.close()
    sample = "take the lines with X-Forwarded of deploy/nginx/portal.conf or deploy/caddy/Caddyfile"
    if status != HTTPStatus.OK or seen is None:
        found = f"{host} answers {status}, and not as the portal: its proxy leads elsewhere, or to no server"
        yield Finding("proxy", Health.FAULT, found, "see the addresses in its file, and whether the servers run")
    elif seen == FORGED_ADDRESS:
        found = "X-Forwarded-For that a visitor writes is believed: limits and audit name false addresses"
        yield Finding("proxy", Health.FAULT, found, sample)
    elif named.status == HTTPStatus.BAD_REQUEST:
        yield Finding("proxy", Health.FAULT, "X-Forwarded-Host that a visitor writes reaches the portal", sample)
    else:
        yield Finding("proxy", Health.OK, f"{host} leads here; no header that a visitor forges is believed")
    yield from _certificate(certificate)


def _certificate(certificate: Mapping[str, Any]) -> Iterator[Finding]:
    ends = certificate.get("notAfter")
    if ends is None:
        return
    left = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - system_clock()
    if left < CERTIFICATE_LEFT:
        found = f"it ends in {left.days} days, on {ends}"
        yield Finding("certificate", Health.WARNING, found, "renew it: no browser opens the portal from then on")
    else:
        yield Finding("certificate", Health.OK, f"good until {ends}")
