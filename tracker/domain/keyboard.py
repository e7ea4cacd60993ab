"""Which key does what for somebody: the keys of the table, and those they chose instead."""

import re
from collections.abc import Mapping
from typing import Any

from tracker.domain.actions import ACTIONS, Action, share_a_place
from tracker.domain.errors import N_, DomainError, Incomplete, Word
from tracker.domain.roles import Role, allows

_KEY = re.compile(r"[!-~]{0,2}")  # what every keyboard types; two are pressed one after the other


def chosen(stored: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the keys that somebody chose for themselves, by action; what no longer means anything is left out."""
    own = (stored or {}).get("own", {})
    return {name: key for name, key in own.items() if name in ACTIONS and _KEY.fullmatch(key)}


def is_on(stored: Mapping[str, Any] | None) -> bool:
    """Say whether keys of one character work for somebody (WCAG 2.1.4: they can be switched off)."""
    return not (stored or {}).get("off", False)


def keys(stored: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the key of every action for somebody; their own go before what the table says where the two clash."""
    own = chosen(stored)
    found = own | {name: "" for name in ACTIONS if name not in own}
    for name, action in ACTIONS.items():
        if name not in own and not any(_clash(action, action.key, ACTIONS[other], found[other]) for other in own):
            found[name] = action.key
    return {name: found[name] for name in ACTIONS}


def normal(typed: Mapping[str, str], role: Role) -> dict[str, str]:
    """Return of the keys somebody typed, by action, those that are not the table's own.

    Raises Incomplete by the name of the action for what is no key, and for two that clash on one page. What the role may
    not do takes no key from what it may.
    """
    mine = [action for action in ACTIONS.values() if allows(role, action.permission) and not action.chord]
    wanted = {action.name: typed.get(action.name, action.key).strip() for action in mine}
    problems = {name: DomainError(_NO_KEY) for name, key in wanted.items() if not _KEY.fullmatch(key)}
    sound = [action for action in mine if action.name not in problems]
    for action in sound:
        clashing = [it for it in sound if it is not action and _clash(action, wanted[action.name], it, wanted[it.name])]
        if clashing:
            problems[action.name] = DomainError(_TAKEN, other=Word(clashing[0].label), key=wanted[clashing[0].name])
    if problems:
        raise Incomplete(problems)
    return {action.name: wanted[action.name] for action in mine if wanted[action.name] != action.key}


_NO_KEY = N_("请填一个或两个英文字符（字母、数字或符号），或者留空。")
_TAKEN = N_("和“%(other)s”的“%(key)s”冲突：同一页上分不清是哪一个。请改掉其中一个。")


def _clash(one: Action, key: str, other: Action, its: str) -> bool:
    """Say whether two keys cannot be told apart on one page: the same, or one the beginning of the other."""
    return bool(key and its) and share_a_place(one, other) and (key.startswith(its) or its.startswith(key))
