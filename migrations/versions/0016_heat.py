"""How often articles are read.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heat",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("turns_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_heat_article_id"),
        sa.PrimaryKeyConstraint("article_id", name="pk_heat"),
    )
    op.create_index("ix_heat_shown", "heat", ["shown", "article_id"], unique=False)


def downgrade() -> None:
    op.drop_table("heat")
