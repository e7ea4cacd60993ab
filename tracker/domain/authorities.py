"""Which authorities are told of what comes to our notice, and what makes that a duty."""

from collections.abc import Mapping
from enum import StrEnum

from tracker.domain.categories import CategoryName
from tracker.domain.errors import N_


class Authority(StrEnum):
    """Whom staff told."""

    POLICE = "police"
    CYBERSPACE = "cyberspace"
    OTHER = "other"


LABELS: dict[Authority, str] = {
    Authority.POLICE: N_("公安机关"),
    Authority.CYBERSPACE: N_("网信部门"),
    Authority.OTHER: N_("其他主管机关"),
}

WRITTEN = (2, 5000)
"""The fewest and most characters of what they were told; only staff read it."""

DANGER = N_("有通知说有人面临生命危险：请立即向公安机关报告。")
DANGER_IN_EU = N_(
    "有通知说有人面临生命危险：请立即向公安机关报告，并告知有关成员国的执法或司法机关（欧盟《数字服务法》第18条）。"
)
CHILDREN = N_(
    "通知指向儿童性剥削的内容：请保存记录，立即向公安机关报告（《未成年人保护法》第八十条；举报页面也这样承诺）。"
)


def duty(category: CategoryName, answers: Mapping[str, str], *, targets_eu: bool) -> str:
    """Return why an authority has to be told of what a notice says, or nothing; the EU's law counts for a site aimed at it."""
    if answers.get("danger_to_life") == "yes":
        return DANGER_IN_EU if targets_eu else DANGER
    return CHILDREN if category is CategoryName.CSAM else ""
