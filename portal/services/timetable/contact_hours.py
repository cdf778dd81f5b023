"""Moment at which a message may leave, by its topic and the hours of contact (adr/0166)."""

from __future__ import annotations

from datetime import datetime

from portal.domain.contact_hours import find_next_moment
from portal.services.mail import Topic
from portal.services.store.acts import Act

from . import holidays

# Topics that can wait until people may be written to. All else leaves at once: what the customer's own act asked for
# (receipts, reminders and closes of days to nominate, what was authorised), and what is about the gas itself (cuts,
# contingencies). Those would also become untrue while they wait.
WAITING = frozenset({Topic.NOTICES})


def find_send_moment(act: Act, *, topic: Topic, before: datetime | None = None) -> datetime:
    """Return when a message of a topic may leave: now, or the next moment in the hours of contact (UTC).

    ``before`` is when what it tells of begins: one that begins while the message would wait leaves now.
    """
    if topic not in WAITING:
        return act.now
    found = find_next_moment(act.now, holidays.load_known(act.session))
    return act.now if before is not None and act.now < before <= found else found
