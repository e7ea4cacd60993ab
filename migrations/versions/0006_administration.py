"""What running the site needs: settings, clauses of the rules, canned texts, health, figures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FAILED = sa.text("state IN ('bounced', 'given_up')")
_IN_FORCE = sa.text("ended_at IS NULL")


def _instant(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _settings_and_rules()
    op.create_table(
        "canned_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("ask", "reject", "decision", "appeal", "note", name="purpose", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("changed_at"),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        _instant("retired_at", nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name="fk_canned_text_changed_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_canned_text"),
        sa.UniqueConstraint("name", name="uq_canned_text_name"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=200), nullable=False),
        _instant("started_at"),
        _instant("seen_at"),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), nullable=False),
        _instant("asked_at"),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        _instant("finished_at", nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name="fk_verification_asked_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
    )
    _figures()
    op.create_index("ix_mail_failed", "mail", ["id"], unique=False, sqlite_where=_FAILED, postgresql_where=_FAILED)
    op.create_index("ix_audit_entry_kind", "audit_entry", ["kind", "seq"], unique=False)
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "seq"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)


def _settings_and_rules() -> None:
    op.create_table(
        "settings_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("intake", sa.String(length=300), nullable=False),
        _instant("intake_since", nullable=True),
        sa.Column("read_only", sa.String(length=300), nullable=False),
        _instant("read_only_since", nullable=True),
        _instant("changed_at"),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name="fk_settings_version_changed_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_settings_version"),
    )
    op.add_column("generation", sa.Column("settings_id", sa.Integer(), nullable=True))
    op.create_table(
        "clause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        _instant("in_force_at"),
        _instant("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_clause"),
        sa.UniqueConstraint("number", "edition", name="uq_clause_number_edition"),
    )
    op.create_index(
        "uq_clause_in_force", "clause", ["number"], unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE
    )
    op.add_column("decision", sa.Column("clause_id", sa.Integer(), nullable=True))
    op.create_index("ix_decision_clause_id", "decision", ["clause_id"], unique=False)
    op.create_table(
        "clause_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=False),
        _instant("reviewed_at"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_clause_review_case_id"),
        sa.ForeignKeyConstraint(["clause_id"], ["clause.id"], name="fk_clause_review_clause_id"),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["account.id"], name="fk_clause_review_reviewed_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_clause_review"),
        sa.UniqueConstraint("clause_id", "case_id", name="uq_clause_review_clause_id"),
    )


def _figures() -> None:
    op.create_table(
        "figure",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _instant("counted_at"),
        sa.PrimaryKeyConstraint("week", "name", "part", name="pk_figure"),
    )
    op.create_table(
        "sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        _instant("drawn_at"),
        sa.Column("reader_id", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "withheld", "removed", "declined", "restored", "interim", name="outcome", native_enum=False, length=40
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=2000), nullable=False),
        _instant("read_at", nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_sample_decision_id"),
        sa.ForeignKeyConstraint(["reader_id"], ["account.id"], name="fk_sample_reader_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
        sa.UniqueConstraint("decision_id", name="uq_sample_decision_id"),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_index("ix_audit_entry_actor", table_name="audit_entry")
    op.drop_index("ix_audit_entry_kind", table_name="audit_entry")
    op.drop_index("ix_mail_failed", table_name="mail")
    for table in ("sample", "figure", "verification", "heartbeat", "canned_text", "clause_review"):
        op.drop_table(table)
    op.drop_index("ix_decision_clause_id", table_name="decision")
    op.drop_column("decision", "clause_id")
    op.drop_table("clause")
    op.drop_column("generation", "settings_id")
    op.drop_table("settings_version")
