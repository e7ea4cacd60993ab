"""The web server's processes stop when they are told to, also before they serve."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT

LOADED = """
import signal
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: None)  # as its parent has it: noted, and looked at later
from tracker.cli import server
server._load("stopped:app")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_told_to_stop_while_it_loads_stops(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "stopped.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\napp = None\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    assert subprocess.run([sys.executable, "-c", LOADED], env=environment, timeout=60).returncode == -number
