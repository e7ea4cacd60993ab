"""The acts on a case beside its decision: each a small form, checked against the version that was seen."""

from datetime import datetime

from flask import Blueprint, g, redirect
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.authorities import Authority
from tracker.domain.errors import N_, NotFound
from tracker.domain.lifecycle import Ending
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms import case_acts as forms
from tracker.models import Appeal, Case
from tracker.services import appeals, authorities, counters, exchange, holds, publishers, standings, undo
from tracker.views import access
from tracker.views.access import needs
from tracker.views.acting import done
from tracker.views.http import site

blueprint = Blueprint("case_acts", __name__, url_prefix="/desk/cases")

_CASE = "<int(max=2147483647):case_id>"


@blueprint.post(f"/{_CASE}/ask-info")
@needs(Permission.DECIDE)
def ask_info(case_id: int) -> AnyResponse:
    form = forms.AskForm()

    def act(now: datetime, key: str) -> None:
        item = holds.belongs(number(form.item.data), case_id)
        exchange.ask_info(site(), g.account, item.id, form.seen_version(), form.text.data, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/reject")
@needs(Permission.DECIDE)
def reject(case_id: int) -> AnyResponse:
    form = forms.RejectForm()

    def act(now: datetime, key: str) -> None:
        item, ending = holds.belongs(number(form.item.data), case_id), Ending(form.ending.data)
        exchange.reject(site(), g.account, item.id, form.seen_version(), ending, form.text.data, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/forward")
@needs(Permission.DECIDE)
def forward(case_id: int) -> AnyResponse:
    form = forms.ForwardForm()
    return done(
        case_id,
        form,
        lambda now, key: publishers.ask(site(), g.account, case_id, form.seen_version(), now, key),
    )


@blueprint.post(f"/{_CASE}/undo")
@needs(Permission.DECIDE)
def take_back(case_id: int) -> AnyResponse:
    form = forms.UndoForm()

    def act(now: datetime, _: str) -> None:
        undo.undo(site(), g.account, case_id, form.seen_version(), now)

    return done(case_id, form, act, "?undone=1")


@blueprint.post(f"/{_CASE}/note")
@needs(Permission.DECIDE)
def note(case_id: int) -> AnyResponse:
    form = forms.NoteForm()
    return done(case_id, form, lambda now, key: holds.note(g.account, case_id, form.text.data, now, key))


@blueprint.post(f"/{_CASE}/tell-authority")
@needs(Permission.DECIDE)
def tell_authority(case_id: int) -> AnyResponse:
    form = forms.AuthorityForm()

    def act(now: datetime, key: str) -> None:
        authorities.tell(g.account, case_id, Authority(form.authority.data), form.text.data, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/pause")
@needs(Permission.DECIDE)
def pause(case_id: int) -> AnyResponse:
    form = forms.PauseForm()

    def act(now: datetime, key: str) -> None:
        chosen, reason = number(form.clock.data), form.reason.data or ""
        holds.pause(site(), g.account, case_id, form.seen_version(), chosen, reason, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/resume")
@needs(Permission.DECIDE)
def resume(case_id: int) -> AnyResponse:
    form = forms.ResumeForm()

    def act(now: datetime, key: str) -> None:
        holds.resume(site(), g.account, case_id, form.seen_version(), number(form.clock.data), now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/keep")
@needs(Permission.DECIDE)
def keep(case_id: int) -> AnyResponse:
    form = forms.KeepForm()

    def act(now: datetime, key: str) -> None:
        until, reason = form.ends_at(site().zone), form.reason.data or ""
        holds.keep(site(), g.account, case_id, form.seen_version(), until, reason, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/extend")
@needs(Permission.DECIDE)
def extend(case_id: int) -> AnyResponse:
    form = forms.ExtendForm()

    def act(now: datetime, key: str) -> None:
        holds.extend(site(), g.account, case_id, form.seen_version(), form.text.data or "", now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/restore")
@needs(Permission.DECIDE)
def restore(case_id: int) -> AnyResponse:
    form = forms.RestoreForm()

    def act(now: datetime, _: str) -> None:
        holds.restore_now(site(), g.account, case_id, form.seen_version(), form.reason.data, now)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/ruling")
@needs(Permission.DECIDE)
def ruling(case_id: int) -> AnyResponse:
    form = forms.RulingForm()

    def act(now: datetime, _: str) -> None:
        restores = form.restores.data == "yes"
        counters.ruling(site(), g.account, case_id, form.seen_version(), now, restores=restores)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/rule")
@needs(Permission.RULE_APPEALS)
def rule(case_id: int) -> AnyResponse:
    form, case = forms.AppealForm(), db.session.get(Case, case_id)
    form.offer(appeals.outcomes(case, clock.now()) if case else ())

    def act(now: datetime, _: str) -> None:
        appeal = db.session.get(Appeal, number(form.appeal.data))
        if appeal is None or appeal.case_id != case_id:
            raise NotFound(N_("没有这件申诉。"))
        draft = form.draft() if form.is_upheld() else None
        appeals.rule(site(), g.account, appeal.id, form.seen_version(), form.grounds.data or "", now, draft)

    return done(case_id, form, act, "?ruled=1")


@blueprint.post(f"/{_CASE}/standing")
@needs(Permission.SET_STANDING)
def standing(case_id: int) -> AnyResponse:
    form = forms.StandingForm()

    def act(now: datetime, key: str) -> None:
        item = number(form.item.data) or None
        said = {name: form[name].data or "" for name in ("reason", "gravity", "intent")}
        version = form.seen_version()
        standings.put_from_case(site(), g.account, case_id, version, item, form.chosen(), said, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/identity/<int(max=2147483647):attachment_id>")
@needs(Permission.DECIDE)
def check_identity(case_id: int, attachment_id: int) -> AnyResponse:
    access.check_button()
    with transaction():
        holds.check_identity(g.account, case_id, attachment_id, clock.now())
    return redirect(f"/desk/cases/{case_id}", 303)
