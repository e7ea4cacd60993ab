"""Who may cause an event of the lifecycle, and what must hold besides the state of the case."""

from enum import StrEnum

from tracker.domain.errors import N_, NotPermitted


class Who(StrEnum):
    """Who may cause an event."""

    ANYONE = "anyone"
    NOTIFIER = "notifier"
    PUBLISHER = "publisher"
    MODERATOR = "moderator"
    HOUSE = "house"  # a moderator, or a rule that leaves nothing to weigh
    ADMIN = "admin"
    SYSTEM = "system"


class Guard(StrEnum):
    """What must hold besides the state (law_standards §6.2); `services.guards` evaluates each in one place."""

    IMPARTIAL = "impartial"  # nobody acts on their own article (§6.3, 12)
    REASONED = "reasoned"  # DSA art. 17(3) complete; a refusal names its ground
    INTERIM_ALLOWED = "interim_allowed"  # withheld meanwhile: valid copyright notice, ncii, minor, csam, order
    URGENT_IS_NO_ABUSE = "urgent_is_no_abuse"  # an urgent notice is decided, never shut out as abuse
    CONTACT_KNOWN = "contact_known"  # there is somebody to ask
    REGULATION17_APPLIES = "regulation17_applies"  # as the site is set; with us_dmca the window of 512(g)(2)(C) holds
    PROOF_JUDGED = "proof_judged"  # what a notifier sent as proof in time restores nothing until somebody has judged it


_MAY: dict[Who, frozenset[str | None]] = {
    Who.ANYONE: frozenset({None, "moderator", "reviewer", "admin"}),
    Who.NOTIFIER: frozenset({None}),
    Who.PUBLISHER: frozenset({None}),
    Who.SYSTEM: frozenset({None}),
    Who.HOUSE: frozenset({None, "moderator", "reviewer", "admin"}),
    Who.MODERATOR: frozenset({"moderator", "reviewer", "admin"}),
    Who.ADMIN: frozenset({"admin"}),
}
"""The roles of an account that each stands for; None is whoever acts without one: a party to the case, or the clock."""


def require(who: Who, role: str | None) -> None:
    """Raise NotPermitted unless an account of this role, or nobody's account, may cause what `who` may."""
    if role not in _MAY[who]:
        raise NotPermitted(N_("您的账号没有这项权限。如果需要，请联系管理员。"))
