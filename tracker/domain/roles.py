"""Who works here, and what each role may do: one table behind routes, buttons, keys and the API."""

from enum import StrEnum

from tracker.domain.errors import N_


class Role(StrEnum):
    """What somebody is here for; what that lets them do stands in `PERMISSIONS`."""

    MODERATOR = "moderator"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """Something that somebody may do."""

    OWN_ACCOUNT = "own_account"  # one's own password, factors and sessions
    READ_DESK = "read_desk"
    READ_AUDIT = "read_audit"
    READ_PEOPLE = "read_people"
    READ_SETTINGS = "read_settings"
    DECIDE = "decide"  # first decisions, and every other act on a case
    RULE_APPEALS = "rule_appeals"
    APPROVE = "approve"  # what a colleague decided, where two are needed
    RUN_INTAKE = "run_intake"
    HANDLE_MAIL = "handle_mail"
    REVEAL_IDENTITY = "reveal_identity"  # leaves a trace, so it is no mere reading
    SET_STANDING = "set_standing"
    REOPEN = "reopen"  # a case that is closed, or decided and before an out-of-court body
    ERASE_DATA = "erase_data"  # before its time, at the request of whose they are
    MANAGE_PEOPLE = "manage_people"
    MANAGE_SETTINGS = "manage_settings"


_ALL = frozenset(Role)
_ACTING = _ALL - {Role.AUDITOR}

PERMISSIONS: dict[Permission, frozenset[Role]] = {
    Permission.OWN_ACCOUNT: _ALL,
    Permission.READ_DESK: _ALL,
    Permission.READ_AUDIT: _ALL,
    Permission.READ_PEOPLE: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.READ_SETTINGS: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.DECIDE: _ACTING,
    Permission.RULE_APPEALS: frozenset({Role.REVIEWER, Role.ADMIN}),
    Permission.APPROVE: frozenset({Role.REVIEWER, Role.ADMIN}),
    Permission.RUN_INTAKE: _ACTING,
    Permission.HANDLE_MAIL: _ACTING,
    Permission.REVEAL_IDENTITY: _ACTING,
    Permission.SET_STANDING: frozenset({Role.ADMIN}),
    Permission.REOPEN: frozenset({Role.ADMIN}),
    Permission.ERASE_DATA: frozenset({Role.ADMIN}),
    Permission.MANAGE_PEOPLE: frozenset({Role.ADMIN}),
    Permission.MANAGE_SETTINGS: frozenset({Role.ADMIN}),
}

LABELS: dict[Role, str] = {
    Role.MODERATOR: N_("审核员"),
    Role.REVIEWER: N_("复核员"),
    Role.ADMIN: N_("管理员"),
    Role.AUDITOR: N_("审计员"),
}

DUTIES: dict[Role, str] = {
    Role.MODERATOR: N_("处理案件。"),
    Role.REVIEWER: N_("处理案件，批准同事要两人作的决定，也处理申诉；参与过决定的案件，申诉要由别人处理。"),
    Role.ADMIN: N_("管理账号和设置，也可以处理案件、批准同事的决定、处理申诉。"),
    Role.AUDITOR: N_("什么都能看，什么都不能改。"),
}


def allows(role: Role, permission: Permission) -> bool:
    """Say whether somebody in this role may do this."""
    return role in PERMISSIONS[permission]
