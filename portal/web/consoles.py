"""Consoles by role: navigation, and the page after signing in."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.accounts import CONSOLE_ROLES, Function, Role, may


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """Page of the navigation, shown to roles with its function."""

    title: str
    what: str
    endpoint: str
    function: Function
    # Also in the short navigation above every page.
    is_daily: bool = False
    # Shorter name in the navigation.
    short: str = ""


# In the order of the navigation.
PAGES: tuple[ConsolePage, ...] = (
    ConsolePage(
        "Llamadas",
        "Las llamadas del día: quién llamó y por qué punto, a quién falta llamar y cómo terminó cada una.",
        "calls.desk",
        Function.SEE_CALLS,
        is_daily=True,
    ),
    ConsolePage(
        "Libro del día",
        "Lo nominado para un día de gas: quién falta, lo que se pide aguas arriba y lo que se autoriza.",
        "staff.day_books",
        Function.SEE_DAY_BOOK,
        is_daily=True,
        short="Libro",
    ),
    ConsolePage(
        "Bitácora del turno",
        "Lo que pasó en el turno y a quién se avisó; entregar el turno con lo pendiente y recibirlo.",
        "staff.shift_log",
        Function.SEE_DAY_BOOK,
    ),
    ConsolePage(
        "Balance de los puntos",
        "El desbalance de todos los puntos: primero los que llevan más días fuera de tolerancia; sumas y archivos.",
        "staff.balance_overview",
        Function.SEE_OVERVIEW,
        is_daily=True,
        short="Balance",
    ),
    ConsolePage(
        "Puertas",
        "Lo que midió cada puerta frente a la suma de sus puntos: gas sin contabilizar, condiciones y reparto.",
        "staff.gates_desk",
        Function.SEE_DAY_BOOK,
    ),
    ConsolePage(
        "Mediciones",
        "Archivos de consumos y poder calorífico, huecos, correcciones, certificar y cerrar meses.",
        "staff.readings",
        Function.LOAD_READINGS,
        is_daily=True,
    ),
    ConsolePage(
        "PQR",
        "Peticiones, quejas, reclamos, también por un día de gas, y recursos: responder dentro del término.",
        "staff.cases",
        Function.READ_CASES,
        is_daily=True,
    ),
    ConsolePage(
        "Registro",
        "Empresas, contratos, puntos de entrega y de salida, y sus contactos: buscar, crear, cambiar, terminar.",
        "staff.registry_search",
        Function.KEEP_REGISTRY,
        is_daily=True,
    ),
    ConsolePage(
        "Tarifas",
        "Las tarifas de cada mes: proponerlas por archivo, compararlas y publicarlas entre dos personas.",
        "staff.tariff_desk",
        Function.SEE_TARIFFS,
    ),
    ConsolePage(
        "Documentos",
        "El contrato y los demás documentos, versión por versión: proponerlas y publicarlas entre dos personas.",
        "staff.document_desk",
        Function.SEE_DOCUMENTS,
    ),
    ConsolePage(
        "Horario",
        "Hasta cuándo se nomina, y el cierre de un día movido por una contingencia.",
        "staff.hours",
        Function.KEEP_TIMETABLE,
    ),
    ConsolePage(
        "Desviaciones",
        "Puntos cuyo consumo de un mes salió de los límites del anexo 4, y la investigación de cada uno, paso a paso.",
        "staff.deviations",
        Function.SEE_OVERVIEW,
    ),
    ConsolePage(
        "Patrones de consumo",
        "Meses en que un cliente toma más o menos gas que de costumbre, como los declaró.",
        "staff.patterns",
        Function.SEE_BALANCES,
    ),
    ConsolePage(
        "Usuarios de clientes",
        "Quién abrió cada contrato: aprobar para nominar, dejar solo en consulta, deshabilitar.",
        "staff.company_users",
        Function.MANAGE_COMPANY_USERS,
    ),
    ConsolePage(
        "Claves y cartas",
        "Pedir, aprobar, imprimir una vez y despachar las cartas de claves; anular y desbloquear.",
        "staff.letters_list",
        Function.REQUEST_KEYS,
        is_daily=True,
        short="Claves",
    ),
    ConsolePage(
        "Ajustes",
        "Tolerancias, regla al cierre y cantidades fuera de lo usual, desde un día de gas en adelante.",
        "staff.settings",
        Function.ADMINISTER,
    ),
    ConsolePage(
        "Cuentas de balance",
        "Abrir la cuenta de un cliente para verla, con una razón que el cliente lee.",
        "staff.seen_points",
        Function.OPEN_ACCOUNTS,
    ),
    ConsolePage(
        "Auditoría",
        "Todo lo que pasó, con quién y cuándo; la prueba de que nada falta; la evidencia de una nominación.",
        "staff.audit_events",
        Function.READ_AUDIT,
        is_daily=True,
    ),
    ConsolePage(
        "Avisos a clientes",
        "Publicar y retirar avisos de fallas, mantenimientos y novedades.",
        "staff.announcement_desk",
        Function.PUBLISH_NOTICES,
    ),
    ConsolePage(
        "Correo",
        "Lo que espera por salir, lo que falla, e intentarlo de nuevo.",
        "staff.outbox",
        Function.ADMINISTER,
        is_daily=True,
    ),
    ConsolePage(
        "Tareas y respaldos",
        "Las tareas de todos y las copias de la base de datos.",
        "staff.jobs_and_backups",
        Function.ADMINISTER,
    ),
    ConsolePage(
        "Cuentas internas",
        "Quién de {distributor.name} entra a la consola, con qué función; invitar, cambiar, deshabilitar.",
        "staff.staff_accounts",
        Function.ADMINISTER,
        is_daily=True,
    ),
)
# Prefixes of the addresses of the consoles (docs/flow.md).
ADDRESSES = ("/consola", "/llamadas")


def pages_of(role: Role) -> list[ConsolePage]:
    """Return the pages that ``role`` may open."""
    return [page for page in PAGES if may(role, page.function)]


def daily_pages_of(role: Role) -> list[ConsolePage]:
    """Return the pages in the navigation above every page of ``role``."""
    return [page for page in pages_of(role) if page.is_daily]


def home_of(role: Role) -> str:
    """Return the endpoint of the first page of ``role``."""
    return "staff.home" if role in CONSOLE_ROLES else "start.start_page"


def fits(address: str, role: Role) -> bool:
    """Tell whether an address suits ``role``: console addresses for console roles, the others for customers."""
    path = address.partition("?")[0]
    of_consoles = any(path == prefix or path.startswith(f"{prefix}/") for prefix in ADDRESSES)
    return of_consoles is (role in CONSOLE_ROLES)
