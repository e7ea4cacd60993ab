"""The stage of the demo: its people and articles, its own time, and a worker that does in it what the real one does."""

import hashlib
import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select

from tracker import content
from tracker.cli.delivery import do_what_is_due
from tracker.cli.demo import quoting, words
from tracker.cli.demo.words import Person
from tracker.db import db, transaction
from tracker.domain import attachments
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.decisions import MEASURES, Draft, GroundType, Outcome
from tracker.domain.elements import Kind
from tracker.domain.notices import Submission
from tracker.domain.passages import Passage
from tracker.domain.refusals import Refusal
from tracker.domain.visibility import Label, Speaker, Terms
from tracker.mail.replies import Fate
from tracker.models import Account, Article, Case, Mail, MailState, Notice
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.services import mails, notices, samples, serving

T = TypeVar("T")
Life = Iterator[timedelta]
"""What happens to a case: acts, and between them how long until the next."""

ROUND = timedelta(hours=12)
"""How often the worker of the story looks at what is due, beside each act."""

_LAW = {
    CategoryName.COPYRIGHT: "《信息网络传播权保护条例》第十五条",
    CategoryName.PERSONAL_DATA: "《中华人民共和国个人信息保护法》第四十七条",
    CategoryName.MINOR: "《未成年人网络保护条例》第三十一条",
}
_REFUSALS = (Refusal.OFFICIAL_RECORD, Refusal.TRUE_OR_OPINION, Refusal.INSUFFICIENT_EVIDENCE, Refusal.PUBLIC_INTEREST)
_TERMS = {CategoryName.TERMS: "2.9", CategoryName.FRAUD: "2.8", CategoryName.PERSONAL_DATA: "2.4"}


class Stage:
    """Holds what a life needs; `now` is the time of the story."""

    def __init__(self, site: Site, begin: datetime, end: datetime, seed: int = 7) -> None:
        self.site, self.now, self.end = site, begin, end
        self.dice = random.Random(seed)  # noqa: S311 - a story, no secret
        self.keys = (hashlib.sha256(f"{seed}:{n}".encode()).hexdigest() for n in count())
        self.staff: dict[str, int] = {}
        self._lives: list[tuple[datetime, int, Life]] = []
        self._order = count()
        self._worked_at = begin
        self._used: set[tuple[str, CategoryName]] = set()

    # time

    def begin(self, at: datetime, life: Life) -> None:
        """Let a life begin at a moment of the story."""
        heapq.heappush(self._lives, (at, next(self._order), life))

    def play(self) -> None:
        """Play every life up to the end of the story, and what time alone brings about between their acts."""
        while self._lives and self._lives[0][0] < self.end:
            at, _, life = heapq.heappop(self._lives)
            self._work_until(at)
            self.now = at
            wait = next(life, None)
            db.session.rollback()
            if wait is not None:
                self.begin(at + wait, life)
        self._work_until(self.end)
        self.now = self.end

    def _work_until(self, at: datetime) -> None:
        while self._worked_at < at:
            self._worked_at = min(at, self._worked_at + ROUND)
            do_what_is_due(self.site, self._worked_at)
            self.act(samples.draw, self.site, self._worked_at)
            self._post(self._worked_at)

    def _post(self, now: datetime) -> None:
        """Let the mails that are due arrive, or come back; none of them leaves this machine."""
        while True:
            with transaction():
                mail = mails.claim(now)
            if mail is None:
                return
            if mail.state is MailState.HELD:
                continue
            fate, said = _fate(mail)
            with transaction():
                serving.settle(self.site, mail, fate, said, now)

    def hours(self, fewest: float, most: float) -> timedelta:
        """Return a length of time between two numbers of hours."""
        return timedelta(hours=self.dice.uniform(fewest, most))

    # people

    def somebody(self, *left_out: str) -> Account:
        """Return one of the moderators."""
        names = [email for email, _, role in words.STAFF if role.value == "moderator" and email not in left_out]
        return self.person(self.dice.choice(names))

    def person(self, email: str) -> Account:
        """Return somebody of the desk."""
        return db.session.get_one(Account, self.staff[email])

    # acts

    def act(self, do: Callable[..., T], *given: Any, **named: Any) -> T:
        """Do one act as one commit; arguments that are functions are asked for inside of it."""
        with transaction():
            return do(*(each() if callable(each) else each for each in given), **named)

    def key(self) -> str:
        """Return what makes an act one act."""
        return next(self.keys)[:32]

    def case(self, number: int) -> Case:
        """Return a case as it stands."""
        return db.session.get_one(Case, number, populate_existing=True)

    def article(self, category: CategoryName, language: str = "zh-Hans") -> Article:
        """Return an article about which nobody has sent such a notice yet; now and then one of the site's own."""
        wanted = (
            select(Article)
            .where(Article.file_gone_at.is_(None), Article.slug.not_in(words.SPARED))
            .order_by(Article.id)
        )
        free = [a for a in db.session.scalars(wanted) if (a.slug, category) not in self._used]
        spoken = [article for article in free if article.language == language] or free
        own = [article for article in spoken if not article.slug.startswith("demo-")]
        short = [article for article in spoken if article.slug.startswith("demo-")]
        chosen = self.dice.choice(own if own and (not short or self.dice.random() < 0.15) else short)
        self._used.add((chosen.slug, category))
        return chosen

    def notify(
        self, category: CategoryName, person: Person, articles: Sequence[Article] | None = None, **said: str
    ) -> int:
        """Submit a notice; return its number."""
        spoken = "en" if person.language == "en" else "zh-Hans"
        named = list(articles or [self.article(category, spoken)])
        kind, passage = CATEGORIES[category], said.pop("passage", None) or self.passage(named[0])
        texts = words.ENGLISH if person.language == "en" else words.EXPLANATIONS[category]
        given = {
            "addresses": "\n".join(self.site.base_url + path_of(article) for article in named),
            "passage": passage if len(named) == 1 else "",
            "explanation": self.dice.choice(texts),
            "inaccurate_parts": "这一句与事实不符，见附件。"
            if spoken != "en"
            else "This sentence is untrue; see the attachment.",
            "work_title": "《催收行业观察》2024年第3期"
            if spoken != "en"
            else "Collection Industry Review, issue 3 of 2024",
            "data_right": "delete",
            "source_url": "https://gazette.example.org/2026/118",
            "source_corrected_at": "2026-07-15",
            "notifier_role": "owner",
            "notifier_name": person.name,
            "email": person.email,
            "phone": "138 0000 0000" if spoken != "en" else "+1 555 0100",
            "country": person.country,
            "stmt_truth": "1",
            "stmt_good_faith": "1",
            "stmt_accurate": "1",
            "stmt_authority_perjury": "1",
            "signature_name": person.name,
            **said,
        }
        answers = {e.name: text for e in kind.elements if (text := given.get(e.name, ""))}
        statements = {e.name: self.site.gettext(e.label, spoken) for e in kind.elements if e.kind is Kind.STATEMENT}
        agreed = {name: label for name, label in statements.items() if answers.get(name)}
        files = self._files(kind.name)
        sent = Submission(kind, spoken, answers, agreed, files, "2026-11-24", next(self.keys))
        notice = self.act(notices.submit, self.site, sent, self.now)
        if (person in words.PEOPLE and self.dice.random() < 0.6) or person == words.SPAMMER:
            self.act(notices.confirm, self.site, lambda: db.session.get_one(Notice, notice.id), self.now)
        return notice.id

    def _files(self, category: CategoryName) -> tuple[attachments.Attachment, ...]:
        if category in {CategoryName.CSAM, CategoryName.NCII} or self.dice.random() < 0.4:
            return ()
        text = "证据清单\n1. 通话记录\n2. 合同样本\n（演示数据）\n"
        return (attachments.accept("证据.txt", text.encode()),)

    def case_of(self, notice: int) -> int:
        """Return the number of the case of a notice that names one article."""
        return db.session.get_one(Notice, notice).items[0].case_id

    def passage(self, article: Article) -> str:
        """Return a sentence of an article, to be quoted."""
        fit = quoting.lines(content.text_of(article.revision.source))
        return self.dice.choice(fit) if fit else ""

    def draft(self, case: Case, outcome: Outcome) -> Draft:
        """Return a complete decision on a case."""
        by_terms = outcome is Outcome.REMOVED
        number = _TERMS.get(case.category, "2.10")
        title = self.site.fixed_page("rules", "zh-Hans")
        ref = f"《{title.title}》（{title.version}版）{number}" if title else f"本站规则 {number}"
        law = _LAW.get(case.category, "《中华人民共和国民法典》第一千零二十四条")
        takes = outcome in MEASURES or outcome is Outcome.INTERIM
        return Draft(
            outcome,
            GroundType.TERMS if by_terms else GroundType.LAW,
            ref if by_terms else law,
            self.dice.choice(words.EXPLAINED),
            self.dice.choice(words.FACTS),
            rationale=words.RATIONALE,
            refusal=self.dice.choice(_REFUSALS) if outcome is Outcome.DECLINED else "",
            replies={EVERY_OTHER: Reply(Answer.FOUNDED if takes else Answer.UNFOUNDED)},
            terms=self._terms(case, outcome),
        )

    def _terms(self, case: Case, outcome: Outcome) -> Terms:
        if outcome is Outcome.LABELLED:
            return Terms(label=Label.DISPUTED)
        if outcome is Outcome.REPLY_ATTACHED:
            return Terms(
                speaker=Speaker.CONCERNED,
                speaker_name="当事人",
                words="文中所述机构说明：相关业务已于去年停止，客户已全部结清。",
            )
        quoted = quoting.sentence(content.text_of(case.article.revision.source))
        if outcome is Outcome.PASSAGE_WITHHELD:
            return Terms(passages=(Passage(quoted),))
        if outcome is Outcome.CORRECTED:
            new, said = words.CORRECTIONS[case.article.language]
            return Terms(passages=(Passage(quoted, replacement=new),), words=said)
        return Terms()


def _fate(mail: Mail) -> tuple[Fate, str]:
    if ".bounce@" in mail.recipient:
        return Fate.BOUNCE, "550 5.1.1 no such user"
    if ".slow@" in mail.recipient and mail.attempts < 9:
        return Fate.RETRY, "451 4.7.1 greylisted, try again later"
    return Fate.SENT, ""
