"""`python -m tests.keys_table`: writes the table of keys in docs/keys.md from the table of actions."""

from config import ROOT
from tracker.domain.actions import ACTIONS, PLACES, Action
from tracker.domain.roles import PERMISSIONS, Permission, Role

DOCS = ROOT / "docs" / "keys.md"
BEGIN, END = "<!-- made from tracker/domain/actions.py -->\n", "<!-- end -->\n"


def table() -> str:
    """Return all keys as they stand in the documentation."""
    rows = [_row(action) for action in ACTIONS.values()]
    return "".join(["| key | what it does | where | who |\n|---|---|---|---|\n", *rows])


def _row(action: Action) -> str:
    keys = " ".join(f"`{key}`" for key in action.key) or (
        f"`Ctrl` + `{action.chord.capitalize()}`" if action.chord else ""
    )
    places = "、".join(label for place, label in PLACES.items() if place in action.places)
    return f"| {keys} | {action.label} (`{action.name}`) | {places} | {_who(action.permission)} |\n"


def _who(permission: Permission) -> str:
    roles = PERMISSIONS[permission]
    return "everybody" if roles == frozenset(Role) else ", ".join(role for role in Role if role in roles)


def renewed(text: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    DOCS.write_text(renewed(DOCS.read_text()))
