"""What makes a notice acceptable."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.attachments import accept
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.notices import Submission, addresses, clean_answer, is_org_id, problem, review, slug_of

ANY = st.text(st.characters(exclude_categories=()))
SITE = "https://www.example.org"

WHOLE = {
    "addresses": "https://www.example.org/articles/shui-zai-cuishou",
    "explanation": "这篇文章逐段复制了我的作品，没有得到我的许可，也没有署名。",
    "work_title": "《谁在催收》，2024年5月",
    "inaccurate_parts": "第二段说我公司没有牌照，与事实不符。",
    "data_right": "delete",
    "notifier_role": "owner",
    "notifier_name": "王小明",
    "email": "wang@example.org",
    "country": "US",
    "stmt_good_faith": "1",
    "stmt_accurate": "1",
    "stmt_authority_perjury": "1",
    "stmt_truth": "1",
    "signature_name": "王小明",
    "source_url": "https://www.example.org/notice",
    "source_corrected_at": "2026-11-20",
}


def accepted(category: Category, answers: dict[str, str]) -> dict[str, str]:
    """Return the answers of a notice with which nothing is wrong."""
    given, problems = review(category, answers)
    assert problems == {}
    return given


@pytest.mark.parametrize("category", CATEGORIES.values(), ids=lambda c: c.name)
def test_a_whole_notice_is_accepted_with_what_the_category_asks_and_no_more(category: Category) -> None:
    kept = accepted(category, WHOLE)
    assert set(kept) == set(WHOLE) & {element.name for element in category.elements}


@pytest.mark.parametrize(
    ("category", "name"),
    [(c, name) for c in CATEGORIES.values() for name in c.required],
    ids=lambda v: getattr(v, "name", v),
)
@pytest.mark.parametrize("nothing", ["", "  \r\n ", "\u200b\u3164"], ids=["empty", "blank", "invisible"])
def test_each_required_element_is_missed_by_name(category: Category, name: str, nothing: str) -> None:
    _, refused = review(category, WHOLE | {name: nothing})
    assert set(refused) == {name}


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("explanation", "太短了", "至少20个字，现在是3个字"),
        ("explanation", "\u200b" * 50 + "太短了", "至少20个字，现在是3个字"),
        ("explanation", "长" * 20_001, "最多20000个字，现在是20001个字"),
        ("passage", "长" * 2_001, "最多2000个字"),
        ("notifier_name", "a" * 1_000_000, "最多200个字，现在是1000000个字"),
        ("notifier_role", "king", "请从所列选项中选择一项"),
        ("notifier_role", str(2**63), "请从所列选项中选择一项"),
        ("addresses", "\n".join(f"x{n}" for n in range(2001)), "最多粘贴2000个地址，现在是2001个"),
        ("addresses", " ".join(f"x{n}" for n in range(2001)), "最多粘贴2000个地址，现在是2001个"),
        ("evidence_urls", "见附件", "每一行要有一个网址"),
        ("work_urls", "https://example.org/a\n我的博客", "每一行要有一个网址"),
        ("phone", "我没有电话", "至少要有5位数字"),
        ("stmt_truth", "no", "请阅读并勾选这项声明"),
        ("stmt_truth", "长" * 1_000_000, "请阅读并勾选这项声明"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(name: str, answer: str, message: str) -> None:
    _, refused = review(CATEGORIES[CategoryName.COPYRIGHT], WHOLE | {name: answer})
    assert set(refused) == {name}
    assert message in str(refused[name])


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("country", "中国", "两个字母代码"),
        ("country", "UK", "两个字母代码"),
        ("country", "ZZ", "两个字母代码"),
        ("org_id_no", "91350100M000100Y44", "不是有效的统一社会信用代码"),
        ("org_id_no", "91350100M000100Y4", "不是有效的统一社会信用代码"),
        ("source_url", "http://example.org/", "以 https:// 开头"),
        ("source_url", "https://localhost", "以 https:// 开头"),
        ("source_url", "javascript:alert(1)", "以 https:// 开头"),
        ("source_url", "https://[", "以 https:// 开头"),
        ("source_corrected_at", "2026-02-30", "年-月-日"),
        ("source_corrected_at", "20260215", "年-月-日"),
        ("source_corrected_at", "2026-W01-1", "年-月-日"),
        ("share_name", "maybe", "请从所列选项中选择一项"),
    ],
)
def test_a_line_of_a_certain_form_is_checked(name: str, answer: str, message: str) -> None:
    assert message in str(problem(ELEMENTS[name], clean_answer(ELEMENTS[name], answer), required=False))


@pytest.mark.parametrize(
    ("name", "answer", "kept"),
    [
        ("country", " gb ", "GB"),
        ("country", "CN", "CN"),
        ("org_id_no", "9135 0100 m000 100y 43", "91350100M000100Y43"),
        ("source_url", "https://www.example.org/a?b=1", "https://www.example.org/a?b=1"),
        ("source_corrected_at", "2026-03-15", "2026-03-15"),
        ("source_corrected_at", "2026年3月5日", "2026-03-05"),
        ("source_corrected_at", "２０２６年 3 月 15 日", "2026-03-15"),
        ("source_corrected_at", "2026/3/5", "2026-03-05"),
        ("source_corrected_at", "2026.03.15", "2026-03-15"),
        ("share_email", "no", "no"),
    ],
)
def test_a_line_of_a_certain_form_is_taken(name: str, answer: str, kept: str) -> None:
    cleaned = clean_answer(ELEMENTS[name], answer)
    assert cleaned == kept
    assert problem(ELEMENTS[name], cleaned, required=False) is None


@pytest.mark.parametrize("code", ["91350100M000100Y43", "9144030071526726XG", "91330100799655058B"])
def test_a_code_of_an_organisation_is_known_by_its_check_character(code: str) -> None:
    """GB 32100: one wrong character is always noticed."""
    assert is_org_id(code)
    for place in range(len(code)):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if other != code[place]:
                assert not is_org_id(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize("code", ["", "0" * 17, "0" * 19, "I" * 18, "９" * 18, "91350100M000100y43"])
def test_what_cannot_be_a_code_is_none(code: str) -> None:
    assert not is_org_id(code)


def test_an_answer_made_pointless_by_another_is_neither_kept_nor_checked() -> None:
    british = WHOLE | {"country": "GB", "share_name": "maybe", "meaning": "读者会以为我公司无证经营。"}
    reputation = CATEGORIES[CategoryName.REPUTATION]
    assert set(review(reputation, british)[1]) == {"share_name"}
    assert accepted(reputation, british | {"share_name": "no"})["share_name"] == "no"
    kept = accepted(reputation, british | {"country": "CN"})
    assert not {"share_name", "meaning"} & set(kept)


def test_an_authority_must_say_which_it_is() -> None:
    _, problems = review(CATEGORIES[CategoryName.COURT_OR_AUTHORITY], WHOLE | {"notifier_type": "authority"})
    assert set(problems) == {"authority_name"}


def test_blank_lines_between_addresses_do_not_count() -> None:
    accepted(CATEGORIES[CategoryName.COPYRIGHT], WHOLE | {"addresses": "\n\n".join(["shui-zai-cuishou"] * 200)})


def test_an_agent_must_say_for_whom() -> None:
    _, problems = review(CATEGORIES[CategoryName.REPUTATION], WHOLE | {"notifier_role": "guardian"})
    assert set(problems) == {"principal_name"}


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=lambda e: e.name)
@given(typed=ANY)
def test_any_text_in_any_field_is_taken_or_answered(element, typed) -> None:  # type: ignore[no-untyped-def]
    if element.kind is Kind.FILES:
        return
    answer = clean_answer(element, typed)
    assert clean_answer(element, answer) == answer
    found = problem(element, answer, required=True)
    assert found is None or str(found)


@given(st.dictionaries(st.sampled_from([*ELEMENTS, "unknown"]), ANY))
def test_any_form_is_taken_or_answered(typed: dict[str, str]) -> None:
    for category in CATEGORIES.values():
        kept, problems = review(category, typed)
        assert set(kept) <= {element.name for element in category.elements}
        assert set(problems) <= {element.name for element in category.elements}


def test_addresses_are_numbered_by_line() -> None:
    assert addresses("a b\n\n c\n") == [(1, "a"), (1, "b"), (3, "c")]


@pytest.mark.parametrize(
    "address",
    [
        "https://www.example.org/articles/shui-zai-cuishou",
        "http://example.org/articles/shui-zai-cuishou/",
        "HTTPS://WWW.EXAMPLE.ORG:443/Articles/Shui-Zai-Cuishou",
        "https://www.example.org/en/articles/shui-zai-cuishou?utm_source=x&a=1,2#一",
        "https://www.example.org/zh-hant/articles/shui-zai-cuishou",
        "https://www.example.org/articles/shui%2Dzai%2dcuishou",
        "www.example.org/articles/shui-zai-cuishou",
        "example.org./articles/shui-zai-cuishou",
        "//www.example.org/articles/shui-zai-cuishou",
        "/articles/shui-zai-cuishou",
        "articles/shui-zai-cuishou",
        "/en/articles/shui-zai-cuishou",
        "shui-zai-cuishou",
        "<https://www.example.org/articles/shui-zai-cuishou>",
        "“https://www.example.org/articles/shui-zai-cuishou”，",
        "看这篇：https://www.example.org/articles/shui-zai-cuishou。",
        "请看，https://www.example.org/articles/shui-zai-cuishou），谢谢",
        "https://www.example.org/articles/shui-zai-cuishou.",
        "ｈｔｔｐｓ：／／www.example.org／articles／shui-zai-cuishou",
    ],
)
def test_an_article_is_recognised_however_its_address_was_copied(address: str) -> None:
    assert slug_of(address, SITE) == "shui-zai-cuishou"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/articles/shui-zai-cuishou",
        "https://example.org.evil.example/articles/shui-zai-cuishou",
        "https://www.example.org@evil.example/articles/shui-zai-cuishou",
        "https://evil.example/https://www.example.org/articles/shui-zai-cuishou",
        "ftp://www.example.org/articles/shui-zai-cuishou",
        "javascript:alert(1)//www.example.org/articles/x",
        "data:text/html,/articles/x",
        "https://www.example.org/",
        "https://www.example.org/articles/",
        "https://www.example.org/categories/debt-collection",
        "https://www.example.org/articles/a/b",
        "https://www.example.org/articles/../../etc/passwd",
        "https://www.example.org/articles/%E5%BE%81%E4%BF%A1",
        "http://[",
        "http://[::1",
        "https://" + "a" * 70 + ".org/articles/x",
        "/articles/" + "x" * 201,
        "x" * 1_000_000,
        "!",
        "?article=x",
    ],
)
def test_everything_else_is_not_an_article_of_this_site(address: str) -> None:
    assert slug_of(address, SITE) is None


def test_the_port_of_the_site_does_not_matter() -> None:
    assert slug_of("http://127.0.0.1:8000/articles/x", "http://127.0.0.1:8000") == "x"
    assert slug_of("127.0.0.1:8000/articles/x", "http://127.0.0.1:8000") == "x"
    assert slug_of("http://localhost:8000/articles/x", "http://127.0.0.1:8000") == "x"
    assert slug_of("http://localhost/articles/x", SITE) is None


@given(ANY)
def test_any_address_is_answered(address: str) -> None:
    found = slug_of(address, SITE)
    assert found is None or slug_of(found, SITE) == found


SUBMISSION = Submission(
    CATEGORIES[CategoryName.COPYRIGHT], "zh-Hans", WHOLE, {"stmt_truth": "我确信"}, (), "2026-11-20", "0" * 64
)


def test_the_hash_of_a_notice_covers_what_it_says() -> None:
    file = accept("a.txt", b"a")
    others = [
        replace(SUBMISSION, category=CATEGORIES[CategoryName.REPUTATION]),
        replace(SUBMISSION, language="en"),
        replace(SUBMISSION, answers=WHOLE | {"passage": "x"}),
        replace(SUBMISSION, statements={}),
        replace(SUBMISSION, files=(file,)),
        replace(SUBMISSION, privacy_version="2027-01-01"),
    ]
    assert len({SUBMISSION.sha256(), *(other.sha256() for other in others)}) == 7


def test_the_hash_of_a_notice_does_not_depend_on_order_or_on_the_draft() -> None:
    turned = dict(reversed(WHOLE.items()))
    assert replace(SUBMISSION, answers=turned, draft="1" * 64).sha256() == SUBMISSION.sha256()
