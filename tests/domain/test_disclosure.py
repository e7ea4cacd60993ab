"""Who may see what of a notice, of a counter-notice and of the reply to one."""

import pytest

from tests.answers import COUNTER_NOTICE, STORY
from tests.canaries import CANARIES, EVERYTHING, RECOGNISABLE
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.regimes import (
    RegimeName,
    counter_disclosed,
    disclosed,
    is_notifier_disclosed,
    reply_disclosed,
)

N = RegimeName
IDENTITY = {
    "notifier_name": "金丝雀", "notifier_org": "金丝雀有限公司", "principal_name": "委托人黄莺", "signature_name": "签名人云雀",
    "email": "lark@example.org", "phone": "5551234", "postal_address": "幸福路一号院二单元", "org_id_no": "91330100799655058B",
    "report_back_to": "经办人画眉", "prior_receipts": "R-2026-AAAA-BBBB", "country": "CN", "notifier_role": "owner",
}  # fmt: skip
SEEN = {
    N.US_DMCA: {"notifier_name", "notifier_org", "principal_name", "explanation", "work_title", "stmt_good_faith"},
    N.NCII: set(),
    N.EU_DSA: {"notifier_name", "notifier_org", "principal_name", "explanation", "work_title"},  # there is a work
    N.CN_COPYRIGHT: {"notifier_name", "notifier_org", "principal_name", "explanation", "work_title"},
    N.CN_CIVIL: {"notifier_name", "notifier_org", "principal_name", "explanation", "work_title"},
    N.CN_ENTERPRISE: {"notifier_name", "notifier_org", "principal_name", "explanation", "work_title"},
    N.CN_PI: {"data_right"},
    N.CN_MINOR: set(),
    N.GDPR: {"data_right"},
    N.UK_DEFAMATION: {"explanation", "work_title"},
    N.GENERAL: {"explanation", "work_title"},
    N.ORDER: {"explanation", "authority_name"},
}


def test_there_are_forty_kinds_of_canary() -> None:
    assert len(RECOGNISABLE) >= 40
    assert len(set(EVERYTHING)) == len(EVERYTHING)


@pytest.mark.parametrize("regime", RegimeName)
def test_the_publisher_sees_the_answers_of_the_table_and_no_other(regime: RegimeName) -> None:
    answers = {name: "1" if element.kind is Kind.STATEMENT else name for name, element in ELEMENTS.items()}
    seen = disclosed([regime], answers | {"share_name": "no", "share_email": "no"})
    watched = {"explanation", "work_title", "data_right", "stmt_good_faith", "authority_name", *IDENTITY} - {"country"}
    assert set(seen) & watched == SEEN[regime]
    assert {"addresses", "passage"} <= set(seen)
    assert not {"email", "phone", "postal_address", "org_id_no", "country", "prior_receipts"} & set(seen)


@pytest.mark.parametrize("regime", RegimeName)
def test_no_canary_reaches_the_publisher_from_any_field(regime: RegimeName) -> None:
    written = [name for name, e in ELEMENTS.items() if e.kind in {Kind.TEXT, Kind.LINE, Kind.ADDRESSES}]
    who = IDENTITY | {"share_name": "no", "share_email": "no", "authority_name": "某法院"}
    for canary in CANARIES:
        seen = disclosed([regime], dict.fromkeys(written, f"前文 {canary}，后文") | who)
        shown = {name: text for name, text in seen.items() if name not in IDENTITY}
        assert shown
        assert not [(name, canary) for name, text in shown.items() if canary in text]
        assert all("前文" in text and "后文" in text for name, text in shown.items() if name != "authority_name")


@pytest.mark.parametrize("regime", RegimeName)
@pytest.mark.parametrize("field", sorted(set(IDENTITY) - {"country", "notifier_role", "prior_receipts"}))
def test_who_may_not_be_known_is_taken_out_of_the_free_text_too(regime: RegimeName, field: str) -> None:
    said = {
        "explanation": f"我是{IDENTITY[field]}，请处理。",
        "passage": IDENTITY[field],
        "addresses": "/articles/a?x=lark",
    }
    seen = disclosed([regime], IDENTITY | said)
    free = " ".join(text for name, text in seen.items() if name in said)
    may_be_known = any(IDENTITY[field] in text for name, text in seen.items() if name in IDENTITY)
    if not may_be_known:
        assert IDENTITY[field] not in free
    assert "lark" not in free


@pytest.mark.parametrize(
    ("consents", "seen"),
    [
        ({}, set()),
        ({"share_name": "no", "share_email": "no"}, set()),
        ({"share_name": "yes", "share_email": "no"}, {"notifier_name"}),
        ({"share_name": "no", "share_email": "yes"}, {"email"}),
        ({"share_name": "yes", "share_email": "yes"}, {"notifier_name", "email"}),
    ],
)
def test_a_british_complainant_is_named_by_each_consent(consents: dict[str, str], seen: set[str]) -> None:
    """SI 2013/3028, reg. 2(e)."""
    found = disclosed([N.UK_DEFAMATION], IDENTITY | STORY | consents)
    assert set(found) & set(IDENTITY) == seen
    assert is_notifier_disclosed([N.UK_DEFAMATION], IDENTITY | consents) is bool(seen)


@pytest.mark.parametrize(
    ("regimes", "work", "is_named"),
    [
        ((N.EU_DSA,), "", False),
        ((N.EU_DSA,), "《书》", True),
        ((N.US_DMCA, N.CN_COPYRIGHT), "《书》", True),
        ((N.CN_CIVIL, N.EU_DSA), "", False),
        ((N.CN_CIVIL, N.CN_MINOR), "", False),
        ((N.US_DMCA, N.GENERAL), "《书》", False),
        ((), "《书》", False),
    ],
)
def test_under_several_regimes_the_strictest_decides(
    regimes: tuple[RegimeName, ...], work: str, is_named: bool
) -> None:
    assert is_notifier_disclosed(regimes, IDENTITY | {"work_title": work}) is is_named


def test_the_copy_of_a_counter_notice() -> None:
    """17 USC 512(g)(2)(B): a copy; elsewhere the name at most."""
    whole = counter_disclosed([N.US_DMCA, N.CN_COPYRIGHT], COUNTER_NOTICE)
    assert {"counter_name", "counter_address", "counter_phone", "stmt_mistake_perjury", "signature_name"} <= set(whole)
    assert "org_id_no" not in whole
    assert set(counter_disclosed([N.CN_COPYRIGHT], COUNTER_NOTICE)) == {"addresses", "explanation", "counter_name"}
    assert set(counter_disclosed([N.EU_DSA], COUNTER_NOTICE)) == {"addresses", "explanation"}


def test_a_publisher_is_named_to_a_british_complainant_by_consent_alone() -> None:
    reply = {"wants_removal": "no", "full_name": "Ann Lee", "postal_address": "1 Road", "share_consent": "no"}
    assert reply_disclosed(reply) == {"wants_removal": "no"}
    assert set(reply_disclosed(reply | {"share_consent": "yes"})) == {"wants_removal", "full_name", "postal_address"}
