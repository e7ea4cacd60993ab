"""A site in which every field that strangers fill holds payloads: all of them, and a third of them where a line is short.

The fields come from the tables of elements, so one that is added there is stuffed here.
"""

import re
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from itertools import cycle, islice

from sqlalchemy import func, select

from tests.factories import decide, draft, markdown, publish
from tests.payloads import PAYLOADS
from tests.staff import make_member
from tracker import contact, content
from tracker.cli import articles as sync
from tracker.cli import receiving
from tracker.db import db, transaction
from tracker.domain import attachments, quotes
from tracker.domain.attachments import Attachment
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.elements import ELEMENTS, Element, Format, Kind
from tracker.domain.errors import InvalidTransition
from tracker.domain.notices import Submission, clean_answer, problem
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.roles import Role
from tracker.domain.visibility import Speaker, Terms
from tracker.mail import signed
from tracker.models import Account, Case, Mail, MailState, Notice
from tracker.render.site import WRITTEN, Site
from tracker.services import (
    appeals,
    articles,
    cases,
    counters,
    decisions,
    drafts,
    exchange,
    indexing,
    mails,
    notices,
    publishers,
    sessions,
)  # fmt: skip

NOW = datetime.now(UTC).replace(microsecond=0)
DRAFT = "d" * 43
"""The key of a draft that is open, for a form with everything typed in."""

A_CASE = 40
"""So many notices join one case."""

SETTLED = {
    "country": "GB", "notifier_role": "authorised_agent", "notifier_type": "authority", "share_name": "yes", "share_email": "yes",
}  # fmt: skip
"""The choices with which every question is asked, and with which most is told."""

BODY = "这里说明经过。\n\n结尾一段。"
STAFF = {role: f"{role}@example.org" for role in Role}


def _url_safe(payload: str) -> str:
    return "https://example.org/?x=" + re.sub(r'[ <>"]', "", payload)


def _local_part(payload: str) -> str:
    return re.sub(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~-]", "", payload)[:60] + "@example.org"


_DRESSES: tuple[Callable[[str], str], ...] = (
    str, "https://example.org/ {}".format, _url_safe, _local_part, "138 0000 0000 {}".format,
)  # fmt: skip
"""A payload as it gets into a field that takes only what looks like an address or a number."""


SHORT, SHARE = 200, 3
"""A line of so many characters or fewer gets every third payload; which third differs from line to line."""

_ONE_EACH = frozenset({Kind.EMAIL, Kind.PHONE})


@cache
def taken(element: Element) -> tuple[str, ...]:
    """Return the payloads as an element takes them, each in the first dress in which it does; a choice takes none."""
    if element.kind in {Kind.CHOICE, Kind.STATEMENT, Kind.ADDRESSES, Kind.HIDDEN, Kind.FILES}:
        return ()
    found = (next((text for text in _dressed(element, payload)), "") for payload in PAYLOADS)
    return tuple(dict.fromkeys(filter(None, found)))


def _dressed(element: Element, payload: str) -> Iterator[str]:
    for dress in _DRESSES:
        text = clean_answer(element, dress(payload))
        long_enough = text + "字" * max(0, element.fewest - len(text))
        if problem(element, long_enough, required=True) is None and _can_be_reached(element, text):
            yield text


def _can_be_reached(element: Element, text: str) -> bool:
    if element.kind is Kind.EMAIL:
        return contact.mailable(text)[1] is None
    return element.kind is not Kind.PHONE or contact.dialable(text, "CN")[1] is None


def fillings(element: Element) -> list[str]:
    """Return answers to an element that together hold its payloads, each as long as it may be."""
    between = "\n\n" if element.kind is Kind.TEXT else "&" if element.format is Format.LINK else " "
    found: list[str] = []
    texts = taken(element)
    for text in texts[len(element.name) % SHARE :: SHARE] if element.most <= SHORT else texts:
        if element.kind in _ONE_EACH or not found or len(found[-1]) + len(between) + len(text) > element.most:
            found.append(text)
        else:
            found[-1] += between + text
    return [filling.ljust(element.fewest, "字") for filling in found]


def filled(elements: Collection[Element], new: Collection[str] = (), first: int = 0) -> Iterator[dict[str, str]]:
    """Yield answers to elements until each, or each that is `new`, has had all its fillings.

    Afterwards an element gets one payload at a time; what holds one only goes on where it stopped: `first` says how
    many answers there were before.
    """
    columns = {element.name: fillings(element) for element in elements}
    one_each = {element.name for element in elements if element.kind in _ONE_EACH}
    rows = max(len(column) for name, column in columns.items() if name not in one_each and (not new or name in new))
    for number in range(max(1, rows)):
        yield {
            e.name: columns[e.name][number]
            if number < len(columns[e.name]) and e.name not in one_each
            else taken(e)[(first + number) % len(taken(e))].ljust(e.fewest, "字")
            for e in elements
            if taken(e)
        }


def settled(elements: Collection[Element]) -> dict[str, str]:
    """Answer what is chosen, agreed to, or of a form that takes nothing else."""
    plain = {Format.DATE: "2024-05-03", Format.ORG_ID: "91110000600037341L"}
    said = {e.name: plain[e.format] for e in elements if e.format in plain}
    said |= {e.name: "1" for e in elements if e.kind is Kind.STATEMENT}
    said |= {e.name: e.options[0][0] for e in elements if e.kind is Kind.CHOICE}
    return said | {name: answer for name, answer in SETTLED.items() if name in {e.name for e in elements}}


def files(purposes: Sequence[str], part: int, size: int) -> tuple[Attachment, ...]:
    """Return files whose names are payloads: the `part`-th `size` of them for each purpose."""
    names = [PAYLOADS[(part * size + n) % len(PAYLOADS)] for n in range(size)]
    return tuple(attachments.accept(f"{name}.txt", name.encode(), purpose) for purpose in purposes for name in names)


def chosen_categories() -> dict[CategoryName, set[str]]:
    """Return categories that together ask every element, each with the names of those it adds."""
    known: set[str] = set()
    found = {}
    for category in sorted(CATEGORIES.values(), key=lambda category: -len(category.elements)):
        if new := {element.name for element in (*category.elements, *category.questions)} - known:
            known |= new
            found[category.name] = new
    assert known == set(ELEMENTS)
    return found


def stuff(site: Site) -> None:
    """Fill the site: articles, notices, supplements, letters, replies, counter-notices, appeals, mails that came back."""
    staff = {role: make_member(email, role) for role, email in STAFF.items()}
    _article(site)
    _articles_to_notify(site)
    with transaction():
        made = [case for name, new in chosen_categories().items() for case in _notices(site, CATEGORIES[name], new)]
    _draft(site)
    _talk(site, made, staff[Role.MODERATOR])
    _letters(site)
    _decide(site, made, staff[Role.MODERATOR])
    _come_back()
    with transaction():
        for payload in PAYLOADS[::15]:
            member = db.session.get_one(Account, staff[Role.ADMIN].id)
            sessions.start(site, member, "127.0.0.1", NOW, agent=f"Mozilla/5.0 {payload}")
    while indexing.settle():
        pass
    sync.build(site)


def _article(site: Site) -> None:
    """Publish what a publisher wrote: payloads in every line of the header, and in the body bare, in code and in links."""
    bare = "\n\n".join(PAYLOADS)
    body = f"## 一、{PAYLOADS[0]}\n\n{bare}\n\n" + "\n\n".join(f"- `{one}` [{one}]({one})" for one in PAYLOADS)
    header = {
        "title": " ".join(PAYLOADS[:5])[:300], "summary": " ".join(PAYLOADS[5:12])[:500], "tags": [p[:60] for p in PAYLOADS],
        "origin": "contributed", "publisher": {"name": PAYLOADS[12], "email": "author@example.org"},
        "source": {"name": PAYLOADS[13], "url": _url_safe(PAYLOADS[14])},
    }  # fmt: skip
    publish(site, "by-a-publisher", NOW, body, **header)


def _articles_to_notify(site: Site) -> None:
    """Publish an article for each case, with payloads in its title and in the name of its publisher."""
    with transaction():
        for name, new in chosen_categories().items():
            category = CATEGORIES[name]
            for number in range(0, len(list(filled(category.elements, new))), A_CASE):
                title = PAYLOADS[(number * 7 + len(name)) % len(PAYLOADS)]
                publisher = {"name": title, "email": f"{category.slug}-{number}@example.org"}
                written = markdown(f"{category.slug}-{number // A_CASE}", BODY, title=title, publisher=publisher)
                articles.put(site, content.read_article(written, site.category_texts, WRITTEN), NOW)


def _notices(site: Site, category: Category, new: set[str]) -> Iterator[int]:
    purposes = [element.name for element in category.questions if element.kind is Kind.FILES]
    said = settled(category.elements)
    statements = {e.name: e.label for e in category.elements if e.kind is Kind.STATEMENT}
    before = db.session.scalar(select(func.count()).select_from(Notice)) or 0
    for number, answers in enumerate(filled(category.elements, new, before)):
        slug = f"{category.slug}-{number // A_CASE}"
        also = {
            "addresses": "\n".join((f"{site.base_url}/articles/{slug}", *_part(number))),
            "email": f"{slug}-{number}@example.org",
        }
        whole = said | {"passage_context": _context(number)} | also | answers
        sent = Submission(
            category,
            "zh-Hans",
            whole,
            statements,
            files(purposes, number, 4),
            "2026-11-24",
            secrets.token_hex(32),
            leaves_out=True,
        )
        notice = notices.submit(site, sent, NOW)
        if number % A_CASE == 0:
            yield notice.items[0].case_id


def _part(number: int, size: int = 20) -> list[str]:
    return [PAYLOADS[(number * size + n) % len(PAYLOADS)] for n in range(size)]


def _context(number: int) -> str:
    return quotes.packed(quotes.Quote(payload, payload, payload) for payload in _part(number))


def _draft(site: Site) -> None:
    """Leave a form open with everything typed in, and with what no form would take."""
    category = CATEGORIES[CategoryName.COPYRIGHT]
    answers = settled(category.elements) | next(filled(category.elements))
    answers |= {
        "addresses": "\n".join(PAYLOADS),
        "passage_context": _context(0),
        "country": PAYLOADS[3],
        "data_right": PAYLOADS[4],
    }
    with transaction():
        drafts.save(DRAFT, category.name, answers, files(["files"], 0, 9), (), NOW)


def _all_in(longest: int, first: int = 0) -> str:
    """Return so many payloads as fit, from the `first` on."""
    return "\n".join((*PAYLOADS[first:], *PAYLOADS[:first]))[:longest]


def _talk(site: Site, made: list[int], mei: Account) -> None:
    """Let both sides speak: the first notice of each case is supplemented, every case is forwarded and answered."""
    replies = list(filled(REPLY_ELEMENTS.values()))
    said = settled(REPLY_ELEMENTS.values())
    for part, number in enumerate(made):
        with transaction():
            case = db.session.get_one(Case, number)
            exchange.supplement(
                site, case.items[0].notice, _all_in(20_000), files(["files"], part, 9), {}, NOW, f"more-{number}"
            )
            cases.take_up(site, mei, number, case.version, NOW)
            publishers.ask(site, mei, number, case.version, NOW, f"ask-{number}")
            for turn, answers in enumerate(replies[part :: len(made)]):
                text = _all_in(20_000) if turn == 0 else "补充说明。"
                publishers.reply(
                    site, case, text, said | answers, files(["files"], turn, 9), NOW, f"reply-{number}-{turn}"
                )


def _letters(site: Site) -> None:
    """Answer mails of ours by mail: as text, as markup alone, from another sender, with files."""
    first = select(Mail).where(Mail.name.in_(("acknowledgement", "forwarded"))).order_by(Mail.id.desc())
    to = [signed.reply_to(site, mail) for mail in islice(db.session.scalars(first), 30)]
    for number, address in enumerate(to):
        letter = EmailMessage()
        letter["From"] = f'"x" <{_local_part(PAYLOADS[number * 9])}>' if number % 2 else "anna@example.com"
        letter["To"], letter["Message-ID"] = address, f"<{number}@mail.example.com>"
        letter["Subject"] = f"Re: {PAYLOADS[number]}"
        if number % 3:
            letter.set_content(_all_in(19_000))
        else:
            letter.set_content("".join(f"<p>{one}</p>&lt;b&gt;{one}" for one in PAYLOADS), subtype="html")
        for name in _part(number, 10):
            letter.add_attachment(name.encode(), maintype="text", subtype="plain", filename=f"{name}.txt")
        db.session.rollback()
        said = receiving._received(site, letter.as_bytes(), (address,))
        assert said == "added", said


def _decide(site: Site, made: list[int], mei: Account) -> None:
    """Decide every case, by what readers see of a party's words too; then the parties appeal and counter."""
    counter = list(filled(COUNTER_ELEMENTS.values()))
    said = settled(COUNTER_ELEMENTS.values())
    for part, number in enumerate(made):
        case = db.session.get_one(Case, number)
        if part % 3 == 2:
            words = Terms(words=_all_in(900), speaker=Speaker.CONCERNED, speaker_name=PAYLOADS[part])
            with transaction():
                decisions.decide(site, mei, number, case.version, draft(Outcome.REPLY_ATTACHED, terms=words), NOW)
        else:
            decide(site, case, Outcome.WITHHELD, NOW, mei)
            sent = files(["files", "identity_files"], part, 9)
            with suppress(InvalidTransition), transaction():  # not every law knows counter-notices
                case = db.session.get_one(Case, number)
                counters.send(site, case, said | counter[part], {}, sent, "zh-Hans", NOW, f"counter-{number}")
        _appeal(site, number, None, f"publisher-{number}")
        with suppress(InvalidTransition):  # of what was decided as they asked, a notifier has nothing to appeal
            _appeal(site, number, db.session.get_one(Case, number).items[0].notice, f"notifier-{number}")


_SLICES = cycle(range(0, len(PAYLOADS), 80))


def _appeal(site: Site, number: int, notice: Notice | None, key: str) -> None:
    with transaction():
        appeals.send(
            site,
            db.session.get_one(Case, number),
            notice,
            _all_in(4900, next(_SLICES)),
            files(["files"], number, 9),
            "zh-Hans",
            NOW,
            key,
        )


def _come_back() -> None:
    """Let mail servers say, in payloads, why a mail cannot be delivered."""
    with transaction():
        sent = db.session.scalars(select(Mail).order_by(Mail.id).limit(len(PAYLOADS))).all()
        for mail, payload in zip(sent, PAYLOADS, strict=False):
            mail.state, mail.attempts = MailState.SENT, 0
            db.session.flush()
            assert mails.bounced(mail.id, f"550 5.1.1 {payload}", NOW)
