"""The claim sheet of a case: begun with the notice, split and merged by staff, answered, and then the ground of a decision."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert

from tracker import content
from tracker.db import ask, db, table
from tracker.domain import claims, reasoning
from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.decisions import FIRST, Draft
from tracker.domain.errors import N_, Incomplete, InvalidTransition, NotFound
from tracker.domain.passages import around
from tracker.domain.quotes import Quote
from tracker.domain.reasons import own_words, public, told
from tracker.domain.text import clean, clean_line, misfit
from tracker.models import Account, Case, Claim, Decision, Item
from tracker.queries.claim_sheet import sheet
from tracker.render.site import Site
from tracker.services import audit, cases, holds, threads

SHORTEST_TEXT = 2
LONGEST_PASSAGE = 2000

Passage = tuple[Item, Quote]
"""What an item complains of, with what stands around it in the article."""

_NEW = insert(table(Claim))


def begin(passages: Iterable[Passage], ground: str) -> None:
    """Put each passage of a new notice on the sheet of its case as one claim; without passages nothing is asked."""
    rows = [
        {
            "case_id": item.case_id, "item_id": item.id, "passage": quote.exact, "prefix": quote.prefix,
            "suffix": quote.suffix, "ground": _stored(ground),
        }
        for item, quote in passages
    ]  # fmt: skip
    if rows:
        ask(_NEW, rows)


def _stored(ground: str) -> str:
    return clean_line(ground)[: claims.LONGEST_GROUND]


def stated(case: Case, replies: Mapping[int, Reply]) -> list[reasoning.Claim]:
    """Return the claims as a statement of reasons sees them, with what is being answered in place of what stands."""
    every = replies.get(EVERY_OTHER, Reply(Answer.OPEN))
    found = []
    for number, claim in enumerate(sheet(case), 1):
        own = replies.get(claim.id, Reply(claim.answer, claim.reasons))
        answer = every.answer if own.answer is Answer.OPEN else own.answer
        reasons = clean(own.reasons or (every.reasons if own.answer is Answer.OPEN else ""))
        quoted = (
            claim.passage if claim.prefix or claim.suffix else ""
        )  # what is not in the article is not ours to quote
        found.append(reasoning.Claim(number, quoted, claim.ground, answer, reasons))
    return found


def filled(case_id: int, draft: Draft) -> Draft:
    """Return a draft with the facts and explanation that follow from the claims, where nobody wrote any.

    They go to both sides: no ground stands in them as the notifier wrote it.
    """
    case = db.session.get(Case, case_id)
    return reasoning.filled(draft, _open_to_both(case, draft.replies)) if case else draft


def _open_to_both(case: Case, replies: Mapping[int, Reply]) -> list[reasoning.Claim]:
    found = zip(sheet(case), stated(case, replies), strict=True)
    return [replace(said, ground=_own_ground(claim)) for claim, said in found]


def _own_ground(claim: Claim) -> str:
    """Return the ground of a claim when staff wrote it, or nothing when it stands there as the notice has it."""
    is_theirs = claim.ground and claim.ground == _stored(claim.item.notice.answers.get("legal_basis", ""))
    return "" if is_theirs else claim.ground


def settle(account: Account, case: Case, draft: Draft, now: datetime) -> None:
    """Answer every open claim of a case that is being decided.

    Raises Incomplete naming each claim that has no answer, and when a measure would rest on none that holds.
    """
    if draft.outcome not in FIRST or case.decided_at:
        return
    waiting = [(claim, number) for number, claim in enumerate(sheet(case), 1) if claim.answer is Answer.OPEN]
    given = claims.answered([(claim.id, number) for claim, number in waiting], draft.replies)
    for claim, _ in waiting:
        claim.answer, claim.reasons = given[claim.id].answer, given[claim.id].reasons
        claim.answered_by_id, claim.answered_at = account.id, now
    if given:
        by_answer = {
            str(answer): [claim.id for claim, _ in waiting if claim.answer is answer] for answer in claims.ANSWERS
        }
        audit.record(audit.actor(account), "claim.answered", now, case=case.id, **by_answer)
    reasoning.agree(draft.outcome, [claim.answer for claim in sheet(case)])


def written(decision: Decision) -> dict[str, str]:
    """Return what a decision and its answers say by the fields of the form they came from, for it to be taken up again.

    What only followed from others of these is left out: it would stay as it was when those are changed.
    """
    names = ("outcome", "ground_type", "ground_ref", "refusal", "rationale")
    fields = {name: str(getattr(decision, name)) for name in names}
    found, both = _open_to_both(decision.case, {}), told(decision.facts, decision.ground_explanation)
    facts, why = reasoning.composed(found, decision.outcome, decision.ground_ref)
    fields["facts"] = own_words(decision.facts, facts)
    fields["ground_explanation"] = own_words(decision.ground_explanation, why)
    fields |= {name: own_words(getattr(decision, name), both) for name in ("to_notifier", "to_publisher")}
    fields["public"] = own_words(decision.public, public(decision.outcome, decision.ground_ref))
    for claim in sheet(decision.case):
        if claim.answered_at == decision.decided_at:
            fields |= {claims.field(claim.id): claim.answer, f"{claims.field(claim.id)}-reasons": claim.reasons}
    return fields


def put(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    item_id: int,
    claim_id: int,
    words: Mapping[str, str],
    now: datetime,
    key: str,
) -> None:
    """Split another claim off a notice, or change the words of one (`claim_id` not 0): text, passage and ground.

    Raises Incomplete, Conflict, NotFound, InvalidTransition once the case is decided.
    """
    text, passage, ground = _checked(words, is_new=not claim_id)
    case = _undecided(site, account, case_id, version, now)
    claim = _claim(case, claim_id) if claim_id else _split_off(case, holds.belongs(item_id, case_id))
    db.session.add(claim)
    claim.text, claim.passage, claim.ground = text, passage, ground
    claim.prefix, claim.suffix = around(passage, content.text_of(claim.item.revision.source)) if passage else ("", "")
    db.session.flush()
    number = sheet(case).index(claim) + 1
    said = f"修改第{number}项主张。" if claim_id else f"拆出第{number}项主张。"
    threads.note(case, account, said, now, key)
    kind = "claim.changed" if claim_id else "claim.added"
    audit.record(audit.actor(account), kind, now, case=case.id, claim=claim.id)


def _split_off(case: Case, item: Item) -> Claim:
    if item.ended:
        raise InvalidTransition(N_("这份通知已经终止，不再有主张要答复。"))
    return Claim(case=case, item=item)


def _checked(words: Mapping[str, str], *, is_new: bool) -> tuple[str, str, str]:
    text, passage, ground = (
        clean(words.get("text", "")),
        clean(words.get("passage", "")),
        clean_line(words.get("ground", "")),
    )
    bounds = (
        ("text", text, (SHORTEST_TEXT if is_new else 0, claims.LONGEST_TEXT)),
        ("passage", passage, (0, LONGEST_PASSAGE)),
        ("ground", ground, (0, claims.LONGEST_GROUND)),
    )
    problems = {name: wrong for name, said, fits in bounds if (wrong := misfit(said, fits))}
    if problems:
        raise Incomplete(problems)
    return text, passage, ground


def merge(
    site: Site, account: Account, case_id: int, version: int, claim_id: int, into_id: int, now: datetime, key: str
) -> None:
    """Let one claim count with another, which is answered for both. Raises Conflict, NotFound, InvalidTransition."""
    case = _undecided(site, account, case_id, version, now)
    claim, into = _claim(case, claim_id), _claim(case, into_id)
    if claim is into:
        raise InvalidTransition(N_("一项主张不能并入它自己。请选择另一项。"))
    numbers = [sheet(case).index(each) + 1 for each in (claim, into)]
    for other in case.claims:
        if other is claim or other.merged_into_id == claim.id:
            other.merged_into_id = into.id
    said = f"第{numbers[0]}项主张并入第{numbers[1]}项。"
    threads.note(case, account, said, now, key)
    audit.record(audit.actor(account), "claim.merged", now, case=case.id, claim=claim.id, into=into.id)


def _undecided(site: Site, account: Account, case_id: int, version: int, now: datetime) -> Case:
    case = cases.changed(site, account, case_id, version, now)
    if case.decided_at or case.closed_at:
        raise InvalidTransition(N_("案件已经作出决定，主张不能再改。请刷新页面，看看案件现在到了哪一步。"))
    return case


def _claim(case: Case, claim_id: int) -> Claim:
    """Return a claim that stands on the sheet of a case."""
    found = next((claim for claim in sheet(case) if claim.id == claim_id), None)
    if found is None:
        raise NotFound(N_("没有这项主张。"))
    return found
