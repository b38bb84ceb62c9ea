"""The Prefect UI as the operator sees it, in a real browser: the run list, a run's artifacts, the parameter form."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Server, call, server  # noqa: F401 - a fixture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.timeout(900),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"),
]
SAMPLE = Path(__file__).parents[2] / "data" / "sample"
PATIENCE_MS = 60_000


def run_night(at: Server, on: str) -> dict[str, Any]:
    """Run `nightly` through its deployment and the worker; the flow run as the API gives it at its end."""
    at.prefect("deployment", "run", "nightly/nightly", "-p", f'on="{on}"')
    deadline = time.monotonic() + 300
    wanted = {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}, "name": {"any_": [f"night of {on}"]}}}
    while time.monotonic() < deadline:
        for run in call(at, "/flow_runs/filter", wanted):
            if run["end_time"]:
                return run
        time.sleep(1)
    pytest.fail(f"the night of {on} did not end: {at.log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def nights(server: Server) -> dict[str, dict[str, Any]]:  # noqa: F811 - the fixture above
    """One good night, and one that found an empty file: `Completed` and `Degraded`."""
    inbox = Path(server.env["CW_INBOX"])
    shutil.copytree(SAMPLE / "night1", inbox, dirs_exist_ok=True)
    good = run_night(server, "2026-11-01")
    (inbox / "submissions" / "nothing.jsonl.gz").write_bytes(gzip.compress(b""))
    return {"good": good, "degraded": run_night(server, "2026-11-02")}


@pytest.fixture
def page(server: Server) -> Iterator[Any]:  # noqa: F811 - the fixture above
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        opened = browser.new_page(base_url=server.url, viewport={"width": 1400, "height": 1000})
        opened.set_default_timeout(PATIENCE_MS)
        yield opened
        browser.close()


def test_the_run_list_shows_a_degraded_night_as_such(page: Any, nights: dict[str, dict[str, Any]]) -> None:
    assert (nights["good"]["state"]["name"], nights["degraded"]["state"]["name"]) == ("Completed", "Degraded")
    assert "files are empty." in nights["degraded"]["state"]["message"]
    page.goto("/runs")
    page.get_by_text("night of 2026-11-01").wait_for()
    page.get_by_text("night of 2026-11-02").wait_for()
    shown = page.inner_text("body")
    assert "Degraded" in shown
    assert "degraded" in shown.split(), "the tag one can filter by"


def test_a_runs_report_accounts_for_every_message(page: Any, server: Server, nights: dict[str, dict[str, Any]]) -> None:  # noqa: F811
    kept = call(server, "/artifacts/filter", {"flow_runs": {"id": {"any_": [nights["good"]["id"]]}}})
    by_key = {a["key"]: a["id"] for a in kept}
    assert set(by_key) == {
        *("run-report", "steps", "spend", "llm-router", "cluster-changes", "plans-to-review", "report", "progress")
    }
    page.goto(f"/artifacts/artifact/{by_key['run-report']}")
    page.get_by_role("heading", name="Every message is in one place").wait_for()
    rows = [row.split("\t") for row in page.locator("table").first.inner_text().splitlines() if "\t" in row]
    counts = {name: int(count.replace(",", "")) for name, count in rows if count.replace(",", "").isdigit()}
    total = counts.pop("all")
    assert total == sum(counts.values())
    assert total > 100


@pytest.mark.parametrize(
    ("key", "text"),
    [("steps", "canonicalize"), ("cluster-changes", "born"), ("plans-to-review", "petition"), ("run-report", "Night of")],
)  # fmt: skip
def test_each_key_keeps_its_history_and_the_newest_opens(
    page: Any, nights: dict[str, dict[str, Any]], key: str, text: str
) -> None:
    page.goto(f"/artifacts/key/{key}")
    for night in nights.values():
        page.get_by_text(night["name"]).first.wait_for()
    page.goto("/runs/flow-run/" + nights["good"]["id"])
    page.get_by_text("Artifacts", exact=True).first.click()
    page.get_by_text(key, exact=True).first.click()
    page.get_by_text(text).first.wait_for()


def test_the_form_of_a_night_explains_its_fields(page: Any, server: Server) -> None:  # noqa: F811
    with urllib.request.urlopen(f"{server.url}/api/deployments/name/nightly/nightly", timeout=60) as reply:
        found = json.load(reply)
    page.goto(f"/deployments/deployment/{found['id']}/run")
    for told in ("The Tehran date to book the night under", "Hard cap of this run in USD"):
        page.get_by_text(told).wait_for()


def test_a_plan_in_the_list_opens_the_form_that_decides_on_it(
    page: Any,
    server: Server,  # noqa: F811 - the fixture above
    nights: dict[str, dict[str, Any]],
) -> None:
    kept = call(server, "/artifacts/filter", {"flow_runs": {"id": {"any_": [nights["good"]["id"]]}}})
    (listed,) = [a for a in kept if a["key"] == "plans-to-review"]
    plan = re.search(r"`([0-9a-f]+-[0-9a-f]+)`", listed["data"])[1]  # type: ignore[index]
    page.goto(f"/artifacts/artifact/{listed['id']}")
    link = page.get_by_role("link", name="decide").first
    page.goto(link.get_attribute("href"))  # a click may open another tab
    page.get_by_text("Who decides; kept in the evidence chain.").wait_for()
    assert plan in [field.input_value() for field in page.locator("textarea").all()]


def test_the_graph_of_a_run_names_its_steps(page: Any, nights: dict[str, dict[str, Any]]) -> None:
    page.goto("/runs/flow-run/" + nights["good"]["id"])
    page.locator("canvas").first.wait_for()
    page.get_by_text("Task Runs", exact=True).first.click()
    for step in ("ingest", "canonicalize", "publish"):
        page.get_by_text(step, exact=True).first.wait_for()
