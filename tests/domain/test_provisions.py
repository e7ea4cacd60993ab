"""Whether what a decision cites is a law or our rules."""

import pytest

from tests.factories import draft
from tracker.domain.categories import CATEGORIES
from tracker.domain.decisions import GroundType, Outcome, complete
from tracker.domain.errors import Incomplete
from tracker.domain.provisions import is_law, is_ours
from tracker.domain.refusals import REFUSALS
from tracker.render.site import WRITTEN, Site


@pytest.mark.parametrize(
    ("ref", "ours", "law"),
    [
        ("《本站规则》（2026-11-27版）2.10 过时或者误导的金融信息", True, False),
        ("《社区公约》（2026-11-27版）2.12 法律、行政法规禁止的其他内容", True, False),
        ("本站规则 2.1（2026-11-20版）", True, False),
        ("本站规则第二条", True, False),
        ("2.10", True, False),
        ("《中华人民共和国民法典》第一千零二十四条", False, True),
        ("《中华人民共和国著作权法》（2020年修正版）第五十三条", False, True),
        ("民法典第1024条", False, True),
        ("17 U.S.C. § 512(c)(1)(C)", False, True),
        ("Regulation (EU) 2016/679, art. 17(3)(a)", False, True),
        ("TAKE IT DOWN Act (Pub. L. 119-12)", False, True),
        ("《网络安全法》第四十九条，本站规则 2.8", True, True),
        ("民法典第1195条，本站规则2.10", True, True),
        ("本站规则2.10、2.11和民法典第1195条第二款", True, True),
        ("违反本站规则第2.10条；《民法典》第1024条第1款", True, True),
        ("《本站规则》（2026-11-27版）2.10 过时的信息，17 U.S.C. 512(c)", True, True),
        ("《网络安全法》第四十九条、2.8", True, True),
        ("本站规则第2.10条", True, False),
        ("本站规则（2026-11-27版）第二条、第三条", True, False),
        ("Rules of this site 2.10", True, False),
        ("违反第2.10条", True, False),
        ("2.10、2.11", True, False),
        ("GDPR art. 6.1(f)", False, True),
        ("Article 6.1 GDPR", False, True),
        ("Art. 17 DSA", False, True),
        ("17 U.S.C. 512(c)", False, True),
        ("17 USC 512.1", False, True),
        ("个人信息保护法第四十七条第2款", False, True),
        ("TRIPS 9.1", False, False),
        ("TRIPS 9, 10.1", False, False),
        ("6.1(f) GDPR", False, False),
        ("个人信息保护法47.1", False, False),
        ("rule 2.10", False, False),
        ("《GB/T 35273-2020》8.7", False, True),
        ("某某规定", False, False),
        ("", False, False),
    ],
)
def test_what_is_cited(ref: str, ours: bool, law: bool) -> None:
    assert (is_ours(ref), is_law(ref)) == (ours, law)


def test_every_law_that_we_offer_is_taken_for_one() -> None:
    offered = [law for category in CATEGORIES.values() for law in category.provisions]
    for law in [*offered, *(ground.source for ground in REFUSALS.values() if ground.source)]:
        assert (is_ours(law), is_law(law)) == (False, True), law


@pytest.mark.parametrize("language", WRITTEN)
def test_every_clause_that_we_offer_is_taken_for_ours(site: Site, language: str) -> None:
    rules = site.fixed_page("rules", language)
    assert rules
    for number, title in rules.clauses:
        offered = f"《{rules.title}》（{rules.version}版）{number} {title}"
        assert [(is_ours(ref), is_law(ref)) for ref in (offered, f"{number} {title}")] == [(True, False)] * 2, offered


@pytest.mark.parametrize(
    ("ground", "ref", "cure"),
    [
        (GroundType.LAW, "本站规则 2.10", "“本站规则”"),
        (GroundType.TERMS, "《中华人民共和国民法典》第一千零二十四条", "“法律规定”"),
    ],
)
def test_a_clause_of_the_other_kind_is_refused_with_the_cure(ground: GroundType, ref: str, cure: str) -> None:
    with pytest.raises(Incomplete) as refused:
        complete(draft(Outcome.LABELLED, ground_type=ground, ground_ref=ref))
    assert set(refused.value.problems) == {"ground_type"}
    assert cure in str(refused.value.problems["ground_type"])
    for both in ("《民法典》第一千零二十四条，本站规则 2.2", "民法典第1195条，本站规则2.10", "TRIPS 9.1", "某某规定"):
        assert complete(draft(Outcome.LABELLED, ground_type=ground, ground_ref=both)).ground_ref == both
