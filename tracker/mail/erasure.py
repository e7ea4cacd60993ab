"""Mails about erasure: to whoever asked for it, and to those who had received what is gone."""

from collections.abc import Sequence
from datetime import datetime

from tracker.domain.retention import HOLDINGS, Until
from tracker.domain.text import mailbox
from tracker.mail.outbox import compose
from tracker.mail.parts import known_language, receipt_secret
from tracker.models import Case, Mail, Notice, RecipientNotice
from tracker.render.lists import path_of
from tracker.render.site import Site


def erased(
    site: Site, notice: Notice, recipient: str, told: Sequence[str], goes_at: datetime | None, now: datetime
) -> Mail | None:
    """Queue to the notifier that their data were erased at their request, what stays and who was told (GDPR art. 12(3), 19).

    `recipient` is the address they had; `goes_at` when the decisions of the last case go, if that is known.
    """
    if not mailbox(recipient):
        return None
    return compose(
        site,
        "erased",
        cause=f"notice:{notice.id}:erased",
        recipient=recipient,
        language=known_language(notice.language),
        now=now,
        notice=notice,
        limited=True,
        secret=receipt_secret(notice),
        reference=notice.reference,
        erased_at=now,
        gone=[holding.label for holding in HOLDINGS if holding.until is Until.CLAIMS and holding.fields],
        stays=[holding.label for holding in HOLDINGS if holding.until is Until.ALWAYS],
        told=list(told),
        goes_at=goes_at,
    )


def recipient_told(
    site: Site, case: Case, notice: RecipientNotice, recipient: str, language: str, now: datetime
) -> Mail:
    """Queue that what stands at an address is gone or was changed: the address alone (GDPR art. 17(2), 19)."""
    return compose(
        site,
        "recipient_told",
        cause=f"recipient:{notice.id}",
        recipient=recipient,
        language=known_language(language),
        now=now,
        case=case,
        address=site.base_url + path_of(case.article),
    )
