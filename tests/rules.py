"""The rules of the house, each a function over a source tree that yields what breaks it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_FUNCTION = 50
MAX_MODULE = 300

LAYERS: tuple[tuple[str, ...], ...] = (
    ("wsgi", "migrations"),
    ("tracker.cli", "tracker.__main__"),
    ("tracker.app",),
    ("tracker.edge", "tracker.reads", "tracker.views", "tracker.api"),
    ("tracker.forms", "tracker.services"),
    ("tracker.mail", "tracker.queries"),
    ("tracker.render",),
    ("tracker.content",),
    ("tracker.models",),
    ("tracker.db", "tracker.page_reader", "tracker.turn", "tracker.clock", "tracker.calendars"),
    ("config",),
    ("tracker.contact",),
    ("tracker.domain",),
)
"""From the outside in: a module imports from its own row or from one further down. config stands low: all may be given it."""

BESIDE = {
    "tracker.views": {
        "tracker.views.access",
        "tracker.views.http",
        "tracker.views.errors",
        "tracker.views.due",
        "tracker.views.case_page",
        "tracker.views.notice_form",
        "tracker.views.acting",
        "tracker.views.proposing",
        "tracker.views.going_on",
    }
}
"""What modules of a layer may import from beside them; elsewhere anything in the layer."""

STRANGERS = (("tracker.edge", "tracker.views", "tracker.api"), ("tracker.forms", "tracker.services"))
"""Layers at one height that do not know each other."""

ACCESS_RULES = {"public", "needs"}
MARKUP_MAKERS = {
    "tracker.content.pieces",
    "tracker.render.article",
    "tracker.render.excerpt",
    "tracker.render.linked",
    "tracker.render.said",  # what a template says, as Jinja itself would
    "tracker.render.once",
    "tracker.render.pages",
    "tracker.queries.case_file",
}
CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime)|func\.(now|current_timestamp))$"
)

Complaints = Iterator[str]


def modules(root: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """Return every module of the program with its dotted name and its syntax tree."""
    files = [
        *(root / name for name in ("config.py", "wsgi.py", "migrations/env.py")),
        *sorted((root / "tracker").rglob("*.py")),
    ]
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
            for row in STRANGERS:
                mine, theirs = ([p for p in row if f"{it}.".startswith(f"{p}.")] for it in (name, target))
                if mine and theirs and mine != theirs:
                    yield f"{name}:{node.lineno} imports {target}, a stranger"


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


def named(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Return what is reached through a dot or imported by name, whether it is called there or handed on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno
    yield from ((target, node.lineno) for target, node in imported(tree))


def there_is_one_commit(root: Path) -> Complaints:
    found = [f"{name}:{line}" for name, _, tree in modules(root) for it, line in named(tree) if it.endswith(".commit")]
    if len(found) != 1 or not found[0].startswith("tracker.db:"):
        yield f"commits at {found}"


def there_is_one_clock(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for it, line in named(tree):
            if CLOCKS.search(it) and name != "tracker.clock":
                yield f"{name}:{line} looks at the clock: {it}"


def one_module_reads_the_environment(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for it, line in named(tree):
            if re.fullmatch(r"os\.(environb?|getenvb?|putenv)", it) and name != "config":
                yield f"{name}:{line} reads the environment"


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
            for node in public(tree):
                if not ast.get_docstring(node):
                    yield f"{name}:{node.lineno} makes no promise"


def public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Return the functions and classes that others may use, and the methods of these classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def every_route_carries_one_access_rule(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for view, decorators in routes_in(tree):
            rules = [it for it in decorators if it.partition("(")[0].split(".")[-1] in ACCESS_RULES]
            if len(rules) != 1:
                yield f"{name}.{view.name} carries {rules or 'no access rule'}"


def what_is_asked_for_by_get_opens_no_transaction(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for view, decorators in routes_in(tree):
            is_shown = not any(".post(" in decorator or "POST" in decorator for decorator in decorators)
            if is_shown and any(isinstance(n, ast.Name) and n.id == "transaction" for n in ast.walk(view)):
                yield f"{name}.{view.name} opens a transaction for a GET"


def routes_in(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            if any(re.match(r"\w+\.(route|get|post|put|patch|delete)\(", decorator) for decorator in decorators):
                yield node, decorators


def markup_is_made_in_few_places(root: Path) -> Complaints:
    for name, _, tree in modules(root):
        for it, line in named(tree):
            if it.split(".")[-1] == "Markup" and name not in MARKUP_MAKERS:
                yield f"{name}:{line} makes markup"
    for file in sorted((root / "tracker" / "templates").rglob("*.*")):
        if re.search(r"\|\s*safe\b|\bautoescape\s+false|\bMarkup\b", file.read_text(encoding="utf-8")):
            yield f"{file.name} calls something safe"


def each_mail_has_a_template(root: Path) -> Complaints:
    """One that says what the mail is about; what else it says is its own affair."""
    folder = root / "tracker" / "templates" / "mail"
    names = {file.stem for file in folder.glob("[!_]*")}
    for _, _, tree in modules(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "compose" and len(node.args) > 1:
                names |= {part.value for part in ast.walk(node.args[1]) if isinstance(part, ast.Constant)}
    for name in sorted(names):
        file = folder / f"{name}.txt"
        if not file.exists():
            yield f"mail {name} has no template"
        elif "m.subject(" not in file.read_text(encoding="utf-8"):
            yield f"mail {name} has no subject"
