"""What machines that visit the public pages are told: robots, the map, the manifest, and each page's own address."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from portal.web.access import Audience, audience_of
from tests.application import RunningPortal
from tests.distributors import FIRST

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
    assert (found["short_name"], found["start_url"], found["display"]) == (FIRST.name, "/", "standalone")
    assert client.get(found["icons"][0]["src"]).status_code == 200
    assert all(client.get(each["url"]).status_code in (200, 303) for each in found["shortcuts"])


@pytest.mark.parametrize("address", ["/robots.txt", "/sitemap.xml", "/manifest.webmanifest"])
def test_who_has_it_already_is_told_so(portal: RunningPortal, address: str):
    client = portal.app.test_client()
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", ["/nada", "/tarifas/1999-01", "/ingreso", "/pqr/estado"])
def test_no_page_of_a_mistake_or_of_one_visitor_has_an_address_to_share(portal: RunningPortal, address: str):
    assert not portal.browser().open(address).select("link[rel=canonical]")
