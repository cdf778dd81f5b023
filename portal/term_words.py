"""What the rules hold as figures, in the words of the pages: a template names the rule and never writes its figure.

Templates read them as ``terms.<name>``.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from flask import Flask

from . import errors, kept_work
from .domain.access import REPLACED_KEY_LIFE
from .domain.accounts import LINK_LIFE, LinkPurpose
from .domain.attempts import KNOWN_DEVICE_LIFE
from .domain.calendar import month_words
from .domain.estimates import PERIODS, SAME_WEEKDAYS, WEEKS_BACK
from .domain.gas_day import FIRST_GAS_DAY
from .domain.spans import few, span_words
from .domain.suggestions import RECORD_DAYS
from .services import account_views, deadlines, sessions, shift_notes
from .services.accounts import registration, second_factor
from .services.batches import MOST_DAYS
from .services.changes.visits import FIRST_LOOK_BACK
from .services.letters import blocks
from .services.letters.asking import SOON
from .services.nominations.rules import MEAN_DAYS
from .services.notices.reminders import SLOTS

TERMS = SimpleNamespace(
    account_view=span_words(account_views.OPEN_FOR),
    address_block=span_words(blocks.HOUR),
    awaiting=span_words(sessions.AWAITING_LIFE),
    calendar_ahead=f"{deadlines.DAYS_AHEAD} días",
    console_idle=span_words(sessions.CONSOLE_IDLE),
    estimate_days=few(SAME_WEEKDAYS),
    estimate_months=few(PERIODS),
    estimate_weeks=few(WEEKS_BACK),
    first_look_back=span_words(FIRST_LOOK_BACK),
    first_month=month_words(FIRST_GAS_DAY),
    first_day=f"{FIRST_GAS_DAY.date.day} de {month_words(FIRST_GAS_DAY)}",
    fresh=span_words(sessions.FRESH),
    invitation=span_words(LINK_LIFE[LinkPurpose.INVITE]),
    kept_work=span_words(kept_work.LIFE),
    keys_soon=span_words(SOON),
    known_device=span_words(KNOWN_DEVICE_LIFE),
    list_days=f"{MOST_DAYS} días",
    mails_again=span_words(registration.HOUR),
    mean=f"{MEAN_DAYS} días",
    note_days=f"{shift_notes.DAYS_AHEAD} días",
    record=f"{RECORD_DAYS} días",
    reminders=" y a las ".join(f"{hour:%H:%M}" for hour, _ in SLOTS),
    replaced_key=span_words(REPLACED_KEY_LIFE),
    reset=span_words(LINK_LIFE[LinkPurpose.RESET]),
    retry=span_words(timedelta(seconds=errors.RETRY_SECONDS)),
    session=span_words(sessions.LIFE),
    totp_step=span_words(timedelta(seconds=second_factor.STEP_SECONDS)),
    verification=span_words(LINK_LIFE[LinkPurpose.VERIFY]),
)


def init_app(app: Flask) -> None:
    """Give the terms to the templates."""
    app.jinja_env.globals["terms"] = TERMS
