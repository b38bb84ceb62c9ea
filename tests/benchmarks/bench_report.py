"""Size and render time of the report, and first paint in Chromium: `python -m tests.benchmarks.bench_report [records]`."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tasks.report.render import render_report
from tests.report.synthetic import manifest, published


def main(records: int) -> None:
    tables = published(records, 300, plans=40)
    started = time.perf_counter()
    page = render_report(tables, manifest(tables))
    print(f"{records:,} records: {len(page.encode()):,} bytes, rendered in {time.perf_counter() - started:.2f} s")
    if chromium := shutil.which("chromium"):
        print(f"first paint after {first_paint_ms(page, chromium):.0f} ms in headless Chromium")


def first_paint_ms(page: str, chromium: str) -> float:
    """Milliseconds from navigation to the first contentful paint."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        tab.goto(path.as_uri())
        tab.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        value = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        browser.close()
    return float(value)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
