"""Mails to those in office: the maintainers, without personal data; and the courts and authorities whose orders we carry out."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from tracker.domain.categories import CATEGORIES
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.figures import A_WEEK
from tracker.domain.lifecycle import LABELS
from tracker.domain.opinions import OPEN_FOR
from tracker.domain.regimes import Side
from tracker.mail.life import tell_notifier
from tracker.mail.outbox import CASES_LISTED, compose
from tracker.mail.parts import OWN, Limit, Secret, call_off, promised, reasons, running_limits, stamp
from tracker.models import Account, Case, Decision, Figure, Item, Line, Mail, Notice, Opinion, Proposal, View
from tracker.queries.queue import MOST_COUNTED
from tracker.queries.queue_words import clock, why
from tracker.render.site import Site

_WEEKLY = {
    "notices": "收到的通知",
    "opened": "立案",
    "decided": "决定",
    "restored": "恢复展示",
    "rejected": "不予受理",
    "withdrawn": "撤回",
    "appealed": "提出申诉",
    "ruled": "申诉裁定",
    "upheld": "其中改判",
    "read": "复读",
    "agreed": "其中意见一致",
}
"""The figures in the mail of the week; desk language, as its readers work there."""


class Concern(NamedTuple):
    """A case to look at, as the maintainers' mail names it."""

    number: int
    title: str
    slug: str
    category: str
    is_urgent: bool
    state: str
    limits: list[Limit]


def attention(
    site: Site,
    about: Case | Sequence[Case],
    what: str,
    now: datetime,
    key: str,
    decision: Decision | None = None,
) -> list[Mail]:
    """Queue one mail to each maintainer: what one act did on a case or on many (`what`, a msgid) and which clocks run.

    What a `decision` brings about waits with its other mails and is taken back with them.
    """
    cases = [about] if isinstance(about, Case) else list(about)
    listed = cases[:CASES_LISTED]
    began = f"decision:{decision.id}" if decision else f"case:{cases[0].id}"
    running = running_limits(site, [case.id for case in listed], now)
    return [
        compose(
            site,
            "attention",
            cause=f"{began}:attention:{key}",
            recipient=recipient,
            language=OWN,
            now=now,
            case=cases[0] if len(cases) == 1 else None,
            what=what,
            count=len(cases),
            lines=[_concern(case, running[case.id]) for case in listed],
        )
        for recipient in site.maintainers
    ]


def _concern(case: Case, limits: list[Limit]) -> Concern:
    category, state = CATEGORIES[case.category].label, LABELS[case.state]
    return Concern(case.id, case.article.title, case.article.slug, category, case.is_urgent, state, limits)


class DigestLine(NamedTuple):
    """A case as the mail of a view names it."""

    number: int
    title: str
    category: str
    clock: str
    why: str


def digest(
    site: Site, account: Account, view: View, lines: Sequence[Line], count: int, today: date, now: datetime
) -> Mail:
    """Queue the morning's mail of a saved view: its first cases, without personal data and free text."""
    return compose(
        site,
        "digest",
        cause=f"view:{view.id}:digest:{today}",
        recipient=account.email,
        language=OWN,
        now=now,
        name_of_view=view.name,
        path=f"/desk/cases?{view.query}" if view.query else "/desk/",
        count=f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count),
        lines=[
            DigestLine(
                line.case_id, line.article.title, CATEGORIES[line.category].label, clock(line, now), why(line, now)
            )
            for line in lines
        ],
    )


def alarm(site: Site, what: str, details: str, path: str, now: datetime, key: str) -> list[Mail]:
    """Queue one mail to each maintainer about the site itself: `what` (a msgid), the fault, and the page to look at."""
    return [
        compose(
            site,
            "alarm",
            cause=f"alarm:{key}",
            recipient=recipient,
            language=OWN,
            now=now,
            what=what,
            details=details,
            path=path,
        )
        for recipient in site.maintainers
    ]


def weekly(site: Site, account: Account, week: date, figures: Sequence[Figure], now: datetime) -> Mail:
    """Queue the figures of a week, each beside that of the week before, to somebody who runs the site."""
    found = Counter({(figure.week, figure.name): 0 for figure in figures})
    for figure in figures:
        found[figure.week, figure.name] += figure.number
    before = week - A_WEEK
    return compose(
        site,
        "weekly",
        cause=f"weekly:{week}",
        recipient=account.email,
        language=OWN,
        now=now,
        week=week,
        rows=[(label, f"{found[week, name]}（{found[before, name]}）") for name, label in _WEEKLY.items()],
    )


def opinion_asked(site: Site, opinion: Opinion, now: datetime) -> Mail:
    """Queue to a colleague that they are asked something; the question itself is read on the page the link opens."""
    return _about_opinion(
        site,
        "opinion_asked",
        opinion,
        opinion.asked_of,
        now,
        secret=Secret("opinion", str(opinion.id), opinion.key_epoch),
        who=opinion.asked_by.name,
        question=opinion.id,
        until=opinion.asked_at + OPEN_FOR,
    )


def opinion_given(site: Site, opinion: Opinion, now: datetime) -> Mail:
    """Queue to whoever asked that their colleague has answered."""
    return _about_opinion(site, "opinion_given", opinion, opinion.asked_by, now, who=opinion.asked_of.name)


def _about_opinion(
    site: Site, name: str, opinion: Opinion, to: Account, now: datetime, secret: Secret | None = None, **context: Any
) -> Mail:
    case = opinion.case
    return compose(
        site,
        name,
        cause=f"opinion:{opinion.id}:{name}",
        recipient=to.email,
        language=OWN,
        now=now,
        case=case,
        secret=secret,
        number=case.id,
        title=case.article.title,
        category=CATEGORIES[case.category].label,
        **context,
    )


def proposal_waits(site: Site, proposal: Proposal, to: Account, due_at: datetime, now: datetime) -> Mail:
    """Queue to somebody who may approve a proposal that it waits, and until when; what it says is read on the desk."""
    case = proposal.case
    return compose(
        site,
        "proposal_waits",
        cause=_waits(proposal),
        recipient=to.email,
        language=OWN,
        now=now,
        case=case,
        number=case.id,
        title=case.article.title,
        category=CATEGORIES[case.category].label,
        outcome=OUTCOME_LABELS[proposal.outcome],
        who=proposal.proposed_by.name,
        due_at=due_at,
    )


def proposal_waits_no_more(proposal: Proposal) -> None:
    """Cancel what has not left of the mails that ask to approve a proposal."""
    call_off(_waits(proposal))


def _waits(proposal: Proposal) -> str:
    return f"proposal:{proposal.id}:waits"


def proposal_returned(site: Site, proposal: Proposal, now: datetime) -> Mail:
    """Queue to whoever proposed a decision that it was sent back; the reason is read on the desk."""
    case = proposal.case
    return compose(
        site,
        "proposal_returned",
        cause=f"proposal:{proposal.id}:returned",
        recipient=proposal.proposed_by.email,
        language=OWN,
        now=now,
        case=case,
        number=case.id,
        title=case.article.title,
        category=CATEGORIES[case.category].label,
        who=proposal.ended_by.name if proposal.ended_by else "—",
    )


def factor_changed(site: Site, account: Account, what: str, now: datetime) -> Mail:
    """Queue to the holder of an account how the way to sign in changed (`what`, a msgid): whoever did it may be another."""
    return compose(
        site,
        "factor_changed",
        cause=f"account:{account.id}:{what}:{stamp(now)}",
        recipient=account.email,
        language=OWN,
        now=now,
        what=what,
        email=account.email,
        at=now,
    )


def order_received(site: Site, notice: Notice, now: datetime) -> Mail | None:
    """Queue the confirmation of an order to the authority that sent it, whatever it names (DSA art. 9(1), 10(1))."""
    return tell_notifier(
        site,
        "order_received",
        notice,
        notice.items,
        now,
        f"notice:{notice.id}:order_received",
        numbers=[item.case_id for item in notice.items],
        received_at=notice.received_at,
        limits=promised(site, notice.items, now),
    )


def order_effect(site: Site, decision: Decision, notice: Notice, now: datetime) -> Mail | None:
    """Queue to the authority whether and when effect was given to its order, and where (DSA art. 9(1))."""
    return tell_notifier(
        site,
        "order_effect",
        notice,
        _of(notice, decision.case),
        now,
        f"decision:{decision.id}:order_effect:notice:{notice.id}",
        decided_at=decision.decided_at,
        **reasons(decision, now, Side.NOTIFIER),
    )


def _of(notice: Notice, case: Case) -> list[Item]:
    return [item for item in notice.items if item.case_id == case.id]
