"""The grounds on which a notice may be refused; each needs its sentence."""

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.errors import N_


class Refusal(StrEnum):
    """The closed list of grounds."""

    FAIR_USE = "fair_use"
    PUBLIC_INTEREST = "public_interest"
    OFFICIAL_RECORD = "official_record"
    TRUE_OR_OPINION = "true_or_opinion"
    GDPR_EXPRESSION = "gdpr_expression"
    GDPR_LEGAL_OBLIGATION = "gdpr_legal_obligation"
    GDPR_PUBLIC_HEALTH = "gdpr_public_health"
    GDPR_ARCHIVING = "gdpr_archiving"
    GDPR_LEGAL_CLAIMS = "gdpr_legal_claims"
    ALREADY_PUBLIC = "already_public"
    NOT_IDENTIFIABLE = "not_identifiable"
    NOT_HERE = "not_here"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    BARRED_REPEAT = "barred_repeat"
    UNFOUNDED = "unfounded"
    NO_BREACH = "no_breach"
    ALREADY_REMEDIED = "already_remedied"


@dataclass(frozen=True)
class RefusalGround:
    """A ground in words; `need` is the one sentence the moderator has to write; `source` is empty where no law names it."""

    label: str
    need: str
    source: str = ""


REFUSALS: dict[Refusal, RefusalGround] = {
    Refusal.FAIR_USE: RefusalGround(
        N_("合理引用"), N_("写明引用了多少、为了说明什么、是否注明作者和出处。"),
        N_("《著作权法》第二十四条；17 U.S.C. § 107"),
    ),
    Refusal.PUBLIC_INTEREST: RefusalGround(
        N_("为公共利益的报道"), N_("写明涉及什么公共利益，以及发布前核实了什么。"),
        N_("《民法典》第九百九十九条、第一千零二十五条、第一千零二十六条"),
    ),
    Refusal.OFFICIAL_RECORD: RefusalGround(
        N_("如实转述官方文书"), N_("写明是哪份文书，文章怎样与它一致，以及它至今没有更正。"),
        N_("《最高人民法院关于审理利用信息网络侵害人身权益民事纠纷案件适用法律若干问题的规定》第九条"),
    ),
    Refusal.TRUE_OR_OPINION: RefusalGround(
        N_("内容属实，或属于意见"), N_("写明哪些事实有证据支持，或者为什么这是有事实依据的评价。"),
        N_("《民法典》第一千零二十五条"),
    ),
    Refusal.GDPR_EXPRESSION: RefusalGround(
        N_("表达和信息自由"), N_("写明公众为什么需要知道，以及怎样与个人的利益权衡。"), "Regulation (EU) 2016/679, art. 17(3)(a)",
    ),
    Refusal.GDPR_LEGAL_OBLIGATION: RefusalGround(
        N_("法律要求保存"), N_("写明是哪部法律的哪一条要求保存。"), "Regulation (EU) 2016/679, art. 17(3)(b)",
    ),
    Refusal.GDPR_PUBLIC_HEALTH: RefusalGround(
        N_("公共卫生"), N_("写明涉及公共卫生的什么利益。"), "Regulation (EU) 2016/679, art. 17(3)(c)",
    ),
    Refusal.GDPR_ARCHIVING: RefusalGround(
        N_("存档、研究或统计"), N_("写明是什么研究或存档，删除会怎样妨碍它。"), "Regulation (EU) 2016/679, art. 17(3)(d)",
    ),
    Refusal.GDPR_LEGAL_CLAIMS: RefusalGround(
        N_("为诉讼或主张权利"), N_("写明是哪一项主张或诉讼需要这些信息。"), "Regulation (EU) 2016/679, art. 17(3)(e)",
    ),
    Refusal.ALREADY_PUBLIC: RefusalGround(
        N_("已合法公开的信息，处理合理"), N_("写明信息在哪里合法公开，以及为什么这样使用是合理的。"),
        N_("《民法典》第一千零三十六条"),
    ),
    Refusal.NOT_IDENTIFIABLE: RefusalGround(N_("看不出是谁"), N_("写明为什么读者无法从文章认出通知人。")),
    Refusal.NOT_HERE: RefusalGround(N_("不在本站"), N_("写明内容在哪里，或者为什么在所给的地址找不到它。")),
    Refusal.INSUFFICIENT_EVIDENCE: RefusalGround(N_("证据不足"), N_("写明哪一点没有证据，补充什么可以再审。")),
    Refusal.BARRED_REPEAT: RefusalGround(
        N_("恢复后不得再次通知"), N_("写明哪一件作品、哪个地址，何时因反通知恢复。"),
        N_("《信息网络传播权保护条例》第十七条"),
    ),
    Refusal.NO_BREACH: RefusalGround(
        N_("没有违反所指的规定"), N_("写明所指的法律或规则要求什么，文章为什么没有违反。"),
    ),
    Refusal.UNFOUNDED: RefusalGround(N_("明显没有根据"), N_("写明为什么不需要进一步审查就能看出没有根据。")),
    Refusal.ALREADY_REMEDIED: RefusalGround(
        N_("已经改正"), N_("写明哪一段、在什么时候改动，现在为什么没有可以采取措施的内容。"),
        N_("《民法典》第一千零二十八条、第一千一百九十五条"),
    ),
}  # fmt: skip
