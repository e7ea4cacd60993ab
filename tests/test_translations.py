"""Everything a reader, notifier or publisher may be shown stands in English too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from config import ROOT

KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
STAFF_ONLY = (
    "cli/", "templates/desk/", "templates/account/", "views/desk", "views/account", "views/due", "content",
    "views/case_acts", "views/intake", "queries/case_file", "queries/case_life", "queries/desk", "queries/labels", "domain/roles",
    "domain/recusals", "domain/authorities", "views/people", "views/factors", "views/sign_in", "queries/people", "services/recusals",
    "services/passkeys", "services/totp", "services/handles",
    "forms/decision", "forms/account", "forms/case_acts", "forms/case_data", "services/holds", "services/standings",
    "services/clauses", "services/canned",
    "services/verification", "views/settings", "views/rules", "views/canned", "views/admin", "forms/settings", "forms/rules",
    "forms/canned", "queries/settings", "queries/rules", "queries/figures", "views/samples", "forms/samples", "services/samples", "views/figures", "views/records", "queries/records", "queries/health",
    "templates/opinions/", "views/case_page", "views/case_work", "views/opinions", "forms/case_page", "services/claims",
    "services/opinions", "services/proposals", "domain/approval", "views/propos", "forms/proposals", "services/case_drafts", "services/letters", "queries/history", "queries/opinions",
    "domain/care", "domain/claims", "domain/reasoning", "domain/precedents", "domain/opinions",
    "domain/effects", "domain/terms", "views/initiative", "forms/initiative", "services/initiative", "services/undo",
    "services/measures", "services/proving",
    "domain/urgency", "forms/bulk", "forms/sharing", "forms/views", "services/batches", "services/leases", "services/merging",
    "services/routing", "services/views", "services/weights", "views/arranging", "views/batches", "views/queue",
    "views/sharing", "domain/actions", "domain/keyboard", "views/keys", "services/keys",
    "views/case_acts", "views/intake", "queries/case_file", "queries/case_life", "queries/desk", "queries/labels",
    "forms/decision", "forms/account", "forms/case_acts", "services/holds", "services/standings",
    "views/acts", "views/redress", "queries/redress", "forms/redress_acts", "services/disputes",
    "services/proceedings", "services/public_notices", "services/reopening", "services/replies", "services/serving",
)  # fmt: skip
# what cases that earlier versions decided say of themselves
STORED = {
    "发布者提交了反通知，期限内没有收到已经起诉或投诉的证明，或者裁判要求恢复，措施依法终止。",
    "反通知已经转送通知人，经过的时间和收到的材料记录在案件中。",
    "请本站复核：直接回复本邮件，或按“联系我们”页上的方式来信，写明案件编号和理由。",
}
CATALOGUE = ROOT / "tracker" / "translations" / "en" / "messages.po"


def said() -> Iterator[tuple[str, str]]:
    options = {"**.html": {"trimmed": "false"}}
    for file, _, message, _, _ in extract_from_dir(ROOT / "tracker", METHODS, options, KEYWORDS, ()):
        text = message if isinstance(message, str) else message[0]
        if text:
            yield text, file


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    with Path(CATALOGUE).open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and isinstance(m.id, str)}


def test_every_message_has_an_english_translation(english: dict[str, str]) -> None:
    shown = {(text, file) for text, file in said() if not file.startswith(STAFF_ONLY)}
    assert sorted(f"{file}: {text}" for text, file in shown if not english.get(text)) == []


def test_nothing_is_translated_that_nobody_says(english: dict[str, str]) -> None:
    assert sorted(set(english) - {text for text, _ in said()} - STORED) == []


def test_placeholders_are_the_same_in_both_languages(english: dict[str, str]) -> None:
    names = re.compile(r"%\((\w+)\)s")
    assert [m for m, text in english.items() if text and set(names.findall(m)) != set(names.findall(text))] == []
