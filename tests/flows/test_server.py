"""The flows on a real Prefect server: schedules create runs, deployments run on a worker, a killed run is resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tasks.verify import run_folder, verify_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(1_200)]
SAMPLE = Path(__file__).parents[2] / "data" / "sample"


def call(server: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"{server.url}/api{path}", data=data, headers={"content-type": "application/json"}
    )
    for attempt in range(20):
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code != 503 or attempt == 19:  # SQLite is busy; Prefect's own client tries again too
                raise
            error.close()
            time.sleep(0.5)
    return None


def deployment(server: Any, name: str) -> dict[str, Any]:
    return call(server, f"/deployments/name/{name}/{name}")


def start(server: Any, name: str, **parameters: Any) -> str:
    run = call(
        server,
        f"/deployments/{deployment(server, name)['id']}/create_flow_run",
        {"parameters": parameters, "state": {"type": "SCHEDULED"}},
    )
    return run["id"]


def wait_end(server: Any, run_id: str, *, seconds: float = 400) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = call(server, f"/flow_runs/{run_id}")
        if run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return run
        time.sleep(1)
    pytest.fail(f"the run did not end: {run['state']['name']}; {server.log.read_text()[-3000:]}")


def drop(server: Any, night: str) -> None:
    shutil.copytree(SAMPLE / night, server.env["CW_INBOX"], dirs_exist_ok=True)


def test_every_deployment_of_the_file_is_registered_with_its_limit(server: Any) -> None:
    for name in ("nightly", "collect", "backfill", "maintain"):
        found = deployment(server, name)
        assert found["enforce_parameter_schema"] is True
        assert found["global_concurrency_limit"]["limit"] == 1


def test_the_schedules_create_runs(server: Any) -> None:
    wanted = {"nightly", "collect", "maintain"}
    deadline = time.monotonic() + 120
    found: set[str] = set()
    while time.monotonic() < deadline and found != wanted:
        for name in wanted:
            runs = call(
                server,
                "/flow_runs/filter",
                {
                    "deployments": {"id": {"any_": [deployment(server, name)["id"]]}},
                    "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
                },
            )
            if any(r["auto_scheduled"] for r in runs):
                found.add(name)
        time.sleep(2)
    assert found == wanted


def test_a_wrong_parameter_is_refused_at_the_door(server: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        start(server, "nightly", wait_min=-5)
    with refused.value as answer:
        assert answer.code in (409, 422)
        assert b"wait_min" in answer.read()


def test_a_night_runs_on_the_worker_and_publishes(server: Any) -> None:
    drop(server, "night1")
    run = wait_end(server, start(server, "nightly", on="2026-11-01"))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    manifest = verify_folder(run_folder(server.home, None))
    assert manifest["row_counts"]["canonical"] > 50
    keys = {a["key"] for a in call(server, "/artifacts/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})}
    assert {"run-report", "steps", "spend", "cluster-changes", "report"} <= keys


def test_a_backfill_of_two_days_completes(server: Any) -> None:
    drop(server, "night2")
    run = wait_end(server, start(server, "backfill", first="2026-11-01", last="2026-11-02"))
    assert run["state"]["type"] == "COMPLETED", run["state"]


def test_collect_stands_aside_while_a_night_holds_the_store(server: Any) -> None:
    code = "import sys,time;from pathlib import Path;from tasks.store import open_store;s=open_store(Path(sys.argv[1]));print('held',flush=True);sys.stdin.read()"
    holder = subprocess.Popen(
        [os.sys.executable, "-c", code, str(server.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout and holder.stdout.readline().strip() == "held"
        run = wait_end(server, start(server, "collect"))
        assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "StoodAside")
    finally:
        holder.communicate("")


def test_a_run_killed_in_the_middle_is_picked_up_by_the_next(server: Any) -> None:
    drop(server, "night3")
    first = start(server, "nightly", on="2026-11-03")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and call(server, f"/flow_runs/{first}")["state"]["type"] != "RUNNING":
        time.sleep(0.2)
    pid = int(call(server, f"/flow_runs/{first}")["infrastructure_pid"].split(":")[-1])
    time.sleep(3)
    os.kill(pid, signal.SIGKILL)
    run = wait_end(server, start(server, "nightly", on="2026-11-03"))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    verify_folder(run_folder(server.home, None))
