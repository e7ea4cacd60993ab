"""The handle under which a moderator appears to the parties of one case: never a name, and another one in every case."""

from tracker.domain.errors import N_
from tracker.domain.receipts import Keyring

LABEL = N_("审核员%(code)s")

_LETTERS = "ABCDEFGHJKMNPRSTVWXY"  # none that `receipts.normalise` reads as a digit, or not at all
_NUMBERS = 1000


def code(keys: Keyring, case: int, account: int) -> str:
    """Return the code of an account on a case, such as `K417`: the same in every mail and on every page of that case.

    Derived from the oldest server key, so that it stays when a newer one is put before it. Two people on one case
    have different codes, but for once in 20,000.
    """
    derived = int.from_bytes(keys.derive(f"handle {case} {account}", keys.epochs[-1])[:8])
    letter, number = divmod(derived % (len(_LETTERS) * _NUMBERS), _NUMBERS)
    return f"{_LETTERS[letter]}{number:03}"
