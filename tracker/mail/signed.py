"""The address at which an answer to a mail arrives: it names the thread, and proves that we gave it out."""

import hmac
import re
from collections.abc import Iterable
from typing import NamedTuple

from tracker.domain.receipts import Keyring, normalise
from tracker.domain.threads import Party
from tracker.mail.parts import TO_PUBLISHER
from tracker.models import Mail
from tracker.render.site import Site

_PURPOSE = "mail-reply"
_LENGTH = 20  # of 5 bits each, but for the first: 96 bits
_ADDRESS = re.compile(rf"\+([nc])([0-9]{{1,15}})\.([0-9a-z]{{{_LENGTH}}})@", re.IGNORECASE)
_PARTIES = {"n": Party.NOTIFIER, "c": Party.PUBLISHER}
_KINDS = {party: kind for kind, party in _PARTIES.items()}


class Thread(NamedTuple):
    """Who speaks and where: the number of a notice for its notifier, that of a case for its publisher."""

    party: Party
    number: int


def thread_of(mail: Mail) -> Thread | None:
    """Return the thread of a mail to one of the parties, known by the secret that it carries; mail to staff has none."""
    if mail.secret_purpose == "notice-mail" and mail.notice_id is not None:  # noqa: S105 - a purpose, not a secret
        return Thread(Party.NOTIFIER, mail.notice_id)
    if mail.secret_purpose == TO_PUBLISHER and mail.case_id is not None:
        return Thread(Party.PUBLISHER, mail.case_id)
    return None


def reply_to(site: Site, mail: Mail) -> str:
    """Return where an answer to a mail goes: to its thread, or to the contact address when MAIL_REPLY is not set."""
    thread = thread_of(mail)
    if thread is None or not site.config.mail_reply:
        return site.contact_email
    local, _, host = site.config.mail_reply.rpartition("@")
    name = f"{_KINDS[thread.party]}{thread.number}"
    return f"{local}+{name}.{_signature(site.keys, name, site.keys.epoch)}@{host}"


def _signature(keys: Keyring, name: str, epoch: str) -> str:
    return normalise(keys.secret(_PURPOSE, name, epoch))[:_LENGTH].lower()


def named(keys: Keyring, texts: Iterable[str]) -> Thread | None:
    """Return the thread that a signed address in any of the texts names, whichever key on the ring signed it."""
    for text in texts:
        for kind, number, typed in _ADDRESS.findall(text):
            name = f"{kind.lower()}{number}"
            expected = [_signature(keys, name, epoch).encode() for epoch in keys.epochs]
            if any([hmac.compare_digest(typed.lower().encode(), one) for one in expected]):  # noqa: C419 - each is tried
                return Thread(_PARTIES[name[0]], int(number))
    return None
