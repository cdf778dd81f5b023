"""Bytes of every page and fragment as they are sent, over the map of addresses."""

from __future__ import annotations

import gzip

import pytest
from werkzeug.routing import Rule

from portal.web.compression import TEXTS
from tests.rules.visit import Visit

PAGE_BYTES, FRAGMENT_BYTES = 15_000, 9_000
GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd", "Sec-Fetch-Site": "same-origin"}


def weighed(everything: Visit, rule: Rule, url: str, *, htmx: bool) -> tuple[int, int] | None:
    """The bytes of an HTML answer and how many it may have; None for any other answer."""
    headers = GZIP | ({"HX-Request": "true"} if htmx else {})
    answer = everything.browser(rule).client.get(url, headers={**everything.browser(rule).headers, **headers})
    body, coding = answer.data, answer.headers.get("Content-Encoding")
    if answer.mimetype in TEXTS and answer.status_code == 200:
        assert coding == "gzip" or len(body) < 600, f"{url} is sent plain"
        assert "Accept-Encoding" in answer.vary, url
    if answer.mimetype != "text/html":
        return None
    # A view without a fragment answers htmx with its whole page.
    plain = gzip.decompress(body) if coding else body
    is_page = plain.lstrip()[:9].lower() == b"<!doctype"
    return len(body), PAGE_BYTES if is_page else FRAGMENT_BYTES


@pytest.mark.parametrize("htmx", [False, True])
def test_no_page_or_fragment_is_longer_than_it_may_be(everything: Visit, subtests: pytest.Subtests, *, htmx: bool):
    seen = 0
    for rule, url in everything.urls():
        with subtests.test(rule=rule.rule):
            weight = weighed(everything, rule, url, htmx=htmx)
            seen += weight is not None
            assert weight is None or weight[0] <= weight[1], url
    assert seen > 100
