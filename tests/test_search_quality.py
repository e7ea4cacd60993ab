"""The search on the real articles: sixty-odd queries, each with the article that should come first."""

from datetime import datetime

import pytest

from config import ROOT
from tracker import content
from tracker.db import transaction
from tracker.queries import search
from tracker.render.site import WRITTEN, Site
from tracker.services import articles

COLLECTING, AGENTS, DATA, FINANCE = (
    "cuishou-hefa-bianjie",
    "fan-cuishou-chanye-fengxian",
    "geren-xinxi-yu-cuishou",
    "puhui-jinrong-shi-shenme",
)
WHO, WAYS, CONTRACT, TALKS = (
    "shui-zai-cuishou",
    "tousu-tiaojie-susong",
    "wangdai-hetong-zenme-kan",
    "xieshang-huankuan-zenme-tan",
)
OVERDUE, ASSIGNED, REPORT, ERRORS = (
    "yuqi-hou-hui-fasheng-shenme",
    "zhaiquan-zhuanrang-tongzhi",
    "zhengxin-baogao-zenme-kan",
    "zhengxin-yiyi-zenme-ti",
)
CHINA, READING = "how-debt-collection-works-in-china", "reading-your-chinese-credit-report"

SIMPLIFIED = {
    # one character
    "贷": CONTRACT, "谁": WHO, "错": ERRORS, "债": ASSIGNED, "钱": AGENTS, "诉": OVERDUE,
    # two
    "催收": DATA, "征信": AGENTS, "逾期": OVERDUE, "债权": ASSIGNED, "普惠": FINANCE, "合同": CONTRACT, "利率": CONTRACT, "仲裁": WAYS,
    "起诉": OVERDUE, "诉讼": WAYS, "协商": TALKS, "异议": ERRORS, "报告": REPORT, "投诉": WAYS, "调解": WAYS, "担保": CONTRACT, "身份": WHO,
    "维权": AGENTS, "隐私": DATA, "展期": TALKS, "代偿": WHO, "罚息": OVERDUE, "取证": COLLECTING, "更正": ERRORS, "骚扰": COLLECTING,
    "亲友": DATA, "频次": COLLECTING,
    # three
    "通讯录": DATA, "支付令": WAYS, "债权人": TALKS, "受让人": WHO, "放贷机": WHO,
    # four
    "征信报告": REPORT, "债权转让": ASSIGNED, "普惠金融": FINANCE, "网贷合同": CONTRACT, "协商还款": TALKS, "征信修复": AGENTS,
    "个人信息": DATA, "年化利率": CONTRACT, "自动续期": CONTRACT, "冒名贷款": ERRORS, "诉讼时效": OVERDUE, "强制执行": OVERDUE,
    # several
    "征信 异议": ERRORS, "催收 通讯录": DATA, "投诉 征信": ERRORS, "逾期 起诉": OVERDUE, "转让 证据": ASSIGNED,
}  # fmt: skip
TRADITIONAL = {
    "貸": CONTRACT, "誰": WHO, "錯": ERRORS, "債": ASSIGNED, "催收": DATA, "徵信": AGENTS, "債權": ASSIGNED, "訴訟": WAYS, "協商": TALKS,
    "異議": ERRORS, "擔保": CONTRACT, "隱私": DATA, "罰息": OVERDUE, "通訊錄": DATA, "徵信報告": REPORT, "債權轉讓": ASSIGNED,
    "個人資料": DATA, "訴訟時效": OVERDUE, "徵信 異議": ERRORS,
}  # fmt: skip
ENGLISH = {
    "credit report": READING, "debt collection": CHINA, "objection": READING, "court": CHINA, "collector": CHINA, "Chinese": READING,
}  # fmt: skip


@pytest.fixture
def published(site: Site, now: datetime) -> None:
    """The real articles, with what can be found of them; without pages."""
    for file in sorted((ROOT / "content").glob("*.md")):
        source = content.read_article(file.read_bytes(), site.category_texts, WRITTEN)
        with transaction():
            articles.put(site, source, now, look="no generation")


def test_the_expected_article_comes_first(site: Site, now: datetime, published: None) -> None:
    wrong = {}
    for language, queries in (
        ("zh-Hans", SIMPLIFIED),
        ("zh-Hant", SIMPLIFIED),
        ("zh-Hant", TRADITIONAL),
        ("zh-Hans", TRADITIONAL),
        ("en", ENGLISH),
    ):
        for query, slug in queries.items():
            hits = search.articles(site, query, language, now).hits
            found = [hit.entry.slug for hit in hits]
            if found[:1] != [slug] or len(found) != len(set(found)):
                wrong[language, query] = found[:3]
            elif not any(piece.is_hit for piece in [*hits[0].title, *hits[0].snippet]) and query not in {
                "更正",
                "支付令",
                "诉讼时效",
            }:
                wrong[language, query] = ["nothing is marked"]
    assert wrong == {}
    assert len({*SIMPLIFIED, *TRADITIONAL, *ENGLISH}) >= 60
