"""Measures of every kind, decisions that can be undone, proof of effect.

Revision ID: 0003
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

COLUMNS = (
    ("article", "search_until", INSTANT),
    ("decision", "before", sa.JSON()),
    ("decision", "undone_at", INSTANT),
    ("measure", "terms", sa.JSON()),
    ("measure", "lost_at", INSTANT),
    ("measure", "restores_sha256", sa.String(64)),
    ("measure", "restores_from", sa.String(64)),
)
"""All may be empty, so that no table is rebuilt and no row is touched."""


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "effect_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("effect", "recheck", "restore", name="proofkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("surfaces", sa.Integer(), nullable=False),
        sa.Column("is_ok", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_effect_proof_case_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_effect_proof_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_effect_proof"),
        sa.UniqueConstraint("decision_id", "kind", name="uq_effect_proof_decision_kind"),
    )
    op.create_index("ix_effect_proof_case_id", "effect_proof", ["case_id"], unique=False)


def downgrade() -> None:
    """Forget what the older program cannot show.

    It knows only measures that hide the whole article; what it cannot read goes rather than stands half understood.
    """
    op.drop_table("effect_proof")
    hiding = "('withhold', 'remove')"
    op.execute(f"DELETE FROM measure WHERE kind NOT IN {hiding}")  # noqa: S608 - our own words
    lighter = "('labelled', 'reply_attached', 'corrected', 'passage_withheld')"
    op.execute(f"UPDATE decision SET outcome = 'declined' WHERE outcome IN {lighter}")  # noqa: S608
    op.execute(f"UPDATE \"case\" SET outcome = 'declined' WHERE outcome IN {lighter}")  # noqa: S608
    op.execute("UPDATE mail SET state = 'given_up' WHERE state = 'cancelled'")
    undone = "SELECT id FROM decision WHERE undone_at IS NOT NULL"
    op.execute(f"DELETE FROM measure WHERE decision_id IN ({undone})")  # noqa: S608
    for table, column in (("measure", "ended_by_id"), ("counter_notice", "decision_id"), ("appeal", "decision_id")):
        undone += f" AND id NOT IN (SELECT {column} FROM {table} WHERE {column} IS NOT NULL)"  # noqa: S608
    op.execute(f"DELETE FROM decision WHERE id IN ({undone})")  # noqa: S608
    for table, name, _ in reversed(COLUMNS):
        op.drop_column(table, name)
