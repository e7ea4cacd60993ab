"""The case page: claims, drafts, second opinions, signatures of decided cases, uncovered passages, four texts of a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXTS = ("rationale", "to_notifier", "to_publisher", "public")


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(length=100), nullable=False),
        sa.Column("suffix", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ground", sa.String(length=500), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["account.id"], name="fk_claim_answered_by_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_claim_case_id"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_claim_item_id"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["claim.id"], name="fk_claim_merged_into_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claim"),
    )
    op.create_index("ix_claim_case_id", "claim", ["case_id"])
    op.create_index("ix_claim_item_id", "claim", ["item_id"])
    op.create_table(
        "case_draft",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_case_draft_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_case_draft_case_id"),
        sa.PrimaryKeyConstraint("case_id", "account_id", "form", name="pk_case_draft"),
    )
    op.create_index("ix_case_draft_saved_at", "case_draft", ["saved_at"])
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("key_epoch", sa.String(length=8), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_of_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("view", sa.String(length=40), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name="fk_opinion_asked_by_id"),
        sa.ForeignKeyConstraint(["asked_of_id"], ["account.id"], name="fk_opinion_asked_of_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_opinion_case_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_opinion_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_opinion"),
        sa.UniqueConstraint("key", name="uq_opinion_key"),
    )
    op.create_index("ix_opinion_case_id", "opinion", ["case_id"])
    op.create_table(
        "exposure",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_exposure_account_id"),
        sa.PrimaryKeyConstraint("account_id", "day", name="pk_exposure"),
    )
    op.create_table(
        "precedent_mark",
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_precedent_mark_case_id"),
        sa.PrimaryKeyConstraint("category", "mark", "case_id", name="pk_precedent_mark"),
    )
    op.create_index("ix_precedent_mark_case_id", "precedent_mark", ["case_id"])
    op.create_index("ix_article_publisher_email", "article", ["publisher_email"])
    for name in _TEXTS:
        op.add_column("decision", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute(  # a claim for every item that waits: without one, its case could be decided unanswered
        """INSERT INTO claim (case_id, item_id, passage, prefix, suffix, text, ground, answer, reasons)
        SELECT case_id, id, passage, '', '', '', '', 'open', '' FROM item WHERE state IN ('open', 'needs_info')"""
    )


def downgrade() -> None:
    for name in _TEXTS:
        op.drop_column("decision", name)
    op.drop_index("ix_article_publisher_email", table_name="article")
    for name in ("precedent_mark", "exposure", "opinion", "case_draft", "claim"):
        op.drop_table(name)
