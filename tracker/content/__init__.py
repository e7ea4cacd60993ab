"""Markdown files to articles: front matter checked, body to safe HTML with a table of contents."""

from tracker.content.clauses import clauses
from tracker.content.figures import Shown
from tracker.content.files import (
    MAX_BYTES,
    PAGE_TAKEN,
    SLUG_TAKEN,
    CategoryText,
    FixedPage,
    Source,
    body_of,
    read_article,
    read_categories,
    read_page,
    read_pages,
    text_of,
    version,
)
from tracker.content.markdown import Heading, Rendered, mark, plain, render
from tracker.content.pictures import Picture

__all__ = [
    "MAX_BYTES",
    "PAGE_TAKEN",
    "SLUG_TAKEN",
    "CategoryText",
    "FixedPage",
    "Heading",
    "Picture",
    "Rendered",
    "Shown",
    "Source",
    "body_of",
    "clauses",
    "mark",
    "plain",
    "read_article",
    "read_categories",
    "read_page",
    "read_pages",
    "render",
    "text_of",
    "version",
]
