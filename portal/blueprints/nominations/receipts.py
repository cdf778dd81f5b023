"""Receipt of a signature: as a page, as a PDF, and as a link in the chain of its point."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue

from portal.domain.calls import METHOD_WORDS
from portal.domain.keys import print_code
from portal.domain.nominations import Channel
from portal.papers import qr_codes, receipt_paper
from portal.services import nominations
from portal.services.keys import grants
from portal.services.mail import receipt_mails
from portal.services.mail.receipt_mails import ReceiptMail
from portal.services.nominations.mails import name_kind
from portal.services.trace import receipts
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import PDF, give_file, page
from portal.web.url_rules import modality_of
from portal.words import mails as mail_words
from portal.words.nominations import RECEIPT_NOTES, WITHDRAWN, receipt_sign, replaced_words, withdrawn_words

from .history import asked_month
from .views import blueprint


@blueprint.get("/nominacion/comprobantes/<receipt>")
@open_to(Audience.NOMINATOR)
def receipt(receipt: str) -> ResponseReturnValue:
    """Show the receipt to its signer, or with the point's numeric key open."""
    nomination = nominations.get_receipt(act(), public_id=receipt)
    follows = nominations.get_follow_up(act(), nomination=nomination)
    mails = receipt_mails.list_of_nomination(act(), nomination=nomination)
    point, what = nomination.delivery_point, name_kind(nomination)
    code = receipts.seal(runtime.vault(), nomination=nomination)
    address = receipt_paper.check_address(nomination, code=code, base_url=runtime.settings().base_url)
    return page(
        "nominations/receipt.html",
        nomination=nomination,
        point=point,
        what=what,
        sign=receipt_sign(follows.standing, what),
        became=RECEIPT_NOTES[follows.standing],
        replaced_by=None if follows.replaced_by is None else replaced_words(follows.replaced_by),
        next_step=follows,
        withdrawn=WITHDRAWN,
        withdrawn_words=withdrawn_words(nomination, follows),
        code=print_code(code),
        check_address=address,
        qr=qr_codes.as_source(address),
        verified_words=METHOD_WORDS.get,
        way=mail_words.tell_way(
            mails,
            kind="close" if nomination.channel is Channel.STANDING_ORDER else "receipt",
            of_signer=nomination.call is None,
        ),
        mails=_rows_of(mails),
        mails_summary=mail_words.sum_up(mails) if mails else "",
        mails_open=mail_words.is_trouble(mails),
    )


def _rows_of(mails: Sequence[ReceiptMail]) -> list[tuple[str, str, str, str]]:
    """Return for each mail its kind, its recipient, its state in words and as a hook of the page."""
    return [
        (mail_words.name_kind(each), each.recipient, mail_words.tell_state(each, runtime.now()), each.state.value)
        for each in mails
    ]


@blueprint.get("/nominacion/comprobantes/<receipt>/comprobante.pdf")
@open_to(Audience.NOMINATOR)
def receipt_pdf(receipt: str) -> ResponseReturnValue:
    """Give the receipt as a file to keep."""
    nomination = nominations.get_receipt(act(), public_id=receipt)
    made = receipt_paper.as_pdf(act(), nomination=nomination)
    return give_file(made, PDF, name=receipt_paper.file_name(nomination))


@blueprint.get("/nominacion/<modality>/<point>/cadena")
@open_to(Audience.CUSTOMER)
def chain(modality: str, point: str) -> ResponseReturnValue:
    """Show the receipts of a month and whether each carries the hash of the one before."""
    session, now = database.current(), runtime.now()
    use_grants()
    found = grants.require_opened_point(act(), modality=modality_of(modality), public_id=point)
    asked = asked_month(now)
    return page(
        "nominations/chain.html",
        status=422 if asked.problem else 200,
        point=found,
        asked=asked,
        proof=receipts.prove_month(session, delivery_point_id=found.id, month=asked.month),
    )
