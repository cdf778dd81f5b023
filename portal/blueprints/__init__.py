"""Views: one package per step of the customer's way, in its order, then the consoles."""

from __future__ import annotations

from flask import Flask

from . import (
    api,
    balances,
    batches,
    calls,
    claims,
    colleagues,
    consumption,
    contacts,
    health,
    login,
    market,
    nominations,
    opening,
    pqr,
    practice,
    staff,
    start,
    tokens,
    verification,
)


def register_blueprints(app: Flask) -> None:
    """Bind every blueprint; views carry whole URLs, as docs/flow.md lists them."""
    for step in (
        market,
        login,
        contacts,
        colleagues,
        start,
        opening.modalities,
        opening.web_keys,
        opening.company_keys,
        opening.delivery_points,
        opening.numeric_keys,
        balances,
        claims,
        consumption,
        nominations,
        batches,
        verification,
        pqr,
        practice,
        calls,
        staff,
        api,
        tokens,
        health,
    ):
        app.register_blueprint(step.blueprint)
