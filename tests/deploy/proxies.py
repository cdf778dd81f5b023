"""The proxies of `deploy/` started for real: Caddy, and nginx with only names, ports and paths of the test put in."""

from __future__ import annotations

import datetime as dt
import http.client
import os
import pwd
import shutil
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.processes import Process, free_port, is_open

ROOT = Path(__file__).parents[2]
KIT = ROOT / "deploy"
# `tools/ensure-proxies` unpacks there what the machine does not have.
UNPACKED = ROOT / ".cache/proxies"
NAME = "clientes.example.co"


class NoProxy(Exception):
    """The program of a proxy is not here; the text says how it comes."""


def find_program(name: str) -> Path:
    """Return the path of `nginx`, `caddy` or `pgbouncer`: the machine's own, else as `ensure-proxies` unpacked it."""
    places = os.pathsep.join(
        [os.environ.get("PATH", ""), "/usr/sbin", str(UNPACKED / "usr/sbin"), str(UNPACKED / "usr/bin")]
    )
    found = shutil.which(name, path=places)
    if found is None:
        raise NoProxy(f"{name} is not on this machine: tools/ensure-proxies fetches it (make test runs that first).")
    return Path(found)


def find_types() -> Path:
    """Return nginx' list of media types."""
    system = Path("/etc/nginx/mime.types")
    return system if system.is_file() else UNPACKED / "etc/nginx/mime.types"


@dataclass(frozen=True)
class Answer:
    """Answer of a proxy, its body read."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class _ByName(http.client.HTTPSConnection):
    """Connects to this machine, and asks for the name of the kit's files."""

    def __init__(self, port: int, trusted: ssl.SSLContext) -> None:
        super().__init__(NAME, port, timeout=60, context=trusted)
        self.trusted = trusted

    def connect(self) -> None:
        self.sock = self.trusted.wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), 60), server_hostname=NAME
        )


class Proxy:
    """A proxy with a self-signed certificate in front of the portal's servers at `ports`.

    `changes` are further replacements in its file, as its comments describe them.
    """

    program = ""

    def __init__(self, folder: Path, ports: Sequence[int], *, changes: Sequence[tuple[str, str]] = ()) -> None:
        self.folder = folder
        self.plain, self.secure = free_port(), free_port()
        self.changes = [*self._changes(ports), *changes]
        own = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        self.process = Process(
            self.program,
            self._command(self.write_file()),
            folder=folder,
            is_ready=lambda: is_open(self.plain) and is_open(self.secure),
            environment=os.environ | own,
            rest_seconds=0.02,
        )
        write_certificate(folder / "portal.pem", folder / "portal.key")
        self.trusted = ssl.create_default_context(cafile=str(folder / "portal.pem"))

    def _changes(self, ports: Sequence[int]) -> list[tuple[str, str]]:
        raise NotImplementedError

    def _command(self, file: Path) -> list[str | Path]:
        raise NotImplementedError

    @property
    def kit(self) -> Path:
        """The file of `deploy/`."""
        raise NotImplementedError

    @property
    def origin(self) -> str:
        """Origin that a browser names, as the proxy tells it to the portal."""
        raise NotImplementedError

    def write_file(self) -> Path:
        """Write the kit's file with this test's names, ports and paths; return its path."""
        text = self.kit.read_text("utf-8")
        for before, after in self.changes:
            assert before in text, before
            text = text.replace(before, after)
        path = self.folder / self.kit.name
        path.write_text(text, "utf-8")
        return path

    def __enter__(self) -> Proxy:
        self.process.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.stop()

    def connection(self) -> http.client.HTTPSConnection:
        """Return a connection by HTTPS."""
        return _ByName(self.secure, self.trusted)

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Return the answer to a request by HTTPS."""
        return _answered(self.connection(), method, path, body, headers)

    def ask_plainly(self, path: str, **headers: str) -> Answer:
        """Return the answer to a request by plain HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=60)
        return _answered(connection, "GET", path, None, {"Host": NAME} | headers)


class Nginx(Proxy):
    """nginx with `deploy/nginx/portal.conf`."""

    program = "nginx"

    @property
    def kit(self) -> Path:
        return KIT / "nginx/portal.conf"

    @property
    def origin(self) -> str:
        return f"https://{NAME}"

    def _changes(self, ports: Sequence[int]) -> list[tuple[str, str]]:
        # The group of nobody has another name on each distribution.
        user = pwd.getpwuid(os.geteuid()).pw_name
        servers = " ".join(f"server 127.0.0.1:{port} fail_timeout=2s;" for port in ports)
        # Started by root it would give them to www-data, and by nobody in particular it may not write in /var.
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return [
            ("user www-data;", f"user {user} {_group()};"),
            ("worker_processes auto;", "worker_processes 2;"),
            ("pid /run/nginx.pid;", f"pid {self.folder}/nginx.pid;"),
            ("/etc/nginx/mime.types;", f"{find_types()}; {temporary}"),
            ("/var/log/nginx", str(self.folder)),
            ("/var/www/acme", f"{self.folder}/acme"),
            ("server 127.0.0.1:8000 fail_timeout=2s;", servers),
            ("listen 80;", f"listen 127.0.0.1:{self.plain};"),
            ("listen 443 ", f"listen 127.0.0.1:{self.secure} "),
            ("/etc/ssl/portal.pem", f"{self.folder}/portal.pem"),
            ("/etc/ssl/private/portal.key", f"{self.folder}/portal.key"),
        ]

    def _command(self, file: Path) -> list[str | Path]:
        return [
            find_program("nginx"),
            "-p",
            self.folder,
            "-e",
            self.folder / "error.log",
            "-c",
            file,
            "-g",
            "daemon off;",
        ]


class Caddy(Proxy):
    """Caddy with `deploy/caddy/Caddyfile`."""

    program = "caddy"

    @property
    def kit(self) -> Path:
        return KIT / "caddy/Caddyfile"

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.secure}"

    def _changes(self, ports: Sequence[int]) -> list[tuple[str, str]]:
        # Ports and the door for its administration are options of the whole program, before the first site.
        own_ports = f"http_port {self.plain}\n\thttps_port {self.secure}"
        options = f"{{\n\tadmin off\n\t{own_ports}\n\tdefault_bind 127.0.0.1\n"
        own = f"\ttls {self.folder}/portal.pem {self.folder}/portal.key\n"
        return [
            ("\n{\n", f"\n{options}"),
            ("read_body 6m", "read_body 5s"),
            (f"\n{NAME} {{\n", f"\n{NAME} {{\n{own}"),
            ("127.0.0.1:8000", " ".join(f"127.0.0.1:{port}" for port in ports)),
        ]

    def _command(self, file: Path) -> list[str | Path]:
        return [find_program("caddy"), "run", "--config", file, "--adapter", "caddyfile"]


def write_certificate(certificate: Path, key: Path) -> None:
    """Write a self-signed certificate for the name of the kit's files, good for a day, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.touch(mode=0o600)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name


def _answered(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str] | None,
) -> Answer:
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()
