"""``portal jobs``: the jobs of the worker, and failed ones once more."""

from __future__ import annotations

import click

from portal.domain.jobs import JobKind, JobState
from portal.services.files import jobs as service
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict

from . import lists
from .installation import opened, staff_member


@click.group()
def jobs() -> None:
    """Jobs that people asked for and the worker does."""


@jobs.command("list")
@lists.choice("--state", JobState, "Only those in this state.")
@lists.choice("--kind", JobKind, "Only those of this kind.")
@lists.limited
@lists.as_objects
def list_jobs(state: str | None, kind: str | None, limit: int, as_json: bool) -> None:
    """List the newest jobs: id, state, kind, when and by whom asked for, file, why it failed."""
    with opened() as portal, portal.sessions() as session:
        found = service.list_recent(
            session, state=JobState(state) if state else None, kind=JobKind(kind) if kind else None, most=limit
        )
    lists.write(
        (
            {
                "job": job.public_id,
                "state": job.state.value,
                "kind": job.kind.value,
                "requested_at": job.requested_at,
                "requested_by": job.requested_by,
                "file": job.file_name,
                "failure": job.failure,
            }
            for job in found
        ),
        as_json=as_json,
    )


@jobs.command()
@click.argument("job")
@lists.by_whom
def retry(job: str, email: str) -> None:
    """Let a failed job wait again; the worker does it as the person who asked for it."""
    with opened() as portal, portal.sessions() as session:
        kind = begin_anew(Act.at(session, staff_member(session, email), portal.now()), job)
    click.echo(f"{job}: {kind.value} waits for the worker.")


def begin_anew(act: Act, job: str) -> JobKind:
    """Let a job wait again; ``ClickException`` for one that did not fail."""
    try:
        return service.retry(act, public_id=job)
    except Conflict as error:
        state = error.facts.get("state")
        said = f"is {state.value}" if isinstance(state, JobState) else "was changed by somebody else"
        raise click.ClickException(f"{job} {said}: only a failed job is done again.") from error
