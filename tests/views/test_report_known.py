"""Before they send it, a notifier is told what the publisher gets to know of who they are: what the publisher then sees."""

import re
from datetime import datetime
from itertools import product

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.notifier import WHOLE, confirm, fill, publish
from tracker.db import db
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.notices import review
from tracker.domain.regimes import applying, is_notifier_disclosed, telling
from tracker.models import Case
from tracker.render.site import Site

COUNTRIES = ["CN", "FR", "US", "GB"]
ALL = list(CATEGORIES.values())
WHO = {
    "notifier_name": "王小明",
    "notifier_org": "某某咨询公司",
    "email": "wang@example.org",
    "authority_name": "某某法院",
}
BRITISH = {"meaning": "读者会以为我们没有牌照。", "stmt_no_poster_info": "1", "share_name": "no", "share_email": "no"}
NAMELESS = {"notifier_name": "", "notifier_org": "", "email": "", "signature_name": "", "country": ""}


def known(page: str) -> str:
    """Return what a page of the form says the publisher gets to know."""
    said = re.search(r'<h2 id="known">.*?</h2>\s*<p>(.*?)</p>', page)
    assert said
    return said[1]


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> None:
    publish(site, "alpha", now)


def told_and_seen(client: FlaskClient, site: Site, category: Category, answers: dict[str, str]) -> tuple[str, set[str]]:
    """Fill in and send a notice; return what its form and its check page say, and what of WHO the publisher sees."""
    place = fill(client, category.slug, **WHO | answers).location.removesuffix("/check")
    form, check = (known(client.get(place + page).text) for page in ("", "/check"))
    assert form == check
    assert confirm(client, place).status_code == 303
    case = db.session.scalars(select(Case)).one()
    code = site.keys.secret("publisher", str(case.id), site.keys.epoch)
    page = client.post(f"/publisher/{case.id}", data={"code": code}).text
    assert "通知" in page
    return check, {name for name, answer in WHO.items() if answer in page}


@pytest.mark.parametrize("country", [*COUNTRIES, ""])
@pytest.mark.parametrize("category", ALL, ids=lambda category: category.name)
def test_what_is_told_is_what_the_publisher_sees(
    client: FlaskClient, site: Site, category: Category, country: str
) -> None:
    """Without a country: without a name as well, where a notice may be sent so."""
    if not country and not category.is_anonymous_allowed:
        assert fill(client, category.slug, **NAMELESS).status_code == 422
        return
    told, seen = told_and_seen(client, site, category, {"country": country} if country else NAMELESS)
    asked = {element.name for element in category.elements}
    if told.startswith("可以知道您的姓名或单位名称"):
        assert seen == {"notifier_name", "notifier_org"} & asked
    else:
        assert told.startswith("不会知道")
        assert seen == ({"authority_name"} if "可以知道作出文书的法院" in told else set())


@pytest.mark.parametrize("country", ["CN", "FR"])
@pytest.mark.parametrize("name", [CategoryName.TRADEMARK, CategoryName.REPUTATION, CategoryName.COPYRIGHT])
def test_where_the_site_is_aimed_at_the_eu(
    client: FlaskClient, site: Site, name: CategoryName, country: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "targets_eu", True)
    told, seen = told_and_seen(client, site, CATEGORIES[name], {"country": country})
    assert bool(seen) == told.startswith("可以知道") == (name is CategoryName.COPYRIGHT)  # whose work is described


@pytest.mark.parametrize(
    ("consents", "said"),
    [
        ((), "不会知道，除非您同意"),
        (("notifier_name",), "可以知道您的姓名，"),
        (("email",), "可以知道您的邮箱，"),
        (("notifier_name", "email"), "可以知道您的姓名和邮箱，"),
    ],
)
def test_in_britain_it_is_what_was_agreed_to(
    client: FlaskClient, site: Site, consents: tuple[str, ...], said: str
) -> None:
    shares = {"share_" + name.removeprefix("notifier_"): "yes" for name in consents}
    answers = BRITISH | {"country": "GB"} | shares
    told, seen = told_and_seen(client, site, CATEGORIES[CategoryName.REPUTATION], answers)
    assert told.startswith(said)
    assert seen == set(consents)


def test_it_follows_what_is_typed_and_is_in_the_language_of_the_page(client: FlaskClient) -> None:
    page = client.get("/report/portrait").text
    assert known(page).startswith("可以知道")
    assert "不会得到您的邮箱" not in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    typed = {"key": key[1], "country": "FR"}
    assert known(client.post("/report/portrait/autosave", data=typed).text).startswith("不会知道")
    assert known(client.get("/en/report/portrait").text).startswith("Yes: your name")


def test_whom_they_act_for_is_spoken_of_to_those_who_act_for_somebody(client: FlaskClient) -> None:
    page = client.get("/report/portrait").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    assert known(page).startswith("可以知道您的姓名")
    for role, said in (
        ("authorised_agent", "可以知道您和您所代表的人的姓名"),
        ("person_concerned", "可以知道您的姓名"),
    ):
        saved = client.post("/report/portrait/autosave", data={"key": key[1], "notifier_role": role})
        assert known(saved.text).startswith(said)


@pytest.mark.parametrize("targets_eu", [True, False])
@pytest.mark.parametrize("category", ALL, ids=lambda category: category.name)
def test_the_words_and_the_rule_agree_whatever_was_answered(category: Category, targets_eu: bool) -> None:
    """With a minor, with and without a work, sworn or not; answers as the form takes them."""
    changes = ({}, {"minor_involved": "yes"}, dict.fromkeys(("work_title", "stmt_authority_perjury"), ""))
    consents = [{"share_name": name, "share_email": email} for name in ("yes", "no") for email in ("yes", "no")]
    for country, changed, consent in product([*COUNTRIES, ""], changes, consents):
        answers = review(category, WHOLE | {"country": country} | changed | consent)[0]
        regimes = applying(category, answers, targets_eu=targets_eu)
        said = telling(regimes, answers).said
        assert said.startswith("可以知道") == is_notifier_disclosed(regimes, answers), (answers, said)


@pytest.mark.parametrize("category", ALL, ids=lambda category: category.name)
def test_the_guide_says_that_a_name_may_be_told(client: FlaskClient, category: Category) -> None:
    page = client.get(f"/report/about/{category.slug}").text
    is_told = known(client.get(f"/report/{category.slug}").text).startswith("可以知道")
    assert ("最多告诉他您的姓名或单位名称" in page) == is_told
