"""How a notifier is reached: the notice has it, and what its items are told apart by follows."""

from collections.abc import Mapping
from datetime import datetime

from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.text import mailbox
from tracker.models import Notice
from tracker.services import audit, cases


def correct(notice: Notice, answers: Mapping[str, str], now: datetime) -> None:
    """Change how a notifier is reached; mails from now on go to the new address. Raises InvalidTransition once that is erased."""
    cases.of_notice(notice)
    if notice.erased_at is not None:
        raise InvalidTransition(N_("您的个人信息已经删除，没有可以更正的联系方式。"))
    cases.locked([item.case_id for item in notice.items], now, N_("通知人"))
    change(notice, answers)
    audit.record(audit.NOTIFIER, "notice.contact_corrected", now, notice=notice.id)


def change(notice: Notice, answers: Mapping[str, str]) -> None:
    """Put answers into a notice whose cases are locked; with another e-mail address, it and its items have a new mailbox."""
    notice.answers = dict(notice.answers) | dict(answers)
    notice.mailbox = mailbox(notice.answers.get("email", ""))
    for item in notice.items:
        item.mailbox = notice.mailbox
