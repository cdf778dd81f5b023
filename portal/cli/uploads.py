"""``portal uploads``: the files that people handed over, and the jobs that take them in once more."""

from __future__ import annotations

import click

from portal.domain.jobs import UploadKind, UploadState
from portal.services.files import uploads as service
from portal.services.store.acts import Act

from . import lists
from .installation import opened, staff_member
from .jobs import begin_anew


@click.group()
def uploads() -> None:
    """Files that people handed over."""


@uploads.command("list")
@lists.choice("--state", UploadState, "Only those in this state.")
@lists.choice("--kind", UploadKind, "Only those of this kind.")
@lists.limited
@lists.as_objects
def list_uploads(state: str | None, kind: str | None, limit: int, as_json: bool) -> None:
    """List the newest files: id, state, kind, when and by whom sent, name, and the job that takes it in."""
    with opened() as portal, portal.sessions() as session:
        found = service.list_recent(
            session, state=UploadState(state) if state else None, kind=UploadKind(kind) if kind else None, most=limit
        )
    lists.write(
        (
            {
                "upload": sent.public_id,
                "state": sent.state.value,
                "kind": sent.kind.value,
                "uploaded_at": sent.uploaded_at,
                "uploaded_by": sent.uploaded_by,
                "file": sent.file_name,
                "job": sent.job,
                "job_state": None if sent.job_state is None else sent.job_state.value,
                "failure": sent.failure,
            }
            for sent in found
        ),
        as_json=as_json,
    )


@uploads.command()
@click.argument("upload")
@lists.by_whom
def retry(upload: str, email: str) -> None:
    """Let the failed job of a file wait again; the file is taken in only if it still does what was confirmed."""
    with opened() as portal, portal.sessions() as session:
        act = Act.at(session, staff_member(session, email), portal.now())
        sent = service.find_sent(session, public_id=upload)
        if sent.job is None:
            raise click.ClickException(f"{upload} is {sent.state.value} and has no job: people confirm it on its page.")
        begin_anew(act, sent.job)
    click.echo(f"{upload}: its job {sent.job} waits for the worker.")
