"""What the head of an HTML page says about it."""

import re

from justhtml import JustHTML, Node

from tracker.content.saved.dom import value, walk
from tracker.domain.text import clean_line

_META = {
    "og:title": "og-title",
    "twitter:title": "og-title",
    "description": "description",
    "og:description": "description",
    "keywords": "keywords",
    "author": "author",
    "article:author": "author",
    "article:section": "category",
    "article:published_time": "published",
    "publishdate": "published",
    "pubdate": "published",
    "og:url": "address",
    "og:site_name": "site",
}
_LINK = {"canonical": "address"}


def read_head(document: JustHTML) -> dict[str, str]:
    """Return what is said of title, headline, description, keywords, author, category, day, address and site."""
    found: dict[str, str] = {}
    headlines: list[str] = []
    for is_entered, node in walk(document.root):
        if not is_entered or not isinstance(node, Node):
            continue
        if node.name == "meta":
            name = (value(node, "property") or value(node, "name") or value(node, "itemprop")).lower()
            _keep(found, _META.get(name, ""), value(node, "content"))
        elif node.name == "link":
            _keep(found, _LINK.get(value(node, "rel").lower(), ""), value(node, "href"))
        elif node.name == "title":
            _keep(found, "title", node.to_text())
        elif node.name == "h1":
            headlines.append(clean_line(node.to_text()))
        elif node.name == "time":
            _keep(found, "published", value(node, "datetime"))
    if len(headlines) == 1:
        _keep(found, "headline", headlines[0])
    if not re.match("https?://", found.get("address", "")):
        found.pop("address", None)
    return found


def _keep(found: dict[str, str], name: str, said: str) -> None:
    said = clean_line(said)
    if name and said:
        found.setdefault(name, said)
