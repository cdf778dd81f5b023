"""The calendar of closes: published under an address of its own, read back by the library that programs use."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

from icalendar import Calendar, Event
from sqlalchemy import select

from portal.domain.timetable import RequestKind
from portal.models import FeedToken, TimetableRow
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.customer import TOMORROW, Customer
from tests.factories import TODAY


def publish(customer: Customer) -> str:
    """Publish the calendar by its button; return the path of its address."""
    page = customer.open("/cuenta/calendario").form("/cuenta/calendario").submit()
    address = page.one("[data-field=address]").text
    assert address.startswith("http://localhost/calendario/")
    return urlsplit(address).path


def events(portal: RunningPortal, path: str) -> dict[str, Event]:
    """The events of a published calendar by their identity, without the name of the host."""
    answer = portal.app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    calendar = Calendar.from_ical(answer.data)
    return {str(event["uid"]).split("@")[0]: event for event in calendar.walk("VEVENT")}


def test_every_close_of_two_weeks_is_a_moment_in_the_calendar(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    found = events(portal, publish(customer))
    close = found[f"cierre-nominacion-gnv-suministro-{TOMORROW}"]
    assert close["dtstart"].dt == dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)
    assert found[f"cierre-renominacion-gnv-suministro-{TODAY}"]["dtstart"].dt.hour == 21
    assert f"cierre-nominacion-gnv-suministro-{TODAY.plus(14)}" in found
    assert f"cierre-nominacion-gnv-suministro-{TODAY.plus(15)}" not in found


def test_a_day_that_is_not_nominated_is_a_day_in_the_calendar_until_it_is(portal: RunningPortal, customer: Customer):
    customer.use_keys()
    path, missing = publish(customer), f"sin-nominar-gnv-suministro-{TOMORROW}"
    event = events(portal, path)[missing]
    assert event["dtstart"].dt == TOMORROW.date
    assert customer.way.point.name in str(event["summary"])
    assert len(events(portal, path)[f"cierre-nominacion-gnv-suministro-{TOMORROW}"].walk("VALARM")) == 1
    customer.nominate("12.500")
    after = events(portal, path)
    assert missing not in after
    assert not after[f"cierre-nominacion-gnv-suministro-{TOMORROW}"].walk("VALARM")


def test_a_close_that_was_moved_for_one_day_says_why(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    with portal.session() as session, transaction(session):
        session.add(
            TimetableRow(
                kind=RequestKind.NOMINATION,
                modality=customer.way.modality,
                opens_day=-31,
                opens_time=dt.time(0),
                closes_day=-1,
                closes_time=dt.time(15, 30),
                notice_hours=0,
                valid_from=TOMORROW,
                valid_until=TOMORROW.plus(1),
                reason="Falla del transportador",
                recorded_at=portal.clock.now,
            )
        )
    found = events(portal, publish(customer))
    moved = found[f"cierre-nominacion-gnv-suministro-{TOMORROW}"]
    assert moved["dtstart"].dt == dt.datetime(2026, 11, 23, 20, 30, tzinfo=dt.UTC)
    assert "Falla del transportador" in str(moved["description"])
    other = found[f"cierre-nominacion-gnv-suministro-{TOMORROW.plus(1)}"]
    assert other["dtstart"].dt.hour == 17
    assert "Falla" not in str(other["description"])


def test_no_quantity_and_no_key_is_in_the_calendar(portal: RunningPortal, customer: Customer):
    customer.use_keys()
    customer.nominate("12.543")
    text = portal.app.test_client().get(publish(customer)).text.replace("\r\n ", "")
    for secret in ("12543", "12.543", customer.way.numeric_key, customer.way.web_key):
        assert secret not in text
    with portal.session() as session:
        kept = session.scalars(select(FeedToken)).one()
    assert kept.token_hash.hex() not in text


def test_a_name_does_not_break_out_of_its_line(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys(of_point=False)
    with portal.session() as session, transaction(session):
        point = session.get_one(type(customer.way.point), customer.way.point.id)
        point.name = "EDS; Norte, \\ \r\nBEGIN:VEVENT\nñ" + "x" * 60
    found = events(portal, publish(customer))
    assert len([uid for uid in found if uid.startswith("sin-nominar")]) == 15


def test_a_new_address_ends_the_one_before_and_stopping_ends_both(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    client = portal.app.test_client()
    first = publish(customer)
    second = publish(customer)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    page = customer.open("/cuenta/calendario")
    assert second not in page.source
    assert "ninguno todavía" not in page.text, "its last use is shown"
    assert "ya no se publica" in page.form("/cuenta/calendario/dejar-de-publicar").submit().text
    gone = client.get(second)
    assert (gone.status_code, gone.data) == (404, client.get("/calendario/nada.ics").data)


def test_who_lost_the_contracts_publishes_an_empty_calendar(portal: RunningPortal, customer: Customer):
    assert events(portal, publish(customer)) == {}


def test_a_calendar_is_answered_sixty_times_an_hour_and_then_later(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    path, client = publish(customer), portal.app.test_client()
    assert {client.get(path).status_code for _ in range(60)} == {200}
    stopped = client.get(path)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "3600")
    portal.clock.forward(hours=1)
    assert client.get(path).status_code == 200


# RFC 5545 and 7986: the type that a property has when no VALUE says another.
TYPES = {
    "DTSTART": "DATE-TIME",
    "DTEND": "DATE-TIME",
    "DTSTAMP": "DATE-TIME",
    "TRIGGER": "DURATION",
    "REFRESH-INTERVAL": "",
}
SHAPES = {
    "DATE": r"\d{8}",
    "DATE-TIME": r"\d{8}T\d{6}Z?",
    "DURATION": r"[+-]?P(\d+W|(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?)",
}


def test_the_feed_keeps_to_the_standard_line_by_line(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    body = portal.app.test_client().get(publish(customer)).data
    lines = body.decode().removesuffix("\r\n").split("\r\n")
    assert not [line for line in lines if "\n" in line or len(line.encode()) > 75]
    whole = body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    assert (whole[0], whole[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    seen = set()
    for line in whole:
        head, value = re.fullmatch(r'((?:[^":]|"[^"]*")*?):(.*)', line).groups()
        name, *parameters = head.split(";")
        if name in TYPES:
            given = dict(each.split("=", 1) for each in parameters)
            kind = given.get("VALUE", TYPES[name])
            assert kind, f"{name} demands VALUE: {line}"
            assert re.fullmatch(SHAPES[kind], value), line
            seen.add(name)
    assert {"REFRESH-INTERVAL", "DTSTART", "DTSTAMP"} <= seen
