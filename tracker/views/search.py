"""Search over the articles that readers may see."""

from flask import Blueprint, Response, request

from tracker import clock
from tracker.queries import search
from tracker.views.access import public
from tracker.views.http import language, page, site

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@public
def results() -> Response:
    query = search.cleaned(request.args.get("q", ""))
    after = request.args.get("after", "")
    found = search.articles(site(), query, language(), clock.now(), after)
    return page("site/search.html", query=query, found=found, is_first=not after)
