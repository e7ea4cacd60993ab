"""The tables, one noun each; no rules, no queries, no URLs."""

from tracker.models.account import Account, Link, LinkPurpose, Session
from tracker.models.article import Article, Revision
from tracker.models.audit import AuditEntry, AuditHead
from tracker.models.batch import Batch, BatchRow, RowState
from tracker.models.case import Case, Clock
from tracker.models.case_draft import CaseDraft
from tracker.models.claim import Claim
from tracker.models.decision import Decision, EffectProof, Measure
from tracker.models.draft import Draft, DraftFile
from tracker.models.exposure import Exposure
from tracker.models.lease import Lease, Presence
from tracker.models.limit import Limit
from tracker.models.line import Line
from tracker.models.mail import Mail, Mailbox, MailState
from tracker.models.notice import Attachment, Item, Notice
from tracker.models.opinion import Opinion
from tracker.models.page import Generation, Page
from tracker.models.precedent import PrecedentMark
from tracker.models.redress import Appeal, CounterNotice
from tracker.models.routing import Route, Weighting
from tracker.models.search import EntryKind, SearchEntry, SearchTask
from tracker.models.standing import Standing
from tracker.models.thread import Message
from tracker.models.transfer import Transfer, TransferKind
from tracker.models.view import Subscription, View

__all__ = [
    "Account",
    "Appeal",
    "Article",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Batch",
    "BatchRow",
    "Case",
    "CaseDraft",
    "Claim",
    "Clock",
    "CounterNotice",
    "Decision",
    "Draft",
    "DraftFile",
    "EffectProof",
    "EntryKind",
    "Exposure",
    "Generation",
    "Item",
    "Lease",
    "Limit",
    "Line",
    "Link",
    "LinkPurpose",
    "Mail",
    "MailState",
    "Mailbox",
    "Measure",
    "Message",
    "Notice",
    "Opinion",
    "Page",
    "PrecedentMark",
    "Presence",
    "Revision",
    "Route",
    "RowState",
    "SearchEntry",
    "SearchTask",
    "Session",
    "Standing",
    "Subscription",
    "Transfer",
    "TransferKind",
    "View",
    "Weighting",
]
