"""The articles before and after one, in their language and in their category, without reading all of either.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_article_language": ["language", "id"],
    "ix_article_category": ["language", "category", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "article", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="article")
