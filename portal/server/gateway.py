"""Translation of an RSGI request into a WSGI environment, and of the application's answer."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any, Protocol
from wsgiref.types import WSGIApplication

Headers = list[tuple[str, str]]

# Memory of a body or an answer; a longer one goes to an unlinked temporary file (TMPDIR).
IN_MEMORY_BYTES = 128 * 1024


class Scope(Protocol):
    """Request as RSGI describes it: the path is decoded, addresses end with their port."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: Any


@dataclass(slots=True)
class Body:
    """Body of a request; of one beyond the limit, ``length`` bytes, not all are ``kept``."""

    content: IO[bytes]
    length: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Complete answer of the application: it leaves without a thread."""

    status: int
    headers: Headers
    content: bytes | IO[bytes]


def environ_of(scope: Scope, body: Body | None) -> dict[str, Any]:
    """Return the request as WSGI describes it (PEP 3333): text is bytes read as Latin-1."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body.content if body else io.BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # An underscore could imitate another header: X_Forwarded_For for one that only a proxy may set.
        if "_" not in name:
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = environ[key] + _between(name) + value if key in environ else value
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(body.length) if body else ""
    return environ


def _between(name: str) -> str:
    return "; " if name == "cookie" else ","


def answered(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Run the application to the last byte and return its answer."""
    started: list[tuple[str, Headers]] = []

    def start(status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return _write

    pieces = app(environ, start)
    try:
        content = _gathered(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    status, headers = started[-1]
    return Answer(int(status[:3]), [(name.lower(), value) for name, value in headers], content)


def _write(_data: bytes) -> object:
    raise NotImplementedError("the application gives its answer as an iterable")


def _gathered(pieces: Iterable[bytes]) -> bytes | IO[bytes]:
    whole: list[bytes] = []
    length = 0
    rest = iter(pieces)
    for piece in rest:
        whole.append(piece)
        length += len(piece)
        if length > IN_MEMORY_BYTES:
            break
    else:
        return b"".join(whole)
    # Closed by the sender of the answer.
    content = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        content.writelines(whole)
        content.writelines(rest)
        content.seek(0)
    except BaseException:
        content.close()
        raise
    return content
