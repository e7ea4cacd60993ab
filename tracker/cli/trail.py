"""`tracker audit`: check the trail, and print its end for keeping elsewhere."""

import sys

import click
from flask.cli import with_appcontext

from tracker.cli.counted import counted
from tracker.cli.readiness import ready
from tracker.queries import trail


@click.group()
def audit() -> None:
    """Read the audit trail."""


@audit.command()
@click.option("--head", "kept", nargs=2, type=(int, str), help="Number and hash as `audit head` once printed them.")
@with_appcontext
def verify(kept: tuple[int, str] | None) -> None:
    """Check every link of the chain, and that the cases say what the trail says."""
    ready()
    trail.snapshot()
    fault = trail.fault(kept)
    if fault:
        sys.exit(f"audit trail: {fault}")
    seq, digest = trail.head()
    click.echo(f"audit trail: {counted(seq, 'entry', 'entries')}, whole, head {digest}")


@audit.command()
@with_appcontext
def head() -> None:
    """Print the last number and hash; kept elsewhere, they show a trail cut short or rewritten."""
    ready()
    seq, digest = trail.head()
    click.echo(f"{seq} {digest}")
