"""What a moderator writes to decide a case."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, ClassVar

from flask import current_app
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain import terms
from tracker.domain.calendars import end_of, instant
from tracker.domain.canned import Purpose
from tracker.domain.claims import Answer, Reply, field
from tracker.domain.decisions import (
    GROUND_LABELS,
    LENGTHS,
    OPTIONAL,
    OUTCOME_LABELS,
    Draft,
    GroundType,
    Outcome,
    complete,
)
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.domain.text import clean, word
from tracker.domain.visibility import LABEL_WORDS, SPEAKERS, MeasureKind, Terms
from tracker.forms.base import Form, Versioned, Wrong, day
from tracker.forms.filling import guard, offers

_CLAIM = re.compile(r"claim-(\d{1,9})(?:-reasons)?")
_CHOOSE = N_("请选择一项。")
_OFFERED = offers(Purpose.DECISION)
_EFFECTS = {
    Outcome.LABELLED: N_("文章照常展示，上方加一条注明日期的说明。"),
    Outcome.REPLY_ATTACHED: N_("文章照常展示，文末附上发布者或当事人的回应。"),
    Outcome.CORRECTED: N_("把写错的几处换成新的文字，上方注明日期和改了什么。文件以后改动，更正仍然有效。"),
    Outcome.PASSAGE_WITHHELD: N_("其余照常展示，这几段在所有页面和搜索里都看不到。文件以后改动，遮盖仍然有效。"),
    Outcome.WITHHELD: N_("法律要求。读者得到451和停止展示的说明。"),
    Outcome.REMOVED: N_("违反本站规则。读者得到410和已移除的说明。"),
    Outcome.DECLINED: N_("文章照常展示；有通知的，通知人得到理由。"),
    Outcome.RESTORED: N_("结束正在执行的措施，文章原样回来。"),
    Outcome.INTERIM: N_("只到作出决定为止。读者得到451；作出决定的期限随即开始计算。"),
}


class DecisionForm(Versioned, Form):
    follow: ClassVar[frozenset[str]] = frozenset({"facts", "ground_explanation"})
    """The texts that follow from the answers to the claims once an outcome is chosen."""

    derived = HiddenField()  # which of the texts only follow from the answers to the claims, and change with them
    outcome = RadioField(N_("决定"), validate_choice=False)
    label = SelectField(
        N_("说明"),
        description=N_("只在加注说明时选择。"),
        choices=[
            SelectChoice("", N_("（用下面自己的话）")),
            *(SelectChoice(name, words) for name, words in LABEL_WORDS.items()),
        ],
        validate_choice=False,
    )
    speaker = SelectField(
        N_("谁的回应"),
        description=N_("只在附上回应时选择。"),
        choices=[SelectChoice("", N_("（请选择）")), *(SelectChoice(name, label) for name, label in SPEAKERS.items())],
        validate_choice=False,
    )
    speaker_name = StringField(N_("回应人怎样称呼"), description=N_("读者看得到。可以不填。"))
    passages = TextAreaField(
        N_("原文"),
        description=N_(
            "从文章照抄，遮盖或更正时填写。几段之间空一行。同样的字只要其中一处，就连同前后文抄下来，用[[ ]]标出那几个字。"
        ),
        render_kw={"rows": 4},
    )
    replacements = TextAreaField(
        N_("改成"),
        description=N_("只在更正时填写。和上面的原文一段对一段，几段之间空一行。"),
        render_kw={"rows": 3},
    )
    quotes_old = BooleanField(
        N_("更正说明里可以引用原来的话"),
        description=N_("原来的话本身侵权、泄露隐私的，不要勾选。"),
    )
    words = TextAreaField(
        N_("公开的话"),
        description=N_(
            "读者看得到：加注的说明，回应的全文，更正改了什么，或者为什么遮盖（可以不填）。不要重复要遮盖或改掉的原文。"
        ),
        render_kw={"rows": 3, "maxlength": max(most for _, most in terms.WORDS.values())},
    )
    also_label = SelectField(
        N_("同时加注"),
        choices=[SelectChoice("", N_("（不加）")), *(SelectChoice(name, words) for name, words in LABEL_WORDS.items())],
        validate_choice=False,
    )
    also_speaker = SelectField(
        N_("同时附上谁的回应"),
        choices=[SelectChoice("", N_("（请选择）")), *(SelectChoice(name, label) for name, label in SPEAKERS.items())],
        validate_choice=False,
    )
    also_name = StringField(N_("这位回应人怎样称呼"), description=N_("读者看得到。可以不填。"))
    also_reply = TextAreaField(
        N_("同时附上的回应"),
        description=N_("全文附在文末，读者看得到。不要重复要遮盖或改掉的原文。"),
        render_kw={"rows": 3, "maxlength": terms.WORDS[MeasureKind.REPLY][1]},
    )
    ground_type = RadioField(
        N_("依据"),
        [AnyOf(list(GroundType), _CHOOSE)],
        choices=[SelectChoice(value, label) for value, label in GROUND_LABELS.items()],
        validate_choice=False,
    )
    ground_ref = StringField(N_("条款"), description=N_("法律名称和条、款，或本站规则的条号和版本。"))
    ground_explanation = TextAreaField(
        N_("为什么适用"),
        description=N_("写给当事人看：这一条要求什么，本案为什么符合或不符合。"),
        render_kw={"rows": 4, "maxlength": LENGTHS["ground_explanation"][1], "canned": _OFFERED},
    )
    facts = TextAreaField(
        N_("事实"),
        description=N_("写给当事人看：查明了什么，看了哪些材料。不要写通知人的姓名和联系方式。"),
        render_kw={"rows": 6, "maxlength": LENGTHS["facts"][1], "canned": _OFFERED},
    )
    refusal = SelectField(
        N_("不采取措施的理由"),
        description=N_("只在不采取措施时填写；每一项要在“为什么适用”里写明的内容见下面的说明。"),
        choices=[
            SelectChoice("", N_("（请选择）")),
            *(SelectChoice(name, ground.label) for name, ground in REFUSALS.items()),
        ],
        validate_choice=False,
    )
    is_manifest = BooleanField(
        N_("明显：不采取措施时，指通知明显没有依据；采取措施时，指内容明显违法"),
        description=N_("计入滥用的统计（欧盟《数字服务法》第23条）。拿不准就不要勾选。"),
    )
    starts = StringField(N_("从哪一天起"), description=N_("写成2028-12-31。留空：确认后立即生效。"))
    ends = StringField(N_("到哪一天为止"), description=N_("含这一天，写成2028-12-31。留空：到另有决定为止。"))
    territory = StringField(
        N_("地区"),
        description=N_("命令或法律只及于某些国家和地区时，写代码，例如 CN, GB。照实记录并公开；展示不按地区区分。"),
    )
    is_silent = BooleanField(
        N_("暂不告知发布者"), description=N_("只在主管机关依法要求时勾选（欧盟《数字服务法》第9条第5款）。")
    )
    rationale = TextAreaField(
        N_("内部理由"),
        description=N_("只有工作人员看得到，不出现在任何邮件和公开的页面上。"),
        render_kw={"rows": 2, "maxlength": OPTIONAL["rationale"][1], "optional": True},
    )
    to_notifier = TextAreaField(
        N_("只写给通知人"),
        description=N_("写了，通知人就只看到这段话，看不到上面的事实和理由。"),
        render_kw={"rows": 3, "maxlength": OPTIONAL["to_notifier"][1], "optional": True, "canned": _OFFERED},
    )
    to_publisher = TextAreaField(
        N_("只写给发布者"),
        description=N_("写了，发布者就只看到这段话；限制展示时，要写明事实和为什么适用（欧盟《数字服务法》第17条）。"),
        render_kw={"rows": 3, "maxlength": OPTIONAL["to_publisher"][1], "optional": True, "canned": _OFFERED},
    )
    public = TextAreaField(
        N_("公开说明"),
        description=N_("所有人都看得到。不写，就只公开决定和条款。不要重复有争议的话，也不要写出任何人。"),
        render_kw={"rows": 2, "maxlength": OPTIONAL["public"][1], "optional": True},
    )

    replies: Mapping[int, Reply] = MappingProxyType({})  # to the claims, whose number no form knows beforehand
    claim_errors: Mapping[str, str] = MappingProxyType({})

    def process(self, formdata: Any = None, *args: Any, **values: Any) -> None:
        """Take in the fields, and the answers to the claims beside them."""
        super().process(formdata, *args, **values)
        sent = self.meta.wrap_formdata(self, formdata)
        self.replies = replies(sent) if sent else {}

    def offer(self, outcomes: Sequence[Outcome]) -> None:
        """Let only these outcomes be chosen."""
        self.outcome.choices = [SelectChoice(outcome, OUTCOME_LABELS[outcome]) for outcome in outcomes]
        self.outcome.render_kw = {"hints": _EFFECTS}
        self.outcome.validators = [AnyOf(outcomes, _CHOOSE)]

    def refuse(self, problems: Mapping[str, DomainError]) -> None:
        """Put each problem beside its field, also beside a claim."""
        about = {name: str(problem) for name, problem in problems.items() if _CLAIM.fullmatch(name)}
        self.claim_errors = {**self.claim_errors, **about}
        super().refuse({name: problem for name, problem in problems.items() if name not in about})

    def wrong(self, scope: str = "") -> list[Wrong]:
        """Return what is wrong, the claims first: they stand first."""
        return [*(Wrong(name, message) for name, message in self.claim_errors.items()), *super().wrong(scope)]

    def validate(self, extra_validators: object = None) -> bool:
        """Check the choices and, whatever they are, the texts, so that one page shows all there is to correct."""
        chosen = bool(super().validate(extra_validators)) & guard(self)
        problems = self._dates()[2]
        try:
            draft = self.draft()
            complete(draft if self.follow else replace(draft, replies={}))
        except Incomplete as error:
            problems |= error.problems
        if self.outcome.data not in set(Outcome):  # what depends on it, or follows from the claims once it is chosen
            left = {name for name in ("refusal", *self.follow) if not str(self[name].data or "").strip()}
            problems = {name: problem for name, problem in problems.items() if name not in left}
        self.refuse({name: problem for name, problem in problems.items() if name not in self or not self[name].errors})
        return chosen and not problems

    def draft(self) -> Draft:
        """Return what was written; an outcome or ground not chosen yet counts as one that fits any other."""
        starts_at, ends_at, _ = self._dates()
        return Draft(
            outcome=word(Outcome, self.outcome.data) or Outcome.DECLINED,
            ground_type=word(GroundType, self.ground_type.data) or GroundType.LAW,
            ground_ref=self.ground_ref.data or "",
            ground_explanation=self.ground_explanation.data or "",
            facts=self.facts.data or "",
            refusal=self._refusal(),
            is_manifest=bool(self.is_manifest.data),
            rationale=self.rationale.data or "",
            to_notifier=self.to_notifier.data or "",
            to_publisher=self.to_publisher.data or "",
            public=self.public.data or "",
            replies=self.replies,
            terms=self._terms(),
            starts_at=starts_at,
            ends_at=ends_at,
            is_silent=bool(self.is_silent.data),
        )

    def _terms(self) -> Terms:
        is_reply = self.outcome.data == Outcome.REPLY_ATTACHED
        speaker, name = (self.speaker, self.speaker_name) if is_reply else (self.also_speaker, self.also_name)
        return Terms(
            territory=terms.territory(self.territory.data or ""),
            label=str(self.label.data or ""),
            words=self.words.data or "",
            speaker=str(speaker.data or ""),
            speaker_name=name.data or "",
            passages=terms.passages(self.passages.data or "", self.replacements.data or ""),
            quotes_old=bool(self.quotes_old.data),
            also_label=str(self.also_label.data or ""),
            also_reply=self.also_reply.data or "",
        )

    def _dates(self) -> tuple[datetime | None, datetime | None, dict[str, DomainError]]:
        """Return the first and the last instant of the days that were typed, and what is no day."""
        zone = current_app.extensions["site"].zone
        days, wrong = dict[str, date](), dict[str, DomainError]()
        for name in (name for name in ("starts", "ends") if clean(self[name].data or "")):
            try:
                days[name] = day(self[name].data)
            except DomainError as error:
                wrong[name] = error
        starts_at = instant(days["starts"], time(), zone) if "starts" in days else None
        return starts_at, end_of(days["ends"], zone) if "ends" in days else None, wrong

    def _refusal(self) -> str:
        """Return the ground of a refusal; any other decision has none."""
        is_declined = self.outcome.data == Outcome.DECLINED
        return str(self.refusal.data) if is_declined and self.refusal.data in set(Refusal) else ""


def replies(fields: Mapping[str, str]) -> dict[int, Reply]:
    """Return what a form answers to claims, by their id: `claim-7` is the answer, `claim-7-reasons` why."""
    numbers = sorted({int(found[1]) for name in fields if (found := _CLAIM.fullmatch(name))})
    return {
        number: Reply(
            word(Answer, fields.get(field(number))) or Answer.OPEN, str(fields.get(f"{field(number)}-reasons", ""))
        )
        for number in numbers
    }
