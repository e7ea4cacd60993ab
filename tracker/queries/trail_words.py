"""The facts of the trail in words, for whoever reads it at the desk; the entries themselves hold numbers and codes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from tracker.db import db
from tracker.domain import authorities, claims, opinions, roles, standing
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import RULES
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS
from tracker.domain.effects import PROOF_LABELS
from tracker.domain.lifecycle import CHANNEL_LABELS, ENDING_LABELS, LABELS
from tracker.domain.regimes import REGIMES
from tracker.domain.serving import WAYS
from tracker.domain.settings import SETTINGS
from tracker.models import Account, Article
from tracker.queries.advice import ACTIONS
from tracker.queries.claim_sheet import Called, called

MENTIONED = 20
"""So many articles or people that a search names are looked for."""

FACTS: dict[str, str] = {
    "account": "账号", "advised": "建议", "agrees": "与原决定一致", "appeal": "申诉", "article": "文章", "articles": "文章",
    "attachment": "附件", "authority": "机关", "before": "原类别", "canned": "常用语", "cases": "案件", "category": "类别", "change": "改动",
    "channel": "途径", "chosen": "选定", "claim": "主张", "clause": "条款", "clock": "期限", "counter": "反通知",
    "decision": "决定", "digest": "摘要值", "dispute": "争议", "edition": "第几次改动", "ended": "结束的措施", "ending": "终止",
    "entries": "核对到第几条", "facially_illegal": "明显违法", "factor": "验证方式", "former": "原地址", "from": "原状态", "ground": "依据",
    "into": "并入", "items": "通知份数", "level": "状态", "limit": "哪个期限", "link": "邀请", "look": "核对", "mail": "邮件",
    "measure": "措施", "message": "往来", "notice": "通知", "number": "编号", "on": "开启", "opinion": "第二意见", "other": "另一案件",
    "outcome": "结果", "party": "谁", "passages": "几段", "proposal": "提出的决定", "proposed": "提出", "recipient": "收件人",
    "recusal": "回避", "reference": "受理编号", "regime": "法律", "repeat": "重复", "revision": "版本", "role": "角色",
    "route": "规则", "routes": "规则条数", "sample": "复读", "setting": "设置", "sha256": "校验值", "side": "哪一方", "slug": "地址",
    "sound": "完好", "standing": "信誉", "status": "状态码", "switch": "开关", "territory": "地区", "to": "现状态", "until": "到",
    "upheld": "申诉成立", "verification": "核对", "version": "第几版", "view": "意见", "way": "方式", "weighting": "权重",
    **{answer: claims.LABELS[answer] for answer in claims.ANSWERS},
}  # fmt: skip
"""What each fact is called; but for the case, which stands beside the act."""

_YES = {"0": "否", "1": "是", "yes": "是", "no": "否"}
_CATEGORIES = {name: category.label for name, category in CATEGORIES.items()}
_SIDES = {"notifier": "通知人", "publisher": "发布者"}

_VALUES: dict[str, Mapping[Any, str]] = {
    **dict.fromkeys(("from", "to"), LABELS),
    **dict.fromkeys(("outcome", "proposed"), OUTCOME_LABELS),
    **dict.fromkeys(("category", "before"), _CATEGORIES),
    **dict.fromkeys(("advised", "chosen"), ACTIONS),
    **dict.fromkeys(("agrees", "facially_illegal", "on", "repeat", "sound", "upheld"), _YES),
    **dict.fromkeys(("party", "side"), _SIDES),
    "authority": authorities.LABELS,
    "change": {"added": "加上", "removed": "去掉"},
    "channel": CHANNEL_LABELS,
    "ending": ENDING_LABELS,
    "factor": {"app": "验证器应用", "passkey": "通行密钥"},
    "ground": GROUND_LABELS,
    "level": {**standing.LABELS, "lapsed": "恢复正常"},
    "limit": {kind: rule.label for kind, rule in RULES.items()},
    "look": PROOF_LABELS,
    "regime": {name: regime.label for name, regime in REGIMES.items()},
    "role": roles.LABELS,
    "setting": {name: setting.label for name, setting in SETTINGS.items()},
    "switch": {"intake": "网页暂停接收通知", "read_only": "只读"},
    "territory": {"global": "全部地区"},
    "view": opinions.LABELS,
    "way": WAYS,
}
"""What the codes of a fact mean; a number, an address or a hash says itself."""


_NAMES: dict[str, tuple[InstrumentedAttribute[int], InstrumentedAttribute[str]]] = {
    "account": (Account.id, Account.name),
    "article": (Article.id, Article.title),
    "articles": (Article.id, Article.title),
}
"""The facts that are the number of something with a name, or several."""

Facts = Mapping[str, Any]


class Named(NamedTuple):
    """What is named by a number in the facts of some entries: people and articles by the fact, and claims."""

    names: Mapping[str, Mapping[str, str]]
    claims: Mapping[int, Called]


def named(entries: Iterable[Facts]) -> Named:
    """Return the names of all that the facts of these entries name by a number."""
    listed = list(entries)
    names = {
        fact: _named(fact, {n for facts in listed if fact in facts for n in _each(facts[fact])}) for fact in _NAMES
    }
    return Named(names, called({n for facts in listed for fact in _of_claims(facts) for n in _each(facts[fact])}))


def _of_claims(facts: Facts) -> set[str]:
    """Return which facts of an entry are numbers of claims: what one was merged into is, what a case was merged into is not."""
    return facts.keys() & ({"claim", "into", *claims.ANSWERS} if "claim" in facts else {*claims.ANSWERS})


def _named(fact: str, numbers: set[int]) -> dict[str, str]:
    number, name = _NAMES[fact]
    return {str(row[0]): row[1] for row in db.session.execute(select(number, name).where(number.in_(numbers)))}


def said(facts: Facts, known: Named) -> Iterator[tuple[str, str]]:
    """Yield what each fact of an entry is called and says; what is not so, and the case, are left out."""
    claimed = {
        str(n): word if case == facts.get("case") else f"#{case}{word}" for n, (case, word) in known.claims.items()
    }
    words = {**known.names, **dict.fromkeys(_of_claims(facts), claimed)}
    for name, value in facts.items():
        if value is not None and value != [] and name != "case":
            yield FACTS.get(name, name), _said(value, {**_VALUES.get(name, {}), **words.get(name, {})})


def _said(value: Any, words: Mapping[str, str]) -> str:
    return "、".join(words.get(str(each), str(each)) for each in _each(value))


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def mentions(pattern: str) -> dict[str, list[int]]:
    """Return by their fact the numbers of the newest whose names fit a pattern of LIKE."""
    found = {}
    for fact, (number, name) in _NAMES.items():
        fitting = select(number).where(name.ilike(pattern, escape="\\")).order_by(number.desc()).limit(MENTIONED)
        found[fact] = list(db.session.scalars(fitting))
    return found


def codes(words: str) -> set[str]:
    """Return the codes that these words are shown for, to look for an entry by what is read there."""
    tables = [table for table in _VALUES.values() if table is not _YES]
    return {str(code) for table in tables for code, label in table.items() if label == words}
