"""What was read of a saved page, before anything is made of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.content.blocks import Block

TOP = 12
"""Blocks among which the title and the line of facts below it stand."""


class Lost(NamedTuple):
    """Something that could not be taken over, on a line of the saved page: what a person is told, and of what."""

    line: int
    rule: str
    message: str
    found: str


@dataclass
class Page:
    """A saved page: the blocks of its article, those around it, what its head says, and what could not be taken."""

    blocks: list[Block] = field(default_factory=list)
    around: list[Block] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
