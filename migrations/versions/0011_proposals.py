"""Decisions that wait for a second person.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("state = 'open'")
ACCOUNTS = ("proposed_by_id", "ended_by_id")


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("lapsed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_proposal_case_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_proposal_decision_id"),
        *(sa.ForeignKeyConstraint([name], ["account.id"], name=f"fk_proposal_{name}") for name in ACCOUNTS),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
    )
    op.create_index("ix_proposal_case_id", "proposal", ["case_id"], unique=False)
    op.create_index("ix_proposal_decision_id", "proposal", ["decision_id"], unique=False)
    op.create_index("uq_proposal_open", "proposal", ["case_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Forget what waits: its clocks would fire in a program that knows nothing of them."""
    op.execute("DELETE FROM clock WHERE kind = 'approval'")
    op.execute("UPDATE batch_row SET state = 'refused' WHERE state = 'proposed'")
    op.drop_table("proposal")
