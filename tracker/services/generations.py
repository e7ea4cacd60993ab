"""Generations of pages: one with another look is made beside the live one, and then readers are flipped to it."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, literal, select, update

from tracker.db import db
from tracker.models import Generation, Page
from tracker.render import program
from tracker.render.assets import ASSETS
from tracker.render.site import Site

ASSETS_KEPT = timedelta(days=7)
"""How long style sheets outlive the last pages that name them: for who has such a page open or fetched it to show it later,
and for the desk of a program that still runs beside a newer one."""


def locked() -> list[Generation]:
    """Return every generation, and let nobody else change pages until this transaction ends.

    Who makes pages of articles that are not its own act asks before it reads them: what it read while it waited would be old.
    """
    return list(db.session.scalars(select(Generation).order_by(Generation.id).with_for_update()))


def fits(site: Site) -> bool:
    """Say whether the live generation was made with the templates and settings of now."""
    return _live() == site.fingerprint()


def is_behind(site: Site) -> bool:
    """Say whether readers see other settings than those of now, and nothing but the settings differs.

    What another program made is not ours to replace: two of them at once would never end.
    """
    live = _mine(site)
    return live is not None and (live.settings_id or 0) != site.version and live.fingerprint != site.fingerprint()


def is_left_behind(site: Site) -> bool:
    """Say whether readers see other settings than those of now, and no worker of this program brings them onto the pages:
    another program made these, or this one at another address. `tracker sync` makes them again.
    """
    live, mine = _live(), site.fingerprint()
    return live is not None and not program.is_same(live, mine) and not program.is_set_alike(live, mine)


def took_all(site: Site) -> bool:
    """Say whether this program took every file there was when it last looked; not, while the pages are another's."""
    live = _mine(site)
    return live is not None and live.took_all


def note_whether_all(site: Site, took_all: bool) -> None:
    """Keep with the live generation whether every file was taken, if this program made it."""
    if live := _mine(site):
        live.took_all = took_all


def _live() -> str | None:
    """Return the fingerprint of what readers see."""
    return db.session.scalar(select(Generation.fingerprint).where(Generation.is_live))


def of_program(site: Site) -> list[Generation]:
    """Return the generations that this program made, with whatever settings."""
    mine = site.fingerprint()
    return [each for each in db.session.scalars(select(Generation)) if program.is_same(each.fingerprint, mine)]


def _mine(site: Site) -> Generation | None:
    """Return the live generation, if this program made it, with whatever settings."""
    return next((each for each in of_program(site) if each.is_live), None)


def begin(site: Site, now: datetime) -> Generation:
    """Start a generation beside the live one, or take up the one that another run began from the same.

    One begun from other templates or settings is thrown away: only a finished one ever goes live.
    """
    fingerprint = site.fingerprint()
    _drop(~Generation.is_live, Generation.fingerprint != fingerprint)
    begun = db.session.scalar(select(Generation).where(~Generation.is_live))
    if begun is not None:
        return begun
    generation = Generation(fingerprint=fingerprint, is_live=False, created_at=now, settings_id=site.version or None)
    db.session.add(generation)
    db.session.flush()
    return generation


def go_live(generation_id: int, fingerprint: str, now: datetime) -> None:
    """Flip readers to a finished generation and drop the one before; nothing, when a later run threw it away.

    Assets that only the one before names stay for ASSETS_KEPT.
    """
    if (generation_id, fingerprint) not in {(each.id, each.fingerprint) for each in locked()}:
        return
    _hand_over_assets(generation_id, now)
    db.session.execute(update(Generation).where(Generation.is_live).values(is_live=False))
    db.session.execute(update(Generation).where(Generation.id == generation_id).values(is_live=True))
    _drop(~Generation.is_live)


def _hand_over_assets(generation_id: int, now: datetime) -> None:
    """Move what only the live generation has of them. A row past its time is answered by nobody, and the worker takes it away."""
    live = select(Generation.id).where(Generation.is_live).scalar_subquery()
    known = select(Page.path).where(Page.generation_id == generation_id)
    until = literal(now + ASSETS_KEPT, Page.valid_until.type)
    db.session.execute(
        update(Page)
        .where(Page.generation_id == live, Page.path.startswith(ASSETS), Page.path.not_in(known))
        .values(generation_id=generation_id, valid_until=func.coalesce(Page.valid_until, until))
        .execution_options(synchronize_session=False)
    )


def _drop(*which: ColumnElement[bool]) -> None:
    numbers = list(db.session.scalars(select(Generation.id).where(*which).with_for_update()))
    db.session.execute(delete(Page).where(Page.generation_id.in_(numbers)))
    db.session.execute(delete(Generation).where(Generation.id.in_(numbers)))
