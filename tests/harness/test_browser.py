"""The browser without JavaScript does what a person's browser would, and refuses what a person could not do."""

import pytest

from tests.browser import Browser, NotOnPage
from tests.forms import CannotFill
from tests.harness.tiny import create_app


@pytest.fixture
def browser() -> Browser:
    return Browser(create_app().test_client())


def test_an_untouched_form_sends_what_the_page_filled_in(browser: Browser):
    page = browser.open("/pedido").form("/pedido").submit()
    assert page.url == "/pedido"
    assert page.history == [(303, "/pedido")]
    sent = "('csrf_token', 'abc'), ('version', '3'), ('name', 'Ana'), ('fixed', 'f'), ('note', 'una\\r\\ndos'), "
    assert f"[{sent}('month', '2'), ('day', 'mon')]" in page.text


def test_answers_go_out_by_value_or_by_label(browser: Browser):
    form = browser.open("/pedido").form("/pedido")
    form.fill(name="Luz", month="enero", kind="Renominación", consent=True, day=["tue"], note="x\ny")
    page = form.submit("Enviar")
    for pair in [("name", "Luz"), ("month", "1"), ("kind", "r"), ("consent", "on"), ("day", "tue"), ("note", "x\r\ny")]:
        assert repr(pair) in page.text
    assert "'mon'" not in page.text


def test_a_file_goes_along(browser: Browser):
    page = browser.open("/pedido").form("/pedido").fill(file=("a.csv", b"1;2")).submit()
    assert "('file', 'a.csv:1;2')" in page.text


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"absent": "x"}, "no field 'absent'"),
        ({"off": "x"}, "no field 'off'"),
        ({"version": "9"}, "hidden"),
        ({"fixed": "x"}, "only be read"),
        ({"name": "x" * 21}, "20 characters"),
        ({"month": "marzo"}, "does not offer"),
        ({"kind": "otra"}, "does not offer"),
        ({"day": ["sun"]}, "offers"),
    ],
)
def test_what_a_person_could_not_do_is_refused(browser: Browser, answers: dict, words: str):
    with pytest.raises(CannotFill, match=words):
        browser.open("/pedido").form("/pedido").fill(**answers)


def test_a_forger_sends_what_was_never_offered(browser: Browser):
    page = browser.open("/pedido").form("/pedido").tamper(version="9", month="13", name=None).submit()
    assert "('version', '9')" in page.text
    assert "('month', '13')" in page.text
    assert "'name'" not in page.text


def test_a_button_may_send_elsewhere_and_goes_along(browser: Browser):
    page = browser.open("/pedido").click("Guardar")
    assert (page.status, page.url, page.h1) == (422, "/borrador", "Borrador")
    assert "draft" in page.text


def test_a_get_form_puts_its_fields_in_the_address(browser: Browser):
    form = browser.open("/pedido").form("/eco")
    with pytest.raises(CannotFill, match="empty"):
        form.submit()
    assert form.fill(q="año 2").submit().url == "/eco?q=a%C3%B1o+2"


def test_links_are_followed_by_text_or_selector_with_the_page_as_referrer(browser: Browser):
    assert browser.open("/").click("Pedido").url == "/pedido"
    page = browser.open("/").click("a#eco")
    assert page.url == "/eco?q=1"
    assert page.value("[data-value]") == "1"
    assert "http://localhost/ same-origin" in page.text
    with pytest.raises(NotOnPage, match=r"there are .*Pedido"):
        browser.open("/").click("Nada")


def test_an_old_tab_sends_its_own_form_with_the_cookies_of_today(browser: Browser):
    old = browser.open("/pedido")
    browser.open("/pedido").form("/pedido").fill(name="Nueva").submit()
    assert "Ana" in old.form("/pedido").submit().text
    assert "nada" in old.text


def test_htmx_gets_a_fragment_and_obeys_its_redirect(browser: Browser):
    assert browser.open("/eco?q=7", htmx=True).source == "<p>7</p>"
    page = browser.open("/pedido").form("/pedido").submit(htmx=True)
    assert page.history == [(200, "/pedido")]
    assert page.h1 == "Pedido"


def test_what_is_no_page_has_a_body_only(browser: Browser):
    assert browser.open("/datos.csv").body == b"a;b"
    with pytest.raises(AssertionError, match="not a page"):
        _ = browser.open("/datos.csv").text


@pytest.mark.parametrize("link", ["Rueda", "Fuera"])
def test_redirects_without_end_or_out_of_the_portal_fail(browser: Browser, link: str):
    with pytest.raises(AssertionError, match=r"without end|out of the portal"):
        browser.open("/").click(link)


def test_a_page_with_a_finding_fails_the_test_that_opens_it(browser: Browser):
    with pytest.raises(AssertionError, match="inline style"):
        browser.open("/?fault=style")
