"""Which regimes a notice comes under, what it lacks by each, what is done first, what redress there is."""

import pytest

from tests.answers import COUNTER_NOTICE, PLACE, STORY, TRUTH
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.elements import ELEMENTS
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.domain.regime_table import REVIEW, REVIEW_OF_PUBLISHER
from tracker.domain.regimes import (
    COUNTER,
    REGIMES,
    SETTLE,
    Assessment,
    Completeness,
    FirstAction,
    Regime,
    RegimeName,
    Side,
    applying,
    assess,
    assess_counter,
    counter_missing,
    first_action,
    overall,
    redress,
    reply_missing,
)

C, N, V = CategoryName, RegimeName, Completeness
ALL = list(REGIMES.values())
WHO = {"notifier_name": "王小明"}
CLOCKS = {
    "triage", "decide", "uk_first", "ncii_48", "dmca_act", "cn_act", "cn_pi", "gdpr_reply", "order_effect",
}  # fmt: skip


@pytest.mark.parametrize("regime", ALL, ids=lambda r: r.name)
def test_every_regime_is_whole(regime: Regime) -> None:
    assert set(REGIMES) == set(RegimeName)
    assert regime.label
    assert regime.source
    assert regime.redress
    assert regime.clocks[0] == "triage"
    assert set(regime.clocks) <= CLOCKS
    assert any(need.is_essential and need.any_of == ("addresses",) for need in regime.requires)
    assert not {"email", "phone", "postal_address", "org_id_no"} & set(regime.disclose.answers)
    for needs, table in (
        (regime.requires, ELEMENTS),
        (regime.counter, COUNTER_ELEMENTS),
        (regime.reply, REPLY_ELEMENTS),
    ):
        for need in needs:
            assert set(need.any_of) <= set(table), need
            assert need.label
            assert need.cure.endswith("。")
            assert need.source


def test_what_a_regime_requires_can_be_given_where_it_applies() -> None:
    for category in CATEGORIES.values():
        asked = {element.name for element in category.elements} | set(category.proofs)
        for name in category.regimes:
            for need in (n for n in REGIMES[name].requires if not n.categories or category.name in n.categories):
                assert asked & set(need.any_of), (category.name, name, need.any_of)


@pytest.mark.parametrize(
    ("category", "answers", "expected"),
    [
        (C.COPYRIGHT, WHO, {N.CN_COPYRIGHT}),
        (C.COPYRIGHT, WHO | {"country": "CN"}, {N.CN_COPYRIGHT}),
        (C.COPYRIGHT, WHO | {"country": "US"}, {N.US_DMCA}),
        (C.COPYRIGHT, WHO | {"stmt_authority_perjury": "1"}, {N.US_DMCA, N.CN_COPYRIGHT}),
        (C.COPYRIGHT, WHO | {"stmt_authority_perjury": "no"}, {N.CN_COPYRIGHT}),
        (C.COPYRIGHT, WHO | {"country": "JP", "stmt_authority_perjury": "1"}, {N.US_DMCA}),
        (C.COPYRIGHT, WHO | {"country": "JP"}, {N.CN_COPYRIGHT}),
        (C.COPYRIGHT, WHO | {"country": "DE"}, {N.CN_COPYRIGHT}),
        (C.COPYRIGHT, WHO | {"country": "DE", "stmt_authority_perjury": "1"}, {N.US_DMCA}),
        (C.COPYRIGHT, {"signature_name": "王小明"}, {N.CN_COPYRIGHT}),
        (C.COPYRIGHT, {}, {N.GENERAL}),
        (C.TRADEMARK, WHO, {N.CN_CIVIL}),
        (C.TRADEMARK, WHO | {"country": "FR"}, {N.CN_CIVIL}),
        (C.REPUTATION, WHO, {N.CN_CIVIL}),
        (C.REPUTATION, WHO | {"country": "GB"}, {N.UK_DEFAMATION}),
        (C.REPUTATION, {"country": "GB"}, {N.UK_DEFAMATION}),
        (C.REPUTATION, WHO | {"country": "IE"}, {N.CN_CIVIL}),
        (C.REPUTATION, {}, {N.GENERAL}),
        (C.ENTERPRISE, WHO, {N.CN_ENTERPRISE, N.CN_CIVIL}),
        (C.ENTERPRISE, {"notifier_org": "某公司"}, {N.CN_ENTERPRISE, N.CN_CIVIL}),
        (C.ENTERPRISE, {}, {N.GENERAL}),
        (C.PERSONAL_DATA, WHO, {N.CN_PI}),
        (C.PERSONAL_DATA, WHO | {"minor_involved": "yes"}, {N.CN_PI, N.CN_MINOR}),
        (C.PERSONAL_DATA, WHO | {"minor_involved": "no"}, {N.CN_PI}),
        (C.PERSONAL_DATA, {"minor_involved": "yes"}, {N.CN_MINOR, N.GENERAL}),
        (C.PERSONAL_DATA, WHO | {"country": "NO"}, {N.GDPR}),
        (C.PERSONAL_DATA, WHO | {"country": "ES"}, {N.GDPR}),
        (C.PORTRAIT, WHO | {"country": "IT"}, {N.GDPR}),
        (C.PORTRAIT, WHO, {N.CN_CIVIL}),
        (C.INACCURATE, WHO, {N.CN_CIVIL}),
        (C.SOURCE_CORRECTED, WHO, {N.CN_CIVIL}),
        (C.CYBERBULLYING, WHO | {"country": "US"}, {N.CN_CIVIL}),
        (C.NCII, {}, {N.NCII}),
        (C.NCII, WHO | {"country": "US"}, {N.NCII}),
        (C.MINOR, {}, {N.CN_MINOR}),
        (C.MINOR, {"country": "DE"}, {N.CN_MINOR}),
        (C.CSAM, {}, {N.CN_MINOR}),
        (C.CSAM, {"country": "DE"}, {N.CN_MINOR}),
        (C.FRAUD, {}, {N.GENERAL}),
        (C.FRAUD, {"country": "PL"}, {N.GENERAL}),
        (C.MISLEADING_CONSUMER, WHO, {N.GENERAL}),
        (C.OTHER_ILLEGAL, WHO, {N.GENERAL}),
        (C.TERMS, {}, {N.GENERAL}),
        (C.COURT_OR_AUTHORITY, WHO, {N.ORDER}),
    ],
)
def test_a_notice_comes_under_the_regimes_of_its_category_country_and_statements(
    category: CategoryName, answers: dict[str, str], expected: set[RegimeName]
) -> None:
    found = applying(CATEGORIES[category], answers)
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("category", "answers", "expected"),
    [
        (C.COPYRIGHT, WHO | {"country": "DE"}, {N.EU_DSA}),
        (C.COPYRIGHT, WHO | {"country": "DE", "stmt_authority_perjury": "1"}, {N.US_DMCA, N.EU_DSA}),
        (C.REPUTATION, WHO | {"country": "IE"}, {N.EU_DSA}),
        (C.PERSONAL_DATA, WHO | {"country": "ES"}, {N.GDPR, N.EU_DSA}),
        (C.CSAM, {"country": "DE"}, {N.CN_MINOR, N.EU_DSA}),
        (C.FRAUD, {"country": "PL"}, {N.EU_DSA}),
    ],
)
def test_who_writes_from_the_union_comes_under_its_law_where_the_site_is_aimed_at_it(
    category: CategoryName, answers: dict[str, str], expected: set[RegimeName]
) -> None:
    assert set(applying(CATEGORIES[category], answers, targets_eu=True)) == expected
    assert N.EU_DSA not in applying(CATEGORIES[category], answers)


@pytest.mark.parametrize("category", CATEGORIES.values(), ids=lambda c: c.name)
def test_every_notice_comes_under_something(category) -> None:  # type: ignore[no-untyped-def]
    for country in ("", "CN", "US", "GB", "DE", "NO", "JP", "nonsense"):
        for who in ({}, WHO):
            for targets_eu in (False, True):
                found = applying(category, {"country": country, **who}, targets_eu=targets_eu)
                assert found
                assert set(found) <= {*category.regimes, N.GENERAL}


def test_a_site_that_is_aimed_at_the_union_owes_its_duties_to_everybody() -> None:
    assert N.EU_DSA in applying(CATEGORIES[C.REPUTATION], WHO, targets_eu=True)
    assert N.CN_CIVIL in applying(CATEGORIES[C.REPUTATION], WHO, targets_eu=True)


US = PLACE | TRUTH | {
    "signature_name": "Ann Lee", "work_title": "A Book", "email": "ann@example.org", "stmt_good_faith": "1",
    "stmt_authority_perjury": "1",
}  # fmt: skip
COPY = PLACE | TRUTH | WHO | {"phone": "13800000000", "postal_address": "北京市某路1号", "work_title": "《书》"}
CIVIL = PLACE | STORY | WHO | {"org_id_no": "91350100M000100Y43"}
FIRM = CIVIL | TRUTH | {"email": "a@example.org"}
UK = PLACE | WHO | {
    "email": "a@example.org", "passage": "无证经营", "meaning": "说我违法", "inaccurate_parts": "我有执照，编号如下",
    "stmt_no_poster_info": "1", "share_name": "no", "share_email": "no",
}  # fmt: skip
PI = PLACE | WHO | {"data_right": "delete", "notifier_role": "owner"}
EDPB = PLACE | {"data_right": "delete", "email": "a@example.org"}
ORDER = PLACE | STORY | {"authority_name": "某法院（2026）1号", "legal_basis": "民事诉讼法"}
IMAGES = PLACE | {"signature_name": "王小明", "stmt_no_consent": "1", "phone": "13800000000"}
FILES = frozenset({"files"})
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("regime", "answers", "files", "left_out", "expected"),
    [
        (N.US_DMCA, US, NONE, (), V.VALID),
        (N.US_DMCA, US | {"work_title": "", "work_description": "蓝色封面的书"}, NONE, (), V.VALID),
        (N.US_DMCA, US | {"email": "", "postal_address": "1 Road, Springfield"}, NONE, (), V.VALID),
        (N.US_DMCA, US | {"stmt_accurate": "1", "stmt_truth": ""}, NONE, (), V.VALID),
        *((N.US_DMCA, US, NONE, (name,), V.CURABLE)
          for name in ("signature_name", "stmt_good_faith", "stmt_authority_perjury", "stmt_truth")),
        *((N.US_DMCA, US, NONE, (name,), V.VOID) for name in ("work_title", "addresses", "email")),
        (N.US_DMCA, US | {"stmt_good_faith": "no"}, NONE, (), V.CURABLE),
        (N.US_DMCA, US | {"work_title": "\u200b"}, NONE, (), V.VOID),
        (N.NCII, IMAGES, NONE, (), V.VALID),
        *((N.NCII, IMAGES, NONE, (name,), V.CURABLE) for name in ("signature_name", "stmt_no_consent", "phone")),
        (N.NCII, IMAGES, NONE, ("addresses",), V.VOID),
        (N.EU_DSA, PLACE | STORY | TRUTH, NONE, (), V.VALID),
        (N.EU_DSA, PLACE | STORY | {"stmt_bona_fide_complete": "1"}, NONE, (), V.VALID),
        (N.EU_DSA, PLACE | STORY, NONE, (), V.CURABLE),
        (N.EU_DSA, PLACE | TRUTH, NONE, (), V.VOID),
        (N.EU_DSA, STORY | TRUTH, NONE, (), V.VOID),
        (N.CN_COPYRIGHT, COPY, FILES, (), V.VALID),
        (N.CN_COPYRIGHT, COPY | {"evidence_urls": "https://example.org/"}, NONE, (), V.VALID),
        (N.CN_COPYRIGHT, COPY, NONE, (), V.CURABLE),
        *((N.CN_COPYRIGHT, COPY, FILES, (name,), V.CURABLE)
          for name in ("phone", "postal_address", "work_title", "stmt_truth")),
        (N.CN_COPYRIGHT, COPY | {"notifier_role": "authorised_agent"}, FILES, (), V.CURABLE),
        (N.CN_COPYRIGHT, COPY | {"notifier_role": "authorised_agent"}, FILES | {"authority_files"}, (), V.VALID),
        (N.CN_COPYRIGHT, COPY, FILES, ("notifier_name",), V.VOID),
        (N.CN_COPYRIGHT, COPY, FILES, ("addresses",), V.VOID),
        (N.CN_CIVIL, CIVIL, NONE, (), V.VALID),
        (N.CN_CIVIL, CIVIL, NONE, ("org_id_no",), V.CURABLE),
        (N.CN_CIVIL, CIVIL, frozenset({"identity_files"}), ("org_id_no",), V.VALID),
        (N.CN_CIVIL, CIVIL, NONE, ("notifier_name",), V.CURABLE),
        (N.CN_CIVIL, CIVIL, FILES, ("explanation",), V.VALID),
        (N.CN_CIVIL, CIVIL, NONE, ("explanation",), V.VOID),
        (N.CN_CIVIL, CIVIL, NONE, ("addresses",), V.VOID),
        (N.CN_ENTERPRISE, FIRM, FILES, (), V.VALID),
        *((N.CN_ENTERPRISE, FIRM, FILES, (name,), V.CURABLE)
          for name in ("explanation", "org_id_no", "notifier_name", "email", "stmt_truth")),
        (N.CN_ENTERPRISE, FIRM, NONE, (), V.CURABLE),
        (N.CN_ENTERPRISE, FIRM | {"notifier_role": "authorised_agent"}, FILES, (), V.CURABLE),
        (N.CN_ENTERPRISE, FIRM | {"notifier_role": "authorised_agent"}, FILES | {"authority_files"}, (), V.CURABLE),
        (N.CN_ENTERPRISE, FIRM | {"notifier_role": "authorised_agent"},
         FILES | {"authority_files", "identity_files"}, (), V.VALID),
        (N.CN_ENTERPRISE, FIRM, FILES, ("addresses",), V.VOID),
        (N.CN_PI, PI, NONE, (), V.VALID),
        (N.CN_PI, PI, NONE, ("data_right",), V.CURABLE),
        (N.CN_PI, PI | {"notifier_role": "guardian"}, NONE, (), V.CURABLE),
        (N.CN_PI, PI | {"notifier_role": "guardian"}, frozenset({"authority_files"}), (), V.VALID),
        (N.CN_PI, PI, NONE, ("addresses",), V.VOID),
        (N.CN_MINOR, PLACE | STORY, NONE, (), V.VALID),
        (N.CN_MINOR, PLACE, NONE, (), V.CURABLE),
        (N.CN_MINOR, STORY, NONE, (), V.VOID),
        (N.GDPR, EDPB, NONE, (), V.VALID),
        (N.GDPR, EDPB, NONE, ("data_right",), V.CURABLE),
        (N.GDPR, EDPB, NONE, ("addresses",), V.VOID),
        (N.UK_DEFAMATION, UK, NONE, (), V.VALID),
        *((N.UK_DEFAMATION, UK, NONE, (name,), V.CURABLE) for name in UK if name != "addresses"),
        (N.UK_DEFAMATION, UK, NONE, ("addresses",), V.VOID),
        (N.GENERAL, PLACE | STORY, NONE, (), V.VALID),
        (N.GENERAL, PLACE, NONE, (), V.CURABLE),
        (N.GENERAL, STORY, NONE, (), V.VOID),
        (N.ORDER, ORDER, FILES, (), V.VALID),
        (N.ORDER, ORDER, NONE, (), V.CURABLE),
        (N.ORDER, ORDER, FILES, ("legal_basis",), V.CURABLE),
        (N.ORDER, ORDER, FILES, ("authority_name",), V.VOID),
        (N.ORDER, ORDER, FILES, ("addresses",), V.VOID),
    ],
)  # fmt: skip
def test_a_notice_is_valid_curable_or_void_by_each_regime(
    regime: RegimeName,
    answers: dict[str, str],
    files: frozenset[str],
    left_out: tuple[str, ...],
    expected: Completeness,
) -> None:
    given = {name: answer for name, answer in answers.items() if name not in left_out}
    (found,) = assess([regime], given, files)
    assert found.regime is regime
    assert found.completeness is expected
    assert bool(found.missing) is (expected is not V.VALID)


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        ((), V.VALID),
        ((V.VALID,), V.VALID),
        ((V.VALID, V.VALID), V.VALID),
        ((V.VALID, V.CURABLE), V.CURABLE),
        ((V.VALID, V.VOID), V.CURABLE),
        ((V.CURABLE, V.VOID), V.CURABLE),
        ((V.VOID, V.VOID), V.VOID),
    ],
)
def test_overall(each: tuple[Completeness, ...], expected: Completeness) -> None:
    assert overall([Assessment(N.GENERAL, completeness, ()) for completeness in each]) is expected


@pytest.mark.parametrize(
    ("regime", "names"),
    [
        (N.US_DMCA, ("signature_name", "addresses", "stmt_mistake_perjury", "counter_name", "counter_address",
                     "counter_phone", "stmt_jurisdiction_abroad", "stmt_accept_service")),
        (N.CN_COPYRIGHT, ("counter_name", "counter_address", "addresses", "explanation", "stmt_truth")),
        (N.CN_CIVIL, ("counter_name", "org_id_no", "addresses", "explanation")),
    ],
)  # fmt: skip
def test_a_counter_notice_lacks_each_element_by_name(regime: RegimeName, names: tuple[str, ...]) -> None:
    """17 USC 512(g)(3); 条例 16; 民法典 1196."""
    assert counter_missing([regime], COUNTER_NOTICE, NONE) == ()
    assert [found.completeness for found in assess_counter([regime], COUNTER_NOTICE, NONE)] == [V.VALID]
    for name in names:
        lacks = counter_missing([regime], COUNTER_NOTICE | {name: ""}, NONE)
        assert [name in need.any_of for need in lacks] == [True], name


@pytest.mark.parametrize(
    ("in_us", "said", "is_missing"),
    [
        ("yes", "stmt_jurisdiction", False), ("yes", "stmt_jurisdiction_abroad", True),
        ("no", "stmt_jurisdiction_abroad", False), ("no", "stmt_jurisdiction", True),
        ("", "stmt_jurisdiction", True), ("", "stmt_jurisdiction_abroad", True),
    ],
)  # fmt: skip
def test_a_counter_notice_consents_to_the_court_for_its_address(in_us: str, said: str, is_missing: bool) -> None:
    """17 USC 512(g)(3)(D): the district of the address, or where the provider is found, if that is outside of the United States."""
    statements = {"stmt_jurisdiction": "", "stmt_jurisdiction_abroad": "", said: "1", "counter_in_us": in_us}
    assert bool(counter_missing([N.US_DMCA], COUNTER_NOTICE | statements, NONE)) is is_missing


def test_a_counter_notice_lacks_each_thing_once_however_many_regimes_want_it() -> None:
    lacks = counter_missing([N.US_DMCA, N.CN_COPYRIGHT, N.CN_CIVIL], {}, NONE)
    assert len({need.any_of for need in lacks}) == len(lacks)
    assert lacks[0].source.startswith("17 U.S.C.")
    assert counter_missing([N.UK_DEFAMATION, N.GENERAL], {}, NONE) == ()


@pytest.mark.parametrize(
    ("answers", "lacks"),
    [
        ({}, {"wants_removal"}),
        ({"wants_removal": "yes"}, set()),
        ({"wants_removal": "no"}, {"full_name", "postal_address", "share_consent"}),
        ({"wants_removal": "no", "full_name": "Ann Lee", "postal_address": "1 Road", "share_consent": "no"}, set()),
    ],
)
def test_a_british_reply_that_refuses_gives_full_details(answers: dict[str, str], lacks: set[str]) -> None:
    """SI 2013/3028, Schedule."""
    assert {need.any_of[0] for need in reply_missing([N.UK_DEFAMATION], answers)} == lacks
    assert reply_missing([N.CN_CIVIL], answers) == ()


@pytest.mark.parametrize(
    ("regimes", "expected"),
    [
        ((), FirstAction.ASSESS),
        ((N.GENERAL,), FirstAction.ASSESS),
        ((N.CN_CIVIL, N.EU_DSA, N.GDPR), FirstAction.ASSESS),
        ((N.UK_DEFAMATION, N.EU_DSA), FirstAction.ASK_PUBLISHER),
        ((N.US_DMCA, N.EU_DSA), FirstAction.WITHHOLD),
        ((N.UK_DEFAMATION, N.CN_COPYRIGHT), FirstAction.WITHHOLD),
        ((N.CN_PI, N.CN_MINOR), FirstAction.WITHHOLD_AT_ONCE),
        ((N.NCII,), FirstAction.WITHHOLD_AT_ONCE),
        ((N.ORDER,), FirstAction.WITHHOLD),
    ],
)
def test_the_most_protective_comes_first(regimes: tuple[RegimeName, ...], expected: FirstAction) -> None:
    assert first_action(regimes) is expected


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("regimes", [(), *((name,) for name in RegimeName), tuple(RegimeName)])
def test_redress_is_never_empty_and_always_leads_to_a_court(regimes: tuple[RegimeName, ...], side: Side) -> None:
    found = redress(regimes, side)
    assert found[0] == (REVIEW if side is Side.NOTIFIER else REVIEW_OF_PUBLISHER)
    assert any("法院" in message for message in found)
    assert len(found) == len(set(found))
    assert (COUNTER in found) is (side is Side.PUBLISHER and any(REGIMES[name].counter for name in regimes))


def test_redress_names_who_is_competent() -> None:
    """§3.8: copyright goes to the copyright administration, and 12377 is no channel for it."""
    copyright_ = " ".join(redress([N.CN_COPYRIGHT], Side.NOTIFIER))
    assert "国家版权局" in copyright_
    assert "12377" not in copyright_
    assert "12377" in " ".join(redress([N.GENERAL], Side.NOTIFIER))
    assert "数据保护机构" in " ".join(redress([N.GDPR], Side.NOTIFIER))


def test_settlement_out_of_court_is_offered_by_platforms_alone() -> None:
    assert SETTLE not in redress([N.EU_DSA], Side.NOTIFIER)
    assert SETTLE in redress([N.EU_DSA], Side.NOTIFIER, is_platform=True)
    assert SETTLE not in redress([N.CN_CIVIL], Side.NOTIFIER, is_platform=True)


def test_every_ground_of_refusal_needs_its_sentence() -> None:
    assert set(REFUSALS) == set(Refusal)
    assert len(Refusal) == 17
    for ground in REFUSALS.values():
        assert ground.label
        assert ground.need.startswith("写明")
        assert ground.need.endswith("。")
