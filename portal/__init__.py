"""Portal de clientes no regulados: balance accounts and daily gas nominations."""

from __future__ import annotations

from flask import Flask

from . import access, assets, database, errors, filters, headers, logging, mail_console, web
from .blueprints import register_blueprints
from .config import Settings
from .services.vault import Vault


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application, wired as this list reads; nothing happens at import."""
    settings = settings or Settings.from_environment()
    vault = Vault(settings.pepper)
    app = Flask(__name__)
    configure(app, settings)
    app.extensions["portal.settings"] = settings
    app.extensions["portal.vault"] = vault
    logging.init_app(app)
    database.init_app(app, settings, vault)
    web.init_app(app)
    access.init_app(app)
    errors.init_app(app)
    headers.init_app(app, settings)
    assets.init_app(app)
    filters.init_app(app)
    mail_console.init_app(app, settings)
    register_blueprints(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Set Flask's own options: cookies, limits, trusted hosts, the one proxy in front."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-portal" if settings.https else "portal",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_PARTS=50,
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.behind_proxy:
        from werkzeug.middleware.proxy_fix import ProxyFix

        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
