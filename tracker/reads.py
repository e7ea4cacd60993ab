"""Reads of articles as a process counts them: in memory, stored together every few seconds."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from multiprocessing.util import Finalize

EVERY = 5.0
"""Seconds from one time to the next. A writer waits PATIENCE at most, so what is counted is stored within ten seconds."""

log = logging.getLogger(__name__)


class _Seen(dict[str, Iterator[int]]):
    """A counter for each address, made when it is first asked for; there are never more than articles have addresses."""

    def __missing__(self, path: str) -> Iterator[int]:
        return self.setdefault(path, count())


class Reads:
    """Counts addresses and gives the counts to `store`, which stores all of them or raises.

    `next(reads.seen[path])` counts one, in any thread: unlike an addition, Python makes that step whole, so no lock is needed. What could
    not be stored is kept and goes with the next. Of an error at the commit itself nobody knows whether it was one: then reads are counted
    twice rather than never.
    """

    def __init__(self, store: Callable[[Mapping[str, int]], None]) -> None:
        self.seen = _Seen()
        self._store = store
        self._taken: Counter[str] = Counter()  # how far each counter was when last looked at
        self._counted: Counter[str] = Counter()  # and what of that is not stored yet
        self._turn = threading.Lock()
        self._ending = threading.Event()
        self._fault = ""

    def keep(self, every: float = EVERY) -> None:
        """Store what was counted every so many seconds from now on, and once more when the process ends.

        To be called in the process that answers, after a fork. atexit is not enough: granian's processes, which multiprocessing
        has forked, end without it.
        """
        threading.Thread(target=self._keep, args=(every,), name="reads", daemon=True).start()
        Finalize(self, self.close, exitpriority=10)

    def _keep(self, every: float) -> None:
        while not self._ending.wait(every):
            self.flush()

    def flush(self) -> bool:
        """Store what was counted so far and say whether that went well; nothing to store is well, and asks for nothing."""
        with self._turn:
            self._take()
            try:
                if self._counted:
                    self._store(self._counted)
            except Exception as error:  # whatever it is, the next time comes
                if self._fault != str(error):
                    log.warning("reads wait to be stored: %s", error)
                self._fault = str(error)
                return False
            self._counted.clear()
            self._fault = ""
            return True

    def _take(self) -> None:
        for path, counter in list(self.seen.items()):
            number = next(counter) - self._taken[path]
            self._taken[path] += number + 1  # to look is to count
            if number:
                self._counted[path] += number

    def close(self) -> None:
        """Store the rest, as the process ends."""
        self._ending.set()
        if not self.flush():
            log.error("%d reads were not stored", self._counted.total())
