"""What stands in place of an article: who asked, how far it goes, and its public case."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests import factories
from tracker.db import db, transaction
from tracker.domain.passages import Passage
from tracker.domain.visibility import MeasureKind, Terms
from tracker.render.site import Site
from tracker.services import publication


def rows_of(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>\s*(.*?)\s*</dd>", page, re.DOTALL)
    return {name: re.sub(r"<[^>]*>", "", said).strip() for name, said in found}


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"source": "notice"}, "有人向本站提交了通知。为了保护个人信息，不公开是谁。"),
        ({"source": "own_initiative"}, "没有人提出，本站自己审查。"),
        ({"source": "order", "asked_by": "某市<某区>人民法院"}, "法院或主管机关某市&lt;某区&gt;人民法院"),
        ({"source": "order", "asked_by": "某市<某区>人民法院", "publisher_told": False}, None),
        ({}, None),
    ],
)
def test_a_tombstone_tells_who_asked_if_that_may_be_told(
    client: FlaskClient, site: Site, now: datetime, stated: dict[str, object], said: str | None
) -> None:
    article = factories.publish(site, "canary", now)
    measure = factories.set_measure(
        site, article, now, starts_at=now, ends_at=datetime.fromisoformat("2027-01-01T00:00Z")
    )
    with transaction():
        measure.decision.statement = stated
        db.session.flush()
        publication.publish(site, [article], now)
    page = client.get("/articles/canary").text
    told = rows_of(page)
    assert told.get("谁提出的") == said
    assert told["范围"] == "整篇文章，不分地区"
    assert told["到何日止"] == "2027年1月1日"
    assert told["依据"].startswith("《中华人民共和国民法典》")
    assert "法院" in page if said and "法院" in said else "某市" not in page


@pytest.mark.usefixtures("stopped_clock")
def test_a_tombstone_tells_how_far_it_goes(client: FlaskClient, site: Site, now: datetime) -> None:
    article = factories.publish(site, "canary", now)
    factories.set_measure(site, article, now, starts_at=now, terms=Terms(territory=("CN", "HK")))
    told = rows_of(client.get("/articles/canary").text)
    assert (told["范围"], told["适用地区"], told["到何日止"]) == ("整篇文章", "CN, HK", "直到另行决定")


@pytest.mark.usefixtures("stopped_clock")
def test_what_hides_covers_or_changes_leads_to_its_public_case(client: FlaskClient, site: Site, now: datetime) -> None:
    article = factories.publish(site, "canary", now, title="张三的事", summary="说张三。")
    mask = factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("张三"),))
    )
    hides = factories.set_measure(site, article, now, starts_at=now, ends_at=now + timedelta(days=1))
    later = factories.set_measure(site, article, now, starts_at=now + timedelta(days=1))
    with transaction():
        hides.decision.statement = {"source": "order", "asked_by": "张三所在地法院"}
        db.session.flush()
        publication.publish(site, [article], now)
    told = client.get("/articles/canary").text
    for measure, page in ((hides, told), (hides, client.get("/zh-hant/articles/canary").text)):
        (link,) = re.findall(r'href="([^"]*/transparency/cases/[^"]*)"', page)
        assert link.endswith(f"/transparency/cases/{measure.case_id}")
        assert client.get(link).status_code == 200
    case = rows_of(client.get(f"/transparency/cases/{hides.case_id}").text)
    assert case | {"公开案号": str(hides.case_id)} == rows_of(told), "the same is told of it in both places"
    assert "公开案号" not in case, "it stands above"
    assert "法院或主管机关" in case["谁提出的"]
    for prefix, heading in (("", "部分内容不展示"), ("/zh-hant", "部分內容不展示"), ("/en", "Passages withheld")):
        page = client.get(f"{prefix}/transparency/cases/{mask.case_id}").text
        assert heading in page
        assert "canary" not in page
        assert "张三" not in page
    assert client.get(f"/transparency/cases/{later.case_id}").status_code == 404, "it has not begun"
    assert client.get("/transparency/cases/999").status_code == 404
    hides.ends_at = now
    db.session.commit()
    assert "（已结束）" in client.get(f"/transparency/cases/{hides.case_id}").text
