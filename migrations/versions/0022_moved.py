"""Which file an article comes from, the addresses at which articles stood before, and publishers in the search of the desk.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# what is found of these is more than what was written down of them; the worker takes them in again
_TASKS = """
INSERT INTO search_task (kind, ref)
SELECT kind, ref FROM (
  SELECT 'article' AS kind, id AS ref FROM article WHERE revision_id IS NOT NULL
  UNION ALL SELECT 'message', id FROM message WHERE kind IN ('counter', 'reply')
) AS found ORDER BY kind, ref
"""


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
    op.execute(_TASKS)


def downgrade() -> None:
    op.drop_table("former_address")
    op.drop_column("article", "file")
