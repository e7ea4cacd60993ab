"""Pictures in articles.

Revision ID: 0015
Revises: 0014
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

REVISION = sa.table(
    "revision", sa.column("id"), sa.column("article_id"), sa.column("source", sa.LargeBinary), sa.column("sha256")
)
ARTICLE = sa.table("article", sa.column("revision_id"))
ILLUSTRATION = sa.table("illustration", sa.column("revision_id"))


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
    name_by_source_alone()
    op.drop_table("illustration")
    op.drop_table("picture")


def name_by_source_alone() -> None:
    """Give each version the hash it would have without its pictures; where another has that, articles take the other."""
    connection = op.get_bind()
    illustrated = sa.select(REVISION.c.id).where(REVISION.c.id.in_(sa.select(ILLUSTRATION.c.revision_id)))
    for number in list(connection.scalars(illustrated.order_by(REVISION.c.id))):
        own = sa.select(REVISION.c.article_id, REVISION.c.source).where(REVISION.c.id == number)
        article, source = connection.execute(own).one()
        sha256 = hashlib.sha256(source).hexdigest()
        same = sa.select(REVISION.c.id).where(REVISION.c.article_id == article, REVISION.c.sha256 == sha256)
        known = connection.scalar(same)
        if known is None:
            connection.execute(sa.update(REVISION).where(REVISION.c.id == number).values(sha256=sha256))
        else:
            connection.execute(sa.update(ARTICLE).where(ARTICLE.c.revision_id == number).values(revision_id=known))
