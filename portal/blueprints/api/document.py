"""OpenAPI document from the file beside this module, with the distributor's name; tests compare it with the answers."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from portal.domain.distributor import Distributor

FILE = Path(__file__).with_name("openapi.json")
# As the file writes a radicado; another distributor's begin otherwise.
RADICADO = "N-2026-000123"


@lru_cache(maxsize=2)
def text(distributor: Distributor) -> str:
    """Return the document with whom to ask about it, made once for each distributor."""
    written = FILE.read_text(encoding="utf-8").replace(RADICADO, f"{distributor.nomination_series}-2026-000123")
    document = json.loads(written)
    document["info"]["contact"] = {"name": distributor.legal_name}
    if distributor.website:
        document["info"]["contact"]["url"] = distributor.website
    return json.dumps(document, ensure_ascii=False, indent=2)
