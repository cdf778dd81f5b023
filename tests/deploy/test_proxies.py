"""The proxies of the kit in front of a portal in production: what a client is told comes from the portal."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.proxies import KIT, NAME, Caddy, Nginx, Proxy, find_program
from tests.faults.server import Server
from tests.processes import free_port

pytestmark = pytest.mark.proxy
BODY_SECONDS = 3
MEGABYTE = 1024**2


@pytest.fixture(scope="module")
def environment(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("proxied")
    database = folder / "portal.db"
    database.write_bytes(sqlite_template.read_bytes())
    log = sqlite_template.with_name(f"{sqlite_template.name}-wal")
    if log.exists():
        (folder / "portal.db-wal").write_bytes(log.read_bytes())
    pepper = folder / "pepper"
    pepper.write_bytes(bytes(range(32)))
    pepper.chmod(0o600)
    return {
        "PORTAL_ENV": "production",
        "PORTAL_INSTANCE": str(folder / "instance"),
        "PORTAL_DATABASE_URL": f"sqlite:///{database}",
        "PORTAL_SECRET_KEY": hashlib.sha256(b"proxied").hexdigest(),
        "PORTAL_PEPPER_FILE": str(pepper),
        "PORTAL_BASE_URL": f"https://{NAME}",
        "PORTAL_TRUSTED_HOSTS": f"{NAME},localhost,127.0.0.1",
        "PORTAL_BODY_SECONDS": str(BODY_SECONDS),
    }


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), environment, factory="tests.deploy.served:with_an_echo") as running:
        yield running


@pytest.fixture(scope="module", params=[Nginx, Caddy], ids=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with request.param(tmp_path_factory.mktemp("proxy"), [server.port]) as running:
        yield running


def test_a_page_arrives_as_the_portal_dressed_it(proxy: Proxy):
    page = proxy.ask("/ingreso")
    assert page.status == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert page.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert page.headers["cache-control"] == "no-store"
    assert "content-encoding" not in page.headers
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    # Neither tells its version.
    assert not re.search(r"\d", page.headers.get("server", ""))


def test_plain_http_leads_to_the_name_that_is_its_own(proxy: Proxy):
    for host in (NAME, *(["otro.example.org"] if isinstance(proxy, Nginx) else [])):
        answer = proxy.ask_plainly("/ingreso?siguiente=%2F", Host=host)
        assert answer.status == 308
        assert re.fullmatch(rf"https://{NAME}(:\d+)?/ingreso\?siguiente=%2F", answer.headers["location"])


def test_a_forged_address_is_not_believed(proxy: Proxy):
    forged = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "malo.example.org",
        "Forwarded": "for=203.0.113.9;host=malo.example.org",
    }
    seen = json.loads(proxy.ask("/eco.json", headers=forged).text)
    assert (seen["address"], seen["scheme"]) == ("127.0.0.1", "https")
    assert seen["host"].partition(":")[0] == NAME
    assert seen["forwarded"] == []


def test_files_that_never_change_are_kept_by_browsers_and_asked_for_with_their_validator(proxy: Proxy):
    found = re.search(r'href="(/estaticos/[^"]+\.css\?v=[^"]+)"', proxy.ask("/").text)
    assert found
    first = proxy.ask(found[1])
    assert "immutable" in first.headers["cache-control"]
    again = proxy.ask(found[1], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("path", "length"),
    [("/ingreso", 65_537), ("/ingreso", 900_000), ("/pqr/nueva", 18 * MEGABYTE)],
    ids=["a form above 64 KiB", "a form of a megabyte", "files above what a case takes"],
)
def test_what_is_too_large_is_refused_in_the_portals_words(proxy: Proxy, path: str, length: int):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": proxy.origin}
    answer = proxy.ask(path, method="POST", body=b"x" * length, headers=headers)
    assert answer.status == 413
    assert "El envío es demasiado grande" in answer.text


def test_a_file_of_ten_megabytes_reaches_the_portal(proxy: Proxy):
    # Nobody is signed in: the form is refused by the portal, not the length by anybody.
    answer = proxy.ask("/pqr/nueva", method="POST", body=b"x" * 10 * MEGABYTE)
    assert answer.status == 400
    assert "content-security-policy" in answer.headers


def test_a_body_that_never_ends_is_given_up_by_the_portal_and_holds_up_nobody(proxy: Proxy):
    head = f"POST /ingreso HTTP/1.1\r\nHost: {NAME}\r\nAccept: text/html\r\nContent-Length: 400\r\n\r\nemail="
    slow = []
    for _ in range(20):
        plain = socket.create_connection(("127.0.0.1", proxy.secure), 60)
        slow.append(proxy.trusted.wrap_socket(plain, server_hostname=NAME))
        slow[-1].sendall(head.encode())
    assert proxy.ask("/ingreso").status == 200
    for each in slow:
        with each:
            first = each.recv(65536)
        assert first.startswith(b"HTTP/1.1 408 ")


def test_figures_for_monitors_are_not_to_be_had_from_outside(proxy: Proxy):
    for path in ("/metrics", "/metrics?x=1"):
        answer = proxy.ask(path)
        assert answer.status == 404
        assert "content-security-policy" not in answer.headers, "it came from the portal"


def test_browsers_are_offered_http_2(proxy: Proxy):
    offering = ssl.create_default_context(cafile=str(proxy.folder / "portal.pem"))
    offering.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", proxy.secure), 60)
    with offering.wrap_socket(plain, server_hostname=NAME) as wrapped:
        assert wrapped.selected_alpn_protocol() == "h2"


@pytest.mark.parametrize("kind", [Nginx, Caddy], ids=["nginx", "caddy"])
def test_while_the_portal_is_away_its_client_is_told_so_in_spanish(kind: type[Proxy], tmp_path: Path):
    with kind(tmp_path, [free_port()]) as alone:
        read = alone.ask("/inicio")
        sent = alone.ask("/ingreso", method="POST", body=b"email=x")
        fragment = alone.ask("/consola/pulso", headers={"HX-Request": "true"})
    for answer in (read, sent, fragment):
        assert answer.status == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "El portal no puede atenderlo ahora" in answer.text
        assert answer.text.count("<h1>") == 1
        # The page's one style is allowed by its digest.
        (style,) = re.findall(r"<style>(.*?)</style>", answer.text)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    # As the portal's own page: its script keeps what was typed, and tells to look first.
    assert 'id="sin-saber"' in sent.text
    assert 'id="sin-saber"' not in read.text


def test_of_two_servers_the_one_that_answers_takes_the_others_requests_forms_too(server: Server, tmp_path: Path):
    with Nginx(tmp_path, [free_port(), server.port]) as both:
        assert {both.ask("/ingreso").status for _ in range(6)} == {200}
        assert {both.ask("/ingreso", method="POST", body=b"x=1").status for _ in range(6)} == {400}


def test_consoles_are_closed_to_other_networks_by_the_line_that_says_so(server: Server, tmp_path: Path):
    closed = [("# location /consola {", "location /consola {")]
    with Nginx(tmp_path, [server.port], changes=closed) as closing:
        assert closing.ask("/consola").status == 403
        assert closing.ask("/ingreso").status == 200
    opened = [*closed, ("allow 192.0.2.0/24;", "allow 127.0.0.1;")]
    with Nginx(tmp_path, [server.port], changes=opened) as opening:
        assert opening.ask("/consola").status == 303


def test_the_samples_are_understood_as_they_stand(tmp_path: Path):
    said = subprocess.run(
        [find_program("caddy"), "validate", "--adapter", "caddyfile", "--config", KIT / "caddy/Caddyfile"],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path)},
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "Valid configuration" in said.stdout + said.stderr


def examined(proxy: Proxy, environment: dict[str, str], *, trusts: bool = True) -> dict[str, dict[str, str]]:
    """Return what the doctor finds of the proxy, asking it as a visitor does."""
    settings = {"PORTAL_BASE_URL": f"https://localhost:{proxy.secure}"}
    if trusts:
        settings["SSL_CERT_FILE"] = str(proxy.folder / "portal.pem")
    said = subprocess.run(
        [sys.executable, "-m", "portal.cli", "doctor", "--json"],
        capture_output=True,
        text=True,
        env={"PATH": os.defpath} | environment | settings,
        cwd=KIT.parent,
        check=False,
    )
    return {each["part"]: each for each in map(json.loads, said.stdout.splitlines())}


def test_the_doctor_finds_a_proxy_that_believes_its_visitors(
    server: Server, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
):
    def behind(*changes: tuple[str, str], port: int = server.port, trusts: bool = True) -> dict[str, dict[str, str]]:
        with Nginx(tmp_path_factory.mktemp("examined"), [port], changes=changes) as running:
            return examined(running, environment, trusts=trusts)

    well = behind()
    assert (well["proxy"]["health"], well["secrets"]["health"]) == ("ok", "ok")
    # The certificate of a test is good for a day.
    assert well["certificate"]["health"] == "warning"
    forged = behind(("X-Forwarded-For $remote_addr;", "X-Forwarded-For $proxy_add_x_forwarded_for;"))
    assert forged["proxy"]["health"] == "ok", "the last address is the one that the proxy saw"
    forged = behind(("X-Forwarded-For $remote_addr;", "X-Forwarded-For $http_x_forwarded_for;"))
    assert forged["proxy"]["health"] == "fault"
    assert "X-Forwarded-For" in forged["proxy"]["found"]
    assert "deploy/nginx/portal.conf" in forged["proxy"]["todo"]
    named = behind(("X-Forwarded-Host $host;", "X-Forwarded-Host $http_x_forwarded_host;"))
    assert (named["proxy"]["health"], "X-Forwarded-Host" in named["proxy"]["found"]) == ("fault", True)
    away = behind(port=free_port())
    assert away["proxy"]["found"].startswith("localhost answers 503, and not as the portal")
    unknown = behind(trusts=False)
    assert unknown["proxy"]["found"].startswith("the certificate of localhost is not trusted")
