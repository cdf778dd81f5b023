"""Compiled templates, kept beside their sources as Python keeps its compiled modules (docs/adr/0181).

A template takes some ten milliseconds to compile, a page needs a dozen of them, and each process compiled its own: the
first visits after every start waited for it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

# Jinja works out at compile time what a filter makes of a constant, so what is compiled depends on these too.
COMPILERS = ("jinja2", "markupsafe")


class CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates of a program, in ``__pycache__`` of its folder of templates.

    Stale as soon as the source, the program's code or a compiler is another one. Where nobody may write, what is there
    is read and nothing is kept.
    """

    def __init__(self, program: Path) -> None:
        super().__init__(str(program / "templates" / "__pycache__"), f"%s.{sys.implementation.cache_tag}.pyc")
        self._program = program

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the name of a template as one of a file."""
        return name.replace("/", ".")

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of the source and of all that compiles it."""
        return hashlib.sha256(self._compiler + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what is kept; a file cut short or of something else is none."""
        try:
            super().load_bytecode(bucket)
        except Exception:
            # Whatever pickle makes of it: the template is compiled, and the file written anew.
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, unless Python itself may keep nothing here."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self.make_folder()
            super().dump_bytecode(bucket)

    def make_folder(self) -> Path:
        """Return the folder of what is kept, made where it was not there."""
        folder = Path(self.directory)
        folder.mkdir(exist_ok=True)
        return folder

    @cached_property
    def _compiler(self) -> bytes:
        """Digest of the program's modules, by times and sizes as Python tells stale ones, and of the compilers."""
        found = hashlib.sha256(repr([version(name) for name in COMPILERS]).encode())
        for path, status in sorted(_list_modules(str(self._program))):
            found.update(f"{path} {status.st_mtime_ns} {status.st_size}\n".encode())
        return found.digest()


def _list_modules(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path and status of each module below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _list_modules(entry.path)
            elif entry.name.endswith(".py"):
                yield entry.path, entry.stat()


def compile_all(app: Flask) -> list[str]:
    """Compile every page of an application that is not kept yet, or no longer as it is; return their names.

    Raises:
        OSError: the folder cannot be written.
    """
    names = [name for name in app.jinja_env.list_templates() if name.endswith(".html")]
    with tempfile.TemporaryFile(dir=CompiledTemplates(Path(app.root_path)).make_folder()):
        for name in names:
            app.jinja_env.get_template(name)
    return names
