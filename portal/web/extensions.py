"""Extensions, created here and bound to the application in ``create_app``."""

from __future__ import annotations

from flask_htmx import HTMX
from flask_login import LoginManager

from .form_tokens import MaskedTokens

csrf = MaskedTokens()
login_manager = LoginManager()
htmx = HTMX()
