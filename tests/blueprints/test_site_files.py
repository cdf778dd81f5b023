"""What machines that visit the public pages are told: robots, the map, the manifest, and each page's own address."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import update

from portal.models import DistributorRow
from portal.papers import app_icon
from portal.services.ops import distributor_changes
from portal.services.store import distributors
from portal.services.store.transactions import transaction
from portal.web.access import Audience, audience_of
from portal.web.assets import YEAR
from tests.application import RunningPortal
from tests.distributors import FIRST, SECOND

NAMES = {"map": "http://www.sitemaps.org/schemas/sitemap/0.9"}
BASE = "http://localhost"


def mapped(portal: RunningPortal) -> list[str]:
    answer = portal.app.test_client().get("/sitemap.xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    return [str(each.text) for each in ET.fromstring(answer.data).findall("map:url/map:loc", NAMES)]


def test_the_map_names_every_public_page_and_each_of_them_answers(portal: RunningPortal):
    found = mapped(portal)
    assert f"{BASE}/tarifas/2024-05/san-jose-del-guaviare" in found
    assert len(found) == len(set(found))
    browser = portal.browser()
    for address in found:
        page = browser.open(address.removeprefix(BASE))
        assert page.status == 200, address
        assert page.one("link[rel=canonical]")["href"] == address
        assert page.one("meta[property='og:url']")["content"] == address
        assert str(page.one("meta[property='og:title']")["content"]) in page.title
        assert 40 <= len(str(page.one("meta[name=description]")["content"])) <= 200, address


def test_nothing_of_the_map_asks_for_an_account_and_robots_are_kept_from_what_does(portal: RunningPortal):
    text = portal.app.test_client().get("/robots.txt").get_data(as_text=True)
    kept = [line.removeprefix("Disallow: ") for line in text.splitlines() if line.startswith("Disallow: ")]
    assert f"Sitemap: {BASE}/sitemap.xml" in text
    assert not [
        address for address in mapped(portal) if any(address.removeprefix(BASE).startswith(path) for path in kept)
    ]
    open_to_some = {
        "/" + rule.rule.split("/")[1]
        for rule in portal.app.url_map.iter_rules()
        if audience_of(portal.app.view_functions[rule.endpoint]) is not Audience.PUBLIC
    }
    assert {path for path in open_to_some if not any(path.startswith(prefix) for prefix in kept)} == set()


def test_the_manifest_names_the_portal_and_its_picture(portal: RunningPortal):
    client = portal.app.test_client()
    address = str(portal.browser().open("/").one("link[rel=manifest]")["href"])
    answer = client.get(address)
    assert answer.content_type == "application/manifest+json; charset=utf-8"
    found = json.loads(answer.data)
    assert (found["short_name"], found["start_url"], found["display"]) == (FIRST.name, "/inicio", "standalone")
    assert [(each["sizes"], each["purpose"]) for each in found["icons"]] == [
        ("any", "any"),
        ("192x192", "any"),
        ("512x512", "any"),
        ("192x192", "maskable"),
        ("512x512", "maskable"),
    ]
    for each in found["icons"]:
        answer = client.get(each["src"])
        assert (answer.status_code, answer.mimetype) == (200, each["type"])
        assert answer.headers["Cache-Control"] == YEAR
    assert all(client.get(each["url"]).status_code in (200, 303) for each in found["shortcuts"])


@pytest.mark.parametrize(
    "address",
    [
        *("/robots.txt", "/sitemap.xml", "/manifest.webmanifest", "/sin-red.js", "/sin-red"),
        *("/favicon.ico", "/apple-touch-icon.png", "/iconos/192.png", "/iconos/icono.svg"),
    ],
)
def test_who_has_it_already_is_told_so(portal: RunningPortal, address: str):
    client = portal.app.test_client()
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", ["/nada", "/tarifas/1999-01", "/ingreso", "/pqr/estado"])
def test_no_page_of_a_mistake_or_of_one_visitor_has_an_address_to_share(portal: RunningPortal, address: str):
    assert not portal.browser().open(address).select("link[rel=canonical]")


def sides(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_every_picture_has_the_sides_that_its_name_says(portal: RunningPortal):
    client = portal.app.test_client()
    found = {name: sides(client.get(f"/iconos/{name}").data) for name in app_icon.PICTURES}
    assert found == {name: (side, side) for name, (side, _) in app_icon.PICTURES.items()}
    assert client.get("/iconos/999.png").status_code == 404
    assert sides(client.get("/apple-touch-icon.png").data) == (180, 180)
    favicon = client.get("/favicon.ico").data
    assert struct.unpack("<HHH", favicon[:6]) == (0, 1, 2)
    for place, side in enumerate(app_icon.FAVICON_SIDES):
        length, at = struct.unpack("<II", favicon[6 + 16 * place + 8 : 6 + 16 * place + 16])
        assert sides(favicon[at : at + length]) == (side, side)


def test_another_distributor_has_icons_of_its_own(portal: RunningPortal):
    client = portal.app.test_client()
    names = ("icono.svg", *app_icon.PICTURES)
    first = {name: client.get(f"/iconos/{name}").data for name in names}
    address = portal.browser().open("/").one("link[rel=icon]")["href"]
    with portal.session() as session, transaction(session):
        distributor_changes.replace(session, SECOND)
    for name in names:
        assert client.get(f"/iconos/{name}").data != first[name], name
    assert SECOND.colours.brand.encode() in client.get("/iconos/icono.svg").data
    assert portal.browser().open("/").one("link[rel=icon]")["href"] != address
    assert json.loads(client.get("/manifest.webmanifest").data)["short_name"] == SECOND.name


def test_the_page_without_a_network_is_the_same_for_everybody_and_says_no_figure(portal: RunningPortal):
    pages = [browser.open("/sin-red") for browser in (portal.browser(), portal.customer().browser)]
    assert pages[0].body == pages[1].body
    main = pages[0].one("main")
    assert [str(tag["href"]) for tag in main.select("a[href^='tel:']")] == [
        f"tel:{FIRST.dialled}",
        f"tel:{FIRST.emergency_number}",
    ]
    assert not re.search(r"\d{1,2}:\d\d|\$|20\d\d", main.get_text())
    assert not main.select("form, script")


def test_the_worker_changes_with_its_page_and_only_then(portal: RunningPortal):
    client = portal.app.test_client()
    before = client.get("/sin-red.js")
    assert before.headers["Service-Worker-Allowed"] == "/"
    assert before.mimetype == "text/javascript"
    portal.clock.forward(days=40)
    assert client.get("/sin-red.js").data == before.data
    # Of the page alone: colours would change the style sheet.
    with portal.session() as session, transaction(session):
        session.execute(update(DistributorRow).values(telephone=SECOND.telephone))
        distributors.forget(session)
    assert client.get("/sin-red.js").data != before.data


def test_where_it_is_off_the_worker_ends_itself_and_pages_name_none(portal: RunningPortal):
    assert portal.browser().open("/").one("body")["data-worker"] == "/sin-red.js"
    portal.app.extensions["portal.settings"] = replace(portal.app.extensions["portal.settings"], offline_page=False)
    portal.app.jinja_env.globals["offline_page"] = False
    assert "data-worker" not in portal.browser().open("/").source
    text = portal.app.test_client().get("/sin-red.js").text
    assert "unregister()" in text
    assert "fetch" not in text
