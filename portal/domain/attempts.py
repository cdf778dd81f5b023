"""Limits and waits of attempts at keys and at sign-in; no clock, no table.

Source: docs/security.md, "Attempts", "Sign-in limits".
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

# Wrong keys of one pair (account, point, key version).
PAIR_FREE = 4
PAIR_BLOCK = 10
# Attempts on one point by pairs that never opened its present key version.
POINT_DAY = 20
POINT_VERSION = 100
# Wrong keys of one account; attempts from one address; attempts of everybody that raise an alert.
ACCOUNT_DAY = 20
ADDRESS_HOUR = 60
ALERT_HOUR = 200

# Sign-in, per account for unknown devices and per address. A known device has a budget of its own.
SIGN_IN_ACCOUNT = 10
SIGN_IN_ACCOUNT_PERIOD = timedelta(minutes=5)
SIGN_IN_ADDRESS = 20
SIGN_IN_ADDRESS_PERIOD = timedelta(minutes=1)
SIGN_IN_FREE = 3
# Receipts and statements verified from one address: enough for a notary's batch, too few to search for a code.
VERIFY_ADDRESS = 30
VERIFY_ADDRESS_PERIOD = timedelta(minutes=5)
# Anonymous forms from one address: enough for an office behind one address, too few for a flood of mails.
OPEN_FORM = 30
OPEN_FORMS = {"login.forgot": 15, "login.register": 20, "pqr.new": 20, "pqr.state": 20}
OPEN_FORM_PERIOD = timedelta(minutes=10)
# Requests with one API token.
API_TOKEN = 120
API_TOKEN_PERIOD = timedelta(minutes=1)
# A calendar program polls every few minutes at most.
FEED = 60
FEED_PERIOD = timedelta(hours=1)
KNOWN_DEVICE_LIFE = timedelta(days=180)
_SIGN_IN_LONGEST = timedelta(seconds=30)

# Second factor: the waits of a key, and this many codes a day for one account.
SECOND_FACTOR_DAY = 20
# Challenges made for the passkeys of one account: each is a press of a button.
PASSKEY_CHALLENGES = 30
PASSKEY_CHALLENGES_PERIOD = timedelta(minutes=10)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PairState:
    """Wrong keys in a row of a pair, and the moment of the last one."""

    consecutive: int = 0
    last_at: datetime | None = None

    @property
    def blocked(self) -> bool:
        """Ten wrong keys in a row; only a supervisor or a new key version unblocks."""
        return self.consecutive >= PAIR_BLOCK

    @property
    def free_at(self) -> datetime | None:
        """Moment from which the next attempt is taken; None when at once, or when the pair is blocked."""
        wait = pair_wait(self.consecutive)
        return self.last_at + wait if wait and self.last_at is not None else None

    def may_try(self, now: datetime) -> bool:
        """Tell whether an attempt at ``now`` is taken."""
        return not self.blocked and (self.free_at is None or now >= self.free_at)


def pair_wait(consecutive: int) -> timedelta:
    """Return how long a pair waits after its ``consecutive``-th wrong key in a row.

    Four are free; from the fifth on 1, 2, 4, 8, 16 and 32 minutes. From ten on the pair is blocked as well.
    """
    if consecutive <= PAIR_FREE:
        return timedelta()
    return _MINUTE * (1 << (min(consecutive, PAIR_BLOCK) - PAIR_FREE - 1))


def attempts_left(consecutive: int) -> int:
    """Return how many more wrong keys block the pair ("le quedan N intentos")."""
    return max(0, PAIR_BLOCK - consecutive)


def sign_in_wait(consecutive: int) -> timedelta:
    """Return the soft wait after wrong passwords in a row: none for three, then 1, 2, 4, 8, 16 and at most 30 s."""
    if consecutive <= SIGN_IN_FREE:
        return timedelta()
    return min(timedelta(seconds=1 << min(consecutive - SIGN_IN_FREE - 1, 5)), _SIGN_IN_LONGEST)


# A browser sends many requests from one address.
@lru_cache(maxsize=256)
def normalise_address(text: str) -> str:
    """Return the address that limits count: an IPv4 address itself, an IPv6 address by its /64.

    IPv4 written as IPv6 counts as IPv4; zone names are dropped. Raises ``ValueError`` when ``text`` is no address.
    """
    address = ipaddress.ip_address(text.strip().partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False).network_address)
        address = address.ipv4_mapped
    return str(address)
