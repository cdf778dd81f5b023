"""Every address of the portal, with a real object behind it, for the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from werkzeug.routing import Rule

from portal.blueprints.balances.files.packs import write_pack
from portal.domain.accounts import Role, Scope, StaffScope, may
from portal.domain.announcements import Severity
from portal.domain.jobs import JobKind
from portal.domain.practice import CODE
from portal.domain.quantities import Quantity, Unit
from portal.domain.tariffs import Concept
from portal.domain.web_push import USUAL_SERVICES
from portal.models import Company, DeliveryPoint, HeldRow, Nomination, User
from portal.services import announcements, mail
from portal.services.account import statement_packs
from portal.services.files import jobs
from portal.services.mail import outbox, push_subscriptions
from portal.services.nominations import practice
from portal.services.ops import job_runners
from portal.services.people import api_tokens, feeds, staff_tokens
from portal.services.people.accounts import trusted_devices
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.trace import receipts
from portal.web.access import Audience, Audiences, Staff, StaffToken, Token, audience_of
from tests import factories
from tests.agent import agent_of, call_code
from tests.application import PUSH_KEY, RunningPortal
from tests.browser import Browser, Page
from tests.customer import TOMORROW, Customer
from tests.factories import TODAY
from tests.push_browser import PushBrowser
from tests.services import account_stage
from tests.services.case_stage import PDF
from tests.tariffs import FIGURES, csv_of


@dataclass
class Visit:
    """A customer who has opened everything, their company's system, a supervisor with another, parts of addresses."""

    portal: RunningPortal
    customer: Customer
    staff: Browser
    administrator: Browser
    agent: Browser
    system: Browser
    staff_system: Browser
    parts: dict[str, str]

    def audience(self, rule: Rule) -> Audiences | None:
        """Whom an address is for."""
        return audience_of(self.portal.app.view_functions[rule.endpoint])

    def is_for_staff(self, rule: Rule) -> bool:
        """Whether an address belongs to the consoles."""
        audience = self.audience(rule)
        return audience is Audience.STAFF or isinstance(audience, Staff)

    def is_for_systems(self, rule: Rule) -> bool:
        """Whether an address belongs to the API: no session opens it, no form is sent to it."""
        return isinstance(self.audience(rule), Token | StaffToken)

    def browser(self, rule: Rule) -> Browser:
        """The browser of somebody for whom the address is."""
        if self.is_for_systems(rule):
            return self.staff_system if isinstance(self.audience(rule), StaffToken) else self.system
        audience = self.audience(rule)
        if isinstance(audience, Staff) and not may(Role.SUPERVISOR, audience.function):
            return self.agent if may(Role.AGENT, audience.function) else self.administrator
        return self.staff if self.is_for_staff(rule) else self.customer.browser

    def urls(self, method: str = "GET") -> Iterator[tuple[Rule, str]]:
        """Every rule that takes this method, with an address that answers; an unknown part of one is an error here."""
        for rule in sorted(self.portal.app.url_map.iter_rules(), key=str):
            if method in (rule.methods or ()):
                yield rule, re.sub(r"<(?:\w+:)?(\w+)>", lambda part, rule=rule: self._part(rule, part[1]), rule.rule)

    def _part(self, rule: Rule, name: str) -> str:
        found = self.parts.get(f"{rule.endpoint} {name}", self.parts.get(name))
        assert found, f"say in tests/rules/visit.py what stands for <{name}> in {rule.rule}"
        return found


DAY_SHEET_VIEWS = ("day_sheet", "save_day_sheet", "save_day_sheet_row")
GATE_DAY_VIEWS = ("gates_of_day", "save_gates_of_day")
DOCUMENT_VERSION_VIEWS = ("document_version", "decide_document_version", "document_version_file")


def _trusted_device(portal: RunningPortal, customer: Customer) -> str:
    """A browser that the customer trusts; its public id."""
    with portal.session() as session, transaction(session):
        user = session.get_one(User, customer.way.actor.user_id)
        act = Act.at(session, customer.way.actor, portal.clock.now)
        return trusted_devices.trust(act, user=user, browser="Firefox en Linux")[0].public_id


def _push(portal: RunningPortal, customer: Customer) -> str:
    """A browser in which the customer receives messages; its public id."""
    with portal.session() as session:
        act = Act.at(session, customer.way.actor, portal.clock.now)
        return push_subscriptions.add(
            act,
            text=PushBrowser().say(),
            services=USUAL_SERVICES,
            key_mark=PUSH_KEY.mark,
            browser="Chrome en Android",
            topics={mail.Topic.CUTS},
        )


def _passkey(portal: RunningPortal, customer: Customer) -> str:
    """A passkey of the customer; its public id."""
    with portal.session() as session, transaction(session):
        user_id = customer.way.actor.user_id
        assert user_id is not None
        return factories.passkey(session, user_id=user_id, now=portal.clock.now).public_id


def _practised(portal: RunningPortal, customer: Customer, *, signed: bool) -> str:
    """What the customer practises; its public id."""
    with portal.session() as session:
        act = Act.at(session, customer.way.actor, portal.clock.now)
        found = practice.write(act, gas_day=TODAY.plus(2), quantity=Quantity.of("9000", Unit.M3))
        if signed:
            practice.sign(act, public_id=found, code=CODE)
        return found


def _held_row(portal: RunningPortal, staff: Browser, point: str) -> str:
    """A row of a file that waits to be mended, since another one of the file was taken in."""
    text = f"{point};{TODAY.plus(-4)};5320\nX-9;{TODAY.plus(-4)};1\n"
    form = staff.open("/consola/mediciones/archivo").form("form#archivo")
    sent = form.fill(file=("por-arreglar.csv", text.encode())).submit()
    sent.form("form#decidir").submit("Tomar 1 fila buena; dejar 1 por arreglar")
    with portal.session() as session:
        while jobs.run_next(session, runners=job_runners.RUNNERS, clock=portal.clock) is not None:
            pass
        return session.scalars(select(HeldRow.public_id)).one()


def _staff_token(portal: RunningPortal) -> str:
    """A token of a supervisor who has a second factor, with every scope."""
    with portal.session() as session, transaction(session):
        user = factories.user(session, role=Role.SUPERVISOR, totp_sealed=b"-" * 40)
        actor = factories.signed_in(session, user, now=portal.clock.now)
    with portal.session() as session:
        act = Act.at(session, actor, portal.clock.now)
        return staff_tokens.create(act, name="Transportador", scopes=set(StaffScope), days=365)


def _pack(portal: RunningPortal, staff: Browser, company: str) -> str:
    """A pack of the statements of a company, ready."""
    asked = staff.open(f"/consola/balance?empresa={company}").form("#paquete").fill(month="11/2026").submit()
    runner = statement_packs.make_runner(portal.session, write_pack)
    with portal.session() as session:
        while jobs.run_next(session, runners={JobKind.PACK_STATEMENTS: runner}, clock=portal.clock) is not None:
            pass
    return asked.url.rsplit("/", 1)[1]


def _tariffs(portal: RunningPortal) -> tuple[str, str]:
    """A month that an operator proposed, and a file of another one that waits."""
    operator = portal.staff(Role.OPERATOR, name="Olga Toro")
    with portal.session() as session:
        nit = Act.of_system(session, portal.clock.now).distributor.nit
    figures = [figure._replace(text=nit) if figure.concept is Concept.NIT else figure for figure in FIGURES]
    dearer = [each._replace(value=2 * each.value) if each.concept is Concept.CONNECTION else each for each in figures]

    def send(month: str) -> Page:
        form = operator.open("/consola/tarifas/archivo").form("#archivo")
        return form.fill(month=month, file=("tarifas.csv", csv_of(dearer))).submit()

    form = send("2024-06").form("#decision")
    if "all_reviewed" in form.names:
        form.fill(all_reviewed=True, reason="Resolución nueva")
    proposed = form.submit("Proponer")
    return proposed.url.rsplit("/", 1)[1], send("2024-07").url.rsplit("/", 1)[1]


def _documents(portal: RunningPortal) -> str:
    """A document with a file, published, and its next version, which waits; return the latter."""
    operator = portal.staff(Role.OPERATOR, name="Olga Toro")
    said = {"valid_from": "01/01/2026", "file": ("manual.pdf", PDF)}
    form = operator.open("/consola/documentos/nuevo").form("#version").fill(title="Manual", kind="form", **said)
    waits = form.submit("Proponer la versión").url
    portal.staff(Role.SUPERVISOR, name="Saúl Vega").open(waits).form("#decidir").submit("Publicar")
    form = operator.open("/consola/documentos/manual/version").form("#version").fill(changes="Otra fecha.", **said)
    return form.fill(valid_from="01/02/2026").submit("Proponer la versión").url.rsplit("/", 1)[1]


def visit(portal: RunningPortal, customer: Customer | None = None) -> Visit:
    """Set it out: contract and point open, a nomination, a draft to sign, a claim, a case, a frozen book, the links."""
    customer = customer or portal.customer()
    customer.use_keys()
    receipt = customer.nominate().url.rsplit("/", 1)[1]
    draft = customer.review("9.000").url.split("/")[3]
    many = customer.open(f"/nominacion/{customer.modality}/{customer.point}/varios-dias").form("#rango")
    batch = many.fill(quantity="8.000").submit("Ver los días").url.rsplit("/", 1)[1]
    all_points = customer.open(f"/nominacion/{customer.modality}/todos").form("#todos").fill(days="2")
    table = all_points.submit("Escribir las cantidades")
    group = table.url.rsplit("/", 1)[1]
    typed = {f"q-{customer.point}-{TOMORROW.plus(1).isoformat()}": "8.100"}
    table.form().fill(**typed).submit("Actualizar")
    disputed = customer.dispute(files=[("acta.pdf", PDF)])
    claim = disputed.url.rsplit("/", 1)[1]
    claim_file = str(disputed.one(".case-files a")["href"]).rsplit("/", 1)[1]
    constancia = customer.petition(files=[("acta.pdf", PDF)])
    case, case_file = constancia.value("#radicado"), str(constancia.one(".case-files a")["href"]).rsplit("/", 1)[1]
    with portal.session() as session:
        account_stage.register(session, portal.vault, now=portal.clock.now)
        account_stage.ask_reset(session, email=customer.way.actor.email, now=portal.clock.now)
        links = {path: account_stage.tokens(session, path)[-1] for path in ("verificar", "restablecer")}
        company = session.get_one(Company, customer.way.contract.company_id)
        with transaction(session):
            # As most companies are called: a sentence that ends with such a name has its full stop.
            company.name = "Gases del Llano S.A.S."
        nit, company_id, actor, now = company.nit, company.public_id, customer.way.actor, portal.clock.now
        given = {"name": "ERP", "scopes": {Scope.NOMINATE}, "expires_at": None}
        token = api_tokens.create(Act.at(session, actor, now), company=company.public_id, **given)
        feed = feeds.publish(Act.at(session, actor, now))
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        gate, contract, code = point.exit_point.code, point.contract.public_id, point.carrier_code
        said = {"name": "Ana Gas", "email": "ana@cliente.example", "phone": None, "is_deputy": False}
        contact = mail.add(
            Act.at(session, actor, now), company=company.public_id, topics=frozenset(mail.Topic), **said
        ).public_id
    staff = portal.staff(Role.SUPERVISOR)
    staff.open(f"/consola/libro/{TOMORROW.isoformat()}").form("form#congelar").submit()
    form = staff.open(f"/consola/libro/{TOMORROW.isoformat()}/archivo").form("#archivo")
    sent = form.fill(file=("autorizadas.csv", f"punto;autorizada;motivo\n{code};0;FMJ\n".encode())).submit()
    authorised_upload = sent.url.rsplit("/", 1)[1]
    form = staff.open(f"/consola/libro/{TOMORROW.isoformat()}/confirmacion/archivo").form("#archivo")
    sent = form.fill(file=("respuesta.csv", f"puerta;confirmada;motivo\n{gate};1;PCC\n".encode())).submit()
    confirmation_upload = sent.url.rsplit("/", 1)[1]
    form = staff.open("/consola/puertas/archivo").form("#archivo")
    sent = form.fill(file=("puertas.csv", f"puerta;fecha;volumen\n{gate};{TODAY.plus(-1)};1\n".encode())).submit()
    gate_upload = sent.url.rsplit("/", 1)[1]
    form = staff.open("/consola/registro/archivo").form("#archivo")
    sent = form.fill(file=("registro.csv", f"nit;ciudad\n{nit};Acacías\n".encode())).submit()
    registry_upload = sent.url.rsplit("/", 1)[1]
    upload, held = [
        staff.open("/consola/mediciones/archivo")
        .form("form#archivo")
        .fill(file=("lecturas.csv", f"{customer.point};{TODAY.plus(-ago)};5320\n".encode()))
        .submit()
        for ago in (1, 2)
    ]
    job = held.form("form#decidir").submit("Registrar lo del archivo").url.rsplit("/", 1)[1]
    held_row = _held_row(portal, staff, customer.point)
    publication, tariff_upload = _tariffs(portal)
    document_version = _documents(portal)
    administrator = portal.staff(Role.ADMIN)
    form = administrator.open("/consola/cuentas/nueva").form("/consola/cuentas/nueva")
    account = (
        form.fill(name="Nora Peña", email="nora@distribuidor.example", role="auditor").submit().url.rsplit("/", 1)[1]
    )
    with portal.session() as session:
        mailed = [
            outbox.read_words(session, mail) for mail in account_stage.mails(session) if mail.kind == "invitation"
        ][-1]
        invitation = mailed.split("/invitacion/")[1].split()[0]
        user = session.get_one(User, customer.way.actor.user_id).public_id
    device = _trusted_device(portal, customer)
    passkey = _passkey(portal, customer)
    letters = staff.open("/consola/claves/lotes")
    company = str(letters.select("#company option")[1]["value"])
    letter_batch = letters.form("form:has(#company)").fill(company=company, reason="Cambio anual").submit()
    letter = str(letter_batch.one("#cartas tbody a")["href"]).rsplit("/", 1)[1]
    with portal.session() as session:
        publisher = session.scalars(select(User).where(User.role == Role.SUPERVISOR)).first()
        assert publisher is not None
        draft_notice = announcements.Draft(Severity.CRITICAL, "Falla", "Texto", portal.clock.now, None, None, None)
        told = announcements.publish(
            Act.at(
                session,
                Actor(publisher.id, publisher.email, publisher.name, publisher.role, None, "", "web"),
                portal.clock.now,
            ),
            draft=draft_notice,
        ).public_id
    agent = agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url.rsplit("/", 1)[1]
    asked = agent.sign(agent.review(page, day=TODAY.plus(2).isoformat())).url.rsplit("/", 1)[1]
    with portal.session() as session:
        nomination = session.scalars(select(Nomination).where(Nomination.public_id == asked)).one()
        protested = (asked, receipts.seal(portal.vault, nomination=nomination))
    system = portal.browser()
    system.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    staff_system = portal.browser()
    staff_system.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {_staff_token(portal)}"
    parts = {
        "market.icon name": "192.png",
        **{f"market.tariff_{of} month": "2024-05" for of in ("month", "market", "json", "csv")},
        "market": "granada",
        "slug": "manual",
        **dict.fromkeys((f"staff.{name} day" for name in DAY_SHEET_VIEWS), TODAY.isoformat()),
        **dict.fromkeys((f"staff.{name} day" for name in GATE_DAY_VIEWS), TODAY.isoformat()),
        **dict.fromkeys((f"staff.{name}gate_upload upload" for name in ("", "act_on_")), gate_upload),
        **dict.fromkeys((f"staff.{name}confirmation_upload upload" for name in ("", "act_on_")), confirmation_upload),
        "market.document_file number": "1",
        **dict.fromkeys(
            (f"staff.{name} version" for name in DOCUMENT_VERSION_VIEWS),
            document_version,
        ),
        "gate": gate,
        "modality": customer.modality,
        "point": customer.point,
        "push": _push(portal, customer),
        "practice": _practised(portal, customer, signed=True),
        "practice.sign practice": _practised(portal, customer, signed=False),
        "staff.deviation month": TODAY.isoformat()[:7],
        "day": TOMORROW.isoformat(),
        "draft": draft,
        "receipt": receipt,
        "claim": claim,
        "case": case,
        "number": case,
        "file": case_file,
        "batch": batch,
        "group": group,
        "version": "1",
        "call": call,
        "calls.protest receipt": protested[0],
        "calls.protest code": protested[1],
        "claims.claim_file file": claim_file,
        "claims.dispute day": TODAY.plus(-2).isoformat(),
        "name": "css/site.css",
        "month": TODAY.isoformat()[:7],
        "company": company_id,
        "contract": contract,
        "contact": contact,
        "exit_point": gate,
        "staff.authorised_upload upload": authorised_upload,
        "staff.act_on_authorised_upload upload": authorised_upload,
        "staff.registry_upload upload": registry_upload,
        "staff.act_on_registry_upload upload": registry_upload,
        "publication": publication,
        "staff.tariff_upload upload": tariff_upload,
        "staff.act_on_tariff_upload upload": tariff_upload,
        "tokens.feed token": feed,
        "account": account,
        "notice": told,
        "device": device,
        "passkey": passkey,
        "staff.company_user account": user,
        "setting": "tolerancia",
        "staff.act_on_company_user account": user,
        "letter": letter,
        **dict.fromkeys(
            (f"staff.{name} batch" for name in ("letter_batch", "act_on_batch", "print_batch")),
            letter_batch.url.rsplit("/", 1)[1],
        ),
        "upload": upload.url.rsplit("/", 1)[1],
        "row": held_row,
        "job": job,
        "staff.statement_pack job": _pack(portal, staff, company_id),
        "login.invitation token": invitation,
        "login.verify token": links["verificar"],
        "login.reset token": links["restablecer"],
    }
    return Visit(portal, customer, staff, administrator, agent.browser, system, staff_system, parts)
