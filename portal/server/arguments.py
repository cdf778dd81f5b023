"""Command line of the server, for those who start it and for itself."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

WORKERS = 2
TARGET = "portal.rsgi:app"


@dataclass(frozen=True, slots=True)
class Arguments:
    """Server as asked for: where to listen, how many processes, which application, the worker beside it or not.

    A reload adds the descriptors of the open ``sockets`` and the ids of the ``former`` processes; ``check`` only loads.
    """

    host: str
    port: int
    workers: int = WORKERS
    target: str = TARGET
    worker: bool = False
    check: bool = False
    sockets: tuple[int, ...] = ()
    former: tuple[int, ...] = ()

    @classmethod
    def parsed(cls, words: list[str]) -> Arguments:
        """Return what the words of a command line ask for; ends the process when they are none of ours."""
        parser = argparse.ArgumentParser(prog="portal.server.main")
        parser.add_argument("host")
        parser.add_argument("port", type=int)
        parser.add_argument("--workers", type=int, default=WORKERS)
        parser.add_argument("--target", default=TARGET)
        parser.add_argument("--worker", action="store_true")
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--sockets", type=int, nargs="*", default=())
        parser.add_argument("--former", type=int, nargs="*", default=())
        found = vars(parser.parse_args(words))
        return cls(**found | {"sockets": tuple(found["sockets"]), "former": tuple(found["former"])})

    def command(self) -> list[str]:
        """Return the command line of a server."""
        words = [self.host, str(self.port), "--workers", str(self.workers), "--target", self.target]
        words += [f"--{name}" for name in ("worker", "check") if getattr(self, name)]
        for name, numbers in (("sockets", self.sockets), ("former", self.former)):
            words += [f"--{name}", *map(str, numbers)] if numbers else []
        return [sys.executable, "-m", "portal.server.main", *words]
