"""Who works here, and what each role includes."""

from enum import StrEnum

from tracker.domain.errors import N_


class Role(StrEnum):
    """A moderator decides; an admin runs the site and may do all a moderator may."""

    MODERATOR = "moderator"
    ADMIN = "admin"


INCLUDES: dict[Role, frozenset[Role]] = {
    Role.MODERATOR: frozenset({Role.MODERATOR}),
    Role.ADMIN: frozenset({Role.MODERATOR, Role.ADMIN}),
}

LABELS: dict[Role, str] = {Role.MODERATOR: N_("审核员"), Role.ADMIN: N_("管理员")}
