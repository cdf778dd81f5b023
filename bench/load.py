"""Load from outside the server: wrk, with the requests of one measurement."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LUA = Path(__file__).with_name("requests.lua")
CONNECTIONS, THREADS = 16, 1


@dataclass(frozen=True, slots=True)
class Request:
    """One request to send."""

    path: str
    method: str = "GET"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Result: requests a second, answers by status, 99th percentile of the time in ms."""

    per_second: float
    statuses: dict[int, int]
    p99_ms: float


def send(
    address: str,
    requests: Sequence[Request],
    *,
    headers: dict[str, str],
    seconds: int,
    folder: Path,
    once: bool = False,
) -> Load:
    """Send the requests round and round for ``seconds``, or each exactly ``once``."""
    listing = folder / "requests.tsv"
    listing.write_text("".join(f"{r.method}\t{r.path}\t{r.body}\n" for r in requests))
    command = [
        "wrk",
        f"-t{THREADS}",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "--latency",
        "-s",
        str(LUA),
    ]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += [address, "--", str(listing), "once" if once else "round"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"wrk did not answer as expected:\n{done.stdout}{done.stderr}")
    result = json.loads(found[1])
    return Load(result["per_second"], {int(k): v for k, v in result["statuses"].items()}, result["p99_ms"])
