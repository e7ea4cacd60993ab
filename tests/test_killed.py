"""Killing the process while a notice is being accepted: what was accepted is whole, what was not is absent."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from config import ROOT, Config
from tests.bounds import within
from tracker.cli.articles import run as sync
from tracker.render.site import Site

POINTS = within(25, 50)


@pytest.mark.slow
def test_a_notice_is_whole_or_absent_wherever_the_process_is_killed(config: Config, site: Site) -> None:
    slugs = ["shui-zai-cuishou", "zhengxin-yiyi-zenme-ti", "tousu-tiaojie-susong"]
    for slug in slugs:
        shutil.copy(ROOT / "content" / f"{slug}.md", config.content)
    sync(site)
    environment = os.environ | {
        "TRACKER_DATA": str(config.data),
        "TRACKER_CONTENT": str(config.content),
        "DATABASE_URL": config.database_url,
        "BASE_URL": config.base_url,
        "SECRET_KEY": config.secret_key,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.kill_points", str(POINTS), *slugs],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [result["killed"] for result in results] == [True] * POINTS
    for result in results:
        left = result["left"]
        whole = {"notice": 1, "items": 3, "cases": 3, "clocks": 6, "own_ack": 1, "files": 1, "draft": 0}
        absent = dict.fromkeys(whole, 0) | {"mails": 0, "draft": 1}
        expected = whole if left["notice"] else absent
        assert {name: left[name] for name in expected} == expected, result
        assert left["entries"] == left["acks"] == left["notices"], result
        retried = result["after_retry"]
        assert {name: retried[name] for name in whole} == whole, result
        assert retried["mails"] == 2, result  # the acknowledgement and one maintainer
        assert retried["acks"] == retried["notices"], result
    assert {result["left"]["notice"] for result in results} == {0, 1}
