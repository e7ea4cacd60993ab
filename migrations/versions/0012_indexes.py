"""Indexes for what is looked for each minute, on each decision, and on the pages of cases and of the site's health.

Revision ID: 0012
Revises: 0011
"""

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PLAIN = (
    ("ix_measure_case_id", "measure", ["case_id"]),
    ("ix_case_predecessor_id", "case", ["predecessor_id"]),
    ("ix_notice_key_epoch", "notice", ["key_epoch"]),
    ("ix_decision_decided_at", "decision", ["decided_at"]),
)
PARTIAL = (
    ("ix_mail_passing", "mail", ["name", "created_at"], "name IN ('draft_link', 'erased')"),
    ("ix_mail_about_none", "mail", ["created_at"], "case_id IS NULL AND notice_id IS NULL AND mailbox <> ''"),
    (
        "ix_attachment_identity",
        "attachment",
        ["id"],
        "erased_at IS NULL AND purpose IN ('identity_files', 'authority_files')",
    ),
    (
        "ix_clock_watched",
        "clock",
        ["id"],
        "stopped_at IS NULL AND (paused_at IS NOT NULL OR kind = 'us_restore' OR is_provisional)",
    ),
)


def upgrade() -> None:
    for name, table, columns in PLAIN:
        op.create_index(name, table, columns, unique=False)
    for name, table, columns, where in PARTIAL:
        op.create_index(name, table, columns, unique=False, sqlite_where=text(where), postgresql_where=text(where))


def downgrade() -> None:
    for name, table, *_ in (*PLAIN, *PARTIAL):
        op.drop_index(name, table)
