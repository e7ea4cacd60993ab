"""Before the form: choose what it is about, and read what is needed, why, and what happens."""

from flask import Blueprint, Response, abort, request

from tracker import clock
from tracker.domain.categories import BY_SLUG, CATEGORIES
from tracker.queries import reporting
from tracker.views.access import public
from tracker.views.http import open_page, site

blueprint = Blueprint("guide", __name__, url_prefix="/report")


@blueprint.get("")
@public
def choose() -> Response:
    article = reporting.article_of(site(), request.args.get("article", ""), clock.now())
    carried = reporting.carried(article, request.args)
    parts = reporting.parts(lambda category: f"/report/{category.slug}{carried}")
    passage = reporting.passage_in(request.args) if article else ""
    return open_page(
        "report/choose.html", request.path + carried, article=article, passage=passage, parts=parts, carried=carried
    )


@blueprint.get("/about/<slug>")
@public
def about(slug: str) -> Response:
    category = BY_SLUG.get(slug) or abort(404)
    article = reporting.article_of(site(), request.args.get("article", ""), clock.now())
    carried = reporting.carried(article, request.args)
    return open_page(
        "report/about.html",
        request.path + carried,
        category=category,
        promises=reporting.promises(site(), category, clock.now()),
        others=[other for other in CATEGORIES.values() if other.group is category.group and other is not category],
        carried=carried,
    )
