"""Pictures of the guide and the fingerprints of the pages from which they were taken (adr/0122)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from .assets import STATIC

FOLDER = STATIC / "img" / "guide"
MANIFEST = FOLDER / "pictures.json"


class Picture(NamedTuple):
    """Picture of a step: its file in ``FOLDER``, its size in CSS pixels, the fingerprint of what it shows."""

    file: str
    width: int
    height: int
    fingerprint: str


Manifest = Mapping[str, Mapping[str, Picture]]


@cache
def list_pictures() -> Manifest:
    """Return the pictures by step (``paso-10``) and by width (``wide``, ``narrow``); read once by a process."""
    return read_manifest()


def read_manifest() -> Manifest:
    """Return what the manifest says now; nothing before the first pictures were taken."""
    if not MANIFEST.is_file():
        return {}
    said = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return {step: {width: Picture(**each) for width, each in widths.items()} for step, widths in said.items()}


def write_manifest(pictures: Manifest) -> None:
    """Write the manifest, a line each, so that a change of one page is a change of one line."""
    steps = [
        f'  "{step}": {{\n'
        + ",\n".join([f'    "{width}": {json.dumps(each._asdict())}' for width, each in pictures[step].items()])
        + "\n  }"
        for step in sorted(pictures, key=lambda step: int(step.removeprefix("paso-")))
    ]
    MANIFEST.write_text("{\n" + ",\n".join(steps) + "\n}\n", encoding="utf-8")
