"""Who proposes and who approves, and the site that asks for both."""

from datetime import datetime

import pytest
from flask import Flask

from tests.four_eyes import ask_for
from tests.staff import make_case, make_member
from tracker.domain.roles import Role
from tracker.models import Account, Case
from tracker.render.site import Site


@pytest.fixture
def lin(app: Flask) -> Account:
    return make_member("lin@example.org", Role.REVIEWER, "林")


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


@pytest.fixture
def strict(site: Site, now: datetime) -> Site:
    return ask_for(site, now, outcomes="removed\nwithheld\nlabelled\npassage_withheld\nrestored")
