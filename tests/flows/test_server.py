"""The flows on a real Prefect server: schedules create runs, deployments run on a worker, a killed run is resumed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.store import open_store
from tasks.verify import run_folder, verify_folder
from tests.faults.small_inbox import write_small_inbox
from tests.flows.conftest import ROOT, call, deployment, start, wait_end

pytestmark = [pytest.mark.server, pytest.mark.timeout(1_200)]


def task_names(server: Any, flow_run_id: str) -> set[str]:
    """Steps of a run that have completed."""
    wanted = {"flow_runs": {"id": {"any_": [flow_run_id]}}, "task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    return {run["name"] for run in call(server, "/task_runs/filter", wanted)}


def wait_for_step(server: Any, flow_run_id: str, step: str) -> None:
    deadline = time.monotonic() + 180
    while step not in task_names(server, flow_run_id):
        assert time.monotonic() < deadline, server.log.read_text()[-3000:]
        time.sleep(0.2)


def artifacts(server: Any, flow_run_id: str) -> dict[str, Any]:
    """Key → content of what a run shows."""
    found = call(server, "/artifacts/filter", {"flow_runs": {"id": {"any_": [flow_run_id]}}})
    return {a["key"]: a["data"] for a in found}


def is_logged(server: Any, flow_run_id: str, words: str, *, seconds: float = 60) -> bool:
    """Whether a run's log says so; Prefect delivers logs a while after the state they are about."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        logs = call(server, "/logs/filter", {"logs": {"flow_run_id": {"any_": [flow_run_id]}}})
        if any(words in line["message"] for line in logs):
            return True
        time.sleep(1)
    return False


@pytest.fixture(scope="module")
def inboxes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_small_inbox(tmp_path_factory.mktemp("inbox"))


@pytest.fixture(scope="module")
def first_night(server: Any, inboxes: tuple[Path, Path]) -> dict[str, Any]:
    """The flow run of the first night, ended."""
    shutil.copytree(inboxes[0], server.env["CW_INBOX"], dirs_exist_ok=True)
    return wait_end(server, start(server, "nightly", on="2026-11-01"))


def test_every_deployment_of_the_file_is_registered_as_written(server: Any) -> None:
    written = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {one["name"] for one in written} == {"nightly", "collect", "backfill", "maintain", "review"}
    for one in written:
        found = deployment(server, one["name"])
        assert found["enforce_parameter_schema"] is True
        assert found["work_pool_name"] == "local"
        assert found["global_concurrency_limit"]["limit"] == 1
        assert found["concurrency_options"]["collision_strategy"] == "ENQUEUE"
        assert {s["schedule"]["timezone"] for s in found["schedules"]} <= {"Asia/Tehran"}
        assert [s["schedule"]["cron"] for s in found["schedules"]] == [s["cron"] for s in one["schedules"]]
        fields = found["parameter_openapi_schema"]["properties"].values()
        assert all(field.get("description") for field in fields), "a field of the form explains nothing"


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


@pytest.mark.parametrize(
    ("name", "field", "given"),
    [
        ("nightly", "wait_min", {"wait_min": -5}),
        ("nightly", "profile", {"profile": "nonesuch"}),
        ("nightly", "on", {"on": "1405/08/12"}),
        ("backfill", "last", {"first": "2026-11-01"}),
        ("review", "verdict", {"plan_id": "0123-4567", "verdict": "perhaps", "reviewer": "someone"}),
        ("review", "reviewer", {"plan_id": "0123-4567", "verdict": "approve", "reviewer": ""}),
    ],
)
def test_a_wrong_parameter_is_refused_at_the_door(
    server: Any, name: str, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        start(server, name, **given)
    with refused.value as answer:
        assert answer.code in (409, 422)
        assert field.encode() in answer.read()


def test_a_night_runs_on_the_worker_and_publishes(server: Any, first_night: dict[str, Any]) -> None:
    assert first_night["state"]["type"] == "COMPLETED", first_night["state"]
    assert verify_folder(run_folder(server.home, None))["row_counts"]["canonical"] > 30
    shown = artifacts(server, first_night["id"])
    assert set(shown) == {
        *("run-report", "steps", "spend", "llm-router", "cluster-changes", "plans-to-review", "report", "progress"),
    }  # fmt: skip
    assert shown["progress"] == 100.0
    assert "In every step: in = out + rejected + skipped + pending." in shown["run-report"]
    steps = {row["step"]: row for row in json.loads(shown["steps"])}
    assert steps["canonicalize"]["in"] == steps["redact"]["out"] > 50
    assert {row["task"] for row in json.loads(shown["llm-router"])} >= {"canonicalize", "summarise", "plan"}


def test_a_night_from_a_terminal_prints_one_json_object_and_is_seen_by_the_server(
    server: Any, first_night: dict[str, Any]
) -> None:
    command = [sys.executable, "-m", "flows.cli", "run", "--on", "2026-11-01", "--json"]
    done = subprocess.run(command, env=server.env, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (server.home / "published" / told["run_id"] / "report.html").exists()
    assert told["steps"][0]["step"] == "ingest"
    named = call(server, "/flow_runs/filter", {"flow_runs": {"name": {"any_": ["night of 2026-11-01"]}}})
    assert [run["state"]["type"] for run in named] == ["COMPLETED"] * 2


def test_a_night_from_a_terminal_that_is_cancelled_in_the_ui_stops_and_is_resumed(
    server: Any, inboxes: tuple[Path, Path], tmp_path: Path
) -> None:
    env = server.env | {"CW_HOME": str(tmp_path), "CW_INBOX": str(inboxes[0])}
    command = [sys.executable, "-m", "flows.cli", "run", "--on", "2026-10-01", "--json"]
    named = {"flow_runs": {"name": {"any_": ["night of 2026-10-01"]}}}
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as night:
        deadline = time.monotonic() + 180
        while not (found := call(server, "/flow_runs/filter", named)):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        wait_for_step(server, found[0]["id"], "ingest")
        call(server, f"/flow_runs/{found[0]['id']}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})
        out, told = night.communicate(timeout=120)
    assert night.returncode == 130, told
    assert json.loads(out) == {"error": "cancelled in Prefect: what is done is kept; the same command again goes on from there", "exit_code": 130}
    assert wait_end(server, found[0]["id"], seconds=10)["state"]["type"] == "CANCELLED"
    with open_store(tmp_path, read_only=True) as store:
        assert store.rows("select count(*) from ops.run anti join ops.run_end using (run_id)") == [(1,)]
    again = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr
    with open_store(tmp_path, read_only=True) as store:
        assert store.rows("select status from ops.run join ops.run_end using (run_id)") == [("done",)]


def test_a_plan_is_decided_on_in_the_form(server: Any, first_night: dict[str, Any]) -> None:
    listed = artifacts(server, first_night["id"])["plans-to-review"]
    plan = re.search(r"`([0-9a-f]+-[0-9a-f]+)`", listed)[1]  # type: ignore[index]
    form = f"/deployments/deployment/{deployment(server, 'review')['id']}/run?parameters="
    assert form + urllib.parse.quote(json.dumps({"plan_id": plan})) in listed
    told = {"plan_id": plan, "verdict": "approve", "reviewer": "Reviewer of the test", "note": "clear"}
    run = wait_end(server, start(server, "review", **told))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    with open_store(server.home, read_only=True) as store:
        query = "select decision, reviewer, note from out.plan_review where plan_id = ?"
        assert store.rows(query, [plan]) == [("approved", "Reviewer of the test", "clear")]
    assert plan not in artifacts(server, run["id"])["plans-to-review"]


def test_a_decision_on_no_plan_fails_and_tells_the_operator(server: Any, first_night: dict[str, Any]) -> None:
    run = wait_end(server, start(server, "review", plan_id="0123-4567", verdict="reject", reviewer="someone"))
    assert run["state"]["type"] == "FAILED"
    assert "no plan 0123-4567" in run["state"]["message"]
    assert is_logged(server, run["id"], "docs/runbook.md")
    assert not is_logged(server, run["id"], "Traceback", seconds=1), "the operator is told what to do, not where in the code"


def test_a_backfill_and_a_night_started_at_once_complete_one_after_the_other(
    server: Any, first_night: dict[str, Any]
) -> None:
    flow_runs = [
        start(server, "backfill", first="2026-11-01", last="2026-11-02", redo=True),
        start(server, "nightly", on="2026-11-02"),
    ]
    for flow_run in flow_runs:
        run = wait_end(server, flow_run)
        assert run["state"]["type"] == "COMPLETED", run["state"]
    with open_store(server.home, read_only=True) as store:
        spans = store.rows(
            "select kind, started.ended_at, max(s.ended_at) from ops.run join ops.step as s using (run_id)"
            " join (select run_id, min(ended_at) as ended_at from ops.step group by 1) as started using (run_id)"
            " where run_on = '2026-11-02' group by all order by 2"
        )
    assert {kind for kind, _, _ in spans} == {"backfill", "nightly"}
    assert spans[0][2] < spans[1][1], "the two runs interleaved"


def test_collect_and_maintain_stand_aside_while_a_night_holds_the_store(
    server: Any, first_night: dict[str, Any]
) -> None:
    code = "import sys; from pathlib import Path; from tasks.store import open_store; s = open_store(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(server.home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=server.env, cwd=ROOT,
    )  # fmt: skip
    try:
        assert holder.stdout and holder.stdout.readline().strip() == "held"
        pointer = server.home / "published" / "latest.json"
        runs = [wait_end(server, flow_run) for flow_run in (start(server, "collect"), start(server, "maintain"))]
        assert [(r["state"]["type"], r["state"]["name"]) for r in runs] == [("COMPLETED", "StoodAside")] * 2
        assert "stood-aside" in call(server, f"/flow_runs/{runs[0]['id']}")["tags"]
        yesterday = time.time() - 27 * 3600
        os.utime(pointer, (yesterday, yesterday))
        late = wait_end(server, start(server, "maintain"))
        assert (late["state"]["type"], late["state"]["name"]) == ("FAILED", "NightOverdue")
    finally:
        holder.communicate("")


def test_a_run_killed_in_the_middle_is_picked_up_by_the_next(
    server: Any, first_night: dict[str, Any], inboxes: tuple[Path, Path]
) -> None:
    shutil.copytree(inboxes[1], server.env["CW_INBOX"], dirs_exist_ok=True)
    first = start(server, "nightly", on="2026-11-03")
    wait_for_step(server, first, "redact")
    os.kill(int(call(server, f"/flow_runs/{first}")["infrastructure_pid"].split(":")[-1]), signal.SIGKILL)
    run = wait_end(server, start(server, "nightly", on="2026-11-03"))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    assert wait_end(server, first)["state"]["type"] == "CRASHED"
    verify_folder(run_folder(server.home, None))
    with open_store(server.home, read_only=True) as store:
        assert store.value("select count(*) from ops.run where run_on = '2026-11-03'") == 1, "not resumed: begun anew"


def test_a_night_outlives_its_server(
    server: Any, first_night: dict[str, Any], inboxes: tuple[Path, Path]
) -> None:
    """The server is killed in the middle of a night and started again: it is away for as long as its start takes."""
    shutil.copytree(inboxes[1], server.env["CW_INBOX"], dirs_exist_ok=True)
    night = start(server, "nightly", on="2026-11-04")
    wait_for_step(server, night, "redact")
    server.processes["api"].kill()
    server.processes["api"].wait()
    server.start_api()
    assert call(server, f"/flow_runs/{night}")["state"]["type"] == "RUNNING", "the night was over before the kill"
    run = wait_end(server, night)
    assert run["state"]["type"] == "COMPLETED", run["state"]
    verify_folder(run_folder(server.home, None))
