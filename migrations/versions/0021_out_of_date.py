"""Pages by when they are out of date, as the worker looks for them all the time.

Revision ID: 0021
Revises: 0020
"""

from alembic import op
from sqlalchemy import text

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ENDS = text("valid_until IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_page_valid_until", "page", ["valid_until"], sqlite_where=ENDS, postgresql_where=ENDS)


def downgrade() -> None:
    op.drop_index("ix_page_valid_until", table_name="page")
