"""Portal of a test: one database, a clock that the test moves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import Flask

from portal import create_app
from portal.config import Settings
from portal.services.store.rotations import Secret
from portal.services.store.vault import Vault
from tests.factories import NOW

SECRET_KEY = Secret(b"a secret key that only the tests know, as long as needed")
PEPPER = b"a pepper that only the tests know, 32 bytes and more"


class MovableClock:
    """Shows ``now`` until the test sets another moment."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def serve(
    instance: Path,
    database_url: str,
    *,
    vault: Vault,
    clock: MovableClock,
    base_url: str,
    secret_key: Secret = SECRET_KEY,
) -> Flask:
    """The application on the test's database, with the tests' cheap vault."""
    settings = Settings(
        environment="development",
        instance=instance,
        database_url=database_url,
        secret_key=secret_key,
        pepper=Secret(PEPPER),
        base_url=base_url,
        trusted_hosts=(),
        smtp_url="smtp://127.0.0.1:25",
        clock=clock,
        behind_proxy=False,
    )
    app = create_app(settings)
    app.extensions["portal.vault"] = vault
    return app
