"""The rules of the house, held by a test; each is shown to catch a planted violation."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from tests import factories
from tests.factories import stored
from tests.rules import (
    Complaints,
    domain_is_pure,
    each_mail_has_a_template,
    every_route_carries_one_access_rule,
    functions_are_short,
    imports_point_down,
    imports_stand_at_the_top,
    markup_is_made_in_few_places,
    modules,
    modules_are_short,
    one_module_reads_the_environment,
    promises_are_written,
    services_know_no_flask,
    there_is_one_clock,
    there_is_one_commit,
    views_leave_each_other_alone,
    what_is_asked_for_by_get_opens_no_transaction,
)
from tracker.render.site import Site

S, V = "tracker/services/planted.py", "tracker/views/planted.py"
RULES: dict[Callable[[Path], Complaints], list[tuple[str, str]]] = {
    imports_point_down: [
        ("tracker/models/planted.py", "from tracker.services import audit\n"),
        ("tracker/domain/planted.py", "import tracker.db\n"),
        ("tracker/app.py", "from tracker.cli import main\n"),
        ("config.py", "from tracker.clock import now\n"),
        ("tracker/edge.py", "from tracker.views import desk\n"),
        (S, "from tracker.forms.base import Form\n"),
        (S, "from . import audit\n"),
    ],
    views_leave_each_other_alone: [
        (V, "from tracker.views.desk import blueprint\n"),
        (V, "from tracker.views import desk\n"),
    ],
    domain_is_pure: [("tracker/domain/planted.py", "import sqlalchemy\n")],
    services_know_no_flask: [(S, "from flask import current_app\n"), (S, "import werkzeug.exceptions\n")],
    imports_stand_at_the_top: [(S, "def f() -> None:\n    import json\n")],
    there_is_one_commit: [
        (S, "def f(session):\n    session.commit()\n"),
        (S, "def f(session, later):\n    later(session.commit)\n"),
        ("migrations/env.py", "connection.commit()\n"),
    ],
    there_is_one_clock: [
        (S, "from datetime import datetime\n\nNOW = datetime.now()\n"),
        (S, "import datetime\n\nNOW = datetime.datetime.now(datetime.UTC)\n"),
        (S, "import datetime\n\nmake = field(default_factory=datetime.date.today)\n"),
        (S, "from time import time\n"),
        ("tracker/models/planted.py", "at = mapped_column(default=func.now())\n"),
    ],
    one_module_reads_the_environment: [
        ("tracker/mail/planted.py", "import os\n\nX = os.environ['X']\n"),
        ("tracker/mail/planted.py", "from os import getenv\n"),
    ],
    functions_are_short: [(V, "def f():\n" + "    pass\n" * 50), (V, "async def f():\n" + "    pass\n" * 50)],
    modules_are_short: [(V, "x = 1\n" * 301)],
    promises_are_written: [
        (V, "x = 1\n"),
        (S, '"""Doc."""\n\n\ndef act():\n    return 1\n'),
        (S, '"""Doc."""\n\n\nclass Act:\n    """Doc."""\n\n    def run(self):\n        return 1\n'),
    ],
    every_route_carries_one_access_rule: [
        (V, "@blueprint.get('/x')\ndef x():\n    return ''\n"),
        (V, "@blueprint.get('/x')\n@public\n@needs(Permission.DECIDE)\ndef x():\n    return ''\n"),
        (V, "@blueprint.get('/x')\n@needs(A)\n@access.needs(B)\ndef x():\n    return ''\n"),
    ],
    what_is_asked_for_by_get_opens_no_transaction: [
        (V, "@blueprint.get('/x')\n@public\ndef x():\n    with transaction():\n        pass\n"),
        (V, "@blueprint.route('/x')\n@public\ndef x():\n    with transaction():\n        pass\n"),
    ],
    markup_is_made_in_few_places: [
        (V, "x = markupsafe.Markup('<b>')\n"),
        (V, "from markupsafe import Markup as Safe\n"),
        ("tracker/templates/planted.html", "{{ x | safe }}"),
        ("tracker/templates/planted.xml", "{% autoescape false %}{{ x }}{% endautoescape %}"),
    ],
    each_mail_has_a_template: [
        ("tracker/templates/mail/planted.txt", "hello\n"),
        (S, "compose(site, 'planted', cause='x')\n"),
    ],
}
PLANTED = [(rule, *planted) for rule, violations in RULES.items() for planted in violations]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_program_keeps_the_rule(rule: Callable[[Path], Complaints]) -> None:
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize(("rule", "place", "violation"), PLANTED)
def test_a_planted_violation_is_caught(
    rule: Callable[[Path], Complaints], place: str, violation: str, tmp_path: Path
) -> None:
    (tmp_path / "tracker" / "templates" / "mail").mkdir(parents=True)
    (tmp_path / "tracker" / "db.py").write_text('"""Doc."""\n\n\ndef f(s):\n    s.commit()\n')
    assert list(rule(tmp_path)) == []
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text(violation)
    assert list(rule(tmp_path)) != []


def test_the_rules_load_no_framework() -> None:
    names = [name for name, _, _ in modules(ROOT) if name.startswith("tracker.domain")]
    check = "import sys, importlib; [importlib.import_module(n) for n in sys.argv[1:]]; print({'flask', 'sqlalchemy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", check, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


# what only the assembled application can show


def routes(app: Flask) -> list[tuple[str, set[str], object]]:
    return [(rule.rule, rule.methods or set(), app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]


def complaints_about_routes(app: Flask) -> Complaints:
    """Complain of addresses and methods; a form whose errors show at its own address may both show and change."""
    for path, methods, view in routes(app):
        if not hasattr(view, "access"):
            yield f"{path} carries no access rule"
        if not re.fullmatch(r"[a-z0-9/.-]*", re.sub(r"<[^>]+>", "", path)):
            yield f"{path} is not in kebab-case"
        if not methods <= {"GET", "HEAD", "OPTIONS", "POST"}:
            yield f"{path} answers {methods}"
        if {"GET", "POST"} <= methods and path not in {"/account/sign-in", "/account/forgotten"}:
            yield f"{path} shows and changes"


def test_every_route_keeps_the_rules(app: Flask) -> None:
    assert list(complaints_about_routes(app)) == []


@pytest.mark.parametrize(
    ("path", "methods", "complaint"),
    [
        ("/planted", ["GET"], "access"),
        ("/planted_route", ["GET"], "kebab"),
        ("/Planted/<int:number>", ["GET"], "kebab"),
        ("/planted", ["PUT"], "answers"),
        ("/planted", ["GET", "POST"], "shows and changes"),
    ],
)
def test_a_planted_route_is_caught(own_app: Flask, path: str, methods: list[str], complaint: str) -> None:
    view = lambda: ""  # noqa: E731
    if complaint != "access":
        view.access = None  # type: ignore[attr-defined]
    own_app.add_url_rule(path, "planted", view, methods=methods)
    assert [complaint in said for said in complaints_about_routes(own_app)] == [True]


def test_asking_for_any_address_changes_nothing(app: Flask, client: FlaskClient, site: Site, now: datetime) -> None:
    factories.withhold(site, factories.publish(site, "lixi", now), now)
    before = stored()
    for path, methods, _ in routes(app):
        if "GET" in methods:
            address = re.sub(r"<[^>]*path>|<[^>]+>", "1", path)
            for query in ("", "?article=lixi&code=X&q=1&next=/desk/&state=decided"):
                assert client.get(address + query).status_code < 500, address
    assert stored() == before
