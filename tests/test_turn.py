"""Turns of writers: one at a time, in the order in which they came, whoever dies or gives up."""

import errno
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tracker import turn
from tracker.domain.errors import Busy
from tracker.turn import Turn

LONG = 30.0
SHORT = 0.05


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "writer.lock"


@pytest.fixture(params=[True, False], ids=["in line", "elsewhere"])
def short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of taking turns, with little patience."""
    monkeypatch.setattr(turn, "_HAS_LINE", request.param)
    monkeypatch.setattr(turn, "PATIENCE", SHORT)


@pytest.mark.usefixtures("short")
def test_one_has_the_turn_at_a_time(file: Path) -> None:
    with Turn(file).taken(), pytest.raises(Busy), Turn(file).taken():
        pytest.fail("two writers had the turn")
    with Turn(file).taken():
        assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_who_fails_lets_go(file: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), Turn(file).taken():
        raise error
    with Turn(file).taken():
        pass


@pytest.mark.usefixtures("short")
def test_a_fork_does_not_share_the_turn_of_its_parent(file: Path) -> None:
    line = Turn(file)
    go_read, go_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(go_read, 1)
        try:
            with line.taken():
                os._exit(1)
        except Busy:
            os._exit(0)
    with line.taken():
        os.write(go_write, b"!")
        _, status = os.waitpid(child, 0)
    os.close(go_read)
    os.close(go_write)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_fork_does_not_wait_for_the_threads_of_its_parent(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PATIENCE", LONG)
    line = Turn(file)
    go_read, go_write = os.pipe()
    with line.taken():
        child = os.fork()
        if child == 0:
            signal.alarm(int(LONG / 3))
            os.read(go_read, 1)
            with line.taken():
                os._exit(0)
    os.write(go_write, b"!")
    _, status = os.waitpid(child, 0)
    os.close(go_read)
    os.close(go_write)
    assert os.waitstatus_to_exitcode(status) == 0


@contextmanager
def forked(work: Callable[[ExitStack], object]) -> Iterator[None]:
    """Fork a process that does `work` and then nothing, and kill it when the block ends."""
    done_read, done_write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with ExitStack() as kept:
                work(kept)
                os.write(done_write, b"!")
                signal.pause()
        finally:
            os._exit(1)
    try:
        os.close(done_write)
        assert os.read(done_read, 1) == b"!"
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(done_read)


@pytest.mark.usefixtures("short")
def test_a_process_forked_during_a_turn_does_not_keep_it(file: Path) -> None:
    with ExitStack() as alive:
        with Turn(file).taken():
            alive.enter_context(forked(lambda _: None))
        with Turn(file).taken():
            pass


@pytest.mark.usefixtures("short")
def test_nobody_waits_for_a_process_that_was_killed(file: Path) -> None:
    with forked(lambda kept: kept.enter_context(Turn(file).taken())), pytest.raises(Busy), Turn(file).taken():
        pytest.fail("two writers had the turn")
    with Turn(file).taken():
        pass


def test_nobody_waits_for_a_process_that_was_killed_while_it_drew(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PATIENCE", SHORT)
    file.touch()
    draw = lambda _: turn._hold(os.open(file, os.O_RDWR), turn._DRAWING)  # noqa: E731
    with forked(draw), pytest.raises(Busy), Turn(file).taken():
        pytest.fail("a number was drawn twice")
    with Turn(file).taken():
        pass


@pytest.mark.parametrize("content", [b"\xff" * 16, b"\xff" * 8 + b"\0" * 8, b"abc", (2**62).to_bytes(8, "little")])
def test_whatever_stands_in_the_file_one_has_the_turn(
    file: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "PATIENCE", SHORT)
    file.write_bytes(content)
    for _ in range(3):
        with Turn(file).taken(), pytest.raises(Busy), Turn(file).taken():
            pytest.fail("two writers had the turn")


def test_more_writers_than_files_can_be_open_are_asked_to_come_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(Busy), Turn(file).taken():
        pytest.fail("no file was open")


def test_where_the_file_cannot_be_opened_the_log_says_why(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Busy), Turn(tmp_path / "missing" / "writer.lock").taken():
        pytest.fail("no file was open")
    assert f"No such file or directory: '{tmp_path / 'missing' / 'writer.lock'}'" in caplog.text


def test_a_full_disk_is_no_turn_and_the_next_has_it_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", fail)
        with pytest.raises(Busy), Turn(file).taken():
            pytest.fail("nothing could be written")
    with Turn(file).taken():
        pass


class Writers:
    """Threads that each take a turn of their own, as processes do: the first that is started draws the next number."""

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file = file
        self.served: list[int] = []
        self.gone: list[int] = []
        self.looks: Counter[int] = Counter()  # how often a number has found somebody before it
        self.drawn: Counter[int] = Counter()
        self._told = threading.Condition()
        self._threads: list[threading.Thread] = []
        before, draw = turn._before, turn._draw

        def drawn(handle: int, until: float) -> int:
            number = draw(handle, until)
            with self._told:
                self.drawn[number] += 1
                self._told.notify_all()
            return number

        def noted(handle: int, number: int) -> int:
            found = before(handle, number)
            with self._told:
                self.looks[number] += found > 0
                self._told.notify_all()
            return found

        monkeypatch.setattr(turn, "_draw", drawn)
        monkeypatch.setattr(turn, "_before", noted)
        monkeypatch.setattr(turn, "PATIENCE", LONG)

    def start(
        self, number: int, meanwhile: Callable[[], object] = lambda: None, line: Turn | None = None
    ) -> threading.Thread:
        """Let another writer line up, who will do something in its turn; wait until it stands there.

        `line`: of one process with others of the same.
        """

        def write() -> None:
            try:
                with (line or Turn(self.file)).taken():
                    self.served.append(number)
                    meanwhile()
            except Busy:
                self.gone.append(number)

        thread = threading.Thread(target=write)
        self._threads.append(thread)
        thread.start()
        self.see(lambda: self.drawn[number] if line else self.looks[number] > 0)
        return thread

    def see(self, condition: Callable[[], object]) -> None:
        with self._told:
            assert self._told.wait_for(condition, LONG)

    def look_again(self, number: int) -> None:
        """Wait until a number that stands in line has looked twice more."""
        since = self.looks[number]
        self.see(lambda: self.looks[number] >= since + 2)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(LONG)


@pytest.fixture
def writers(file: Path, monkeypatch: pytest.MonkeyPatch) -> Writers:
    return Writers(file, monkeypatch)


def test_writers_are_served_in_the_order_in_which_they_came(file: Path, writers: Writers) -> None:
    with Turn(file).taken():
        for number in range(2, 12):
            writers.start(number)
        assert writers.served == []
    writers.join()
    assert writers.served == list(range(2, 12))


def test_of_the_threads_of_a_process_one_looks_whose_turn_it_is(file: Path, writers: Writers) -> None:
    line = Turn(file)
    with Turn(file).taken():
        for number in range(2, 6):
            writers.start(number, line=line)
        writers.look_again(2)
        assert set(+writers.looks) == {2}
    writers.join()
    assert writers.served == list(range(2, 6))


def test_a_thread_that_gave_up_is_not_waited_for_by_the_next_of_its_process(
    file: Path, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Turn(file)
    with Turn(file).taken():
        with monkeypatch.context() as impatient:
            impatient.setattr(turn, "PATIENCE", SHORT)
            writers.start(2, line=line).join(LONG)
        assert writers.gone == [2]
        writers.start(3, line=line)
        writers.look_again(3)
    writers.join()
    assert writers.served == [3]


def test_who_gives_up_lets_nobody_past_those_before(
    file: Path, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Turn(file).taken():
        writers.start(2, lambda: writers.look_again(4))
        with monkeypatch.context() as impatient:
            impatient.setattr(turn, "PATIENCE", SHORT)
            writers.start(3).join(LONG)
        assert writers.gone == [3]
        writers.start(4)
        writers.look_again(4)
        assert writers.served == []
    writers.join()
    assert writers.served == [2, 4]


def test_who_comes_after_one_that_gave_up_does_not_wait_for_it(
    file: Path, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Turn(file).taken():
        monkeypatch.setattr(turn, "PATIENCE", SHORT)
        writers.start(2).join(LONG)
    with Turn(file).taken():
        assert writers.gone == [2]
