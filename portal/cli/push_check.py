"""Examination of web push, for the doctor: whether browsers can receive messages (adr/0176)."""

from __future__ import annotations

from collections.abc import Iterator

from portal.services.mail import push_subscriptions

from .findings import Finding, Health
from .installation import Portal


def examine(portal: Portal) -> Iterator[Finding]:
    """Yield whether there is a push key, and how many browsers receive; nothing is sent."""
    settings = portal.settings
    if settings.push_key is None:
        found = f"no push key ({settings.push_key_file}): no browser can receive messages"
        yield Finding("web push", Health.OK, found, ".venv/bin/portal secrets push-key, if it should")
        return
    if not settings.offline_page:
        found = "PORTAL_OFFLINE_PAGE=0: browsers have no service worker, and receive no messages"
        yield Finding("web push", Health.WARNING, found, "unset it, or take the push key away")
        return
    with portal.sessions() as session:
        count = push_subscriptions.count_live(session)
    found = f"{count} browsers receive messages, by {', '.join(settings.push_services)}"
    yield Finding("web push", Health.OK, found)
