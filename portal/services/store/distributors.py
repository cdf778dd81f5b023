"""The distributor of this portal: read every few seconds by each process, changed by the operator's command."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, fields, replace
from time import monotonic
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.domain.codes import BadNit, normalise_nit
from portal.domain.distributor import LONGEST, Colours, Distributor, check_fields
from portal.models import DistributorRow

# So long a process may show the row from before a change: with the page itself, less than five seconds.
KEPT_SECONDS = 4.0
COLOURS = tuple(each.name for each in fields(Colours))
# Columns in the order of display.
FIELDS = (*LONGEST, *COLOURS)

_kept: WeakKeyDictionary[Engine, tuple[float, Distributor]] = WeakKeyDictionary()


def distributor_of(session: Session) -> Distributor:
    """Return the distributor of this database; changes of another process appear within five seconds."""
    engine, now = session.get_bind().engine, monotonic()
    found = _kept.get(engine)
    if found is None or now - found[0] > KEPT_SECONDS:
        fresh = read(session)
        # The same object while nothing changed, so that values derived from it can be cached by it.
        found = _kept[engine] = (now, found[1] if found is not None and found[1] == fresh else fresh)
    return found[1]


def get_cached(engine: Engine) -> Distributor | None:
    """Return the distributor as last read, of any age; None when never read. Runs no query."""
    found = _kept.get(engine)
    return None if found is None else found[1]


def is_fresh(engine: Engine) -> bool:
    """Tell whether the distributor was read within the last few seconds."""
    found = _kept.get(engine)
    return found is not None and monotonic() - found[0] <= KEPT_SECONDS


def read(session: Session) -> Distributor:
    """Return the distributor from its row now."""
    row = session.execute(select(DistributorRow.__table__)).one_or_none()
    if row is None:
        raise LookupError("the database does not say whose portal it is: run the migrations")
    texts = {name: getattr(row, name) for name in LONGEST if name != "guessable"}
    colours = Colours(**{name: getattr(row, name) for name in COLOURS})
    return Distributor(**texts, guessable=tuple(row.guessable.split()), colours=colours)


def forget(session: Session) -> None:
    """Drop the cached distributor, so that the next ``distributor_of`` reads the row."""
    _kept.pop(session.get_bind().engine, None)


def make_row(distributor: Distributor) -> dict[str, str]:
    """Return the columns of a distributor's row."""
    texts = {name: getattr(distributor, name) for name in LONGEST}
    return texts | {"guessable": " ".join(distributor.guessable)} | asdict(distributor.colours)


def change_fields(distributor: Distributor, given: Mapping[str, str]) -> Distributor:
    """Return the distributor with the given fields, by column name, checked.

    Raises ``BadDistributor`` for the first field that does not fit.
    """
    colours = replace(distributor.colours, **{name: text for name, text in given.items() if name in COLOURS})
    texts: dict[str, object] = {name: text for name, text in given.items() if name not in COLOURS}
    if "nit" in given:
        with suppress(BadNit):
            texts["nit"] = normalise_nit(given["nit"])
    if "guessable" in given:
        texts["guessable"] = tuple(given["guessable"].split())
    return check_fields(replace(distributor, **texts, colours=colours))  # type: ignore[arg-type]
