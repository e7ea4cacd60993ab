from tests.mail.test_delivery import *
import sqlalchemy as sa
def test_explain(posted, now, app):
    queue(posted, now, *[f"r{n}@example.org" for n in range(300)])
    with transaction(): db.session.execute(sa.update(Mail).where(Mail.id>5).values(state=MailState.SENT, sent_at=now))
    due = select(Mail.id).where(delivery._WAITING, Mail.due_at <= now).order_by(Mail.attempts > 0, Mail.due_at, Mail.id).limit(1)
    sql = str(due.compile(db.engine, compile_kwargs={"literal_binds": True}))
    pre = "EXPLAIN QUERY PLAN " if db.engine.dialect.name=="sqlite" else "EXPLAIN "
    if pre=="EXPLAIN ": db.session.execute(sa.text("analyze mail")); db.session.execute(sa.text("set enable_seqscan=off"))
    print(sql)
    for r in db.session.execute(sa.text(pre+sql.replace(":","\\:"))): print(r)
