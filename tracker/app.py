"""create_app: settings, extensions, blueprints, errors, commands."""

from flask import Flask

from config import Config
from tracker.db import Turn, configure, db, refuse_network_folder


def create_app(config: Config) -> Flask:
    """Return the application for these settings."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
    )
    app.extensions["config"] = config
    _database(app, config)
    return app


def _database(app: Flask, config: Config) -> None:
    is_sqlite = config.database_url.startswith("sqlite")
    if is_sqlite:
        refuse_network_folder(config.data)
    app.extensions["turn"] = Turn(config.data / "writer.lock") if is_sqlite else None
    db.init_app(app)
    with app.app_context():
        configure(db.engine)
