"""Tomorrow's book of the demonstration: frozen once, one quantity cut and published, another only recorded."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.domain.authorisations import LineState
from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity, Unit
from portal.models import User
from portal.services.day_book.authorisations import Recorded
from portal.services.day_book.authorisations import write as record
from portal.services.day_book.lines import Line, list_lines
from portal.services.day_book.publications import publish_within
from portal.services.day_book.versions import freeze_within
from portal.services.store.acts import Act, Actor

from . import events
from .disputes import find_user

# Share of the asked quantity after the cut, per cent; in whole hundreds of m³ or tens of MBTU, as people write cuts.
GIVEN = 80
STEPS = {Unit.M3: 100 * 10**6, Unit.MBTU: 10 * 10**6}


def write(act: Act) -> dict[str, int]:
    """Freeze, cut and record, inside the caller's transaction, without mails; return the number of rows."""
    session = act.session
    day = GasDay.of(act.now).plus(1)
    user_id = find_user(session, Role.OPERATOR)
    operator = session.get_one(User, user_id)
    actor = Actor(user_id, operator.email, operator.name, operator.role, None, "", "cli")
    freeze_within(act.by(actor), user_id=user_id, gas_day=day)
    asked = [line for line in list_lines(session, gas_day=day) if line.asked is not None]
    cut = [_cut(line) for line in asked if line.point == events.CUT_AT]
    record(act, gas_day=day, recorded=cut, user_id=user_id)
    if cut:
        publish_within(act.by(actor), user_id=user_id, gas_day=day, shown=None)
    waiting = [line for line in asked if line.state is LineState.TO_AUTHORISE and line.point != events.CUT_AT]
    kept = [Recorded(line, line.asked, None) for line in waiting[:1] if line.asked is not None]
    record(act, gas_day=day, recorded=kept, user_id=user_id)
    return {"day_books": 1, "authorisation_drafts": len(kept)}


def _cut(line: Line) -> Recorded:
    step = STEPS[line.unit]
    given = (line.asked_micro or 0) * GIVEN // 100 // step * step
    return Recorded(line, Gas.of(Quantity(given, line.unit), line.heating_value), CutReason.PCC)
