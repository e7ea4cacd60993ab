"""Which file an article comes from, and the addresses at which articles stood before.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("file", sa.Text(), nullable=True))
    op.create_table(
        "former_address",
        sa.Column("slug", sa.String(200), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_former_address_article_id"),
        sa.PrimaryKeyConstraint("slug", name="pk_former_address"),
    )
    op.create_index("ix_former_address_article_id", "former_address", ["article_id"], unique=False)


def downgrade() -> None:
    op.drop_table("former_address")
    op.drop_column("article", "file")
