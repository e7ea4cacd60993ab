"""Search over the articles that readers may see."""

from urllib.parse import quote

from flask import Blueprint, Response, request

from tracker import clock
from tracker.queries import search, search_cure
from tracker.render.site import everywhere
from tracker.views.access import public
from tracker.views.http import language, packed, page, site

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@public
def results() -> Response:
    query, after, now = search.cleaned(request.args.get("q", "")), request.args.get("after", ""), clock.now()
    found = search.articles(site(), query, language(), now, after)
    is_empty = found.has_words and not found.hits and not found.next and not after
    return packed(
        page(
            "site/search.html",
            query=query,
            found=found,
            is_first=not after,
            elsewhere=search_cure.elsewhere(site(), query, language(), now) if is_empty else [],
            instead=search_cure.instead(query, language(), now) if is_empty else [],
            alternates=everywhere(f"/search?q={quote(query)}" if query else "/search"),
        )
    )
