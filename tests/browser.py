"""Browser without JavaScript over Flask's test client: opens, reads, clicks and sends only what is on the page.

    browser = Browser(app.test_client())
    page = browser.open("/ingreso").form("/ingreso").fill(email="…", password="…").submit("Ingresar")
    page = page.click("Nominación")
    assert page.status == 200 and page.value("[data-field=quantity]") == "12500"

A `Page` is what was answered once and does not change: to play an old tab, keep it and send its form later. Every
HTML answer is checked (`tests.html`) and its findings fail the test.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.forms import Form, Sent
from tests.html import judge, parse, text_of

ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
REDIRECTS = (301, 302, 303, 307, 308)
HOPS = 10


class NotOnPage(AssertionError):
    """The page lacks what the test wants; the text lists what it has."""


class Browser:
    """Browser of one person: keeps cookies from page to page; `page` is the present one."""

    def __init__(
        self, client: FlaskClient, *, origin: str = "http://localhost", headers: dict[str, str] | None = None
    ) -> None:
        self.client = client
        self.origin = origin
        self.headers = headers or {}
        self.page: Page | None = None

    def open(self, url: str, *, htmx: bool = False, headers: dict[str, str] | None = None) -> "Page":
        """Type an address. `htmx=True` asks as htmx does, and takes the answer for a fragment."""
        return self.send(Sent("GET", url, htmx=htmx), headers=headers)

    def send(self, sent: Sent, *, source: "Page | None" = None, headers: dict[str, str] | None = None) -> "Page":
        """Send a request as from the page `source`, follow where it leads, and show the answer."""
        history: list[tuple[int, str]] = []
        while True:
            response = self.client.open(**self._request(sent, source, headers or {}))
            location = response.headers.get("HX-Redirect") if sent.htmx else None
            if response.status_code in REDIRECTS:
                location = response.headers["Location"]
            if location is None:
                self.page = Page(self, sent, response, history)
                return self.page
            history.append((response.status_code, sent.url))
            url = urljoin(sent.url, location)
            host = urlsplit(url).netloc
            if host and host != urlsplit(self.origin).netloc:
                raise AssertionError(f"{sent.method} {sent.url} leads out of the portal, to {url}")
            if len(history) > HOPS:
                raise AssertionError(f"redirected without end: {history}")
            parts = urlsplit(url)
            url = parts.path + (f"?{parts.query}" if parts.query else "")
            keeps_method = response.status_code in (307, 308)
            # The browser follows a redirect inside htmx's request; HX-Redirect is a page of its own.
            inside = sent.htmx and response.status_code in REDIRECTS
            sent = replace(sent, url=url) if keeps_method else Sent("GET", url, htmx=inside)

    def _request(self, sent: Sent, source: "Page | None", extra: dict[str, str]) -> dict[str, Any]:
        headers = {"Accept": ACCEPT, "Accept-Language": "es-CO,es;q=0.9", **self.headers}
        headers["Sec-Fetch-Site"] = "same-origin" if source else "none"
        if source:
            headers["Referer"] = self.origin + source.url
        if sent.method == "POST":
            headers["Origin"] = self.origin
        if sent.htmx:
            headers |= {"HX-Request": "true", "HX-Current-URL": self.origin + (source.url if source else sent.url)}
        request: dict[str, Any] = {
            "path": sent.url,
            "method": sent.method,
            "base_url": self.origin,
            "headers": headers | extra,
        }
        if sent.method == "POST":
            request["data"] = sent.body()
            if not sent.files:
                request["content_type"] = "application/x-www-form-urlencoded"
        return request


class Page:
    """One answer. Reading it never asks the server; `click` and a form's `submit` do, and return the next page."""

    def __init__(self, browser: Browser, sent: Sent, response: TestResponse, history: list[tuple[int, str]]) -> None:
        self.browser = browser
        self.status = response.status_code
        # Path and query, as the address bar shows them after redirects.
        self.url = sent.url
        self.history = history
        self.headers = response.headers
        self.body: bytes = response.get_data()
        self.is_html = response.mimetype == "text/html"
        self.is_fragment = sent.htmx and b"<html" not in self.body
        self._soup: BeautifulSoup | None = None
        self._tags: list[Tag] | None = None
        if self.is_html:
            findings, self._soup = judge(self.source, whole=not self.is_fragment)
            assert not findings, f"{sent.method} {sent.url} ({self.status}):\n  - " + "\n  - ".join(findings)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.url} {self.title!r}>" if self.is_html else f"<Page {self.status} {self.url}>"

    @property
    def source(self) -> str:
        """The answer as text."""
        return self.body.decode("utf-8")

    @property
    def soup(self) -> BeautifulSoup:
        """The parsed page; fails for anything but HTML."""
        assert self.is_html, f"{self.url} answered {self.headers.get('Content-Type')}, not a page"
        if self._soup is None:
            self._soup = parse(self.source)
        return self._soup

    @property
    def title(self) -> str:
        """The title of the window."""
        return text_of(self.soup.title) if self.soup.title else ""

    @property
    def h1(self) -> str:
        """The main heading."""
        return text_of(self.one("h1"))

    @property
    def text(self) -> str:
        """The visible text, with single spaces."""
        return text_of(self.soup.body or self.soup)

    def tags(self, *names: str) -> list[Tag]:
        """Every element of these names, as the page has them; a selector costs ten times as much."""
        if self._tags is None:
            self._tags = list(self.soup.find_all(True))
        return [tag for tag in self._tags if tag.name in names]

    def select(self, css: str) -> list[Tag]:
        """Every element that the selector finds."""
        return list(self.soup.select(css))

    def one(self, css: str) -> Tag:
        """The only element that the selector finds."""
        found = self.select(css)
        if len(found) != 1:
            raise NotOnPage(f"{len(found)} of {css!r} on {self!r}:\n{self.text[:1500]}")
        return found[0]

    def value(self, css: str) -> str:
        """The `data-value` of the only element that the selector finds."""
        return str(self.one(css)["data-value"])

    def form(self, wanted: str | None = None) -> Form:
        """The form with this action, or that this selector finds; the only POST form of `main` when not named."""
        if wanted is None:
            found = [
                form
                for form in self.tags("form")
                if str(form.get("method")).lower() == "post" and form.find_parent("main")
            ]
        elif wanted.startswith("/"):
            found = [form for form in self.tags("form") if str(form.get("action")).split("?", 1)[0] == wanted]
        else:
            found = [form for form in self.select(wanted) if form.name == "form"]
        if len(found) != 1:
            there = [f"{form.get('method', 'get')} {form.get('action')}" for form in self.tags("form")]
            raise NotOnPage(f"{len(found)} forms for {wanted!r} on {self!r}; there are {there}")
        return Form(self, found[0])

    def click(self, wanted: str) -> "Page":
        """Follow the link, or press the button, with this text or found by this selector."""
        target = self._clickable(wanted)
        if target.name != "a":
            owner = target.find_parent("form") or self.one(f"form#{target.get('form')}")
            return Form(self, owner).submit(target)
        url = urljoin(self.url, str(target["href"]).split("#", 1)[0])
        assert not re.match(r"\w+:", url), f"{wanted!r} leads out of the portal, to {url}"
        return self.browser.send(Sent("GET", url), source=self)

    def _clickable(self, wanted: str) -> Tag:
        offered = [tag for tag in self.tags("a", "button") if _leads_on(tag)]
        named = [tag for tag in offered if wanted in (text_of(tag), tag.get("aria-label"))]
        # The same link may stand twice, as in a header and a footer.
        if len({str(tag.get("href") or id(tag)) for tag in named}) == 1:
            return named[0]
        if not named and re.search(r"[#.\[:>=]", wanted):
            return self.one(wanted)
        there = sorted({text_of(tag) or str(tag.get("aria-label")) for tag in offered})
        raise NotOnPage(f"{len(named)} links or buttons {wanted!r} on {self!r}; there are {there}")


def _leads_on(tag: Tag) -> bool:
    """Tell whether it is a link, or a button that sends a form."""
    if tag.name == "a":
        return tag.has_attr("href")
    inside = str(tag.get("type", "")).lower() != "button" and tag.find_parent("form") is not None
    return inside or tag.has_attr("form")
