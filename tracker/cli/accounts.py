"""`tracker invite`: let somebody in, or back in."""

import click
from flask.cli import with_appcontext

from tracker import clock
from tracker.cli.readiness import ready
from tracker.db import transaction
from tracker.domain.roles import Role
from tracker.services import accounts, links


@click.command()
@click.argument("email")
@click.option("--role", type=click.Choice([*map(str, Role)]), help="As it is for an account; else moderator.")
@with_appcontext
def invite(email: str, role: str | None) -> None:
    """Print a single-use link with which EMAIL sets a password; also the way back in for a locked-out admin."""
    _, site = ready()
    with transaction():
        link = accounts.invite(site, None, email, Role(role) if role else None, clock.now())
        address = links.address_of(site, link)
    click.echo(address)
