"""When a notice was typed in that came by telephone, post or mail: its proofs of identity are there since then.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("notice", sa.Column("entered_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("notice", "entered_at")
