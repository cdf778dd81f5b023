"""Chromium, driven by playwright: a tab that records problems and checks pages."""

import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PLACES = ("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENSHOTS = Path(__file__).parents[2] / ".cache" / "screenshots"
# Playwright's words, where a test lets no service worker in.
WORKERS_BLOCKED = "Service Worker registration blocked by Playwright"
NOTE_VIOLATIONS = """document.addEventListener('securitypolicyviolation', event => noteViolation(
  `${event.violatedDirective} blocked ${event.blockedURI || 'inline'} at ${event.sourceFile}:${event.lineNumber}`))"""
# Chromium's words for an answer of 4xx or 5xx, and htmx's.
REFUSED = re.compile(
    r"(?:Failed to load resource: the server responded with a status of|Response Status Error Code) (\d+)"
)


def await_true(page: Page, expression: str, *, seconds: float = 30) -> None:
    """Ask the page from outside until the expression is true; raises ``AssertionError`` when it stays false.

    Playwright's ``wait_for_function`` asks inside the page by ``eval``, which our policy forbids from its second time
    on: a test that uses it passes where the expression is true at once.
    """
    for _ in range(int(seconds * 20)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"stays false: {expression}")


def launch(playwright: Playwright) -> Browser:
    """Start the browser that `tools/ensure-chromium` found or installed."""
    given = os.environ.get("PORTAL_CHROMIUM")
    own = playwright.chromium.executable_path
    for path in [given] if given else [*PLACES, own]:
        if path and os.access(path, os.X_OK):
            return playwright.chromium.launch(executable_path=path, args=FLAGS)
    raise RuntimeError("No Chromium here: `make test` installs it, or set PORTAL_CHROMIUM to its path.")


class Tab:
    """One tab in a context of its own, so with cookies of its own. `page` is playwright's.

    What goes wrong gathers in `problems`; the fixture fails the test on any that is left at the end.
    """

    def __init__(self, browser: Browser, base_url: str, **options: Any) -> None:
        # A worker would take the requests of a page out of the hands of `page.route`.
        settings = {
            "service_workers": "block",
            "locale": "es-CO",
            "timezone_id": "America/Bogota",
            "viewport": {"width": 1280, "height": 900},
        }
        self.context: BrowserContext = browser.new_context(base_url=base_url, **settings | options)
        self.context.set_default_timeout(10_000)
        self.problems: list[str] = []
        # A form that is refused answers 422, which Chromium prints as an error although it is none.
        self.expected = {422}
        self.context.expose_function("noteViolation", lambda words: self.problems.append(f"CSP: {words}"))
        self.context.add_init_script(NOTE_VIOLATIONS)
        self.context.on("page", self._watch)
        self.page: Page = self.context.new_page()

    def expect_status(self, *statuses: int) -> None:
        """Let the server answer these too, such as 404 or 503, without calling it a problem."""
        self.expected.update(statuses)

    def goto(self, path: str) -> Response | None:
        """Open an address of the portal and wait until it has loaded."""
        return self.page.goto(path)

    def axe(self, *, within: str | None = None, tags: list[str] | None = None) -> None:
        """Fail on any violation of WCAG 2.2 AA on the page as it stands now."""
        options = {"runOnly": {"type": "tag", "values": tags or WCAG}, "resultTypes": ["violations"]}
        results = Axe().run(self.page, context=within, options=options)
        assert not results.violations_count, f"axe on {self.page.url}:\n{results.generate_report()}"

    def fits(self) -> None:
        """Fail when the page is wider than the window, so that a person would have to scroll sideways."""
        wider = self.page.evaluate(
            """() => {
              const width = document.documentElement.clientWidth
              if (document.documentElement.scrollWidth <= width) return null
              return [...document.querySelectorAll('body *')]
                .filter(tag => tag.getBoundingClientRect().left + Math.max(tag.offsetWidth, tag.scrollWidth) > width)
                .slice(0, 8).map(tag => tag.cloneNode(false).outerHTML.slice(0, 120))
            }"""
        )
        assert wider is None, f"{self.page.url} is wider than its window because of {wider}"

    def judge(self) -> None:
        """Check a page in the browser: axe, width, no recorded problem."""
        self.axe()
        self.fits()
        self.settle()

    def settle(self) -> None:
        """Fail on any problem recorded so far."""
        if not self.page.is_closed():
            # A round trip, after which everything noted before it has arrived.
            self.page.evaluate("0")
        assert not self.problems, "in the browser:\n  - " + "\n  - ".join(self.problems)

    def shot(self, name: str) -> Path:
        """Keep a picture of the whole page for people to look at; return its path, which git ignores."""
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def close(self) -> None:
        """Close the tab with its cookies."""
        self.context.close()

    def _watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        refused = REFUSED.match(message.text)
        if (
            message.type not in ("error", "warning")
            or message.text == WORKERS_BLOCKED
            or (refused and int(refused[1]) in self.expected)
        ):
            return
        self.problems.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _failed(self, request: Request) -> None:
        # Chromium calls it aborted when a download begins or the person has already moved on.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"{request.method} {request.url} failed: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"{response.request.method} {response.url} answered {response.status}")
