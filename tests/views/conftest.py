"""Who uses the desk and the pages of the parties in most tests of views, and the case and receipt they meet there."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories
from tests.notifier import fill, submit
from tests.publisher import Holder, Publisher
from tests.staff import make_case, make_member, signed_in
from tracker import clock
from tracker.db import transaction
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.models import Account, Case
from tracker.render.site import Site
from tracker.services import settings


@pytest.fixture
def browser(app: Flask, mei: Account) -> FlaskClient:
    return signed_in(app, mei)


@pytest.fixture
def lin(app: Flask) -> FlaskClient:
    """The browser of a second moderator."""
    return signed_in(app, make_member("lin@example.org", name="林"))


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    return signed_in(app, make_member("lin@example.org", Role.REVIEWER, "林"))


@pytest.fixture
def jia(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN, "贾")


@pytest.fixture
def admin(app: Flask, jia: Account) -> FlaskClient:
    return signed_in(app, jia)


@pytest.fixture
def strict(site: Site, jia: Account) -> Site:
    """The site where withholding and removing take two people."""
    with transaction():
        settings.put(site, jia, 0, {"approval_outcomes": "withheld\nremoved"}, clock.now())
    return settings.in_force(site)


@pytest.fixture
def case(site: Site) -> Case:
    return make_case(site, clock.now())


@pytest.fixture
def withheld(site: Site, now: datetime, case: Case) -> Case:
    factories.decide(site, case, Outcome.WITHHELD, now)
    return case


@pytest.fixture
def holder(client: FlaskClient, site: Site) -> Holder:
    return lambda case, prefix="": Publisher(client, site, case, prefix)


@pytest.fixture
def pair(client: FlaskClient) -> tuple[str, str]:
    """Reference and code of a notice that was sent."""
    return submit(client)


@pytest.fixture
def place(client: FlaskClient) -> str:
    """The address of a draft that is ready to be checked."""
    return fill(client).location.removesuffix("/check")


@pytest.fixture
def wait(tmp_path: Path) -> Iterator[Callable[[timedelta], None]]:
    """Let time pass for whoever asks the program's clock."""
    offset = tmp_path / "offset"

    def passed(length: timedelta) -> None:
        offset.write_text(str(length.total_seconds()))
        clock.follow(offset)

    yield passed
    clock.follow(None)
