"""Answers of views: page or fragment, refusals beside their field, safe redirects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from jinja2.runtime import Macro
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from portal.domain.cases import CHANNEL_WORDS, KIND_WORDS, OUTCOME_WORDS, STATE_WORDS
from portal.domain.counts import digits
from portal.domain.distributor import Distributor
from portal.services.store.refusals import Refusal, Rejected
from portal.words import audit, bindings, cases, upkeep

from . import consoles, followings, runtime
from .access import signed_in_visitor
from .distributor import current, last_read, refresh
from .extensions import htmx
from .shared_pages import compress

log = structlog.get_logger("portal.refusals")
Words = Mapping[Refusal, str]
CSV, PDF, ZIP = "text/csv; charset=utf-8", "application/pdf", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page(
    template: str, fragment: str | None = None, *, status: int = 200, into: str | None = None, **context: Any
) -> Response:
    """Answer with the whole page, or with its fragment when htmx asks for one; a form with errors answers 422.

    A boosted link gets the whole page, unless it aims at the element with the id ``into``.
    """
    refresh()
    followings.mark_keys(context)
    form = context.get("form")
    if status == 200 and form is not None and form.errors:
        status = 422
    shown = fragment if fragment and wants(fragment, into=into) else template
    response = make_response(render_template(shown, **context), status)
    response.vary.add("HX-Request")
    return response


def wants(fragment: str | None, *, into: str | None = None) -> bool:
    """Tell whether htmx asks for the fragment, if there is one, rather than for the whole page (``page``)."""
    if fragment is None or not htmx:
        return False
    boosted = htmx.boosted and (into is None or htmx.target != into)
    return not boosted and not htmx.history_restore_request


class NotChosen(BadRequest):
    """The form names no button, or none that the page has."""


def chosen(known: Collection[str], field: str = "accion", *, absent: str = "") -> str:
    """Return the member of ``known`` in the form's ``field``, or its default; raises ``NotChosen`` for another."""
    wanted = request.form.get(field, absent)
    if wanted not in known:
        raise NotChosen
    return wanted


def refusal_words(refused: Rejected, words: Words) -> str:
    """Return the Spanish sentence of a refusal, with grouped counts: "de 4.000 caracteres"."""
    counts = {
        name: digits(value)
        for name, value in refused.facts.items()
        if name in ("most", "length") and isinstance(value, int)
    }
    return words[refused.refusal].format(**refused.facts | counts, distributor=current())


def show_refusal(form: FlaskForm, refused: Rejected, words: Words) -> None:
    """Put the Spanish words of a refusal beside its field, or in the summary without one; log its name."""
    log.info("refused", refusal=refused.refusal.value, request_id=g.get("request_id"))
    text = refusal_words(refused, words)
    field = form._fields.get(refused.field) if refused.field else None
    if field is None:
        form.form_errors.append(text)
    else:
        field.errors = [*field.errors, text]


def safe_next(default: str) -> str:
    """Return ``?siguiente=`` when it is a path of this portal, else ``default``."""
    wanted = request.args.get("siguiente", "")
    return wanted if is_ours(wanted) else default


def is_ours(wanted: str) -> bool:
    """Tell whether an address from a request is a path of this portal."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return False
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return ours and "\\" not in wanted and wanted.isprintable()


def _always_there() -> dict[str, Any]:
    """Return the context of every template: the signed-in person, the moment of the request, the end of the session."""
    visitor, moment = signed_in_visitor(), runtime.now()
    return {
        "me": visitor,
        "now": moment,
        "session_ends": visitor.signed_in.ends_at(moment) if visitor else None,
    }


def _once(macro: Macro) -> str:
    """Return the output of a macro without arguments, rendered once: for markup that is the same on every page."""
    kept: dict[str, tuple[Distributor, str]] = current_app.extensions.setdefault("portal.once", {})
    found, distributor = kept.get(macro.name), last_read()
    # The markup names the distributor: rendered anew after a change.
    if found is None or found[0] is not distributor:
        found = kept[macro.name] = (distributor, macro())
    return found[1]


def _absolute(path: str) -> str:
    """Return the portal's public address of a path."""
    return runtime.settings().base_url + path


def go(endpoint: str, **values: Any) -> BaseResponse:
    """Redirect after a successful POST (303)."""
    return redirect(url_for(endpoint, **values), 303)


def ask_to_wait(answer: Response, until: datetime | None) -> Response:
    """Say on an answer from when its form is taken again, where that is known."""
    if until is not None:
        answer.headers["Retry-After"] = str(max(1, int((until - runtime.now()).total_seconds())))
    return answer


def give_file(content: bytes | Iterable[bytes], content_type: str, *, name: str) -> Response:
    """Answer with a file that the browser keeps under ``name``, and never shows inside of the portal."""
    answer = Response(content, content_type=content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def validated(answer: Response) -> BaseResponse:
    """Return an answer that is the same for everybody, compressed, with its validator; 304 to who has it already."""
    compress(answer)
    answer.add_etag()
    answer.headers["Cache-Control"] = "public, no-cache"
    return answer.make_conditional(request)


def init_app(app: Flask) -> None:
    """Bind htmx and the hook that turns a redirect into ``HX-Redirect``."""
    htmx.init_app(app)
    app.context_processor(_always_there)
    app.jinja_env.globals["once"] = _once
    app.jinja_env.globals["absolute"] = _absolute
    app.jinja_env.globals["console_pages"] = consoles.daily_pages_of
    app.jinja_env.filters |= {
        "event_words": audit.event_words,
        "detail_words": audit.detail_words,
        "value_words": audit.value_words,
        "channel_words": audit.channel_words,
        "chain_words": upkeep.chain_words,
        "binding_chip": bindings.BINDING_STATES.__getitem__,
        "case_kind": KIND_WORDS.__getitem__,
        "case_state": STATE_WORDS.__getitem__,
        "case_tone": cases.STATE_TONES.__getitem__,
        "outcome_words": OUTCOME_WORDS.__getitem__,
        "outcome_tone": cases.OUTCOME_TONES.__getitem__,
        "case_channel": CHANNEL_WORDS.__getitem__,
        "case_entry": cases.ENTRY_WORDS.__getitem__,
        "case_alarm": cases.alarm_words,
        "case_action": cases.ACTION_WORDS.__getitem__,
    }
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.after_request
    def redirect_htmx(response: Response) -> Response:
        if htmx and response.status_code in (301, 302, 303, 307, 308) and not htmx.boosted:
            response.headers["HX-Redirect"] = response.headers.pop("Location")
            response.status_code = 200
            response.set_data("")
        return response
