"""Every page read through: what it leads to is there and asked for in full, and no sentence ends twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

from werkzeug.exceptions import HTTPException

from tests.html import parse, text_of
from tests.rules.visit import Visit

# Of links that ask the same of the same view, so many are followed.
ALIKE = 2
# After a name that ends with a full stop of its own (S.A.S.).
TWO_STOPS = re.compile(r".{0,40}(?<!\.)\.\.(?!\.)")


def links_of(html: str) -> Iterator[str]:
    """The addresses that a page leads to, within the portal."""
    for link in parse(html).select("a[href]"):
        address = str(link["href"]).partition("#")[0]
        if address and not urlsplit(address).scheme:
            yield address


def test_no_link_of_a_page_leads_to_a_refusal_and_no_sentence_ends_twice(everything: Visit):
    router = everything.portal.app.url_map.bind("localhost")
    pages = {url: everything.browser(rule) for rule, url in everything.urls()}
    followed: dict[tuple[object, ...], int] = {}
    wrong: dict[str, tuple[int, str]] = {}
    twice: dict[str, str] = {}
    for url, browser in pages.items():
        answer = browser.client.get(url, headers=browser.headers)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        if doubled := TWO_STOPS.search(text_of(parse(answer.text))):
            twice[url] = doubled[0]
        for found in links_of(answer.text):
            address = urljoin(url, found)
            parts = urlsplit(address)
            try:
                endpoint, _ = router.match(parts.path)
            except HTTPException:
                endpoint = parts.path
            kind = (id(browser), endpoint, *sorted(parse_qs(parts.query)))
            followed[kind] = followed.get(kind, 0) + 1
            if address in pages or followed[kind] > ALIKE:
                continue
            status = browser.client.get(address, headers=browser.headers).status_code
            if status >= 400:
                wrong[address] = (status, url)
    assert len(followed) > 200
    assert wrong == {}
    assert twice == {}
