"""Helpers for the pages of the wizard."""

from __future__ import annotations

from sqlalchemy import select

from portal.models import NominationDraft
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer

IN_WORDS = "martes 24 de noviembre de 2026"


def draft_in(portal: RunningPortal, page: Page) -> NominationDraft:
    """Return the stored draft of a wizard's page."""
    with portal.session() as session:
        return session.scalars(select(NominationDraft).where(NominationDraft.public_id == page.url.split("/")[3])).one()


def afternoon(portal: RunningPortal, customer: Customer, **later: float) -> Customer:
    """The same person after the close of nominations, with the contract open again."""
    portal.clock.forward(**(later or {"hours": 4}))
    back = portal.holder_of(customer.way)
    back.open_contract()
    return back


def refused(page: Page, words: str, field: str | None) -> None:
    """Assert that the words stand beside the field and in the summary that links to it."""
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert words in page.one("#resumen-errores").get_text(" ", strip=True)
    if field is None:
        return
    assert words in page.one(f"#{field}-error").get_text(" ", strip=True)
    assert str(page.one("#resumen-errores li a")["href"]).startswith(f"#{field}")
