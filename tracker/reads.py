"""Reads of articles as a process counts them: in memory, stored together every few seconds."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from multiprocessing.util import Finalize

EVERY = 5.0
"""Seconds from one time to the next. A writer waits PATIENCE at most, so what is counted is stored within ten seconds."""

log = logging.getLogger(__name__)


class Reads:
    """Counts addresses and gives the counts to `store`, which stores all of them or raises.

    `happened` is called for each read, by any thread, and costs one append: nothing waits, nothing is written. What could not
    be stored is kept and goes with the next. Of an error at the commit itself nobody knows whether it was one: then reads are
    counted twice rather than never.
    """

    def __init__(self, store: Callable[[Mapping[str, int]], None]) -> None:
        self._store = store
        self._new: deque[str] = deque()
        self._counted: Counter[str] = Counter()
        self._turn = threading.Lock()
        self._ending = threading.Event()
        self._fault = ""
        self.happened = self._new.append

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
            for _ in range(len(self._new)):
                self._counted[self._new.popleft()] += 1
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

    def close(self) -> None:
        """Store the rest, as the process ends."""
        self._ending.set()
        if not self.flush():
            log.error("%d reads were not stored", self._counted.total())
