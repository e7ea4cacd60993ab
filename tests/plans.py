"""What a piece of work asks of the database: its statements, and those that read a table from one end to the other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tracker.db import db

Asked = list[tuple[str, Any]]


@contextmanager
def asked() -> Iterator[Asked]:
    """Collect each statement with its parameters."""
    found: Asked = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _: object, many: bool) -> None:
        found.append((statement, parameters[0] if many else parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def scans(statements: Asked, *tables: str) -> list[str]:
    """Return the statements for which SQLite would read one of these tables from end to end, or an index of it that holds all."""
    every = _holding_all(tables)
    found = []
    with db.engine.connect() as connection:
        for statement, parameters in statements:
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = [re.match(r"SCAN (\w+)(?: USING .*INDEX (\w+))?$", row[3]) for row in plan]
                found += [statement for step in steps if step and step[1] in tables and (step[2] or "") in every]
    return found


def _holding_all(tables: tuple[str, ...]) -> set[str]:
    """Return the indexes in which every row of its table stands; "" for the table itself."""
    schema = sa.inspect(db.engine)
    indexes = [each for table in tables for each in schema.get_indexes(table)]
    return {"", *(str(each["name"]) for each in indexes if not each.get("dialect_options"))}
