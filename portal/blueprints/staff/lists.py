"""Long lists of the consoles: the filters that a person used last (adr/0138)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import request, url_for
from flask import session as cookie

from portal.blueprints.staff.views import blueprint
from portal.services.store import point_search
from portal.web import database, listed
from portal.web.listed import LONGEST_SEARCH, Listed

# In the cookie, by endpoint; the sign-out clears it.
REMEMBERED = "lists"
MOST_REMEMBERED, LONGEST_REMEMBERED = 8, 200


def points_named(text: str) -> frozenset[str] | None:
    """Return the public ids of the points that match a text, None (all of them) for a blank one."""
    return point_search.find_ids(database.current(), text=text) if text.strip() else None


def read(
    endpoint: str,
    *,
    place: int = 1,
    filters: Collection[str] = ("q",),
    choices: Mapping[str, Collection[str]] | None = None,
    always: Mapping[str, Any] | None = None,
    longest: int = LONGEST_SEARCH,
) -> Listed:
    """Return what the request asks of a list as ``listed.read``, and remember its filters."""
    found = listed.read(endpoint, place=place, filters=filters, choices=choices, always=always, longest=longest)
    remember(found)
    return found


def remember(asked: Listed) -> None:
    """Keep the filters of a list in the cookie until the person signs out: for the links that lead to it again.

    No row is written by reading. Only a whole list forgets what was remembered.
    """
    if request.method != "GET":
        return
    before: dict[str, dict[str, str]] = cookie.get(REMEMBERED, {})
    kept = asked.kept
    if before.get(asked.endpoint, {}) == kept or sum(map(len, kept.values())) > LONGEST_REMEMBERED:
        return
    others = {endpoint: filters for endpoint, filters in before.items() if endpoint != asked.endpoint}
    # The newest last: the oldest goes first.
    cookie[REMEMBERED] = dict([*others.items(), *([(asked.endpoint, kept)] if kept else [])][-MOST_REMEMBERED:])


@blueprint.app_template_global()
def last_url(endpoint: str) -> str:
    """Return the address of a list as this person left it: with the filters of the last time in this session."""
    return url_for(endpoint, **remembered(endpoint))


def remembered(endpoint: str) -> dict[str, Any]:
    """Return the filters that this person used last in a list; none in another session."""
    kept: dict[str, Any] = cookie.get(REMEMBERED, {}).get(endpoint, {})
    return kept
