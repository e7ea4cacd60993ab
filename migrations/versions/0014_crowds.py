"""One mail for many notices that go to a publisher with a measure; mails that are tried for the first time are found at once.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FIRST = sa.text("state IN ('queued', 'held') AND attempts = 0")
FORWARDED = r"""
    UPDATE item SET forwarded_in = (
        SELECT max(mail.id) FROM mail WHERE mail.case_id = item.case_id AND mail.name = 'forwarded'
        AND mail.state <> 'cancelled' AND mail.cause LIKE 'decision\:%\:forwarded\:notice\:' || item.notice_id
    )
"""
"""Until now each notice went out with a measure in a mail of its own, whose cause named it."""


def upgrade() -> None:
    op.create_index("ix_mail_first", "mail", ["due_at", "id"], unique=False, sqlite_where=FIRST, postgresql_where=FIRST)
    op.add_column("item", sa.Column("forwarded_in", sa.Integer(), nullable=True))
    op.execute(sa.text(FORWARDED))


def downgrade() -> None:
    op.drop_column("item", "forwarded_in")
    op.drop_index("ix_mail_first", "mail")
