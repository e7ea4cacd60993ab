"""The tables, one noun each; no rules, no queries, no URLs."""

from tracker.models.account import Account, Link, LinkPurpose, Session
from tracker.models.article import Article, FormerAddress, Revision
from tracker.models.audit import AuditEntry, AuditHead
from tracker.models.batch import Batch, BatchRow, RowState
from tracker.models.canned import CannedText
from tracker.models.case import Case, Clock
from tracker.models.case_draft import CaseDraft
from tracker.models.claim import Claim
from tracker.models.clause import Clause, ClauseReview
from tracker.models.credential import Authenticator, Passkey, RecoveryCode
from tracker.models.decision import Decision, EffectProof, Measure
from tracker.models.dispute import Dispute, PublicNotice
from tracker.models.draft import Draft, DraftFile
from tracker.models.exposure import Exposure
from tracker.models.figure import Figure, Sample
from tracker.models.finding import ArticleTag, ReaderText
from tracker.models.health import Heartbeat, Verification
from tracker.models.heat import Heat
from tracker.models.lease import Lease, Presence
from tracker.models.limit import Limit
from tracker.models.line import Line
from tracker.models.mail import OF_NO_CASE, Mail, Mailbox, MailState
from tracker.models.notice import Attachment, Item, Notice
from tracker.models.opinion import Opinion
from tracker.models.page import Generation, Page
from tracker.models.picture import Illustration, Picture
from tracker.models.precedent import PrecedentMark
from tracker.models.proposal import Proposal
from tracker.models.recipient import RecipientNotice
from tracker.models.recusal import Recusal
from tracker.models.redress import Appeal, CounterNotice, Proceedings, Reply
from tracker.models.routing import Route, Weighting
from tracker.models.search import EntryKind, SearchEntry, SearchTask
from tracker.models.settings import SettingsVersion
from tracker.models.standing import Standing
from tracker.models.thread import Message
from tracker.models.transfer import Transfer, TransferKind
from tracker.models.view import Subscription, View

__all__ = [
    "OF_NO_CASE",
    "Account",
    "Appeal",
    "Article",
    "ArticleTag",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Authenticator",
    "Batch",
    "BatchRow",
    "CannedText",
    "Case",
    "CaseDraft",
    "Claim",
    "Clause",
    "ClauseReview",
    "Clock",
    "CounterNotice",
    "Decision",
    "Dispute",
    "Draft",
    "DraftFile",
    "EffectProof",
    "EntryKind",
    "Exposure",
    "Figure",
    "FormerAddress",
    "Generation",
    "Heartbeat",
    "Heat",
    "Illustration",
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
    "Passkey",
    "Picture",
    "PrecedentMark",
    "Presence",
    "Proceedings",
    "Proposal",
    "PublicNotice",
    "ReaderText",
    "RecipientNotice",
    "RecoveryCode",
    "Recusal",
    "Reply",
    "Revision",
    "Route",
    "RowState",
    "Sample",
    "SearchEntry",
    "SearchTask",
    "Session",
    "SettingsVersion",
    "Standing",
    "Subscription",
    "Transfer",
    "TransferKind",
    "Verification",
    "View",
    "Weighting",
]
