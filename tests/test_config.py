"""The folder of an installation: nobody else reads what lies in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.config import DATABASE, PRIVATE, PUSH_KEY, BadSettings, Settings
from portal.migrations import runner
from portal.models.engine import make_engine
from portal.services.store import push_keys


def modes(instance: Path) -> dict[str, str]:
    return {path.name: oct(path.stat().st_mode & 0o777) for path in instance.iterdir()}


def test_what_is_made_is_the_owners_alone(tmp_path: Path):
    instance = tmp_path / "new" / "instance"
    engine = make_engine(Settings.from_environment({"PORTAL_INSTANCE": str(instance)}).database_url)
    runner.upgrade(engine)
    with engine.connect() as connection:
        # Its log lies beside it while it is open.
        connection.exec_driver_sql("SELECT 1 FROM users").all()
        found = modes(instance)
    engine.dispose()
    assert {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "pepper", "secret_key"} <= set(found)
    assert set(found.values()) == {"0o600"}
    assert oct(instance.stat().st_mode & 0o777) == "0o700"


@pytest.mark.parametrize("name", [*PRIVATE, "backups/copy.db"])
def test_what_an_older_version_left_open_is_closed(tmp_path: Path, name: str):
    (tmp_path / "backups").mkdir()
    (tmp_path / "told.txt").touch(mode=0o644)
    (tmp_path / name).write_bytes(bytes(range(64)))
    if name == PUSH_KEY:
        # Any other content is refused at the start.
        push_keys.make(tmp_path / name)
    (tmp_path / name).chmod(0o644)
    Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path)})
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "told.txt").stat().st_mode & 0o777 == 0o644, "what is not the portal's stays as it is"


def test_a_database_elsewhere_makes_none_here(tmp_path: Path):
    Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_DATABASE_URL": "sqlite:////elsewhere.db"})
    assert not (tmp_path / DATABASE).exists()


def test_the_box_of_cases_has_one_address_which_may_be_the_user_of_its_server(tmp_path: Path):
    def address(**given: str) -> str | None:
        return Settings.from_environment({"PORTAL_INSTANCE": str(tmp_path)} | given).intake_address

    url = {"PORTAL_INTAKE_URL": "imaps://pqr%40distribuidor.example:x@correo.example"}
    assert address() is None
    assert address(**url) == "pqr@distribuidor.example"
    assert address(**url, PORTAL_INTAKE_ADDRESS="buzon@distribuidor.example") == "buzon@distribuidor.example"
    for wrong in (
        {"PORTAL_INTAKE_URL": "maildir:///var/mail/pqr"},
        {**url, "PORTAL_INTAKE_ADDRESS": "a@x.example, b@x.example"},
        {"PORTAL_INTAKE_ADDRESS": "buzon"},
    ):
        with pytest.raises(BadSettings, match="PORTAL_INTAKE_ADDRESS"):
            address(**wrong)
