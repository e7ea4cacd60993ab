"""Runs the migrations: one transaction each, so that a kill at any moment leaves the old or the new schema."""

import sqlalchemy as sa
from alembic import context

import tracker.models  # noqa: F401 - fills the metadata
from config import Config
from tracker.db import Base, configure


def run() -> None:
    """Migrate the database that the settings name, or the one handed over by a test."""
    url = context.config.attributes.get("database_url") or Config.from_environment().database_url
    engine = sa.create_engine(url)
    configure(engine)
    with engine.connect().execution_options(immediate=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_server_default=True,
            transactional_ddl=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(7223110)"))
            context.run_migrations()
    engine.dispose()


run()
