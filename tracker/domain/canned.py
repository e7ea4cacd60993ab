"""Texts kept ready for the desk: what they are for, the places in them, filling these in, and what is left unfilled."""

import re
from collections.abc import Mapping
from enum import StrEnum

from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import clean, clean_line


class Purpose(StrEnum):
    """The field for which a text is offered."""

    ASK = "ask"  # to a notifier: what is missing
    REJECT = "reject"
    DECISION = "decision"  # why a ground applies, or the facts: read by both sides
    APPEAL = "appeal"
    LETTER = "letter"  # to one side, beside all forms
    NOTE = "note"  # read by staff only


PURPOSES: dict[Purpose, str] = {
    Purpose.ASK: N_("请通知人补充"),
    Purpose.REJECT: N_("不予受理"),
    Purpose.DECISION: N_("决定的说明和事实"),
    Purpose.APPEAL: N_("申诉决定的理由"),
    Purpose.LETTER: N_("写给一方的信"),
    Purpose.NOTE: N_("内部备注"),
}

LANGUAGES: dict[str, str] = {"zh-Hans": N_("简体中文"), "zh-Hant": N_("繁体中文"), "en": N_("英文")}
"""The languages in which a text is kept; without one of them the next that there is stands in."""

VARIABLES: dict[str, str] = {
    "文章": N_("文章标题"),
    "编号": N_("受理编号"),
    "案件": N_("案件号"),
    "日期": N_("今天的日期"),
    "期限": N_("补充材料的最后一天"),
    "条款": N_("决定依据的条款"),
    "审核员": N_("审核员对外的称呼"),
    "联系方式": N_("本站联系方式"),
}
"""What fills itself in; anything else between double braces is for the moderator to write."""

NAME_LENGTH, TEXT_LENGTH = 100, 5000

_PLACE = re.compile(r"\{\{\s*([^{}\n]{1,80}?)\s*\}\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with every place filled for which there is a value; the others stay to be seen."""
    return _PLACE.sub(lambda place: values.get(place[1]) or place[0], text)


def unfilled(text: str) -> list[str]:
    """Return the places in a text that nobody has filled in, each once."""
    return list(dict.fromkeys(place[0] for place in _PLACE.finditer(text)))


def refusal(text: str) -> DomainError | None:
    """Return why a text cannot be sent yet, or None: a party must never read `{{…}}`."""
    left = unfilled(text)
    if not left:
        return None
    return DomainError(N_("还有没填的空：%(places)s。请填好或者删去，再提交。"), places="、".join(left[:5]))


def chosen(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, or in the next best that there is."""
    order = [language, *(other for other in LANGUAGES if other != language)]
    if language == "zh-Hant":
        order = ["zh-Hant", "zh-Hans", "en"]
    return next((texts[name] for name in order if texts.get(name)), "")


def check(name: str, texts: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return name and texts as they are stored; raise Incomplete by field: `name`, and `text_` with the language."""
    problems: dict[str, DomainError] = {}
    name = clean_line(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        problems["name"] = DomainError(N_("请写1至%(most)s个字。"), most=NAME_LENGTH)
    kept = {language: said for language in LANGUAGES if (said := clean(texts.get(language, "")))}
    for language, text in kept.items():
        if len(text) > TEXT_LENGTH:
            problems[field(language)] = DomainError(N_("最多%(most)s个字。"), most=TEXT_LENGTH)
    if not kept:
        problems[field("zh-Hans")] = DomainError(N_("至少写一种语言。"))
    if problems:
        raise Incomplete(problems)
    return name, kept


def field(language: str) -> str:
    """Return the name of the form field that holds the text in a language."""
    return f"text_{language.replace('-', '_').lower()}"
