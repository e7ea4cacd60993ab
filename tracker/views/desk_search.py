"""The desk's search: over notices, articles and messages."""

from flask import Blueprint, Response, g, request

from tracker.domain.errors import N_
from tracker.domain.roles import Permission
from tracker.domain.text import word
from tracker.models import EntryKind
from tracker.queries import concerns, desk_search
from tracker.queries.search import cleaned
from tracker.views.access import needs
from tracker.views.http import before, page

blueprint = Blueprint("desk_search", __name__, url_prefix="/desk")

KINDS: dict[EntryKind, str] = {
    EntryKind.NOTICE: N_("通知"),
    EntryKind.ARTICLE: N_("文章"),
    EntryKind.MESSAGE: N_("往来"),
}


@blueprint.get("/search")
@needs(Permission.READ_DESK)
def search() -> Response:
    query = cleaned(request.args.get("q", ""))
    kind, start = word(EntryKind, request.args.get("kind")), before()
    found = desk_search.search(query, kind, start)
    kept_from = concerns.kept_from(g.account, {case for hit in found.hits for case in hit.beside})
    return page(
        "desk/search.html",
        query=query,
        kind=kind,
        kinds=KINDS,
        found=found,
        hits=[hit for hit in found.hits if not hit.beside & kept_from],
        named=desk_search.case_named(query),
        is_first=start is None,
    )
