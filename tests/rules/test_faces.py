"""A room of the services that has a face is used by it: outside nobody names a module that the face does not list."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import portal

ROOT = Path(portal.__file__).parent
SERVICES = ROOT / "services"


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def faces() -> dict[str, frozenset[str]]:
    """Return what each package of the services lists in ``__all__``, by its dotted name; packages without are open."""
    found = {}
    for path in SERVICES.rglob("__init__.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                found[name_of(path)] = frozenset(ast.literal_eval(node.value))
    return found


def named(source: str) -> Iterator[tuple[int, str]]:
    """Yield what the absolute imports of a source name below the services, with the line of each."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("portal.services"):
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name.startswith("portal.services"))


def past_a_face(module: str, name: str, listed: Mapping[str, frozenset[str]]) -> str | None:
    """Return the face that an import of ``name`` in ``module`` goes past, None when it goes past none."""
    parts = name.split(".")
    for length in range(3, len(parts)):
        face, asked = ".".join(parts[:length]), parts[length]
        if face in listed and not f"{module}.".startswith(f"{face}.") and asked not in listed[face]:
            return face
    return None


def test_nobody_outside_a_room_names_what_its_face_does_not_list():
    listed = faces()
    assert len(listed) > 20
    assert [
        f"{path.relative_to(ROOT)}:{line} {name}, past {face}"
        for path in sorted(ROOT.rglob("*.py"))
        for line, name in named(path.read_text("utf-8"))
        if (face := past_a_face(name_of(path), name, listed)) is not None
    ] == []


def test_an_import_past_a_face_is_found():
    listed = {"portal.services.mail": frozenset({"post", "letters"})}
    source = "from portal.services.mail import post\nfrom portal.services.mail.hidden import post\n"
    found = [past_a_face("portal.web.pages", name, listed) for _, name in named(source)]
    assert found == [None, "portal.services.mail"]
    assert past_a_face("portal.web.pages", "portal.services.mail.letters.post", listed) is None
    assert past_a_face("portal.services.mail.outbox", "portal.services.mail.hidden", listed) is None
