"""Compressed answers: every page, fragment, table and answer of the API with gzip, for clients that take it.

What no length may tell (BREACH) is kept apart, docs/security.md, "Compressed answers": form tokens are masked anew in
each answer, kept blocks are compressed by themselves, and an answer that another site asked for is left plain.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

# Types worth compressing; papers and workbooks are compressed already.
TEXTS = ("text/html", "text/csv", "text/plain", "text/calendar", "application/json", "application/problem+json")
# A shorter answer fits into one packet either way.
SHORTEST = 600
# 5 takes half the time of 9 for 1 % more bytes; long tables go by the quickest.
LEVEL, LONG, LEVEL_OF_LONG = 5, 256 * 1024, 1
OTHERS = ("cross-site", "same-site")


def may_compress() -> bool:
    """Tell whether the browser takes gzip, and no other site chose the words of the address it asks for."""
    if not takes_gzip(request.headers.get("Accept-Encoding", "")):
        return False
    return not request.query_string or request.headers.get("Sec-Fetch-Site") not in OTHERS


@lru_cache(maxsize=64)
def takes_gzip(said: str) -> bool:
    """Tell whether an ``Accept-Encoding`` takes gzip; read once, since browsers say the same each time."""
    return bool(parse_accept_header(said, Accept).quality("gzip") > 0)


def compress_answer(response: Response) -> Response:
    """Compress the answer if it is text that is not coded yet, and may be."""
    if response.mimetype not in TEXTS or response.status_code in (204, 304):
        return response
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in response.headers or not may_compress():
        return response
    if response.is_streamed:
        response.response = _compressed_parts(response.iter_encoded())
        response.headers.pop("Content-Length", None)
    else:
        body = response.get_data()
        if len(body) < SHORTEST:
            return response
        response.set_data(_compressed(body))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _compressed(body: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL if len(body) < LONG else LEVEL_OF_LONG, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return compressor.compress(body) + compressor.flush()


def _compressed_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(LEVEL_OF_LONG, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for part in parts:
        if coded := compressor.compress(part):
            yield coded
    yield compressor.flush()


def init_app(app: Flask) -> None:
    """Compress each answer, after everything else that reads or changes its body."""
    app.after_request(compress_answer)
