"""The tables, one noun each; no rules, no queries, no URLs."""

from tracker.models.account import Account, Link, LinkPurpose, Session
from tracker.models.article import Article, Revision
from tracker.models.audit import AuditEntry, AuditHead
from tracker.models.case import Case, Clock
from tracker.models.decision import Decision, Measure
from tracker.models.dispute import Dispute, PublicNotice
from tracker.models.draft import Draft, DraftFile
from tracker.models.limit import Limit
from tracker.models.mail import Mail, Mailbox, MailState
from tracker.models.notice import Attachment, Item, Notice
from tracker.models.page import Generation, Page
from tracker.models.redress import Appeal, CounterNotice, Proceedings, Reply
from tracker.models.standing import Standing
from tracker.models.thread import Message

__all__ = [
    "Account",
    "Appeal",
    "Article",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Case",
    "Clock",
    "CounterNotice",
    "Decision",
    "Dispute",
    "Draft",
    "DraftFile",
    "Generation",
    "Item",
    "Limit",
    "Link",
    "LinkPurpose",
    "Mail",
    "MailState",
    "Mailbox",
    "Measure",
    "Message",
    "Notice",
    "Page",
    "Proceedings",
    "PublicNotice",
    "Reply",
    "Revision",
    "Session",
    "Standing",
]
