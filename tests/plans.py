"""What a piece of work asks of the database: its statements, and those that read a table from one end to the other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tracker.db import db

Asked = tuple[str, Any]

_SCAN = re.compile(
    r"(?:SCAN|SEARCH(?= \w+ USING AUTOMATIC)) (\w+?)(?:_\d+)?"
    r"(?: USING (?:AUTOMATIC .*|(?:COVERING )?INDEX (\w+)))?(?: LEFT-JOIN)?$"
)
"""A step that reads all of a table, whatever the statement calls it; an index made for one statement is one, too."""


@contextmanager
def asked() -> Iterator[list[Asked]]:
    """Collect each statement with its parameters."""
    found: list[Asked] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _: object, many: bool) -> None:
        found.append((statement, parameters[0] if many and isinstance(parameters, list) else parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def steps(asked: Asked) -> list[str]:
    """Return how SQLite would go about a statement; nothing for one that is not about rows."""
    statement, parameters = asked
    if not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        return []
    with db.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def scans(statements: list[Asked], *tables: str) -> list[str]:
    """Return the statements for which SQLite would read one of these tables, or an index that holds all of it, from end to end."""
    every = _holding_all(tables)
    found = []
    for each in statements:
        read = [_SCAN.match(step) for step in steps(each)]
        found += [each[0] for step in read if step and step[1] in tables and (step[2] or "") in every]
    return found


def _holding_all(tables: tuple[str, ...]) -> set[str]:
    """Return the indexes in which every row of its table stands; "" for the table itself."""
    schema = sa.inspect(db.engine)
    indexes = [each for table in tables for each in schema.get_indexes(table)]
    return {"", *(str(each["name"]) for each in indexes if not each.get("dialect_options"))}
