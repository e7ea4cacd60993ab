"""What is masked on the desk, and what must stay legible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from tracker.domain.abusive_words import CHINESE, ENGLISH, HARMLESS, TRADITIONAL
from tracker.domain.care import LABELS, Harm, stretches

A, P, I, B = Harm.ABUSE, Harm.PHONE, Harm.IDENTITY, Harm.BANK  # noqa: E741


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("你们这些傻逼编辑", [("傻逼", A)]),
        ("You fucking idiots", [("fucking", A)]),
        ("打13812345678或+86 138-1234-5678", [("13812345678", P), ("+86 138-1234-5678", P)]),
        ("座机010-12345678、(021)62345678、00441632960961", [("010-12345678", P), ("(021)62345678", P), ("00441632960961", P)]),
        ("电话１３８１２３４５６７８", [("１３８１２３４５６７８", P)]),
        ("身份证11010519491231002X。", [("11010519491231002X", I)]),
        ("旧证110105491231002", [("110105491231002", I)]),
        ("卡6222 0212 3456 7890 128", [("6222 0212 3456 7890 128", B)]),
        ("4111111111111111", [("4111111111111111", B)]),
        ("Konto DE89 3704 0044 0532 0130 00 or GB29NWBK60161331926819.",
         [("DE89 3704 0044 0532 0130 00", B), ("GB29NWBK60161331926819", B)]),
        ("护照E12345678、A123456(7)，SSN 078-05-1120", [("E12345678", I), ("A123456(7)", I), ("078-05-1120", I)]),
        ("殺你全家，你這賤人", [("殺你全家", A), ("賤人", A)]),
        ("ISO27001、GB11643、COVID-19、A1234567890、R2026-11", []),
        ("2026-11-23，2026/1/2，2026.11.23", []),
        ("受理编号R-2026-7K3Q-9F2D，金额1000000.00元，第1234567890号", []),
        ("统一社会信用代码91350100M000100Y43", []),
        ("催收、诈骗、骗子公司违法放贷", []),
        ("固体废物处理和智障人士的权利，Scunthorpe的refucking", []),
    ],
)  # fmt: skip
def test_what_hurts_is_masked_and_the_rest_is_not(text: str, masked: list[tuple[str, Harm]]) -> None:
    assert [(part.text, part.harm) for part in stretches(text) if part.harm] == masked
    assert "".join(part.text for part in stretches(text)) == text


def test_the_site_s_own_number_is_not_masked() -> None:
    text = "电话：13800000000；我的：13800000001"
    assert [part.text for part in stretches(text, "13800000000") if part.harm] == ["13800000001"]
    assert "".join(part.text for part in stretches(text, "13800000000")) == text


def harms(text: str) -> tuple[Harm, ...]:
    return tuple(part.harm for part in stretches(text) if part.harm)


def test_every_reason_has_its_words() -> None:
    assert set(LABELS) == set(Harm)


def test_every_word_of_the_lists_is_masked_and_no_word_is_listed_twice() -> None:
    for word in (*CHINESE, *TRADITIONAL, *ENGLISH):
        assert harms(f"说：{word}。") == (A,), word
    for word in HARMLESS:
        assert harms(word) == (), word
    assert len({*CHINESE, *TRADITIONAL}) == len(CHINESE) + len(TRADITIONAL)
    assert len(set(ENGLISH)) == len(ENGLISH)


@pytest.mark.parametrize("variant", ["s2t", "s2tw", "s2hk"])
def test_no_word_is_safe_in_the_other_script(variant: str) -> None:
    convert = OpenCC(variant).convert
    assert [word for word in CHINESE if A not in harms(f"說：{convert(word)}。")] == []
    assert [word for word in HARMLESS if harms(convert(word))] == []


@given(st.text(max_size=200))
def test_no_text_is_lost(text: str) -> None:
    assert "".join(part.text for part in stretches(text)) == text
