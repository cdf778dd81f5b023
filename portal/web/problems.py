"""Refusals of the API: one JSON object each (RFC 9457), for every status under ``/api``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask import Response, g, request

from .distributor import named

MEDIA_TYPE = "application/problem+json"


class Problem(NamedTuple):
    """Kind of refusal: its status and words."""

    status: int
    title: str
    detail: str


# Codes are a contract with integrators: never change them; listed in docs/api.md and in the OpenAPI document.
PROBLEMS: Mapping[str, Problem] = {
    "bad-request": Problem(
        400, "Solicitud mal formada", "La solicitud no se puede leer. Revise dirección y cabeceras."
    ),
    "bad-json": Problem(
        400, "JSON mal formado", "El cuerpo debe ser un solo objeto JSON en UTF-8, sin claves repetidas."
    ),
    "idempotency-key-missing": Problem(
        400,
        "Falta Idempotency-Key",
        "Envíe la cabecera Idempotency-Key con 1 a 80 caracteres ASCII visibles, distinta para cada solicitud nueva.",
    ),
    "token-missing": Problem(
        401,
        "Falta un token válido",
        "Envíe la cabecera «Authorization: Bearer …» con un token vigente, que sea para esta dirección.",
    ),
    "scope-missing": Problem(403, "Permiso insuficiente", "El token no tiene el permiso que esta operación necesita."),
    "not-found": Problem(404, "No existe", "No hay nada en esta dirección para este token."),
    "method-not-allowed": Problem(405, "Método no admitido", "Esta dirección no admite ese método; vea Allow."),
    "conflict": Problem(
        409, "Otra solicitud se adelantó", "No se registró nada. Consulte lo que está en firme y envíe de nuevo."
    ),
    "revision": Problem(
        409,
        "El día cambió",
        "No se registró nada: para ese día hay otra revisión en firme. Consúltela y decida si envía de nuevo.",
    ),
    "idempotency-key": Problem(
        409,
        "Idempotency-Key ya usada",
        "Con esa Idempotency-Key se registró otra solicitud. Use una clave nueva para un contenido distinto.",
    ),
    "too-large": Problem(413, "Solicitud muy grande", "El cuerpo admite 64 KiB como máximo."),
    "media-type": Problem(415, "Tipo de contenido no admitido", "Envíe el cuerpo como application/json."),
    "invalid": Problem(422, "Datos no válidos", "Uno o más datos no se aceptan; vea errors."),
    "too-many": Problem(429, "Demasiados intentos", "Espere antes de enviar de nuevo; vea Retry-After."),
    "failure": Problem(500, "Error del portal", "Fue un error nuestro. Informe el request_id a {distributor.name}."),
    "unavailable": Problem(
        503, "Portal no disponible", "No se registró nada. Envíe de nuevo la misma solicitud con su Idempotency-Key."
    ),
}
# For ``unavailable``, when the database did not answer the commit.
UNSURE = (
    "No se sabe si quedó registrada. Envíe de nuevo la misma solicitud con su Idempotency-Key: si ya había quedado, "
    "recibe el mismo comprobante y nada se registra dos veces."
)
BY_STATUS = {
    400: "bad-request",
    401: "token-missing",
    403: "scope-missing",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "too-many",
    500: "failure",
    503: "unavailable",
}


def wanted() -> bool:
    """Tell whether this request gets refusals as JSON: an API client reads no pages."""
    return request.path == "/api" or request.path.startswith("/api/")


def answer(status: int, code: str, title: str, detail: str, **members: Any) -> Response:
    """Return a refusal; ``members`` are its further facts, None left out."""
    body = {
        "type": f"urn:portal:problem:{code}",
        "code": code,
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    body |= {name: value for name, value in members.items() if value is not None}
    response = Response(json.dumps(body), status, content_type=MEDIA_TYPE)
    response.headers["Content-Language"] = "es-CO"
    return response


def known(code: str, *, detail: str | None = None, **members: Any) -> Response:
    """Return the refusal of this code in ``PROBLEMS``, with another ``detail`` when given."""
    problem = PROBLEMS[code]
    return answer(problem.status, code, problem.title, detail or named(problem.detail), **members)


def of_status(status: int, *, until: datetime | None = None) -> Response:
    """Return the refusal of a status common to all addresses; a status without words becomes a bad request."""
    response = known(BY_STATUS.get(status, "bad-request"), until=until.isoformat() if until else None)
    if response.status_code != status:
        body = json.loads(response.get_data())
        response.set_data(json.dumps(body | {"status": status}))
        response.status_code = status
    return response
