"""Time that stood still or waits for somebody, proof of proceedings, replies, disputes, public notices, how mails arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


_WAYS = sa.Enum("mail", "button", "phone", "post", "public_notice", "other", name="way", native_enum=False, length=40)
_RULES = sa.Enum("civil_code", "regulation17", name="counterrule", native_enum=False, length=40)


def _added() -> list[tuple[str, sa.Column[object]]]:
    return [
        ("case", _at("reopened_at")),
        ("clock", sa.Column("is_trusted", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("clock", sa.Column("paused_seconds", sa.Integer(), nullable=False, server_default=sa.text("0"))),
        ("clock", _at("held_at")),
        ("clock", _at("reached_at")),
        ("mail", _at("reached_at")),
        ("mail", sa.Column("reached_by", _WAYS, nullable=True)),
        ("counter_notice", sa.Column("rule", _RULES, nullable=False, server_default=sa.text("'civil_code'"))),
    ]


# a proof that came before and that nobody has judged holds what would restore the article, as one that comes now does
_WAITING_PROOFS = (
    """INSERT INTO proceedings (counter_id, message_id, received_at)
    SELECT c.id, m.id, m.created_at FROM counter_notice c
    JOIN message m ON m.kind = 'proof' AND m.created_at >= c.received_at
    WHERE c.state = 'forwarded'
      AND EXISTS (SELECT 1 FROM item i WHERE i.case_id = c.case_id AND i.notice_id = m.notice_id AND i.state = 'answered')
    ORDER BY m.id, c.id""",
    """UPDATE clock SET held_at = (SELECT min(p.received_at) FROM proceedings p WHERE clock.subject = 'counter:' || p.counter_id)
    WHERE stopped_at IS NULL AND kind IN ('us_restore', 'cn_reasonable')""",
)


def upgrade() -> None:
    for table, column in _added():
        op.add_column(table, column)
    # what a mail server took before has arrived; what came back was never marked, and staff can send it again
    op.execute("UPDATE mail SET reached_at = sent_at, reached_by = 'mail' WHERE state = 'sent'")
    op.execute(
        """UPDATE clock SET reached_at = (SELECT c.reached_at FROM counter_notice c
        WHERE clock.kind = 'us_restore' AND clock.subject = 'counter:' || c.id)"""
    )
    _make_proceedings()
    for statement in _WAITING_PROOFS:
        op.execute(statement)
    _make_reply()
    _make_dispute()


def _make_proceedings() -> None:
    op.create_table(
        "proceedings",
        _number("id"),
        _number("counter_id"),
        _number("message_id"),
        _at("received_at", nullable=False),
        _at("judged_at"),
        _number("judged_by_id", nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        _to("proceedings", "counter_id", "counter_notice"),
        _to("proceedings", "message_id", "message"),
        _to("proceedings", "judged_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_proceedings"),
        sa.UniqueConstraint("counter_id", "message_id", name="uq_proceedings_counter_message"),
    )


def _make_reply() -> None:
    op.create_table(
        "reply",
        _number("id"),
        _number("case_id"),
        _number("message_id"),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        _at("received_at", nullable=False),
        _at("false_at"),
        _at("told_at"),
        _to("reply", "case_id", "case"),
        _to("reply", "message_id", "message"),
        sa.PrimaryKeyConstraint("id", name="pk_reply"),
        sa.UniqueConstraint("message_id", name="uq_reply_message_id"),
    )
    op.create_index("ix_reply_case_id", "reply", ["case_id"])


def _make_dispute() -> None:
    op.create_table(
        "dispute",
        _number("id"),
        _number("case_id"),
        _number("decision_id"),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        _at("opened_at", nullable=False),
        _at("ended_at"),
        sa.Column("is_restored", sa.Boolean(), nullable=True),
        _to("dispute", "case_id", "case"),
        _to("dispute", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("id", name="pk_dispute"),
    )
    op.create_index("ix_dispute_case_id", "dispute", ["case_id"])
    op.create_table(
        "public_notice",
        _number("id"),
        _number("case_id"),
        sa.Column("text", sa.Text(), nullable=False),
        _at("published_at", nullable=False),
        _number("published_by_id"),
        _to("public_notice", "case_id", "case"),
        _to("public_notice", "published_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_public_notice"),
        sa.UniqueConstraint("case_id", name="uq_public_notice_case_id"),
    )


def downgrade() -> None:
    for table in ("public_notice", "dispute", "reply", "proceedings"):
        op.drop_table(table)
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
