"""The table of categories hangs together."""

import re

import pytest

from tracker.domain.categories import BY_SLUG, CATEGORIES, CHOOSER_LABELS, Category, CategoryName, ChooserGroup
from tracker.domain.clocks import RULES, ClockKind, Nature
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.guidance import GUIDANCE
from tracker.domain.regimes import REGIMES

ALL = list(CATEGORIES.values())
_C = CategoryName


def test_every_category_is_described() -> None:
    assert set(CATEGORIES) == set(CategoryName)
    assert list(BY_SLUG.values()) == ALL


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_a_category_asks_only_known_elements_each_once(category: Category) -> None:
    asked = [*category.required, *category.optional]
    assert len(asked) == len(set(asked))
    assert set(asked) <= set(ELEMENTS)
    assert [e.name for e in category.elements] == [name for name in ELEMENTS if name in asked]


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_a_category_can_be_named_in_an_address_and_cited_in_a_decision(category: Category) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", category.slug)
    assert category.label
    assert category.summary
    assert category.provisions


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_every_category_says_what_is_needed_why_and_what_happens(category: Category) -> None:
    assert set(GUIDANCE) == set(CategoryName)
    assert category.needs
    assert category.why
    assert category.what_happens
    for text in (category.label, category.summary, category.why, *category.needs, *category.what_happens):
        assert text.strip() == text
        assert not re.search("[\u4e00-\u9fff][,;:?!]", text)  # full-width punctuation after Chinese
    for text in (category.summary, category.why, *category.needs, *category.what_happens):
        assert text.endswith("。")


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_no_page_denies_a_limit_that_the_law_sets(category: Category) -> None:
    kinds = {ClockKind(kind) for name in category.regimes for kind in REGIMES[name].clocks}
    denying = [line for line in category.what_happens if "不是法定期限" in line]
    if any(RULES[kind].nature is Nature.LEGAL for kind in kinds):
        assert all("写着“本站目标”的" in line for line in denying)


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_every_category_asks_where_and_who_acts_for_whom(category: Category) -> None:
    """DSA art. 16(2)(b), (c): the exact address always; name and e-mail can always be given."""
    names = {element.name for element in category.elements}
    assert "addresses" in category.required
    assert {"explanation", "notifier_name", "email", "stmt_truth"} <= names
    if not category.is_anonymous_allowed:
        assert {"explanation", "notifier_name", "email", "stmt_truth"} <= set(category.required)


def test_nobody_has_to_say_who_they_are_where_the_law_does_not_want_it() -> None:
    """DSA art. 16(2)(c) and recital 50; the urgent lanes and general reports."""
    nameless = {c.name for c in ALL if c.is_anonymous_allowed}
    assert {_C.NCII, _C.MINOR, _C.CSAM, _C.OTHER_ILLEGAL, _C.FRAUD, _C.TERMS, _C.MISLEADING_CONSUMER} == nameless
    for name in nameless:
        assert not {"notifier_name", "email", "notifier_role", "phone"} & set(CATEGORIES[name].required)


def test_the_urgent_lanes_come_first_and_a_life_or_a_child_makes_any_notice_urgent() -> None:
    assert {c.name for c in ALL if c.is_urgent} == {_C.NCII, _C.MINOR, _C.CSAM, _C.COURT_OR_AUTHORITY}
    for category in ALL:
        assert category.is_urgent_with({}) is category.is_urgent
        assert category.is_urgent_with({"minor_involved": "yes"})
        assert category.is_urgent_with({"danger_to_life": "yes"})
        assert category.is_urgent_with({"minor_involved": "no", "danger_to_life": "no"}) is category.is_urgent


@pytest.mark.parametrize("alarm", ["minor_involved", "danger_to_life"])
@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_nobody_has_to_say_who_they_are_where_a_life_or_a_child_is_at_risk(category: Category, alarm: str) -> None:
    """The urgent lanes are open to everybody, under whatever category somebody looks for them (law_standards §5, 5)."""
    who = [ELEMENTS[name] for name in ("notifier_name", "notifier_role", "email")]
    assert not any(category.requires(element, {alarm: "yes"}) for element in who)
    assert all(category.requires(e, {alarm: "no"}) is (e.name in category.required) for e in who)
    assert category.requires(ELEMENTS["addresses"], {alarm: "yes"})


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_every_form_asks_whether_a_life_is_in_danger(category: Category) -> None:
    assert "danger_to_life" in {element.name for element in category.elements}
    assert "danger_to_life" not in category.required
    assert "生命危险" in CHOOSER_LABELS[ChooserGroup.URGENT]


def test_intimate_images_demand_nothing_but_the_address_at_the_form() -> None:
    assert CATEGORIES[_C.NCII].required == ("addresses",)


def test_nobody_is_asked_for_a_copy_of_what_must_not_be_copied() -> None:
    assert not {e.name for e in CATEGORIES[_C.CSAM].elements if e.kind is Kind.FILES}
    assert CATEGORIES[_C.CSAM].lumen_type == ""


def test_a_copyright_notice_asks_the_six_elements_of_the_statute() -> None:
    """17 USC 512(c)(3)(A)(i)-(vi)."""
    copyright_ = CATEGORIES[_C.COPYRIGHT]
    asked = {e.name for e in copyright_.elements if copyright_.requires(e, {"country": "US"})}
    assert {
        "signature_name", "work_title", "addresses", "email", "stmt_good_faith", "stmt_accurate", "stmt_authority_perjury"
    } <= asked  # fmt: skip


@pytest.mark.parametrize("country", ["", "CN"])
def test_nobody_in_china_swears_under_the_law_of_another_country(country: str) -> None:
    """条例 14 knows no oath and no signature."""
    copyright_, answers = CATEGORIES[_C.COPYRIGHT], {"country": country}
    asked = {e.name for e in copyright_.elements if e.is_asked_by(answers)}
    assert not asked & {"stmt_good_faith", "stmt_authority_perjury", "stmt_accurate"}
    assert not copyright_.requires(ELEMENTS["signature_name"], answers)


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_what_others_hang_on_is_asked_first_unless_the_way_must_be_short(category: Category) -> None:
    facts = {element.name for element in category.facts}
    hanging = {e.only_when[0] for e in category.questions if e.only_when}
    assert facts == set() if category.is_anonymous_allowed else hanging <= facts
    assert all(element.only_when is None for element in category.facts)


def test_only_copyright_asks_for_a_statement_under_penalty_of_perjury() -> None:
    asking = {c.name for c in ALL if any(e.name == "stmt_authority_perjury" for e in c.elements)}
    assert asking == {_C.COPYRIGHT}


def test_every_element_is_asked_somewhere() -> None:
    asked = {element.name for category in ALL for element in category.elements}
    assert set(ELEMENTS) == asked | {name for category in ALL for name in category.proofs}


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_a_question_is_asked_together_with_the_one_it_depends_on(category: Category) -> None:
    names = {element.name for element in category.elements} | set(category.proofs)
    for name in names:
        if condition := ELEMENTS[name].only_when:
            assert condition[0] in names, name


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_the_names_elsewhere_are_well_formed(category: Category) -> None:
    assert category.regimes
    assert len(set(category.regimes)) == len(category.regimes)
    assert set(category.proofs) <= {name for name, element in ELEMENTS.items() if element.kind is Kind.FILES}
    assert re.fullmatch("(STATEMENT_CATEGORY_[A-Z_]+)?", category.dsa_category)
    assert re.fullmatch("(KEYWORD_[A-Z_]+)?", category.dsa_keyword)
    assert re.fullmatch("([a-z]+/[a-z_]+)?", category.xarf)
    assert category.group in CHOOSER_LABELS


ELSEWHERE = """
copyright           us_dmca cn_copyright eu_dsa   INTELLECTUAL_PROPERTY_INFRINGEMENTS        COPYRIGHT_INFRINGEMENT         DMCA               copyright/copyright
trademark           eu_dsa cn_civil               INTELLECTUAL_PROPERTY_INFRINGEMENTS        TRADEMARK_INFRINGEMENT         Trademark          content/brand_infringement
trade_secret        eu_dsa cn_civil               INTELLECTUAL_PROPERTY_INFRINGEMENTS        TRADE_SECRET_INFRINGEMENT      Other              -
reputation          uk_defamation cn_civil eu_dsa ILLEGAL_OR_HARMFUL_SPEECH                  DEFAMATION                     Defamation         -
enterprise          cn_enterprise cn_civil        ILLEGAL_OR_HARMFUL_SPEECH                  DEFAMATION                     Defamation         -
inaccurate          cn_civil                      OTHER_VIOLATION_TC                         MISINFORMATION_DISINFORMATION  Other              -
source_corrected    cn_civil                      OTHER_VIOLATION_TC                         MISINFORMATION_DISINFORMATION  Other              -
portrait            cn_civil gdpr cn_minor        DATA_PROTECTION_AND_PRIVACY_VIOLATIONS     MISSING_PROCESSING_GROUND      PrivateInformation -
personal_data       cn_pi gdpr eu_dsa cn_minor    DATA_PROTECTION_AND_PRIVACY_VIOLATIONS     RIGHT_TO_BE_FORGOTTEN          DataProtection     content/exposed_data
minor               cn_minor                      PROTECTION_OF_MINORS                       -                              PrivateInformation -
ncii                ncii                          CYBER_VIOLENCE                             NON_CONSENSUAL_IMAGE_SHARING   PrivateInformation -
csam                eu_dsa cn_minor               PROTECTION_OF_MINORS                       CHILD_SEXUAL_ABUSE_MATERIAL    -                  content/csam
cyberbullying       cn_civil cn_minor             CYBER_VIOLENCE                             CYBER_BULLYING_INTIMIDATION    Other              -
fraud               eu_dsa general                SCAMS_AND_FRAUD                            -                              Other              content/fraud
misleading_consumer general                       CONSUMER_INFORMATION                       MISLEADING_INFO_CONSUMER_RIGHTS Other             -
court_or_authority  order                         -                                          -                              CourtOrder         -
other_illegal       eu_dsa general                NOT_SPECIFIED_NOTICE                       -                              Other              -
terms               general                       OTHER_VIOLATION_TC                         -                              -                  -
"""
"""The table of law_standards §10, with the lane for minors where they may be concerned: category, regimes, names elsewhere."""


@pytest.mark.parametrize("row", ELSEWHERE.strip().splitlines(), ids=lambda row: row.split()[0])
def test_the_map_is_that_of_the_specification(row: str) -> None:
    name, *regimes, dsa, keyword, lumen, xarf = row.split()
    category = CATEGORIES[CategoryName(name)]
    assert sorted(category.regimes) == sorted(regimes)
    stated = (category.dsa_category, category.dsa_keyword, category.lumen_type, category.xarf)
    prefixed = ("STATEMENT_CATEGORY_" + dsa, "KEYWORD_" + keyword, lumen, xarf)
    assert stated == tuple("" if value.endswith("-") else value for value in prefixed)


def test_the_chooser_keeps_its_groups_together() -> None:
    groups = [category.group for category in ALL]
    assert list(dict.fromkeys(groups)) == list(CHOOSER_LABELS) == list(ChooserGroup)
    assert sorted(groups, key=list(ChooserGroup).index) == groups


def test_all_eighteen_are_there() -> None:
    assert set(CategoryName) == {
        "copyright", "trademark", "trade_secret", "reputation", "enterprise", "inaccurate", "source_corrected", "portrait",
        "personal_data", "minor", "ncii", "csam", "cyberbullying", "fraud", "misleading_consumer", "court_or_authority",
        "other_illegal", "terms",
    }  # fmt: skip


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_a_court_says_that_it_is_one_where_courts_write_and_nowhere_else(category: Category) -> None:
    for asked in (category.elements, category.questions):
        role = next(dict(element.options) for element in asked if element.name == "notifier_role")
        assert ("authority" in role) is (category.name is _C.COURT_OR_AUTHORITY)
        assert {"owner", "public"} <= set(role)
