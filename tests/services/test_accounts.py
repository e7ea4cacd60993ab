"""Who may come in, by which link, and who may be kept out."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.staff import PASSWORD, at_once, make_member
from tracker import mail
from tracker.db import db, transaction
from tracker.domain.errors import Gone, Incomplete, NotFound, NotPermitted, TooMany
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Link, Mail, MailState, Session
from tracker.render.site import Site
from tracker.services import accounts, links, sessions
from tracker.services.accounts import Entrant
from tracker.services.links import INVITATION_LASTS

HOME = "203.0.113.7"


def code_of(site: Site, link: Link) -> str:
    return links.address_of(site, link).partition("code=")[2]


def follow(site: Site, link: Link, now: datetime, name: str = "梅", email: str = "mei@example.org") -> str:
    """Use a link as the view does; return the token of the session."""
    found = links.open_link(site, link.id, code_of(site, link), now)
    entrant = Entrant(sessions.hashed(PASSWORD), name, email)
    with transaction():
        return accounts.use_link(site, found, entrant, HOME, now)


def first_link(site: Site, now: datetime) -> Link | None:
    with transaction():
        return links.first_admin_link(site, now)


def invited(
    site: Site,
    now: datetime,
    email: str = "lin@example.org",
    role: Role | None = Role.MODERATOR,
    actor: Account | None = None,
) -> Link:
    with transaction():
        return accounts.invite(site, actor, email, role, now)


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def test_the_first_admin_comes_in_by_a_link_and_there_is_no_second(site: Site, now: datetime) -> None:
    link = first_link(site, now)
    assert link is not None
    token = follow(site, link, now)
    session = sessions.signed_in(token, now)
    assert session is not None
    assert (session.account.role, session.account.email, session.account.name) == (Role.ADMIN, "mei@example.org", "梅")
    assert first_link(site, now) is None
    assert kinds() == ["account.joined", "account.password_set"]


def test_the_first_admins_link_stays_the_same_while_it_lasts(site: Site, now: datetime) -> None:
    first, again = first_link(site, now), first_link(site, now + timedelta(hours=23))
    later = first_link(site, now + timedelta(hours=24))
    assert first is not None
    assert again is not None
    assert later is not None
    assert first.id == again.id != later.id


def test_the_first_admins_link_is_void_once_there_is_an_admin(site: Site, now: datetime) -> None:
    link = first_link(site, now)
    assert link is not None
    make_member(role=Role.ADMIN)
    with pytest.raises(Gone):
        links.open_link(site, link.id, code_of(site, link), now)


def test_a_site_whose_admins_are_all_disabled_offers_the_link_again(site: Site, now: datetime) -> None:
    make_member(role=Role.ADMIN, disabled_at=now)
    make_member("lin@example.org")
    assert first_link(site, now) is not None


def test_an_invitation_goes_by_mail_and_makes_an_account_in_its_role(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    link = invited(site, now, "Lin+work@Example.org", Role.MODERATOR, admin)
    sent = db.session.scalars(select(Mail)).one()
    assert (sent.name, sent.recipient, sent.secret_subject) == ("invitation", "Lin+work@example.org", str(link.id))
    assert code_of(site, link) not in sent.text + sent.html
    follow(site, link, now, "林", "somebody-else@example.org")
    member = db.session.scalars(select(Account).where(Account.id != admin.id)).one()
    assert (member.email, member.name, member.role) == ("lin+work@example.org", "林", Role.MODERATOR)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).first()
    assert entry is not None
    assert (entry.actor, entry.kind, entry.facts) == (
        f"account:{admin.id}", "account.invited", {"link": link.id, "role": "moderator"},
    )  # fmt: skip


def test_an_invitation_is_taken_back_and_its_mail_with_it(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    link = invited(site, now, actor=admin)
    with transaction():
        links.take_back(admin, link.id, now)
    assert [entry.state for entry in db.session.scalars(select(Mail))] == [MailState.CANCELLED]
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert (entry.actor, entry.kind, entry.facts) == (f"account:{admin.id}", "account.uninvited", {"link": link.id})
    with pytest.raises(Gone, match="已经收回"):
        follow(site, link, now)
    follow(site, invited(site, now), now)


def test_whoever_is_filling_in_what_was_taken_back_meanwhile_comes_too_late(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    link = invited(site, now, actor=admin)
    found = links.open_link(site, link.id, code_of(site, link), now)
    with transaction():
        links.take_back(admin, link.id, now)
    with pytest.raises(Gone, match="已经收回"), transaction():
        accounts.use_link(site, found, Entrant("$argon2id$x", "林", ""), HOME, now)


def test_only_an_open_invitation_is_taken_back(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    used, expired, replaced = (invited(site, now, f"{name}@example.org") for name in "cab")
    follow(site, used, now)
    invited(site, now, "b@example.org")
    reset = invited(site, now, admin.email, None)
    with pytest.raises(Gone), transaction():
        links.take_back(admin, expired.id, now + INVITATION_LASTS)
    for number in (used.id, replaced.id, reset.id, 999):
        with pytest.raises(Gone), transaction():
            links.take_back(admin, number, now)
    with pytest.raises(Gone, match="已经用过或已经过期"):
        links.open_link(site, replaced.id, code_of(site, replaced), now)
    assert "account.uninvited" not in kinds()


def test_two_tags_of_one_mailbox_are_two_accounts(site: Site, now: datetime) -> None:
    first = make_member("team+a@example.org")
    link = invited(site, now, "Team+B@example.org", Role.ADMIN)
    assert (link.account_id, link.role, first.role) == (None, Role.ADMIN, Role.MODERATOR)
    follow(site, link, now)
    assert invited(site, now, "TEAM+A@example.org").account_id == first.id
    assert sessions.identify("Team+B@example.org", PASSWORD).account_id != first.id


def test_without_a_role_an_account_keeps_its_own_and_a_new_one_is_a_moderator(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    assert invited(site, now, "mei@example.org", None).account_id == admin.id
    assert admin.role is Role.ADMIN
    assert invited(site, now, "lin@example.org", None).role is Role.MODERATOR


def test_a_new_invitation_takes_the_place_of_the_one_before(site: Site, now: datetime) -> None:
    first, second = invited(site, now), invited(site, now, role=Role.ADMIN)
    with pytest.raises(Gone):
        follow(site, first, now)
    follow(site, second, now)
    assert db.session.scalars(select(Account.role)).one() is Role.ADMIN


def test_a_new_invitation_takes_the_place_of_one_that_was_typed_otherwise(site: Site, now: datetime) -> None:
    first, second = invited(site, now, "Lin@Example.org", Role.ADMIN), invited(site, now, "lin@example.org")
    with pytest.raises(Gone):
        follow(site, first, now)
    follow(site, second, now)
    assert db.session.scalars(select(Account.role)).one() is Role.MODERATOR


@pytest.mark.parametrize(
    "email", ["", "no address", "a@b", "a@example.org\nBcc: b@example.org", "@", "x" * 300 + "@example.org"]
)
def test_a_bad_address_is_not_invited(site: Site, now: datetime, email: str) -> None:
    with pytest.raises(Incomplete) as refusal:
        invited(site, now, email)
    assert list(refusal.value.problems) == ["email"]
    assert db.session.scalar(select(func.count()).select_from(Link)) == 0


def test_inviting_an_account_lets_its_holder_back_in(site: Site, now: datetime) -> None:
    make_member(role=Role.ADMIN)
    locked_out = make_member("lin@example.org", password="the password that was lost", disabled_at=now)
    link = invited(site, now, "lin@example.org", Role.ADMIN)  # by the command line: no actor
    assert [entry.name for entry in db.session.scalars(select(Mail))] == ["password_reset"]
    follow(site, link, now)
    member = db.session.get_one(Account, locked_out.id)
    assert member.disabled_at is None
    assert member.role is Role.ADMIN
    assert sessions.identify("lin@example.org", PASSWORD)
    assert kinds() == ["account.role_changed", "account.enabled", "account.password_set"]


def test_a_change_of_role_ends_every_session(site: Site, now: datetime) -> None:
    member = make_member()
    with transaction():
        token = sessions.start(site, member, HOME, now)
    invited(site, now, "mei@example.org", Role.MODERATOR)
    assert sessions.signed_in(token, now)
    invited(site, now, "mei@example.org", Role.ADMIN)
    assert not sessions.signed_in(token, now)


def test_the_last_admin_cannot_be_made_a_moderator(site: Site, now: datetime) -> None:
    make_member(role=Role.ADMIN)
    with pytest.raises(NotPermitted):
        invited(site, now, "mei@example.org", Role.MODERATOR)


def test_a_link_is_used_once(site: Site, now: datetime) -> None:
    link = invited(site, now)
    follow(site, link, now)
    with pytest.raises(Gone):
        follow(site, link, now)


def test_a_link_is_used_once_when_all_come_at_once(app: Flask, site: Site, now: datetime) -> None:
    link = invited(site, now)
    number, code = link.id, code_of(site, link)

    def use() -> str:
        found = links.open_link(site, number, code, now)
        with transaction():
            return accounts.use_link(site, found, Entrant("$argon2id$x", "林", ""), HOME, now)

    came = at_once(app, [use] * 8)
    assert sum(isinstance(answer, str) for answer in came) == 1
    assert sum(isinstance(answer, Gone) for answer in came) == 7
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1
    assert db.session.scalar(select(func.count()).select_from(Session)) == 1


@pytest.mark.parametrize("code", ["", "x", "0000-" * 13, "\0", "码"])
def test_a_wrong_code_opens_nothing(site: Site, now: datetime, code: str) -> None:
    link = invited(site, now)
    with pytest.raises(NotFound):
        links.open_link(site, link.id, code, now)


def test_the_code_of_one_link_does_not_open_another(site: Site, now: datetime) -> None:
    first, second = invited(site, now), invited(site, now, "other@example.org")
    with pytest.raises(NotFound):
        links.open_link(site, second.id, code_of(site, first), now)
    with pytest.raises(NotFound):
        links.open_link(site, 999, code_of(site, first), now)


def test_links_run_out(site: Site, now: datetime) -> None:
    make_member()
    first, invitation = first_link(site, now), invited(site, now)
    with transaction():
        links.request_reset(site, "mei@example.org", HOME, now)
    reset = db.session.scalars(select(Link).where(Link.account_id.is_not(None))).one()
    lengths = [(first, timedelta(days=1)), (invitation, timedelta(days=7)), (reset, timedelta(hours=2))]
    for link, length in lengths:
        assert link is not None
        assert links.open_link(site, link.id, code_of(site, link), now + length - timedelta(seconds=1))
        with pytest.raises(Gone):
            links.open_link(site, link.id, code_of(site, link), now + length)


def test_a_forgotten_password_is_reset_by_mail(site: Site, now: datetime) -> None:
    member = make_member(password="the password that was forgotten")
    with transaction():
        token = sessions.start(site, member, HOME, now)
        links.request_reset(site, " MEI@example.org", HOME, now)
    sent = db.session.scalars(select(Mail)).one()
    assert (sent.name, sent.recipient) == ("password_reset", "mei@example.org")
    follow(site, db.session.scalars(select(Link)).one(), now)
    assert not sessions.signed_in(token, now)
    assert sessions.identify("mei@example.org", PASSWORD)


@pytest.mark.parametrize("email", ["nobody@example.org", "gone@example.org", "", "not an address", "x" * 5000])
def test_asking_for_nobody_gives_the_same_answer_and_no_mail(site: Site, now: datetime, email: str) -> None:
    make_member("gone@example.org", disabled_at=now)
    with transaction():
        links.request_reset(site, email, HOME, now)
    assert db.session.scalar(select(func.count()).select_from(Link)) == 0
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0


def test_asking_often_sends_one_mail_in_ten_minutes_and_says_nothing_of_it(site: Site, now: datetime) -> None:
    make_member()
    for minutes in range(0, 25, 5):
        with transaction():
            links.request_reset(site, "mei@example.org", HOME, now + timedelta(minutes=minutes))
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 3


def test_one_address_may_not_ask_for_everybody(site: Site, now: datetime) -> None:
    for number in range(20):
        with transaction():
            links.request_reset(site, f"m{number}@example.org", HOME, now)
    with pytest.raises(TooMany), transaction():
        links.request_reset(site, "mei@example.org", HOME, now)


def test_a_reset_asked_for_before_a_disabling_is_void(site: Site, now: datetime) -> None:
    admin, member = make_member(role=Role.ADMIN), make_member("lin@example.org")
    with transaction():
        links.request_reset(site, "lin@example.org", HOME, now)
    with transaction():
        accounts.disable(admin, member.id, now)
    with pytest.raises(Gone):
        follow(site, db.session.scalars(select(Link)).one(), now)
    with transaction():
        accounts.enable(admin, member.id, now)
    with pytest.raises(Gone):
        follow(site, db.session.scalars(select(Link)).one(), now)


def test_disabling_ends_sessions_and_is_undone_by_enabling(site: Site, now: datetime) -> None:
    admin, member = make_member(role=Role.ADMIN), make_member("lin@example.org")
    with transaction():
        token = sessions.start(site, member, HOME, now)
    with transaction():
        accounts.disable(admin, member.id, now)
    assert not sessions.signed_in(token, now)
    with transaction():
        accounts.enable(admin, member.id, now)
    assert not sessions.signed_in(token, now)
    assert sessions.identify("lin@example.org", PASSWORD)
    assert kinds() == ["account.disabled", "account.enabled"]


def test_nobody_disables_themselves(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    make_member("lin@example.org", Role.ADMIN)
    with pytest.raises(NotPermitted), transaction():
        accounts.disable(admin, admin.id, now)


def test_two_admins_who_disable_each_other_at_once_leave_one(app: Flask, site: Site, now: datetime) -> None:
    first, second = make_member(role=Role.ADMIN).id, make_member("lin@example.org", Role.ADMIN).id

    def disable(actor: int, account: int) -> None:
        with transaction():
            accounts.disable(db.session.get_one(Account, actor), account, now)

    came = at_once(app, [lambda: disable(first, second), lambda: disable(second, first)])
    assert came.count(None) == 1
    assert sum(isinstance(answer, NotPermitted) for answer in came) == 1
    db.session.rollback()
    left = db.session.scalar(select(func.count()).select_from(Account).where(Account.disabled_at.is_(None)))
    assert left == 1


def test_an_admin_changes_the_role_of_a_colleague_and_ends_their_sessions(site: Site, now: datetime) -> None:
    admin, member = make_member(role=Role.ADMIN), make_member("lin@example.org")
    with transaction():
        token = sessions.start(site, member, HOME, now)
    with transaction():
        accounts.change_role(admin, member.id, Role.MODERATOR, now)
    assert sessions.signed_in(token, now)  # nothing changed
    assert kinds() == []
    with transaction():
        accounts.change_role(admin, member.id, Role.REVIEWER, now)
    assert not sessions.signed_in(token, now)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.kind, entry.facts) == (
        f"account:{admin.id}", "account.role_changed", {"account": member.id, "role": "reviewer"},
    )  # fmt: skip
    with pytest.raises(NotFound), transaction():
        accounts.change_role(admin, 999, Role.REVIEWER, now)


def test_nobody_changes_their_own_role(site: Site, now: datetime) -> None:
    admin = make_member(role=Role.ADMIN)
    make_member("lin@example.org", Role.ADMIN)
    with pytest.raises(NotPermitted), transaction():
        accounts.change_role(admin, admin.id, Role.AUDITOR, now)


def test_two_admins_who_demote_each_other_at_once_leave_one(app: Flask, site: Site, now: datetime) -> None:
    first, second = make_member(role=Role.ADMIN).id, make_member("lin@example.org", Role.ADMIN).id

    def demote(actor: int, account: int) -> None:
        with transaction():
            accounts.change_role(db.session.get_one(Account, actor), account, Role.MODERATOR, now)

    came = at_once(app, [lambda: demote(first, second), lambda: demote(second, first)])
    assert came.count(None) == 1
    assert sum(isinstance(answer, NotPermitted) for answer in came) == 1
    db.session.rollback()
    assert sorted(db.session.scalars(select(Account.role))) == [Role.ADMIN, Role.MODERATOR]


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 51])
def test_a_name_is_changed_for_another_name(site: Site, now: datetime, name: str) -> None:
    member = make_member()
    with pytest.raises(Incomplete) as refusal, transaction():
        accounts.rename(member.id, name, now)
    assert list(refusal.value.problems) == ["name"]
    with transaction():
        accounts.rename(member.id, "  新 名字 ", now)
    assert db.session.scalars(select(Account.name)).one() == "新 名字"
    assert kinds() == ["account.renamed"]


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 51])
def test_a_member_has_a_name(site: Site, now: datetime, name: str) -> None:
    link = invited(site, now)
    with pytest.raises(Incomplete) as refusal:
        follow(site, link, now, name)
    assert list(refusal.value.problems) == ["name"]
    follow(site, link, now)  # the refusal used nothing up


def test_when_the_mail_cannot_be_written_nothing_happened(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(mail, "invitation", fail)
    with pytest.raises(RuntimeError):
        invited(site, now)
    assert kinds() == []
    assert db.session.scalar(select(func.count()).select_from(Link)) == 0
