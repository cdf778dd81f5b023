"""The front and the gateway behind it: what the application is told of a request, and what it is spared."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from portal.rsgi import pages_of
from portal.server.front import NOTICED_SECONDS, PIECE_BYTES, Front
from portal.server.gateway import IN_MEMORY_BYTES, Body, answered, environ_of
from portal.services.files.delimited_files import UPLOAD
from portal.web.limits import MAX_BYTES, longest_body
from tests.application import RunningPortal, SetClock, run, settings_for


class Pairs:
    """Headers as granian gives them: one name may stand in several pairs."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = pairs

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)


def environ(*headers: tuple[str, str], body: Body | None = None, **told: str) -> dict[str, Any]:
    usual = {
        "http_version": "1.1",
        "server": "127.0.0.1:8000",
        "client": "10.0.0.7:40000",
        "scheme": "http",
        "method": "POST",
        "path": "/nominación",
        "query_string": "año=2026",
    }
    return environ_of(SimpleNamespace(**usual | told, headers=Pairs(*headers)), body)


def test_text_is_told_as_bytes_read_as_latin_1():
    told = environ()
    assert told["PATH_INFO"].encode("latin-1").decode() == "/nominación"
    assert told["QUERY_STRING"].encode("latin-1").decode() == "año=2026"


@pytest.mark.parametrize(
    ("client", "address"), [("10.0.0.7:40000", "10.0.0.7"), ("[2001:db8::7]:40000", "2001:db8::7")]
)
def test_the_client_is_told_without_its_port(client: str, address: str):
    assert environ(client=client)["REMOTE_ADDR"] == address


def test_cookies_in_two_headers_are_one_and_other_headers_a_list():
    told = environ(("cookie", "a=1"), ("cookie", "b=2"), ("x-a", "1"), ("x-a", "2"))
    assert (told["HTTP_COOKIE"], told["HTTP_X_A"]) == ("a=1; b=2", "1,2")


def test_an_underscore_passes_for_no_header_of_the_proxy():
    told = environ(("x_forwarded_for", "1.2.3.4"), ("content_length", "9"))
    assert "HTTP_X_FORWARDED_FOR" not in told
    assert told["CONTENT_LENGTH"] == ""


def test_a_body_is_told_with_its_true_length_however_it_came():
    told = environ(("transfer-encoding", "chunked"), ("content-type", "text/plain"), body=Body(io.BytesIO(b"abc"), 3))
    assert (told["CONTENT_LENGTH"], told["CONTENT_TYPE"], told["wsgi.input"].read()) == ("3", "text/plain", b"abc")
    assert not [name for name in told if name in ("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_TYPE")]


def test_the_longest_body_is_what_the_view_takes(portal: RunningPortal):
    longest = longest_body(portal.app)
    assert longest("POST", "/ingreso") == MAX_BYTES
    assert longest("POST", "/no-hay") == MAX_BYTES
    assert longest("GET", "/consola/mediciones") == MAX_BYTES
    files = [rule for rule in portal.app.url_map.iter_rules() if takes_file(portal.app, rule.endpoint)]
    assert files
    for rule in files:
        assert longest("POST", rule.rule.replace("<", "").replace(">", "")) == UPLOAD.bytes + MAX_BYTES, rule


def takes_file(app: Flask, endpoint: str) -> bool:
    return getattr(app.view_functions[endpoint], "takes_file", False)


@pytest.mark.parametrize("length", [0, 1, IN_MEMORY_BYTES, IN_MEMORY_BYTES + 1, 3 * IN_MEMORY_BYTES])
def test_an_answer_is_whole_and_its_application_done_when_it_leaves(length: int):
    closed = []

    class Pieces:
        def __iter__(self) -> Any:
            return (b"x" * 1000 for _ in range(length // 1000)) if length >= 1000 else iter([b"x" * length])

        def close(self) -> None:
            closed.append(True)

    def app(_environ: dict[str, Any], start: Any) -> Pieces:
        start("200 OK", [("X-Is", "so")])
        return Pieces()

    answer = answered(app, {})
    content = answer.content
    if not isinstance(content, bytes):
        with content as file:
            content = file.read()
    assert (answer.status, answer.headers, closed) == (200, [("x-is", "so")], [True])
    assert content == b"x" * (length if length < 1000 else length // 1000 * 1000)
    assert isinstance(answer.content, bytes) == (len(content) <= IN_MEMORY_BYTES)


def test_what_fails_within_an_answer_is_no_half_answer():
    def app(_environ: dict[str, Any], start: Any) -> Any:
        start("200 OK", [])
        yield b"x" * 2 * IN_MEMORY_BYTES
        raise RuntimeError("half")

    with pytest.raises(RuntimeError, match="half"):
        answered(app, {})


def test_a_browser_is_shown_a_page_where_the_front_answers_by_itself(portal: RunningPortal):
    pages = pages_of(portal.app)
    assert sorted(pages) == [408, 500, 503]
    usual = portal.app.test_client().get("/no-hay").headers
    for status, (headers, content) in pages.items():
        told = dict(headers)
        assert told["content-type"] == "text/html; charset=utf-8", status
        assert told["content-security-policy"] == usual["Content-Security-Policy"]
        assert told["cache-control"] == "no-store"
        assert b'<html lang="es-CO">' in content
    assert "Nada se registró." in pages[408][1].decode()


@pytest.mark.parametrize("trusted", ["clientes.example.co", ".example.co"])
def test_those_pages_are_there_for_whichever_name_the_portal_has(
    sqlite_url: str, tmp_path: Path, clock: SetClock, trusted: str
):
    for portal in run(settings_for(sqlite_url, tmp_path, clock, trusted_hosts=(trusted,))):
        assert sorted(pages_of(portal.app)) == [408, 500, 503]


@pytest.mark.parametrize(("accept", "said"), [("text/html,*/*", b"<!doctype html>"), ("application/json", b"La sol")])
def test_who_is_too_slow_is_answered_as_it_reads(portal: RunningPortal, accept: str, said: bytes, capfd):
    answers: list[tuple[int, bytes]] = []

    class Slow:
        def __aiter__(self) -> Slow:
            return self

        async def __anext__(self) -> bytes:
            await asyncio.sleep(60)
            raise StopAsyncIteration

        def response_bytes(self, status: int, _headers: list[tuple[str, str]], content: bytes) -> None:
            answers.append((status, content))

    asked = {"content-length": "9", "accept": accept}
    scope = SimpleNamespace(method="POST", path="/registro", headers=asked, client="10.0.0.7:40000")
    front = Front(
        portal.app.wsgi_app,
        threads=1,
        patience_seconds=0.05,
        usual_bytes=MAX_BYTES,
        longest_of=longest_body(portal.app),
        pages=pages_of(portal.app),
    )
    # In a thread of its own: where a browser test ran before, this one has a loop that runs already.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(lambda: asyncio.run(front.__rsgi__(scope, Slow()))).result()  # type: ignore[arg-type]
    assert answers[0][0] == 408
    assert answers[0][1].startswith(said)
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert (line["event"], line["status"], line["client"]) == ("not taken", 408, "10.0.0.7")


def test_a_long_body_is_answered_when_a_proxy_has_seen_that_all_of_it_is_sent():
    happened: list[str] = []

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        happened.append(f"{environ['CONTENT_LENGTH']} bytes asked")
        start("413 Payload Too Large", [])
        return [b"too long"]

    class Client:
        def __init__(self, length: int) -> None:
            usual = {"http_version": "1.1", "server": "127.0.0.1:1", "client": "127.0.0.1:2", "scheme": "http"}
            headers = {"content-length": str(length)}
            self.scope = SimpleNamespace(**usual, method="POST", path="/x", query_string="", headers=headers)
            self.pieces = iter([b"x" * length])

        def __aiter__(self) -> Client:
            return self

        async def __anext__(self) -> bytes:
            for piece in self.pieces:
                return piece
            asyncio.get_running_loop().call_later(NOTICED_SECONDS / 2, happened.append, "the proxy has seen it")
            raise StopAsyncIteration

        def response_bytes(self, status: int, _headers: list[tuple[str, str]], _content: bytes) -> None:
            happened.append(str(status))

    front = Front(app, threads=1, patience_seconds=5, usual_bytes=MAX_BYTES + 1, longest_of=lambda _m, _p: 0)
    client = Client(PIECE_BYTES + 1)
    with ThreadPoolExecutor(1) as apart:
        apart.submit(lambda: asyncio.run(front.__rsgi__(client.scope, client))).result()  # type: ignore[arg-type]
    assert happened == ["the proxy has seen it", f"{PIECE_BYTES + 1} bytes asked", "413"]


def test_who_waits_too_long_for_a_thread_is_told_that_nothing_was_registered():
    begun, ends = threading.Event(), threading.Event()
    worked: list[str] = []

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        worked.append(environ["PATH_INFO"])
        begun.set()
        ends.wait(30)
        start("200 OK", [])
        return [b"done"]

    class Client:
        def __init__(self, path: str) -> None:
            usual = {"http_version": "1.1", "server": "127.0.0.1:1", "client": "127.0.0.1:2", "scheme": "http"}
            self.scope = SimpleNamespace(
                **usual, method="GET", path=path, query_string="", headers={"accept": "application/json"}
            )
            self.status, self.headers, self.said = 0, {"": ""}, b""

        def response_bytes(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.status, self.headers, self.said = status, dict(headers), content

    front = Front(
        app, threads=1, patience_seconds=5, usual_bytes=1000, longest_of=lambda _m, _p: 1000, turn_seconds=0.05
    )
    first, second, third = Client("/one"), Client("/two"), Client("/three")

    async def ask() -> None:
        # Longer at work than anybody may wait: what a thread has begun is answered.
        answered_late = asyncio.ensure_future(front.__rsgi__(first.scope, first))  # type: ignore[arg-type]
        await asyncio.to_thread(begun.wait, 30)
        await front.__rsgi__(second.scope, second)  # type: ignore[arg-type]
        ends.set()
        await answered_late
        await front.__rsgi__(third.scope, third)  # type: ignore[arg-type]

    with ThreadPoolExecutor(1) as apart:
        apart.submit(lambda: asyncio.run(ask())).result()
    assert (first.status, first.said) == (200, b"done")
    assert (second.status, second.headers["retry-after"]) == (503, "5")
    assert "no se registró" in second.said.decode()
    assert (third.status, worked) == (200, ["/one", "/three"])
