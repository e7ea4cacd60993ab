"""The `tracker` command. Its commands are those that `pyproject.toml` names for `flask`, without Flask's own."""

import sys
from importlib.metadata import entry_points
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup

from config import Config, ConfigError
from tracker.app import create_app
from tracker.domain.errors import DomainError, Incomplete


def _app() -> Flask:
    try:
        return create_app(Config.from_environment())
    except (ConfigError, DomainError, RuntimeError) as error:
        sys.exit("\n".join(f"tracker: {line}" for line in str(error).splitlines()))


_COMMANDS = {point.name: point for point in entry_points(group="flask.commands")}


class _Tracker(FlaskGroup):
    """Says what a rule refused as any command says what is wrong: in words, and with exit code 1."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load the one command that is asked for; others may need libraries that a server is better without."""
        point = _COMMANDS.get(name)
        return point.load() if point else super().get_command(ctx, name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Incomplete as error:
            raise click.ClickException(
                " ".join(f"{name}: {problem}" for name, problem in error.problems.items())
            ) from None
        except (ConfigError, DomainError) as error:
            raise click.ClickException(str(error)) from None


main = click.version_option(package_name="tracker", prog_name="tracker", message="%(prog)s %(version)s")(
    _Tracker(
        name="tracker",
        create_app=_app,
        add_default_commands=False,
        add_version_option=False,
        load_dotenv=False,
        set_debug_flag=False,
        help="Publishes articles and runs the takedown process beside them.",
    )
)
