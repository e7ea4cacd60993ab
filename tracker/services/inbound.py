"""A mail that answers one of ours: which thread it belongs to, and what it adds there."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select

from tracker.db import db
from tracker.domain.attachments import MAX_BYTES, MAX_FILES, Attachment, accept
from tracker.domain.errors import N_, DomainError
from tracker.domain.receipts import reference
from tracker.domain.text import mailbox
from tracker.domain.threads import Party
from tracker.mail.headers import Head
from tracker.mail.inbound import Letter
from tracker.mail.parts import known_language
from tracker.mail.signed import Thread, named, thread_of
from tracker.models import Case, Mail, Notice
from tracker.render.site import Site
from tracker.services import exchange, limits, publishers, retention

PER_DAY = (30, timedelta(days=1))
"""So many mails from one mailbox are read; the rest, likely a loop, waits at the mail server."""

LONGEST = 20_000
"""Characters of a mail that become the message; the rest goes into a file."""

_REFUSED_NAMED = 20
_REFERENCE = re.compile(r"\bR-?[0-9]{4}-?[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}\b")
_CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}[-\s>]{1,6}){12}[0-9A-HJKMNP-TV-Z]{4}\b")


class Found(NamedTuple):
    """The thread a mail belongs to, its party's mailbox and language, and whether a signature of ours led there."""

    thread: Thread
    box: str
    language: str
    is_signed: bool


class Message(NamedTuple):
    """What will be stored of a mail; nothing when there is neither text nor file."""

    text: str
    files: tuple[Attachment, ...]


def find(site: Site, head: Head, recipients: Sequence[str]) -> Found | None:
    """Return the thread of a mail: by the signed address it came to, or by what it answers, if its party sent it.

    None for a thread that is not known, or whose personal data are erased.
    """
    signed = named(site.keys, [*recipients, *head.recipients])
    if signed is not None:
        return _found(signed, is_signed=True)
    if not head.sender:
        return None
    for thread in _answered(head):
        found = _found(thread, is_signed=False)
        if found is not None and found.box == mailbox(head.sender):
            return found
    return None


def _answered(head: Head) -> list[Thread]:
    """Return the threads that a mail may answer, the nearest first."""
    mails = {
        mail.message_id: mail for mail in db.session.scalars(select(Mail).where(Mail.message_id.in_(head.answers)))
    }
    threads = [thread_of(mails[answered]) for answered in head.answers if answered in mails]
    typed = {reference(word) for word in _REFERENCE.findall(head.subject)}
    notices = db.session.scalars(select(Notice.id).where(Notice.reference.in_(typed - {None})))
    return [thread for thread in threads if thread] + [Thread(Party.NOTIFIER, number) for number in notices]


def _found(thread: Thread, *, is_signed: bool) -> Found | None:
    if thread.party is Party.NOTIFIER:
        notice = db.session.get(Notice, thread.number)
        if notice is None or notice.erased_at:
            return None
        return Found(thread, notice.mailbox, known_language(notice.language), is_signed)
    case = db.session.get(Case, thread.number)
    if case is None or retention.is_purged(case):
        return None
    article = case.article
    return Found(thread, mailbox(article.publisher_email), known_language(article.language), is_signed)


def is_ours(site: Site, head: Head, found: Found | None) -> bool:
    """Say whether we sent this mail ourselves. A publisher may have an address in our domain, and then may answer."""
    config, sender = site.config, mailbox(head.sender)
    host = urlsplit(site.base_url).hostname or ""
    if sender in {mailbox(own) for own in (config.mail_sender, config.mail_bounce, config.mail_reply) if own}:
        return True
    if db.session.scalar(select(Mail.id).where(Mail.message_id == head.message_id)) is not None:
        return True
    return sender.endswith(f"@{host}") and not (found and found.box == sender)


def key(found: Found, head: Head, content: bytes) -> str:
    """Return the key by which the same mail that comes twice is one message; without Message-ID, its bytes make it."""
    name = head.message_id.encode() or hashlib.sha256(content).digest()
    place = f"{found.thread.party} {found.thread.number}\0".encode()
    return f"mail:{hashlib.sha256(place + name).hexdigest()}"


def prepare(site: Site, found: Found, head: Head, letter: Letter) -> Message:
    """Return what is stored of a letter, in the words of its party's language. Needs no transaction.

    Codes of ours that it quotes are left out: a stored text opens nothing.
    """
    notes: list[str] = []

    def say(message: str, **values: object) -> None:
        notes.append(site.gettext(message, found.language, **values))

    if not letter.is_whole:
        say(N_("这封邮件的格式无法读取，原件作为附件保存。"))
    text = _CODE.sub(site.gettext(N_("（此处的查询码没有保存）"), found.language), letter.text)
    files, refused = _files(letter)
    for why in refused[:_REFUSED_NAMED]:
        reason = site.gettext(why.message, found.language, **why.values)
        say(N_("附件没有保存：%(why)s"), why=reason)
    if len(refused) > _REFUSED_NAMED:
        say(N_("另有%(count)d个附件没有保存。"), count=len(refused) - _REFUSED_NAMED)
    if (text or files or notes) and head.sender and mailbox(head.sender) != found.box:
        say(N_("这封邮件来自另一个地址：%(address)s"), address=head.sender)
    if len(text) > LONGEST:
        say(N_("邮件正文超过%(longest)d字，其余部分作为附件保存。"), longest=LONGEST)
    return Message("\n\n".join(part for part in (text[:LONGEST], *notes) if part), (*files, *_rest(text[LONGEST:])))


def _files(letter: Letter) -> tuple[list[Attachment], list[DomainError]]:
    files: list[Attachment] = []
    refused: list[DomainError] = []
    for name, content in letter.files:
        try:
            file = accept(name, content)
            if len(files) == MAX_FILES:
                raise DomainError(N_("一封邮件最多保存10个文件，“%(name)s”请另发一封。"), name=file.name)
            files.append(file)
        except DomainError as error:
            refused.append(error)
    return files, refused


def _rest(text: str) -> list[Attachment]:
    step = MAX_BYTES // 4  # a character has four bytes at most
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    return [accept(f"mail-{number}.txt", piece.encode()) for number, piece in enumerate(pieces, 2)]


def add(site: Site, found: Found, head: Head, message: Message, now: datetime, key: str) -> None:
    """Add a mail to its thread, as if it had been typed on the page of its party; the same `key` again adds nothing.

    Raises TooMany when its mailbox sent PER_DAY; then nothing is added. What only claims its sender counts apart, so that
    a forger shuts nobody out of a signed address.
    """
    way = "signed" if found.is_signed else "claimed"
    limits.hit(site, f"mail {way} {mailbox(head.sender) if head.sender else found.box}", *PER_DAY, now)
    party, number = found.thread
    if party is Party.NOTIFIER:
        notice = db.session.get_one(Notice, number)
        exchange.supplement(site, notice, message.text, message.files, {}, now, key)
    else:
        publishers.reply(site, db.session.get_one(Case, number), message.text, {}, message.files, now, key)
