"""Nothing typed is lost."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.notifier import WHOLE
from tracker.db import db, transaction
from tracker.domain.attachments import MAX_FILES, accept
from tracker.domain.categories import CategoryName
from tracker.domain.text import clean
from tracker.models import Draft, DraftFile
from tracker.render.site import Site
from tracker.services import drafts, upkeep

KEY = "k" * 43


def save(now: datetime, answers: dict[str, str] | None = None, files=(), removed=(), key: str = KEY) -> list[str]:  # type: ignore[no-untyped-def]
    with transaction():
        return drafts.save(key, CategoryName.COPYRIGHT, WHOLE if answers is None else answers, files, removed, now)


def names(key: str = KEY) -> list[str]:
    return list(
        db.session.scalars(
            select(DraftFile.name).where(DraftFile.draft_id == drafts.identify(key)).order_by(DraftFile.id)
        )
    )


def test_a_draft_is_found_by_its_key_for_seven_days(app: Flask, now: datetime) -> None:
    save(now)
    found = drafts.find(KEY, now + timedelta(days=7) - timedelta(seconds=1))
    assert found is not None
    assert found.answers == WHOLE
    assert drafts.find(KEY, now + timedelta(days=7)) is None
    assert drafts.find("x" * 43, now) is None


def test_saving_again_replaces_the_text_and_starts_the_seven_days_again(app: Flask, now: datetime) -> None:
    save(now)
    save(now + timedelta(days=6), {"explanation": "改过"})
    found = drafts.find(KEY, now + timedelta(days=12))
    assert found is not None
    only_others_ask = {
        name: WHOLE[name] for name in ("inaccurate_parts", "data_right", "source_url", "source_corrected_at")
    }
    assert found.answers == {"explanation": "改过"} | only_others_ask


def test_the_key_stands_nowhere_in_the_database(app: Flask, now: datetime) -> None:
    save(now)
    assert KEY not in str(db.session.execute(select(Draft.__table__)).all())


def test_files_stay_when_others_are_added_and_go_when_they_are_removed(app: Flask, now: datetime) -> None:
    first, second = accept("a.txt", b"a"), accept("b.txt", b"b")
    save(now, files=[first])
    save(now, files=[second])
    assert names() == ["a.txt", "b.txt"]
    save(now, removed=[first.sha256])
    assert names() == ["b.txt"]


def test_the_same_file_twice_is_one_file(app: Flask, now: datetime) -> None:
    save(now, files=[accept("a.txt", b"a"), accept("copy of a.txt", b"a")])
    save(now, files=[accept("a.txt", b"a")])
    assert names() == ["a.txt"]


def test_one_file_too_many_is_named_and_the_others_are_kept(app: Flask, now: datetime) -> None:
    files = [accept(f"{number}.txt", str(number).encode()) for number in range(MAX_FILES + 2)]
    assert save(now, files=files) == ["10.txt", "11.txt"]
    assert names() == [f"{number}.txt" for number in range(MAX_FILES)]


def test_a_place_freed_in_the_same_step_is_used(app: Flask, now: datetime) -> None:
    files = [accept(f"{number}.txt", str(number).encode()) for number in range(MAX_FILES)]
    save(now, files=files)
    assert save(now, files=[accept("new.txt", b"new")], removed=[files[0].sha256]) == []
    assert names()[-1] == "new.txt"


def test_a_draft_becomes_the_notice_it_says(app: Flask, site: Site, now: datetime) -> None:
    save(now, WHOLE | {"inaccurate_parts": "不是著作权要问的"}, files=[accept("a.txt", b"a")])
    draft = db.session.get_one(Draft, drafts.identify(KEY))
    shown = drafts.submission(site, draft, "en", with_files=False)
    whole = drafts.submission(site, draft, "en", with_files=True)
    assert shown.sha256() == whole.sha256()
    assert [file.content for file in whole.files] == [b"a"]
    assert "inaccurate_parts" not in whole.answers
    assert whole.privacy_version == site.fixed_page("privacy", "en").version
    assert set(whole.statements) == {"stmt_good_faith", "stmt_accurate", "stmt_authority_perjury", "stmt_truth"}


def test_a_draft_that_is_over_goes_with_its_files(site: Site, now: datetime) -> None:
    save(now, files=[accept("a.txt", b"a")])
    save(now + timedelta(days=1), files=[accept("b.txt", b"b")], key="l" * 43)
    with transaction():
        upkeep.tidy(site, now + timedelta(days=7))
    assert names() == []
    assert names("l" * 43) == ["b.txt"]
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 1


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(st.characters(exclude_categories=())))
def test_every_cleaned_text_comes_back_as_it_went_in(app: Flask, now: datetime, typed: str) -> None:
    kept = clean(typed)
    save(now, {"explanation": kept})
    db.session.expire_all()
    found = drafts.find(KEY, now)
    assert found is not None
    assert found.answers == {"explanation": kept}
