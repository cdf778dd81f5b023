"""The pictures of the guide show the pages as they are: one walk in a real browser compares their fingerprints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.web import guide_pictures
from portal.words import guide_steps
from tests.application import RunningPortal
from tests.e2e.chromium import SCREENSHOTS
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.stage import NINE, set_the_stage
from tests.guide_pictures.walk import WIDTHS, look, walk

MOST_BYTES, MOST_BYTES_OF_ALL = 25_000, 1_200_000
# What was seen last, to be held against another run: git ignores it.
LAST_SEEN = SCREENSHOTS.with_name("guide-pictures.json")


@pytest.mark.e2e
def test_every_picture_shows_its_page_as_it_is_now(new_tab: NewTab, start_server: StartServer, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    server = start_server(environment=set_the_stage(instance, NINE))
    tab = new_tab(base_url=server.url, color_scheme="light", reduced_motion="reduce")
    known, changed, seen = guide_pictures.read_manifest(), [], {}
    for stop in walk(tab.page, instance):
        found = look(tab.page, stop)
        seen[f"paso-{stop.step} {stop.width}"] = found.lines
        picture = known.get(f"paso-{stop.step}", {}).get(stop.width)
        if picture is None or picture.fingerprint != found.fingerprint:
            changed.append(f"step {stop.step}, {stop.width} ({tab.page.url.removeprefix(server.url)})")
    LAST_SEEN.parent.mkdir(parents=True, exist_ok=True)
    LAST_SEEN.write_text(json.dumps(seen, ensure_ascii=False, indent=1), encoding="utf-8")
    assert not changed, (
        "these pages changed and their pictures in the guide did not; look at them, then run `make pictures` and "
        "commit portal/static/img/guide:\n  - " + "\n  - ".join(changed)
    )


def test_every_step_has_both_pictures_or_says_why_not() -> None:
    known = guide_pictures.read_manifest()
    assert {step: set(widths) for step, widths in known.items()} == {
        f"paso-{step.number}": set(WIDTHS) for step in guide_steps.STEPS if step.picture
    }


def test_pictures_are_small_and_the_folder_holds_no_other() -> None:
    pictures = [picture for widths in guide_pictures.read_manifest().values() for picture in widths.values()]
    sizes = {path.name: path.stat().st_size for path in guide_pictures.FOLDER.glob("*.webp")}
    assert {picture.file for picture in pictures} == set(sizes)
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) <= MOST_BYTES_OF_ALL
    assert all(picture.width <= WIDTHS["narrow"] for picture in pictures if "angosto" in picture.file)


def test_the_page_shows_them_with_words_and_room_and_loads_none_before_it_is_looked_at(portal: RunningPortal) -> None:
    page = portal.browser().open("/guia")
    shown = page.select("picture")
    assert len(shown) == len([step for step in guide_steps.STEPS if step.picture])
    client = portal.app.test_client()
    for picture in shown:
        narrow, wide = picture.find("source"), picture.find("img")
        assert narrow is not None
        assert wide is not None
        assert wide["loading"] == "lazy"
        assert len(str(wide["alt"])) > 30
        assert int(str(wide["width"])) > 0 < int(str(wide["height"]))
        for address in (str(wide["src"]), str(narrow["srcset"])):
            answer = client.get(address)
            assert answer.content_type == "image/webp"
            assert "immutable" in answer.headers["Cache-Control"]
