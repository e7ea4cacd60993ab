"""The rules of the house, held by a test; each is shown to catch a planted violation."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config import ROOT
from tests import factories
from tracker.db import db
from tracker.render.site import Site

MAX_FUNCTION = 50
MAX_MODULE = 300

LAYERS: tuple[tuple[str, ...], ...] = (
    ("wsgi", "migrations"),
    ("tracker.cli", "tracker.__main__"),
    ("tracker.app",),
    ("tracker.edge", "tracker.views", "tracker.api"),
    ("tracker.forms", "tracker.services"),
    ("tracker.mail", "tracker.queries"),
    ("tracker.render",),
    ("tracker.content",),
    ("tracker.models",),
    ("tracker.db", "tracker.clock"),
    ("config",),
    ("tracker.domain",),
)
"""From the outside in: a module imports from its own row or from one further down. config stands low: all may be given it."""

BESIDE = {"tracker.views": {"tracker.views.access", "tracker.views.http", "tracker.views.errors", "tracker.views.due"}}
"""What modules of a layer may import from beside them; elsewhere anything in the layer."""

Complaints = Iterator[str]


def modules(root: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """Return every module of the program with its dotted name and its syntax tree."""
    files = [root / "config.py", root / "wsgi.py", *sorted((root / "tracker").rglob("*.py"))]
    for file in (file for file in files if file.exists()):
        name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        yield name, file, ast.parse(file.read_text(encoding="utf-8"))


def layer(name: str) -> int | None:
    for depth, row in enumerate(LAYERS):
        if any(name == prefix or name.startswith(f"{prefix}.") for prefix in row):
            return depth
    return None


def imported(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{base}.{alias.name}", node


def imports_point_down(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for target, node in imported(tree):
            here, there = layer(name), layer(target)
            if target.startswith("."):
                yield f"{name}:{node.lineno} imports relatively"
            elif there is not None and (here is None or there < here) and name != "tracker":
                yield f"{name}:{node.lineno} imports {target} from above"


def views_leave_each_other_alone(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for prefix, allowed in BESIDE.items():
            if not name.startswith(f"{prefix}."):
                continue
            for target, node in imported(tree):
                if target.startswith(f"{prefix}.") and not any(target.startswith(known) for known in allowed):
                    yield f"{name}:{node.lineno} imports {target} from beside it"


def domain_is_pure(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        if name.startswith("tracker.domain"):
            for target, node in imported(tree):
                if target.split(".")[0] not in sys.stdlib_module_names and not target.startswith("tracker.domain"):
                    yield f"{name}:{node.lineno} imports {target}"


def services_know_no_flask(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        if name.startswith(
            ("tracker.services", "tracker.queries", "tracker.render", "tracker.models", "tracker.content")
        ):
            for target, node in imported(tree):
                if target.split(".")[0] in {"flask", "flask_wtf", "flask_mail", "werkzeug"}:
                    yield f"{name}:{node.lineno} imports {target}"


def imports_stand_at_the_top(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for target, inner in imported(node):
                    yield f"{name}:{inner.lineno} imports {target} inside {node.name}"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def there_is_one_commit(root: Path) -> Complaints:
    found = [
        f"{name}:{call.lineno}"
        for name, _, tree in modules(root)
        for said, call in calls(tree)
        if said.endswith(".commit")
    ]
    if len(found) != 1 or not found[0].startswith("tracker.db:"):
        yield f"commits at {found}"


def there_is_one_clock(root: Path) -> Complaints:
    looks = re.compile(r"(^|\.)(datetime\.now|datetime\.utcnow|date\.today|datetime\.today|time\.time)$")
    for name, _, tree in modules(root):
        if name != "tracker.clock":
            for said, call in calls(tree):
                if looks.search(said):
                    yield f"{name}:{call.lineno} looks at the clock: {said}"


def one_module_reads_the_environment(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and ast.unparse(node) in {"os.environ", "os.getenv"}
                and name != "config"
            ):
                yield f"{name}:{node.lineno} reads the environment"


def functions_are_short(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION:
                    yield f"{name}.{node.name} has {length} lines"


def modules_are_short(root: Path) -> Complaints:
    for name, file, _ in modules(root):
        length = len(file.read_text(encoding="utf-8").splitlines())
        if length > MAX_MODULE:
            yield f"{name} has {length} lines"


def promises_are_written(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        if not ast.get_docstring(tree):
            yield f"{name} does not say what lives there"
        if name.startswith(("tracker.domain", "tracker.services")):
            for node in tree.body:
                is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
                if is_public and not ast.get_docstring(node):  # type: ignore[arg-type]
                    yield f"{name}:{node.lineno} makes no promise"


def markup_is_made_in_few_places(root: Path) -> Complaints:
    known = {"tracker.render.pages", "tracker.queries.search", "tracker.queries.case_file", "tracker.views.cases"}
    for name, _, tree in modules(root):
        for said, call in calls(tree):
            if said.split(".")[-1] == "Markup" and name not in known:
                yield f"{name}:{call.lineno} makes markup"
    for file in sorted((root / "tracker" / "templates").rglob("*.html")):
        if re.search(r"\|\s*safe\b", file.read_text(encoding="utf-8")):
            yield f"{file.name} calls something safe"


def each_mail_is_a_set_of_three(root: Path) -> Complaints:
    folder = root / "tracker" / "templates" / "mail"
    names = {file.name.partition(".")[0] for file in folder.glob("[!_]*")}
    for name in sorted(names):
        for part in (".subject.txt", ".txt", ".html"):
            if not (folder / f"{name}{part}").exists():
                yield f"mail {name} has no {part}"


RULES: dict[Callable[[Path], Complaints], tuple[str, str]] = {
    imports_point_down: ("tracker/models/planted.py", "from tracker.services import audit\n"),
    views_leave_each_other_alone: ("tracker/views/planted.py", "from tracker.views.desk import blueprint\n"),
    domain_is_pure: ("tracker/domain/planted.py", "import sqlalchemy\n"),
    services_know_no_flask: ("tracker/services/planted.py", "from flask import current_app\n"),
    imports_stand_at_the_top: ("tracker/services/planted.py", "def f() -> None:\n    import json\n"),
    there_is_one_commit: ("tracker/services/planted.py", "def f(session):\n    session.commit()\n"),
    there_is_one_clock: ("tracker/services/planted.py", "from datetime import datetime\n\nNOW = datetime.now()\n"),
    one_module_reads_the_environment: ("tracker/mail/planted.py", "import os\n\nX = os.environ['X']\n"),
    functions_are_short: ("tracker/views/planted.py", "def f():\n" + "    pass\n" * 60),
    modules_are_short: ("tracker/views/planted.py", "x = 1\n" * 301),
    promises_are_written: ("tracker/services/planted.py", '"""Doc."""\n\n\ndef act():\n    return 1\n'),
    markup_is_made_in_few_places: ("tracker/views/planted.py", "x = Markup('<b>')\n"),
    each_mail_is_a_set_of_three: ("tracker/templates/mail/planted.txt", "hello\n"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_program_keeps_the_rule(rule: Callable[[Path], Complaints]) -> None:
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_planted_violation_is_caught(rule: Callable[[Path], Complaints], tmp_path: Path) -> None:
    (tmp_path / "tracker" / "templates" / "mail").mkdir(parents=True)
    (tmp_path / "tracker" / "db.py").write_text('"""Doc."""\n\n\ndef f(s):\n    s.commit()\n')
    assert list(rule(tmp_path)) == []
    place, violation = RULES[rule]
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text(violation)
    assert list(rule(tmp_path)) != []


def test_the_rules_load_no_framework() -> None:
    names = [name for name, _, _ in modules(ROOT) if name.startswith("tracker.domain")]
    check = "import sys, importlib; [importlib.import_module(n) for n in sys.argv[1:]]; print({'flask', 'sqlalchemy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", check, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


# what only the assembled application can show


@pytest.fixture
def routes(app: Flask) -> list[tuple[str, set[str], object]]:
    return [(rule.rule, rule.methods or set(), app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]


def test_every_route_carries_one_access_rule(routes: list[tuple[str, set[str], object]]) -> None:
    assert [path for path, _, view in routes if not hasattr(view, "access")] == []


def test_addresses_are_kebab_case(routes: list[tuple[str, set[str], object]]) -> None:
    fixed = [re.sub(r"<[^>]+>", "", path) for path, _, _ in routes]
    assert [path for path in fixed if not re.fullmatch(r"[a-z0-9/.-]*", path)] == []


def test_a_route_either_shows_or_changes(routes: list[tuple[str, set[str], object]]) -> None:
    shows, changes = {"GET", "HEAD", "OPTIONS"}, {"POST", "OPTIONS"}
    both = {path for path, methods, _ in routes if not (methods <= shows or methods <= changes)}
    assert both == {"/account/sign-in", "/account/forgotten"}  # a form whose errors show at its own address


def test_asking_for_any_address_changes_nothing(
    client: FlaskClient, site: Site, now: datetime, routes: list[tuple[str, set[str], object]]
) -> None:
    factories.withhold(site, factories.publish(site, "lixi", now), now)
    before = everything_stored()
    for path, methods, _ in routes:
        if "GET" in methods:
            address = re.sub(r"<[^>]*path>|<[^>]+>", "1", path)
            for query in ("", "?article=lixi&code=X&q=1&next=/desk/&state=decided"):
                assert client.get(address + query).status_code < 500, address
    assert everything_stored() == before


def everything_stored() -> list[list[tuple[object, ...]]]:
    db.session.rollback()
    return [[tuple(row) for row in db.session.execute(select(table))] for table in db.metadata.sorted_tables]
