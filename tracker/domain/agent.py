"""The agent designated to receive notices of infringement under US law: who it is, and until when it is registered.

17 U.S.C. § 512(c)(2): what the Copyright Office's directory says of the agent is to stand on the site, too, in a place that
everybody can reach. 37 C.F.R. § 201.38(c)(4): a registration ends three years after it was made or last amended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

PAGE = "dmca-agent"
"""The name of the page that shows it."""

PREFIX = "agent_"
"""Begins the names of the settings that say it."""

NEEDED = ("provider", "name", "address", "phone", "email")
"""What has to be known before anything is shown: half an address helps nobody."""

SOON, LAST = 90, 7
"""Days before the registration ends from which its renewal is called for, and from which it is urgent."""


@dataclass(frozen=True)
class Agent:
    """What the directory says."""

    provider: str = ""  # the full legal name of who runs the site
    also: str = ""  # the other names under which the site is known
    name: str = ""  # a person, a position or a department
    address: str = ""
    phone: str = ""
    email: str = ""
    number: str = ""  # of the registration
    renew_by: str = ""  # a day, as 2029-05-31

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return what settings say."""
        return cls(**{name: str(values.get(PREFIX + name, "")) for name in cls.__dataclass_fields__})

    @property
    def is_set(self) -> bool:
        """Say whether anything at all is said; if not, there is no agent."""
        return self != type(self)()

    @property
    def missing(self) -> list[str]:
        """Return the names of the settings that are needed and not there; none where there is no agent."""
        return [PREFIX + name for name in NEEDED if self.is_set and not getattr(self, name)]

    @property
    def is_shown(self) -> bool:
        """Say whether readers are told of an agent: all that is needed is known."""
        return self.is_set and not self.missing

    def days_left(self, today: date) -> int | None:
        """Return for how many days the registration holds; None where nobody said until when."""
        return (date.fromisoformat(self.renew_by) - today).days if self.renew_by else None
