"""The figures on the pages of rules and of security are those that the code applies."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from portal.domain import attempts, estimates, keys, nominations, passwords
from portal.domain.accounts import CONSOLE_ROLES, LINK_LIFE, LinkPurpose, Role
from portal.domain.keys import GRANT_IDLE, REPLACED_KEY_LIFE, UNUSED_KEY_LIFE
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Quantity, Unit, convert
from portal.domain.timetable import DEFAULT_WINDOWS, RequestKind
from portal.services.day_book.files import COLUMNS
from portal.services.files import workbook_child, workbook_files
from portal.services.files.sheet_tables import HISTORY, MAX_COLUMNS, UPLOAD
from portal.services.people import sessions
from portal.services.people.accounts import passkeys
from portal.services.store.vault import SLOT_WAIT_SECONDS
from tests.tariffs import MAY_2024

DOCS = Path(__file__).parents[2] / "docs"


def section(page: str, heading: str) -> str:
    """The text below a heading of a page, up to the next one of its kind."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables of a text, headers and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def figure(text: str) -> Decimal:
    """A figure as the pages print it: ``−1,520.82``."""
    return Decimal(text.replace(",", "").replace("−", "-"))


def says(text: str, *words: str) -> None:
    """The text has each of these words, which are made of the code's own figures."""
    assert [each for each in words if not re.search(rf"(?<![\w.]){re.escape(each)}(?![\w.]\w)", text)] == []


def minutes(seconds: float) -> str:
    return f"{seconds / 60:g} min"


def test_the_timetable():
    nomination, renomination = DEFAULT_WINDOWS
    assert (nomination.kind, renomination.kind) == (RequestKind.NOMINATION, RequestKind.RENOMINATION)
    text = section("rules.md", "Timetable")
    says(
        text,
        f"D−{-nomination.opens_day} {nomination.opens_time:%H:%M}",
        f"D−{-nomination.closes_day} {nomination.closes_time:%H:%M:%S}",
        f"D−{-renomination.opens_day}, after {renomination.opens_time:%H:%M:%S}",
        f"D {renomination.closes_time:%H:%M}",
        f"{renomination.notice_hours} h after arrival",
        f"| renominations of a point and gas day | {renomination.max_per_day} |",
    )


def test_the_tariffs_of_each_market():
    text = section("rules.md", "Tariffs of May 2024")
    printed = {row[0]: [figure(cell) for cell in row[1:]] for row in rows(text)[1:]}
    priced = {market.name: [market.transport, market.losses, market.fixed] for market in MAY_2024.markets}
    assert sorted(printed.values()) == sorted(priced.values())
    says(text, f"{MAY_2024.vehicular_distribution} pesos per m³")
    ranges = sum(len(market.ranges) for market in MAY_2024.markets)
    says(text, f"{len(MAY_2024.markets)} markets and {ranges} ranges")


def test_the_reasons_of_a_cut_and_the_factors():
    assert [row[0] for row in rows(section("rules.md", "Reasons of a cut"))[1:]] == [
        reason.value for reason in CutReason
    ]
    factors = nominations.FACTORS
    says(
        section("rules.md", "What blocks and what warns"),
        f"× {factors.unit_low} to × {factors.unit_high}",
        f"more than × {factors.far} or less than ÷ {factors.far}",
    )


def test_the_columns_of_the_day_book():
    assert f"`{'; '.join(COLUMNS)}`" in section("rules.md", "Day book")


def test_the_conversion_of_the_units():
    value = HeatingValue.of("1130")
    text = section("rules.md", "Units and heating value")
    mbtu = Decimal(re.search(r"1 m³ = ([\d.]+) MBTU", text)[1])  # type: ignore[index]
    m3 = Decimal(re.search(r"1 MBTU = ([\d.]+) m³", text)[1])  # type: ignore[index]
    one = {unit: Quantity.from_micro(10**6, unit) for unit in Unit}
    assert convert(one[Unit.M3], Unit.MBTU, value).micro == round(mbtu * 10**6)
    assert convert(one[Unit.MBTU], Unit.M3, value).micro == round(m3 * 10**6)


def test_the_estimates():
    words = {4: "four", 6: "six", 8: "eight", 24: "two years"}
    says(
        section("rules.md", "Gaps and estimates"),
        f"last {words[estimates.SAME_WEEKDAYS]} measured days",
        f"within {words[estimates.WEEKS_BACK]} weeks",
        f"last {words[estimates.PERIODS]} normal months within {words[estimates.MONTHS_BACK]}",
    )


def test_the_limits_of_attempts():
    text = section("security.md", "Attempts")
    waits = [int(attempts.pair_wait(wrong).total_seconds()) // 60 for wrong in range(5, 11)]
    says(
        text,
        f"{attempts.PAIR_FREE} free; then {', '.join(map(str, waits))} min",
        f"at {attempts.PAIR_BLOCK}: blocked",
        f"{attempts.POINT_DAY} a day, {attempts.POINT_VERSION} a version",
        f"{attempts.ACCOUNT_DAY} wrong keys a day",
        f"{attempts.ADDRESS_HOUR} an hour",
        f"more than {attempts.ALERT_HOUR} an hour",
    )


def test_the_limits_of_sign_in_and_of_forms():
    says(
        section("security.md", "Sign-in limits"),
        f"{attempts.SIGN_IN_ACCOUNT} in {minutes(attempts.SIGN_IN_ACCOUNT_PERIOD.total_seconds())}",
        f"{attempts.SIGN_IN_ADDRESS} a minute",
        f"cookie of {attempts.KNOWN_DEVICE_LIFE.days} days",
        f"{attempts.SECOND_FACTOR_DAY} a day",
        f"{attempts.PASSKEY_CHALLENGES} in {minutes(attempts.PASSKEY_CHALLENGES_PERIOD.total_seconds())} (`adr/0177`)",
        f"{attempts.OPEN_FORM} in {minutes(attempts.OPEN_FORM_PERIOD.total_seconds())}",
        f"{attempts.OPEN_FORMS['login.forgot']} for a reset",
        f"{attempts.OPEN_FORMS['login.register']} for a registration",
        f"{attempts.VERIFY_ADDRESS} in {minutes(attempts.VERIFY_ADDRESS_PERIOD.total_seconds())}",
        f"{attempts.API_TOKEN} a minute",
    )


def test_the_life_of_a_challenge_and_the_number_of_passkeys():
    text = section("security.md", "Passkeys")
    says(text, f"for {minutes(passkeys.CHALLENGE_LIFE.total_seconds())}")
    assert passkeys.MOST == 10
    says(text, "At most ten")


def test_the_lives_of_keys_links_and_sessions():
    says(section("security.md", "Keys"), f"after {UNUSED_KEY_LIFE.days} days", f"{REPLACED_KEY_LIFE.days} days at most")
    assert (keys.MOST_A_DAY, keys.MOST_A_MONTH, keys.MONTH.days) == (1, 4, 30)
    says(section("security.md", "Letters of keys"), "one letter a day and four in 30 days")
    says(section("security.md", "Grants"), f"after {minutes(GRANT_IDLE.total_seconds())}")
    hours = {purpose: life.total_seconds() / 3600 for purpose, life in LINK_LIFE.items()}
    says(
        section("security.md", "Links by mail"),
        f"Confirmation {hours[LinkPurpose.VERIFY]:g} h",
        f"reset {minutes(hours[LinkPurpose.RESET] * 3600)}",
        f"invitation {hours[LinkPurpose.INVITE]:g} h",
    )
    idle = {role: sessions.IDLE.get(role, sessions.CONSOLE_IDLE).total_seconds() for role in Role}
    assert {idle[role] for role in CONSOLE_ROLES} == {sessions.CONSOLE_IDLE.total_seconds()}
    says(
        section("security.md", "Sessions"),
        f"| idle | {minutes(idle[Role.CUSTOMER])} | {minutes(sessions.CONSOLE_IDLE.total_seconds())} |",
        f"| at most | {sessions.LIFE.total_seconds() / 3600:g} h |",
        f"good for {sessions.ROTATION_GRACE.seconds} s more",
    )


def test_the_limits_of_passwords_hashes_and_files():
    says(section("security.md", "Passwords"), f"{passwords.SHORTEST} to {passwords.LONGEST} characters")
    says(section("security.md", "Keys at rest"), f"longer than {SLOT_WAIT_SECONDS:g} s")
    mebi = 1024**2
    says(
        section("security.md", "Files"),
        f"{UPLOAD.bytes // mebi} MiB",
        f"{UPLOAD.rows:,} × {MAX_COLUMNS}",
        f"{workbook_files.MOST_UNPACKED // mebi} MiB in all, {workbook_files.MOST_RATIO} times",
        f"{workbook_child.SECONDS} s, {workbook_child.MEMORY // 1024**3} GiB",
        f"{HISTORY.bytes // 1024**3} GiB, {HISTORY.rows:,} rows",
    )
