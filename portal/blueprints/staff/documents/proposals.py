"""A new version of a document, or a new document: its PDF, validity, changes and summary."""

from __future__ import annotations

from datetime import date

from flask import flash
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, ValidationError

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.calendar import day_words
from portal.domain.documents import BadSummary, DocumentKind, SummaryProblem, parse_summary, write_summary
from portal.domain.publications import PublicationState
from portal.services import market as market_service
from portal.services.files.cells import AS_TYPED_DAYS, BadCell, read_day_text
from portal.services.files.problems import Problem
from portal.services.market import LARGEST_PDF, Draft, Kept
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.limits import takes_files
from portal.web.uploaded import content_of, name_of
from portal.words.documents import DOCUMENT_WORDS, SUMMARY_PROBLEMS, WORDS
from portal.words.files import rule_words

# A file too large still reaches its form, which says how large it may be.
MOST_BYTES = 3 * LARGEST_PDF
# First and last day that a document may name; contracts and resolutions are older than the accounts.
EARLIEST, LATEST_YEARS = date(1990, 1, 1), 30


class VersionForm(TypedForm):
    """Version of a document that is there."""

    valid_from = StringField("Rige desde", validators=[DataRequired("Escriba desde qué día rige.")])
    valid_through = StringField("Rige hasta")
    file = FileField("PDF")
    changes = TextAreaField("Qué cambió")
    summary = TextAreaField("Resumen en palabras propias")
    first_day: date | None = None
    last_day: date | None = None

    def validate_summary(self, field: Field) -> None:
        """Tell with the other mistakes what is wrong with a line of the summary."""
        try:
            parse_summary(str(field.data or ""))
        except BadSummary as bad:
            raise ValidationError(_summary_words(bad.problem, bad.line, bad.said)) from None

    def validate_valid_from(self, field: Field) -> None:
        """Read the first day."""
        self.first_day = _read_day(str(field.data))

    def validate_valid_through(self, field: Field) -> None:
        """Read the last day, where there is one."""
        self.last_day = _read_day(str(field.data)) if field.data else None


class DocumentForm(VersionForm):
    """First version of a new document, with its title and kind."""

    title = StringField("Título", validators=[DataRequired("Escriba el título del documento.")])
    kind = SelectField(
        "Clase",
        choices=[
            SelectChoice("", "Elija una"),
            *(SelectChoice(kind.value, DOCUMENT_WORDS[kind]) for kind in DocumentKind),
        ],
        validate_choice=False,
        validators=[AnyOf([kind.value for kind in DocumentKind], message="Elija qué clase de documento es.")],
    )


@blueprint.route("/consola/documentos/nuevo", methods=["GET", "POST"])
@takes_files(MOST_BYTES)
@open_to(Staff(Function.PROPOSE_DOCUMENTS))
def new_document() -> ResponseReturnValue:
    """Propose the first version of a new document."""
    form = DocumentForm()
    if form.validate_on_submit():
        proposed = _propose(form, None, DocumentKind(form.kind.data), str(form.title.data or ""))
        if proposed is not None:
            return go(".document_version", version=proposed)
    return page("staff/documents/version_form.html", form=form, document=None, largest=LARGEST_PDF)


@blueprint.route("/consola/documentos/<slug>/version", methods=["GET", "POST"])
@takes_files(MOST_BYTES)
@open_to(Staff(Function.PROPOSE_DOCUMENTS))
def new_document_version(slug: str) -> ResponseReturnValue:
    """Propose another version; the form begins with the summary of the last one that is published."""
    document = _find(slug)
    form = VersionForm()
    last = next((each for each in document.versions if each.state is PublicationState.PUBLISHED), None)
    if form.validate_on_submit():
        proposed = _propose(form, slug, None, "")
        if proposed is not None:
            return go(".document_version", version=proposed)
    elif not form.is_submitted() and last is not None and not form.summary.data:
        form.summary.data = write_summary(market_service.review_version(act(), version=last.public_id).points)
    return page("staff/documents/version_form.html", form=form, document=document, largest=LARGEST_PDF)


def _propose(form: VersionForm, slug: str | None, kind: DocumentKind | None, title: str) -> str | None:
    """Return the public id of the proposal; None where the form now says why there is none."""
    if form.first_day is None:
        return None
    sent = form.file.data
    draft = Draft(
        slug,
        kind,
        title,
        form.first_day,
        form.last_day,
        str(form.changes.data or ""),
        str(form.summary.data or ""),
        name_of(sent) if sent else "",
        content_of(sent) if sent else b"",
    )
    try:
        proposed = market_service.propose_version(act(), draft=draft)
    except Rejected as refused:
        if "first" in refused.facts:
            refused.facts["first"] = day_words(refused.facts["first"])
        if refused.refusal is Refusal.DOCUMENT_SUMMARY:
            refused.facts["words"] = _summary_words(**refused.facts)
        show_refusal(form, refused, WORDS)
        return None
    flash("La versión quedó propuesta: la publica o la rechaza otra persona.", "success")
    return proposed


def _summary_words(problem: SummaryProblem, line: int, said: str) -> str:
    shown = said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
    return SUMMARY_PROBLEMS[problem].format(line=line, said=shown)


# Characters of a line that an error repeats.
SHOWN = 60


def _find(slug: str) -> Kept:
    found = next((each for each in market_service.list_kept_documents(act()) if each.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def _read_day(typed: str) -> date:
    try:
        day = read_day_text(typed, AS_TYPED_DAYS).date
    except BadCell as bad:
        raise ValidationError(rule_words(Problem(bad.rule))) from None
    if not EARLIEST <= day <= date(runtime.now().year + LATEST_YEARS, 12, 31):
        raise ValidationError(f"Escriba un día entre {EARLIEST.year} y {runtime.now().year + LATEST_YEARS}.")
    return day
