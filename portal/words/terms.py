"""Figures and sentences of the rules, in the words of the pages: a template names the rule, never its figure.

Templates read them as ``terms.<name>``.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from flask import Flask

from portal.domain.accounts import LINK_LIFE, LinkPurpose
from portal.domain.attempts import KNOWN_DEVICE_LIFE
from portal.domain.calendar import month_words
from portal.domain.calls import GRANT_FOR
from portal.domain.cases import ANSWER_WITHIN, APPEAL_WITHIN, RECOGNISE_WITHIN
from portal.domain.estimates import PERIODS, SAME_WEEKDAYS, WEEKS_BACK
from portal.domain.gas_day import FIRST_GAS_DAY
from portal.domain.keys import REPLACED_KEY_LIFE, SIGNED_ALL_THE_SAME
from portal.domain.nominations import MEAN_DAYS
from portal.domain.spans import few, span_words
from portal.domain.suggestions import RECENT_DAYS, RECORD_DAYS
from portal.services.calls import supervision
from portal.services.keys.letters import blocks
from portal.services.keys.letters.requests import SOON
from portal.services.keys.visits import FIRST_LOOK_BACK
from portal.services.mail import delivery
from portal.services.nominations.batches import MOST_DAYS
from portal.services.nominations.reminders import LAST_CALL, SLOTS
from portal.services.ops import shift_notes
from portal.services.people import account_views, sessions
from portal.services.people.accounts import registration, second_factor, trusted_devices
from portal.services.timetable import deadlines
from portal.web import errors, kept_work
from portal.web import trusted_devices as web_devices

TERMS = SimpleNamespace(
    account_view=span_words(account_views.OPEN_FOR),
    address_block=span_words(blocks.HOUR),
    awaiting=span_words(sessions.AWAITING_LIFE),
    appeal=f"{few(APPEAL_WITHIN)} días",
    case_answer=f"{ANSWER_WITHIN} días hábiles",
    case_recognition=span_words(RECOGNISE_WITHIN),
    calls_reviewed=span_words(supervision.LOOKS_BACK),
    calls_one_in=supervision.ONE_IN,
    call_grant=span_words(GRANT_FOR),
    calendar_ahead=f"{deadlines.DAYS_AHEAD} días",
    console_idle=span_words(sessions.CONSOLE_IDLE),
    estimate_days=few(SAME_WEEKDAYS),
    estimate_months=few(PERIODS),
    estimate_weeks=few(WEEKS_BACK),
    first_look_back=span_words(FIRST_LOOK_BACK),
    first_month=month_words(FIRST_GAS_DAY),
    first_day=f"{FIRST_GAS_DAY.date.day} de {month_words(FIRST_GAS_DAY)}",
    fresh=span_words(sessions.FRESH),
    gateway_grace=span_words(delivery.GATEWAY_GRACE),
    invitation=span_words(LINK_LIFE[LinkPurpose.INVITE]),
    kept_work=span_words(kept_work.LIFE),
    last_seen=span_words(web_devices.LAST_SEEN_LIFE),
    keys_soon=span_words(SOON),
    known_device=span_words(KNOWN_DEVICE_LIFE),
    list_days=f"{MOST_DAYS} días",
    mails_again=span_words(registration.HOUR),
    last_call=span_words(LAST_CALL),
    mean=f"{MEAN_DAYS} días",
    note_days=f"{shift_notes.DAYS_AHEAD} días",
    recent=f"{RECENT_DAYS} días",
    record=f"{RECORD_DAYS} días",
    reminders=" y a las ".join(f"{hour:%H:%M}" for hour, _ in SLOTS),
    replaced_key=span_words(REPLACED_KEY_LIFE),
    reset=span_words(LINK_LIFE[LinkPurpose.RESET]),
    retry=span_words(timedelta(seconds=errors.RETRY_SECONDS)),
    session=span_words(sessions.LIFE),
    signed_all_the_same=SIGNED_ALL_THE_SAME,
    totp_step=span_words(timedelta(seconds=second_factor.STEP_SECONDS)),
    trusted_device=span_words(trusted_devices.LIFE),
    verification=span_words(LINK_LIFE[LinkPurpose.VERIFY]),
)


def init_app(app: Flask) -> None:
    """Make the terms available to the templates."""
    app.jinja_env.globals["terms"] = TERMS
