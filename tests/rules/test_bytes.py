"""Bytes of every page and fragment as they are sent, over the map of addresses."""

from __future__ import annotations

import gzip

import pytest
from werkzeug.routing import Rule

from portal.web.compression import TEXTS
from tests.rules.visit import Visit

PAGE_BYTES, FRAGMENT_BYTES = 15_000, 9_000
GZIP = {"Accept-Encoding": "gzip, deflate, br, zstd", "Sec-Fetch-Site": "same-origin"}


def weighed(everything: Visit, rule: Rule, url: str, *, htmx: bool) -> int | None:
    """The bytes of an HTML answer; None for any other."""
    headers = GZIP | ({"HX-Request": "true"} if htmx else {})
    answer = everything.browser(rule).client.get(url, headers={**everything.browser(rule).headers, **headers})
    if answer.mimetype in TEXTS and answer.status_code == 200:
        coding = answer.headers.get("Content-Encoding")
        assert coding == "gzip" or len(answer.data) < 600, f"{url} is sent plain"
        assert "Accept-Encoding" in answer.vary, url
        if coding:
            gzip.decompress(answer.data)
    return len(answer.data) if answer.mimetype == "text/html" else None


@pytest.mark.parametrize(("htmx", "most"), [(False, PAGE_BYTES), (True, FRAGMENT_BYTES)])
def test_no_page_or_fragment_is_longer_than_it_may_be(
    everything: Visit, subtests: pytest.Subtests, *, htmx: bool, most: int
):
    seen = 0
    for rule, url in everything.urls():
        with subtests.test(rule=rule.rule):
            weight = weighed(everything, rule, url, htmx=htmx)
            seen += weight is not None
            assert weight is None or weight <= most, url
    assert seen > 100
