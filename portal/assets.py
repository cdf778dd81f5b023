"""Addresses of static files that change when the file does."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask


def init_app(app: Flask) -> None:
    """Give templates ``asset("css/portal.css")``: the address with a hash of the content."""
    folder = Path(app.static_folder or "")

    @cache
    def asset(name: str) -> str:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
        return f"{app.static_url_path}/{name}?v={digest}"

    app.jinja_env.globals["asset"] = asset
