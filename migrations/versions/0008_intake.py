"""Every item waits for its own answer, with its passages; validity by regime; urgent clocks; first findings on a case.

Revision ID: 0008
Revises: 0007
"""

from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
OPEN_ITEM = "answered_at IS NULL AND mailbox <> ''"

COLUMNS = (
    ("notice", "valid_by", sa.JSON()),
    ("item", "quotes", sa.JSON()),
    ("item", "forwarded_at", INSTANT),
    ("item", "is_repeat", sa.Boolean()),
    ("case", "regimes_removed", sa.JSON()),
    ("case", "first_action", sa.String(40)),
    ("case", "facially_illegal", sa.Boolean()),
    ("case", "facially_illegal_reason", sa.Text()),
    ("clock", "is_urgent", sa.Boolean()),
)
"""All may be empty, so that no table is rebuilt."""

NOTICE = sa.table(
    "notice",
    sa.column("id"),
    sa.column("regimes", sa.JSON),
    sa.column("valid_at", INSTANT),
    sa.column("valid_by", sa.JSON),
)
ITEM = sa.table("item", sa.column("id"), sa.column("passage"), sa.column("passage_found"), sa.column("quotes", sa.JSON))
CASE = sa.table("case", sa.column("regimes_removed", sa.JSON))


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.drop_index("uq_item_open", "item")
    op.create_index("uq_item_notice_case", "item", ["notice_id", "case_id"], unique=True)
    undecided = 'SELECT id FROM "case" WHERE decided_at IS NULL AND closed_at IS NULL'
    op.execute(  # counted as answered by an answer that was still to come
        f"UPDATE item SET state = 'open', answered_at = NULL WHERE state = 'answered' AND case_id IN ({undecided})"  # noqa: S608
    )
    op.execute(
        'UPDATE item SET forwarded_at = (SELECT asked_at FROM "case" WHERE "case".id = item.case_id'
        " AND asked_at >= (SELECT received_at FROM notice WHERE notice.id = item.notice_id))"
    )
    op.execute('UPDATE clock SET is_urgent = (SELECT is_urgent FROM "case" WHERE "case".id = clock.case_id)')
    _fill()


def _fill() -> None:
    connection = op.get_bind()
    connection.execute(CASE.update().values(regimes_removed=[]))
    for item in connection.execute(sa.select(ITEM)).all():
        found = {"exact": item.passage, "prefix": "", "suffix": "", "is_found": bool(item.passage_found)}
        connection.execute(ITEM.update().where(ITEM.c.id == item.id).values(quotes=[found] if item.passage else []))
    for notice in connection.execute(sa.select(NOTICE)).all():
        at = notice.valid_at.replace(tzinfo=notice.valid_at.tzinfo or UTC).isoformat() if notice.valid_at else ""
        valid_by = dict.fromkeys(notice.regimes, at) if at else {}
        connection.execute(NOTICE.update().where(NOTICE.c.id == notice.id).values(valid_by=valid_by))


def downgrade() -> None:
    """Go back to one open item for each mailbox and case: the later ones count as answered with the first, as they did."""
    earlier = (
        "SELECT 1 FROM item AS first WHERE first.case_id = item.case_id AND first.mailbox = item.mailbox"
        " AND first.answered_at IS NULL AND first.id < item.id"
    )
    op.execute(
        "UPDATE item SET state = 'answered', answered_at = (SELECT received_at FROM notice WHERE notice.id = item.notice_id)"  # noqa: S608
        f" WHERE {OPEN_ITEM} AND EXISTS ({earlier})"
    )
    op.drop_index("uq_item_notice_case", "item")
    is_open = sa.text(OPEN_ITEM)
    op.create_index(
        "uq_item_open", "item", ["case_id", "mailbox"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    for table, name, _ in reversed(COLUMNS):
        op.drop_column(table, name)
