"""What a rule says when it refuses. Messages are for people, in the site's language, and name the cure.

A message is a msgid with named placeholders; the edge translates it and fills in `values`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager


def N_(message: str) -> str:  # noqa: N802 - the gettext name for "translate later"
    """Mark a message for the catalogue without translating it here."""
    return message


class Word(str):
    """A value of a message that is a message itself: whoever translates the one translates the other."""

    __slots__ = ()


class DomainError(Exception):
    """A rule of the house refused; `message` says why and what to do."""

    status = 400

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    @property
    def each(self) -> Sequence["DomainError"]:
        """Return what is wrong, one thing after another."""
        return (self,)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class Incomplete(DomainError):
    """Something required is missing or wrong; `problems` maps a field's name to its message."""

    status = 422

    def __init__(self, problems: Mapping[str, DomainError]) -> None:
        super().__init__(N_("有些内容需要补充或更正，见各栏旁的说明。"))
        self.problems = dict(problems)


class InvalidTransition(DomainError):
    """The case is not in a state that allows this."""

    status = 409


class Conflict(DomainError):
    """Somebody else changed the same thing first; the message names who and when."""

    status = 409


class NotPermitted(DomainError):
    """This person may not do this."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or it is not for this person to know."""

    status = 404


def no_case() -> NotFound:
    """Return the error that there is no such case, or none that this person may know of."""
    return NotFound(N_("没有这个案件。"))


class Gone(DomainError):
    """It was there and has expired or been used."""

    status = 410


class TooMany(DomainError):
    """A limit is reached; the message says when to try again, and `seconds` is how long that is."""

    status = 429

    def __init__(self, message: str, *, seconds: int, **values: object) -> None:
        super().__init__(message, **values)
        self.seconds = seconds


class BadContent(DomainError):
    """A content file cannot be published; the message names the line and the cure."""


class Flawed(BadContent):
    """Several things are wrong, in one file or in several; the message has a line for each."""

    def __init__(self, problems: Sequence[DomainError]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self._each = problems

    @property
    def each(self) -> Sequence[DomainError]:
        """Return what is wrong, one thing after another."""
        return self._each


@contextmanager
def gathering(problems: list[DomainError]) -> Iterator[None]:
    """Add what is refused within to `problems`, so that the next can be looked at too."""
    try:
        yield
    except BadContent as error:
        problems += error.each


def refuse(problems: Sequence[DomainError]) -> None:
    """Raise BadContent for all that is wrong, if anything is."""
    if problems:
        raise Flawed(problems) if len(problems) > 1 else problems[0]


class Busy(DomainError):
    """The database did not take the work in time; the same request may be sent again unchanged, after `seconds`."""

    status = 503
    seconds = 5


class Paused(Busy):
    """An admin has stopped this for a while; what was sent may be sent again when it goes on."""

    seconds = 3600


def busy() -> Busy:
    """Return the error that asks the sender to send the same thing again."""
    return Busy(N_("系统正忙，您的内容没有丢失。请稍等几秒，再按一次按钮。"))
