"""Texts as the world writes them: 20 to 20,000 characters, lists, pasted tables, many scripts, mixed line ends."""

import random

from tracker.domain.text import clean

SIZES = (20, 21, 80, 500, 3000, 19_999, 20_000)
"""Characters of a text as it is stored; the least and the most that an explanation may have are among them."""

ODD_FROM = 80
"""A shorter text is plain: what nobody sees does not count towards the least that must be said."""

NUMBER = 300
"""How many there are."""

_LETTERS = (
    "催收逾期征信債務權利", "abc XYZ déjà", "ёжик Ω éàü", "اَلْعَرَبِيَّة עברית", "カタカナ ひらがな 한국어",
    "😀👨‍👩‍👧🇨🇳", "|—–…·•①", "<b>&amp;</b> {{ x }} {% y %} %s %(n)s", "﷽𠮷𡃁", "\u200b\u202e\u00a0\u3000", "'\"`$\\",
)  # fmt: skip
_BREAKS = ("\n", "\r\n", "\r", "\n\n\n", "\u2028", "\x0b", "\x85")
_TABLES = (
    "条款\t原文\t问题\r\n第三条\t年利率三成六\t超过上限\r\n第四条\t逾期费\t没有约定\r\n",
    "| 日期 | 事项 | 金额 |\n|------|:----:|----:|\n| 三月 | 还款 | 壹仟元 |\n| 四月 | 逾期 | — |\n",
    "┌────┬────┐\n│ 甲 │ 乙 │\n├────┼────┤\n│ 是 │ 否 │\n└────┴────┘\n",
    '名称;说明\r甲;"有分号; 和引号"\r乙;没有\r',
)
_RIGHT_TO_LEFT = (
    "هذه الفقرة مكتوبة بالعربية من أولها إلى آخرها، وفيها كلمة Loan في الوسط.\n",
    "הפסקה הזאת כתובה כולה בעברית, ויש בה המילה Loan באמצע.\n",
    "\u202bفقرة محاطة بعلامات الاتجاه\u202c\n",
)
_LISTS = (
    "1. 第一点\n2. 第二点\n  - 其中一\n  - 其中二\n",
    "（一）事实\n（二）理由\n",
    "> 引用的原话\n>> 再引用\n",
    "• 一\n• 二\n\n\n",
)


def _begun(number: int) -> str:
    return f"{number}号开头：经过和理由在下面几行"


def odd_texts() -> list[str]:
    """Return NUMBER texts as they are typed; `clean` makes each exactly as long as SIZES says."""
    chance = random.Random(20261124)
    return [_text(chance, number, SIZES[number % len(SIZES)]) for number in range(NUMBER)]


def _text(chance: random.Random, number: int, size: int) -> str:
    typed = _begun(number)
    while size >= ODD_FROM and len(typed) < size + 100:
        typed += _part(chance)
    while over := max(0, len(clean(typed)) - size) or not typed[-1].isalnum():  # a break at the end would be dropped
        typed = typed[: -max(1, over // 2)]
    return typed + "。" * (size - len(clean(typed)))


def _part(chance: random.Random) -> str:
    kind = chance.randrange(8)
    if kind < 3:
        return chance.choice((_TABLES, _RIGHT_TO_LEFT, _LISTS)[kind])
    words = "".join(chance.choices("".join(chance.sample(_LETTERS, 3)), k=chance.randint(5, 60)))
    return words + chance.choice(_BREAKS)
