"""The keys that somebody chose for themselves.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("keys", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "keys")
