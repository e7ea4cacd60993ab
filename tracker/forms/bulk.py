"""One decision for many cases, and which cases were chosen."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain.claims import ANSWERS, LABELS, LONGEST_REASONS
from tracker.domain.decisions import Outcome
from tracker.domain.errors import N_
from tracker.forms.base import Keyed, Wrong
from tracker.forms.decision import DecisionForm

_CHOSEN = re.compile(r"(\d{1,9})-(\d{1,9})")
_HERE = N_("这里没有逐项的答复可以代替，要写明。")
_SHOWN = (
    "outcome", "label", "words", "answer", "answer_reasons", "ground_type", "ground_ref", "ground_explanation", "facts",
    "refusal", "is_manifest", "rationale",
)  # fmt: skip


class BulkForm(Keyed, DecisionForm):
    """A decision in words that fit every chosen case; its claims get one answer, as on the page of a case."""

    follow = frozenset()
    needed: ClassVar[frozenset[str]] = frozenset(
        {"outcome", "answer", "ground_type", "ground_ref", "ground_explanation", "facts", "refusal"}
    )
    """What has to be filled in where it is asked for."""

    only: ClassVar[dict[str, Outcome]] = {
        "label": Outcome.LABELLED, "words": Outcome.LABELLED, "refusal": Outcome.DECLINED,
    }  # fmt: skip
    """What is asked for with one outcome alone."""

    answer = RadioField(
        N_("所有主张都答复为"),
        [AnyOf(list(ANSWERS), N_("请选择一项。"))],
        name="claim-0",
        choices=[SelectChoice(answer, LABELS[answer]) for answer in ANSWERS],
        validate_choice=False,
    )
    answer_reasons = TextAreaField(
        N_("为什么这样答复"),
        name="claim-0-reasons",
        render_kw={"rows": 2, "maxlength": LONGEST_REASONS, "optional": True},
    )

    def __init__(self, *args: Any, **values: Any) -> None:
        """Say beside the texts that a single case may leave empty why they have to be written here."""
        super().__init__(*args, **values)
        for name in ("ground_explanation", "facts"):
            self[name].description = f"{self[name].description}{_HERE}"

    def shown(self) -> list[str]:
        """Return the fields that are asked for, in their order."""
        return list(_SHOWN)

    def wrong(self, scope: str = "") -> list[Wrong]:
        """Return what is wrong, in the order in which it is asked for."""
        places = {self[name].name: place for place, name in enumerate(_SHOWN)}
        return sorted(super().wrong(scope), key=lambda wrong: places.get(wrong.field, -1))

    def carried(self) -> list[tuple[str, str]]:
        """Return what was written, by the name under which it is sent."""
        fields = [self[name] for name in (*_SHOWN, "key")]
        return [(field.name, "1" if field.data is True else str(field.data or "")) for field in fields if field.data]


def chosen(sent: Iterable[str]) -> list[tuple[int, int]]:
    """Return the cases that were ticked as (number, version seen), each once."""
    found = [_CHOSEN.fullmatch(text) for text in sent]
    return list({int(match[1]): (int(match[1]), int(match[2])) for match in found if match}.values())
