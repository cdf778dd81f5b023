"""A real IMAP server (pymap) on this machine, plain or behind TLS with a certificate of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import ipaddress
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.processes import free_port

USER, PASSWORD = "pqr", "una clave: larga/y rara"
QUOTED = "una%20clave%3A%20larga%2Fy%20rara"
START_SECONDS = 20


@dataclass(frozen=True)
class ImapServer:
    """Running server; the mailbox is its only user's."""

    port: int
    certificate: Path

    def url(self, scheme: str = "imap", *, password: str = QUOTED, port: int | None = None, query: str = "") -> str:
        """Return the value for PORTAL_INTAKE_URL."""
        return f"{scheme}://{USER}:{password}@127.0.0.1:{port or self.port}/INBOX{query}"

    @contextmanager
    def signed_in(self) -> Iterator[imaplib.IMAP4]:
        """Yield a person's own connection."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(USER, PASSWORD)
        yield client
        client.logout()

    def deliver(self, *mails: bytes) -> None:
        """Put mails into the box."""
        came = imaplib.Time2Internaldate(dt.datetime(2026, 11, 23, 13, 0, tzinfo=dt.UTC))
        with self.signed_in() as client:
            for mail in mails:
                client.append("INBOX", "", came, mail)

    def flags(self, folder: str = "INBOX") -> list[str]:
        """Return the flags of each message of a folder, sorted."""
        with self.signed_in() as client:
            client.select(folder, readonly=True)
            _, found = client.fetch("1:*", "(FLAGS)")
            return [
                " ".join(sorted(flag.decode().strip("\\") for flag in imaplib.ParseFlags(line) if flag != b"\\Recent"))
                for line in found
                if line
            ]


@contextmanager
def running(folder: Path) -> Iterator[ImapServer]:
    """Run a server until the end of the block; its certificate lies in ``folder``."""
    certificate, key = write_certificate(folder)
    port = free_port()
    program = shutil.which("pymap", path=str(Path(sys.executable).parent)) or "pymap"
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--cert", certificate, "--key", key]
    command += ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield ImapServer(port, certificate)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("pymap does not answer")


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for this machine that nobody trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=400))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


@contextmanager
def encrypted(server: ImapServer) -> Iterator[int]:
    """Yield the port of a front that speaks TLS from the first byte and passes on to the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.certificate.with_name("key.pem"))
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=_pass_on, args=(context, plain, server.port), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _pass_on(context: ssl.SSLContext, plain: socket.socket, port: int) -> None:
    with (
        contextlib.suppress(OSError),
        plain,
        context.wrap_socket(plain, server_side=True) as outer,
        socket.create_connection(("127.0.0.1", port)) as inner,
    ):
        back = threading.Thread(target=_copy, args=(inner, outer), daemon=True)
        back.start()
        _copy(outer, inner)
        inner.shutdown(socket.SHUT_RDWR)
        back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
