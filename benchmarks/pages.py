"""What a reader's pages weigh and how soon they stand, in headless Chromium over a slow line on a slow processor.

    .venv/bin/python benchmarks/pages.py [--rounds 3]

Each page is opened in a browser that has seen nothing yet, at 412 pixels, over 1.6 Mbit/s with 150 ms, the processor slowed
four times; then scrolled to its end. The medians are printed beside the goals; it fails when one is missed. Needs Chromium.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

from playwright.sync_api import Browser, sync_playwright

from benchmarks.servers import prepare, running
from config import ROOT

SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWED = 4
WATCH = """
window.moved = 0; window.largest = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""


class Seen(NamedTuple):
    """What one page took: kilobytes over the line, requests, what moved, and milliseconds until its largest part stood."""

    kilobytes: float
    requests: float
    moved: float
    largest: float


GOALS = Seen(30, 4, 0.01, 1500)


def addresses() -> Iterator[str]:
    """Yield one page of each kind; of articles the longest, in each script, and the one with pictures."""
    longest = max((ROOT / "content").glob("*.md"), key=lambda file: file.stat().st_size).stem
    pictured = next(file.stem for file in sorted((ROOT / "content").glob("*.md")) if "](images/" in file.read_text())
    yield from (
        "/",
        "/zh-hant/",
        "/en/",
        f"/articles/{longest}",
        f"/zh-hant/articles/{longest}",
        f"/articles/{pictured}",
    )
    yield from ("/categories/debt-collection", "/tags", "/archive", "/search?q=催收", "/search?q=没有这个词")
    yield from ("/pages/rules", "/pages/contact", "/report", "/report/reputation", "/en/report/copyright")


def opened(browser: Browser, url: str) -> Seen:
    """Open a page as a new visitor does, and scroll to its end."""
    context = browser.new_context(viewport={"width": 412, "height": 823}, device_scale_factor=1.75)
    page = context.new_page()
    line = context.new_cdp_session(page)
    received: list[float] = []
    asked: list[str] = []
    line.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    line.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.add_init_script(WATCH)
    answer = page.goto(url, wait_until="networkidle")
    assert answer is not None
    assert answer.ok, f"{url}: {answer.status}"
    largest = page.evaluate("window.largest")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_load_state("networkidle")
    seen = Seen(sum(received) / 1000, len(asked), page.evaluate("window.moved"), largest)
    context.close()
    return seen


def main() -> int:
    """Print the table; return 1 when a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    missed = False
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        settings = prepare(folder)
        url = settings["BASE_URL"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        with running([sys.executable, "-m", "tracker", "web"], settings, url, folder / "web.log"):
            print("| page | kB | requests | moved | largest paint, ms |\n|---|---|---|---|---|")
            for address in addresses():
                found = [opened(browser, url + address) for _ in range(rounds)]
                seen = Seen(*(statistics.median(values) for values in zip(*found, strict=True)))
                print(
                    f"| {address} | {seen.kilobytes:.1f} | {seen.requests:.0f} | {seen.moved:.3f} | {seen.largest:.0f} |"
                )
                missed = missed or any(value > goal for value, goal in zip(seen, GOALS, strict=True))
        browser.close()
    print(f"| goal | {GOALS.kilobytes} | {GOALS.requests} | {GOALS.moved} | {GOALS.largest} |")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
