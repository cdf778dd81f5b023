"""Mails about published quantities: each cut, its end, and by choice what was authorised in full (adr/0165)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from urllib.parse import urlencode

from portal.domain.authorisations import CUT_WORDS, Origin
from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import Quantity, in_digits, in_digits_and_words, plain
from portal.domain.timetable import NoWindow, RequestKind, Window, find_window
from portal.models import Authorisation, DeliveryPoint
from portal.services import timetable
from portal.services.mail import contacts, short_messages
from portal.services.mail.contacts import Topic
from portal.services.mail.letters import Letter, post
from portal.services.mail.short_messages import Short
from portal.services.store.acts import Act

from .lines import Line

ALL_ASKED = "todo el gas que usted pidió"
ALL_BY_RULE = "completo lo que se nominó por usted al cierre"


def post_published(act: Act, *, published: Sequence[tuple[Line, Authorisation]], gas_day: GasDay) -> None:
    """Post the mails of a publication, inside the caller's transaction.

    A cut and its end are a mail for each point; what was authorised in full is one mail for each company. Each says of
    a day that nobody asked for that its quantity is the one of the rule at the close.
    """
    full = []
    for line, row in published:
        about = [] if line.nomination_id is None else [line.nomination_id]
        if row.cut_reason is not None:
            if line.asked is not None:
                asked = line.asked.in_unit(line.unit)
                post_cut(act, authorisation=row, asked=asked, by_rule=_is_by_rule(line), about=about)
        elif line.published is not None and line.published_cut is not None:
            cut_to = line.published.in_unit(line.unit)
            post_lifted(act, authorisation=row, cut_to=cut_to, by_rule=_is_by_rule(line), about=about)
        else:
            full.append((line, row))
    _post_full(act, lines=full, gas_day=gas_day)


def _is_by_rule(line: Line) -> bool:
    return line.origin is Origin.POLICY


def post_cut(
    act: Act, *, authorisation: Authorisation, asked: Quantity, by_rule: bool, about: Sequence[int] = ()
) -> None:
    """Mail the contacts who chose it that less was authorised than ``asked``, inside the caller's transaction.

    ``asked`` is the nominated quantity, in the unit of the point, that the rule at the close put there when
    ``by_rule``; ``about`` its nomination, whose receipt shows the mails. Posts nothing when there is no cut.
    """
    if authorisation.cut_reason is None:
        return
    point = act.session.get_one(DeliveryPoint, authorisation.delivery_point_id)
    given, day = authorisation.gas.in_unit(asked.unit), authorisation.gas_day
    letter = Letter(
        subject=f"Recorte a {in_digits(given)} para el {day_words(day.date)}: {point.name}",
        says=(_say_cut(day, asked=asked, given=given, by_rule=by_rule),),
        facts=(
            ("Punto de entrega", point.name),
            ("Se nominó por usted" if by_rule else "Pidió", in_digits_and_words(asked)),
            ("Se autorizó", in_digits_and_words(given)),
            ("Recorte", in_digits_and_words(asked - given)),
            ("Razón", f"{CUT_WORDS[authorisation.cut_reason]} ({authorisation.cut_reason.value})"),
        ),
        then=(_what_can_be_done(act, point=point, authorisation=authorisation, by_rule=by_rule),),
        link=_way_on(act, point=point, day=day, given=given),
    )
    recipients = contacts.list_addresses(act.session, company_id=point.contract.company_id, topic=Topic.CUTS)
    post(act, letter=letter, kind="cut", recipients=recipients, about=about)
    short_messages.post(
        act,
        topic=Topic.CUTS,
        kind="cut",
        companies={point.contract.company_id: about},
        short=Short(
            "Recorte",
            f"Hay un recorte para el {day_words(day.date)}. Vea cuánto se autorizó y qué puede hacer.",
            until=day.end,
            about=(point.public_id, day.isoformat()),
        ),
    )


def _say_cut(day: GasDay, *, asked: Quantity, given: Quantity, by_rule: bool) -> str:
    """Return the quantity that binds, and by how much it is less, in one sentence."""
    when = day_words(day.date)
    if not given.micro:
        whose = "al cierre se nominaron por usted" if by_rule else "usted pidió"
        return f"No se autorizó gas para el {when}: {whose} {in_digits(asked)}."
    whose = "se nominaron por usted al cierre" if by_rule else "usted pidió"
    less = in_digits(asked - given)
    return f"Se autorizaron {in_digits(given)} para el {when}: {less} menos de los {in_digits(asked)} que {whose}."


def post_lifted(
    act: Act, *, authorisation: Authorisation, cut_to: Quantity, by_rule: bool, about: Sequence[int] = ()
) -> None:
    """Mail who wants cuts or full authorisations that the full quantity is given now, in the caller's transaction.

    ``cut_to`` is the quantity authorised before, in the unit of the point; ``by_rule`` as for ``post_cut``.
    """
    session = act.session
    point = session.get_one(DeliveryPoint, authorisation.delivery_point_id)
    given, day = authorisation.gas.in_unit(cut_to.unit), authorisation.gas_day
    letter = Letter(
        subject=f"Sin recorte para el {day_words(day.date)}: {point.name}",
        says=(f"Para el {day_words(day.date)} ya se autorizó {ALL_BY_RULE if by_rule else ALL_ASKED}.",),
        facts=(
            ("Punto de entrega", point.name),
            ("Antes se autorizó", in_digits_and_words(cut_to)),
            ("Ahora se autoriza", in_digits_and_words(given)),
        ),
        then=(f"No tiene que hacer nada. Si tiene dudas, llame al PBX {act.distributor.telephone}.",),
        link=("Ver sus puntos", act.link("/inicio")),
    )
    wished = [
        contacts.list_addresses(session, company_id=point.contract.company_id, topic=topic)
        for topic in (Topic.CUTS, Topic.IN_FULL)
    ]
    post(act, letter=letter, kind="cut", recipients=contacts.deduplicate(chain(*wished)), about=about)
    short_messages.post(
        act,
        topic=Topic.CUTS,
        kind="cut",
        companies={point.contract.company_id: about},
        short=Short(
            "Sin recorte",
            f"Se levantó el recorte para el {day_words(day.date)}. No tiene que hacer nada.",
            until=day.end,
            about=(point.public_id, day.isoformat()),
        ),
    )


def _post_full(act: Act, *, lines: Sequence[tuple[Line, Authorisation]], gas_day: GasDay) -> None:
    """Mail the contacts who chose it that their points got all they asked: one mail for each company."""
    by_company: dict[int, list[tuple[Line, Authorisation]]] = defaultdict(list)
    for line, row in sorted(lines, key=lambda pair: pair[0].point):
        by_company[line.company_id].append((line, row))
    about = {
        company_id: [line.nomination_id for line, _ in theirs if line.nomination_id is not None]
        for company_id, theirs in by_company.items()
    }
    wished = contacts.list_addresses_by_company(act.session, company_ids=by_company, topic=Topic.IN_FULL)
    for company_id, recipients in wished.items():
        theirs = by_company[company_id]
        by_rule = [_is_by_rule(line) for line, _ in theirs]
        what = theirs[0][0].point if len(theirs) == 1 else counted(len(theirs), "punto", "puntos")
        both = f"{ALL_ASKED}, y {ALL_BY_RULE}" if any(by_rule) else ALL_ASKED
        day = day_words(gas_day.date)
        letter = Letter(
            subject=f"Autorizada completa para el {day}: {what}",
            says=(f"Para el {day} se autorizó {ALL_BY_RULE if all(by_rule) else both}.",),
            facts=[(line.point, _say_given(line, row)) for line, row in theirs],
            then=("No tiene que hacer nada.",),
            link=("Ver sus puntos", act.link("/inicio")),
        )
        post(act, letter=letter, kind="authorised", recipients=recipients, about=about[company_id])
    short_messages.post(
        act,
        topic=Topic.IN_FULL,
        kind="authorised",
        companies=about,
        short=Short(
            "Autorizada completa",
            f"Se autorizó todo lo nominado para el {day_words(gas_day.date)}.",
            until=gas_day.end,
            about=(gas_day.isoformat(),),
        ),
    )


def _say_given(line: Line, row: Authorisation) -> str:
    given = in_digits_and_words(row.gas.in_unit(line.unit))
    return f"{given}; se nominó por usted" if _is_by_rule(line) else given


def _way_on(act: Act, *, point: DeliveryPoint, day: GasDay, given: Quantity) -> tuple[str, str]:
    """Return label and link of a mail: a prefilled renomination while one is possible, else the start page."""
    window = _find_renomination_window(act, point=point, day=day)
    if window is None or act.now > window.closes_at(day):
        return "Ver sus puntos", act.link("/inicio")
    asked = {
        "punto": point.public_id,
        "tipo": RequestKind.RENOMINATION.value,
        "dia": day.isoformat(),
        "cantidad": plain(given).replace(".", ","),
    }
    path = f"/nominacion/{point.contract.modality.value}/nueva?{urlencode(asked)}"
    return "Preparar una re-nominación", act.link(path)


def _what_can_be_done(act: Act, *, point: DeliveryPoint, authorisation: Authorisation, by_rule: bool) -> str:
    help_line = f"Si tiene dudas, llame al PBX {act.distributor.telephone}."
    window = _find_renomination_window(act, point=point, day=authorisation.gas_day)
    if window is None:
        return help_line
    closes_at = window.closes_at(authorisation.gas_day)
    if act.now > closes_at:
        return f"El plazo para cambiar ese día ya cerró. {help_line}"
    local, notice = closes_at.astimezone(BOGOTA), counted(window.notice_hours, "hora", "horas")
    # A renomination of a day that nobody nominated is late (docs/rules.md, "Timetable").
    what_then = (
        "llega como tardía y el operador decide si la acepta" if by_rule else f"rige {notice} después de recibida"
    )
    return (
        "Hasta la cantidad autorizada no tiene que hacer nada. Si prefiere pedir otro total, puede enviar una "
        f"re-nominación hasta el {day_words(local.date())} a las {local:%H:%M}; {what_then}. {help_line}"
    )


def _find_renomination_window(act: Act, *, point: DeliveryPoint, day: GasDay) -> Window | None:
    """Return the window of renominations of a day; None for a modality without one."""
    windows = timetable.list_windows(act.session)
    try:
        return find_window(windows, point.contract.modality, RequestKind.RENOMINATION, day)
    except NoWindow:
        return None
