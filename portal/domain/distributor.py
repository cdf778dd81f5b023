"""Distributor of a portal: names, numbers and colours, and the checks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum

from .codes import BadNit, normalise_nit
from .telephones import COUNTRY_CODE, dial

# WCAG 2.2 AA: least contrast of text with its background, and of marks and edges.
WORDS_CONTRAST, MARKS_CONTRAST = 4.5, 3.0
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SERIES = re.compile(r"[A-Z]{1,6}")
_TOKEN_PREFIX = re.compile(r"[a-z][a-z0-9]{1,15}_")
_WEBSITE = re.compile(r"https://[a-z0-9][a-z0-9.-]*\.[a-z]{2,}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[a-z0-9.-]+\.[a-z]{2,}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+")


class DistributorProblem(StrEnum):
    """Reason why a distributor is refused."""

    MISSING = "missing"
    TOO_LONG = "too-long"
    NOT_ONE_LINE = "not-one-line"
    BAD_NIT = "bad-nit"
    BAD_TELEPHONE = "bad-telephone"
    BAD_WEBSITE = "bad-website"
    BAD_EMAIL = "bad-email"
    BAD_SERIES = "bad-series"
    SAME_SERIES = "same-series"
    BAD_TOKEN_PREFIX = "bad-token-prefix"  # noqa: S105
    BAD_COLOUR = "bad-colour"
    LOW_CONTRAST = "low-contrast"


class BadDistributor(ValueError):
    """A field does not fit; ``field`` names it, ``problem`` says why, ``ratio`` is a contrast that is too low."""

    def __init__(self, field: str, problem: DistributorProblem, ratio: float | None = None) -> None:
        super().__init__(f"{field}: {problem.value}")
        self.field, self.problem, self.ratio = field, problem, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Brand colours as ``#rrggbb``: three for each theme."""

    brand: str = "#0b4f8a"
    brand_strong: str = "#083b68"
    brand_tint: str = "#e9f1f8"
    dark_brand: str = "#7db8ec"
    dark_brand_strong: str = "#a9d1f5"
    dark_brand_tint: str = "#16293a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributor:
    """Distributor of gas, as its pages, mails and papers name it.

    ``name`` is used in sentences, ``legal_name`` in signatures. ``address`` is a street, without the town; people write
    to ``privacy_email`` about their personal data. The three series begin the yearly numbers of nominations, cases
    (PQR) and statements (``N-2026-000123``); ``token_prefix`` begins API tokens. ``guessable`` are further words that
    passwords must not be.
    """

    name: str
    legal_name: str
    nit: str
    telephone: str
    emergency_line: str
    address: str
    city: str
    department: str
    website: str
    privacy_email: str
    nomination_series: str
    case_series: str
    statement_series: str
    token_prefix: str
    guessable: tuple[str, ...] = ()
    colours: Colours = Colours()

    @property
    def dialled(self) -> str:
        """Telephone number for links, with the country code; empty without one."""
        return dial(self.telephone)

    @property
    def emergency_number(self) -> str:
        """Short number of the emergency line, its first part."""
        found = _DIGITS.search(self.emergency_line)
        return found[0] if found else ""

    @property
    def place(self) -> str:
        """Address of the office: street, town and department."""
        return ", ".join([part for part in (self.address, self.city, self.department) if part])

    @property
    def place_within(self) -> str:
        """``place`` for the inside of a sentence."""
        return self.place[:1].lower() + self.place[1:]

    @property
    def host(self) -> str:
        """Host name of its site, as people type it."""
        return self.website.removeprefix("https://")

    @property
    def password_words(self) -> tuple[str, ...]:
        """Words that make a password guessable."""
        return (self.name, self.city, self.department, *self.guessable)


# Before the first successful read: true of every distributor of the country.
UNKNOWN = Distributor(
    name="el distribuidor",
    legal_name="Portal de clientes no regulados",
    nit="",
    telephone="que está impreso en sus cartas",
    emergency_line="164",
    address="",
    city="",
    department="",
    website="",
    privacy_email="",
    nomination_series="N",
    case_series="PQR",
    statement_series="CB",
    token_prefix="portal_",  # noqa: S106
)

# Longest text of each field in characters, as its column stores it.
LONGEST = {
    "name": 40,
    "legal_name": 80,
    "nit": 12,
    "telephone": 30,
    "emergency_line": 40,
    "address": 120,
    "city": 40,
    "department": 40,
    "website": 80,
    "privacy_email": 100,
    "nomination_series": 6,
    "case_series": 6,
    "statement_series": 6,
    "token_prefix": 17,
    "guessable": 200,
}
SERIES = ("nomination_series", "case_series", "statement_series")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that style sheets combine with the brand's: tokens of css/tokens.css, compared by a test.

    ``on_header`` and ``mark`` only where the brand's colour is the header's.
    """

    papers: tuple[str, ...]
    inks: tuple[str, ...]
    on_brand: str
    on_header: str | None = None
    mark: str | None = None


LIGHT = Theme(
    papers=("#ffffff", "#ffffff", "#f4f7f9", "#f1f5f8"),
    inks=("#14212b", "#4a5b66", "#176339", "#a3211c"),
    on_brand="#ffffff",
    on_header="#ffffff",
    mark="#ffb48c",
)
DARK = Theme(
    papers=("#101820", "#18232d", "#101820", "#1e2b36"),
    inks=("#e8eef2", "#a9b8c2", "#7fd3a2", "#ff9d97"),
    on_brand="#101820",
)


def check_fields(distributor: Distributor) -> Distributor:
    """Return the distributor when every field fits; raises ``BadDistributor`` for the first that does not."""
    for name, longest in LONGEST.items():
        _check_text(name, _text_of(distributor, name), longest)
    _check_forms(distributor)
    check_colours(distributor.colours)
    return distributor


def _text_of(distributor: Distributor, name: str) -> str:
    value: str | tuple[str, ...] = getattr(distributor, name)
    return value if isinstance(value, str) else " ".join(value)


def _check_text(name: str, text: str, longest: int) -> None:
    if not text.strip() and name != "guessable":
        raise BadDistributor(name, DistributorProblem.MISSING)
    if len(text) > longest:
        raise BadDistributor(name, DistributorProblem.TOO_LONG)
    if not text.isprintable() or text != " ".join(text.split()):
        raise BadDistributor(name, DistributorProblem.NOT_ONE_LINE)


def _check_forms(distributor: Distributor) -> None:
    if not _is_nit(distributor.nit):
        raise BadDistributor("nit", DistributorProblem.BAD_NIT)
    # A national number has ten digits since 2021, the short emergency number three.
    if not distributor.dialled.startswith(COUNTRY_CODE) or len(distributor.dialled) != len(COUNTRY_CODE) + 10:
        raise BadDistributor("telephone", DistributorProblem.BAD_TELEPHONE)
    if len(distributor.emergency_number) < 3:
        raise BadDistributor("emergency_line", DistributorProblem.BAD_TELEPHONE)
    if not _WEBSITE.fullmatch(distributor.website):
        raise BadDistributor("website", DistributorProblem.BAD_WEBSITE)
    if not _EMAIL.fullmatch(distributor.privacy_email):
        raise BadDistributor("privacy_email", DistributorProblem.BAD_EMAIL)
    _check_series(distributor)
    if not _TOKEN_PREFIX.fullmatch(distributor.token_prefix):
        raise BadDistributor("token_prefix", DistributorProblem.BAD_TOKEN_PREFIX)


def _is_nit(text: str) -> bool:
    try:
        return normalise_nit(text) == text
    except BadNit:
        return False


def _check_series(distributor: Distributor) -> None:
    seen: set[str] = set()
    for name in SERIES:
        series = getattr(distributor, name)
        if not _SERIES.fullmatch(series):
            raise BadDistributor(name, DistributorProblem.BAD_SERIES)
        if series in seen:
            raise BadDistributor(name, DistributorProblem.SAME_SERIES)
        seen.add(series)


def check_colours(colours: Colours) -> None:
    """Raise ``BadDistributor`` for the first colour that is none or has too little contrast."""
    for each in fields(colours):
        if not _COLOUR.fullmatch(getattr(colours, each.name)):
            raise BadDistributor(each.name, DistributorProblem.BAD_COLOUR)
    for name, one, other, least in _pairs(colours):
        ratio = compute_contrast(one, other)
        if ratio < least:
            raise BadDistributor(name, DistributorProblem.LOW_CONTRAST, ratio)


def _pairs(colours: Colours) -> Iterator[tuple[str, str, str, float]]:
    """Yield the combinations: the field that decides, both colours, the least contrast."""
    for prefix, theme in (("", LIGHT), ("dark_", DARK)):
        names = [f"{prefix}{name}" for name in ("brand", "brand_strong", "brand_tint")]
        brand, strong, tint = [getattr(colours, name) for name in names]
        for name, colour in zip(names[:2], (brand, strong), strict=True):
            for paper in theme.papers:
                yield name, colour, paper, WORDS_CONTRAST
            yield name, theme.on_brand, colour, WORDS_CONTRAST
        for ink in (*theme.inks, brand):
            yield names[2], ink, tint, WORDS_CONTRAST
        if theme.on_header is not None:
            yield names[0], theme.on_header, brand, WORDS_CONTRAST
        if theme.mark is not None:
            yield names[0], theme.mark, brand, MARKS_CONTRAST


def compute_contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2, "relative luminance")."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
