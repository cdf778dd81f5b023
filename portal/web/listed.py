"""Long lists: what an address asks of one, and its pages by place (adr/0138)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for

from portal.services.store.keyset import Place
from portal.web.forms import argument

LONGEST_SEARCH = 60
# Address parameter of the place after which a page begins.
AFTER = "despues"


@dataclass(slots=True)
class Listed:
    """Filters that the address of a list asks for, and the place after which the page begins.

    ``always`` are parameters that are no filters, such as a month; ``next`` is set once the rows are known.
    """

    endpoint: str
    filters: dict[str, str]
    always: Mapping[str, Any] = field(default_factory=dict)
    after: Place | None = None
    next: Place | None = None

    @property
    def text(self) -> str:
        """The words that are searched for."""
        return self.filters.get("q", "")

    @property
    def kept(self) -> dict[str, str]:
        """The filters in use."""
        return {name: value for name, value in self.filters.items() if value}

    @property
    def after_id(self) -> int | None:
        """The place of a list whose places have one number, None on its first page."""
        return self.after[0] if self.after else None

    def url(self, **changed: Any) -> str:
        """Return the address of the list with these filters and others, from its first page; an empty one goes."""
        given = {**self.always, **self.kept, **changed}
        return url_for(self.endpoint, **{name: value for name, value in given.items() if value})

    @property
    def here(self) -> str:
        """The address of this very page: forms are sent there, and a refusal shows the same rows."""
        return self.url(**{AFTER: write_place(self.after)}) if self.after else self.url()

    @property
    def query(self) -> str:
        """The question mark and what follows it in the address of this page, for a form that is sent elsewhere."""
        mark, query = self.here.partition("?")[1:]
        return mark + query

    @property
    def bare_url(self) -> str:
        """The address of the whole list, without any filter."""
        return url_for(self.endpoint, **self.always)

    @property
    def first_url(self) -> str | None:
        """The address of the first page; None on it."""
        return self.url() if self.after else None

    @property
    def next_url(self) -> str | None:
        """The address of the next page; None on the last."""
        return self.url(**{AFTER: write_place(self.next)}) if self.next else None


def read(
    endpoint: str,
    *,
    place: int = 1,
    filters: Collection[str] = ("q",),
    choices: Mapping[str, Collection[str]] | None = None,
    always: Mapping[str, Any] | None = None,
    longest: int = LONGEST_SEARCH,
) -> Listed:
    """Return what the request asks of a list.

    ``place`` is how many numbers a place of this list has; an invalid one is the first page. ``choices`` are the values
    of a filter; another one filters nothing.
    """
    known = choices or {}
    asked = {name: argument(name, longest=longest) for name in filters}
    asked |= {name: value if (value := request.args.get(name, "")) in values else "" for name, values in known.items()}
    return Listed(endpoint, asked, always or {}, read_place(request.args.get(AFTER, ""), numbers=place))


def read_place(text: str, *, numbers: int) -> Place | None:
    """Return the place that an address carries; None for none, and for one of another shape."""
    if not re.fullmatch(rf"[0-9]{{1,15}}(\.[0-9]{{1,15}}){{{numbers - 1}}}", text, re.ASCII):
        return None
    return tuple([int(each) for each in text.split(".")])


def write_place(place: Place) -> str:
    """Return a place as addresses carry it."""
    return ".".join([str(each) for each in place])
