"""What is on record: the mails, the trail, and how the site is."""

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.roles import Permission
from tracker.domain.text import clean_line, number, word
from tracker.models import Mail, MailState
from tracker.queries import concerns, health, mail_states, records, trail, trail_words
from tracker.queries import people as staff
from tracker.queries.filters import day
from tracker.queries.labels import ACTORS, KINDS
from tracker.queries.records import Search
from tracker.services import guards, verification
from tracker.services import mails as mail_service
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import before, page, site

blueprint = Blueprint("records", __name__, url_prefix="/desk")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get("/mail")
@needs(Permission.READ_DESK)
def mail() -> Response:
    state, words = word(MailState, request.args.get("state")), request.args.get("q", "")[:300]
    listed = records.mails(state, words, before())
    return page(
        "desk/mail.html",
        listed=listed,
        state=state,
        words=words,
        states=mail_states.for_staff(site()),
        shown=list(MailState),
        numbers=records.numbers(),
        references=records.references(listed.rows),
        kept_out=concerns.mails_kept_from(g.account, listed.rows),
        now=clock.now(),
        horizon=mail_service.HORIZON,
    )


@blueprint.get(f"/mail/{_NUMBER}")
@needs(Permission.READ_DESK)
def one_mail(number: int) -> Response:
    found, now = db.session.get(Mail, number) or abort(404), clock.now()
    guards.require_unconcerned(g.account, concerns.cases_of_mail(found))
    return page(
        "desk/one_mail.html",
        mail=found,
        states=mail_states.for_staff(site()),
        reference=records.references([found]).get(found.notice_id or 0, ""),
        is_confirmed=records.is_confirmed(found),
        earlier=records.earlier(found, now - mail_service.WINDOW) if found.state is MailState.HELD else [],
        limit=mail_service.PER_WINDOW,
        now=now,
        horizon=mail_service.HORIZON,
    )


@blueprint.post(f"/mail/{_NUMBER}/requeue")
@needs(Permission.HANDLE_MAIL)
def requeue(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        mail_service.send_again(g.account, number, clock.now())
    return redirect(f"/desk/mail/{number}" if request.form.get("from") == "one" else "/desk/mail", 303)


@blueprint.get("/audit")
@needs(Permission.READ_AUDIT)
def audit() -> Response:
    search = _search()
    listed = records.entries(site(), search, before())
    people = {f"account:{person.id}": person.name for person in staff.people()}
    return page(
        "desk/audit.html",
        listed=listed,
        search=search,
        names=ACTORS | people,
        actors=[*records.by_name(ACTORS), *records.by_name(people)],
        kinds=KINDS,
        said=trail_words.said,
        named=trail_words.named(entry.facts for entry in listed.rows),
        subjects=records.by_subject(KINDS),
        head=trail.head(),
        checks=records.verifications(),
    )


@blueprint.post("/audit/check")
@needs(Permission.MANAGE_SETTINGS)
def check_audit() -> AnyResponse:
    access.check_button()
    with transaction():
        verification.ask(g.account, clock.now())
    return redirect("/desk/audit#checks", 303)


@blueprint.get("/health")
@needs(Permission.READ_SETTINGS)
def condition() -> Response:
    return page("desk/health.html", checks=health.checks(site(), clock.now()))


def _search() -> Search:
    args = request.args
    return Search(
        kind=args.get("kind", "") if args.get("kind") in KINDS else "",
        actor=clean_line(args.get("actor", ""))[:80],
        case=number(args.get("case", "").removeprefix("#")) or None,
        since=day(args.get("since", "")),
        until=day(args.get("until", "")),
        facts=clean_line(args.get("facts", ""))[:200],
    )
