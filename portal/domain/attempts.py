"""The policy of attempts at keys and at sign-in: numbers and waits, without a clock or a table.

Source: docs/security.md, "Attempts", "Sign-in limits".
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

# Wrong keys of one pair (account, point, key version).
PAIR_FREE = 4
PAIR_BLOCK = 10
# Attempts on one point by pairs that never opened the present version.
POINT_DAY = 20
POINT_VERSION = 100
# Wrong keys of one account; attempts from one address; attempts of everybody that raise an alert.
ACCOUNT_DAY = 20
ADDRESS_HOUR = 60
ALERT_HOUR = 200

# Sign-in: by account from devices not seen before, and by address. A known device has its own budget.
SIGN_IN_ACCOUNT = 10
SIGN_IN_ACCOUNT_PERIOD = timedelta(minutes=5)
SIGN_IN_ADDRESS = 20
SIGN_IN_ADDRESS_PERIOD = timedelta(minutes=1)
SIGN_IN_FREE = 3
# Papers verified from one address: a batch of a notary's passes, a search for a code does not.
VERIFY_ADDRESS = 30
VERIFY_ADDRESS_PERIOD = timedelta(minutes=5)
# Forms that ask for no account, from one address: an office behind one address passes, a flood of mails does not.
OPEN_FORM = 30
OPEN_FORMS = {"login.forgot": 15, "login.register": 20}
OPEN_FORM_PERIOD = timedelta(minutes=10)
# Requests with one token of the API.
API_TOKEN = 120
API_TOKEN_PERIOD = timedelta(minutes=1)
# A calendar program asks every few minutes at most.
FEED = 60
FEED_PERIOD = timedelta(hours=1)
KNOWN_DEVICE_LIFE = timedelta(days=180)
_SIGN_IN_LONGEST = timedelta(seconds=30)

# Codes of the second factor: waits as for a key, and as many a day of one account.
SECOND_FACTOR_DAY = 20

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PairState:
    """How many wrong keys in a row a pair has typed, and when the last one."""

    consecutive: int = 0
    last_at: datetime | None = None

    @property
    def blocked(self) -> bool:
        """Ten in a row: only a supervisor or a new key version ends it."""
        return self.consecutive >= PAIR_BLOCK

    @property
    def free_at(self) -> datetime | None:
        """The moment from which the next attempt is taken; None when at once. A block has no such moment."""
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
    """Return how many more wrong keys block the pair, for "le quedan N intentos"."""
    return max(0, PAIR_BLOCK - consecutive)


def sign_in_wait(consecutive: int) -> timedelta:
    """Return the soft wait after wrong passwords in a row: three are free, then 1, 2, 4, 8, 16 and at most 30 s."""
    if consecutive <= SIGN_IN_FREE:
        return timedelta()
    return min(timedelta(seconds=1 << min(consecutive - SIGN_IN_FREE - 1, 5)), _SIGN_IN_LONGEST)


def normalise_address(text: str) -> str:
    """Return the address that limits count: an IPv4 address itself, of an IPv6 address that of its /64.

    IPv4 written as IPv6 counts as IPv4; zone names are dropped. ``ValueError`` when ``text`` is no address.
    """
    address = ipaddress.ip_address(text.strip().partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False).network_address)
        address = address.ipv4_mapped
    return str(address)
