"""Open cases by each thing that the queue can be narrowed to, so that few of them are found without looking at all.

Revision ID: 0020
Revises: 0019
"""

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_line_of_publisher": "publisher",
    "ix_line_channels": "channels",
    "ix_line_source": "source",
    "ix_line_language": "language",
    "ix_line_is_urgent": "is_urgent",
    "ix_line_is_trusted": "is_trusted",
    "ix_line_has_passage": "has_passage",
}


def upgrade() -> None:
    for name, column in INDEXES.items():
        columns = [column, "case_id"]
        op.create_index(name, "line", columns, sqlite_where=text("is_open = 1"), postgresql_where=text("is_open"))


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="line")
