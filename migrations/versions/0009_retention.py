"""Who was told of an erasure; mails that gather what one step says to one recipient.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("mail", sa.Column("gathered_into", sa.Integer(), nullable=True))
    op.create_table(
        "recipient_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(2000), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.Column("told_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_recipient_notice_case_id"),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_recipient_notice_mail_id"),
        sa.ForeignKeyConstraint(["told_by_id"], ["account.id"], name="fk_recipient_notice_told_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recipient_notice"),
        sa.UniqueConstraint("key", name="uq_recipient_notice_key"),
    )
    op.create_index("ix_recipient_notice_case_id", "recipient_notice", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("recipient_notice")
    op.execute("UPDATE mail SET state = 'given_up' WHERE state = 'gathered'")
    op.drop_column("mail", "gathered_into")
