"""The form asks what the facts make relevant, says what is missing and what came before, and needs no address where none is due."""

import re
from datetime import datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.notifier import PASSAGE, WHOLE, confirm, fill, key_in, publish, receipt_in, submit
from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.models import Article, Case, Draft, Mail, Notice
from tracker.render.site import Site
from tracker.services import drafts

PNG = b"\x89PNG\r\n\x1a\nevidence"


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


def without(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "")


NAMELESS = without("notifier_name", "notifier_role", "email", "country", "signature_name")


# anonymous


@pytest.mark.parametrize("slug", ["minor", "csam", "ncii", "fraud", "terms", "other-illegal"])
def test_without_a_name_and_an_address_the_receipt_is_the_only_way_and_opens(
    client: FlaskClient, site: Site, slug: str
) -> None:
    filled = fill(client, slug, **NAMELESS)
    assert filled.status_code == 303, filled.text
    assert "您没有留邮箱" in client.get(filled.location).text
    sent = client.get(confirm(client, filled.location.removesuffix("/check")).location)
    assert "唯一途径" in sent.text
    assert "确认邮件会发到您填写的邮箱" not in sent.text
    reference, code = receipt_in(sent.text)
    assert client.post(f"/receipts/{reference}", data={"code": code}).status_code == 200
    notice = db.session.scalars(select(Notice)).one()
    assert notice.mailbox == ""
    assert {mail.recipient for mail in db.session.scalars(select(Mail))} <= set(site.maintainers)
    if slug in {"minor", "csam", "ncii"}:
        assert db.session.scalars(select(Case)).one().is_urgent


@pytest.mark.parametrize("slug", ["cyberbullying", "reputation", "personal-data"])
def test_where_a_life_is_in_danger_nobody_has_to_say_who_they_are(client: FlaskClient, site: Site, slug: str) -> None:
    assert fill(client, slug, **NAMELESS).status_code == 422
    first = client.get(f"/report/{slug}?article=alpha").text
    facts = {"key": key_in(first), "step": "facts", "addresses": "alpha", "danger_to_life": "yes"}
    second = client.post(f"/report/{slug}", data=facts)
    assert second.status_code == 303  # without a role
    assert client.get(second.location).text.count("（选填）") > 2
    reference, code = submit(client, slug, **NAMELESS, danger_to_life="yes")
    assert client.post(f"/receipts/{reference}", data={"code": code}).status_code == 200
    notice = db.session.scalars(select(Notice)).one()
    assert "general" in notice.regimes
    assert db.session.scalars(select(Case)).one().is_urgent


def test_two_without_an_address_are_two(client: FlaskClient) -> None:
    assert submit(client, "minor", **NAMELESS) != submit(client, "minor", **NAMELESS)
    notices = list(db.session.scalars(select(Notice)))
    assert [item.answered_at for notice in notices for item in notice.items] == [None, None]


def test_with_an_address_nothing_is_said_about_having_none(client: FlaskClient) -> None:
    filled = fill(client, "minor")
    assert "您没有留邮箱" not in client.get(filled.location).text


# facts


def ids(html: str) -> set[str]:
    return set(re.findall(r' id="([a-z_]+)"', html))


def test_what_the_facts_make_relevant_is_asked_on_the_second_page(client: FlaskClient) -> None:
    first = client.get("/report/reputation?article=alpha").text
    assert {"country", "notifier_role", "minor_involved"} <= ids(first)
    assert not {"explanation", "meaning", "stmt_truth", "files"} & ids(first)
    data = {"key": key_in(first), "step": "facts", "addresses": "alpha", "notifier_role": "guardian"}
    british = client.get(client.post("/report/reputation", data=data | {"country": "gb"}).location).text
    assert {"meaning", "share_name", "principal_name", "authority_files"} <= ids(british)
    assert not {"country", "stmt_bona_fide_complete"} & ids(british)
    assert 'name="country" value="GB"' in british
    data["notifier_role"] = "owner"
    chinese = client.get(client.post("/report/reputation", data=data | {"country": "CN"}).location).text
    assert not {"meaning", "share_name", "principal_name", "authority_files"} & ids(chinese)
    assert ">alpha</textarea>" in chinese.replace("\n", "")


def test_a_court_says_that_it_is_one_on_the_form_for_courts_alone(client: FlaskClient) -> None:
    option = re.compile(r'<input[^>]*name="notifier_role"[^>]*value="authority"')
    assert option.search(client.get("/report/court-or-authority").text)
    assert not option.search(client.get("/report/fraud").text)
    court = {"notifier_role": "authority", "notifier_type": "authority", "authority_name": "某某法院"}
    assert fill(client, "court-or-authority", **court).status_code == 303
    assert 'href="#notifier_role"' in fill(client, "reputation", **court).text


def test_a_fault_among_the_facts_is_said_on_their_page(client: FlaskClient) -> None:
    response = client.post("/report/reputation", data={"step": "facts", "country": "Narnia"})
    assert response.status_code == 422
    assert set(re.findall(r'<li><a href="#([a-z_]+)">', response.text)) == {"country", "notifier_role"}
    assert 'value="NARNIA"' in response.text
    assert "explanation" not in ids(response.text)


def test_changing_the_facts_loses_nothing_that_was_typed(client: FlaskClient) -> None:
    place = fill(client, "reputation", country="GB", meaning="读者会以为我们没有牌照。").location.removesuffix("/check")
    first = client.get(f"{place}?step=facts").text
    carried = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', first))
    assert carried["meaning"] == "读者会以为我们没有牌照。"
    changed = client.post("/report/reputation", data=carried | {"notifier_role": "owner", "country": "CN"})
    html = client.get(changed.location).text
    assert "meaning" not in ids(html)
    draft = db.session.get_one(Draft, drafts.identify(place.rpartition("/")[2]))
    assert draft.answers["meaning"] == "读者会以为我们没有牌照。"
    assert draft.answers["explanation"] == WHOLE["explanation"]
    assert "读者会以为我们没有牌照。" not in client.get(f"{place}/check").text


def test_on_one_page_a_question_that_nobody_saw_is_shown_once(client: FlaskClient) -> None:
    form = client.get("/report/other-illegal").text
    assert 'data-when="country"' in form
    unseen = re.findall(r'name="unseen"\s+value="([a-z_]+)">', form)
    assert "stmt_bona_fide_complete" in unseen
    asked = fill(client, "other-illegal", country="DE", unseen="stmt_bona_fide_complete")
    assert asked.status_code == 422
    assert '<a href="#stmt_bona_fide_complete">' in asked.text
    assert re.search(r'name="unseen"\s+value="stmt_bona_fide_complete" disabled', asked.text)
    assert fill(client, "other-illegal", country="DE").status_code == 303
    assert fill(client, "other-illegal", country="CN", unseen="stmt_bona_fide_complete").status_code == 303


def test_nobody_in_china_has_to_swear(client: FlaskClient) -> None:
    nothing = without("stmt_good_faith", "stmt_authority_perjury", "signature_name")
    assert fill(client, country="CN", **nothing).status_code == 303
    refused = fill(client, country="US", **nothing)
    assert set(re.findall(r'<li><a href="#([a-z_]+)">', refused.text)) == set(nothing)


# files


@pytest.mark.parametrize("country", ["US", "CN"])
def test_whoever_swears_under_us_law_reads_what_a_false_notice_costs(client: FlaskClient, country: str) -> None:
    """17 USC 512(f)."""
    first = client.get("/report/copyright?article=alpha").text
    data = {"key": key_in(first), "step": "facts", "addresses": "alpha", "notifier_role": "owner", "country": country}
    second = client.get(client.post("/report/copyright", data=data).location).text
    assert ('id="stmt_authority_perjury-hint">故意谎称' in second) is (country == "US")


def test_proofs_are_kept_for_what_they_prove(client: FlaskClient) -> None:
    data = WHOLE | {"notifier_role": "authorised_agent", "principal_name": "王大明"}
    names = ("files", "identity_files", "authority_files")
    files = {name: (BytesIO(PNG + name.encode()), f"{name}.png") for name in names}
    filled = client.post("/report/reputation", data=data | files)
    assert filled.status_code == 303
    place = filled.location.removesuffix("/check")
    assert "核对后删除" in client.get(place).text
    confirm(client, place)
    notice = db.session.scalars(select(Notice)).one()
    assert {a.purpose: a.name for a in notice.attachments} == {name: f"{name}.png" for name in names}


def test_files_that_are_not_asked_for_stay_behind_and_that_is_said(client: FlaskClient) -> None:
    agent = WHOLE | {"notifier_role": "authorised_agent", "principal_name": "王大明"}
    files = {"authority_files": (BytesIO(PNG), "proxy.png"), "files": (BytesIO(PNG + b"2"), "proof.png")}
    place = client.post("/report/reputation", data=agent | files).location.removesuffix("/check")
    fill(client, "reputation", key=place.rpartition("/")[2])
    html = client.get(f"{place}/check").text
    assert "这些文件现在用不到，不会提交" in html
    assert "proxy.png" in html
    confirm(client, place)
    assert [a.name for a in db.session.scalars(select(Notice)).one().attachments] == ["proof.png"]


def test_a_fault_in_a_proof_is_said_beside_it(client: FlaskClient) -> None:
    response = client.post("/report/reputation", data=WHOLE | {"identity_files": (BytesIO(b"MZ\0"), "id.exe")})
    assert response.status_code == 422
    assert 'id="identity_files-error"' in response.text


# how complete


def test_what_is_missing_is_said_with_its_cure_and_stops_nobody(client: FlaskClient) -> None:
    filled = fill(client, country="CN", **without("stmt_good_faith", "stmt_authority_perjury", "signature_name"))
    html = client.get(filled.location).text
    assert "著作权侵权通知书" in html
    assert "可以受理，还缺几项" in html
    assert '#postal_address">权利人的地址</a>' in html
    whole = fill(client).location
    assert "齐全</span>" in client.get(whole).text
    assert confirm(client, filled.location.removesuffix("/check")).status_code == 303


def meter(html: str) -> str:
    return " ".join(html.split('id="meter"')[1].split("</section>")[0].split())


def test_what_a_notice_is_not_sent_without_is_counted_and_named(client: FlaskClient) -> None:
    nothing = without("stmt_good_faith", "stmt_authority_perjury", "signature_name")
    refused = fill(client, country="US", **nothing)
    assert refused.status_code == 422
    said = meter(refused.text)
    assert "必填的内容" in said
    assert "缺了不能提交" in said
    assert "必填的内容齐了才能提交" in said
    assert "可以受理" not in said
    assert {*re.findall(r'href="#([a-z_]+)"', said.split("</details>")[0])} == set(nothing)
    whole = meter(client.get(fill(client, country="US").location).text)
    assert "必填的内容" not in whole
    assert "可以受理，还缺几项" in meter(client.get(fill(client, country="CN", **nothing).location).text)


def test_a_nameless_notice_without_its_statement_is_not_called_complete(client: FlaskClient) -> None:
    said = meter(fill(client, "minor", **NAMELESS, **without("stmt_truth")).text)
    assert "缺了不能提交" in said
    assert "3项里已有2项" in said
    assert '#stmt_truth">声明</a>：我确信以上内容和证据真实' in said
    assert "齐全</span>" not in said
    assert "法律要求的已经有了" in said


@pytest.mark.parametrize("slug", ["reputation", "terms", "minor"])
def test_the_form_says_it_too_from_the_first_page(client: FlaskClient, slug: str) -> None:
    assert "齐不齐全" in client.get(f"/report/{slug}").text
    place = fill(client, slug).location.removesuffix("/check")
    assert "齐不齐全" in client.get(place).text


def test_what_is_being_filled_in_is_not_judged_before_it_is_sent(client: FlaskClient) -> None:
    html = client.get("/report/copyright").text
    assert "著作权侵权通知书" in html
    assert "一般举报" not in html
    assert "还没有填齐" in html
    assert "tag-danger" not in html
    place = fill(client, then="later").location.removesuffix("/later")
    assert "齐全</span>" in client.get(place).text
    refused = fill(client, explanation="")
    assert refused.status_code == 422
    assert "还没有填齐" not in refused.text


# addresses


def test_each_address_says_what_came_before(client: FlaskClient, site: Site, alpha: Article, now: datetime) -> None:
    publish(site, "beta", now)
    publish(site, "gamma", now)
    factories.withhold(site, alpha, now)  # for reputation
    submit(client, "reputation", addresses="beta")
    lines = "\n".join(["alpha", "beta", "gamma", "/articles/beta?x=1"])
    filled = fill(client, "reputation", addresses=lines, email="li@example.org")
    html = client.get(filled.location).text
    assert html.count("同样的事由以前处理过") == 1
    assert html.count("您的通知会并入") == 1
    sent = confirm(client, filled.location.removesuffix("/check"))
    assert sent.status_code == 303
    notice = db.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice
    assert len(notice.items) == 3


def test_two_hundred_addresses_are_one_notice(client: FlaskClient, site: Site, now: datetime) -> None:
    for number in range(199):
        publish(site, f"a{number}", now)
    lines = "\n".join(["alpha", *(f"http://localhost/articles/a{number}" for number in range(199))])
    submit(client, addresses=lines)
    assert len(db.session.scalars(select(Notice)).one().items) == 200


# a passage


def test_a_selected_passage_comes_along_to_the_form(client: FlaskClient) -> None:
    query = {"article": "alpha", "exact": PASSAGE, "prefix": "前文", "suffix": "后文"}
    chooser = client.get("/report", query_string=query).text
    assert PASSAGE in chooser
    for slug in ("reputation", "minor"):
        address = re.search(rf'href="(/report/{slug}\?[^"]+)"', chooser)
        assert address
        form = client.get(address[1].replace("&amp;", "&")).text
        assert PASSAGE in form
    assert PASSAGE not in client.get("/report", query_string={"exact": PASSAGE}).text
    assert len(client.get("/report/minor", query_string=query | {"exact": "长" * 5000}).text.split("长")) < 2100 * 3


# back


def test_going_back_and_sending_the_same_files_again_leads_to_the_receipt(client: FlaskClient) -> None:
    place = fill(client, files=(("a.png", PNG),)).location.removesuffix("/check")
    confirm(client, place)
    key = place.rpartition("/")[2]
    assert fill(client, key=key, files=(("a.png", PNG),)).location == f"{place}/sent"
    assert fill(client, key=key).location == f"{place}/sent"
    assert not fill(client, key=key, files=(("b.png", PNG + b"b"),)).location.startswith(place)


def test_every_category_that_branches_does_so_first() -> None:
    assert {c.name for c in CATEGORIES.values() if c.facts} == {
        c.name for c in CATEGORIES.values() if not c.is_anonymous_allowed
    }
    assert CATEGORIES[CategoryName.COPYRIGHT].facts
