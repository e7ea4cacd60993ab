"""Writing page rows, in the transaction of the act that changes what readers see."""

import gzip
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

import brotli
from sqlalchemy import Integer, and_, bindparam, func, inspect, select, update

from tracker.db import db
from tracker.models import Article, Generation, Page
from tracker.render import pages, places, program
from tracker.render.answer import PICTURES, Answer
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.services import finding, generations, settings

_ANEW = {"populate_existing": True}
_AT_ONCE = 100
_ASKED = 500
A_FEW = 20
"""Pages that are made again in one transaction after an act, so that the next act does not wait long."""

_BROTLI = {"quality": 5, "lgwin": 16}
"""Most of the gain for a tenth of the time, because readers wait for the act; hardly a page is larger than this window."""


def publish(site: Site, articles: Iterable[Article], now: datetime) -> None:
    """Show on every page what readers may see of these articles now, in the live generation and in one being built.

    Their own pages are made again in this act. All others on which they show are put out of date in it, so that nobody gets them
    as they were, and are made again after it (`stale`), once for all acts that came together. What can be searched for
    follows in the same act.
    """
    db.session.flush()
    touched = list(articles)
    finding.index(site, touched, now)
    every = [generation.id for generation in generations.locked()]
    own = {path for article in touched for path in places.own(article)}
    others = {path for article in touched for path in places.others(article, now)} - own
    missing = _missing(every, others)
    write(site, own.union(missing), now)
    for some in batched(sorted(others.difference(missing)), _ASKED):
        known = {"generations": every, "paths": some}
        db.session.execute(_OUT_OF_DATE, known, execution_options={"synchronize_session": False})


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # not now: the clock of another machine may be behind
_ROWS = and_(
    Page.generation_id.in_(bindparam("generations", expanding=True)), Page.path.in_(bindparam("paths", expanding=True))
)
_OUT_OF_DATE = update(Page).where(_ROWS).values(valid_until=_LONG_AGO)
_IN_EVERY = (
    select(Page.path).where(_ROWS).group_by(Page.path).having(func.count() == bindparam("number", type_=Integer()))
)


def write(site: Site, paths: Iterable[str], now: datetime, made_from: str | None = None) -> None:
    """Make these pages again in every generation; a page that is the same is not written.

    With `made_from`, only in the generation with that fingerprint: what is no act leaves the look of the others alone.
    Pages in a generation that another program began name the assets of this one, so they go there too.
    """
    written = [g for g in generations.locked() if made_from in (None, g.fingerprint)]
    if not written:
        return  # nothing is published yet: the first sync writes everything
    mine = site.fingerprint()
    if not all(program.is_same(g.fingerprint, mine) for g in written):
        paths = {*paths, *(asset.path for asset in site.assets.values())}
    looks = {g.id: _look(site, g) for g in written}
    for some in batched(sorted(paths, key=_beside), _AT_ONCE):
        gathered = {look.version: pages.gather(look, some, now) for look in set(looks.values())}
        stored = select(Page).where(Page.generation_id.in_(looks), Page.path.in_(some))
        rows = {(row.generation_id, row.path): row for row in db.session.scalars(stored, execution_options=_ANEW)}
        with db.session.no_autoflush:  # else each question would send the page before it to the database
            for path in some:
                made = {
                    look.version: pages.answer(look, path, now, gathered[look.version]) for look in set(looks.values())
                }
                for generation, look in looks.items():
                    row = rows.get((generation, path)) or Page(generation_id=generation, path=path)
                    _store(row, made[look.version])


def _beside(path: str) -> tuple[str, str]:
    """Sort the same page in both scripts side by side: it is gathered once."""
    language, rest = pages.parted(path)
    return rest, language


def batched(paths: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Yield a few at a time."""
    for start in range(0, len(paths), most):
        yield paths[start : start + most]


def _look(site: Site, generation: Generation) -> Site:
    """Return the site as a generation shows it: what was set after it was begun waits for the next one."""
    return settings.as_of(site, generation.settings_id or 0)


def live(site: Site) -> Site:
    """Return the site as readers see it now, for a page that is made for a single request."""
    generation = db.session.scalar(select(Generation).where(Generation.is_live))
    return _look(site, generation) if generation else site


def stale(site: Site, now: datetime, but: Collection[str] = ()) -> tuple[str, list[str]]:
    """Return a few of the pages that an act or time has put out of date, and the fingerprint of their generation.

    Until `write` makes them again, each reader's is made anew. Only of generations of this program: in another's they would have
    another look. `but` are left out.
    """
    for generation in generations.of_program(site):
        found = select(Page.path).where(Page.generation_id == generation.id, Page.valid_until <= now)
        paths = db.session.scalars(found.where(Page.path.not_in(but)).limit(_ASKED))
        if few := sorted(paths, key=_beside)[:A_FEW]:
            return generation.fingerprint, few
    return "", []


def turn(site: Site, now: datetime) -> None:
    """Make again the words to search for whose time has run out, and pages that come with an article that comes back by itself.

    These were not there, so they have no row whose time could run out.
    """
    every = [generation.id for generation in generations.locked()]
    turned = finding.behind(now)
    finding.index(site, turned, now)
    write(site, _missing(every, (path for article in turned for path in places.alone(article))), now)


def _missing(every: Sequence[int], paths: Iterable[str]) -> list[str]:
    """Return those of these addresses that lack a row in some generation."""
    wanted, asked = sorted(set(paths)), {"generations": every, "number": len(every)}
    known = {
        path for some in batched(wanted, _ASKED) for path in db.session.scalars(_IN_EVERY, {"paths": some, **asked})
    }
    return [path for path in wanted if path not in known]


def _store(row: Page, answer: Answer | None) -> None:
    is_new = inspect(row).transient
    if answer is None:
        if not is_new:
            db.session.delete(row)
        return
    if is_new:
        db.session.add(row)
    elif row.body == answer.body and (row.status, row.headers, row.valid_until) == (
        answer.status,
        answer.stored_headers,
        answer.valid_until,
    ):
        return
    row.status, row.headers, row.etag = answer.status, answer.stored_headers, answer.etag
    row.valid_until = answer.valid_until
    row.body = answer.body
    if row.path.startswith(PICTURES):
        row.body_gzip = row.body_br = b""
        return
    row.body_gzip = gzip.compress(answer.body, 6, mtime=0)
    row.body_br = brotli.compress(answer.body, **_BROTLI)


def etag_of(article: Article) -> str | None:
    """Return the entity tag that readers have of an article's page, if it has one."""
    live = select(Generation.id).where(Generation.is_live).scalar_subquery()
    return db.session.scalar(select(Page.etag).where(Page.generation_id == live, Page.path == path_of(article)))
