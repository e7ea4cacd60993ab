"""`tracker switch`: stop or resume what an admin can stop, when the desk cannot be reached."""

import click
from flask.cli import with_appcontext

from tracker import clock
from tracker.cli.readiness import ready
from tracker.db import transaction
from tracker.domain.settings import Switch
from tracker.services import settings

_NAMES = {switch.replace("_", "-"): switch for switch in Switch}


@click.command()
@click.argument("name", type=click.Choice(list(_NAMES)))
@click.argument("turned", type=click.Choice(["on", "off"]))
@click.option("--reason", default="", help="What visitors read; needed to turn it on.")
@with_appcontext
def switch(name: str, turned: str, reason: str) -> None:
    """Pause the intake of notices, or make the site read-only; or let either go on."""
    ready()
    with transaction(while_read_only=True):
        if turned == "on":
            settings.turn_on(None, _NAMES[name], reason, clock.now())
        else:
            settings.turn_off(None, _NAMES[name], clock.now())
    click.echo(f"{name} is {turned}")
