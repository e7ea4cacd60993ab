"""What of a saved HTML page is its article, what stands around it, and what nobody sees; told by tags, classes and amounts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from justhtml import JustHTML, Node, Text

Any = Node | Text

UNSEEN = {
    "script", "style", "noscript", "template", "iframe", "frame", "object", "embed", "applet", "svg", "canvas",
    "math", "map", "select", "option", "datalist", "input", "button", "textarea", "dialog", "video", "audio", "rp",
    "rt", "rtc", "head", "colgroup", "meter", "progress",
}  # fmt: skip
"""Elements without words of the article, in the widest sense; `rt` and `rp` are readings."""

AROUND = {"nav", "aside", "footer", "menu"}

_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|(?<!-)opacity\s*:\s*0(?![.\d]*[1-9])|"
    r"text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_HIDDEN = {"hidden", "hide", "d-none", "invisible", "visually-hidden", "sr-only", "screen-reader-text", "jammer"}
_FURNITURE = re.compile(
    r"(?:(?:post|entry|article|page|site|widget|single|main|wp|c|g|m)[-_])?"
    r"(?:ads?|adsense|adsbygoogle|advert\w*|banner|sponsor\w*|promo\w*|guanggao|"
    r"sidebar|side-?nav|comments?|respond|reply|replies|related|recommend\w*|tuijian|share|sharing|social|bdsharebuttonbox|"
    r"breadcrumbs?|crumbs?|position|weizhi|pager|pagination|page-?links|prev-?next|nav|navbar|navigation|menu|topbar|toolbar|"
    r"foot|footer|copyright|qrcode|login|rank\w*|hot|toc|catalogue|popup|modal|cookie\w*|subscribe\w*|author-?box|pstatus|sign)"
    r"(?:[-_](?:area|box|list|wrap|wrapper|container|inner|left|right|top|bottom|bar|section|content|block|panel|\d+))*"
)
_ARTICLES: tuple[frozenset[str], ...] = (
    frozenset({"itemprop=articleBody"}),
    frozenset({"#js_content"}),  # WeChat
    frozenset(
        {
            ".entry-content",
            ".post-content",
            ".post_content",
            ".post-body",
            ".article-content",
            ".article-body",
            ".entry",
        }
    ),
    frozenset({"#artibody", ".artibody", "#article_content", ".article_content", ".arc_body", ".Article_Content"}),
    frozenset(
        {".t_f", ".TRS_Editor", "#zoom", "#ContentBody", "#newsContent", ".news_content", ".content_area", ".RichText"}
    ),
    frozenset({"article"}),
    frozenset({"main", "role=main"}),
    frozenset({"#content", ".content"}),
)
"""Where content management systems put the article, the surest first; names are compared as they are written."""
_MOST_OF_IT = 0.5


def walk(root: Node) -> Iterator[tuple[bool, Any]]:
    """Yield each node as it is entered (True) and, elements alone, left (False); without recursion, however deep."""
    stack: list[tuple[bool, Any]] = [(True, root)]
    while stack:
        is_entered, node = stack.pop()
        yield is_entered, node
        if is_entered and isinstance(node, Node):
            stack.append((False, node))
            stack.extend((True, child) for child in reversed(node.children or []))


def value(element: Node, name: str) -> str:
    """Return an attribute, or nothing."""
    return (element.attrs or {}).get(name) or ""


def _is_hidden(element: Node) -> bool:
    """Say whether an element is on the page only for machines."""
    attributes = element.attrs or {}
    classes = value(element, "class").lower().split()
    return (
        "hidden" in attributes
        or value(element, "aria-hidden") == "true"
        or bool(_HIDING.search(value(element, "style")))
        or not _HIDDEN.isdisjoint(classes)
    )


def _is_around(element: Node) -> bool:
    """Say whether an element is what a page has around its article: navigation, advertisements, comments."""
    if element.name in AROUND or value(element, "role") in {
        "navigation",
        "complementary",
        "contentinfo",
        "search",
        "banner",
    }:
        return True
    names = [*value(element, "class").lower().split(), value(element, "id").lower()]
    return any(_FURNITURE.fullmatch(name) for name in names)


@dataclass(frozen=True)
class Layout:
    """Where a page has its article; what stands around that is looked through for facts, what is unseen is not."""

    article: Node
    around: frozenset[int]
    unseen: frozenset[int]
    hidden: frozenset[int]

    def is_hidden(self, node: Node) -> bool:
        """Say whether somebody took care that an element is not seen."""
        return id(node) in self.hidden

    def is_unseen(self, node: Node) -> bool:
        """Say whether a reader of the page sees nothing of an element."""
        return id(node) in self.unseen

    def is_around(self, node: Node) -> bool:
        """Say whether an element stands around the article."""
        return id(node) in self.around


def layout(document: JustHTML) -> Layout:
    """Find the article on a page; where it cannot be told from the rest, everything that is seen is the article."""
    body = document.query_one("body") or document.root
    elements = [
        node for is_entered, node in walk(body) if is_entered and not isinstance(node, Text) and node is not body
    ]
    hidden = frozenset(id(node) for node in elements if _is_hidden(node))
    unseen = hidden | {id(node) for node in elements if node.name in UNSEEN}
    seen = _letters(body, unseen)
    most = seen[id(body)] * _MOST_OF_IT
    around = frozenset(id(node) for node in elements if _is_around(node) and seen[id(node)] <= most)
    read = _letters(body, unseen | around)
    return Layout(_article(body, elements, read), around, unseen, hidden)


def _article(body: Node, elements: Sequence[Node], letters: dict[int, int]) -> Node:
    """Return the element that holds the greater part of what is read, as content management systems call it."""
    large = [node for node in elements if letters[id(node)] > letters[id(body)] * _MOST_OF_IT]
    called = [(node, _names(node)) for node in large]
    for names in _ARTICLES:
        found = [node for node, own in called if not names.isdisjoint(own)]
        if found:
            return max(found, key=lambda node: letters[id(node)])
    return body


def _names(element: Node) -> set[str]:
    """Return what an element can be told by."""
    classes = {f".{name}" for name in value(element, "class").split()}
    said = {f"{name}={value(element, name)}" for name in ("role", "itemprop")}
    return {element.name, f"#{value(element, 'id')}"} | classes | said


def _letters(body: Node, left_out: frozenset[int]) -> dict[int, int]:
    """Count the letters of each element; what is left out has none."""
    counts: dict[int, int] = {}
    totals = [0]
    for is_entered, node in walk(body):
        if isinstance(node, Text):
            totals[-1] += len((node.data or "").strip())
        elif is_entered:
            totals.append(0)
        else:
            total = 0 if id(node) in left_out else totals[-1]
            counts[id(node)] = total
            totals.pop()
            totals[-1] += total
    return counts
