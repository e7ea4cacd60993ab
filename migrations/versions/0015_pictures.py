"""Pictures in articles.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_picture"),
    )
    op.create_table(
        "illustration",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("written", sa.String(500), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_illustration_revision_id"),
        sa.ForeignKeyConstraint(["name"], ["picture.name"], name="fk_illustration_name"),
        sa.PrimaryKeyConstraint("revision_id", "written", name="pk_illustration"),
    )
    op.create_index("ix_illustration_name", "illustration", ["name"], unique=False)


def downgrade() -> None:
    op.drop_table("illustration")
    op.drop_table("picture")
