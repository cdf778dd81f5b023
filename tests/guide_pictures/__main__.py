"""Take the pictures of the guide from the real pages: ``make pictures``, or ``make pictures ARGS=--all`` for all anew.

Only pictures whose page changed are taken again: another taking has other bytes, and every browser would load it again.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from portal.web import guide_pictures
from tests.e2e.chromium import Tab, launch
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, set_the_stage
from tests.guide_pictures.walk import Seen, Stop, look, walk

# Around what is shown, in CSS pixels.
EDGE = 12
# Pixels of the picture for one of CSS, up to a width that the guide has room for, and how much of them is kept.
SCALES = {"wide": 1.25, "narrow": 1.5}
WIDEST = 960
QUALITIES = (55, 45, 35, 25)
MOST_BYTES = 25_000
NAMES = {"wide": "ancho", "narrow": "angosto"}


def main() -> None:
    """Walk the stage and write what changed, with the manifest."""
    wanted = guide_pictures.read_manifest() if "--all" not in sys.argv else {}
    taken, written = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance"
        environment = set_the_stage(instance, NINE)
        with LiveServer(Path(folder), environment=environment) as server, sync_playwright() as playwright:
            browser = launch(playwright)
            tab = Tab(browser, server.url, color_scheme="light", reduced_motion="reduce")
            chromium = tab.context.new_cdp_session(tab.page)
            for stop in walk(tab.page, instance):
                seen, key = look(tab.page, stop), f"paso-{stop.step}"
                known = wanted.get(key, {}).get(stop.width)
                if known is None or known.fingerprint != seen.fingerprint:
                    known = take(tab.page, chromium, stop, seen)
                    written += 1
                    print(f"{known.file}: {(guide_pictures.FOLDER / known.file).stat().st_size:,} bytes")  # noqa: T201
                taken.setdefault(key, {})[stop.width] = known
            browser.close()
    guide_pictures.write_manifest(taken)
    kept = {picture.file for widths in taken.values() for picture in widths.values()}
    for path in guide_pictures.FOLDER.glob("*.webp"):
        if path.name not in kept:
            path.unlink()
    total = sum(path.stat().st_size for path in guide_pictures.FOLDER.glob("*.webp"))
    print(f"{written} of {len(kept)} pictures taken; all of them {total:,} bytes.")  # noqa: T201


def take(page: Page, chromium: CDPSession, stop: Stop, seen: Seen) -> guide_pictures.Picture:
    """Take one picture and return what the manifest says of it."""
    if stop.pointed:
        # By its own property: the policy of the page allows no style of another source.
        page.eval_on_selector(
            stop.pointed, "each => { each.style.outline = '4px solid #e8590c'; each.style.outlineOffset = '-2px' }"
        )
    left, top = max(seen.box["x"] - EDGE, 0), max(seen.box["y"] - EDGE, 0)
    across = page.evaluate("document.documentElement.clientWidth")
    right, bottom = min(seen.box["x"] + seen.box["width"] + EDGE, across), seen.box["y"] + seen.box["height"] + EDGE
    width, height = round(right - left), round(bottom - top)
    clip = {"x": left, "y": top, "width": width, "height": height, "scale": min(SCALES[stop.width], WIDEST / width)}
    given = {"format": "webp", "clip": clip, "captureBeyondViewport": True}
    body = b""
    for quality in QUALITIES:
        body = base64.b64decode(chromium.send("Page.captureScreenshot", given | {"quality": quality})["data"])
        if len(body) <= MOST_BYTES:
            break
    if stop.pointed:
        page.eval_on_selector(stop.pointed, "each => each.removeAttribute('style')")
    name = f"paso-{stop.step:02}-{NAMES[stop.width]}.webp"
    (guide_pictures.FOLDER / name).write_bytes(body)
    return guide_pictures.Picture(name, width, height, seen.fingerprint)


if __name__ == "__main__":
    main()
