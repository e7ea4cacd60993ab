"""The fixed pages: both languages say the same version and clauses, and lead nowhere that is not there."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from config import ROOT
from tests import factories
from tracker.content import read_page
from tracker.render.site import WRITTEN, Site

PAGES = ROOT / "content" / "pages"
NAMES = ["rules", "privacy", "contact"]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_one_version_and_the_same_clauses(name: str) -> None:
    texts = [(PAGES / f"{name}{end}").read_text() for end in (".md", ".en.md")]
    ids = [re.findall(r'^  - \{id: "([\d.]+)"', text, re.MULTILINE) for text in texts]
    sections = [re.findall(r"^###? ([\d.]+) ", text.replace("## 1.", ""), re.MULTILINE) for text in texts]
    assert ids[0] == ids[1]
    assert [n for n in sections[0] if "." in n] == [n for n in sections[1] if "." in n.rstrip(".") and n[-1] != "."]
    assert len({read_page(Path(PAGES / f"{name}{end}"), WRITTEN).version for end in (".md", ".en.md")}) == 1


def test_every_link_within_the_site_leads_somewhere(client: FlaskClient, site: Site, now: object) -> None:
    factories.sync.build(site)
    links = {link for file in PAGES.glob("*.md") for link in re.findall(r"\]\((/[^)]*)\)", file.read_text())}
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
