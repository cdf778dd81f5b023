"""How often one network address may send a form that asks for no account: counted before the form is looked at.

Counted by form and address alone, so that the answer tells nothing of who is known here.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.attempts import OPEN_FORM, OPEN_FORM_PERIOD, OPEN_FORMS
from portal.services.store.acts import Act

from . import counters
from .refusals import TooManyAttempts
from .transactions import transaction

SCOPE = "open-form"


def charge(session: Session, *, form: str, address: str, now: datetime) -> None:
    """Count one sending of ``form`` (the name of its endpoint) from a network address; commits.

    ``TooManyAttempts``, uncounted, beyond what the form takes in ten minutes.
    """
    with transaction(session):
        counter = counters.locked(Act.of_system(session, now), scope=SCOPE, subject=f"{form} {address}")
        ends = counters.roll(counter, period=OPEN_FORM_PERIOD, now=now)
        if counter.count >= OPEN_FORMS.get(form, OPEN_FORM):
            raise TooManyAttempts(ends, open_form=True)
        counters.add(counter, now=now)
