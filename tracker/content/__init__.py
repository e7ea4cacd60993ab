"""Markdown files to articles: front matter checked, body to safe HTML with a table of contents."""

from tracker.content.clauses import clauses
from tracker.content.files import (
    MAX_BYTES,
    CategoryText,
    FixedPage,
    Source,
    body_of,
    read_article,
    read_categories,
    read_page,
    text_of,
)
from tracker.content.markdown import Heading, Rendered, mark, plain, render

__all__ = [
    "MAX_BYTES",
    "CategoryText",
    "FixedPage",
    "Heading",
    "Rendered",
    "Source",
    "body_of",
    "clauses",
    "mark",
    "plain",
    "read_article",
    "read_categories",
    "read_page",
    "render",
    "text_of",
]
