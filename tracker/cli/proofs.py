"""`tracker verify`: check a proof of receipt, as the page /verify does."""

import sys
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from tracker.domain.proofs import LONGEST, Verdict
from tracker.render.site import Site
from tracker.services import proofs

_SAID = {
    Verdict.ALTERED: "altered: the signature does not belong to what the file says",
    Verdict.UNKNOWN_KEY: "unknown: it names a key that is not one of this site's",
    Verdict.NO_PROOF: "no proof of receipt, or not the whole of one",
}


@click.command("verify")
@click.argument("file", type=click.File("rb"))
@with_appcontext
def verify(file: BinaryIO) -> None:
    """Say whether FILE (- for standard input) is a proof of receipt that this site signed; exit code 0 if so."""
    site: Site = current_app.extensions["site"]
    verdict, statement = proofs.verify(site.keys, file.read(LONGEST + 1))
    if statement is None or verdict is not Verdict.VALID:
        sys.exit(f"proof: {_SAID[verdict]}")
    said = statement.fields
    click.echo(f"proof: valid, {said['reference']} received at {said['received_at']}, SHA-256 {said['notice_sha256']}")
