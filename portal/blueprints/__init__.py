"""One package a step of the customer's way, in its order, then the consoles."""

from __future__ import annotations

from flask import Flask

from . import (
    api,
    balances,
    batches,
    claims,
    colleagues,
    consumption,
    contacts,
    delivery_points,
    health,
    login,
    market,
    modalities,
    nominations,
    numeric_keys,
    staff,
    start,
    tokens,
    verification,
    web_keys,
)


def register_blueprints(app: Flask) -> None:
    """Bind every blueprint; their views carry whole URLs, as docs/flow.md lists them."""
    for step in (
        market,
        login,
        contacts,
        colleagues,
        start,
        modalities,
        web_keys,
        delivery_points,
        numeric_keys,
        balances,
        claims,
        consumption,
        nominations,
        batches,
        verification,
        staff,
        api,
        tokens,
        health,
    ):
        app.register_blueprint(step.blueprint)
