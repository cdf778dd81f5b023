"""Portal de clientes no regulados: balance accounts and daily gas nominations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flask import Flask

    from .config import Settings


def _as_it_is(func: Callable[..., Any]) -> Callable[..., Any]:
    return func


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application; settings come from the environment unless given."""
    # Imported here: domain, models and services load without the web.
    from flask import Flask

    from . import reports
    from .blueprints import register_blueprints
    from .config import Settings
    from .services.ops import heartbeats
    from .services.store.vault import Vault
    from .web import (
        access,
        answers,
        assets,
        callers,
        compression,
        cookies,
        database,
        distributor,
        errors,
        filters,
        followings,
        frames,
        headers,
        kept_work,
        limits,
        logging,
        mail_console,
        metrics,
        output,
        point_rows,
        replica,
        traces,
        url_rules,
    )
    from .words import terms

    settings = settings or Settings.from_environment()
    vault = Vault(settings.pepper, folder=settings.instance, file=settings.pepper_file, clock=settings.clock)
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = url_rules.LateRule
    # No view or hook is a coroutine: Flask would look at each of them in every request.
    app.ensure_sync = _as_it_is  # type: ignore[method-assign]
    output.init_app(app)
    app.extensions["portal.settings"] = settings
    app.extensions["portal.vault"] = vault
    cookies.init_app(app, settings)
    limits.init_app(app, settings)
    logging.init_app(app)
    reports.begin(settings, heartbeats.read_version())
    compression.init_app(app)
    database.init_app(app, settings, vault)
    replica.init_app(app, settings, vault)
    metrics.init_app(app, settings)
    traces.init_app(app, settings)
    distributor.init_app(app)
    answers.init_app(app)
    access.init_app(app)
    callers.init_app(app)
    followings.init_app(app)
    kept_work.init_app(app)
    frames.init_app(app)
    errors.init_app(app)
    headers.init_app(app, settings)
    assets.init_app(app)
    filters.init_app(app)
    point_rows.init_app(app)
    terms.init_app(app)
    mail_console.init_app(app, settings)
    register_blueprints(app)
    return app
